/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little JSON (RFC 8259) that the suite prints.
 */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* An array of objects as it is printed, one object per line. */
struct json {
    FILE *out;
    bool has_object;
    bool has_member; /* the object that is open */
};

/* Begin and end the array; between them come objects, and in each of these its members. */
void json_begin(struct json *json, FILE *out);
void json_begin_object(struct json *json);
void json_member(struct json *json, const char *name, const char *value); /* NULL: null */
void json_number(struct json *json, const char *name, int64_t value);
void json_flag(struct json *json, const char *name, bool value);
void json_end_object(struct json *json);
void json_end(struct json *json);

/*
 * Prints TEXT as a string, or null if it is NULL. Bytes that are not UTF-8 become U+FFFD: a name in
 * XenStore may have some.
 */
void json_print_string(FILE *out, const char *text);

#endif
