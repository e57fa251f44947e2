/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 6to4 site in the kernel: what exists of it, and the changes that lead to what is wanted. The
 * device is the suite's if it is a sit device of its group; addresses and routes are marked by
 * SIXTOFOUR_PROTOCOL.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include "6to4/site.h"
#include "domu/plan.h"
#include "sys/rtnl.h"

/* "6to4" in ASCII. The group is set when the device is made: a kill leaves no unmarked device. */
#define TUNNEL_GROUP 0x36746f34

struct tunnel_actual {
    struct sit *sits; /* the sit devices, and the link called as the site's device is */
    size_t sit_count;
    struct link *links;
    size_t link_count;
    struct address *addresses; /* IPv6, of all links */
    size_t address_count;
    struct address *ipv4;
    size_t ipv4_count;
    struct route *routes; /* of SIXTOFOUR_PROTOCOL */
    size_t route_count;
    bool has_marks;
};

/*
 * Reads all that. SITE, which may be NULL, names the device, and tells what is the suite's on a
 * kernel that keeps no marks. Release with tunnel_actual_free().
 */
int tunnel_gather(struct rtnl *rtnl, const struct sixtofour *site, struct tunnel_actual *out,
                  struct error *e) MUST_CHECK;
void tunnel_actual_free(struct tunnel_actual *actual);

/*
 * If public_ipv4 names an interface, fills in its first public IPv4 address, which may be dynamic.
 * -EADDRNOTAVAIL if it has none, -ENODEV if there is no such link.
 */
int tunnel_resolve(struct rtnl *rtnl, struct sixtofour *site, struct error *e) MUST_CHECK;

/* What is to be done about the device. */
struct device_plan {
    struct sit wanted; /* index 0: it is to be made */
    bool change;       /* it is there, and not as it should be */
    bool raise;        /* ... but down */
};

/* -EEXIST if a device of that name is not the suite's. Pure. */
int tunnel_plan_device(const struct sixtofour *site, const struct tunnel_actual *actual,
                       struct device_plan *out, struct error *e) MUST_CHECK;

/* Whether that sit device is the suite's. */
bool tunnel_is_ours(const struct sit *sit);

/*
 * The changes of addresses and routes on all links; removals come last. SITE NULL: nothing is
 * wanted. A LAN whose link does not exist is left out, see tunnel_missing_lan().
 * Pure. Free with plan_free().
 */
int tunnel_plan(const struct sixtofour *site, const struct tunnel_actual *actual, struct plan *out,
                struct error *e) MUST_CHECK;

/* The link of this name, or NULL. */
const struct link *tunnel_find_link(const struct tunnel_actual *actual, const char *name);

/* The LANs without a link, from 0 on, or NULL; and whether the site's own IPv4 address is there. */
const struct sixtofour_lan *tunnel_missing_lan(const struct sixtofour *site,
                                               const struct tunnel_actual *actual, size_t number);
bool tunnel_has_local(const struct sixtofour *site, const struct tunnel_actual *actual);

#endif
