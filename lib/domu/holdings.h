/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An index of thousands of networks, each on a link, to find those that overlap another. Pure.
 */
#ifndef HOLDINGS_H
#define HOLDINGS_H

#include "base/model.h"

/* A network on a link: that of an entry, or a router's address. */
struct holding {
    struct prefix network;
    struct entry entry;
};

struct holdings {
    struct holding *items; /* in the order of their networks */
    size_t count;
    size_t sorted;     /* number of items at the front that are in order */
    bool lengths[129]; /* which prefix lengths exist */
};

/* Adds ENTRY under its prefix and, for a route of others, under the address of its via. -ENOMEM. */
int holdings_add(struct holdings *holdings, const struct entry *entry) MUST_CHECK;

/*
 * Calls FOUND with DATA for each holding whose network overlaps WANTED; a negative result ends the
 * walk and is returned. The walk takes one binary search per prefix length.
 */
int holdings_overlapping(struct holdings *holdings, const struct prefix *wanted,
                         int (*found)(const struct entry *entry, void *data),
                         void *data) MUST_CHECK;

void holdings_free(struct holdings *holdings);

#endif
