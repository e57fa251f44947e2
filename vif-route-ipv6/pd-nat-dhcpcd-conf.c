/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat dhcpcd-conf: a dhcpcd.conf that asks for the prefix of a section [pd-nat] and does nothing
 * else, for dhcpcd 9.1 and later.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "log.h"
#include "paths.h"
#include "pd-nat.h"
#include "pdnat.h"

#define FIRST_IAID     1
#define LONGEST_PREFIX 120 /* that dhcpcd can ask for */

static void print_globals(const struct pdnat *nat)
{
    printf("# dhcpcd.conf for [pd-nat %s]: ask for a prefix there, and do nothing else.\n"
           "# Restart dhcpcd after a change.\n"
           "\n"
           "# Only here: given a second interface, dhcpcd would put addresses out of the prefix\n"
           "# on it. An interface more, a dhcpcd more: dhcpcd -f FILE INTERFACE.\n"
           "allowinterfaces %s\n"
           "ipv6only\n"
           "# Router advertisements are the kernel's; see below.\n"
           "noipv6rs\n"
           "# Takes the place of all of dhcpcd's own hooks. dhcpcd 9.1 and later want it up here.\n"
           "script " HOOKDIR "/dhcpcd-hook\n"
           "# From the MAC address: the same on each router of a fail-over that has it in turn.\n"
           "duid ll\n"
           "slaac hwaddr\n"
           "# The interface keeps what it has when dhcpcd stops.\n"
           "persistent\n",
           nat->link, nat->link);
}

/* No interface is named behind the prefix: any that is not there is warned of (9.4.1), "-" too. */
static void print_request(const struct pdnat *nat)
{
    const unsigned int length =
        nat->internal.length < LONGEST_PREFIX ? nat->internal.length : LONGEST_PREFIX;

    printf(
        "\n"
        "interface %s\n"
        "ia_pd %u/::/%u\n"
        "# If the router sends Reconfigure when its own prefix changes, without authentication,\n"
        "# and all in this network are to be trusted:\n"
        "#noauthrequired\n",
        nat->link, nat->has_iaid ? nat->iaid : FIRST_IAID, length);
}

static void print_network(const struct pdnat *nat)
{
    printf("\n"
           "# The default route comes by router advertisements. A kernel that forwards ignores\n"
           "# them unless accept_ra is 2. In /etc/network/interfaces:\n"
           "#\n"
           "#     iface %s inet6 auto\n"
           "#         privext 0\n"
           "#         accept_ra 2\n"
           "#         dhcp 0\n"
           "#\n"
           "# or for systemd-networkd, which takes them itself:\n"
           "#\n"
           "#     [Match]\n"
           "#     Name=%s\n"
           "#     [Network]\n"
           "#     IPv6AcceptRA=yes\n"
           "#     [IPv6AcceptRA]\n"
           "#     DHCPv6Client=no\n",
           nat->link, nat->link);
}

static int print_section(const struct config *config, const char *link, struct error *e)
{
    struct pdnat nat;
    int result = pdnat_read(config, link, &nat, e);

    if (result < 0)
        return result;
    print_globals(&nat);
    print_request(&nat);
    print_network(&nat);
    return 0;
}

static int serve_file(const char *path, const char *link, struct error *e)
{
    struct config_text text;
    struct config config = {.path = NULL};
    int result = config_load(path, &text, e);

    if (result < 0)
        return result;
    result = config_parse(&text, NULL, &config, e);
    if (result == 0)
        result = print_section(&config, link, e);
    config_free(&config);
    config_text_free(&text);
    return result;
}

static enum exit_status run(const struct options *options, int argc, char **argv)
{
    struct error e;

    if (no_options(&command_pd_nat_dhcpcd_conf, argc, argv) != EXIT_DONE)
        return EXIT_USAGE;
    if (optind >= argc)
        return usage_error(&command_pd_nat_dhcpcd_conf, "no interface");
    if (argc - optind > 1)
        return usage_error(&command_pd_nat_dhcpcd_conf,
                           "one interface at a time, and '%s' is a second", argv[optind + 1]);
    if (!is_link_name(argv[optind]))
        return usage_error(&command_pd_nat_dhcpcd_conf, "'%s' is no name of an interface",
                           argv[optind]);
    if (serve_file(options->config, argv[optind], &e) < 0) {
        log_failure(&e);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

const struct command command_pd_nat_dhcpcd_conf = {
    .name = "pd-nat dhcpcd-conf",
    .arguments = "INTERFACE",
    .summary = "print a dhcpcd.conf that asks for the prefix of [pd-nat INTERFACE]",
    .help = "Prints what /etc/dhcpcd.conf is to be, for dhcpcd 9.1 and later: a prefix is\n"
            "asked for on INTERFACE, of the section's iaid (else 1) and the length of its\n"
            "internal_prefix, and at every event dhcpcd runs\n"
            "  " HOOKDIR "/dhcpcd-hook\n"
            "Nothing else of the host is touched, /etc/resolv.conf neither. Comments at the\n"
            "end show the interface's own configuration.\n"
            "Example: vif-route-ipv6 pd-nat dhcpcd-conf eth0",
    .run = run,
};
