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
    bool has_public;
    bool has_local;
    struct sixtofour site;
};

enum {
    OPTION_PUBLIC = 256,
    OPTION_LOCAL,
    OPTION_RELAY,
    OPTION_LAN,
    OPTION_DEVICE,
    OPTION_MTU,
    OPTION_TTL,
    OPTION_FORMAT,
};

static const struct option long_options[] = {
    {"public", required_argument, NULL, OPTION_PUBLIC},
    {"local", required_argument, NULL, OPTION_LOCAL},
    {"relay", required_argument, NULL, OPTION_RELAY},
    {"lan", required_argument, NULL, OPTION_LAN},
    {"device", required_argument, NULL, OPTION_DEVICE},
    {"mtu", required_argument, NULL, OPTION_MTU},
    {"ttl", required_argument, NULL, OPTION_TTL},
    {"format", required_argument, NULL, OPTION_FORMAT},
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

/* An address that is malformed is wrong usage; PARSE says which others are refused. */
static enum exit_status read_ipv4_option(const char *option, struct in_addr *out,
                                         int (*parse)(const char *, struct in_addr *,
                                                      struct error *))
{
    struct error e;

    if (ipv4_parse(optarg, out, &e) < 0)
        return malformed(option, &e);
    return parse(optarg, out, &e) < 0 ? refuse(option, &e) : EXIT_DONE;
}

static enum exit_status read_relay_option(const char *text, struct call *call)
{
    struct error e;

    if (address_parse(text, &call->site.relay, &e) < 0)
        return malformed("relay", &e);
    if (relay_parse(text, &call->site.relay, &e) < 0)
        return refuse("relay", &e);
    call->site.has_relay = true;
    return EXIT_DONE;
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

static enum exit_status read_device_option(const char *text, struct call *call)
{
    if (!is_link_name(text))
        return usage_error(&command_6to4_interfaces, "--device: '%s' cannot be the name of a link",
                           text);
    snprintf(call->site.device, sizeof(call->site.device), "%s", text);
    return EXIT_DONE;
}

static enum exit_status read_format_option(const char *text, struct call *call)
{
    call->format = sixtofour_format_find(text);
    if (call->format)
        return EXIT_DONE;
    return usage_error(&command_6to4_interfaces, "the formats are ifupdown and networkd, not '%s'",
                       text);
}

static enum exit_status read_interfaces_option(int option, struct call *call)
{
    struct error e;

    switch (option) {
    case OPTION_PUBLIC:
        call->has_public = true;
        return read_ipv4_option("public", &call->site.public_ipv4, ipv4_parse_public);
    case OPTION_LOCAL:
        call->has_local = true;
        return read_ipv4_option("local", &call->site.local_ipv4, ipv4_parse_own);
    case OPTION_RELAY:
        return read_relay_option(optarg, call);
    case OPTION_LAN:
        return read_lan_option(optarg, call);
    case OPTION_DEVICE:
        return read_device_option(optarg, call);
    case OPTION_MTU:
        return tunnel_parse_mtu(optarg, &call->site.mtu, &e) < 0 ? malformed("mtu", &e) : EXIT_DONE;
    case OPTION_TTL:
        return tunnel_parse_ttl(optarg, &call->site.ttl, &e) < 0 ? malformed("ttl", &e) : EXIT_DONE;
    case OPTION_FORMAT:
        return read_format_option(optarg, call);
    default:
        return EXIT_USAGE;
    }
}

/* CALL's site is to be released whatever comes of it. */
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
    if (!call->has_public)
        return usage_error(&command_6to4_interfaces, "no --public IPV4");
    if (!call->has_local)
        call->site.local_ipv4 = call->site.public_ipv4;
    return EXIT_DONE;
}

static enum exit_status print_site(const struct call *call)
{
    struct error e;

    if (sixtofour_judge(&call->site, &e) < 0) {
        log_failure(&e);
        return EXIT_FAILED;
    }
    sixtofour_warn(&call->site);
    call->format->print(&call->site, stdout);
    return EXIT_DONE;
}

static enum exit_status run_6to4_interfaces(const struct options *options, int argc, char **argv)
{
    struct call call;
    enum exit_status status = read_interfaces_call(argc, argv, &call);

    (void)options;
    if (status == EXIT_DONE)
        status = print_site(&call);
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
