/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The networks of the domUs that a routing daemon (BIRD, FRR) announces: it learns them from the
 * kernel's routes of ANNOUNCE_PROTOCOL. Pure.
 */
#ifndef ANNOUNCE_H
#define ANNOUNCE_H

#include "config/config.h"
#include "domu/desired.h"
#include "domu/plan.h"

/*
 * Appends to PLAN the unreachable route of the `aggregate` of [defaults], if SNAPSHOT lacks it, and
 * the removal of former ones. -ENOMEM.
 */
int announce_plan_aggregate(const struct config *config, const struct entries *snapshot,
                            struct plan *plan) MUST_CHECK;

struct announced {
    struct prefix network;
    uint32_t metric;
    uint32_t table;
};

/* In order, each network of a table once. Release with announced_free(). */
struct announced_list {
    struct announced *items;
    size_t count;
};

/*
 * All networks that CONFIG may announce, of running and other domUs, and the aggregate. Skips only
 * the mistakes of sections. Fails only if memory is short.
 */
int announce_list(const struct config *config, struct announced_list *out,
                  struct error *e) MUST_CHECK;
void announced_free(struct announced_list *list);

#endif
