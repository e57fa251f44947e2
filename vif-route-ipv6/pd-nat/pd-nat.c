/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat: NAT between a ULA prefix and the prefix that DHCPv6 delegates. The table of its
 * subcommands, and what they share.
 */
#include "pd-nat.h"

#include "base/deadline.h"
#include "core.h"

enum exit_status pd_nat_link_argument(const struct command *command, int argc, char **argv,
                                      const char **link)
{
    const enum exit_status status = no_options(command, argc, argv);

    if (status != EXIT_DONE)
        return status;
    if (argc - optind > 1)
        return usage_error(command, "one interface at most, and '%s' is a second",
                           argv[optind + 1]);
    *link = optind < argc ? argv[optind] : NULL;
    if (*link && !is_link_name(*link))
        return usage_error(command, "'%s' cannot be the name of an interface", *link);
    return EXIT_DONE;
}

enum exit_status pd_nat_run(const struct command *command, const struct options *options,
                            int (*work)(struct pd_nat *pd, const void *context, struct error *e),
                            const void *context)
{
    struct pd_nat pd = {.mappings = NULL};
    struct error e;
    int result;

    deadline_start(PD_NAT_PATIENCE, command->name);
    result = pd_nat_open(&pd, options, &e);
    if (result == 0)
        result = work(&pd, context, &e);
    pd_nat_free(&pd);
    deadline_stop();
    return report_result(result, &e);
}

enum exit_status pd_nat_run_on_link(const struct command *command, const struct options *options,
                                    int argc, char **argv,
                                    int (*work)(struct pd_nat *pd, const void *context,
                                                struct error *e))
{
    const char *link = NULL;

    return pd_nat_link_argument(command, argc, argv, &link)
               ?: pd_nat_run(command, options, work, link);
}

static const struct command *const subcommands[] = {
    &command_pd_nat_hook,        &command_pd_nat_watch,       &command_pd_nat_apply,
    &command_pd_nat_restore,     &command_pd_nat_refresh,     &command_pd_nat_status,
    &command_pd_nat_map,         &command_pd_nat_remove,      &command_pd_nat_failover,
    &command_pd_nat_client_conf, &command_pd_nat_dhcpcd_conf, NULL,
};

const struct command command_pd_nat = {
    .name = "pd-nat",
    .arguments = "SUBCOMMAND [ARGS]",
    .summary = "NAT between a ULA prefix and a prefix delegated by DHCPv6",
    .help = "Internal hosts keep addresses out of fd00::/8, whatever prefix the provider\n"
            "hands out today; the sections [pd-nat INTERFACE] of ipv6.cfg say which. Each of\n"
            "these has a --help of its own:\n",
    .subcommands = subcommands,
};
