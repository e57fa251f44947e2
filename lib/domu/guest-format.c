/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/guest-format.h"

#include <string.h>

#define TITLE_SIZE 256 /* a longer name is cut: it is only for the reader */

/* ---- the comments on top ---- */

static void print_route(const struct route_spec *route, FILE *out)
{
    char destination[PREFIX_TEXT];
    char via[INET6_ADDRSTRLEN];

    prefix_print(&route->destination, destination);
    if (route->has_via)
        fprintf(out, "# dom0 routes %s to %s.\n", destination, address_print(&route->via, via));
    else
        fprintf(out, "# dom0 expects all of %s on this link.\n", destination);
}

static void print_head(const struct guest_config *guest, FILE *out)
{
    char title[TITLE_SIZE];

    make_printable((char *)section_title(guest->section, title, sizeof(title)));
    fprintf(out, "# IPv6 for %s, by vif-route-ipv6 guest-config.\n", title);
    for (size_t i = 0; i < guest->route_count; i++)
        print_route(&guest->routes[i], out);
}

static const char *mac_of(const struct guest_config *guest)
{
    return guest->section->kind == SECTION_MAC ? guest->section->name : NULL;
}

/* ---- the formats ---- */

/* The stanzas of one interface add up; its default route stands in the first one. */
static void print_ifupdown(const struct guest_config *guest, FILE *out)
{
    char gateway[INET6_ADDRSTRLEN];

    print_head(guest, out);
    fprintf(out, "# Inside the domU: /etc/network/interfaces.d/eth%d-ipv6\n", guest->devid);
    fprintf(out, "# Newer systemd names the interface enX%d: then change it here.\n", guest->devid);
    fprintf(out, "auto eth%d\n", guest->devid);
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "\niface eth%d inet6 static\n", guest->devid);
        fprintf(out, "    address %s\n", prefix_print(&guest->addresses[i], address));
        if (i == 0)
            fprintf(out, "    gateway %s\n    accept_ra 0\n",
                    address_print(&guest->gateway, gateway));
    }
}

static void print_networkd(const struct guest_config *guest, FILE *out)
{
    char gateway[INET6_ADDRSTRLEN];

    print_head(guest, out);
    fprintf(out, "# Inside the domU: /etc/systemd/network/10-eth%d.network\n", guest->devid);
    fputs("# Of all files that match an interface networkd takes the first: IPv4 goes here too.\n",
          out);
    if (mac_of(guest))
        fprintf(out, "[Match]\nMACAddress=%s\n", mac_of(guest));
    else
        fprintf(out, "[Match]\nName=eth%d enX%d\n", guest->devid, guest->devid);
    fputs("\n[Network]\nIPv6AcceptRA=no\n", out);
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "Address=%s\n", prefix_print(&guest->addresses[i], address));
    }
    fprintf(out, "\n[Route]\nGateway=%s\n", address_print(&guest->gateway, gateway));
    if (address_is_link_local(&guest->gateway))
        fputs("GatewayOnLink=yes\n", out);
}

/* "::/0" is what every netplan takes; "default" came later. */
static void print_netplan(const struct guest_config *guest, FILE *out)
{
    char gateway[INET6_ADDRSTRLEN];

    print_head(guest, out);
    fprintf(out, "# Inside the domU, mode 600: /etc/netplan/60-eth%d-ipv6.yaml\n", guest->devid);
    if (!mac_of(guest))
        fprintf(out, "# Newer systemd names the interface enX%d: then change it here.\n",
                guest->devid);
    fprintf(out, "network:\n  version: 2\n  ethernets:\n    eth%d:\n", guest->devid);
    if (mac_of(guest))
        fprintf(out, "      match:\n        macaddress: \"%s\"\n", mac_of(guest));
    fputs("      accept-ra: false\n      addresses:\n", out);
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "        - \"%s\"\n", prefix_print(&guest->addresses[i], address));
    }
    fprintf(out, "      routes:\n        - to: \"::/0\"\n          via: \"%s\"\n",
            address_print(&guest->gateway, gateway));
    if (address_is_link_local(&guest->gateway))
        fputs("          on-link: true\n", out);
}

static const struct guest_format formats[] = {
    {"ifupdown", print_ifupdown},
    {"networkd", print_networkd},
    {"netplan", print_netplan},
};

const struct guest_format *guest_format_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}
