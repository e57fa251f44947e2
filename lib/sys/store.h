/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XenStore, through libxenstore alone. Relative paths ("backend/vif/1/0") are those of the
 * domain this program runs in, dom0 or a driver domain. What a guest can write (its frontend's
 * nodes) is never read.
 */
#ifndef STORE_H
#define STORE_H

#include "base/error.h"

struct xs_handle;

struct store {
    struct xs_handle *handle; /* NULL: not open */
};

/* Connects by the socket or, in a driver domain, by the device. Release with store_close(). */
int store_open(struct store *store, struct error *e) MUST_CHECK;
void store_close(struct store *store);

/*
 * The value of the node as a string that the caller frees. NULL with errno: ENOENT where there is
 * none, EACCES where this domain may not read it, EBADMSG where a NUL byte stands inside it, or
 * what broke the connection.
 */
char *store_read(const struct store *store, const char *path, ...) PRINTF(2, 3) MUST_CHECK;

/* The names of the node's children, COUNT of them, in one block that the caller frees; or NULL. */
char **store_list(const struct store *store, unsigned int *count, const char *path, ...)
    PRINTF(3, 4) MUST_CHECK;

/* Writes the node; 0 or a negative errno. */
int store_write(const struct store *store, const char *path, const char *value) MUST_CHECK;

#endif
