/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat client-conf: the configuration with which a DHCPv6 client asks for the prefix of a section
 * [pd-nat] and does nothing else. pd-nat dhcpcd-conf is its older name for dhcpcd.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/replace.h"
#include "config/config.h"
#include "pd-nat.h"
#include "pd-nat/clients.h"
#include "pd-nat/duid.h"
#include "pd-nat/section.h"

static const char interface_text[] =
    "\n"
    "# The default route comes by router advertisements. A kernel that forwards ignores\n"
    "# them unless accept_ra is 2. In /etc/network/interfaces:\n"
    "#\n"
    "#     iface @w inet6 auto\n"
    "#         privext 0\n"
    "#         accept_ra 2\n"
    "#         dhcp 0\n"
    "#\n"
    "# or for systemd-networkd, which takes them itself:\n"
    "#\n"
    "#     [Match]\n"
    "#     Name=@w\n"
    "#     [Network]\n"
    "#     IPv6AcceptRA=yes\n"
    "#     [IPv6AcceptRA]\n"
    "#     DHCPv6Client=no\n";

#define CLIENTS        "dhcpcd, dhclient, odhcp6c, udhcpc6, dhcp6c, networkd"
#define DEFAULT_IAID   1
#define LONGEST_PREFIX 120 /* that dhcpcd can ask for */
#define LONGEST_ROUTED 63  /* for which networkd adds a route */

/*
 * Of an interface without a MAC address dhcpcd would make a DUID of zeros (`duid ll`), or one that
 * is unique only by its time, unless the firmware has a UUID (`duid`).
 */
static int print_duid(const struct pd_nat_section *nat, FILE *out, struct error *e)
{
    char duid[DUID_TEXT];
    bool is_random;
    int result;

    if (link_has_mac(nat->link)) {
        fputs(
            "# From the MAC address: the same on each router of a fail-over that has it in turn.\n"
            "duid ll\n",
            out);
        return 0;
    }
    result = duid_print(duid, &is_random, e);
    if (result < 0)
        return result;
    fprintf(
        out,
        "# %s has no MAC address. dhcpcd would make the DUID of zeros, which other hosts have,\n"
        "# too. This one is unique: %s\n"
        "duid %s\n",
        nat->link,
        is_random ? "it is random, as this host\n"
                    "# has no /etc/machine-id. Keep the line when you print this file again."
                  : "it is made of /etc/machine-id.\n"
                    "# For pd-nat failover, print this file again once there is a MAC address.",
        duid);
    return 0;
}

/* Prints TEXT with its gaps filled. */
static int print_filled(const char *text, const struct pd_nat_section *nat, FILE *out,
                        struct error *e)
{
    const int length =
        nat->internal.length > LONGEST_PREFIX ? LONGEST_PREFIX : nat->internal.length;
    int result = 0;

    for (; *text && result == 0; text++) {
        const bool is_gap = *text == '@';

        text += is_gap;
        if (!is_gap || *text == '@')
            fputc(*text, out);
        else if (*text == 'w')
            fputs(nat->link, out);
        else if (*text == 'l')
            fprintf(out, "%d", length);
        else if (*text == 'r')
            fprintf(out, "%d", length > LONGEST_ROUTED ? LONGEST_ROUTED : length);
        else if (*text == 'i')
            fprintf(out, "%" PRIu32, nat->has_iaid ? nat->iaid : DEFAULT_IAID);
        else if (*text == 'd')
            result = print_duid(nat, out, e);
    }
    return result;
}

struct call {
    const struct client *client;
    const char *link;
    const char *output; /* or NULL: stdout */
};

static int print_client_conf(const struct client *client, const struct pd_nat_section *nat,
                             char **text, struct error *e)
{
    size_t length;
    FILE *out = open_memstream(text, &length);
    int result;

    if (!out)
        return fail_memory(e);
    result = print_filled(client->conf, nat, out, e);
    /* networkd configures the interface itself */
    if (result == 0 && client != &client_networkd)
        result = print_filled(interface_text, nat, out, e);
    if (fclose(out) != 0 && result == 0)
        result = fail_memory(e);
    return result;
}

/* Whoever may read the script may run it. */
static int make_executable(const char *path, struct error *e)
{
    struct stat file;

    if (stat(path, &file) < 0 ||
        chmod(path, (file.st_mode & 07777) | (file.st_mode & 0444) >> 2) < 0)
        return fail_errno(e, errno, path);
    return 0;
}

static int write_client_conf(const char *path, const struct call *call, struct error *e)
{
    AUTO_FREE char *text = NULL;
    struct config config;
    struct pd_nat_section nat;
    int result = config_read(path, &config, e);

    if (result == 0)
        result = pd_nat_read(&config, call->link, &nat, e);
    if (result == 0)
        result = print_client_conf(call->client, &nat, &text, e);
    if (result == 0 && call->output)
        result = replace_file(call->output, text, e);
    else if (result == 0)
        fputs(text, stdout);
    if (result == 0 && call->output && begins_with(text, "#!"))
        result = make_executable(call->output, e);
    config_free(&config);
    return result;
}

static enum exit_status read_conf_options(const struct command *command, struct call *call,
                                          int argc, char **argv)
{
    static const struct option long_options[] = {
        {"output", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = next_option(command, long_options, argc, argv)) > 0)
        call->output = optarg;
    if (option < 0)
        return EXIT_USAGE;
    if (call->output && *call->output == '\0')
        return usage_error(command, "--output: '' is not the name of a file");
    return EXIT_DONE;
}

/* The interface is the argument with this INDEX, and the last one. */
static enum exit_status serve_conf_link(const struct command *command,
                                        const struct options *options, struct call *call, int argc,
                                        char **argv, int index)
{
    struct error e;

    if (index >= argc)
        return usage_error(command, "no interface");
    if (argc - index > 1)
        return usage_error(command, "one interface at a time, and '%s' is a second",
                           argv[index + 1]);
    if (!is_link_name(argv[index]))
        return usage_error(command, "'%s' cannot be the name of an interface", argv[index]);
    call->link = argv[index];
    return report_result(write_client_conf(options->config, call, &e), &e);
}

static enum exit_status run_client_conf(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_client_conf;
    struct call call = {.output = NULL};
    enum exit_status status = read_conf_options(command, &call, argc, argv);

    if (status != EXIT_DONE)
        return status;
    if (optind >= argc)
        return usage_error(command, "no client and no interface: one of " CLIENTS);
    call.client = client_find(argv[optind]);
    if (!call.client)
        return usage_error(command, "'%s' is not one of " CLIENTS, argv[optind]);
    return serve_conf_link(command, options, &call, argc, argv, optind + 1);
}

static enum exit_status run_dhcpcd_conf(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_dhcpcd_conf;
    struct call call = {.client = &client_dhcpcd};
    enum exit_status status = read_conf_options(command, &call, argc, argv);

    return status == EXIT_DONE ? serve_conf_link(command, options, &call, argc, argv, optind)
                               : status;
}

#define OUTPUT_HELP                                                                                \
    "\n"                                                                                           \
    "  --output FILE  replace FILE instead of printing, and only if all went well\n"

const struct command command_pd_nat_client_conf = {
    .name = "pd-nat client-conf",
    .arguments = "CLIENT INTERFACE [--output FILE]",
    .summary = "print what makes a client ask for the prefix of [pd-nat INTERFACE]",
    .help = "Prints what makes the client ask for a prefix on INTERFACE, with the length of\n"
            "internal_prefix, and run at every event\n"
            "  " CLIENT_HOOK "\n"
            "It touches nothing else of the host, not even /etc/resolv.conf. Comments show\n"
            "what the interface's own configuration needs. CLIENT is one of\n"
            "  dhcpcd    (9.1 and later) its /etc/dhcpcd.conf; write the file before you\n"
            "            install dhcpcd: without it, dhcpcd configures all interfaces\n"
            "  dhclient  (ISC) its dhclient.conf\n"
            "  odhcp6c   a script that runs it, as it has no configuration file\n"
            "  udhcpc6   (BusyBox) likewise\n"
            "  dhcp6c    (OPNsense's) its dhcp6c.conf\n"
            "  networkd  a .network file of systemd-networkd, for pd-nat watch\n" OUTPUT_HELP "\n"
            "Example: vif-route-ipv6 pd-nat client-conf dhcpcd eth0 --output /etc/dhcpcd.conf",
    .run = run_client_conf,
};

const struct command command_pd_nat_dhcpcd_conf = {
    .name = "pd-nat dhcpcd-conf",
    .arguments = "INTERFACE [--output FILE]",
    .summary = "the same as pd-nat client-conf dhcpcd INTERFACE",
    .help = "Prints a dhcpcd.conf that asks for the prefix of [pd-nat INTERFACE]: see\n"
            "vif-route-ipv6 pd-nat client-conf --help.\n" OUTPUT_HELP "\n"
            "Example: vif-route-ipv6 pd-nat dhcpcd-conf eth0 --output /etc/dhcpcd.conf",
    .run = run_dhcpcd_conf,
};
