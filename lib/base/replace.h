/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replacing a file that the user names, atomically.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include "base/error.h"

/*
 * Writes TEXT to the file PATH: a temporary file beside it, fsync, rename. A file that exists keeps
 * its mode, owner and group; a new one is readable by all. A symbolic link is followed. On failure
 * PATH is as it was, and the temporary file is removed. -EINVAL if PATH is not a regular file.
 */
int replace_file(const char *path, const char *text, struct error *e) MUST_CHECK;

/* Makes the directory PATH, which all may read whatever the umask is. One that exists is left. */
int make_directory(const char *path, struct error *e) MUST_CHECK;

#endif
