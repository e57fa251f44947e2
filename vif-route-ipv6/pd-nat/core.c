/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "event.h"

int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e)
{
    int result = config_load(options->config, &pd->text, e);

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
    free(TAKE(pd->mappings));
    pd->in_force_count = pd->count = 0;
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

/* ---- what is in force ---- */

/* Whether what the chains hold is the suite's: the recipe's rules have no guard and no file. */
static bool owns_ip6tables(const struct pd_nat *pd)
{
    struct pd_nat_state state;
    struct error none;

    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_section *nat = &pd->in_force[i].nat;

        if (nat->backend == BACKEND_IP6TABLES &&
            (nat->guard || state_read(nat->link, &state, &none) != -ENOENT))
            return true;
    }
    return false;
}

int pd_nat_look(struct pd_nat *pd, struct error *e)
{
    int result;

    forget_view(pd);
    result = pd_nat_rules_read(&pd->now, e);
    if (result == 0)
        result = pd_nat_rules_in_force(&pd->now, &pd->in_force, &pd->in_force_count, e);
    if (result == 0 && !pd_nat_uses(&pd->config, BACKEND_IP6TABLES) && !owns_ip6tables(pd))
        free(TAKE(pd->now.saved));
    return result;
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
static int add_delegated(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                         struct error *e)
{
    struct pd_nat_mapping mapping;
    int result = pd_nat_read(&pd->config, link, &mapping.nat, e);

    if (result == 0)
        result = pd_nat_external(&mapping.nat, delegated, &mapping.external, e);
    return result == 0 ? add_mapping(pd, &mapping, e) : result;
}

/* What the suite itself has in force for LINK: the translation, or, without one, the guard. */
static const struct pd_nat_mapping *find_in_force(const struct pd_nat *pd, const char *link)
{
    const struct pd_nat_mapping *found = NULL;

    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_mapping *mapping = &pd->in_force[i];
        const bool translates = mapping->external.length > 0;

        if (strcmp(mapping->nat.link, link) != 0 ||
            (translates && mapping->nat.backend == BACKEND_IP6TABLES && !pd->now.saved))
            continue;
        if (!found || translates)
            found = mapping;
        if (translates)
            break;
    }
    return found;
}

/* The translation that the suite itself has in force for LINK. */
static const struct pd_nat_mapping *find_held(const struct pd_nat *pd, const char *link)
{
    const struct pd_nat_mapping *found = find_in_force(pd, link);

    return found && found->external.length > 0 ? found : NULL;
}

/*
 * What was delegated to LINK, by its file or, where that is missing or broken, by the rules in
 * force. *KNOWN is false where there are none either; only a missing file is no failure then.
 */
static int recall(const struct pd_nat *pd, const char *link, struct pd_nat_state *out, bool *known,
                  struct error *e)
{
    const struct pd_nat_mapping *held = find_held(pd, link);
    int result = state_read(link, out, e);

    *known = result == 0 || held;
    if (result == 0 || !held)
        return result == -ENOENT ? 0 : result;
    *out = (struct pd_nat_state){.delegated = held->external, .internal = held->nat.internal};
    if (result == -ENOENT)
        return fail(e, ENOENT,
                    "%s: its rules stay, though no prefix is stored: the next lease, or "
                    "vif-route-ipv6 pd-nat remove %s, puts that right",
                    link, link);
    return result;
}

/*
 * Makes a section's mapping out of STATE, of what is in force for it, or of what was when STATE was
 * stored, whichever comes first without a mistake: a slip of the editor takes no network from the
 * hosts. RESULT is the mistake in the section; of that, or the first, it returns the error.
 */
static int make_mapping(const struct pd_nat *pd, struct pd_nat_mapping *mapping, int result,
                        const struct pd_nat_state *state, struct error *e)
{
    const struct pd_nat_mapping *held = find_held(pd, mapping->nat.link);
    struct error none;

    if (result == 0)
        result = pd_nat_external(&mapping->nat, &state->delegated, &mapping->external, e);
    if (result == 0)
        return 0;
    mapping->nat.internal = state->internal;
    mapping->nat.part = state->part;
    if (held)
        *mapping = *held;
    else if (pd_nat_external(&mapping->nat, &state->delegated, &mapping->external, &none) < 0)
        mapping->external.length = 0; /* not even that */
    return result;
}

/* A section that cannot be read, and has no prefix, keeps the guard it had, or gets its own. */
static void make_guard(const struct pd_nat *pd, struct pd_nat_mapping *mapping, int result)
{
    const struct pd_nat_mapping *held = find_in_force(pd, mapping->nat.link);

    if (result < 0 && held)
        *mapping = *held;
}

/* Whether there is anything to load for it. */
static bool has_rules(const struct pd_nat_mapping *mapping)
{
    return mapping->external.length > 0 || mapping->nat.guard || mapping->nat.is_closed;
}

/* A section with what is known of it. A failure may have added it all the same. */
static int add_stored(struct pd_nat *pd, const char *link, struct error *e)
{
    struct pd_nat_mapping mapping = {.external = {.length = 0}};
    struct pd_nat_state state;
    struct error why;
    struct error ignored;
    bool known = false;
    int added = 0;
    int result = pd_nat_read(&pd->config, link, &mapping.nat, e);
    int trouble = recall(pd, link, &state, &known, &why);

    if (result == -ENOMEM)
        return result;
    if (trouble < 0)
        mapping.nat.part = 0; /* the rules in force hold the part itself */
    if (known)
        result = make_mapping(pd, &mapping, result, &state, e);
    else
        make_guard(pd, &mapping, result);
    if (has_rules(&mapping))
        added = add_mapping(pd, &mapping, result < 0 ? &ignored : e);
    if (added == -ENOMEM || result == 0)
        result = added;
    return result == 0 && trouble < 0 ? fail(e, trouble, "%s", why.text) : result;
}

/* Another interface's broken file or section is no reason to leave this one without its prefix. */
static int add_other(struct pd_nat *pd, const char *link, const char *asked, size_t *broken,
                     struct error *e)
{
    int result = add_stored(pd, link, e);

    if (result == 0 || result == -ENOMEM)
        return result;
    if (!pd->reported || strcmp(link, pd->reported) != 0)
        log_failure(e);
    *broken += !asked || strcmp(link, asked) == 0;
    return 0;
}

int pd_nat_fail_lost(const struct pd_nat *pd, const char *link, struct error *e)
{
    const struct diagnostic *mistake = diagnostics_error(&pd->config.diagnostics, NULL);

    if (!mistake || config_find(&pd->config, SECTION_PD_NAT, link))
        return 0;
    return fail(e, EINVAL, "%s:%u: %s: %s, which has no section, keeps what it has",
                pd->config.path, mistake->line, mistake->text, link);
}

/* What a mistyped header may have left without a section. */
static int add_lost(struct pd_nat *pd, const char *link, const char *asked, size_t *broken,
                    struct error *e)
{
    const struct pd_nat_mapping *held = find_in_force(pd, link);

    if (pd_nat_fail_lost(pd, link, e) == 0)
        return 0;
    log_failure(e);
    *broken += !asked || strcmp(link, asked) == 0;
    return held ? add_mapping(pd, held, e) : 0;
}

/* All that had a prefix or have rules, each once. */
static int add_all_lost(struct pd_nat *pd, const char *but, const char *asked, size_t *broken,
                        struct error *e)
{
    AUTO_FREE char(*links)[IF_NAMESIZE] = NULL;
    size_t count = 0;
    int result = state_links(&links, &count, e);

    for (size_t i = 0; i < count && result == 0; i++)
        if (!but || strcmp(links[i], but) != 0)
            result = add_lost(pd, links[i], asked, broken, e);
    for (size_t i = 0; i < pd->in_force_count && result == 0; i++) {
        const char *link = pd->in_force[i].nat.link;

        if ((!but || strcmp(link, but) != 0) && !find_mapping(pd->mappings, pd->count, link))
            result = add_lost(pd, link, asked, broken, e);
    }
    return result;
}

/* A lease that is refused leaves a section what it has, and its guard. */
static int add_new(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                   int *refused, struct error *e)
{
    struct error known;

    *refused = add_delegated(pd, link, delegated, e);
    if (*refused == 0 || *refused == -ENOMEM)
        return *refused;
    return add_stored(pd, link, &known) == -ENOMEM ? fail_memory(e) : 0;
}

int pd_nat_map(struct pd_nat *pd, const char *link, const struct prefix *delegated,
               const char *asked, size_t *broken, struct error *e)
{
    const char *section;
    struct error refusal;
    int refused = 0;
    int result = 0;

    *broken = 0;
    for (size_t i = 0; result == 0 && (section = pd_nat_link(&pd->config, i)) != NULL; i++) {
        if (!link || strcmp(section, link) != 0)
            result = add_other(pd, section, asked, broken, e);
        else if (delegated)
            result = add_new(pd, section, delegated, &refused, &refusal);
    }
    if (result == 0)
        result = add_all_lost(pd, link, asked, broken, e);
    if (result == 0 && refused < 0)
        return fail(e, refused, "%s", refusal.text);
    return result;
}

/* ---- into force ---- */

static bool is_same(const struct pd_nat_mapping *a, const struct pd_nat_mapping *b)
{
    return prefix_equal(&a->nat.internal, &b->nat.internal) &&
           prefix_equal(&a->external, &b->external);
}

/* What the link was mapped to before, by its file. */
static bool read_before(const struct pd_nat_mapping *mapping, struct pd_nat_mapping *out)
{
    struct pd_nat_state state;
    struct error none;

    *out = *mapping;
    if (state_read(mapping->nat.link, &state, &none) < 0)
        return false;
    out->nat.internal = state.internal;
    out->nat.part = state.part;
    return pd_nat_external(&out->nat, &state.delegated, &out->external, &none) == 0;
}

/* The mappings of before that were others: by the file, and by the rules, of both backends. */
static int gather_before(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                         struct pd_nat_mapping **out, size_t *count, bool *known, struct error *e)
{
    struct pd_nat_mapping stored;
    struct pd_nat_mapping *slot;

    *known = read_before(mapping, &stored);
    for (size_t i = 0; i <= pd->in_force_count; i++) {
        const struct pd_nat_mapping *before = i == 0 ? &stored : &pd->in_force[i - 1];

        if ((i == 0 && !*known) || before->external.length == 0 ||
            strcmp(before->nat.link, mapping->nat.link) != 0 || is_same(before, mapping))
            continue;
        slot = array_add(out, count, sizeof(*slot));
        if (!slot)
            return fail_memory(e);
        *slot = *before;
    }
    return 0;
}

/* An interrupted change has loaded the rules and not written the file: it is finished here. */
static int forget(const struct pd_nat *pd, const struct pd_nat_mapping *mapping, bool changed,
                  struct error *e)
{
    AUTO_FREE struct pd_nat_mapping *before = NULL;
    size_t before_count = 0;
    size_t count = 0;
    bool known;
    int result = gather_before(pd, mapping, &before, &before_count, &known, e);

    if (result < 0 || (!changed && known && before_count == 0))
        return result;
    result = pd_nat_forget_connections(mapping, before, before_count, &count, e);
    if (count > 0)
        log_info("%s: %zu connections of the time before are forgotten", mapping->nat.link, count);
    return result;
}

static int forget_all(const struct pd_nat *pd, bool changed, struct error *e)
{
    int result = 0;

    for (size_t i = 0; result == 0 && i < pd->count; i++)
        if (pd->mappings[i].external.length > 0)
            result = forget(pd, &pd->mappings[i], changed, e);
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

/* Stores an event if MAPPING is not what its link had, by the file or else by the rules. */
static int store_event(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                       struct error *e)
{
    struct pd_nat_mapping stored;
    const struct pd_nat_mapping *old =
        read_before(mapping, &stored) ? &stored : find_held(pd, mapping->nat.link);

    return old && is_same(old, mapping) ? 0 : event_store(mapping, old, e);
}

static int change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e)
{
    const struct pd_nat_mapping *mapping;
    char text[PREFIX_TEXT];
    size_t broken;
    bool changed;
    int result = pd_nat_look(pd, e);

    if (result < 0)
        return result;
    result = pd_nat_map(pd, link, &state->delegated, NULL, &broken, e);
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
    struct pd_nat_section nat;
    struct pd_nat_state state;
    struct prefix external;
    struct error none;
    int result;

    if (state_read(mapping->nat.link, &state, &none) < 0 ||
        pd_nat_read(&pd->config, mapping->nat.link, &nat, &none) < 0 ||
        (nat.part == state.part && prefix_equal(&nat.internal, &state.internal)) ||
        pd_nat_external(&nat, &state.delegated, &external, &none) < 0 ||
        !prefix_equal(&external, &mapping->external))
        return 0;
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

    *broken = 0;
    if (result == 0)
        result = pd_nat_map(pd, NULL, NULL, link, broken, e);
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
static int64_t ends(int64_t stored, int64_t told, int64_t now)
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
    noted.preferred_until = ends(state.preferred_until, told->preferred_until, now);
    noted.valid_until = ends(state.valid_until, told->valid_until, now);
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
