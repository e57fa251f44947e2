/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has which network: thousands of prefixes, each on a link, and which of them overlap another.
 * Pure.
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
    size_t sorted;     /* that many at the front are in order */
    bool lengths[129]; /* which lengths of prefix there are */
};

/* Adds ENTRY, which is found by its own prefix and, for a route, by the address of its via. -ENOMEM
 */
int holdings_add(struct holdings *holdings, const struct entry *entry) MUST_CHECK;

/*
 * Calls FOUND for each holding whose network overlaps WANTED, with DATA; a negative result ends the
 * walk and is returned. The walk takes a few binary searches, however many holdings there are.
 */
int holdings_overlapping(struct holdings *holdings, const struct prefix *wanted,
                         int (*found)(const struct entry *entry, void *data),
                         void *data) MUST_CHECK;

void holdings_free(struct holdings *holdings);

#endif
