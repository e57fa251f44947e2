/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static bool is_continuation(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The length of the UTF-8 character at TEXT, 0 if it is none (RFC 3629 4). */
static size_t utf8_length(const uint8_t *text)
{
    size_t length = text[0] < 0x80                      ? 1
                    : text[0] >= 0xc2 && text[0] < 0xe0 ? 2
                    : text[0] >= 0xe0 && text[0] < 0xf0 ? 3
                    : text[0] >= 0xf0 && text[0] < 0xf5 ? 4
                                                        : 0;

    for (size_t i = 1; i < length; i++)
        if (!is_continuation(text[i]))
            return 0;
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] >= 0xa0) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] >= 0x90))
        return 0; /* too long a form, a surrogate, or beyond Unicode */
    return length;
}

static void print_character(FILE *out, const uint8_t *text, size_t length)
{
    if (length == 0)
        fputs("\\ufffd", out);
    else if (*text == '"' || *text == '\\')
        fprintf(out, "\\%c", *text);
    else if (*text < 0x20 || *text == 0x7f)
        fprintf(out, "\\u%04x", *text);
    else
        fwrite(text, 1, length, out);
}

void json_print_string(FILE *out, const char *text)
{
    const uint8_t *next = (const uint8_t *)text;

    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    while (*next) {
        size_t length = utf8_length(next);

        print_character(out, next, length);
        next += length ? length : 1;
    }
    fputc('"', out);
}
