/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lists of entries of links, their comparison, and their text. Pure. A new kind of entry is a kind
 * in base/model.h and a case in each function of entry.c and apply.c.
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
 * Whether a link can have only one of the two: the same address with any length, neighbours with
 * any MAC address, routes without any difference.
 */
bool entry_is_same(const struct entry *a, const struct entry *b);

/* Whether only one link may hold it, and others conflict: an address or a route. */
bool entry_is_exclusive(const struct entry *entry);

/* The first of ENTRIES that is the same as ENTRY, or NULL. */
const struct entry *entries_find(const struct entries *entries, const struct entry *entry);

/* Whether PRESENT, which entry_is_same() as WANTED, has its properties: length, lifetime, MAC. */
bool entry_is_sound(const struct entry *present, const struct entry *wanted);

/*
 * "2001:db8:0:3::1/64", "route 2001:db8:1::/48 via 2001:db8:0:3::2", "neighbor 2001:db8::14",
 * "proxy 2001:db8::14". Returns BUFFER.
 */
#define ENTRY_TEXT 160
const char *entry_print(const struct entry *entry, char buffer[static ENTRY_TEXT]);

#endif
