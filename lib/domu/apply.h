/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the changes of a plan in the kernel.
 */
#ifndef APPLY_H
#define APPLY_H

#include "domu/plan.h"
#include "sys/rtnl.h"

/*
 * Makes one change. Removing a missing entry and adding an existing one succeed; any other error
 * fails with the change's link and address in the text.
 */
int apply_change(struct rtnl *rtnl, const struct change *change, struct error *e) MUST_CHECK;

#endif
