/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the kernel and the XenStore to what plan_link() compares with, for a single vif. Reads only.
 */
#ifndef GATHER_H
#define GATHER_H

#include "domu/plan.h"
#include "domu/vif.h"
#include "sys/rtnl.h"
#include "sys/store.h"

/*
 * Finds VIF's section of CONFIG by what the XenStore has of the vif and its domU. *SECTION is NULL
 * if none matches; NOTICE as by match_section(), or that a name is missing.
 */
int gather_section(const struct store *store, const struct config *config, struct vif *vif,
                   const struct section **section, struct error *notice,
                   struct error *e) MUST_CHECK;

/*
 * Finds the link of VIF, by vifD.N or the backend's vifname. -ENODEV if there is none, -EEXIST if
 * the vifname is another link's name.
 */
int gather_vif_link(struct rtnl *rtnl, const struct vif *vif, struct link *out,
                    struct error *e) MUST_CHECK;

/*
 * What is on LINK. CONFIG, which is NULL if LINK is not known to be a vif, says what is the
 * suite's on a kernel that keeps no marks (before 5.18): the addresses that any domU's entry has.
 * Release with actual_free().
 */
int gather_link(struct rtnl *rtnl, const struct link *link, const struct config *config,
                struct actual *out, struct error *e) MUST_CHECK;

/* The proxy entries that the suite made, and whose domUs are gone. Release with entries_free(). */
int gather_orphans(struct rtnl *rtnl, struct entries *out, struct error *e) MUST_CHECK;

/*
 * gather_link(), with IPv4 where DESIRED has some, and who else has what DESIRED wants for VIF.
 * STORE is asked only where somebody has.
 */
int gather_vif(struct rtnl *rtnl, const struct store *store, struct vif *vif,
               const struct link *link, const struct config *config, const struct desired *desired,
               struct actual *out, struct error *e) MUST_CHECK;

#endif
