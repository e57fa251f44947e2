/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host got from router advertisements: a default route that forwarding could remove, and
 * entries on vifs, which come from guests. Reads only.
 */
#ifndef ADVERT_H
#define ADVERT_H

#include "base/model.h"
#include "sys/rtnl.h"

/* The file for sysctl settings in the remedies of messages. */
#define SYSCTL_FILE "/etc/sysctl.d/90-vif-route-ipv6.conf"

/*
 * The state of a link with accept_ra = 1: its kernel takes advertisements only while it does not
 * forward (ip-sysctl.rst: accept_ra). networkd, NetworkManager and dhcpcd, which handle
 * advertisements themselves, set accept_ra = 0.
 */
enum uplink_state {
    UPLINK_AT_RISK,  /* forwarding would remove its default route */
    UPLINK_EXPIRING, /* it forwards, so its default route is no longer renewed */
    UPLINK_LOST,     /* it forwards and hears advertisements, and there is no default route */
};

struct uplink {
    char name[IF_NAMESIZE];
    enum uplink_state state;
};

/* Appends those links to *OUT; the caller frees it, also after a failure. */
int advert_uplinks(struct rtnl *rtnl, struct uplink **out, size_t *count,
                   struct error *e) MUST_CHECK;

/* Appends the routes from advertisements, whether the kernel or a daemon added them. */
int advert_routes(struct rtnl *rtnl, struct route **out, size_t *count, struct error *e) MUST_CHECK;

/*
 * "the default route ::/0 comes from a router advertisement of the guest: REMEDY" if LINK has one
 * of ROUTES, or one of ADDRESSES that is from an advertisement; otherwise NULL in *OUT. The caller
 * frees it.
 */
int advert_describe(const struct link *link, const struct route *routes, size_t route_count,
                    const struct address *addresses, size_t address_count, char **out) MUST_CHECK;

/*
 * The commands that let UPLINKS (of which there may be none) keep their default routes while this
 * host forwards, and with FORWARD those that enable forwarding, now and at each boot. The caller
 * frees the text; NULL: out of memory.
 */
char *advert_remedy(const struct uplink *uplinks, size_t count, bool forward) MUST_CHECK;

#endif
