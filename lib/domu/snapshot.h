/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All the addresses of this network namespace at one time, and the routes that matter to the suite.
 */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "config/config.h"
#include "domu/plan.h"
#include "sys/rtnl.h"

/*
 * IPv6: the addresses, and the routes but those that the kernel made for an address. IPv4: all, as
 * a new route may take the place of anybody's. In the order of their links. Release with
 * entries_free().
 */
enum families { FAMILY_IPV6 = 1, FAMILY_IPV4 = 2, FAMILY_BOTH = 3 };
int snapshot_take(struct rtnl *rtnl, enum families families, struct entries *out,
                  struct error *e) MUST_CHECK;

/* Adds what is on LINK, the suite's routes only, to OUT; -ENOMEM. */
int snapshot_select(const struct entries *snapshot, int link, struct entries *out) MUST_CHECK;

/*
 * Whether this kernel keeps IFA_PROTO, the mark of who made an address: it came with Linux 5.18,
 * and a distribution may have it in an older one, as any mark shows.
 */
bool snapshot_keeps_marks(const struct entries *snapshot);
bool release_keeps_marks(void); /* by its number alone */

/* Where it does not, ownership is by configuration: marks an address that any domU's entry has. */
void claim_configured(const struct config *config, struct entry *entry);

/*
 * The neighbours of LINK (0: of all links, NO_LINK: of none) that are permanent or the suite's, and
 * the proxy entries of all links, in the order of their addresses. Release with entries_free().
 */
#define NO_LINK (-1)
int neighbours_read(struct rtnl *rtnl, int link, struct entries *out, struct error *e) MUST_CHECK;

/* Whether the suite routes a single address to the link: one that may have neighbour entries. */
bool is_host_route(const struct entry *entry);
bool have_host_route(const struct entries *entries);

/*
 * Adds to OWN, which holds what is on LINK, what NEIGHBOURS has there for DESIRED's addresses and
 * for those that OWN has a host route of, and the proxy entries on any link; -ENOMEM. DESIRED is
 * NULL where nothing is wanted.
 */
int neighbours_select(const struct entries *neighbours, const struct desired *desired, int link,
                      struct entries *own) MUST_CHECK;

/*
 * Adds to OUT those of the suite's NEIGHBOURS without a host route of the suite among ROUTES, in
 * any order: their vif has gone. -ENOMEM.
 */
int neighbours_orphans(const struct entries *neighbours, const struct entries *routes,
                       struct entries *out) MUST_CHECK;

#endif
