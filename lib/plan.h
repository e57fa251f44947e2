/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heart: what is wanted on a vif and what is there make the changes that lead from one to the
 * other, and the conflicts that forbid some. Pure: no kernel, no XenStore, no root.
 */
#ifndef PLAN_H
#define PLAN_H

#include "desired.h"
#include "error.h"
#include "model.h"

/*
 * The metrics of what the suite routes: while an HVM domU has its tap and its vif, the tap's routes
 * win, as with Xen's own vif-route.
 */
#define METRIC_TAP 1
#define METRIC_VIF 2

/* Who has something that a vif is to get, seen from that vif's domU. */
enum relation {
    HELD_BY_OTHER,   /* another live domU: a conflict */
    HELD_BY_SELF,    /* the same domU under another domid: it migrates, and takes it along */
    HELD_BY_SIBLING, /* another vif of the same domU: both have it, one is routed to */
    HELD_BY_CARD,    /* the tap of the same vif, or the vif of the same tap */
    HELD_BY_GONE,    /* a vif that nobody uses any more: a leftover */
    HELD_BY_FOREIGN, /* no vif, and nothing of the suite's */
};

struct holder {
    enum relation relation;
    char link[IF_NAMESIZE];
    char domu[128]; /* "domU web", for the message */
};

/* An address, or a route, on another link, that stands in the way of a wanted one. */
struct held_address {
    struct address address;
    struct holder holder;
};

struct held_route {
    struct route route;
    struct holder holder;
};

/* What the kernel has: on the vif, and elsewhere where it concerns the vif. */
struct actual {
    struct address *addresses;
    size_t address_count;
    struct route *routes; /* the suite's */
    size_t route_count;
    struct held_address *held_addresses;
    size_t held_address_count;
    struct held_route *held_routes;
    size_t held_route_count;
    bool has_marks; /* this kernel keeps IFA_PROTO */
};

enum change_kind {
    CHANGE_ADD,    /* + */
    CHANGE_FIX,    /* ~ an address that is there, but not as it should be: off and on again */
    CHANGE_MARK,   /* ~ an address that only lacks the suite's mark: changed in place */
    CHANGE_REMOVE, /* - */
};

struct change {
    enum change_kind kind;
    bool is_route;
    struct address address; /* as wanted, or as it is when it is removed */
    struct address before;  /* CHANGE_FIX: as it is */
    struct route route;
    uint32_t metric;
    char link[IF_NAMESIZE];
};

struct conflict {
    struct prefix wanted;
    struct prefix held;
    bool is_route;
    struct holder holder;
};

struct plan {
    struct change *changes; /* in the order in which they are to be made */
    size_t change_count;
    struct conflict *conflicts;
    size_t conflict_count;
};

/* The link that a plan is for. */
struct target {
    const struct link *link;
    uint8_t
        protocol; /* SUITE_PROTOCOL or SIXTOFOUR_PROTOCOL: whose addresses and routes these are */
    uint32_t metric; /* of its routes */
};

/* A vif's own link, or its tap. */
struct target target_vif(const struct link *link, bool tap);

/* DESIRED may be NULL: nothing is wanted there. Fails for want of memory alone. Free with
 * plan_free(). */
int plan_link(const struct target *target, const struct desired *desired,
              const struct actual *actual, struct plan *out, struct error *e) MUST_CHECK;
void plan_free(struct plan *plan);
void actual_free(struct actual *actual);

/* "+ vif3.0 2001:db8:0:3::1/64", as `sync` prints it. Returns BUFFER. */
#define CHANGE_TEXT 192
const char *change_print(const struct change *change, char buffer[static CHANGE_TEXT]);

/* The conflict as a failure of DOMU, in words that name both sides. */
int conflict_fail(const struct conflict *conflict, const char *domu, const char *link,
                  struct error *e);

#endif
