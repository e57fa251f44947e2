/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with a section or a key of ipv6.cfg that does not exist, and what was meant. Pure.
 */
#ifndef CONFIG_EXPLAIN_H
#define CONFIG_EXPLAIN_H

#include "config/config.h"

/* A key that its section does not know, and the line that it is in. */
struct stray_key {
    const char *name;
    const struct section *section; /* NULL: before any section */
    const char *domu;              /* of the one-line form; NULL: it is another line */
    size_t column;                 /* of the name's first byte, from 1 */
    bool has_equals;               /* the line has a '=' */
};

/* Both return a text that the caller frees, or NULL when memory is short. */
char *explain_section(const char *title);
char *explain_key(const struct stray_key *stray);

#endif
