/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other routers learn of the domUs: the networks of their vifs, which a routing daemon (BIRD,
 * FRR) takes from the kernel's routes of ANNOUNCE_PROTOCOL and announces. Pure.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "config/config.h"
#include "domu/desired.h"
#include "domu/plan.h"

/*
 * Appends to PLAN what adds the unreachable route of the `aggregate` of [defaults], and removes
 * from SNAPSHOT those of former ones. -ENOMEM.
 */
int announce_plan_aggregate(const struct config *config, const struct entries *snapshot,
                            struct plan *plan) MUST_CHECK;

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
