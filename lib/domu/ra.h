/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements, by which the guest of a vif configures itself (RFC 4861, RFC 4862, RFC
 * 8106). All of them are in RA_FILE, which radvd reads. Take the lock to change it.
 */
#ifndef RA_H
#define RA_H

#include <net/if.h>

#include "domu/desired.h"
#include "sys/rtnl.h"

#define RUN_DIRECTORY "/run/vif-route-ipv6"
#define RA_FILE       RUN_DIRECTORY "/radvd.conf"

#define RA_IN_USE (-1L)

struct ra_prefix {
    struct prefix network; /* a /64 */
    long removed;          /* RA_IN_USE, or when it was removed: ra_now() */
};

/* The advertisements on one link. */
struct ra {
    char link[IF_NAMESIZE];
    int index;      /* of the link: another index is another guest's link */
    bool is_router; /* false: the guest is told to forget this router */
    unsigned int mtu;
    struct ra_prefix *prefixes;
    size_t prefix_count;
    struct in6_addr *resolvers;
    size_t resolver_count;
    struct domain *domains;
    size_t domain_count;
};

struct ra_table {
    struct ra *items;
    size_t count;
    char *text; /* of the file that was read; NULL: there was none */
};

/*
 * The advertisement for VIF on LINK, without the MTU: its settings, and the /64 networks of
 * DESIRED's gateways. Without `ra = yes` or such a network, is_router is false, and OUT has only
 * resolvers and domains. -EINVAL for a link name that radvd cannot read. Release with ra_free(),
 * also after a failure.
 */
int ra_build(const struct vif_config *vif, const struct desired *desired, const struct link *link,
             struct ra *out, struct error *e) MUST_CHECK;
void ra_free(struct ra *ra);

/* Removes NETWORK, which another domU holds. */
void ra_leave_out(struct ra *ra, const struct prefix *network);

/* The smaller MTU of LINK and of the link of dom0's default route. */
unsigned int ra_mtu(struct rtnl *rtnl, const struct link *link);

/* Reads RA_FILE, skipping foreign lines; an empty table if it does not exist. ra_table_free(). */
int ra_table_read(struct ra_table *out, struct error *e) MUST_CHECK;

/*
 * Replaces the advertisement of WANTED's link by WANTED, which it takes over. Former prefixes are
 * advertised as removed for two hours; after that no guest has an address in them (RFC 4862 5.5.3
 * e). Returns '+', '-' or '~' for a change, 0 for none, or -ENOMEM.
 */
int ra_table_set(struct ra_table *table, struct ra *wanted, long now) MUST_CHECK;

/* Removes the advertisement of a link that is gone. */
void ra_table_drop(struct ra_table *table, const char *link);

/* Replaces RA_FILE if it differs. An empty table creates no file. */
int ra_table_write(const struct ra_table *table, struct error *e) MUST_CHECK;
void ra_table_free(struct ra_table *table);

/* ra_table_set() in RA_FILE for LINK; WANTED gets its MTU here. */
int ra_advertise(struct rtnl *rtnl, const struct link *link, struct ra *wanted,
                 struct error *e) MUST_CHECK;

/* Removes LINK, which is gone, from RA_FILE. Takes the lock, but only if LINK is in it. */
int ra_forget(const char *link, struct error *e) MUST_CHECK;

/* Seconds since boot. */
long ra_now(void);

#endif
