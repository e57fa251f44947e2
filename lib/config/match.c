/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/match.h"

#include <errno.h>
#include <string.h>

static const struct section *match_other_case(const struct config *config, const char *name,
                                              struct error *notice)
{
    const struct section *found = NULL;
    char first[LINE_TEXT];
    char second[LINE_TEXT];

    for (size_t i = 0; i < config->section_count; i++) {
        const struct section *section = config->sections[i];

        if (section->kind != SECTION_DOMU || strcasecmp(section->name, name) != 0)
            continue;
        if (found) {
            (void)fail(notice, EINVAL,
                       "%s: domU %s matches '%s' (%s) and '%s' (%s) only if case is ignored: "
                       "neither is used",
                       config->path, name, found->name, config_line(config, found->line, 0, first),
                       section->name, config_line(config, section->line, 0, second));
            return NULL;
        }
        found = section;
    }
    if (!found)
        return NULL;
    (void)fail(notice, EINVAL, "%s:%u: '%s' is taken for domU %s, from which it differs in case",
               PLACE(config, found->line), found->name, name);
    return found;
}

const struct section *match_section(const struct config *config, const struct identity *identity,
                                    struct error *notice)
{
    const struct section *section = NULL;

    notice->text[0] = '\0';
    if (identity->mac)
        section = config_find(config, SECTION_MAC, identity->mac);
    if (!section && identity->uuid)
        section = config_find(config, SECTION_UUID, identity->uuid);
    if (!section && identity->name)
        section = config_find(config, SECTION_DOMU, identity->name);
    if (!section && identity->name)
        section = match_other_case(config, identity->name, notice);
    return section;
}

bool domu_name_cut(char *name)
{
    static const char *const suffixes[] = {"--incoming", "--migratedaway"};

    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (has_suffix(name, suffixes[i])) {
            name[strlen(name) - strlen(suffixes[i])] = '\0';
            return true;
        }
    return false;
}
