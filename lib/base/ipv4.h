/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 addresses as 6to4 and routed vifs need them, and the values that describe a 6to4 site. Pure
 * functions.
 */
#ifndef IPV4_H
#define IPV4_H

#include <netinet/in.h>
#include <stdbool.h>

#include "base/address.h"
#include "base/error.h"

int ipv4_parse(const char *text, struct in_addr *out, struct error *e) MUST_CHECK;

/*
 * Why ADDRESS is not public, by IANA's registry of special-purpose IPv4 addresses ("private, RFC
 * 1918"), or NULL if it is. Documentation ranges count as public, because every example uses them:
 * see ipv4_is_documentation().
 */
const char *ipv4_refusal(struct in_addr address);

/* The block of that registry with this NUMBER, from 0 on, as its prefix; false where there is none.
 */
bool ipv4_special_block(size_t number, struct in_addr *network, unsigned int *length);

bool ipv4_is_documentation(struct in_addr address);
bool ipv4_is_relay_anycast(struct in_addr address); /* 192.88.99.0/24, RFC 3068 */

/* The IPv4 address within a 6to4 address. */
struct in_addr ipv4_of_6to4(const struct in6_addr *address);

/*
 * Parse the public IPv4 address of a 6to4 site, an IPv4 address of its host, and a relay's 6to4
 * address. -EINVAL with the rule that forbids it.
 */
int ipv4_parse_public(const char *text, struct in_addr *out, struct error *e) MUST_CHECK;
int ipv4_parse_own(const char *text, struct in_addr *out, struct error *e) MUST_CHECK;
int relay_parse(const char *text, struct in6_addr *out, struct error *e) MUST_CHECK;

#define TUNNEL_LEAST_MTU 1280  /* of IPv6 */
#define TUNNEL_MOST_MTU  65515 /* an IPv4 packet less the outer header */

/* Parse the tunnel's MTU and TTL, decimal; -EINVAL with the range. */
int tunnel_parse_mtu(const char *text, unsigned int *out, struct error *e) MUST_CHECK;
int tunnel_parse_ttl(const char *text, unsigned int *out, struct error *e) MUST_CHECK;

#endif
