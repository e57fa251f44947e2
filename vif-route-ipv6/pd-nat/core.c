/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e)
{
    int result = config_load(options->config, options->directory, &pd->text, e);

    pd->has_file = result != -ENOENT;
    if (pd->has_file)
        return result == 0 ? config_parse(&pd->text, NULL, &pd->config, e) : result;
    report_no_config(options);
    pd->config.path = strdup(options->config);
    return pd->config.path ? 0 : fail_memory(e);
}

void pd_nat_reset(struct pd_nat *pd)
{
    pd_nat_rules_free(&pd->now);
    pd_nat_mappings_free(TAKE(pd->in_force), pd->in_force_count);
    free(TAKE(pd->held));
    free(TAKE(pd->mappings));
    free(TAKE(pd->troubles));
    pd->in_force_count = pd->held_count = pd->count = pd->trouble_count = 0;
}

void pd_nat_free(struct pd_nat *pd)
{
    pd_nat_reset(pd);
    config_free(&pd->config);
    config_text_free(&pd->text);
    *pd = (struct pd_nat){.mappings = NULL};
}

struct pd_nat_held *pd_nat_find_held(const struct pd_nat *pd, const char *link)
{
    for (size_t i = 0; i < pd->held_count; i++)
        if (strcmp(pd->held[i].link, link) == 0)
            return &pd->held[i];
    return NULL;
}

struct pd_nat_mapping *pd_nat_find_mapping(const struct pd_nat *pd, const char *link)
{
    for (size_t i = 0; i < pd->count; i++)
        if (strcmp(pd->mappings[i].nat.link, link) == 0)
            return &pd->mappings[i];
    return NULL;
}

int pd_nat_check_section(const struct pd_nat *pd, const char *link, struct error *e)
{
    if (config_find(&pd->config, SECTION_PD_NAT, link))
        return 0;
    return pd_nat_fail_unknown(&pd->config, link, e);
}

int pd_nat_fail_lost(const struct pd_nat *pd, const char *link, struct error *e)
{
    const struct diagnostic *mistake = diagnostics_error(&pd->config.diagnostics, NULL);

    if (!mistake || config_find(&pd->config, SECTION_PD_NAT, link))
        return 0;
    return fail(e, EINVAL, "%s:%u: %s: %s, which has no section, keeps what it has",
                PLACE(&pd->config, mistake->line), mistake->text, link);
}

size_t pd_nat_report(const struct pd_nat *pd, const char *link)
{
    size_t count = 0;

    for (size_t i = 0; i < pd->trouble_count; i++) {
        const struct pd_nat_trouble *trouble = &pd->troubles[i];

        if (!pd->reported || strcmp(trouble->link, pd->reported) != 0)
            log_failure(&trouble->why);
        count += !link || strcmp(trouble->link, link) == 0;
    }
    return count;
}
