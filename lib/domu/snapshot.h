/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All the addresses of this network namespace at one time, and the routes that matter to the suite.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config/config.h"
#include "domu/plan.h"
#include "sys/rtnl.h"

/* Sorted by their links. */
struct snapshot {
    struct address *addresses;
    size_t address_count;
    struct route *routes;
    size_t route_count;
};

/*
 * IPv6: the addresses, and the routes but those that the kernel made for an address. IPv4: all, as
 * a new route may take the place of anybody's. Release with snapshot_free().
 */
enum families { FAMILY_IPV6 = 1, FAMILY_IPV4 = 2, FAMILY_BOTH = 3 };
int snapshot_take(struct rtnl *rtnl, enum families families, struct snapshot *out,
                  struct error *e) MUST_CHECK;
void snapshot_free(struct snapshot *snapshot);

/* Adds what is on LINK, the suite's routes only, to what OUT has of its own; -ENOMEM. */
int snapshot_select(const struct snapshot *snapshot, int link, struct actual *out) MUST_CHECK;

/* The I-th of all addresses and routes, which are COUNT. */
size_t snapshot_count(const struct snapshot *snapshot);
struct entry snapshot_entry(const struct snapshot *snapshot, size_t i);

/*
 * Whether this kernel keeps IFA_PROTO, the mark of who made an address: it came with Linux 5.18,
 * and a distribution may have it in an older one.
 */
bool snapshot_keeps_marks(const struct snapshot *snapshot);

/*
 * Where it does not, ownership is by configuration: marks those of ADDRESSES, all of them on vifs,
 * that any entry has.
 */
void claim_configured(const struct config *config, struct address *addresses, size_t count);

#endif
