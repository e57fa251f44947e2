/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/advert.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "base/lines.h"
#include "base/shell.h"
#include "sys/sysctl.h"

#define KERNEL_RA 2 /* IFAPROT_KERNEL_RA, since Linux 5.18 */

/* ---- dom0's own default route ---- */

static int counts_advertisements(void *context, char *line)
{
    unsigned long count = 0;

    (void)context;
    return sscanf(line, "Icmp6InRouterAdvertisements %lu", &count) == 1 && count > 0;
}

/* Whether the link has received an advertisement. */
static bool hears_routers(const char *link)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/net/dev_snmp6/%s", link);
    return lines_visit(path, counts_advertisements, NULL) != 0;
}

static bool is_default(const struct route *route)
{
    return route->destination.length == 0 && !route->unreachable;
}

static bool has_default(const struct route *routes, size_t count, int link)
{
    for (size_t i = 0; i < count; i++)
        if (is_default(&routes[i]) && (link == 0 || routes[i].link == link))
            return true;
    return false;
}

int advert_routes(struct rtnl *rtnl, struct route **out, size_t *count, struct error *e)
{
    return rtnl_routes(rtnl, AF_INET6, RTPROT_RA, out, count, e);
}

/* Whether the host may have lost a default route: it forwards, and has none of any protocol. */
static int find_loss(struct rtnl *rtnl, bool *is_lost, struct error *e)
{
    AUTO_FREE struct route *routes = NULL;
    size_t count = 0;
    int result;

    *is_lost = false;
    if (!sysctl_is_on("ipv6", "all", "forwarding"))
        return 0;
    result = rtnl_routes(rtnl, AF_INET6, ANY_PROTOCOL, &routes, &count, e);
    *is_lost = !has_default(routes, count, 0);
    return result;
}

int advert_uplinks(struct rtnl *rtnl, struct uplink **out, size_t *count, struct error *e)
{
    AUTO_FREE struct link *links = NULL;
    AUTO_FREE struct route *routes = NULL;
    size_t link_count = 0;
    size_t route_count = 0;
    bool is_lost = false;
    int result = rtnl_links(rtnl, &links, &link_count, e);

    if (result == 0)
        result = advert_routes(rtnl, &routes, &route_count, e);
    if (result == 0 && !has_default(routes, route_count, 0))
        result = find_loss(rtnl, &is_lost, e);
    for (size_t i = 0; i < link_count && result == 0; i++) {
        const char *name = links[i].name;
        const bool forwards = sysctl_is_on("ipv6", name, "forwarding");
        const bool has = has_default(routes, route_count, links[i].index);
        struct uplink uplink = {.state = !has       ? UPLINK_LOST
                                         : forwards ? UPLINK_EXPIRING
                                                    : UPLINK_AT_RISK};

        memcpy(uplink.name, name, sizeof(uplink.name));
        if (sysctl_is_on("ipv6", name, "accept_ra") &&
            (has || (forwards && is_lost && hears_routers(name))) &&
            array_append(out, count, &uplink, sizeof(uplink)) < 0)
            result = fail_memory(e);
    }
    return result;
}

/* For a link name with dots, the separators are slashes (sysctl.d(5)). */
static void print_accept_ra(FILE *stream, const char *link)
{
    char word[SHELL_WORD];

    fprintf(stream,
            strchr(link, '.') ? "net/ipv6/conf/%s/accept_ra=2" : "net.ipv6.conf.%s.accept_ra=2",
            shell_word(link, word));
}

char *advert_remedy(const struct uplink *uplinks, size_t count, bool forward)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);

    if (!stream)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        fputs(i == 0 ? "sysctl -w " : " && sysctl -w ", stream);
        print_accept_ra(stream, uplinks[i].name);
    }
    if (forward)
        fprintf(stream, "%ssysctl -w net.ipv6.conf.all.forwarding=1", count > 0 ? " && " : "");
    fputs("; and for each boot: printf '%s\\n'", stream);
    for (size_t i = 0; i < count; i++) {
        fputc(' ', stream);
        print_accept_ra(stream, uplinks[i].name);
    }
    fprintf(stream, "%s >>" SYSCTL_FILE, forward ? " net.ipv6.conf.all.forwarding=1" : "");
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- what a guest sent ---- */

static bool is_advertised(const struct address *address)
{
    if (address->protocol == KERNEL_RA)
        return true;
    /* networkd and NetworkManager set a lifetime, and add the route themselves */
    return address->protocol != SUITE_PROTOCOL && !(address->flags & IFA_F_PERMANENT) &&
           address->flags & IFA_F_NOPREFIXROUTE;
}

int advert_describe(const struct link *link, const struct route *routes, size_t route_count,
                    const struct address *addresses, size_t address_count, char **out)
{
    char word[SHELL_WORD];
    char what[PREFIX_TEXT] = "";
    const char *kind = "the route ";

    *out = NULL;
    for (size_t i = 0; i < address_count; i++)
        if (addresses[i].link == link->index && is_advertised(&addresses[i])) {
            kind = "the address ";
            prefix_print(&addresses[i].prefix, what);
        }
    for (size_t i = 0; i < route_count; i++)
        if (routes[i].link == link->index && (!*what || is_default(&routes[i]))) {
            kind = is_default(&routes[i]) ? "the default route " : "the route ";
            prefix_print(&routes[i].destination, what);
        }
    if (!*what)
        return 0;
    *out =
        format_string("%s%s comes from a router advertisement of the guest: let no network "
                      "manager handle the vif (vif-route-ipv6 check names the file), then: ip -6 "
                      "route flush dev %s proto ra && ip -6 address flush dev %s dynamic",
                      kind, what, shell_word(link->name, word), word);
    return *out ? 0 : -ENOMEM;
}
