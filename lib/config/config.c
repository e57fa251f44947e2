/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/config.h"

#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <string.h>

#include "config/keys.h"

const char *const section_words[SECTION_KINDS] = {
    [SECTION_DEFAULTS] = "defaults", [SECTION_DOMU] = "domu", [SECTION_MAC] = "mac",
    [SECTION_UUID] = "uuid",         [SECTION_6TO4] = "6to4", [SECTION_PD_NAT] = "pd-nat",
};

struct place config_place(const struct config *config, unsigned int line)
{
    for (size_t i = config->source_count; i > 0; i--) {
        const struct source *source = &config->sources[i - 1];

        if (line > source->before)
            return (struct place){.path = source->path, .line = line - source->before};
    }
    return (struct place){.path = config->path, .line = line};
}

const char *config_line(const struct config *config, unsigned int line, unsigned int beside,
                        char buffer[static LINE_TEXT])
{
    const struct place place = config_place(config, line);
    const bool is_other = strcmp(place.path, config_place(config, beside).path) != 0;

    snprintf(buffer, LINE_TEXT, "line %u%s%s", place.line, is_other ? " of " : "",
             is_other ? place.path : "");
    return buffer;
}

static void section_free(struct section *section)
{
    if (!section)
        return;
    for (size_t i = 0; i < section->setting_count; i++)
        setting_free(&section->settings[i]);
    free(section->settings);
    free(section->name);
    free(section);
}

static void keep_node(void *node)
{
    (void)node; /* the array of sections owns them */
}

void config_free(struct config *config)
{
    tdestroy(config->index, keep_node);
    for (size_t i = 0; i < config->section_count; i++)
        section_free(config->sections[i]);
    diagnostics_free(&config->diagnostics);
    for (size_t i = 0; i < config->source_count; i++)
        free(config->sources[i].path);
    free(config->sources);
    free(config->sections);
    free(config->path);
    *config = (struct config){.path = NULL};
}

static int compare_sections(const void *a, const void *b)
{
    const struct section *left = a;
    const struct section *right = b;

    if (left->kind != right->kind)
        return left->kind < right->kind ? -1 : 1;
    return strcmp(left->name, right->name);
}

struct section *config_find(const struct config *config, enum section_kind kind, const char *name)
{
    struct section wanted = {.kind = kind, .name = (char *)name}; /* only compared */
    struct section *const *found = tfind(&wanted, &config->index, compare_sections);

    return found ? *found : NULL;
}

struct section *config_section(struct config *config, enum section_kind kind, const char *name,
                               unsigned int line)
{
    struct section *section = config_find(config, kind, name);

    if (section)
        return section;
    section = calloc(1, sizeof(*section));
    if (section)
        *section = (struct section){.kind = kind, .line = line, .name = strdup(name)};
    if (!section || !section->name ||
        array_append(&config->sections, &config->section_count, &section, sizeof(section)) < 0) {
        section_free(section);
        config->out_of_memory = true;
        return NULL;
    }
    if (!tsearch(section, &config->index, compare_sections))
        config->out_of_memory = true;
    if (kind == SECTION_DEFAULTS)
        config->defaults = section;
    return section;
}

bool section_has(const struct section *section, enum key_id key)
{
    for (size_t i = 0; i < section->setting_count; i++)
        if (section->settings[i].key == key)
            return true;
    return false;
}

bool config_has(const struct config *config, enum section_kind kind)
{
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i]->kind == kind)
            return true;
    return false;
}

size_t config_count_domus(const struct config *config)
{
    size_t count = 0;

    for (size_t i = 0; i < config->section_count; i++)
        count += section_is_domu(config->sections[i]);
    return count;
}

bool config_asks_for(const struct config *config, enum key_id key)
{
    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count; j++) {
            const struct setting *setting = &config->sections[i]->settings[j];

            if (setting->key == key && (setting->flag || setting->count > 0))
                return true;
        }
    return key == KEY_ANTISPOOF && (config->lost_guard || config->lost_default_guard);
}

const struct prefix *config_prefix(const struct config *config, unsigned int *line)
{
    const struct section *defaults = config->defaults;

    for (size_t i = 0; defaults && i < defaults->setting_count; i++)
        if (defaults->settings[i].key == KEY_PREFIX && defaults->settings[i].count == 1) {
            if (line)
                *line = defaults->settings[i].line;
            return defaults->settings[i].prefixes;
        }
    return NULL;
}

const char *section_title(const struct section *section, char title[TITLE_TEXT])
{
    snprintf(title, TITLE_TEXT, "[%s%s%s]", section_words[section->kind], *section->name ? " " : "",
             section->name);
    return title;
}

bool section_is_domu(const struct section *section)
{
    return section->kind == SECTION_DOMU || section->kind == SECTION_MAC ||
           section->kind == SECTION_UUID;
}

int section_next_devid(const struct section *section, int devid)
{
    int next = ANY_DEVID;

    for (size_t i = 0; i < section->setting_count; i++) {
        const int candidate = section->settings[i].devid;

        if (candidate > devid && (next == ANY_DEVID || candidate < next))
            next = candidate;
    }
    return next;
}

void diagnose(struct diagnostics *diagnostics, enum severity severity, unsigned int line,
              const struct section *owner, const char *format, ...)
{
    struct diagnostic diagnostic = {.severity = severity, .line = line, .owner = owner};
    struct diagnostic *slot = NULL;
    va_list args;

    if (!diagnostics)
        return;
    va_start(args, format);
    if (vasprintf(&diagnostic.text, format, args) < 0)
        diagnostic.text = NULL;
    va_end(args);
    if (diagnostic.text)
        slot = array_add(&diagnostics->items, &diagnostics->count, sizeof(*slot));
    if (!slot) {
        free(diagnostic.text);
        diagnostics->out_of_memory = true;
        return;
    }
    make_printable(diagnostic.text);
    *slot = diagnostic;
}

void diagnostics_add(struct diagnostics *diagnostics, const struct diagnostics *more)
{
    for (size_t i = 0; i < more->count; i++)
        diagnose(diagnostics, more->items[i].severity, more->items[i].line, more->items[i].owner,
                 "%s", more->items[i].text);
}

static int compare_diagnostics(const void *a, const void *b)
{
    const struct diagnostic *left = a;
    const struct diagnostic *right = b;

    if (left->line != right->line)
        return left->line < right->line ? -1 : 1;
    if (left->severity != right->severity)
        return left->severity < right->severity ? -1 : 1;
    return strcmp(left->text, right->text);
}

void diagnostics_sort(struct diagnostics *diagnostics)
{
    size_t kept = 0;

    sort_array(diagnostics->items, diagnostics->count, sizeof(*diagnostics->items),
               compare_diagnostics);
    for (size_t i = 0; i < diagnostics->count; i++) {
        struct diagnostic *next = &diagnostics->items[i];

        if (kept > 0 && compare_diagnostics(&diagnostics->items[kept - 1], next) == 0)
            free(next->text);
        else
            diagnostics->items[kept++] = *next;
    }
    diagnostics->count = kept;
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        free(diagnostics->items[i].text);
    free(diagnostics->items);
    *diagnostics = (struct diagnostics){.items = NULL};
}

const struct diagnostic *diagnostics_error(const struct diagnostics *diagnostics,
                                           const struct section *owner)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (diagnostics->items[i].owner == owner &&
            diagnostics->items[i].severity == DIAGNOSTIC_ERROR)
            return &diagnostics->items[i];
    return NULL;
}

int config_refuse(const struct config *config, const struct section *section,
                  const struct diagnostics *judged, struct error *e)
{
    const struct diagnostic *mistake = diagnostics_error(&config->diagnostics, section);

    if (judged->out_of_memory)
        return fail_memory(e);
    if (!mistake)
        mistake = diagnostics_error(judged, section);
    return mistake ? fail(e, EINVAL, "%s:%u: %s", PLACE(config, mistake->line), mistake->text) : 0;
}
