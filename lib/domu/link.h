/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vif's link, made ready for what its domU is to have there.
 */
#ifndef LINK_H
#define LINK_H

#include "base/model.h"
#include "domu/desired.h"
#include "sys/rtnl.h"

#define LEAST_MTU 1280U /* RFC 8200 5: below it Linux takes IPv6 off the link */

/*
 * Sets the link up, after switching off on it what a guest's router advertisements and redirects
 * could change in dom0. With SERVES_WHOLE, which makes the suite vif-route's stand-in, proxy_arp as
 * well. Refuses an MTU that IPv6 cannot live with.
 */
int link_raise(struct rtnl *rtnl, const struct link *link, const struct desired *desired,
               bool serves_whole, struct error *e) MUST_CHECK;

/* Makes dom0 answer on the uplink LINK for its proxy entries, and at once. */
int link_answer(const struct link *link, struct error *e) MUST_CHECK;

/* Makes the kernel pass over the routes by LINK while it has no carrier. */
int link_need_carrier(const struct link *link, struct error *e) MUST_CHECK;

#endif
