/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat: NAT between a ULA prefix and the prefix that DHCPv6 delegates. The table of its
 * subcommands.
 */
#include "pd-nat.h"

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
