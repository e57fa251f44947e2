/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of ipv6.cfg, one row each: which sections take the key, and how its value is read. A new
 * key is a new row, and a function if its value has a new form.
 */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include "base/nearest.h"
#include "config/config.h"

/* What may follow a key, after a dot. */
enum suffix { SUFFIX_NONE, SUFFIX_DEVID, SUFFIX_LINK };

/* Beside the sections in struct key: */
#define KEY_GUARDS (1U << SECTION_KINDS) /* below a broken header, it counts as set */
#define KEY_LIST   (2U << SECTION_KINDS) /* its value is a list of items with commas */

struct key {
    const char *name;
    enum key_id id;
    unsigned int sections; /* bit mask of 1 << enum section_kind, KEY_GUARDS and KEY_LIST */
    enum suffix suffix;    /* a devid may follow, a link must */
    /* Reads the value, or an item of it, for key_read(). */
    int (*read)(char *value, struct setting *setting, struct error *e);
};

/* The key called NAME (LENGTH bytes, in any case), or NULL. */
const struct key *key_find(const char *name, size_t length);
const struct key *key_by_id(enum key_id id);

/* Splits "KEY", "KEY.DEVID" or "KEY.LINK" into the key and SETTING's devid or link; NULL: no key.
 */
const struct key *key_split(const char *text, struct setting *setting);

/* Reads VALUE, which it may change, into SETTING; -EINVAL with the reason, -ENOMEM. */
int key_read(const struct key *key, char *value, struct setting *setting,
             struct error *e) MUST_CHECK;

/* Offers the keys of sections of this kind. */
void keys_offer(struct nearest *nearest, enum section_kind kind);

void setting_free(struct setting *setting);

#endif
