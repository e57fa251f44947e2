/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 prefix: the /48 of a public IPv4 address, or one of its /64.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "6to4.h"
#include "base/ipv4.h"
#include "base/log.h"

static enum exit_status run_6to4_prefix(const struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"subnet", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    const struct command *command = &command_6to4_prefix;
    struct sixtofour site = {.has_relay = false};
    struct prefix base;
    struct prefix prefix;
    uint64_t subnet = 0;
    bool has_subnet = false;
    char text[PREFIX_TEXT];
    struct error e;
    int option;

    (void)options;
    while ((option = next_option(command, long_options, argc, argv)) > 0) {
        if (subnet_parse(optarg, &subnet, &e) < 0)
            return usage_error(command, "--subnet: %s", e.text);
        has_subnet = true;
    }
    if (option < 0)
        return EXIT_USAGE;
    if (optind >= argc)
        return usage_error(command, "no IPv4 address");
    if (argc - optind > 1)
        return usage_error(command, "one IPv4 address at a time, and '%s' is a second",
                           argv[optind + 1]);
    if (ipv4_parse(argv[optind], &site.public_ipv4, &e) < 0)
        return usage_error(command, "%s", e.text);
    if (ipv4_parse_public(argv[optind], &site.public_ipv4, &e) < 0)
        return report_result(-EINVAL, &e);
    sixtofour_warn(&site);
    base = sixtofour_prefix(&site);
    prefix = base;
    if (has_subnet && prefix_subnet(&base, subnet, &prefix) < 0) {
        log_error("--subnet: %" PRIx64 " does not fit between a /48 and a /64: ffff at most",
                  subnet);
        return EXIT_FAILED;
    }
    prefix = prefix_network(&prefix);
    puts(prefix_print(&prefix, text));
    return EXIT_DONE;
}

const struct command command_6to4_prefix = {
    .name = "6to4 prefix",
    .arguments = "IPV4 [--subnet N]",
    .summary = "print the /48 of a public IPv4 address, or its /64 with number N",
    .help = "Prints the 6to4 prefix 2002:V4ADDR::/48. It refuses an address that cannot be a\n"
            "6to4 source, such as a private one. 192.0.2.4 below stands for your address.\n"
            "\n"
            "  --subnet N  its /64 with that number, hexadecimal as an address shows it\n"
            "\n"
            "Example: vif-route-ipv6 6to4 prefix 192.0.2.4 --subnet 1f",
    .run = run_6to4_prefix,
};
