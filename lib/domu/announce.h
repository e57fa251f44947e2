/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other routers learn of the domUs: the networks of their vifs, which a routing daemon (BIRD,
 * FRR) takes from the kernel's routes of ANNOUNCE_PROTOCOL and announces. Pure.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "config/config.h"
#include "domu/desired.h"

#define ANNOUNCE_METRIC 1024 /* what the kernel gives a route by default */

/* How the networks of one vif are announced. */
struct announce {
    bool wanted;
    uint32_t metric; /* of the route, and so the MED or OSPF's external metric */
    uint32_t table;
};

/* Out of SECTION, or [defaults], for the vif with DEVID. */
struct announce announce_of(const struct config *config, const struct section *section, int devid);

/* The network that [defaults] announces as a whole, or NULL. */
const struct prefix *announce_aggregate(const struct config *config);

struct announced {
    struct prefix network;
    uint32_t metric;
    uint32_t table;
};

/* Each network once, in order; release with announced_free(). */
struct announced_list {
    struct announced *items;
    size_t count;
};

/*
 * All networks that CONFIG may announce, running or not, and the aggregate. Sections with mistakes
 * contribute what is right. Fails only for want of memory.
 */
int announce_list(const struct config *config, struct announced_list *out,
                  struct error *e) MUST_CHECK;
void announced_free(struct announced_list *list);

#endif
