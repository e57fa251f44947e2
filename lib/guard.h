/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * antispoof: which vifs may send from their own prefixes alone, and which prefixes those are. They
 * are elements of sets in one nf_tables table of the suite's own, "inet vif-route-ipv6", so that a
 * vif's coming and going changes elements and no rule.
 */
#ifndef GUARD_H
#define GUARD_H

#include <net/if.h>

#include "desired.h"

enum guard_set { GUARD_VIFS, GUARD_SOURCES, GUARD_VIFS4, GUARD_SOURCES4, GUARD_SETS };

struct guard_entry {
    char link[IF_NAMESIZE];
    enum guard_set set;
    struct prefix source; /* GUARD_SOURCES and GUARD_SOURCES4, which has it IPv4-mapped */
};

struct guard {
    struct guard_entry *entries;
    size_t count;
    bool is_torn; /* as read: the rules that go by the entries are not all there */
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
bool guard_has(const struct guard *guard, const char *link);
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

/*
 * Plans the way from ACTUAL to WANTED for the links that IN_SCOPE answers for, with DATA, and
 * leaves the others as they are; where none is left, the table goes. Out of a torn one all that is
 * wanted comes anew. Pure; sorts both. Release with guard_plan_free().
 */
int guard_plan(struct guard *wanted, struct guard *actual,
               bool (*in_scope)(const char *link, const void *data), const void *data,
               struct guard_plan *out, struct error *e) MUST_CHECK;
void guard_plan_free(struct guard_plan *plan);

/*
 * Makes the guard of one link what WANTED, which has no other links, says; the caller holds the
 * lock.
 */
int guard_set(const char *link, struct guard *wanted, struct error *e) MUST_CHECK;

#endif
