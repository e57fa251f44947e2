/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little JSON (RFC 8259) that the suite prints.
 */
#ifndef JSON_H
#define JSON_H

#include <stdio.h>

/*
 * Prints TEXT as a string, or null where it is NULL. Bytes that are no UTF-8, which a name in the
 * XenStore may hold, become U+FFFD.
 */
void json_print_string(FILE *out, const char *text);

#endif
