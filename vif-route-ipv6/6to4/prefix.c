/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 prefix: the /48 of a public IPv4 address, or one of its /64.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "6to4.h"
#include "base/ipv4.h"
#include "base/log.h"

static enum exit_status print_numbered_prefix(const struct sixtofour *site, const uint64_t *subnet)
{
    const struct prefix base = sixtofour_prefix(site);
    struct prefix prefix = base;
    char text[PREFIX_TEXT];

    if (subnet && prefix_subnet(&base, *subnet, &prefix) < 0) {
        log_error("--subnet: %llx does not fit between a /48 and a /64: ffff at most",
                  (unsigned long long)*subnet);
        return EXIT_FAILED;
    }
    prefix = prefix_network(&prefix);
    printf("%s\n", prefix_print(&prefix, text));
    return EXIT_DONE;
}

static enum exit_status run_6to4_prefix(const struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"subnet", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    struct sixtofour site;
    uint64_t subnet = 0;
    bool has_subnet = false;
    struct error e;
    int option;

    (void)options;
    sixtofour_init(&site);
    while ((option = next_option(&command_6to4_prefix, long_options, argc, argv)) > 0) {
        if (subnet_parse(optarg, &subnet, &e) < 0)
            return usage_error(&command_6to4_prefix, "--subnet: %s", e.text);
        has_subnet = true;
    }
    if (option < 0)
        return EXIT_USAGE;
    if (optind >= argc)
        return usage_error(&command_6to4_prefix, "no IPv4 address");
    if (argc - optind > 1)
        return usage_error(&command_6to4_prefix, "one IPv4 address at a time, and '%s' is a second",
                           argv[optind + 1]);
    if (ipv4_parse(argv[optind], &site.public_ipv4, &e) < 0)
        return usage_error(&command_6to4_prefix, "%s", e.text);
    if (ipv4_parse_public(argv[optind], &site.public_ipv4, &e) < 0) {
        log_failure(&e);
        return EXIT_FAILED;
    }
    sixtofour_warn(&site);
    return print_numbered_prefix(&site, has_subnet ? &subnet : NULL);
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
