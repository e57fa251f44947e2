/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/json.h"

#include <inttypes.h>
#include <stddef.h>

#include "base/utf8.h"

void json_print_string(FILE *out, const char *text)
{
    if (!text) {
        fputs("null", out);
        return;
    }
    fputc('"', out);
    for (size_t length; *text; text += length ? length : 1) {
        const unsigned char byte = (unsigned char)*text;

        length = utf8_length(text);
        if (length == 0)
            fputs("\\ufffd", out);
        else if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte == 0x7f)
            fprintf(out, "\\u%04x", byte);
        else
            fwrite(text, 1, length, out);
    }
    fputc('"', out);
}

void json_begin(struct json *json, FILE *out)
{
    *json = (struct json){.out = out};
    fputc('[', out);
}

void json_begin_object(struct json *json)
{
    fputs(json->has_object ? ",\n  {" : "\n  {", json->out);
    json->has_object = true;
    json->has_member = false;
}

static void print_name(struct json *json, const char *name)
{
    fprintf(json->out, "%s\"%s\": ", json->has_member ? ", " : "", name);
    json->has_member = true;
}

void json_member(struct json *json, const char *name, const char *value)
{
    print_name(json, name);
    json_print_string(json->out, value);
}

void json_number(struct json *json, const char *name, int64_t value)
{
    print_name(json, name);
    fprintf(json->out, "%" PRId64, value);
}

void json_flag(struct json *json, const char *name, bool value)
{
    print_name(json, name);
    fputs(value ? "true" : "false", json->out);
}

void json_end_object(struct json *json)
{
    fputc('}', json->out);
}

void json_end(struct json *json)
{
    fputs(json->has_object ? "\n]\n" : "]\n", json->out);
}
