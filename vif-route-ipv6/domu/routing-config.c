/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * routing-config: what a routing daemon needs to announce the domUs' networks.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/rights.h"
#include "command.h"
#include "config/config.h"
#include "domu/announce-format.h"

struct call {
    const struct announce_format *format;
    enum announce_protocol protocol;
};

static enum exit_status read_routing_option(int option, struct call *call)
{
    switch (option) {
    case 'f':
        call->format = announce_format_find(optarg);
        if (call->format)
            return EXIT_DONE;
        return usage_error(&command_routing_config, "--format: '%s' is neither bird nor frr",
                           optarg);
    case 'p':
        call->protocol = strcmp(optarg, "ospf") == 0 ? ANNOUNCE_OSPF : ANNOUNCE_BGP;
        if (call->protocol == ANNOUNCE_OSPF || strcmp(optarg, "bgp") == 0)
            return EXIT_DONE;
        return usage_error(&command_routing_config, "--protocol: '%s' is neither bgp nor ospf",
                           optarg);
    default:
        return EXIT_USAGE;
    }
}

static int print_announced(const char *path, const struct call *call, struct error *e)
{
    struct announced_list list = {.items = NULL};
    struct config config;
    int result = config_read(path, &config, e);

    rights_keep(RIGHTS_NONE);
    if (result == 0)
        result = announce_list(&config, &list, e);
    if (result == 0)
        call->format->print(&list, call->protocol, stdout);
    announced_free(&list);
    config_free(&config);
    return result;
}

static enum exit_status run_routing_config(const struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"format", required_argument, NULL, 'f'},
        {"protocol", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    struct call call = {.format = announce_format_find("bird"), .protocol = ANNOUNCE_BGP};
    enum exit_status status = EXIT_DONE;
    struct error e;
    int option;

    while (status == EXIT_DONE &&
           (option = next_option(&command_routing_config, long_options, argc, argv)) != 0)
        status = read_routing_option(option, &call);
    if (status == EXIT_DONE)
        status = no_arguments(&command_routing_config, argc, argv);
    return status ?: report_result(print_announced(options->config, &call, &e), &e);
}

const struct command command_routing_config = {
    .name = "routing-config",
    .arguments = "[OPTIONS]",
    .summary = "what a routing daemon needs to announce the domUs",
    .help = "Prints definitions for BIRD 2 or FRR: the filter or route-map vif_route_ipv6,\n"
            "which picks the routes of domUs with announce = yes. Comments say where to name\n"
            "it. Needs neither root nor Xen.\n"
            "\n"
            "  --format FORMAT      bird (the default) or frr\n"
            "  --protocol PROTOCOL  bgp (the default) or ospf\n"
            "\n"
            "Example: vif-route-ipv6 routing-config >/etc/bird/vif-route-ipv6.conf",
    .run = run_routing_config,
};
