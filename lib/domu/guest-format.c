/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/guest-format.h"

#include <string.h>

#define GATEWAY_TEXT (INET6_ADDRSTRLEN + 16) /* room for "%xennet65535" */

/* ---- the comments on top ---- */

static void print_guest_title(const struct guest_config *guest, FILE *out)
{
    char title[TITLE_TEXT];
    char destination[PREFIX_TEXT];
    char via[INET6_ADDRSTRLEN];

    make_printable((char *)section_title(guest->section, title));
    fprintf(out, "# IPv6 for %s, by vif-route-ipv6 guest-config.\n", title);
    for (size_t i = 0; i < guest->route_count; i++) {
        const struct route_spec *route = &guest->routes[i];

        prefix_print(&route->destination, destination);
        if (route->has_via)
            fprintf(out, "# dom0 routes %s to %s.\n", destination, address_print(&route->via, via));
        else
            fprintf(out, "# dom0 expects all of %s on this link.\n", destination);
    }
}

static const char *mac_of(const struct guest_config *guest)
{
    return guest->section->kind == SECTION_MAC ? guest->section->name : NULL;
}

/* The default route's gateway; with LINK, a link-local one gets the link's name as zone. */
static const char *gateway_of(const struct guest_config *guest, const char *link,
                              char text[static GATEWAY_TEXT])
{
    address_print(&guest->gateway, text);
    if (link && address_is_link_local(&guest->gateway))
        snprintf(text + strlen(text), GATEWAY_TEXT - strlen(text), "%%%s%d", link, guest->devid);
    return text;
}

/* Whether to configure resolvers and domains: not if they are advertised. */
static bool has_resolvers(const struct guest_config *guest)
{
    return guest->ra && !guest_hears(guest) && guest->ra->resolver_count > 0;
}

static bool has_domains(const struct guest_config *guest)
{
    return guest->ra && !guest_hears(guest) && guest->ra->domain_count > 0;
}

static void print_resolvers(const struct guest_config *guest, const char *before,
                            const char *between, const char *quote, const char *after, FILE *out)
{
    char text[INET6_ADDRSTRLEN];

    if (!has_resolvers(guest))
        return;
    fputs(before, out);
    for (size_t i = 0; i < guest->ra->resolver_count; i++)
        fprintf(out, "%s%s%s%s", i > 0 ? between : "", quote,
                address_print(&guest->ra->resolvers[i], text), quote);
    fputs(after, out);
}

static void print_domains(const struct guest_config *guest, const char *before, const char *between,
                          const char *after, FILE *out)
{
    if (!has_domains(guest))
        return;
    fputs(before, out);
    for (size_t i = 0; i < guest->ra->domain_count; i++)
        fprintf(out, "%s%s", i > 0 ? between : "", guest->ra->domains[i].name);
    fputs(after, out);
}

/* ---- the formats ---- */

/* A static address. The guest goes on to autoconfigure others, if it does. */
static void print_ifupdown_address(const struct guest_config *guest, size_t i, FILE *out)
{
    char address[PREFIX_TEXT];
    char gateway[GATEWAY_TEXT];

    fprintf(out, "\niface eth%d inet6 static\n", guest->devid);
    fprintf(out, "    address %s\n", prefix_print(&guest->addresses[i], address));
    if (guest_hears(guest))
        fputs("    accept_ra 1\n    autoconf 1\n", out);
    else if (i == 0)
        fprintf(out, "    gateway %s\n    accept_ra 0\n", gateway_of(guest, NULL, gateway));
    if (i > 0)
        return;
    print_resolvers(guest, "    dns-nameservers ", " ", "", "\n", out);
    print_domains(guest, "    dns-search ", " ", "\n", out);
}

/* The first of the interface's stanzas has the default route. */
static void print_guest_stanzas(const struct guest_config *guest, FILE *out)
{
    print_guest_title(guest, out);
    fprintf(out, "# Inside the domU: /etc/network/interfaces.d/eth%d-ipv6\n", guest->devid);
    fprintf(out, "# Newer systemd names the interface enX%d: then change it here.\n", guest->devid);
    fprintf(out, "auto eth%d\n", guest->devid);
    if (guest_hears(guest))
        fprintf(out, "\niface eth%d inet6 auto\n", guest->devid);
    for (size_t i = 0; i < guest->address_count; i++)
        print_ifupdown_address(guest, i, out);
}

static void print_network_file(const struct guest_config *guest, FILE *out)
{
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    fprintf(out, "# Inside the domU: /etc/systemd/network/10-eth%d.network\n", guest->devid);
    fputs("# Of all files that match an interface networkd takes the first: IPv4 goes here too.\n",
          out);
    if (mac_of(guest))
        fprintf(out, "[Match]\nMACAddress=%s\n", mac_of(guest));
    else
        fprintf(out, "[Match]\nName=eth%d enX%d\n", guest->devid, guest->devid);
    fprintf(out, "\n[Network]\nIPv6AcceptRA=%s\n", guest_hears(guest) ? "yes" : "no");
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "Address=%s\n", prefix_print(&guest->addresses[i], address));
    }
    print_resolvers(guest, "DNS=", " ", "", "\n", out);
    print_domains(guest, "Domains=", " ", "\n", out);
    if (guest_hears(guest))
        return;
    fprintf(out, "\n[Route]\nGateway=%s\n", gateway_of(guest, NULL, gateway));
    if (address_is_link_local(&guest->gateway))
        fputs("GatewayOnLink=yes\n", out);
}

/* What netplan and cloud-init have in common: everything but the default route. */
static void print_ethernet(const struct guest_config *guest, FILE *out)
{
    if (!mac_of(guest))
        fprintf(out, "# Newer systemd names the interface enX%d: then change it here.\n",
                guest->devid);
    fprintf(out, "network:\n  version: 2\n  ethernets:\n    eth%d:\n", guest->devid);
    if (mac_of(guest))
        fprintf(out, "      match:\n        macaddress: \"%s\"\n", mac_of(guest));
    fprintf(out, "      accept-ra: %s\n", guest_hears(guest) ? "true" : "false");
    if (guest->address_count > 0)
        fputs("      addresses:\n", out);
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "        - \"%s\"\n", prefix_print(&guest->addresses[i], address));
    }
    if (has_resolvers(guest) || has_domains(guest))
        fputs("      nameservers:\n", out);
    print_resolvers(guest, "        addresses: [", ", ", "\"", "]\n", out);
    print_domains(guest, "        search: [\"", "\", \"", "\"]\n", out);
}

/* "::/0" is what every netplan takes; "default" came later. */
static void print_netplan(const struct guest_config *guest, FILE *out)
{
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    fprintf(out, "# Inside the domU, mode 600: /etc/netplan/60-eth%d-ipv6.yaml\n", guest->devid);
    print_ethernet(guest, out);
    if (guest_hears(guest))
        return;
    fprintf(out, "      routes:\n        - to: \"::/0\"\n          via: \"%s\"\n",
            gateway_of(guest, NULL, gateway));
    if (address_is_link_local(&guest->gateway))
        fputs("          on-link: true\n", out);
}

/*
 * Version 22.4 makes ::/64 of a route to "::/0" and refuses "default"; gateway6, which all versions
 * read, is on the link for all of its renderers.
 */
static void print_cloud_init(const struct guest_config *guest, FILE *out)
{
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    fputs("# Network-config version 2: network-config of a NoCloud seed, or a file below\n"
          "# /etc/cloud/cloud.cfg.d. It is the guest's whole configuration: IPv4 goes here too.\n",
          out);
    print_ethernet(guest, out);
    if (!guest_hears(guest))
        fprintf(out, "      gateway6: \"%s\"\n", gateway_of(guest, NULL, gateway));
}

/* The BSDs have a file only for resolvers. */
static void print_resolv_conf(const struct guest_config *guest, FILE *out)
{
    print_resolvers(guest, "# /etc/resolv.conf: nameserver ", ", nameserver ", "", "\n", out);
    print_domains(guest, "# /etc/resolv.conf: search ", " ", "\n", out);
}

static void print_freebsd(const struct guest_config *guest, FILE *out)
{
    char address[INET6_ADDRSTRLEN];
    char gateway[GATEWAY_TEXT];
    const bool hears = guest_hears(guest);
    int devid = guest->devid;

    print_guest_title(guest, out);
    fputs("# Inside the domU: /etc/rc.conf\n", out);
    print_resolv_conf(guest, out);
    if (hears)
        fprintf(out, "ifconfig_xn%d_ipv6=\"inet6 accept_rtadv\"\nrtsold_enable=\"YES\"\n", devid);
    for (size_t i = 0; i < guest->address_count; i++) {
        const unsigned int length = guest->addresses[i].length;

        address_print(&guest->addresses[i].address, address);
        if (i == 0 && !hears)
            fprintf(out, "ifconfig_xn%d_ipv6=\"inet6 %s prefixlen %u\"\n", devid, address, length);
        else
            fprintf(out, "ifconfig_xn%d_alias%zu=\"inet6 %s prefixlen %u\"\n", devid, i - !hears,
                    address, length);
    }
    if (!hears)
        fprintf(out, "ipv6_defaultrouter=\"%s\"\n", gateway_of(guest, "xn", gateway));
}

static void print_openbsd(const struct guest_config *guest, FILE *out)
{
    char address[INET6_ADDRSTRLEN];
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    print_resolv_conf(guest, out);
    if (!guest_hears(guest))
        fprintf(out, "# /etc/mygate: %s\n", gateway_of(guest, "xnf", gateway));
    fprintf(out, "# Inside the domU: /etc/hostname.xnf%d\n", guest->devid);
    if (guest_hears(guest))
        fputs("inet6 autoconf\n", out);
    for (size_t i = 0; i < guest->address_count; i++)
        fprintf(out, "inet6 %s%s %u\n", i > 0 || guest_hears(guest) ? "alias " : "",
                address_print(&guest->addresses[i].address, address), guest->addresses[i].length);
}

/* On NetBSD, dhcpcd handles router advertisements. */
static void print_netbsd(const struct guest_config *guest, FILE *out)
{
    char address[INET6_ADDRSTRLEN];
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    print_resolv_conf(guest, out);
    if (guest_hears(guest))
        fputs("# /etc/rc.conf: dhcpcd=YES\n", out);
    else
        fprintf(out, "# /etc/mygate6: %s\n", gateway_of(guest, "xennet", gateway));
    fprintf(out, "# Inside the domU: /etc/ifconfig.xennet%d\nup\n", guest->devid);
    for (size_t i = 0; i < guest->address_count; i++)
        fprintf(out, "inet6 %s prefixlen %u alias\n",
                address_print(&guest->addresses[i].address, address), guest->addresses[i].length);
}

static void print_windows(const struct guest_config *guest, FILE *out)
{
    static const char interface[] = "interface=\"Ethernet\"";
    char address[PREFIX_TEXT];
    char gateway[GATEWAY_TEXT];

    print_guest_title(guest, out);
    fputs("# Inside the domU: netsh -f FILE. Name the interface as netsh interface show has it.\n",
          out);
    fprintf(out, "interface ipv6 set interface %s routerdiscovery=%s\n", interface,
            guest_hears(guest) ? "enabled" : "disabled");
    for (size_t i = 0; i < guest->address_count; i++)
        fprintf(out, "interface ipv6 add address %s address=%s\n", interface,
                prefix_print(&guest->addresses[i], address));
    if (!guest_hears(guest))
        fprintf(out, "interface ipv6 add route prefix=::/0 %s nexthop=%s\n", interface,
                gateway_of(guest, NULL, gateway));
    for (size_t i = 0; has_resolvers(guest) && i < guest->ra->resolver_count; i++)
        fprintf(out, "interface ipv6 add dnsservers name=\"Ethernet\" address=%s validate=no\n",
                address_print(&guest->ra->resolvers[i], address));
}

static const struct guest_format formats[] = {
    {"ifupdown", print_guest_stanzas}, {"networkd", print_network_file}, {"netplan", print_netplan},
    {"cloud-init", print_cloud_init},  {"freebsd", print_freebsd},       {"openbsd", print_openbsd},
    {"netbsd", print_netbsd},          {"windows", print_windows},
};

const struct guest_format *guest_format_find(const char *name)
{
    return find_by_name(name, formats, ARRAY_SIZE(formats), sizeof(formats[0]));
}
