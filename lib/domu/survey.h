/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every vif of this backend domain, dom0 or a driver domain: what the XenStore says about it, what
 * ipv6.cfg wants on it, and what the kernel has. For sync and status; the hook, which must not
 * depend on the number of vifs, has gather.h. Reads only.
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
    const char *missing_uplink;     /* the first of desired.uplinks that does not exist, or NULL */
    const struct section *section;  /* NULL: the file has no entry for it */
    char *notice;                   /* of match_section(), or NULL */
    const struct diagnostic *error; /* the first mistake of its entry, or NULL */
    struct desired desired;         /* IPv6 */
    struct desired ipv4;            /* IPv4 of ip=, without dom0's address */
    bool has_our_script;            /* this program is the vif's script, so ip= counts */
    bool gone;                      /* its domU has ended: its entries are leftovers */
    bool taken;                     /* vifD.N and its vifname's link exist: neither is the vif */
    bool moving;                    /* its domU migrates, and runs twice */
    bool frozen;                    /* must not be changed */
};

struct survey {
    struct survey_vif *vifs; /* by domid and devid */
    size_t count;
    struct link *earlier; /* the links before the XenStore was read, by index */
    size_t earlier_count;
    struct link *links; /* all of this network namespace, by index */
    const struct link **by_name;
    size_t link_count;
    struct entries snapshot;   /* addresses and routes of all links */
    struct entries neighbours; /* by address */
    struct holdings holdings;
    struct entries ipv4; /* snapshot of IPv4, if any vif's ip= has some */
    struct port *ports;  /* the vifs' links, by index */
    size_t port_count;
    bool has_marks; /* the kernel keeps IFA_PROTO */
};

/*
 * Fills OUT's vifs from the XenStore, without those that vanish meanwhile. This can take long and
 * needs no lock: survey_look() recognises newer links. STORE keeps its answers until
 * store_forget(). Release with survey_free(), also after a failure of this or the next two.
 */
int survey_read(struct survey *out, const struct store *store, struct rtnl *rtnl,
                struct error *e) MUST_CHECK;

/* Adds what CONFIG and ip= want on each vif, and the first error in MISTAKES of its section. */
int survey_match(struct survey *survey, const struct store *store, const struct config *config,
                 const struct diagnostics *mistakes, struct error *e) MUST_CHECK;

/*
 * Reads the kernel, anew at each call. Frozen vifs hold all they have, wanted or not. Freezes the
 * vifs whose links were made after survey_read(): their hooks configure them.
 */
int survey_look(struct survey *survey, struct rtnl *rtnl, const struct config *config,
                struct error *e) MUST_CHECK;

/* The name of a vif's link, for messages. */
const char *survey_link_name(const struct survey_vif *vif);

/* Whether LINK of the vif exists, is routed, and may be changed. */
bool survey_may_change(const struct survey_vif *vif, const struct link *link);

/*
 * Plans for one link of the vif, including the conflicts of ip=. ACTUAL is what it has, and who
 * else holds what it is to get. Release with actual_free() and plan_free().
 */
int survey_plan(struct survey *survey, const struct survey_vif *vif, enum card card,
                struct actual *actual, struct plan *plan, struct error *e) MUST_CHECK;

/* Counts what PLAN adds as held from now on. */
int survey_note(struct survey *survey, const struct plan *plan, struct error *e) MUST_CHECK;

/*
 * Whether an existing vif is to have the proxy entry: also one whose route to the address is yet to
 * be added, as the address moves to it, or as the vif was down.
 */
bool survey_wants_proxy(const struct survey *survey, const struct entry *proxy);

/* The vif whose link or tap has this name; NULL: none. */
const struct survey_vif *survey_find(const struct survey *survey, const char *link);

/* Whether a link of this name exists, a vif's or not. */
bool survey_has_link(const struct survey *survey, const char *link);

void survey_free(struct survey *survey);

#endif
