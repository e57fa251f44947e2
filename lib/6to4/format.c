/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "6to4/format.h"

#include <arpa/inet.h>

#define NETWORKD "/etc/systemd/network"

/* ---- what both formats say ---- */

static void print_ipv4(const char *before, struct in_addr address, FILE *out)
{
    char text[INET_ADDRSTRLEN];

    fprintf(out, "%s%s\n", before, inet_ntop(AF_INET, &address, text, sizeof(text)));
}

static void print_prefix_line(const char *before, struct prefix prefix, FILE *out)
{
    char text[PREFIX_TEXT];

    fprintf(out, "%s%s\n", before, prefix_print(&prefix, text));
}

static void print_site_head(const struct sixtofour *site, FILE *out)
{
    char ipv4[INET_ADDRSTRLEN];
    char text[PREFIX_TEXT];
    struct prefix prefix = sixtofour_prefix(site);

    fprintf(out, "# 6to4 of %s, %s, by vif-route-ipv6 6to4 interfaces.\n",
            inet_ntop(AF_INET, &site->public_ipv4, ipv4, sizeof(ipv4)),
            prefix_print(&prefix, text));
    fputs(
        "# To forward: net.ipv6.conf.all.forwarding=1 in /etc/sysctl.d, after accept_ra=2 for an\n"
        "# uplink whose default route comes from router advertisements.\n",
        out);
    if (site->lan_count > 0)
        fputs("# To announce the LANs' networks on them: radvd or dnsmasq.\n", out);
}

/* The gateway is not the relay's own address, so a comment shows that. */
static void print_gateway(const struct sixtofour *site, const char *indent, const char *key,
                          FILE *out)
{
    struct in6_addr gateway = sixtofour_gateway(site);
    char relay[INET6_ADDRSTRLEN];
    char text[INET6_ADDRSTRLEN];

    fprintf(out, "%s# The relay %s, as Linux's tunnel wants it.\n", indent,
            address_print(&site->relay, relay));
    fprintf(out, "%s%s%s\n", indent, key, address_print(&gateway, text));
}

/* Prints BEFORE, the prefix and BEHIND for each 6to4 prefix that no packet may be sent to. */
static void print_unreachable(const struct sixtofour *site, const char *before, const char *behind,
                              FILE *out)
{
    struct prefix prefix;

    for (size_t i = 0; sixtofour_unreachable(site, i, &prefix); i++) {
        print_prefix_line(before, prefix, out);
        fputs(behind, out);
    }
}

/* ---- ifupdown ---- */

/*
 * ifupdown's method 6to4 knows no NAT gateway and always adds a route by the anycast relay.
 * v4tunnel with `endpoint any` makes the same device.
 */
static void print_ifupdown_tunnel(const struct sixtofour *site, FILE *out)
{
    fprintf(out, "auto %s\niface %s inet6 v4tunnel\n", site->device, site->device);
    print_prefix_line("    address ", sixtofour_tunnel_address(site), out);
    fputs("    endpoint any\n", out);
    print_ipv4("    local ", site->local_ipv4, out);
    fprintf(out, "    ttl %u\n    mtu %u\n", site->ttl, site->mtu);
    if (site->has_relay)
        print_gateway(site, "    ", "gateway ", out);
    fputs("    # IPv4 addresses that are not global (RFC 3964).\n", out);
    print_unreachable(site, "    up ip -6 route add unreachable ", "", out);
    print_unreachable(site, "    down ip -6 route del unreachable ", "", out);
}

static void print_ifupdown_file(const struct sixtofour *site, FILE *out)
{
    print_site_head(site, out);
    fprintf(out, "# /etc/network/interfaces.d/%s\n", site->device);
    print_ifupdown_tunnel(site, out);
    for (size_t i = 0; i < site->lan_count; i++) {
        const struct sixtofour_lan *lan = &site->lans[i];

        fprintf(out, "\nauto %s\niface %s inet6 static\n", lan->link, lan->link);
        print_prefix_line("    address ", sixtofour_lan_address(site, lan), out);
    }
}

/* ---- networkd ---- */

/* Independent: networkd need not manage the link that has the IPv4 address. */
static void print_netdev(const struct sixtofour *site, FILE *out)
{
    fprintf(out, "\n# " NETWORKD "/30-%s.netdev\n", site->device);
    fprintf(out, "[NetDev]\nName=%s\nKind=sit\nMTUBytes=%u\n", site->device, site->mtu);
    fputs("\n[Tunnel]\nIndependent=yes\n", out);
    print_ipv4("Local=", site->local_ipv4, out);
    fprintf(out, "Remote=any\nTTL=%u\n", site->ttl);
}

/* networkd does not know the kernel's route ::/96, by which the gateway is on the link. */
static void print_tunnel_network(const struct sixtofour *site, FILE *out)
{
    fprintf(out, "\n# " NETWORKD "/30-%s.network\n", site->device);
    fprintf(out, "[Match]\nName=%s\n\n[Network]\n", site->device);
    print_prefix_line("Address=", sixtofour_tunnel_address(site), out);
    if (site->has_relay) {
        fputs("\n[Route]\n", out);
        print_gateway(site, "", "Gateway=", out);
        fputs("GatewayOnLink=yes\n", out);
    }
    fputs("\n# IPv4 addresses that are not global (RFC 3964).\n", out);
    print_unreachable(site, "[Route]\nDestination=", "Type=unreachable\n", out);
}

/* networkd accepts router advertisements on a router, too, unless it is told not to. */
static void print_lan_network(const struct sixtofour *site, const struct sixtofour_lan *lan,
                              FILE *out)
{
    fprintf(out, "\n# " NETWORKD "/30-%s.network\n", lan->link);
    fputs("# networkd takes the first file that matches: if there is one, add this to it.\n", out);
    fprintf(out, "[Match]\nName=%s\n\n[Network]\nIPv6AcceptRA=no\n", lan->link);
    print_prefix_line("Address=", sixtofour_lan_address(site, lan), out);
}

static void print_networkd_files(const struct sixtofour *site, FILE *out)
{
    print_site_head(site, out);
    print_netdev(site, out);
    print_tunnel_network(site, out);
    for (size_t i = 0; i < site->lan_count; i++)
        print_lan_network(site, &site->lans[i], out);
}

static const struct sixtofour_format formats[] = {
    {"ifupdown", print_ifupdown_file},
    {"networkd", print_networkd_files},
};

const struct sixtofour_format *sixtofour_format_find(const char *name)
{
    return find_by_name(name, formats, ARRAY_SIZE(formats), sizeof(formats[0]));
}
