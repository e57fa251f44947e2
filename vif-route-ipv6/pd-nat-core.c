/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat-core.h"

#include <errno.h>
#include <string.h>

#include "lock.h"
#include "log.h"

int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e)
{
    int result = config_load(options->config, &pd->text, e);

    return result == 0 ? config_parse(&pd->text, NULL, &pd->config, e) : result;
}

void pd_nat_free(struct pd_nat *pd)
{
    free(pd->mappings);
    config_free(&pd->config);
    config_text_free(&pd->text);
    *pd = (struct pd_nat){.mappings = NULL};
}

/* A section with its delegated prefix. */
static int add_mapping(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                       struct error *e)
{
    struct pdnat_mapping mapping;
    struct pdnat_mapping *slot;
    int result = pdnat_read(&pd->config, link, &mapping.nat, e);

    if (result == 0)
        result = pdnat_external(&mapping.nat, delegated, &mapping.external, e);
    if (result < 0)
        return result;
    slot = array_add(&pd->mappings, &pd->count, sizeof(*slot));
    if (!slot)
        return fail_memory(e);
    *slot = mapping;
    return 0;
}

static int add_stored(struct pd_nat *pd, const char *link, struct error *e)
{
    struct pdnat_state state;
    int result = state_read(link, &state, e);

    if (result == -ENOENT)
        return 0;
    return result == 0 ? add_mapping(pd, link, &state.delegated, e) : result;
}

/* Another interface's broken file is no reason to leave this one without its prefix. */
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
            result = add_mapping(pd, section, delegated, e);
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

/* What the link's prefix was outside before, by the file; false: none, or none that can be told. */
static bool read_before(const struct pdnat_mapping *mapping, struct prefix *out)
{
    struct pdnat_state before;
    struct error none;
    struct pdnat nat = mapping->nat;

    if (state_read(mapping->nat.link, &before, &none) < 0)
        return false;
    nat.internal = before.internal;
    return pdnat_external(&nat, &before.delegated, out, &none) == 0;
}

static int forget(const struct pdnat_mapping *mapping, struct error *e)
{
    struct prefix before;
    size_t count = 0;
    bool known = read_before(mapping, &before);
    int result;

    if (known && prefix_equal(&before, &mapping->external))
        return 0;
    result = pdnat_forget_connections(mapping, known ? &before : NULL, &count, e);
    if (count > 0)
        log_info("%s: %zu connections with the prefix before are forgotten", mapping->nat.link,
                 count);
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
        return fail(e, ENOENT, "%s has no section [pd-nat %s]", pd->config.path, link);
    result = pdnat_rules_load(pd->mappings, pd->count, &changed, e);
    if (result == 0 && changed)
        log_info("%s: the external prefix is %s", link, prefix_print(&mapping->external, text));
    if (result == 0)
        result = forget(mapping, e);
    return result == 0 ? state_write(link, state, e) : result;
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
