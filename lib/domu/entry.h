/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entries of links: lists of them, which of them are the same, and how people write them. Pure. A
 * new kind of entry is a kind in base/model.h and a case in each function of entry.c and apply.c.
 */
#ifndef ENTRY_H
#define ENTRY_H

#include "base/model.h"

struct entries {
    struct entry *items;
    size_t count;
};

int entries_add(struct entries *entries, const struct entry *entry) MUST_CHECK; /* -ENOMEM */
void entries_free(struct entries *entries);

/*
 * Whether one of the two, on one link, stands for the other: an address is the same whatever its
 * length, a neighbour whatever its MAC address, and routes are the same if they differ in nothing.
 */
bool entry_is_same(const struct entry *a, const struct entry *b);

/* The first of ENTRIES that is the same as ENTRY, or NULL. */
const struct entry *entries_find(const struct entries *entries, const struct entry *entry);

/* Whether PRESENT, the same as WANTED, does its work: an address has the length, and is for ever.
 */
bool entry_is_sound(const struct entry *present, const struct entry *wanted);

/*
 * "2001:db8:0:3::1/64", "route 2001:db8:1::/48 via 2001:db8:0:3::2", "neighbor 2001:db8::14",
 * "proxy 2001:db8::14". Returns BUFFER.
 */
#define ENTRY_TEXT 160
const char *entry_print(const struct entry *entry, char buffer[static ENTRY_TEXT]);

#endif
