/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * antispoof: which vifs may send only from their prefixes, and which prefixes those are. Both are
 * elements of sets in the suite's nf_tables table "inet vif-route-ipv6", so a vif that comes or
 * goes changes elements and no rule. The kernel adds the addresses that it sees to further sets.
 */
#ifndef GUARD_H
#define GUARD_H

#include <net/if.h>

#include "domu/desired.h"

enum guard_set {
    GUARD_VIFS,
    GUARD_GATEWAYS,      /* dom0's addresses on the vif: no domU sends from them */
    GUARD_NETWORKS,      /* networks of length 64 on the vif, in a hash */
    GUARD_SOURCES,       /* networks of other lengths, in a tree, */
    GUARD_OTHER_LENGTHS, /* and the vifs that have some */
    GUARD_ROUTED,        /* prefixes that the domU routes */
    GUARD_HOSTS,         /* without a limit: /128 networks, and what guest-config prints */
    GUARD_VIFS4,
    GUARD_SOURCES4,
    GUARD_SETS
};

struct guard_entry {
    char link[IF_NAMESIZE];
    enum guard_set set;
    struct prefix source; /* unused in GUARD_VIFS...; IPv4-mapped in GUARD_SOURCES4 */
};

struct guard {
    struct guard_entry *entries;
    size_t count;
    bool is_torn; /* guard_read(): the table lacks rules or sets, or has others */
};

/*
 * Limits LINK's IPv6 to the networks of DESIRED's gateways and its routes, and LINK's IPv4 to the
 * IPv4 routes of IPV4 (NULL: no limit). -EINVAL for a link whose name no rule can hold.
 */
int guard_add(struct guard *guard, const char *link, const struct desired *desired,
              const struct desired *ipv4, struct error *e) MUST_CHECK;

/* Reads the guard in force, which may be empty. */
int guard_read(struct guard *out, struct error *e) MUST_CHECK;

/* Whether GUARD has anything of LINK, and whether it is in force for LINK. */
bool guard_has_entries(const struct guard *guard, const char *link);
bool guard_is_in_force(const struct guard *guard, const char *link);

/* Whether TABLE, of family inet, and SET (NULL: none) belong to what guard_read() reads. */
bool guard_is_part(const char *table, const char *set);
void guard_free(struct guard *guard);

/* '+' newly guarded, '-' no longer, '~' with other sources; sync's advertisements likewise. */
struct link_change {
    char mark;
    char link[IF_NAMESIZE];
};

struct guard_plan {
    char *rules; /* for nft_load(); NULL: nothing to do */
    struct link_change *changes;
    size_t change_count;
};

/* Whether a plan is about a link, and whether the link exists. */
enum guard_scope { GUARD_OTHER, GUARD_PRESENT, GUARD_GONE };

/*
 * Plans the changes from ACTUAL to WANTED for the links that SCOPE(link, DATA) selects. The entries
 * of other links stay; if none remains, the table is deleted. A torn table is created again, with
 * the entries of other links. Pure; sorts both. Release with guard_plan_free().
 */
int guard_plan(struct guard *wanted, struct guard *actual,
               enum guard_scope (*scope)(const char *link, const void *data), const void *data,
               struct guard_plan *out, struct error *e) MUST_CHECK;
void guard_plan_free(struct guard_plan *plan);

/* Sets the guard of one link to WANTED, which has no other links; the caller holds the lock. */
int guard_set(const char *link, struct guard *wanted, struct error *e) MUST_CHECK;

#endif
