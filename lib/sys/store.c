/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#include "sys/store-batch.h"

#define LONGEST_PATH 3072 /* XENSTORE_ABS_PATH_MAX */

int store_open(struct store *store, struct error *e)
{
    int code;

    *store = (struct store){.handle = xs_open(0)};
    if (store->handle)
        return 0;
    code = errno ? errno : EIO;
    /* libxenstore's errno is that of the second way, a driver domain's missing device */
    return fail(e, code, "XenStore: %s (%s)", strerror(code),
                geteuid() == 0 ? "is xenstored running?" : "this needs root");
}

void store_close(struct store *store)
{
    if (store->handle)
        xs_close(store->handle);
    store_batch_free(store->batch);
    *store = (struct store){.handle = NULL};
}

static int format_path(char *buffer, size_t size, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static int format_path(char *buffer, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(buffer, size, format, args);

    if (length >= 0 && (size_t)length < size)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

static char *memdup(const char *bytes, size_t size)
{
    char *copy = malloc(size);

    return copy ? memcpy(copy, bytes, size) : NULL;
}

static char *read_path(const struct store *store, const char *path)
{
    unsigned int length = 0;
    const char *known;
    char *value;

    if (!store_batch_find(store->batch, false, path, &known, &length))
        value = xs_read(store->handle, XBT_NULL, path, &length);
    else
        value = known ? memdup(known, length + 1) : NULL;

    /* some writers add a NUL; a NUL before the end would hide the rest */
    if (!value || strlen(value) + 1 >= length)
        return value;
    free(value);
    errno = EBADMSG;
    return NULL;
}

char *store_read(const struct store *store, const char *path, ...)
{
    char full[LONGEST_PATH];
    va_list args;
    int printed;

    va_start(args, path);
    printed = format_path(full, sizeof(full), path, args);
    va_end(args);
    return printed < 0 ? NULL : read_path(store, full);
}

/* The NUL-terminated names in VALUE, in one block like xs_directory()'s. */
static char **split_names(const char *value, unsigned int length, unsigned int *count)
{
    char **names;
    char *text;

    *count = 0;
    for (unsigned int i = 0; i < length; i++)
        *count += value[i] == '\0';
    names = malloc(*count * sizeof(*names) + length + 1);
    if (!names)
        return NULL;
    text = memcpy(names + *count, value, length + 1);
    for (unsigned int i = 0; i < *count; i++, text += strlen(text) + 1)
        names[i] = text;
    return names;
}

static char **list_path(const struct store *store, const char *path, unsigned int *count)
{
    const char *known;
    unsigned int length;

    if (!store_batch_find(store->batch, true, path, &known, &length))
        return xs_directory(store->handle, XBT_NULL, path, count);
    return known ? split_names(known, length, count) : NULL;
}

char **store_list(const struct store *store, unsigned int *count, const char *path, ...)
{
    char full[LONGEST_PATH];
    va_list args;
    int printed;

    va_start(args, path);
    printed = format_path(full, sizeof(full), path, args);
    va_end(args);
    return printed < 0 ? NULL : list_path(store, full, count);
}

static void note_question(struct store *store, bool is_list, const char *path, va_list args)
    __attribute__((format(printf, 3, 0)));

static void note_question(struct store *store, bool is_list, const char *path, va_list args)
{
    char full[LONGEST_PATH];

    if (!store->batch)
        store->batch = store_batch_new();
    if (store->batch && format_path(full, sizeof(full), path, args) == 0)
        store_batch_ask(store->batch, is_list, full);
}

void store_ask_value(struct store *store, const char *path, ...)
{
    va_list args;

    va_start(args, path);
    note_question(store, false, path, args);
    va_end(args);
}

void store_ask_list(struct store *store, const char *path, ...)
{
    va_list args;

    va_start(args, path);
    note_question(store, true, path, args);
    va_end(args);
}

void store_fetch(struct store *store)
{
    if (store->batch)
        store_batch_fetch(store->batch);
}

void store_forget(struct store *store)
{
    if (store->batch)
        store_batch_forget(store->batch);
}

int store_write(const struct store *store, const char *path, const char *value)
{
    errno = EIO;
    if (!xs_write(store->handle, XBT_NULL, path, value, (unsigned int)strlen(value)))
        return -errno;
    return 0;
}
