/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the mappings that are wanted come into force: the rules, the tracked connections, the stored
 * prefix, and the executables of prefix.d.
 */
#include "core.h"

#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "event.h"

static bool is_same_mapping(const struct pd_nat_mapping *a, const struct pd_nat_mapping *b)
{
    return prefix_equal(&a->nat.internal, &b->nat.internal) &&
           prefix_equal(&a->external, &b->external);
}

/* ---- connections ---- */

/*
 * Forgets the connections of the other mappings that the link had before: by its file, and by any
 * backend's rules. A change that was interrupted has loaded the rules, but not written the file: if
 * there is none, or it has another prefix, the connections are still to be forgotten.
 */
static int forget_before(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                         bool changed, struct error *e)
{
    const struct pd_nat_held *held = pd_nat_find_held(pd, mapping->nat.link);
    AUTO_FREE struct pd_nat_mapping *before = NULL;
    size_t before_count = 0;
    size_t count = 0;
    int result;

    for (size_t i = 0; held && i <= pd->in_force_count; i++) {
        const struct pd_nat_mapping *old =
            i < pd->in_force_count ? &pd->in_force[i] : &held->before;

        if (old->external.length > 0 && strcmp(old->nat.link, held->link) == 0 &&
            !is_same_mapping(old, mapping) &&
            array_append(&before, &before_count, old, sizeof(*old)) < 0)
            return fail_memory(e);
    }
    if (!changed && held && held->stored == 0 && before_count == 0)
        return 0;
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
        if (!pd_nat_find_mapping(pd, none.nat.link))
            result = forget_before(pd, &none, changed, e);
    }
    for (size_t i = 0; result == 0 && i < pd->count; i++)
        if (pd->mappings[i].external.length > 0)
            result = forget_before(pd, &pd->mappings[i], changed, e);
    return result;
}

/* ---- rules ---- */

static bool is_in_force(const struct pd_nat *pd, const struct pd_nat_mapping *mapping)
{
    for (size_t i = 0; i < pd->in_force_count; i++)
        if (strcmp(pd->in_force[i].nat.link, mapping->nat.link) == 0 &&
            is_same_mapping(&pd->in_force[i], mapping))
            return true;
    return false;
}

/* Records each external prefix that came into force or left. */
static void report_prefixes(const struct pd_nat *pd)
{
    char text[PREFIX_TEXT];

    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_mapping *old = &pd->in_force[i];
        const struct pd_nat_mapping *now = pd_nat_find_mapping(pd, old->nat.link);

        if (old->external.length > 0 && (!now || now->external.length == 0))
            log_record("%s: the external prefix %s is no longer in use", old->nat.link,
                       prefix_print(&old->external, text));
    }
    for (size_t i = 0; i < pd->count; i++) {
        const struct pd_nat_mapping *now = &pd->mappings[i];

        if (now->external.length > 0 && !is_in_force(pd, now))
            log_record("%s: the external prefix is %s", now->nat.link,
                       prefix_print(&now->external, text));
    }
}

int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e)
{
    struct error ignored;
    bool again;
    int result = pd_nat_rules_load(pd->mappings, pd->count, &pd->now, &pd->loading, changed, e);
    int confirmed;

    if (result == 0 && *changed)
        report_prefixes(pd);
    if (result == 0)
        result = forget_all(pd, *changed, e);
    confirmed = pd_nat_rules_confirm(pd->mappings, pd->count, &pd->loading, &again,
                                     result == 0 ? e : &ignored);
    if (result == 0)
        result = confirmed;
    if (pd->loading.jump.text[0])
        log_warning("%s", pd->loading.jump.text);
    return result == 0 && again ? forget_all(pd, true, e) : result;
}

/* Fails if the ULA guard is missing. The translation is in force all the same, and stored. */
static int check_ula_guard(const struct pd_nat *pd, struct error *e)
{
    if (pd->loading.ula_guard == 0)
        return 0;
    return fail(e, pd->loading.ula_guard,
                "the guard, which is nft's with every backend, is missing: %s; or use guard = no",
                pd->loading.reason.text);
}

/* ---- a change of prefix ---- */

/* Stores an event for prefix.d if MAPPING is not what its link, or an event before, had. */
static int store_event(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                       struct error *e)
{
    const struct pd_nat_held *held = pd_nat_find_held(pd, mapping->nat.link);
    const struct pd_nat_mapping *old =
        held && held->before.external.length > 0 ? &held->before : NULL;

    return old && is_same_mapping(old, mapping) ? event_correct(mapping, e)
                                                : event_store(mapping, old, e);
}

/* Each executable has its own time, and may call this program, which takes the lock. */
static bool run_event(const char *link)
{
    deadline_stop();
    return event_run(link);
}

/* If the prefix is refused, the rest is loaded, and the refusal is what the caller reports. */
static int change(struct pd_nat *pd, const char *link, const struct pd_nat_state *told,
                  struct error *e)
{
    struct pd_nat_state state = *told;
    const struct pd_nat_mapping *mapping;
    char text[PREFIX_TEXT];
    struct error why;
    bool changed;
    int result = pd_nat_look(pd, e);

    if (result < 0)
        return result;
    result = pd_nat_map(pd, link, &state.in_use.prefix, e);
    (void)pd_nat_report(pd, NULL);
    if (result < 0 && result != -ENOMEM && pd_nat_load(pd, &changed, &why) < 0)
        log_failure(&why);
    if (result < 0)
        return result;
    mapping = pd_nat_find_mapping(pd, link);
    if (!mapping)
        return pd_nat_fail_unknown(&pd->config, link, e);
    result = pd_nat_load(pd, &changed, e);
    if (result < 0)
        return result;
    if (changed && mapping->nat.ula_guard && address_is_ula(&mapping->external.address))
        log_warning("%s: %s is a ULA prefix, which the guard stops: use guard = no", link,
                    prefix_print(&mapping->external, text));
    state.internal = mapping->nat.internal;
    state.part = mapping->nat.part;
    result = store_event(pd, mapping, e);
    if (result == 0)
        result = state_write(link, &state, e);
    return result < 0 ? result : check_ula_guard(pd, e);
}

int pd_nat_change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e)
{
    int lock = lock_take();
    int result = change(pd, link, state, e);

    close_fd(&lock);
    if ((result == 0 || pd->loading.ula_guard < 0) && !run_event(link) && result == 0)
        return 1;
    return result;
}

/* ---- the stored prefixes ---- */

/*
 * Stores the internal_prefix and part of an edited section, now that they are in force: otherwise
 * each restore would delete the connections of a change that is over.
 */
static int store_edited(const struct pd_nat *pd, const struct pd_nat_mapping *mapping,
                        struct error *e)
{
    struct pd_nat_held *held = pd_nat_find_held(pd, mapping->nat.link);
    struct pd_nat_section nat;
    struct prefix external;
    int result;

    if (!held || held->stored < 0 || pd_nat_read(&pd->config, held->link, &nat, NULL) < 0 ||
        (nat.part == held->state.part && prefix_equal(&nat.internal, &held->state.internal)) ||
        pd_nat_external(&nat, &held->state.in_use.prefix, &external, NULL) < 0 ||
        !prefix_equal(&external, &mapping->external))
        return 0;
    held->is_edited = true;
    held->state.internal = nat.internal;
    held->state.part = nat.part;
    result = store_event(pd, mapping, e);
    return result == 0 ? state_write(held->link, &held->state, e) : result;
}

int pd_nat_restore(struct pd_nat *pd, const char *link, struct error *e)
{
    bool changed;
    bool is_done;
    int lock = lock_take();
    int result = pd_nat_look(pd, e);

    if (result == 0)
        result = pd_nat_map(pd, NULL, NULL, e);
    is_done = pd_nat_report(pd, link) == 0;
    if (result == 0)
        result = pd_nat_load(pd, &changed, e);
    for (size_t i = 0; i < pd->count && result == 0; i++)
        result = store_edited(pd, &pd->mappings[i], e);
    if (result == 0)
        result = check_ula_guard(pd, e);
    close_fd(&lock);
    for (size_t i = 0; i < pd->held_count; i++)
        if (pd->held[i].is_edited)
            is_done &= run_event(pd->held[i].link);
    return result == 0 && !is_done ? 1 : result;
}

/* ---- lifetimes ---- */

/* The end to store if a client reports TOLD. Of two ends that are over, the stored one stays. */
static int64_t noted_end(int64_t stored, int64_t told, int64_t now)
{
    return told <= now && stored <= now ? stored : told;
}

int pd_nat_note(const char *link, const struct known_prefix *told, struct error *e)
{
    AUTO_CLOSE int lock = lock_take();
    const int64_t now = time(NULL);
    struct pd_nat_state state;
    struct known_prefix noted;
    char text[PREFIX_TEXT];

    (void)lock; /* until the state is written */
    if (state_read(link, &state, NULL) < 0 || !prefix_equal(&state.in_use.prefix, &told->prefix))
        return 0;
    noted = state.in_use;
    noted.preferred_until = noted_end(noted.preferred_until, told->preferred_until, now);
    noted.valid_until = noted_end(noted.valid_until, told->valid_until, now);
    if (noted.preferred_until == state.in_use.preferred_until &&
        noted.valid_until == state.in_use.valid_until)
        return 0;
    if (noted.valid_until <= now && state.in_use.valid_until > now)
        log_record("%s: the lease of %s is over; its rules stay until another prefix comes", link,
                   prefix_print(&noted.prefix, text));
    state.in_use = noted;
    return state_write(link, &state, e);
}
