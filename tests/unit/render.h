/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parsed configuration as text, so that two of them, or one and what a test expects, can be
 * compared as strings. No cmocka in here: the fuzzers use it too.
 */
#ifndef RENDER_H
#define RENDER_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "config/keys.h"

static inline void render_route(FILE *out, const struct route_spec *route)
{
    char destination[PREFIX_TEXT];
    char via[INET6_ADDRSTRLEN];

    fputs(prefix_print(&route->destination, destination), out);
    if (route->has_via)
        fprintf(out, " via %s", address_print(&route->via, via));
}

/* Prints the member of the union that the key uses (keys.c). */
static inline void render_element(FILE *out, const struct setting *setting, size_t i)
{
    char text[PREFIX_TEXT];

    fputs(i > 0 ? ", " : "", out);
    switch (setting->key) {
    case KEY_SEARCH:
        fputs(setting->domains[i].name, out);
        return;
    case KEY_UPLINK:
        fputs(setting->links[i], out);
        return;
    case KEY_ROUTE:
        render_route(out, &setting->routes[i]);
        return;
    case KEY_SUBNET:
    case KEY_LAN:
    case KEY_PART:
        fprintf(out, "%" PRIx64, setting->numbers[i]);
        return;
    case KEY_METRIC:
    case KEY_TABLE:
    case KEY_MTU:
    case KEY_TTL:
    case KEY_IAID:
    case KEY_BACKEND:
    case KEY_HAIRPIN_MARK:
    case KEY_FLOW_LIMIT:
        fprintf(out, "%" PRIu64, setting->numbers[i]);
        return;
    default:
        fputs(prefix_print(&setting->prefixes[i], text), out);
    }
}

/* "3 subnet.1 = 1f, 20": the line first, and a '*' behind the key of the one-line form. */
static inline void render_setting(FILE *out, const struct setting *setting)
{
    fprintf(out, "%u %s", setting->line, key_by_id(setting->key)->name);
    if (setting->devid != ANY_DEVID)
        fprintf(out, ".%d", setting->devid);
    fputs(setting->one_line ? "* = " : " = ", out);
    if (setting->key == KEY_ANTISPOOF)
        fputs(setting->flag ? "yes" : "no", out);
    for (size_t i = 0; setting->key != KEY_ANTISPOOF && i < setting->count; i++)
        render_element(out, setting, i);
    fputc('\n', out);
}

/* Whether the setting says something: a value that cannot be read says only "antispoof". */
static inline bool is_shown(const struct setting *setting)
{
    return setting->key == KEY_ANTISPOOF || (setting->count > 0 && !setting->broken);
}

static inline bool is_silent(const struct section *section)
{
    for (size_t i = 0; i < section->setting_count; i++)
        if (is_shown(&section->settings[i]))
            return false;
    return true;
}

/* The section's title and a line for each of its settings. */
static inline void render_section(FILE *out, const struct section *section)
{
    char title[TITLE_TEXT];

    fprintf(out, "%s\n", section_title(section, title));
    for (size_t i = 0; i < section->setting_count; i++)
        if (is_shown(&section->settings[i]))
            render_setting(out, &section->settings[i]);
}

/* All sections that say something, in the order of the file. The caller frees the text. */
static inline char *render_config(const struct config *config)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        abort();
    for (size_t i = 0; i < config->section_count; i++)
        if (!is_silent(config->sections[i]))
            render_section(out, config->sections[i]);
    fclose(out);
    return text;
}

/*
 * What one section comes to: its settings, and whether there is a mistake in it. A section that
 * says nothing is like none at all. The caller frees the text.
 */
static inline char *render_outcome(const struct config *config, const struct section *section)
{
    bool is_wrong = section && diagnostics_error(&config->diagnostics, section);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        abort();
    if (section && (is_wrong || !is_silent(section)))
        render_section(out, section);
    fputs(is_wrong ? "wrong\n" : "", out);
    fclose(out);
    return text;
}

#endif
