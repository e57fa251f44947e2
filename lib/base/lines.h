/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of other programs' files. A file that does not exist or cannot be read counts as empty,
 * and so does anything but a regular file: a FIFO would hang the reader.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>

#include "base/base.h"

/*
 * Calls VISIT with each line of the file PATH until it returns something else than 0, and returns
 * that.
 */
int lines_visit(const char *path, int (*visit)(void *context, char *line), void *context);

/* The same with each path that matches one of the COUNT PATTERNS (glob(7)). */
int paths_visit(const char *const *patterns, size_t count,
                int (*visit)(void *context, const char *path), void *context);

/* Whether a line of the file PATH that is not a comment (# or ;) contains WORD. */
bool lines_mention(const char *path, const char *word);

#endif
