/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison of what is wanted on a vif with what exists: the changes that lead from one to the
 * other, and the conflicts that forbid some. Pure: no kernel, no XenStore, no root.
 */
#ifndef PLAN_H
#define PLAN_H

#include "base/error.h"
#include "base/model.h"
#include "domu/desired.h"
#include "domu/entry.h"
#include "domu/relation.h"

/*
 * The metrics of the suite's routes. While an HVM domU has both tap and vif, the tap's routes win,
 * as with Xen's vif-route. A stubdomain's vif carries the emulated card and stays when the guest
 * uses the domU's vif; so the latter wins once it has a carrier, which netback gives it when the
 * guest connects. A driver domain has no taps and cannot read `target`: there the backend's type
 * identifies the domU's vif.
 */
#define METRIC_TAP       1
#define METRIC_VIF_IOEMU 1
#define METRIC_VIF       2
#define METRIC_STUB      3

/* What the kernel has. */
struct actual {
    struct entries own; /* on the vif; of routes only the suite's */
    struct held *held;  /* on other links, if it concerns the vif */
    size_t held_count;
    bool has_marks; /* this kernel keeps IFA_PROTO */
};

enum change_kind {
    CHANGE_ADD,    /* + */
    CHANGE_FIX,    /* ~ has wrong properties: removed and added again */
    CHANGE_MARK,   /* ~ only lacks the suite's mark: changed in place */
    CHANGE_REMOVE, /* - */
};

struct change {
    enum change_kind kind;
    struct entry entry;  /* as wanted; as it is for CHANGE_REMOVE */
    struct entry before; /* CHANGE_FIX: as it is */
    char link[IF_NAMESIZE];
};

struct conflict {
    struct prefix wanted;
    bool is_route; /* WANTED is a route's destination */
    struct held held;
};

struct plan {
    struct change *changes; /* in the order in which they are to be made */
    size_t change_count;
    struct conflict *conflicts;
    size_t conflict_count;
    bool needs_carrier; /* without a carrier, the stubdomain's vif is to get its packets */
};

/* The link that a plan is for. */
struct target {
    const struct link *link;
    uint8_t protocol; /* of its entries: SUITE_PROTOCOL or SIXTOFOUR_PROTOCOL */
    uint32_t metric;  /* of its routes */
    bool is_incoming; /* the domU arrives by live migration */
    bool yields;      /* to other links of the card while it has no carrier */
    bool has_mac;
    uint8_t mac[6];             /* the guest's, for neighbour entries */
    const struct link *uplinks; /* that exist: dom0 answers there for its `address`es */
    size_t uplink_count;
};

/* The target for LINK of VIF, whose ids are read, or of its TAP. */
struct target target_vif(const struct link *link, const struct vif *vif, bool tap);

/* DESIRED is NULL if nothing is wanted. Fails only if memory is short. Release with plan_free(). */
int plan_link(const struct target *target, const struct desired *desired,
              const struct actual *actual, struct plan *out, struct error *e) MUST_CHECK;
void plan_free(struct plan *plan);

/* Appends a change on LINK, or, of a proxy entry, on its uplink; -ENOMEM. */
int plan_change(struct plan *plan, enum change_kind kind, const struct entry *entry,
                const char *link) MUST_CHECK;
void actual_free(struct actual *actual);

/* '+', '-' or '~'. */
char change_mark(const struct change *change);

/* "+ vif3.0 2001:db8:0:3::1/64". Returns BUFFER. */
#define CHANGE_TEXT (ENTRY_TEXT + IF_NAMESIZE + 8)
const char *change_print(const struct change *change, char buffer[static CHANGE_TEXT]);

/* fail() with a text that names both sides of the conflict. */
int conflict_fail(const struct conflict *conflict, const char *domu, const char *link,
                  struct error *e);

/* Appends a conflict for each of HELD that forbids WANTED; of dom0's, one per link. -ENOMEM. */
int plan_conflicts(const struct prefix *wanted, bool is_route, const struct held *held,
                   size_t count, struct plan *plan) MUST_CHECK;

/* Whether a conflict forbids the network of PREFIX to this vif: then nothing in it is added. */
bool plan_forbids(const struct plan *plan, const struct prefix *prefix);

/* "2001:db8::1/64 covers dom0's own network 2001:db8::/64 on eth0: REMEDY". Returns BUFFER. */
#define CONFLICT_TEXT 384
const char *host_conflict_print(const struct conflict *conflict, char buffer[static CONFLICT_TEXT]);

#endif
