/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart: what is wanted on a vif and what is there make the changes that lead from one to the
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
 * The metrics of what the suite routes. While an HVM domU has its tap and its vif, the tap's routes
 * win, as with Xen's own vif-route. The vif of a stubdomain has the emulated card and does not go
 * when the guest uses its own vif, so that the domU's own vif wins once it has a carrier, which
 * netback gives it when the guest connects. In a driver domain, which has no taps, the domU's own
 * vif cannot be told from other vifs by `target`, but by the backend's type.
 */
#define METRIC_TAP       1
#define METRIC_VIF_IOEMU 1
#define METRIC_VIF       2
#define METRIC_STUB      3

/* What the kernel has: on the vif, and elsewhere where it concerns the vif. */
struct actual {
    struct entries own; /* of routes only the suite's */
    struct held *held;  /* on other links */
    size_t held_count;
    bool has_marks; /* this kernel keeps IFA_PROTO */
};

enum change_kind {
    CHANGE_ADD,    /* + */
    CHANGE_FIX,    /* ~ it is there, but not as it should be: off and on again */
    CHANGE_MARK,   /* ~ it only lacks the suite's mark: changed in place */
    CHANGE_REMOVE, /* - */
};

struct change {
    enum change_kind kind;
    struct entry entry;  /* as wanted, or as it is when it is removed */
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
    bool needs_carrier; /* without carrier its routes give way to those of the stubdomain's vif */
};

/* The link that a plan is for. */
struct target {
    const struct link *link;
    uint8_t
        protocol; /* SUITE_PROTOCOL or SIXTOFOUR_PROTOCOL: whose addresses and routes these are */
    uint32_t metric;  /* of its routes */
    bool is_incoming; /* the domU arrives by live migration */
    bool yields;      /* to other links of the same card, while it has no carrier */
    bool has_mac;
    uint8_t mac[6];             /* the guest's, for neighbour entries */
    const struct link *uplinks; /* that exist: where dom0 answers for the guest's `address`es */
    size_t uplink_count;
};

/* The link of VIF, with its ids read, or its tap. */
struct target target_vif(const struct link *link, const struct vif *vif, bool tap);

/* DESIRED may be NULL: nothing is wanted there. Fails for want of memory alone. Free with
 * plan_free(). */
int plan_link(const struct target *target, const struct desired *desired,
              const struct actual *actual, struct plan *out, struct error *e) MUST_CHECK;
/* The removal of a neighbour or proxy entry, wherever it is. */
struct change plan_orphan(const struct entry *entry);

void plan_free(struct plan *plan);

/* Appends one change; -ENOMEM. */
int plan_change(struct plan *plan, enum change_kind kind, const struct entry *entry,
                const char *link) MUST_CHECK;
void actual_free(struct actual *actual);

/* '+', '-' or '~'. */
char change_mark(const struct change *change);

/* "+ vif3.0 2001:db8:0:3::1/64". Returns BUFFER. */
#define CHANGE_TEXT (ENTRY_TEXT + IF_NAMESIZE + 8)
const char *change_print(const struct change *change, char buffer[static CHANGE_TEXT]);

/* The conflict as a failure of DOMU, in words that name both sides. */
int conflict_fail(const struct conflict *conflict, const char *domu, const char *link,
                  struct error *e);

/*
 * Appends to PLAN a conflict for each of the HELD that forbid WANTED, but one for each link of
 * dom0. -ENOMEM.
 */
int plan_conflicts(const struct prefix *wanted, bool is_route, const struct held *held,
                   size_t count, struct plan *plan) MUST_CHECK;

/*
 * "the subnet 2001:db8::/64 covers dom0's own network 2001:db8::/64 on eth0", or what else of
 * dom0 it is, with a way out.
 */
#define CONFLICT_TEXT 384
const char *host_conflict_print(const struct conflict *conflict, char buffer[static CONFLICT_TEXT]);

#endif
