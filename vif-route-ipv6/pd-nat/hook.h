/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a DHCPv6 client reports becomes rules, whether its hook or pd-nat watch learned of it.
 */
#ifndef PD_NAT_HOOK_H
#define PD_NAT_HOOK_H

#include "command.h"
#include "pd-nat/lease.h"

/*
 * Reads ipv6.cfg and follows MESSAGE, which stays the caller's. Returns 1 if
 * an executable of prefix.d failed, which is reported.
 */
int pd_nat_follow(const struct options *options, const struct lease_message *message,
                  struct error *e) MUST_CHECK;

#endif
