/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The immutable attribute of files and directories (chattr +i), which stops root as well.
 */
#ifndef IMMUTABLE_H
#define IMMUTABLE_H

#include <stdbool.h>

#include "base/error.h"

/* Whether the open file is immutable. -EOPNOTSUPP if the file system has no such attribute. */
int immutable_get(int fd, const char *path, bool *out, struct error *e) MUST_CHECK;

/* Sets or clears the attribute of the open file; keeps its other attributes. */
int immutable_set(int fd, const char *path, bool immutable, struct error *e) MUST_CHECK;

#endif
