/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XenStore, through libxenstore, and ahead of it through store-batch. Relative paths
 * ("backend/vif/1/0") are those of the domain this program runs in, dom0 or a driver domain. What a
 * guest can write (its frontend's nodes) is never read.
 */
#ifndef STORE_H
#define STORE_H

#include "base/error.h"

struct xs_handle;
struct store_batch;

struct store {
    struct xs_handle *handle;  /* NULL: not open */
    struct store_batch *batch; /* what was asked ahead, or NULL */
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

/*
 * Asks ahead for what store_read() and store_list() are to answer soon. store_ask_...() notes a
 * node, store_fetch() asks for all that are noted in a few round trips, and store_forget() ends
 * their use: what is read then is read anew. None of them fails: what is not there is asked when
 * it is read.
 */
void store_ask_value(struct store *store, const char *path, ...) PRINTF(2, 3);
void store_ask_list(struct store *store, const char *path, ...) PRINTF(2, 3);
void store_fetch(struct store *store);
void store_forget(struct store *store);

/* Writes the node; 0 or a negative errno. */
int store_write(const struct store *store, const char *path, const char *value) MUST_CHECK;

#endif
