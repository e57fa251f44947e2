/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that the `status` commands print for people: columns as wide as their texts, the last
 * one a state, followed by what is wrong. On a terminal the state has a colour, unless NO_COLOR is
 * set (https://no-color.org).
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS 5

struct table_row {
    const char *cells[TABLE_COLUMNS]; /* the state is the last of them; NULL or "" is shown as - */
    const char *detail;               /* NULL or "": nothing is wrong */
};

/*
 * Prints COUNT rows under TITLES to stdout, and nothing without rows. FILL fills in row I from
 * DATA; the texts must live until its next call.
 */
void table_print(const char *const titles[TABLE_COLUMNS], size_t count,
                 void (*fill)(const void *data, size_t i, struct table_row *out), const void *data);

#endif
