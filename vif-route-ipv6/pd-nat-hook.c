/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat hook: run by dhcpcd with its environment, through etc/dhcpcd-hook. Whatever dhcpcd says of
 * interfaces without a section, or of leases that end, changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
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

/* An IAID that no delegated prefix has is most likely a mistake. */
static void warn_of_iaid(struct pdnat nat)
{
    struct pdnat_lease lease;
    struct error none;
    bool found = false;

    if (!nat.has_iaid)
        return;
    nat.has_iaid = false;
    if (lease_choose(&nat, environ, NULL, &lease, &found, &none) == 0 && found)
        log_warning("%s: a prefix is delegated, but no valid one with iaid = %" PRIu32, nat.link,
                    nat.iaid);
}

/* Of what dhcpcd tells, a prefix becomes rules, and the loss of the stored one is noted. */
static int take_lease(struct pd_nat *pd, const char *link, enum lease_event event, struct error *e)
{
    struct pdnat nat;
    struct pdnat_lease lease;
    struct pdnat_state state;
    const struct prefix *stored = in_use(link, &state);
    bool found = false;
    int result = pdnat_read(&pd->config, link, &nat, e);

    if (result == 0 && event == LEASE_BOUND)
        result = lease_choose(&nat, environ, stored, &lease, &found, e);
    if (result < 0)
        return result;
    if (!found) {
        warn_of_iaid(nat);
        return stored && lease_has_lost(event, environ, stored) ? pd_nat_expire(link, stored, e)
                                                                : 0;
    }
    state = (struct pdnat_state){.delegated = lease.prefix,
                                 .preferred_until = until(lease.preferred),
                                 .valid_until = until(lease.valid)};
    return pd_nat_change(pd, link, &state, e);
}

static bool is_stored(const char *link)
{
    struct pdnat_state state;
    struct error none;

    return state_read(link, &state, &none) != -ENOENT;
}

static int serve(const struct options *options, struct error *e)
{
    const enum lease_event event = lease_event(environ);
    const char *link = lease_interface(environ);
    struct pd_nat pd = {.mappings = NULL};
    int result = 0;

    if ((event != LEASE_BOUND && event != LEASE_OVER) || !link)
        return 0;
    result = pd_nat_open(&pd, options, e);
    if (result == 0 && config_find(&pd.config, SECTION_PD_NAT, link))
        result = take_lease(&pd, link, event, e);
    else if (result == 0 && is_link_name(link) && is_stored(link))
        result = pd_nat_fail_lost(&pd, link, e);
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
