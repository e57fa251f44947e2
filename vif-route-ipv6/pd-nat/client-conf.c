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

#include "base/replace.h"
#include "config/config.h"
#include "paths.h"
#include "pd-nat.h"
#include "pd-nat/duid.h"
#include "pd-nat/section.h"

#define HOOK HOOKDIR "/dhcpcd-hook" /* serves every client */

struct client {
    const char *name;
    bool is_configured_apart; /* the interface needs a configuration of its own */
    /* @w is the interface, @l the length, @i the IAID, @d a DUID for dhcpcd, and @@ is '@' */
    const char *text;
};

static const struct client clients[] = {
    /*
     * dhcpcd warns of each interface behind the prefix that does not exist (9.4.1), and of "-", so
     * none is named there.
     */
    {"dhcpcd", true,
     "# dhcpcd.conf for [pd-nat @w]: ask for a prefix there, and do nothing else.\n"
     "# Restart dhcpcd after a change.\n"
     "\n"
     "# Only here: given a second interface, dhcpcd would put addresses out of the prefix\n"
     "# on it. Each further interface needs a dhcpcd of its own: dhcpcd -f FILE INTERFACE.\n"
     "allowinterfaces @w\n"
     "ipv6only\n"
     "# Router advertisements are the kernel's; see below.\n"
     "noipv6rs\n"
     "# Takes the place of all of dhcpcd's own hooks. dhcpcd 9.1 and later want it up here.\n"
     "script " HOOK "\n"
     "@d"
     "slaac hwaddr\n"
     "# The interface keeps what it has when dhcpcd stops.\n"
     "persistent\n"
     "\n"
     "interface @w\n"
     "ia_pd @i/::/@l\n"
     "# dhcpcd asks for the provider's excluded prefix (RFC 6603) only if it gives out the\n"
     "# prefix itself. If a /64 of the delegation is the provider's link to you, pd-nat\n"
     "# status warns: choose another `part`, or do not use that subnet.\n"
     "# If the router sends Reconfigure when its own prefix changes, without authentication,\n"
     "# and all in this network are to be trusted:\n"
     "#noauthrequired\n"},
    {"dhclient", true,
     "# dhclient.conf for [pd-nat @w]: ask for a prefix there, and do nothing else. For\n"
     "#\n"
     "#     dhclient -6 -P --prefix-len-hint @l -cf FILE \\\n"
     "#         -lf /var/lib/dhcp/dhclient6-pd.@w.leases \\\n"
     "#         -pf /run/dhclient6-pd.@w.pid @w\n"
     "#\n"
     "# dhclient makes the IAID out of the MAC address, so leave `iaid` out of the section.\n"
     "# It sends nothing before the interface is up and has its link-local address.\n"
     "script \"" HOOK "\";\n"
     "request;\n"},
    {"odhcp6c", true,
     "#!/bin/sh\n"
     "# Runs odhcp6c for [pd-nat @w]: it asks for a prefix, and does nothing else. Its IAID\n"
     "# is 1 unless the command says otherwise.\n"
     "exec odhcp6c -N none -P @l -s " HOOK " @w\n"},
    /*
     * A reply that renumbers has the new prefix and the old one with lifetime 0. BusyBox puts both
     * into one variable, so its script sees only the last one, and it renews both for ever
     * (d6_dhcpc.c).
     */
    {"udhcpc6", true,
     "#!/bin/sh\n"
     "# Runs BusyBox's udhcpc6 for [pd-nat @w]: it asks for a prefix (-d). It also asks for an\n"
     "# address, which nobody configures: without one (-r no), BusyBox 1.37 crashes when it\n"
     "# renews the prefix. It cannot ask for a length, and reports no IAID.\n"
     "#\n"
     "# udhcpc6 runs this file at its events, too. When the provider renumbers, it reports only\n"
     "# the old prefix, with lifetime 0: it has to release the lease and ask anew.\n"
     "[ -x \"$0\" ] || { echo \"$0: make it executable: chmod +x $0\" >&2; exit 1; }\n"
     "[ $# -gt 0 ] || exec udhcpc6 -f -i @w -d -s \"$(readlink -f \"$0\")\"\n" HOOK " \"$@@\"\n"
     "[ \"$ipv6prefix_lease\" != 0 ] || { kill -USR2 $PPID; kill -USR1 $PPID; }\n"},
    {"dhcp6c", true,
     "# dhcp6c.conf for [pd-nat @w], for OPNsense's dhcp6c. The wide-dhcpv6-client of Debian\n"
     "# does not report prefixes to its script. This client reports neither its interface nor\n"
     "# lifetimes: have only one section.\n"
     "interface @w {\n"
     "    send ia-pd @i;\n"
     "    script \"" HOOK "\";\n"
     "};\n"
     "id-assoc pd @i {\n"
     "    prefix ::/@l infinity;\n"
     "};\n"},
    {"networkd", false,
     "# systemd.network(5) for [pd-nat @w]: systemd-networkd asks for a prefix, and pd-nat\n"
     "# watch follows it:\n"
     "#\n"
     "#     networkctl reload\n"
     "#     systemctl enable --now vif-route-ipv6-pd-nat-watch\n"
     "#\n"
     "# networkd reads one .network file per interface. If @w has one already, write this,\n"
     "# without [Match], to /etc/systemd/network/FILE.network.d/pd-nat.conf.\n"
     "[Match]\n"
     "Name=@w\n"
     "\n"
     "[Network]\n"
     "# yes, if IPv4 comes by DHCP, too\n"
     "DHCP=ipv6\n"
     "# The default route. A host that forwards accepts no advertisements by default.\n"
     "IPv6AcceptRA=yes\n"
     "\n"
     "[DHCPv6]\n"
     "PrefixDelegationHint=::/@l\n"
     "# Ask even if no advertisement says that there is DHCPv6.\n"
     "WithoutRA=solicit\n"},
};

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

#define DEFAULT_IAID   1
#define LONGEST_PREFIX 120 /* that dhcpcd can ask for */

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
        else if (*text == 'i')
            fprintf(out, "%" PRIu32, nat->has_iaid ? nat->iaid : DEFAULT_IAID);
        else if (*text == 'd')
            result = print_duid(nat, out, e);
    }
    return result;
}

static const struct client *find_client(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
        if (strcmp(clients[i].name, name) == 0)
            return &clients[i];
    return NULL;
}

static enum exit_status refuse_client(const struct command *command, const char *name)
{
    char known[128] = "";

    for (size_t i = 0; i < ARRAY_SIZE(clients); i++) {
        const size_t length = strlen(known);

        snprintf(known + length, sizeof(known) - length, "%s%s", i > 0 ? ", " : "",
                 clients[i].name);
    }
    if (!name)
        return usage_error(command, "no client and no interface: one of %s", known);
    return usage_error(command, "'%s' is not one of %s", name, known);
}

struct call {
    const struct client *client;
    const char *link;
    const char *output; /* or NULL: stdout */
};

static int write_section(const struct call *call, const struct pd_nat_section *nat, struct error *e)
{
    AUTO_FREE char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    int result;

    if (!out)
        return fail_memory(e);
    result = print_filled(call->client->text, nat, out, e);
    if (result == 0 && call->client->is_configured_apart)
        result = print_filled(interface_text, nat, out, e);
    if (fclose(out) != 0 && result == 0)
        result = fail_memory(e);
    if (result < 0)
        return result;
    if (call->output)
        return replace_file(call->output, text, e);
    fputs(text, stdout);
    return 0;
}

static int write_client_conf(const char *path, const struct call *call, struct error *e)
{
    struct config config;
    struct pd_nat_section nat;
    int result = config_read(path, &config, e);

    if (result == 0)
        result = pd_nat_read(&config, call->link, &nat, e);
    if (result == 0)
        result = write_section(call, &nat, e);
    config_free(&config);
    return result;
}

/* The options; argv[optind] is then the first argument. */
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
    const char *name;

    if (status != EXIT_DONE)
        return status;
    name = optind < argc ? argv[optind] : NULL;
    call.client = name ? find_client(name) : NULL;
    if (!call.client)
        return refuse_client(command, name);
    return serve_conf_link(command, options, &call, argc, argv, optind + 1);
}

static enum exit_status run_dhcpcd_conf(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_dhcpcd_conf;
    struct call call = {.client = clients}; /* dhcpcd */
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
            "  " HOOKDIR "/dhcpcd-hook\n"
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
