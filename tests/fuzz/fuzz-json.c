/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any text as a string of JSON: jansson reads back what it was, or, where it was no UTF-8, a text
 * of the same characters with U+FFFD for the rest.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static void demand(bool condition, const char *what, const char *text)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-json: %s: %s\n", what, text);
    abort();
}

static char *print(const char *text)
{
    char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    if (!out)
        abort();
    json_print_string(out, text);
    fclose(out);
    return printed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    char *printed;
    json_t *valid; /* NULL: the text is no UTF-8 */
    json_t *read;
    json_error_t error;

    if (!text)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    printed = print(text);
    valid = json_string(text);
    read = json_loads(printed, JSON_DECODE_ANY, &error);
    demand(read && json_is_string(read), "is no string of JSON", printed);
    demand(strpbrk(printed, "\n\r\t") == NULL, "is more than a line", printed);
    if (valid)
        demand(strcmp(json_string_value(read), text) == 0, "is another text", printed);
    else
        demand(strstr(json_string_value(read), "\xef\xbf\xbd") != NULL, "hides a byte", printed);
    json_decref(valid);
    json_decref(read);
    free(printed);
    free(text);
    return 0;
}
