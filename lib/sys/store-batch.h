/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many questions to the XenStore in one round trip. libxenstore cannot do that: it waits for each
 * answer before it asks the next question. This speaks the protocol of xs_wire.h over a second
 * connection to xenstored's socket. It only saves time: what it cannot ask, or gets no usable
 * answer to, store_read() and store_list() ask through libxenstore.
 */
#ifndef STORE_BATCH_H
#define STORE_BATCH_H

#include "base/base.h"

struct store_batch;

struct store_batch *store_batch_new(void); /* NULL: no memory */
void store_batch_free(struct store_batch *batch);

/* Notes the question for the value of PATH, or for the names of its children. */
void store_batch_ask(struct store_batch *batch, bool is_list, const char *path);

/* Asks what was noted since the last call. */
void store_batch_fetch(struct store_batch *batch);

/* Forgets all questions and answers. */
void store_batch_forget(struct store_batch *batch);

/*
 * The answer: true with *VALUE, of *LENGTH bytes and a NUL more, which BATCH keeps, or with *VALUE
 * NULL and errno ENOENT or EACCES. False if there is none.
 */
bool store_batch_find(const struct store_batch *batch, bool is_list, const char *path,
                      const char **value, unsigned int *length);

#endif
