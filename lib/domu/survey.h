/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every vif of this backend domain, dom0 or a driver domain: what the XenStore knows of it, what
 * ipv6.cfg wants there, and what the kernel has. sync and status stand on it. Reads only.
 */
#ifndef SURVEY_H
#define SURVEY_H

#include "base/model.h"
#include "config/config.h"
#include "domu/desired.h"
#include "domu/holdings.h"
#include "domu/plan.h"
#include "domu/snapshot.h"
#include "domu/vif.h"
#include "sys/rtnl.h"
#include "sys/store.h"

/* The links of one vif: its own, and that of an HVM domU's emulated card. */
enum card { CARD_VIF, CARD_TAP, CARDS };

struct survey_vif {
    struct vif vif;
    struct link links[CARDS]; /* index 0: there is no such link */
    struct link *uplinks;     /* those of its uplinks that exist */
    size_t uplink_count;
    const struct section *section;  /* NULL: the file has no entry for it */
    char *notice;                   /* what match_section() had to say, or NULL */
    const struct diagnostic *error; /* the first mistake of its entry, or NULL */
    struct desired desired;         /* of IPv6 */
    struct desired ipv4;            /* what ip= has of IPv4: only a hook knows dom0's address */
    bool serves_whole;              /* this program is the vif's script, so ip= counts */
    bool gone;                      /* its domU has ended: what it has is a leftover */
    bool taken;                     /* both vifD.N and its vifname's link exist: neither is it */
    bool moving;                    /* its domU migrates, and is there twice */
    bool frozen;                    /* nothing on it is to be changed: it keeps what it has */
};

struct survey {
    struct survey_vif *vifs; /* by domid and devid */
    size_t count;
    struct link *earlier; /* the links before the XenStore was read, by index */
    size_t earlier_count;
    struct link *links; /* all of this network namespace, by index */
    size_t link_count;
    struct entries snapshot;   /* addresses and routes of all links */
    struct entries neighbours; /* by address */
    struct holdings holdings;
    struct entries ipv4; /* the same of IPv4, if any vif's ip= has some */
    struct port *ports;  /* the vifs' links, by index */
    struct port *ports_by_name;
    size_t port_count;
    bool has_marks; /* the kernel keeps IFA_PROTO */
};

/*
 * Fills OUT's vifs from the XenStore, but for those that vanish meanwhile. That can take long, so
 * it needs no lock: survey_look() knows which links are newer. Until store_forget(), STORE answers
 * with what it had then. Release with survey_free(), also after a failure of this or the next two.
 */
int survey_read(struct survey *out, struct store *store, struct rtnl *rtnl,
                struct error *e) MUST_CHECK;

/* What CONFIG, and ip=, want on each. MISTAKES are CONFIG's; an entry's first is its vifs' error.
 */
int survey_match(struct survey *survey, const struct store *store, const struct config *config,
                 const struct diagnostics *mistakes, struct error *e) MUST_CHECK;

/*
 * The kernel's side, again at each call. What frozen vifs have counts as theirs, wanted or not. A
 * vif whose link was made after survey_read() is frozen: its own hook cares for it.
 */
int survey_look(struct survey *survey, struct rtnl *rtnl, const struct config *config,
                struct error *e) MUST_CHECK;

/* The name of a vif's link, by which people call it. */
const char *survey_link_name(const struct survey_vif *vif);

/* Whether LINK, one of the vif's, exists, is routed, and may be changed. */
bool survey_may_change(const struct survey_vif *vif, const struct link *link);

/*
 * What is on that card, and who else has what it is to get; and the plan for it, with the conflicts
 * of ip=, too. Release with actual_free() and plan_free().
 */
int survey_plan(struct survey *survey, const struct survey_vif *vif, enum card card,
                struct actual *actual, struct plan *plan, struct error *e) MUST_CHECK;

/* Appends to OUT what dom0 itself holds of IPv6, on links that are no vifs; -ENOMEM. */
int survey_hold_own(const struct survey *survey, struct actual *out) MUST_CHECK;

/* Appends to OUT the suite's neighbour and proxy entries of vifs that are gone; -ENOMEM. */
int survey_orphans(const struct survey *survey, struct entries *out) MUST_CHECK;

/* What PLAN adds belongs to its links from now on, as if it were done. */
int survey_note(struct survey *survey, const struct plan *plan, struct error *e) MUST_CHECK;

/* The vif that has the link, or tap, with this index, or of this name; NULL: none. */
const struct survey_vif *survey_vif_of(const struct survey *survey, int link);
const struct survey_vif *survey_find(const struct survey *survey, const char *link);

/* Whether there is a link of this name, a vif's or not. */
bool survey_has_link(const struct survey *survey, const char *link);

void survey_free(struct survey *survey);

#endif
