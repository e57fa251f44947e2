/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prepares the link of a vif, and uplinks, before addresses are added.
 */
#ifndef LINK_H
#define LINK_H

#include "base/model.h"
#include "domu/desired.h"
#include "sys/rtnl.h"

#define LEAST_MTU 1280U /* RFC 8200 5: below it Linux removes IPv6 from the link */

/*
 * Sets the link up, after disabling the switches by which a guest's router advertisements and
 * redirects could change dom0, and, if this program is the vif's script, enabling proxy_arp as
 * vif-route does. Refuses an MTU that is too small for IPv6.
 */
int link_raise(struct rtnl *rtnl, const struct link *link, const struct desired *desired,
               bool has_our_script, struct error *e) MUST_CHECK;

/* Makes dom0 answer for its proxy entries on the uplink LINK, without delay. */
int link_answer(const struct link *link, struct error *e) MUST_CHECK;

/* Makes the kernel ignore the routes of LINK while it has no carrier. */
int link_need_carrier(const struct link *link, struct error *e) MUST_CHECK;

#endif
