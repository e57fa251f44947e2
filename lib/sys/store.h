/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XenStore. Relative paths ("backend/vif/1/0") belong to the domain this program runs in, dom0
 * or a driver domain. This program reads nothing that a guest can write (the nodes of its
 * frontend).
 *
 * In dom0, this speaks the protocol of xs_wire.h over xenstored's socket: libxenstore waits for
 * each answer before it asks the next question. What the socket cannot answer, and all of a driver
 * domain, which has no socket, is asked through libxenstore.
 */
#ifndef STORE_H
#define STORE_H

#include "base/error.h"

struct store {
    struct store_connection *connection; /* NULL: not open */
};

/* Connects by the socket or, in a driver domain, by the device. Release with store_close(). */
int store_open(struct store *store, struct error *e) MUST_CHECK;
void store_close(struct store *store);

/*
 * The value of the node as a string that the caller frees. NULL with errno: ENOENT if it does not
 * exist, EACCES if this domain may not read it, EBADMSG if a NUL byte is inside it, or the error of
 * the connection.
 */
char *store_read(const struct store *store, const char *path, ...) PRINTF(2, 3) MUST_CHECK;

/*
 * The names of the node's children, COUNT of them, in one block that the caller frees; or NULL with
 * errno as above.
 */
char **store_list(const struct store *store, unsigned int *count, const char *path, ...)
    PRINTF(3, 4) MUST_CHECK;

/*
 * Asks ahead for what store_read() and store_list() will read. store_ask_...() notes a node,
 * store_fetch() asks for all noted nodes in a few round trips, store_forget() drops the answers.
 * None of them fails: without an answer, store_read() and store_list() ask.
 */
void store_ask_value(const struct store *store, const char *path, ...) PRINTF(2, 3);
void store_ask_list(const struct store *store, const char *path, ...) PRINTF(2, 3);
void store_fetch(const struct store *store);
void store_forget(const struct store *store);

/* Writes the node; 0 or a negative errno. */
int store_write(const struct store *store, const char *path, const char *value) MUST_CHECK;

#endif
