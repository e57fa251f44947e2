/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of other programs, line by line: for what they say in passing, so a file that is not there
 * or cannot be read says nothing. Anything but a regular file does too: a FIFO would hang us.
 */
#ifndef LINES_H
#define LINES_H

#include <stddef.h>

#include "base/base.h"

/* Hands VISIT the lines of the file PATH until it answers other than 0, and returns that, or 0. */
int lines_visit(const char *path, int (*visit)(void *context, char *line), void *context);

/*
 * Hands VISIT the paths that match the COUNT PATTERNS (glob(7)), pattern by pattern, until it
 * answers other than 0, and returns that, or 0.
 */
int paths_visit(const char *const *patterns, size_t count,
                int (*visit)(void *context, const char *path), void *context);

/* Whether a line of the file PATH that is not a comment (# or ;) contains WORD. */
bool lines_mention(const char *path, const char *word);

#endif
