/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"
#include "base/shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "event.h"

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

static void forget_view(struct pd_nat *pd)
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
    forget_view(pd);
    config_free(&pd->config);
    config_text_free(&pd->text);
    *pd = (struct pd_nat){.mappings = NULL};
}

const char *pd_nat_lack_link(const char *link, char buffer[static LACK_TEXT])
{
    char name[IF_NAMESIZE];
    const unsigned int index = if_nametoindex(link);

    if (index == 0) {
        snprintf(buffer, LACK_TEXT, "the interface does not exist now: the rules wait for it");
        return buffer;
    }
    if (!if_indextoname(index, name) || strcmp(name, link) == 0)
        return NULL;
    snprintf(buffer, LACK_TEXT,
             "only another name of interface %s, and rules need the first: [pd-nat %s]", name,
             name);
    return buffer;
}

static const struct pd_nat_mapping *find_mapping(const struct pd_nat_mapping *mappings,
                                                 size_t count, const char *link)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(mappings[i].nat.link, link) == 0)
            return &mappings[i];
    return NULL;
}

/* ---- what there is ---- */

static struct pd_nat_held *find_held(const struct pd_nat *pd, const char *link)
{
    for (size_t i = 0; i < pd->held_count; i++)
        if (strcmp(pd->held[i].link, link) == 0)
            return &pd->held[i];
    return NULL;
}

/* What is held of LINK: unless it is there already, it is added with what its file says. */
static struct pd_nat_held *hold_link(struct pd_nat *pd, const char *link)
{
    struct pd_nat_held *held = find_held(pd, link);

    if (held)
        return held;
    held = array_add(&pd->held, &pd->held_count, sizeof(*held));
    if (!held)
        return NULL;
    *held = (struct pd_nat_held){.rules = NULL};
    snprintf(held->link, sizeof(held->link), "%s", link);
    held->stored = state_read(link, &held->state, &held->why);
    if (held->stored < 0)
        return held;
    snprintf(held->before.nat.link, sizeof(held->before.nat.link), "%s", link);
    held->before.nat.internal = held->state.internal;
    held->before.nat.part = held->state.part;
    if (pd_nat_external(&held->before.nat, &held->state.delegated, &held->before.external, NULL) <
        0)
        held->before.external.length = 0;
    return held;
}

/* Of several rules, those that translate count. Without a file that can be used, they tell. */
static void hold_rules(struct pd_nat_held *held, const struct pd_nat_mapping *rules)
{
    char word[SHELL_WORD];

    if (!held->rules || held->rules->external.length == 0)
        held->rules = rules;
    if (held->stored == 0 || held->before.external.length > 0 || rules->external.length == 0)
        return;
    held->before = *rules;
    held->state =
        (struct pd_nat_state){.delegated = rules->external, .internal = rules->nat.internal};
    if (held->stored == -ENOENT)
        (void)fail(&held->why, ENOENT,
                   "%s: its rules stay, but no prefix is stored, until the next lease; or remove "
                   "them: %s pd-nat remove %s",
                   held->link, shell_own_command(), shell_word(held->link, word));
}

/* Whether the rules of ip6tables are the suite's: the recipe's have no guard and no file. */
static bool owns_ip6tables(const struct pd_nat *pd)
{
    struct pd_nat_state state;

    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_section *nat = &pd->in_force[i].nat;

        if (nat->backend == BACKEND_IP6TABLES &&
            (nat->guard || state_read(nat->link, &state, NULL) != -ENOENT))
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

static int look_at_rules(struct pd_nat *pd, struct error *e)
{
    int result = pd_nat_rules_read(&pd->now, e);

    if (result == 0)
        result = pd_nat_rules_in_force(&pd->now, &pd->in_force, &pd->in_force_count, e);
    if (result == 0)
        drop_foreign(pd);
    return result;
}

int pd_nat_look(struct pd_nat *pd, struct error *e)
{
    AUTO_FREE char(*links)[IF_NAMESIZE] = NULL;
    struct error why;
    size_t count = 0;
    int rules;
    int result;

    forget_view(pd);
    rules = look_at_rules(pd, &why);
    result = state_links(&links, &count, e);
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

/* ---- what is wanted ---- */

static int add_mapping(struct pd_nat *pd, const struct pd_nat_mapping *mapping, struct error *e)
{
    const char *refusal = rule_link_refusal(mapping->nat.link);
    struct pd_nat_mapping *slot;

    if (refusal)
        return fail(e, EINVAL, "%s: %s", mapping->nat.link, refusal);
    slot = array_add(&pd->mappings, &pd->count, sizeof(*slot));
    if (!slot)
        return fail_memory(e);
    *slot = *mapping;
    return 0;
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
 * For a section with a mistake, or a prefix that no longer fits it: what is in force stays, and
 * else what was when the prefix was stored. A configuration error must not remove rules in force.
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

/* Whether there is anything to load for it. */
static bool has_rules(const struct pd_nat_mapping *mapping)
{
    return mapping->external.length > 0 || mapping->nat.guard || mapping->nat.is_closed ||
           mapping->nat.flow_limit > 0;
}

/* A section with what is known of it. A failure may have added it all the same. */
static int add_stored_mapping(struct pd_nat *pd, const char *link, struct error *e)
{
    const struct pd_nat_held *held = find_held(pd, link);
    const bool has_prefix = held && held->before.external.length > 0;
    struct pd_nat_mapping mapping = {.external = {.length = 0}};
    struct error ignored;
    int added = 0;
    int result = pd_nat_read(&pd->config, link, &mapping.nat, e);

    if (result == -ENOMEM)
        return result;
    if (has_prefix && held->stored < 0)
        mapping.nat.part = 0; /* the rules in force hold the part itself */
    if (has_prefix && result == 0)
        result = pd_nat_external(&mapping.nat, &held->state.delegated, &mapping.external, e);
    if (held && result < 0)
        fall_back(held, &mapping);
    if (has_rules(&mapping))
        added = add_mapping(pd, &mapping, result < 0 ? &ignored : e);
    if (added == -ENOMEM || result == 0)
        result = added;
    if (result == 0 && held && held->stored < 0 && (has_prefix || held->stored != -ENOENT))
        return fail(e, held->stored, "%s", held->why.text);
    return result;
}

/* Notes a mistake of one interface, which is no reason to leave the others without a prefix. */
static int note_trouble(struct pd_nat *pd, const char *link, int result, struct error *e)
{
    struct pd_nat_trouble *slot;

    if (result == 0 || result == -ENOMEM)
        return result;
    slot = array_add(&pd->troubles, &pd->trouble_count, sizeof(*slot));
    if (!slot)
        return fail_memory(e);
    snprintf(slot->link, sizeof(slot->link), "%s", link);
    slot->why = *e;
    return 0;
}

int pd_nat_fail_lost(const struct pd_nat *pd, const char *link, struct error *e)
{
    const struct diagnostic *mistake = diagnostics_error(&pd->config.diagnostics, NULL);

    if (!mistake || config_find(&pd->config, SECTION_PD_NAT, link))
        return 0;
    return fail(e, EINVAL, "%s:%u: %s: %s, which has no section, keeps what it has",
                PLACE(&pd->config, mistake->line), mistake->text, link);
}

/* What a mistyped header may have left without a section keeps its rules. */
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

int pd_nat_map_stored(struct pd_nat *pd, struct error *e)
{
    const char *link;
    int result = 0;

    for (size_t i = 0; result == 0 && (link = pd_nat_link(&pd->config, i)) != NULL; i++)
        result = note_trouble(pd, link, add_stored_mapping(pd, link, e), e);
    return result == 0 ? add_lost(pd, e) : result;
}

int pd_nat_map_delegated(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                         struct error *e)
{
    const char *section;
    struct error refusal;
    struct error ignored;
    int refused = 0;
    int result = 0;

    for (size_t i = 0; result == 0 && (section = pd_nat_link(&pd->config, i)) != NULL; i++) {
        if (strcmp(section, link) != 0) {
            result = note_trouble(pd, section, add_stored_mapping(pd, section, e), e);
            continue;
        }
        refused = add_delegated_mapping(pd, section, delegated, &refusal);
        if (refused < 0 && refused != -ENOMEM &&
            add_stored_mapping(pd, section, &ignored) == -ENOMEM)
            refused = fail_memory(&refusal);
        result = refused == -ENOMEM ? refused : 0;
    }
    if (result == 0)
        result = add_lost(pd, e);
    return refused < 0 && (result == 0 || result == refused) ? fail(e, refused, "%s", refusal.text)
                                                             : result;
}

void pd_nat_unmap(struct pd_nat *pd, const char *link)
{
    size_t kept = 0;

    for (size_t i = 0; i < pd->count; i++)
        if (strcmp(pd->mappings[i].nat.link, link) != 0)
            pd->mappings[kept++] = pd->mappings[i];
    pd->count = kept;
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

/* ---- into force ---- */

static bool is_same_mapping(const struct pd_nat_mapping *a, const struct pd_nat_mapping *b)
{
    return prefix_equal(&a->nat.internal, &b->nat.internal) &&
           prefix_equal(&a->external, &b->external);
}

/* The mappings of before that were others: by the file, and by the rules, of all backends. */
static int gather_before(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                         struct pd_nat_mapping **out, size_t *count, struct error *e)
{
    const struct pd_nat_held *held = find_held(pd, mapping->nat.link);
    struct pd_nat_mapping *slot;

    for (size_t i = 0; held && i <= pd->in_force_count; i++) {
        const struct pd_nat_mapping *before =
            i < pd->in_force_count ? &pd->in_force[i] : &held->before;

        if (before->external.length == 0 || strcmp(before->nat.link, mapping->nat.link) != 0 ||
            is_same_mapping(before, mapping))
            continue;
        slot = array_add(out, count, sizeof(*slot));
        if (!slot)
            return fail_memory(e);
        *slot = *before;
    }
    return 0;
}

/* An interrupted change has loaded the rules and not written the file: it is finished here. */
static int forget_before(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                         bool changed, struct error *e)
{
    AUTO_FREE struct pd_nat_mapping *before = NULL;
    const struct pd_nat_held *held = find_held(pd, mapping->nat.link);
    size_t before_count = 0;
    size_t count = 0;
    int result = gather_before(pd, mapping, &before, &before_count, e);

    if (result < 0 || (!changed && held && held->stored == 0 && before_count == 0))
        return result;
    result = pd_nat_forget_connections(mapping, before, before_count, &count, e);
    if (count > 0)
        log_info("%s: %zu connections of the time before are forgotten", mapping->nat.link, count);
    return result;
}

/* A link that has lost its prefix, by remove or with its section, leaves connections behind. */
static int forget_all(const struct pd_nat *pd, bool changed, struct error *e)
{
    int result = 0;

    for (size_t i = 0; result == 0 && changed && i < pd->held_count; i++) {
        struct pd_nat_mapping none = {.external = {.length = 0}};

        memcpy(none.nat.link, pd->held[i].link, sizeof(none.nat.link));
        if (!find_mapping(pd->mappings, pd->count, none.nat.link))
            result = forget_before(pd, &none, changed, e);
    }
    for (size_t i = 0; result == 0 && i < pd->count; i++)
        if (pd->mappings[i].external.length > 0)
            result = forget_before(pd, &pd->mappings[i], changed, e);
    return result;
}

int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e)
{
    struct pd_nat_loading loading;
    struct error ignored;
    bool again;
    int result = pd_nat_rules_load(pd->mappings, pd->count, &pd->now, &loading, changed, e);
    int confirmed;

    if (result == 0)
        result = forget_all(pd, *changed, e);
    confirmed =
        pd_nat_rules_confirm(pd->mappings, pd->count, &loading, &again, result == 0 ? e : &ignored);
    if (result == 0)
        result = confirmed;
    pd->guard = loading.guard;
    if (pd->guard < 0)
        (void)fail(
            &pd->reason, pd->guard,
            "the guard, which is nft's with every backend, is missing: %s; or use guard = no",
            loading.reason.text);
    if (loading.jump.text[0])
        log_warning("%s", loading.jump.text);
    return result == 0 && again ? forget_all(pd, true, e) : result;
}

/* What is translated is in force all the same, and stored. */
static int report_guard(const struct pd_nat *pd, struct error *e)
{
    return pd->guard < 0 ? fail(e, pd->guard, "%s", pd->reason.text) : 0;
}

/* Behind a lease that is refused: that is what is reported in the end. */
static void restore_refused(struct pd_nat *pd)
{
    struct error e;
    bool changed;

    if (pd_nat_load(pd, &changed, &e) < 0)
        log_failure(&e);
}

/* Stores an event if MAPPING is not what its link had. */
static int store_event(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                       struct error *e)
{
    const struct pd_nat_held *held = find_held(pd, mapping->nat.link);
    const struct pd_nat_mapping *old =
        held && held->before.external.length > 0 ? &held->before : NULL;

    return old && is_same_mapping(old, mapping) ? 0 : event_store(mapping, old, e);
}

static int change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e)
{
    const struct pd_nat_mapping *mapping;
    char text[PREFIX_TEXT];
    bool changed;
    int result = pd_nat_look(pd, e);

    if (result < 0)
        return result;
    result = pd_nat_map_delegated(pd, link, &state->delegated, e);
    (void)pd_nat_report(pd, NULL);
    if (result < 0 && result != -ENOMEM)
        restore_refused(pd);
    if (result < 0)
        return result;
    mapping = find_mapping(pd->mappings, pd->count, link);
    if (!mapping)
        return pd_nat_fail_unknown(&pd->config, link, e);
    result = pd_nat_load(pd, &changed, e);
    if (result < 0)
        return result;
    prefix_print(&mapping->external, text);
    if (changed)
        log_info("%s: the external prefix is %s", link, text);
    if (changed && mapping->nat.guard && address_is_ula(&mapping->external.address))
        log_warning("%s: %s is a ULA prefix, which the guard stops: use guard = no", link, text);
    result = store_event(pd, mapping, e);
    if (result == 0)
        result = state_write(link, state, e);
    return result < 0 ? result : report_guard(pd, e);
}

/*
 * Stores the internal_prefix and part of an edited section, now that they are in force: otherwise
 * each restore would delete the connections of a change that is over.
 */
static int store_edited(const struct pd_nat *pd, struct pd_nat_mapping *mapping, struct error *e)
{
    const struct pd_nat_held *held = find_held(pd, mapping->nat.link);
    struct pd_nat_state state;
    struct pd_nat_section nat;
    struct prefix external;
    int result;

    if (!held || held->stored < 0 || pd_nat_read(&pd->config, mapping->nat.link, &nat, NULL) < 0 ||
        (nat.part == held->state.part && prefix_equal(&nat.internal, &held->state.internal)) ||
        pd_nat_external(&nat, &held->state.delegated, &external, NULL) < 0 ||
        !prefix_equal(&external, &mapping->external))
        return 0;
    state = held->state;
    state.internal = nat.internal;
    state.part = nat.part;
    mapping->is_edited = true;
    result = store_event(pd, mapping, e);
    return result == 0 ? state_write(mapping->nat.link, &state, e) : result;
}

/* Each executable has its own time, and may call this program, which takes the lock. */
static void run_events(struct pd_nat *pd, const char *link)
{
    deadline_stop();
    pd->has_failed |= !event_run(link);
}

int pd_nat_restore(struct pd_nat *pd, const char *link, size_t *broken, struct error *e)
{
    bool changed;
    int lock = lock_take();
    int result = pd_nat_look(pd, e);

    if (result == 0)
        result = pd_nat_map_stored(pd, e);
    *broken = pd_nat_report(pd, link);
    if (result == 0)
        result = pd_nat_load(pd, &changed, e);
    for (size_t i = 0; i < pd->count && result == 0; i++)
        result = store_edited(pd, &pd->mappings[i], e);
    if (result == 0)
        result = report_guard(pd, e);
    close_fd(&lock);
    for (size_t i = 0; i < pd->count; i++)
        if (pd->mappings[i].is_edited)
            run_events(pd, pd->mappings[i].nat.link);
    return result;
}

int pd_nat_change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e)
{
    struct pd_nat_state complete = *state;
    struct pd_nat_section nat;
    int lock = lock_take();
    int result = pd_nat_read(&pd->config, link, &nat, e);

    if (result == 0) {
        complete.internal = nat.internal;
        complete.part = nat.part;
    }
    if (result != -ENOENT)
        result = change(pd, link, &complete, e);
    close_fd(&lock);
    if (result == 0 || pd->guard < 0)
        run_events(pd, link);
    return result;
}

/* When a lifetime that was stored as STORED ends, if the news is TOLD. */
static int64_t noted_end(int64_t stored, int64_t told, int64_t now)
{
    return told <= now && stored <= now ? stored : told;
}

static int note(const char *link, const struct pd_nat_state *told, struct error *e)
{
    const int64_t now = time(NULL);
    struct pd_nat_state state;
    struct pd_nat_state noted;
    struct error none;

    if (state_read(link, &state, &none) < 0 || !prefix_equal(&state.delegated, &told->delegated))
        return 0;
    noted = state;
    noted.preferred_until = noted_end(state.preferred_until, told->preferred_until, now);
    noted.valid_until = noted_end(state.valid_until, told->valid_until, now);
    if (noted.preferred_until == state.preferred_until && noted.valid_until == state.valid_until)
        return 0;
    return state_write(link, &noted, e);
}

int pd_nat_note(const char *link, const struct pd_nat_state *told, struct error *e)
{
    int lock = lock_take();
    int result = note(link, told, e);

    close_fd(&lock);
    return result;
}
