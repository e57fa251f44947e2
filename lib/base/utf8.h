/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 (RFC 3629). XenStore holds any bytes, so a name from it may not be text.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* The length in bytes of the character at TEXT, which must not be empty; 0: it is not UTF-8. */
size_t utf8_length(const char *text);

#endif
