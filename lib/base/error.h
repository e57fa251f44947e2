/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as values. A function that can fail returns 0 or a negative errno and, when it fails, says
 * in a struct error what and why ("vif1.0: 2001:db8::1/64: No buffer space available"). The command
 * hands it to the one place that prints it. No side effects.
 */
#ifndef ERROR_H
#define ERROR_H

#include "base/base.h"

struct error {
    char text[1024];
};

/*
 * Stores the text and returns -abs(CODE). E may be NULL. For EPERM and EACCES without root, the
 * text also says that this needs root.
 */
int fail(struct error *e, int code, const char *format, ...) PRINTF(3, 4);

/* fail() with "WHAT: " and the text of the errno CODE. WHAT is usually a path. */
int fail_errno(struct error *e, int code, const char *what);

/* fail() with "out of memory". */
int fail_memory(struct error *e);

/* Puts "WHAT: " before the text in E, and returns CODE. */
int fail_within(struct error *e, int code, const char *what, ...) PRINTF(3, 4);

#endif
