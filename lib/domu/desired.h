/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a section of ipv6.cfg asks for on one vif: its gateway addresses and routes. Pure.
 */
#ifndef DESIRED_H
#define DESIRED_H

#include "config/config.h"

#define ANNOUNCE_METRIC 1024 /* what the kernel gives a route by default */

/* How the networks of one vif are announced. */
struct announce {
    bool wanted;
    bool is_broken;  /* what is announced stays so until the mistake is mended */
    uint32_t metric; /* of the route, and so the MED or OSPF's external metric */
    uint32_t table;  /* 0: the main one */
};

/* The mistake of a proxy_ndp without an uplink. */
#define PROXY_NEEDS_UPLINK                                                                         \
    "proxy_ndp: it needs an uplink: write uplink = LINK, the link of the network that the "        \
    "addresses are out of"

struct desired {
    struct prefix *gateways; /* in the order of the file: the first is the guest's default route */
    size_t gateway_count;
    struct route_spec *routes; /* its `address`es are the first */
    size_t route_count;
    size_t address_count;         /* of the routes, those that are `address`es */
    bool has_neighbours;          /* each `address` has a permanent neighbour entry */
    char (*uplinks)[IF_NAMESIZE]; /* where dom0 answers for its `address`es */
    size_t uplink_count;
    bool has_source;
    struct in_addr source; /* dom0's own address, for the IPv4 routes of ip= */
    bool antispoof;
    struct announce announce;
};

/* Where ipv6.cfg says what a vif gets. */
struct vif_config {
    const struct config *config;
    const struct section *section; /* NULL: none matches, and only [defaults] counts */
    int devid;                     /* ANY_DEVID: of a vif that no KEY.DEVID names */
};

/*
 * Calls VISIT for each vif that CONFIG distinguishes, running or not: per section of a domU one
 * that no KEY.DEVID names, and each that a KEY.DEVID names. Ends at the first failure, and returns
 * it.
 */
typedef int (*desired_visitor)(const struct vif_config *vif, void *data, struct error *e);
int desired_visit(const struct config *config, desired_visitor visit, void *data,
                  struct error *e) MUST_CHECK;

/*
 * Fills OUT for VIF, which has a section. Omits what desired_judge() reports. Fails only if memory
 * is short. Release with desired_free().
 */
int desired_build(const struct vif_config *vif, struct desired *out, struct error *e) MUST_CHECK;

/*
 * The setting of KEY that counts for VIF: that of its section, or else that of [defaults]; NULL if
 * neither has one.
 */
const struct setting *desired_setting(const struct vif_config *vif, enum key_id key);

/* Whether other routers can reach the network of a gateway or route. */
bool can_be_announced(const struct prefix *network);

/* How the networks of VIF are announced. */
struct announce desired_announce(const struct vif_config *vif);

/*
 * Whether antispoof covers a vif of the domU NAME (NULL: not known) that no section matches: the
 * value of [defaults], or yes if one of several sections that differ from NAME only in case says
 * so.
 */
bool desired_unmatched_wants_antispoof(const struct config *config, const char *name, int devid);

/*
 * desired_build() that refuses a section with a mistake: -EINVAL with "FILE:LINE: TEXT" in E; OUT
 * then says only whether antispoof is wanted. Release with desired_free(), also after a failure.
 */
int desired_require(const struct vif_config *vif, struct desired *out, struct error *e) MUST_CHECK;

/*
 * Adds what a vif's ip= asks for if the program is the vif's hotplug script: a route for each of
 * its addresses and prefixes, of both families, and dom0's IPv4 address SOURCE (NULL: none) on the
 * vif. -EINVAL with the wrong word in E.
 */
int desired_add_ip(struct desired *desired, const char *ip, const struct in_addr *source,
                   struct error *e) MUST_CHECK;

/* Moves the IPv4 of FROM into OUT, which is empty; -ENOMEM. */
int desired_split_ipv4(struct desired *from, struct desired *out, struct error *e) MUST_CHECK;

/* The gateway with ADDRESS, which then is dom0's own; NULL: there is none. */
const struct prefix *desired_find_gateway(const struct desired *desired,
                                          const struct in6_addr *address);

/* Whether one of its routes has this destination. */
bool desired_has_route(const struct desired *desired, const struct prefix *destination);

/* Whether any gateway or route is of that family. */
bool desired_has_ipv6(const struct desired *desired);
bool desired_has_ipv4(const struct desired *desired);

void desired_free(struct desired *desired);

/*
 * Appends to MISTAKES those that no single line of SECTION shows: a subnet that does not fit its
 * prefix, a via outside all subnets. Fails only if memory is short.
 */
int desired_judge(const struct config *config, const struct section *section,
                  struct diagnostics *mistakes, struct error *e) MUST_CHECK;

#endif
