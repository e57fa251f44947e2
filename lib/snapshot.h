/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All the addresses of this network namespace at one time, and the routes that matter to the suite.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config.h"
#include "model.h"
#include "rtnl.h"

struct snapshot {
    struct address *addresses;
    size_t address_count;
    struct route *routes;
    size_t route_count;
};

/*
 * Reads the IPv6 addresses and the suite's IPv6 routes; WITH_IPV4 also all of IPv4, for there a
 * route of anybody may be in a new one's place. Release with snapshot_free().
 */
int snapshot_take(struct rtnl *rtnl, bool with_ipv4, struct snapshot *out,
                  struct error *e) MUST_CHECK;
void snapshot_free(struct snapshot *snapshot);

/*
 * Whether this kernel keeps IFA_PROTO, the mark of who made an address: it came with Linux 5.18,
 * and a distribution may have it in an older one.
 */
bool snapshot_keeps_marks(const struct snapshot *snapshot);

/* Where it does not, ownership is by configuration: marks those of ADDRESSES that any entry has. */
void claim_configured(const struct config *config, struct address *addresses, size_t count);

#endif
