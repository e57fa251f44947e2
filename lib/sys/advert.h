/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What router advertisements have put into this host: a default route that forwarding could remove,
 * and what no vif may have, because its guest sent it. Reads only.
 */
#ifndef ADVERT_H
#define ADVERT_H

#include "base/model.h"
#include "sys/rtnl.h"

/* Where the remedies of messages keep settings of the kernel. */
#define SYSCTL_FILE "/etc/sysctl.d/90-vif-route-ipv6.conf"

/*
 * A link whose accept_ra is 1, so that the kernel takes advertisements only while it does not
 * forward (ip-sysctl.rst: accept_ra). Links of networkd, NetworkManager and dhcpcd, which handle
 * advertisements themselves, have accept_ra = 0.
 */
enum uplink_state {
    UPLINK_AT_RISK,  /* its default route goes as soon as forwarding is switched on */
    UPLINK_EXPIRING, /* it forwards: its default route is no longer renewed */
    UPLINK_LOST,     /* it forwards, hears advertisements, and this host has no default route */
};

struct uplink {
    char name[IF_NAMESIZE];
    enum uplink_state state;
};

/* Appends those links to *OUT; the caller frees it, also after a failure. */
int advert_uplinks(struct rtnl *rtnl, struct uplink **out, size_t *count,
                   struct error *e) MUST_CHECK;

/* Appends the routes that came by an advertisement, from the kernel or from a daemon. */
int advert_routes(struct rtnl *rtnl, struct route **out, size_t *count, struct error *e) MUST_CHECK;

/* Whether somebody made the address out of an advertisement. */
bool advert_made(const struct address *address);

/*
 * "the default route ::/0 comes from a router advertisement of the guest: REMEDY" if LINK, whose
 * number is INDEX, has one of ROUTES or a made one of ADDRESSES, otherwise NULL in *OUT. The caller
 * frees it.
 */
int advert_describe(const char *link, int index, const struct route *routes, size_t route_count,
                    const struct address *addresses, size_t address_count, char **out) MUST_CHECK;

/*
 * The commands with which UPLINKS, which may be none, keep their default routes while this host
 * forwards, and which then, with FORWARD, switch forwarding on: now, and at each boot. The caller
 * frees the text; NULL: out of memory.
 */
char *advert_remedy(const struct uplink *uplinks, size_t count, bool forward) MUST_CHECK;

#endif
