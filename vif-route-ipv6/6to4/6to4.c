/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4: IPv6 out of a public IPv4 address (RFC 3056), for a dom0 without native IPv6. The table of
 * its subcommands.
 */
#include "6to4.h"
#include "base/log.h"

void sixtofour_warn(const struct sixtofour *site)
{
    struct error warning;

    for (size_t i = 0; sixtofour_warning(site, i, &warning); i++)
        log_warning("%s", warning.text);
}

static const struct command *const subcommands[] = {
    &command_6to4_prefix,
    &command_6to4_interfaces,
    &command_6to4_gateway,
    &command_6to4_up,
    &command_6to4_down,
    &command_6to4_status,
    NULL,
};

const struct command command_6to4 = {
    .name = "6to4",
    .arguments = "SUBCOMMAND [ARGS]",
    .summary = "IPv6 out of a public IPv4 address, also behind a NAT gateway",
    .help = "6to4 (RFC 3056): a /48 that follows from a public IPv4 address, and the tunnel\n"
            "to all others that have one. Each of these has a --help of its own:\n",
    .subcommands = subcommands,
};
