/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Configurations out of text, for the tests of all that stands on one. */
#ifndef CONFIGS_H
#define CONFIGS_H

#include "unit.h"

#include "config/config.h"

/* Parses LENGTH bytes, in memory of just that size, so that a sanitizer sees a step beyond it. */
static inline struct config parse_bytes(const char *bytes, size_t length, const char *only)
{
    struct config_text text = {.path = strdup("ipv6.cfg"), .at_start = true};
    AUTO_FREE char *copy = malloc(length > 0 ? length : 1);
    struct config config;
    struct error e = {""};

    memcpy(copy, bytes, length);
    text.stream = length > 0 ? fmemopen(copy, length, "r") : NULL;
    CHECK(config_parse(&text, only, &config, &e) == 0, "config_parse: %s", e.text);
    config_text_free(&text);
    return config;
}

static inline struct config parse(const char *text)
{
    return parse_bytes(text, strlen(text), NULL);
}

/* The section that has to be there. */
static inline struct section *section_of(const struct config *config, enum section_kind kind,
                                         const char *name)
{
    struct section *section = config_find(config, kind, name);

    CHECK(section, "no section for '%s'", name);
    return section;
}

/* A diagnostic that a test expects. */
struct expected {
    unsigned int line;
    const char *owner; /* "[domu a]"; NULL: nobody */
    const char *words; /* part of its text */
};

static inline bool is_expected(const struct diagnostic *diagnostic, const struct expected *expected)
{
    char title[TITLE_TEXT] = "";

    if (diagnostic->owner)
        section_title(diagnostic->owner, title);
    return diagnostic->line == expected->line &&
           strcmp(title, expected->owner ? expected->owner : "") == 0 &&
           strstr(diagnostic->text, expected->words);
}

static inline void print_diagnostics(const struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *diagnostic = &diagnostics->items[i];
        char title[TITLE_TEXT] = "nobody";

        if (diagnostic->owner)
            section_title(diagnostic->owner, title);
        print_error("said: line %u: %s: %.200s (of %.80s)\n", diagnostic->line,
                    diagnostic->severity == DIAGNOSTIC_ERROR ? "error" : "warning",
                    diagnostic->text, title);
    }
}

/* Whether the diagnostics are just these, all of SEVERITY; the list ends with line 0. */
static inline bool says(struct diagnostics *diagnostics, enum severity severity,
                        const struct expected *expected)
{
    size_t i;
    bool agree = true;

    diagnostics_sort(diagnostics);
    for (i = 0; expected[i].line > 0; i++)
        agree = agree && i < diagnostics->count && diagnostics->items[i].severity == severity &&
                is_expected(&diagnostics->items[i], &expected[i]);
    agree = agree && i == diagnostics->count;
    if (!agree)
        print_diagnostics(diagnostics);
    return agree;
}

#endif
