/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <stddef.h>

#include "base/utf8.h"

static void print_character(FILE *out, const char *text, size_t length)
{
    const unsigned char byte = (unsigned char)*text;

    if (length == 0)
        fputs("\\ufffd", out);
    else if (byte == '"' || byte == '\\')
        fprintf(out, "\\%c", byte);
    else if (byte < 0x20 || byte == 0x7f)
        fprintf(out, "\\u%04x", byte);
    else
        fwrite(text, 1, length, out);
}

void json_print_string(FILE *out, const char *text)
{
    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    while (*text) {
        size_t length = utf8_length(text);

        print_character(out, text, length);
        text += length ? length : 1;
    }
    fputc('"', out);
}
