/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links, addresses, routes and neighbours of this network namespace over rtnetlink, through libmnl.
 * The functions decide nothing. Each returns 0 or a negative errno, and E has the kernel's reason
 * ("No buffer space available", or its extended acknowledgement) without the object.
 */
#ifndef RTNL_H
#define RTNL_H

#include "base/error.h"
#include "base/model.h"
#include "sys/netlink.h"

struct rtnl {
    struct netlink netlink;
};

int rtnl_open(struct rtnl *rtnl, struct error *e) MUST_CHECK;
void rtnl_close(struct rtnl *rtnl);

/* The link called NAME, or with that index; -ENODEV if there is none. */
int rtnl_link_by_name(struct rtnl *rtnl, const char *name, struct link *out,
                      struct error *e) MUST_CHECK;
int rtnl_link_by_index(struct rtnl *rtnl, int index, struct link *out, struct error *e) MUST_CHECK;

/* Sets the link up, or down. */
int rtnl_link_up(struct rtnl *rtnl, int index, struct error *e) MUST_CHECK;
int rtnl_link_down(struct rtnl *rtnl, int index, struct error *e) MUST_CHECK;

/* Renames a link that is down. */
int rtnl_link_rename(struct rtnl *rtnl, int index, const char *name, struct error *e) MUST_CHECK;

/* Deletes a software link. */
int rtnl_link_delete(struct rtnl *rtnl, int index, struct error *e) MUST_CHECK;

/*
 * A sit device, which carries IPv6 in IPv4 (net/ipv6/sit.c), without a fixed remote end, for 6to4.
 * GROUP is a number that the kernel stores with a new link.
 */
struct sit {
    int index; /* 0: there is no such link */
    char name[IF_NAMESIZE];
    bool is_sit; /* false: another kind of link has that name */
    bool up;
    uint32_t group;
    unsigned int mtu;
    struct in_addr local;
    struct in_addr remote;
    uint8_t ttl;
    bool may_fragment; /* the outer packets have no DF: sit's nopmtudisc */
};

/* Appends all sit devices, and the link NAME of any kind, to *OUT; the caller frees it. */
int rtnl_sits(struct rtnl *rtnl, const char *name, struct sit **out, size_t *count,
              struct error *e) MUST_CHECK;

/* Creates the device, or changes the one with SIT's index; -EOPNOTSUPP: a kernel without sit. */
int rtnl_sit_set(struct rtnl *rtnl, const struct sit *sit, struct error *e) MUST_CHECK;

#define ANY_PROTOCOL 0

/*
 * Append to *OUT, of COUNT elements, all links, all addresses of all links, or all unicast and
 * unreachable routes of the main table with PROTOCOL; with ANNOUNCE_PROTOCOL those of all tables.
 * FAMILY is AF_INET6 or AF_INET. The caller frees *OUT, also after a failure.
 */
int rtnl_links(struct rtnl *rtnl, struct link **out, size_t *count, struct error *e) MUST_CHECK;
int rtnl_addresses(struct rtnl *rtnl, int family, struct address **out, size_t *count,
                   struct error *e) MUST_CHECK;
int rtnl_routes(struct rtnl *rtnl, int family, uint8_t protocol, struct route **out, size_t *count,
                struct error *e) MUST_CHECK;

/*
 * Adds the address with its protocol as mark, without duplicate address detection; the subnet's
 * route gets its metric. With REPLACE, an existing address gets all of this but the prefix length.
 */
int rtnl_address_add(struct rtnl *rtnl, const struct address *address, bool replace,
                     struct error *e) MUST_CHECK;
int rtnl_address_remove(struct rtnl *rtnl, const struct address *address,
                        struct error *e) MUST_CHECK;

/* An IPv6 packet, as rules for routing see it. */
struct routed_packet {
    const struct in6_addr *source; /* no address of this host; NULL: a packet of this host */
    const struct in6_addr *destination;
    uint32_t mark;
};

/*
 * The link by which PACKET leaves, by all rules. If it has a source, it comes in by the link
 * towards that. -ENETUNREACH or another errno where there is no route.
 */
int rtnl_route_link(struct rtnl *rtnl, const struct routed_packet *packet, int *index,
                    struct error *e) MUST_CHECK;

/* Whether an IPv6 rule chooses routes by the mark of a packet (ip-rule(8), fwmark). */
int rtnl_has_mark_rule(struct rtnl *rtnl, bool *found, struct error *e) MUST_CHECK;

/* An IPv4 route replaces one with the same destination and metric on any link. */
int rtnl_route_add(struct rtnl *rtnl, const struct route *route, struct error *e) MUST_CHECK;
int rtnl_route_remove(struct rtnl *rtnl, const struct route *route, struct error *e) MUST_CHECK;

/*
 * Appends to *OUT the IPv6 neighbours that are permanent or marked or, with PROXY, the proxy
 * entries with the names of their links; of the link with index LINK, or of all (0). The caller
 * frees *OUT, also after a failure.
 */
int rtnl_neighbours(struct rtnl *rtnl, int link, bool proxy, struct neighbour **out, size_t *count,
                    struct error *e) MUST_CHECK;

/* Adds the neighbour or, with PROXY, the proxy entry; replaces one with its address. */
int rtnl_neighbour_set(struct rtnl *rtnl, const struct neighbour *neighbour, bool proxy,
                       struct error *e) MUST_CHECK;
int rtnl_neighbour_remove(struct rtnl *rtnl, const struct neighbour *neighbour, bool proxy,
                          struct error *e) MUST_CHECK;

#endif
