/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel and the XenStore for one vif, as the hook needs it for plan_link(). It asks the
 * XenStore only about the holders of what the vif is to get. survey.h, for sync and status, reads
 * all vifs, which takes some nine questions for each: with 1,000 vifs, sync needs 146 ms, a hook
 * 2 ms (tests/README.md). Both share snapshot.h, relation.h and vif.h. Reads only.
 */
#ifndef GATHER_H
#define GATHER_H

#include "domu/plan.h"
#include "domu/vif.h"
#include "sys/rtnl.h"
#include "sys/store.h"

/*
 * Finds VIF's section of CONFIG. *SECTION is NULL if none matches; NOTICE is that of
 * match_section(), or says that the domU has no name.
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
 * Says in *OTHER whether NAME, a vifname or what the caller takes for the vif, is the name of
 * another link: VIF's own one, vifD.N, exists as well, or no vif is called NAME. It is not if VIF's
 * backend is not known.
 */
int gather_judge_name(struct rtnl *rtnl, const struct vif *vif, const char *name, bool *other,
                      struct error *e) MUST_CHECK;

/* The link that is read about. */
struct gather {
    struct rtnl *rtnl;
    const struct link *link;
    /* On a kernel without marks (before 5.18), the addresses of its domUs are the suite's. */
    const struct config *config; /* NULL: the link may not be a vif */
    /* for gather_vif() only: */
    const struct store *store;
    struct vif *vif;
    const struct desired *desired;
};

/* What is on the link. Release with actual_free(). */
int gather_link(const struct gather *gather, struct actual *out, struct error *e) MUST_CHECK;

/* Appends to PLAN the removal of the suite's proxy entries whose vifs are gone. */
int gather_orphans(struct rtnl *rtnl, struct plan *plan, struct error *e) MUST_CHECK;

/* gather_link(), with IPv4 only if some is desired, and who else holds what is desired. */
int gather_vif(const struct gather *gather, struct actual *out, struct error *e) MUST_CHECK;

#endif
