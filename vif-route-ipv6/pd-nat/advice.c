/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does not work although the rules are in force.
 */
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "core.h"
#include "sys/rtnl.h"

/* Without an answer of the kernel's there are none. The caller frees *ROUTES. */
static size_t read_routes(int family, struct route **routes)
{
    struct rtnl rtnl;
    size_t count = 0;

    if (rtnl_open(&rtnl, NULL) < 0)
        return 0;
    if (rtnl_routes(&rtnl, family, ANY_PROTOCOL, routes, &count, NULL) < 0)
        count = 0;
    rtnl_close(&rtnl);
    return count;
}

/* ---- an external prefix on the external link: by RFC 6603, or the link's own /64 ---- */

/* Nobody asks for neighbours on a point-to-point link. */
static bool has_neighbours(const char *link)
{
    AUTO_CLOSE int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_ifindex = 0};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
    return fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &request) == 0 &&
           !(request.ifr_flags & (IFF_NOARP | IFF_POINTOPOINT));
}

static void explain(const struct pd_nat_section *nat, const struct prefix *external,
                    const struct prefix *on_link, struct error *why)
{
    char seen[PREFIX_TEXT];
    char mapped[PREFIX_TEXT];
    char inside[PREFIX_TEXT];
    const struct pd_nat_mapping mapping = {.nat = *nat, .external = *external};
    const struct prefix internal = {pd_nat_other_side(&mapping, &on_link->address),
                                    on_link->length};

    prefix_print(on_link, seen);
    prefix_print(external, mapped);
    if (on_link->length <= external->length) {
        (void)fail(why, 0,
                   "%s: the external prefix %s is on-link here (%s), so the provider does not "
                   "route it to this host, and answers do not arrive without proxy NDP: ask for a "
                   "delegated prefix",
                   nat->link, mapped, seen);
        return;
    }
    (void)fail(why, 0,
               "%s: %s, a part of the external prefix %s, is on-link here, so the internal %s has "
               "no connectivity: do not use that subnet, or choose another part",
               nat->link, seen, mapped, prefix_print(&internal, inside));
}

/* A /128 is an address, and ::/0 without a router names no network. */
static bool is_network_of(const struct route *route, int link)
{
    return route->link == link && !route->has_via && !route->unreachable &&
           route->destination.length > 0 && route->destination.length < 128;
}

bool pd_nat_on_link(const struct pd_nat_section *nat, const struct prefix *external,
                    struct error *why)
{
    const unsigned int link = if_nametoindex(nat->link);
    AUTO_FREE struct route *routes = NULL;
    size_t count = 0;
    bool found = false;

    if (link > 0 && has_neighbours(nat->link))
        count = read_routes(AF_INET6, &routes);
    for (size_t i = 0; i < count && !found; i++) {
        found = is_network_of(&routes[i], (int)link) &&
                prefix_overlap(&routes[i].destination, external);
        if (found)
            explain(nat, external, &routes[i].destination, why);
    }
    return found;
}

/* ---- hosts and uplinks ---- */

bool pd_nat_loses_to_ipv4(const struct pd_nat_section *nat, struct error *why)
{
    AUTO_FREE struct route *routes = NULL;
    char text[PREFIX_TEXT];
    size_t count = 0;
    bool has_ipv4 = false;

    if (address_is_ula(&nat->internal.address))
        count = read_routes(AF_INET, &routes);
    for (size_t i = 0; i < count; i++) /* the default route: IPv4-mapped, so 96 bits */
        has_ipv4 |= routes[i].destination.length <= 96 && !routes[i].unreachable;
    if (has_ipv4)
        (void)fail(why, 0,
                   "%s: internal hosts that have IPv4 as well prefer it to the ULA prefix %s (RFC "
                   "6724): to have them use IPv6, see the labels for gai.conf in ipv6.cfg(5)",
                   nat->link, prefix_print(&nat->internal, text));
    return has_ipv4;
}

bool pd_nat_lacks_way_back(const struct config *config, struct error *why)
{
    const char *links[2] = {NULL, NULL};
    const char *link;
    size_t count = 0;
    struct rtnl rtnl;
    bool has_rule = true;

    for (size_t i = 0; count < 2 && (link = pd_nat_link(config, i)) != NULL; i++) {
        struct pd_nat_section nat;

        if (pd_nat_read(config, link, &nat, NULL) == 0 && (!nat.is_closed || nat.open_count > 0))
            links[count++] = link;
    }
    if (count < 2 || rtnl_open(&rtnl, NULL) < 0)
        return false;
    if (rtnl_has_mark_rule(&rtnl, &has_rule, NULL) < 0)
        has_rule = true;
    rtnl_close(&rtnl);
    if (!has_rule)
        (void)fail(why, 0,
                   "[pd-nat %s]: connections that come in by %s or %s are all answered by the one "
                   "that has the default route, and fail by the other: inbound = no there, or "
                   "route the answers by marks, as the example of two uplinks in "
                   "vif-route-ipv6-pd-nat(8) does",
                   links[1], links[0], links[1]);
    return !has_rule;
}

bool pd_nat_lacks_link(const char *link, struct error *why)
{
    char name[IF_NAMESIZE];
    const unsigned int index = if_nametoindex(link);

    if (index > 0 && (!if_indextoname(index, name) || strcmp(name, link) == 0))
        return false;
    if (index == 0)
        (void)fail(why, 0, "the interface does not exist now: the rules wait for it");
    else
        (void)fail(why, 0,
                   "only another name of interface %s, and rules need the first: [pd-nat %s]", name,
                   name);
    return true;
}
