/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv6 addresses and prefixes: parse, print, compare, judge. Pure functions.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define SUBNET_LENGTH                                                                              \
    64 /* of a vif's network: what SLAAC and every guest expect (RFC 4291 2.5.1) */

/*
 * An address with the length of its prefix ("2001:db8::1/64"), or a prefix (host bits zero). IPv4,
 * which only the routes of a vif's ip= have, is IPv4-mapped (::ffff:192.0.2.1/128), so that one
 * plan serves both; the configuration refuses such IPv6 addresses.
 */
struct prefix {
    struct in6_addr address;
    uint8_t length; /* 0 to 128 */
};

#define PREFIX_TEXT (INET6_ADDRSTRLEN + 4) /* room for "ADDRESS/128" and the NUL */

/* Parses ADDRESS; -EINVAL with the reason in E. Scopes ("%eth0") and blanks are refused. */
int address_parse(const char *text, struct in6_addr *out, struct error *e) MUST_CHECK;

/*
 * Parses ADDRESS[/LENGTH]; a missing length becomes DEFAULT_LENGTH, or is refused when that is
 * negative. The length is decimal, 0 to 128, without sign or leading zeros.
 */
int prefix_parse(const char *text, int default_length, struct prefix *out,
                 struct error *e) MUST_CHECK;

/* ADDRESS[/LENGTH] of either family; without a length the whole address. */
int prefix_parse_any(const char *text, struct prefix *out, struct error *e) MUST_CHECK;

bool prefix_is_ipv4(const struct prefix *prefix);
struct prefix prefix_from_ipv4(struct in_addr address, unsigned int length);
struct in_addr prefix_to_ipv4(const struct in6_addr *mapped);

/* Print into BUFFER, in the form of RFC 5952, and return it. */
const char *address_print(const struct in6_addr *address, char buffer[static INET6_ADDRSTRLEN]);
const char *prefix_print(const struct prefix *prefix, char buffer[static PREFIX_TEXT]);

bool address_equal(const struct in6_addr *a, const struct in6_addr *b);
bool prefix_equal(const struct prefix *a, const struct prefix *b);

/* Orders by the addresses, and equal ones by their lengths: less than 0, 0 or more, for qsort(). */
int prefix_compare(const struct prefix *a, const struct prefix *b);

/* The prefix with the host bits zeroed, and whether they are zero already. */
struct prefix prefix_network(const struct prefix *prefix);
bool prefix_is_network(const struct prefix *prefix);

/*
 * Whether it is the subnet-router anycast address of its network (RFC 4291 2.6.1). A /127 has none
 * (RFC 6164), and a /128 is nothing but its one address.
 */
bool prefix_is_anycast(const struct prefix *address);

bool prefix_contains(const struct prefix *prefix, const struct in6_addr *address);
bool prefix_overlap(const struct prefix *a, const struct prefix *b);

bool address_is_link_local(const struct in6_addr *address);
bool address_is_ula(const struct in6_addr *address); /* fc00::/7, RFC 4193 3.1 */

/* Why no link or route can have ADDRESS ("a multicast address"), or NULL if one can. */
const char *address_refusal(const struct in6_addr *address);

/* Parses a subnet's number: hexadecimal, as an address shows it. -EINVAL, or -ERANGE over 64 bits.
 */
int subnet_parse(const char *text, uint64_t *out, struct error *e) MUST_CHECK;

/*
 * The /64 with NUMBER out of PREFIX (whose length is at most 64) and the interface identifier ::1.
 * -ERANGE if the number has more bits than lie between the prefix's length and 64.
 */
int prefix_subnet(const struct prefix *prefix, uint64_t number, struct prefix *out) MUST_CHECK;

/* 2002:V4ADDR::/48 (RFC 3056 2). */
struct prefix prefix_6to4(struct in_addr ipv4);

#endif
