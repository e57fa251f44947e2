/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a DHCPv6 client reports becomes rules, however it was heard of.
 */
#ifndef PD_NAT_HOOK_H
#define PD_NAT_HOOK_H

#include "command.h"
#include "pd-nat/lease.h"

/*
 * Follows MESSAGE, which stays the caller's, by the sections of ipv6.cfg as it is now. *HAS_FAILED
 * tells that an executable of prefix.d has failed, and reported it.
 */
int pd_nat_follow(const struct options *options, const struct lease_message *message,
                  bool *has_failed, struct error *e) MUST_CHECK;

#endif
