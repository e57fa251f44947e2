/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the kernel and the XenStore to what plan_link() compares with. Reads only.
 */
#ifndef GATHER_H
#define GATHER_H

#include "plan.h"
#include "rtnl.h"
#include "store.h"
#include "vif.h"

/*
 * What is on LINK. CONFIG, which may be NULL, tells what is the suite's on a kernel that keeps no
 * marks (before 5.18): the addresses that any domU's entry has. Release with actual_free().
 */
int gather_link(struct rtnl *rtnl, const struct link *link, const struct config *config,
                struct actual *out, struct error *e) MUST_CHECK;

/*
 * gather_link(), with IPv4 where DESIRED has some, and who else has what DESIRED wants for VIF.
 * STORE is asked only where somebody has.
 */
int gather_vif(struct rtnl *rtnl, const struct store *store, struct vif *vif,
               const struct link *link, const struct config *config, const struct desired *desired,
               struct actual *out, struct error *e) MUST_CHECK;

#endif
