/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat restore: the rules for the stored prefixes, at boot or after a firewall was reloaded.
 */
#include "core.h"
#include "pd-nat.h"

/* CONTEXT is the interface whose troubles count (NULL: all). Without ipv6.cfg it does nothing. */
static int restore(struct pd_nat *pd, const void *context, struct error *e)
{
    const char *link = context;
    int result = link ? pd_nat_check_section(pd, link, e) : 0;

    return result == 0 && pd->has_file ? pd_nat_restore(pd, link, e) : result;
}

static enum exit_status run_pd_nat_restore(const struct options *options, int argc, char **argv)
{
    return pd_nat_run_on_link(&command_pd_nat_restore, options, argc, argv, restore);
}

const struct command command_pd_nat_restore = {
    .name = "pd-nat restore",
    .arguments = "[INTERFACE]",
    .summary = "load the rules for the stored prefixes, after a boot or a reload",
    .help = "Loads the rules for the prefixes stored in /var/lib/vif-route-ipv6, after a boot\n"
            "or a firewall's reload. A broken file is refused; the next lease replaces it.\n"
            "Example: vif-route-ipv6 pd-nat restore",
    .run = run_pd_nat_restore,
};
