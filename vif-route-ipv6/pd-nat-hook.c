/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat hook: run by dhcpcd with its environment, through etc/dhcpcd-hook. Whatever dhcpcd says of
 * interfaces without a section, or of leases that end, changes nothing.
 */
#include <string.h>
#include <unistd.h>

#include "deadline.h"
#include "log.h"
#include "pd-nat-core.h"
#include "pd-nat.h"
#include "pdnat-lease.h"

#define PATIENCE 20

static int64_t until(uint32_t seconds)
{
    return seconds == LEASE_FOREVER ? STATE_FOREVER : (int64_t)time(NULL) + seconds;
}

/* The prefix in use stays while it is preferred, if it is among those that dhcpcd tells of. */
static const struct prefix *in_use(const char *link, struct pdnat_state *state)
{
    struct error none;

    return state_read(link, state, &none) == 0 ? &state->delegated : NULL;
}

static int take_lease(struct pd_nat *pd, const char *link, struct error *e)
{
    struct pdnat nat;
    struct pdnat_lease lease;
    struct pdnat_state state;
    bool found = false;
    int result = pdnat_read(&pd->config, link, &nat, e);

    if (result == 0)
        result = lease_choose(&nat, environ, in_use(link, &state), &lease, &found, e);
    if (result < 0 || !found)
        return result;
    state = (struct pdnat_state){.delegated = lease.prefix,
                                 .preferred_until = until(lease.preferred),
                                 .valid_until = until(lease.valid)};
    return pd_nat_change(pd, link, &state, e);
}

static int serve(const struct options *options, struct error *e)
{
    const char *link = lease_interface(environ);
    struct pd_nat pd = {.mappings = NULL};
    int result = 0;

    if (lease_event(environ) != LEASE_BOUND || !link)
        return 0;
    result = pd_nat_open(&pd, options, e);
    if (result == 0 && config_find(&pd.config, SECTION_PD_NAT, link))
        result = take_lease(&pd, link, e);
    pd_nat_free(&pd);
    return result;
}

/* ARGV[1], if any, is the path of the script by which dhcpcd runs this; then the recipe's word. */
static enum exit_status run(const struct options *options, int argc, char **argv)
{
    struct error e;
    int result;

    if (argc > 1 && strchr(argv[1], '/')) {
        argc--;
        argv++;
    }
    if (argc > 1 && strcmp(argv[1], "restore-iptables") == 0)
        return command_pd_nat_restore.run(options, 1, argv);
    if (argc > 1)
        return usage_error(&command_pd_nat_hook, "'%s': it takes restore-iptables, or nothing",
                           argv[1]);
    deadline_start(PATIENCE, "pd-nat hook");
    result = serve(options, &e);
    deadline_stop();
    if (result < 0)
        log_failure(&e);
    return result < 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_pd_nat_hook = {
    .name = "pd-nat hook",
    .arguments = "",
    .summary = "follow what dhcpcd says in its environment",
    .help = "dhcpcd runs it, through its hook script (see pd-nat dhcpcd-conf): a delegated\n"
            "prefix becomes rules, a renewal without a change does nothing, and when a lease\n"
            "ends the rules stay as they are.",
    .run = run,
};
