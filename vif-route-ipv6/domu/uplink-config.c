/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uplink-config: what ndppd needs to answer on the uplinks for the domUs' whole networks.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rights.h"
#include "command.h"
#include "config/config.h"
#include "domu/uplink.h"

static int print_uplink_config(const char *path, struct error *e)
{
    struct uplink_networks networks = {.items = NULL};
    struct config config;
    int result = config_read(path, &config, e);

    rights_keep(RIGHTS_NONE);
    if (result == 0)
        result = uplink_networks(&config, &networks, e);
    if (result == 0)
        uplink_print_ndppd(&networks, stdout);
    if (result == 0 && networks.count == 0)
        log_notice("%s: no domU has both proxy_ndp = yes and a network: ndppd has nothing to do",
                   path);
    uplink_networks_free(&networks);
    config_free(&config);
    return result;
}

static enum exit_status run_uplink_config(const struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"format", required_argument, NULL, 'f'},
        {NULL, 0, NULL, 0},
    };
    enum exit_status status = EXIT_DONE;
    struct error e;
    int option;

    while (status == EXIT_DONE &&
           (option = next_option(&command_uplink_config, long_options, argc, argv)) != 0)
        if (option != 'f')
            status = EXIT_USAGE;
        else if (strcmp(optarg, "ndppd") != 0)
            status = usage_error(&command_uplink_config,
                                 "--format: '%s' is not a format: ndppd is the only one", optarg);
    if (status == EXIT_DONE)
        status = no_arguments(&command_uplink_config, argc, argv);
    return status ?: report_result(print_uplink_config(options->config, &e), &e);
}

const struct command command_uplink_config = {
    .name = "uplink-config",
    .arguments = "[--format FORMAT]",
    .summary = "what answers for whole networks on an on-link uplink",
    .help = "Prints the configuration by which ndppd answers neighbour solicitations on the\n"
            "uplinks for the networks and routes of domUs with proxy_ndp = yes: each domU has\n"
            "a part, a /80 for instance, of a /64 that is on-link at dom0. The kernel answers\n"
            "for a single `address`. Needs neither root nor Xen.\n"
            "\n"
            "  --format FORMAT  ndppd, the default and the only one\n"
            "\n"
            "Example: vif-route-ipv6 uplink-config >/etc/ndppd.conf",
    .run = run_uplink_config,
};
