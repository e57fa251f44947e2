/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/store.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#define LONGEST_PATH 3072 /* XENSTORE_ABS_PATH_MAX */

int store_open(struct store *store, struct error *e)
{
    int code;

    store->handle = xs_open(0);
    if (store->handle)
        return 0;
    code = errno ? errno : EIO;
    /* what libxenstore tells is the second way's failure: a driver domain's device is not there */
    return fail(e, code, "XenStore: %s (%s)", strerror(code),
                geteuid() == 0 ? "is xenstored running?" : "this needs root");
}

void store_close(struct store *store)
{
    if (store->handle)
        xs_close(store->handle);
    store->handle = NULL;
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

static char *read_path(const struct store *store, const char *path)
{
    unsigned int length = 0;
    char *value = xs_read(store->handle, XBT_NULL, path, &length);

    /* A NUL at the end is some writers' habit; one before it would make another text of it. */
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

char **store_list(const struct store *store, unsigned int *count, const char *path, ...)
{
    char full[LONGEST_PATH];
    va_list args;
    int printed;

    va_start(args, path);
    printed = format_path(full, sizeof(full), path, args);
    va_end(args);
    return printed < 0 ? NULL : xs_directory(store->handle, XBT_NULL, full, count);
}

int store_write(const struct store *store, const char *path, const char *value)
{
    errno = EIO;
    if (!xs_write(store->handle, XBT_NULL, path, value, (unsigned int)strlen(value)))
        return -errno;
    return 0;
}
