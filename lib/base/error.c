/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NEEDS_ROOT " (this needs root)"

int fail(struct error *e, int code, const char *format, ...)
{
    va_list args;
    size_t length;

    code = abs(code);
    if (!e)
        return -code;
    va_start(args, format);
    vsnprintf(e->text, sizeof(e->text), format, args);
    va_end(args);
    length = strlen(e->text);
    /* the text has the remedy already if it reports another failure */
    if ((code == EPERM || code == EACCES) && geteuid() != 0 && !has_suffix(e->text, NEEDS_ROOT))
        snprintf(e->text + length, sizeof(e->text) - length, NEEDS_ROOT);
    return -code;
}

int fail_errno(struct error *e, int code, const char *what)
{
    return fail(e, code, "%s: %s", what, strerror(abs(code)));
}

int fail_memory(struct error *e)
{
    return fail(e, ENOMEM, "out of memory");
}

int fail_within(struct error *e, int code, const char *what, ...)
{
    struct error inner;
    va_list args;
    size_t length;

    if (!e)
        return code;
    inner = *e;
    va_start(args, what);
    vsnprintf(e->text, sizeof(e->text), what, args);
    va_end(args);
    length = strlen(e->text);
    snprintf(e->text + length, sizeof(e->text) - length, ": %s", inner.text);
    return code;
}
