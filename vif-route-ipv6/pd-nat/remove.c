/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat remove: the end of the rules and of the stored prefix.
 */
#include <errno.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "core.h"
#include "pd-nat.h"

/* While its section exists, the ULA guard comes back: the warning says how to stay without it. */
static void report_ula_guards(const struct pd_nat *pd, const char *link)
{
    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_section *nat = &pd->in_force[i].nat;

        if (nat->ula_guard && (!link || strcmp(nat->link, link) == 0))
            log_warning("%s: its guard is removed, too: packets with ULA addresses can cross it%s",
                        nat->link,
                        config_find(&pd->config, SECTION_PD_NAT, nat->link)
                            ? " until the next lease, pd-nat restore or boot: to stay without it, "
                              "write guard = no, or remove the section"
                            : "");
    }
}

/* Removes those of the interface CONTEXT (NULL: all), the files first: the rules follow them. */
static int remove_prefixes(struct pd_nat *pd, const void *context, struct error *e)
{
    const char *link = context;
    struct pd_nat_mapping *mapping;
    struct pd_nat_state state;
    bool changed;
    int lock = lock_take();
    int result = pd_nat_look(pd, e);

    /* a mistyped name must not look as if something had been removed */
    if (link && !config_find(&pd->config, SECTION_PD_NAT, link) &&
        state_read(link, &state, NULL) == -ENOENT)
        log_warning("%s: neither a section [pd-nat %s] nor a stored prefix: nothing to do", link,
                    link);
    if (result == 0)
        result = link ? state_remove(link, e) : state_remove_all(e);
    if (result == 0 && link)
        result = pd_nat_map(pd, NULL, NULL, e);
    mapping = link ? pd_nat_find_mapping(pd, link) : NULL;
    if (mapping)
        *mapping = pd->mappings[--pd->count];
    pd->reported = link;
    (void)pd_nat_report(pd, NULL);
    if (result == 0)
        result = pd_nat_load(pd, &changed, e);
    if (result == 0)
        report_ula_guards(pd, link);
    close_fd(&lock);
    return result;
}

static enum exit_status run_pd_nat_remove(const struct options *options, int argc, char **argv)
{
    return pd_nat_run_on_link(&command_pd_nat_remove, options, argc, argv, remove_prefixes);
}

const struct command command_pd_nat_remove = {
    .name = "pd-nat remove",
    .arguments = "[INTERFACE]",
    .summary = "remove the rules and the stored prefix",
    .help = "Removes the rules and the stored prefix of INTERFACE, or all of them, and\n"
            "forgets the connections that they translated.\n"
            "Example: vif-route-ipv6 pd-nat remove eth0",
    .run = run_pd_nat_remove,
};
