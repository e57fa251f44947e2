/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat-core.h"

#include <errno.h>
#include <string.h>

#include "lock.h"
#include "log.h"

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

void pd_nat_free(struct pd_nat *pd)
{
    free(pd->mappings);
    config_free(&pd->config);
    config_text_free(&pd->text);
    *pd = (struct pd_nat){.mappings = NULL};
}

static int add_mapping(struct pd_nat *pd, const struct pdnat *nat, const struct prefix *delegated,
                       struct error *e)
{
    struct pdnat_mapping mapping = {.nat = *nat};
    struct pdnat_mapping *slot;
    int result = pdnat_external(nat, delegated, &mapping.external, e);

    if (result < 0)
        return result;
    slot = array_add(&pd->mappings, &pd->count, sizeof(*slot));
    if (!slot)
        return fail_memory(e);
    *slot = mapping;
    return 0;
}

/* A section with the prefix that is delegated to it now. */
static int add_delegated(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                         struct error *e)
{
    struct pdnat nat;
    int result = pdnat_read(&pd->config, link, &nat, e);

    return result == 0 ? add_mapping(pd, &nat, delegated, e) : result;
}

/*
 * A section with its stored prefix. While there is a mistake in it, it keeps the internal prefix it
 * had: a slip of the editor takes no network from the hosts.
 */
static int add_stored(struct pd_nat *pd, const char *link, struct error *e)
{
    struct pdnat_state state;
    struct pdnat nat;
    struct error why;
    int mistake = pdnat_read(&pd->config, link, &nat, e);
    int result = state_read(link, &state, &why);

    if (result == 0 && mistake == -EINVAL)
        nat.internal = state.internal;
    if (result == 0)
        result = add_mapping(pd, &nat, &state.delegated, &why);
    if (result == -ENOMEM)
        return fail_memory(e);
    if (mistake < 0 || result == -ENOENT)
        return mistake;
    return result < 0 ? fail(e, result, "%s", why.text) : 0;
}

/* Another interface's broken file or section is no reason to leave this one without its prefix. */
static int add_other(struct pd_nat *pd, const char *link, bool *broken, struct error *e)
{
    int result = add_stored(pd, link, e);

    if (result == 0 || result == -ENOMEM)
        return result;
    log_failure(e);
    *broken = true;
    return 0;
}

int pd_nat_map(struct pd_nat *pd, const char *link, const struct prefix *delegated, bool *broken,
               struct error *e)
{
    const char *section;
    int result = 0;

    *broken = false;
    for (size_t i = 0; result == 0 && (section = pdnat_link(&pd->config, i)) != NULL; i++) {
        if (!link || strcmp(section, link) != 0)
            result = add_other(pd, section, broken, e);
        else if (delegated)
            result = add_delegated(pd, section, delegated, e);
    }
    return result;
}

static const struct pdnat_mapping *find_mapping(const struct pd_nat *pd, const char *link)
{
    for (size_t i = 0; i < pd->count; i++)
        if (strcmp(pd->mappings[i].nat.link, link) == 0)
            return &pd->mappings[i];
    return NULL;
}

/*
 * What the link's prefix was outside before, by the file; *KNOWN is false for none, or none that
 * can be told.
 */
static int read_before(const struct pdnat_mapping *mapping, struct prefix *out, bool *known,
                       struct error *e)
{
    struct pdnat_state before;
    struct error none;
    struct pdnat nat = mapping->nat;
    int result = state_read(mapping->nat.link, &before, e);

    *known = false;
    if (result == -ENOENT || result == -EBADMSG)
        return 0;
    if (result < 0)
        return result;
    nat.internal = before.internal;
    *known = pdnat_external(&nat, &before.delegated, out, &none) == 0;
    return 0;
}

/* An interrupted change has loaded the rules and not written the file: it is finished here. */
static int forget(const struct pdnat_mapping *mapping, bool changed, struct error *e)
{
    struct prefix before;
    size_t count = 0;
    bool known;
    int result = read_before(mapping, &before, &known, e);

    if (result < 0 || (!changed && known && prefix_equal(&before, &mapping->external)))
        return result;
    result = pdnat_forget_connections(mapping, known ? &before : NULL, &count, e);
    if (count > 0)
        log_info("%s: %zu connections of the time before are forgotten", mapping->nat.link, count);
    return result;
}

int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e)
{
    int result = pdnat_rules_load(pd->mappings, pd->count, changed, e);

    for (size_t i = 0; result == 0 && i < pd->count; i++)
        result = forget(&pd->mappings[i], *changed, e);
    return result;
}

static int change(struct pd_nat *pd, const char *link, const struct pdnat_state *state,
                  struct error *e)
{
    const struct pdnat_mapping *mapping;
    char text[PREFIX_TEXT];
    bool broken;
    bool changed;
    int result = pd_nat_map(pd, link, &state->delegated, &broken, e);

    if (result < 0)
        return result;
    mapping = find_mapping(pd, link);
    if (!mapping)
        return pdnat_fail_unknown(&pd->config, link, e);
    result = pd_nat_load(pd, &changed, e);
    if (result < 0)
        return result;
    prefix_print(&mapping->external, text);
    if (changed)
        log_info("%s: the external prefix is %s", link, text);
    if (changed && mapping->nat.guard && address_is_ula(&mapping->external.address))
        log_warning("%s: %s is a ULA prefix, which the guard stops: use guard = no", link, text);
    return state_write(link, state, e);
}

int pd_nat_change(struct pd_nat *pd, const char *link, const struct pdnat_state *state,
                  struct error *e)
{
    struct pdnat_state complete = *state;
    struct pdnat nat;
    int lock = lock_take();
    int result = pdnat_read(&pd->config, link, &nat, e);

    complete.internal = nat.internal;
    if (result == 0)
        result = change(pd, link, &complete, e);
    close_fd(&lock);
    return result;
}
