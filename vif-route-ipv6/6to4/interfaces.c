/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 interfaces: the tunnel and the LANs as the host's own network configuration has them, on
 * stdout. Needs no root, and no ipv6.cfg.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "6to4.h"
#include "6to4/format.h"
#include "base/ipv4.h"
#include "base/log.h"

struct call {
    const struct sixtofour_format *format;
    struct sixtofour site;
};

static const struct option long_options[] = {
    {"public", required_argument, NULL, 'p'},
    {"local", required_argument, NULL, 'o'},
    {"relay", required_argument, NULL, 'r'},
    {"lan", required_argument, NULL, 'l'},
    {"device", required_argument, NULL, 'd'},
    {"mtu", required_argument, NULL, 'm'},
    {"ttl", required_argument, NULL, 't'},
    {"format", required_argument, NULL, 'f'},
    {NULL, 0, NULL, 0},
};

/* The value is well formed, and refused for what it is. */
static enum exit_status refuse(const char *option, const struct error *e)
{
    log_error("--%s: %s", option, e->text);
    return EXIT_FAILED;
}

static enum exit_status malformed(const char *option, const struct error *e)
{
    return usage_error(&command_6to4_interfaces, "--%s: %s", option, e->text);
}

/* A malformed address is wrong usage; PARSE says which others are refused. */
static enum exit_status read_ipv4_option(const char *option, struct in_addr *out,
                                         int (*parse)(const char *, struct in_addr *,
                                                      struct error *))
{
    struct error e;

    if (ipv4_parse(optarg, out, &e) < 0)
        return malformed(option, &e);
    return parse(optarg, out, &e) < 0 ? refuse(option, &e) : EXIT_DONE;
}

/* IF=N; a link's name may have an '=' of its own. */
static enum exit_status read_lan_option(const char *text, struct call *call)
{
    const char *equals = strrchr(text, '=');
    char link[IF_NAMESIZE + 1]; /* one more: what is too long has to be seen */
    uint64_t subnet;
    struct error e;

    if (!equals)
        return usage_error(&command_6to4_interfaces, "--lan: '%s' is not IF=N", text);
    snprintf(link, sizeof(link), "%.*s", (int)(equals - text), text);
    if (!is_link_name(link))
        return usage_error(&command_6to4_interfaces, "--lan: '%s' cannot be the name of a link",
                           link);
    if (subnet_parse(equals + 1, &subnet, &e) < 0)
        return malformed("lan", &e);
    if (sixtofour_add_lan(&call->site, link, subnet, &e) < 0)
        return refuse("lan", &e);
    return EXIT_DONE;
}

static enum exit_status read_interfaces_option(int option, struct call *call)
{
    const struct command *command = &command_6to4_interfaces;
    struct sixtofour *site = &call->site;
    struct error e;

    switch (option) {
    case 'p':
        return read_ipv4_option("public", &site->public_ipv4, ipv4_parse_public);
    case 'o':
        return read_ipv4_option("local", &site->local_ipv4, ipv4_parse_own);
    case 'r':
        if (address_parse(optarg, &site->relay, &e) < 0)
            return malformed("relay", &e);
        site->has_relay = true;
        return relay_parse(optarg, &site->relay, &e) < 0 ? refuse("relay", &e) : EXIT_DONE;
    case 'l':
        return read_lan_option(optarg, call);
    case 'd':
        snprintf(site->device, sizeof(site->device), "%s", optarg);
        return is_link_name(optarg)
                   ? EXIT_DONE
                   : usage_error(command, "--device: '%s' cannot be the name of a link", optarg);
    case 'm':
        return tunnel_parse_mtu(optarg, &site->mtu, &e) < 0 ? malformed("mtu", &e) : EXIT_DONE;
    case 't':
        return tunnel_parse_ttl(optarg, &site->ttl, &e) < 0 ? malformed("ttl", &e) : EXIT_DONE;
    case 'f':
        call->format = sixtofour_format_find(optarg);
        return call->format
                   ? EXIT_DONE
                   : usage_error(command, "the formats are ifupdown and networkd, not '%s'",
                                 optarg);
    default:
        return EXIT_USAGE;
    }
}

/* Release CALL's site, also after a failure. */
static enum exit_status read_interfaces_call(int argc, char **argv, struct call *call)
{
    enum exit_status status = EXIT_DONE;
    int option;

    *call = (struct call){.format = sixtofour_format_find("ifupdown")};
    sixtofour_init(&call->site);
    while (status == EXIT_DONE &&
           (option = next_option(&command_6to4_interfaces, long_options, argc, argv)) != 0)
        status = read_interfaces_option(option, call);
    if (status != EXIT_DONE)
        return status;
    if (optind < argc)
        return usage_error(&command_6to4_interfaces, "'%s' is one word too many", argv[optind]);
    if (call->site.public_ipv4.s_addr == 0)
        return usage_error(&command_6to4_interfaces, "no --public IPV4");
    if (call->site.local_ipv4.s_addr == 0)
        call->site.local_ipv4 = call->site.public_ipv4;
    return EXIT_DONE;
}

static enum exit_status run_6to4_interfaces(const struct options *options, int argc, char **argv)
{
    struct call call;
    enum exit_status status = read_interfaces_call(argc, argv, &call);
    struct error e;

    (void)options;
    if (status == EXIT_DONE)
        status = report_result(sixtofour_judge(&call.site, &e), &e);
    if (status == EXIT_DONE) {
        sixtofour_warn(&call.site);
        call.format->print(&call.site, stdout);
    }
    sixtofour_free(&call.site);
    return status;
}

const struct command command_6to4_interfaces = {
    .name = "6to4 interfaces",
    .arguments = "--public IPV4 [OPTIONS]",
    .summary = "print the tunnel and the LANs for /etc/network/interfaces or networkd",
    .help = "Prints the host's network configuration for a 6to4 site: the tunnel with the\n"
            "address 2002:V4ADDR::1/16, and a /64 on each LAN. Changes nothing, and needs no\n"
            "root.\n"
            "\n"
            "  --public IPV4    the public address, of which the prefix is made\n"
            "  --local IPV4     the host's own address, if a NAT gateway has the public one\n"
            "  --relay IPV6     a relay's 6to4 address, for a default route; without it\n"
            "                   there is only a route to other 6to4 sites\n"
            "  --lan IF=N       a LAN, and its subnet's number, hexadecimal; may be given\n"
            "                   several times\n"
            "  --device NAME    the tunnel's name (tun6to4)\n"
            "  --mtu N          its MTU (1280)\n"
            "  --ttl N          the TTL of its IPv4 packets (64)\n"
            "  --format FORMAT  ifupdown (the default) or networkd\n"
            "\n"
            "Example: vif-route-ipv6 6to4 interfaces --public 192.0.2.4 --lan eth1=1f",
    .run = run_6to4_interfaces,
};
