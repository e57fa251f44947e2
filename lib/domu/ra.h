/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements: what dom0 tells the guest of each vif, so that it configures itself (RFC
 * 4861, RFC 4862, RFC 8106). All of it is in one file, RA_FILE, which radvd reads. Who changes it
 * holds the lock.
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
    int index;      /* of the link: a new one of the same name is another guest's */
    bool is_router; /* false: nothing is wanted any more, and the guest is told so */
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
 * What the guest of the vif with DEVID is to be told on LINK, all but the MTU: the settings of
 * SECTION and [defaults], and the /64 networks of DESIRED's gateways. Without `ra = yes` or such a
 * network, OUT is no router's and has only resolvers and domains. -EINVAL for a link whose name
 * radvd would not read. Release with ra_free(), after a failure too.
 */
int ra_build(const struct config *config, const struct section *section, int devid,
             const struct desired *desired, const struct link *link, struct ra *out,
             struct error *e) MUST_CHECK;
void ra_free(struct ra *ra);

/* Takes a network out, which is somebody else's. */
void ra_leave_out(struct ra *ra, const struct prefix *network);

/* The smaller MTU of LINK and of the link of dom0's default route. */
unsigned int ra_mtu(struct rtnl *rtnl, const struct link *link);

/*
 * Reads RA_FILE; a table without items if there is none, which costs one system call. What is not
 * the suite's own text is passed over. Release with ra_table_free().
 */
int ra_table_read(struct ra_table *out, struct error *e) MUST_CHECK;

/*
 * Makes WANTED, which it takes over, what is advertised on its link. Prefixes that were advertised
 * there and are no longer wanted are advertised as removed for two hours: after that no guest has
 * an address out of them (RFC 4862 5.5.3 e). Returns what changed: '+', '-', '~', 0 for nothing, or
 * -ENOMEM.
 */
int ra_table_set(struct ra_table *table, struct ra *wanted, long now) MUST_CHECK;

/* The link is gone, and its guest with it. */
void ra_table_drop(struct ra_table *table, const char *link);

/* Replaces RA_FILE, if it differs. A table without items makes no new file. */
int ra_table_write(const struct ra_table *table, struct error *e) MUST_CHECK;
void ra_table_free(struct ra_table *table);

/* Makes WANTED, without an MTU yet, what the file has for LINK. */
int ra_advertise(struct rtnl *rtnl, const struct link *link, struct ra *wanted,
                 struct error *e) MUST_CHECK;

/* Takes out of the file what it has for a link that is gone; takes the lock only for that. */
int ra_forget(const char *link, struct error *e) MUST_CHECK;

/* Seconds since boot. */
long ra_now(void);

#endif
