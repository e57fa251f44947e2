/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted: a mapping for each section of ipv6.cfg.
 */
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_mapping(struct pd_nat *pd, const struct pd_nat_mapping *mapping, struct error *e)
{
    const char *refusal = rule_link_refusal(mapping->nat.link);

    if (refusal)
        return fail(e, EINVAL, "%s: %s", mapping->nat.link, refusal);
    return array_append(&pd->mappings, &pd->count, mapping, sizeof(*mapping)) < 0 ? fail_memory(e)
                                                                                  : 0;
}

/* A section with the prefix that is delegated to it now. */
static int add_delegated_mapping(struct pd_nat *pd, const char *link,
                                 const struct prefix *delegated, struct error *e)
{
    struct pd_nat_mapping mapping;
    int result = pd_nat_read(&pd->config, link, &mapping.nat, e);

    if (result == 0)
        result = pd_nat_external(&mapping.nat, delegated, &mapping.external, e);
    return result == 0 ? add_mapping(pd, &mapping, e) : result;
}

/*
 * For a section with a mistake, or a prefix that no longer fits it: keeps the rules in force or, if
 * there are none, what they were when the prefix was stored.
 */
static void fall_back(const struct pd_nat_held *held, struct pd_nat_mapping *mapping)
{
    const bool had_prefix = held->before.external.length > 0;

    if (held->rules && (held->rules->external.length > 0 || !had_prefix)) {
        *mapping = *held->rules;
    } else {
        mapping->nat.internal = held->before.nat.internal;
        mapping->nat.part = held->before.nat.part;
        mapping->external = held->before.external;
    }
}

/* Adds a section with what is known of it, also if that is only a part, and this fails. */
static int add_stored_mapping(struct pd_nat *pd, const char *link, struct error *e)
{
    const struct pd_nat_held *held = pd_nat_find_held(pd, link);
    const bool has_prefix = held && held->before.external.length > 0;
    struct pd_nat_mapping mapping = {.external = {.length = 0}};
    const struct pd_nat_section *nat = &mapping.nat;
    struct error ignored;
    int added = 0;
    int result = pd_nat_read(&pd->config, link, &mapping.nat, e);

    if (result == -ENOMEM)
        return result;
    if (has_prefix && held->stored < 0)
        mapping.nat.part = 0; /* the prefix is the part itself, read from the rules */
    if (has_prefix && result == 0)
        result = pd_nat_external(&mapping.nat, &held->state.in_use.prefix, &mapping.external, e);
    if (held && result < 0)
        fall_back(held, &mapping);
    if (mapping.external.length > 0 || nat->ula_guard || nat->is_closed || nat->flow_limit > 0)
        added = add_mapping(pd, &mapping, result < 0 ? &ignored : e);
    if (added == -ENOMEM || result == 0)
        result = added;
    if (result == 0 && held && held->stored < 0 && (has_prefix || held->stored != -ENOENT))
        return fail(e, held->stored, "%s", held->why.text);
    return result;
}

/* Notes the RESULT and E of one interface, so that the others still get their prefix; -ENOMEM. */
static int note_trouble(struct pd_nat *pd, const char *link, int result, struct error *e)
{
    struct pd_nat_trouble trouble;

    if (result == 0 || result == -ENOMEM)
        return result;
    trouble.why = *e;
    snprintf(trouble.link, sizeof(trouble.link), "%s", link);
    return array_append(&pd->troubles, &pd->trouble_count, &trouble, sizeof(trouble)) < 0
               ? fail_memory(e)
               : 0;
}

/* An interface whose section a mistyped header may have hidden keeps its rules. */
static int add_lost(struct pd_nat *pd, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < pd->held_count && result == 0; i++) {
        const struct pd_nat_held *held = &pd->held[i];
        const int lost = pd_nat_fail_lost(pd, held->link, e);

        result = note_trouble(pd, held->link, lost, e);
        if (result == 0 && lost < 0 && held->rules)
            result = note_trouble(pd, held->link, add_mapping(pd, held->rules, e), e);
    }
    return result;
}

int pd_nat_map(struct pd_nat *pd, const char *link, const struct prefix *delegated, struct error *e)
{
    const char *section;
    struct error refusal;
    int refused = 0;
    int result = 0;

    if (link)
        pd->reported = link;
    for (size_t i = 0; result == 0 && (section = pd_nat_link(&pd->config, i)) != NULL; i++) {
        const bool is_link = link && strcmp(section, link) == 0;

        if (is_link)
            refused = add_delegated_mapping(pd, section, delegated, &refusal);
        if (!is_link || refused < 0)
            result = note_trouble(pd, section, add_stored_mapping(pd, section, e), e);
    }
    if (result == 0)
        result = add_lost(pd, e);
    return result == 0 && refused < 0 ? fail(e, refused, "%s", refusal.text) : result;
}
