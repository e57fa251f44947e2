/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables that the commands `status` print for people: columns as wide as what stands in them,
 * the last one a state, and behind it what is the matter. On a terminal the state has a colour,
 * unless NO_COLOR is set (https://no-color.org).
 */
#ifndef TABLE_H
#define TABLE_H

#include <stddef.h>

#define TABLE_COLUMNS 5

struct table_row {
    const char *cells[TABLE_COLUMNS]; /* the state is the last of them; NULL or "" is shown as - */
    const char *detail;               /* NULL or "": nothing is the matter */
};

/*
 * Prints COUNT rows under TITLES to stdout, and nothing if there are none. ROW fills in one of
 * them, as DATA has it; the texts must live until its next call.
 */
void table_print(const char *const titles[TABLE_COLUMNS], size_t count,
                 void (*row)(const void *data, size_t i, struct table_row *out), const void *data);

#endif
