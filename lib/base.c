/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base.h"

#include <ctype.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

void *array_add(void *items, size_t *count, size_t size)
{
    void **array = items;

    if ((*count & (*count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
        size_t capacity = *count ? *count * 2 : 1;
        void *grown = reallocarray(*array, capacity, size);

        if (!grown)
            return NULL;
        *array = grown;
    }
    return memset((char *)*array + (*count)++ * size, 0, size);
}

void make_printable(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            *text = '?';
}

void lower_case(char *text)
{
    for (; text && *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);

    return length > tail && strcmp(text + length - tail, suffix) == 0;
}

char *format_string(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

bool is_link_name(const char *text)
{
    return *text != '\0' && strlen(text) < IF_NAMESIZE && !strpbrk(text, "/: \t\n\v\f\r") &&
           strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}
