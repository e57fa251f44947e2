/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes the changes of a plan in the kernel, in their order.
 */
#ifndef APPLY_H
#define APPLY_H

#include "domu/plan.h"
#include "sys/rtnl.h"

/*
 * Makes one change. What is gone already need not be removed, and what is there already need not be
 * added; everything else fails, with the change's link and address in the text.
 */
int apply_change(struct rtnl *rtnl, const struct change *change, struct error *e) MUST_CHECK;

#endif
