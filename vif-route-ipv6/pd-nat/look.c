/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What exists: the stored prefixes, and the rules in force.
 */
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/shell.h"

/* Finds what LINK has, or adds what its file says; NULL when memory is short. */
static struct pd_nat_held *hold_link(struct pd_nat *pd, const char *link)
{
    struct pd_nat_held *held = pd_nat_find_held(pd, link);
    struct pd_nat_section *nat;

    if (held)
        return held;
    held = array_add(&pd->held, &pd->held_count, sizeof(*held));
    if (!held)
        return NULL;
    snprintf(held->link, sizeof(held->link), "%s", link);
    held->stored = state_read(link, &held->state, &held->why);
    if (held->stored < 0)
        return held;
    nat = &held->before.nat;
    snprintf(nat->link, sizeof(nat->link), "%s", link);
    nat->internal = held->state.internal;
    nat->part = held->state.part;
    if (pd_nat_external(nat, &held->state.in_use.prefix, &held->before.external, NULL) < 0)
        held->before.external.length = 0;
    return held;
}

/* RULES are in force for HELD. They say what it has if its file cannot be used. */
static void hold_rules(struct pd_nat_held *held, const struct pd_nat_mapping *rules)
{
    char word[SHELL_WORD];

    if (!held->rules || held->rules->external.length == 0)
        held->rules = rules;
    if (held->stored == 0 || held->before.external.length > 0 || rules->external.length == 0)
        return;
    held->before = *rules;
    held->state =
        (struct pd_nat_state){.in_use.prefix = rules->external, .internal = rules->nat.internal};
    if (held->stored == -ENOENT)
        (void)fail(&held->why, ENOENT,
                   "%s: its rules stay, but no prefix is stored, until the next lease; or remove "
                   "them: %s pd-nat remove %s",
                   held->link, shell_own_command(), shell_word(held->link, word));
}

/* Whether the rules of ip6tables are the suite's: the recipe's have no ULA guard and no file. */
static bool owns_ip6tables(const struct pd_nat *pd)
{
    struct pd_nat_state state;

    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_section *nat = &pd->in_force[i].nat;

        if (nat->backend == BACKEND_IP6TABLES &&
            (nat->ula_guard || state_read(nat->link, &state, NULL) != -ENOENT))
            return true;
    }
    return pd_nat_uses(&pd->config, BACKEND_IP6TABLES);
}

/* Leaves chains of ip6tables to the administrator's script that has filled them. */
static void drop_foreign(struct pd_nat *pd)
{
    size_t kept = 0;

    if (owns_ip6tables(pd))
        return;
    free(TAKE(pd->now.of[BACKEND_IP6TABLES]));
    for (size_t i = 0; i < pd->in_force_count; i++)
        if (pd->in_force[i].nat.backend != BACKEND_IP6TABLES ||
            pd->in_force[i].external.length == 0)
            pd->in_force[kept++] = pd->in_force[i];
    pd->in_force_count = kept;
}

int pd_nat_look(struct pd_nat *pd, struct error *e)
{
    AUTO_FREE char(*links)[IF_NAMESIZE] = NULL;
    struct error why;
    size_t count = 0;
    int rules = pd_nat_rules_read(&pd->now, &why);
    int result = state_links(&links, &count, e);

    if (rules == 0)
        rules = pd_nat_rules_in_force(&pd->now, &pd->in_force, &pd->in_force_count, &why);
    if (rules == 0)
        drop_foreign(pd);
    for (size_t i = 0; i < count && result == 0; i++)
        result = hold_link(pd, links[i]) ? 0 : fail_memory(e);
    for (size_t i = 0; i < pd->in_force_count && result == 0; i++) {
        struct pd_nat_held *held = hold_link(pd, pd->in_force[i].nat.link);

        if (held)
            hold_rules(held, &pd->in_force[i]);
        else
            result = fail_memory(e);
    }
    return result == 0 && rules < 0 ? fail(e, rules, "%s", why.text) : result;
}
