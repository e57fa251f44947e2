/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UTF-8 (RFC 3629): what of a text out of the XenStore, which may be any bytes, is text at all.
 */
#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

/* The length of the character at TEXT, which is not at its end; 0: it is none. */
size_t utf8_length(const char *text);

#endif
