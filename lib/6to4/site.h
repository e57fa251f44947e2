/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 6to4 site (RFC 3056): a public IPv4 address, the /48 that follows from it, the tunnel, and the
 * LANs that get a /64 each: as [6to4] or a command's arguments have it, and what follows from that.
 * Pure.
 */
#ifndef SIXTOFOUR_H
#define SIXTOFOUR_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "base/ipv4.h"
#include "config/config.h"

#define SIXTOFOUR_DEVICE "tun6to4"
#define SIXTOFOUR_MTU    TUNNEL_LEAST_MTU /* fits every path */
#define SIXTOFOUR_TTL    64

struct sixtofour_lan {
    char link[IF_NAMESIZE];
    uint64_t subnet; /* at most 16 bits */
};

struct sixtofour {
    char public_link[IF_NAMESIZE]; /* whose IPv4 address is the public one, or "" */
    struct in_addr public_ipv4;    /* with PUBLIC_LINK: 0 until tunnel_resolve() */
    struct in_addr local_ipv4;     /* the same, unless a NAT gateway stands between */
    char device[IF_NAMESIZE];
    unsigned int mtu;
    unsigned int ttl;
    bool has_relay;
    struct in6_addr relay;
    struct sixtofour_lan *lans;
    size_t lan_count;
};

/* A site with the defaults, and without its public address. */
void sixtofour_init(struct sixtofour *site);
void sixtofour_free(struct sixtofour *site);

/* Adds a LAN; -EINVAL if it has one already or the subnet is another's, -ERANGE over 16 bits. */
int sixtofour_add_lan(struct sixtofour *site, const char *link, uint64_t subnet,
                      struct error *e) MUST_CHECK;

/* -EINVAL if the relay is in the site's own prefix, or a LAN is the tunnel itself. */
int sixtofour_judge(const struct sixtofour *site, struct error *e) MUST_CHECK;

/*
 * The site of CONFIG's section [6to4]. -ENOENT if there is none, -EINVAL with file and line of what
 * is wrong with it. Release with sixtofour_free().
 */
int sixtofour_read(const struct config *config, struct sixtofour *out, struct error *e) MUST_CHECK;

/* Appends to MISTAKES what is wrong or doubtful in the section as a whole. */
int sixtofour_check(const struct config *config, struct diagnostics *mistakes,
                    struct error *e) MUST_CHECK;

/* The site's warning NUMBER, from 0 on, into OUT; false: there are no more. */
bool sixtofour_warning(const struct sixtofour *site, size_t number, struct error *out);

/* 2002:V4ADDR::/48; the tunnel's own 2002:V4ADDR::1/16; a LAN's 2002:V4ADDR:N::1/64. */
struct prefix sixtofour_prefix(const struct sixtofour *site);
struct prefix sixtofour_tunnel_address(const struct sixtofour *site);
struct prefix sixtofour_lan_address(const struct sixtofour *site, const struct sixtofour_lan *lan);

/*
 * The relay as the gateway of the default route: ::V4ADDR. Linux finds the tunnel's other end by a
 * 6to4 destination or an IPv4-compatible gateway. With a gateway in 2002::/16 packets come back as
 * unreachable (ipip6_tunnel_xmit() in sit.c).
 */
struct in6_addr sixtofour_gateway(const struct sixtofour *site);

/*
 * The 6to4 prefixes that no packet may be sent to, from 0 on: those of IPv4 addresses that are not
 * global (RFC 3964 4.2). False if there are no more.
 */
bool sixtofour_unreachable(const struct sixtofour *site, size_t number, struct prefix *out);

#endif
