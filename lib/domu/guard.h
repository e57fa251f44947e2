/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * antispoof: which vifs may send only from their own prefixes, and which prefixes those are. They
 * are elements of sets in one nf_tables table of the suite's own, "inet vif-route-ipv6", so that a
 * vif that comes or goes changes elements and no rule. The kernel adds the elements of further
 * sets, of which this file knows nothing: which addresses it has seen.
 */
#ifndef GUARD_H
#define GUARD_H

#include <net/if.h>

#include "domu/desired.h"

enum guard_set {
    GUARD_VIFS,
    GUARD_GATEWAYS, /* dom0's addresses on the vif: no domU sends from them */
    GUARD_NETWORKS, /* networks of length 64 on the vif: looked up by a hash, not a tree */
    GUARD_SOURCES,  /* those of other lengths */
    GUARD_ROUTED,   /* prefixes behind a router of the domU's */
    GUARD_HOSTS,    /* addresses of the domU that need no limit: guest-config gives them out */
    GUARD_VIFS4,
    GUARD_SOURCES4,
    GUARD_SETS
};

struct guard_entry {
    char link[IF_NAMESIZE];
    enum guard_set set;
    struct prefix source; /* but for the vifs; IPv4-mapped in GUARD_SOURCES4 */
};

struct guard {
    struct guard_entry *entries;
    size_t count;
    bool is_torn; /* as read: the table's rules or sets are not all there */
};

/*
 * Lets LINK send from the networks of DESIRED's gateways and from its routes, and nothing else of
 * IPv6. With IPV4, whose IPv4 routes count, nothing else of IPv4 either; NULL leaves IPv4 alone.
 * -EINVAL for a link whose name no rule can hold.
 */
int guard_add(struct guard *guard, const char *link, const struct desired *desired,
              const struct desired *ipv4, struct error *e) MUST_CHECK;

/* Reads the guard that is in force; an empty one where there is none. */
int guard_read(struct guard *out, struct error *e) MUST_CHECK;

/* Whether GUARD has anything of LINK, and whether it keeps LINK from sending what it may not. */
bool guard_has(const struct guard *guard, const char *link);
bool guard_holds(const struct guard *guard, const char *link);

/* Whether TABLE, of family inet, is the guard's; of its sets, only those that guard_read() reads.
 */
bool guard_is_part(const char *table, const char *set);
void guard_free(struct guard *guard);

/* What leads from one guard to another. */
struct guard_change {
    char mark; /* '+' guarded from now on, '-' no longer, '~' other sources */
    char link[IF_NAMESIZE];
};

struct guard_plan {
    char *rules; /* for nft_load(); NULL: nothing is to be done */
    struct guard_change *changes;
    size_t change_count;
};

/* Whether a plan is about a link, and whether that link exists. */
enum guard_scope { GUARD_OTHER, GUARD_PRESENT, GUARD_GONE };

/*
 * Plans the way from ACTUAL to WANTED for the links that SCOPE, called with DATA, says the plan is
 * about. The entries of other links stay; if none is left, the table is deleted. A torn table is
 * made anew, with the entries of other links. Pure; sorts both. Release with guard_plan_free().
 */
int guard_plan(struct guard *wanted, struct guard *actual,
               enum guard_scope (*scope)(const char *link, const void *data), const void *data,
               struct guard_plan *out, struct error *e) MUST_CHECK;
void guard_plan_free(struct guard_plan *plan);

/*
 * Makes the guard of one link what WANTED, which has no other links, says; the caller holds the
 * lock.
 */
int guard_set(const char *link, struct guard *wanted, struct error *e) MUST_CHECK;

#endif
