/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The addresses, routes and neighbours of this network namespace, as far as they matter to the
 * suite. The hook (gather.h) and sync (survey.h) both read the kernel through this.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config/config.h"
#include "domu/plan.h"
#include "sys/rtnl.h"

/*
 * Reads IPv6 addresses, and routes without those that the kernel made for an address; of IPv4 all,
 * as a new route may replace anybody's. In the order of their links. Release with entries_free().
 */
enum families { FAMILY_IPV6 = 1, FAMILY_IPV4 = 2, FAMILY_BOTH = 3 };
int snapshot_take(struct rtnl *rtnl, enum families families, struct entries *out,
                  struct error *e) MUST_CHECK;

/* Adds the addresses on LINK, and the suite's routes there, to OUT; -ENOMEM. */
int snapshot_select(const struct entries *snapshot, int link, struct entries *out) MUST_CHECK;

/*
 * Whether this kernel keeps IFA_PROTO, the mark of who made an address. It came with Linux 5.18; a
 * distribution may have added it to an older kernel, as any mark shows.
 */
bool snapshot_keeps_marks(const struct entries *snapshot);
bool release_keeps_marks(void); /* by the kernel's version only */

/* For kernels without marks: marks ENTRY if it is an address that any domU's section has. */
void claim_configured(const struct config *config, struct entry *entry);

/*
 * The neighbours of LINK (0: of all links, NO_LINK: of none) that are permanent or the suite's, and
 * the proxy entries of all links, in the order of their addresses. Release with entries_free().
 */
#define NO_LINK (-1)
int neighbours_read(struct rtnl *rtnl, int link, struct entries *out, struct error *e) MUST_CHECK;

/* Whether the entry is a route of the suite to a single address: only those have neighbours. */
bool is_host_route(const struct entry *entry);
bool have_host_route(const struct entries *entries);

/*
 * Adds to OWN, the entries of LINK, those of NEIGHBOURS for the addresses of DESIRED (NULL: none)
 * and for the host routes in OWN: neighbours on LINK, proxy entries on any link. -ENOMEM.
 */
int neighbours_select(const struct entries *neighbours, const struct desired *desired, int link,
                      struct entries *own) MUST_CHECK;

/*
 * Appends to PLAN the removal of the suite's proxy entries among NEIGHBOURS to which no host route
 * of ROUTES, in any order, belongs: their vif is gone. (Neighbours vanish with the vif.) -ENOMEM.
 */
int plan_orphans(const struct entries *neighbours, const struct entries *routes,
                 struct plan *plan) MUST_CHECK;

#endif
