/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "6to4/tunnel.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdlib.h>
#include <string.h>

#include "base/shell.h"
#include "domu/snapshot.h"

#define METRIC 1024 /* what the kernel gives a route by default: native IPv6 with less wins */

/* ---- what is there ---- */

/* Without marks, an address is the site's if it is on its device, or equals that of one of its
 * LANs. */
static void claim(const struct sixtofour *site, struct tunnel_actual *actual)
{
    for (size_t i = 0; i < actual->address_count; i++) {
        struct address *address = &actual->addresses[i];

        for (size_t j = 0; j < actual->sit_count; j++)
            if (actual->sits[j].index == address->link && tunnel_is_ours(&actual->sits[j]) &&
                !address_is_link_local(&address->prefix.address))
                address->protocol = SIXTOFOUR_PROTOCOL;
        for (size_t j = 0; site && j < site->lan_count; j++) {
            struct prefix wanted = sixtofour_lan_address(site, &site->lans[j]);

            if (prefix_equal(&address->prefix, &wanted))
                address->protocol = SIXTOFOUR_PROTOCOL;
        }
    }
}

int tunnel_gather(struct rtnl *rtnl, const struct sixtofour *site, struct tunnel_actual *out,
                  struct error *e)
{
    int result;

    *out = (struct tunnel_actual){.sits = NULL};
    result = rtnl_sits(rtnl, site ? site->device : "", &out->sits, &out->sit_count, e);
    if (result == 0)
        result = rtnl_links(rtnl, &out->links, &out->link_count, e);
    if (result == 0)
        result = rtnl_addresses(rtnl, AF_INET6, &out->addresses, &out->address_count, e);
    if (result == 0)
        result = rtnl_addresses(rtnl, AF_INET, &out->ipv4, &out->ipv4_count, e);
    if (result == 0)
        result =
            rtnl_routes(rtnl, AF_INET6, SIXTOFOUR_PROTOCOL, &out->routes, &out->route_count, e);
    if (result < 0) {
        tunnel_actual_free(out);
        return fail_within(e, result, "reading links, addresses and routes");
    }
    out->has_marks = release_keeps_marks();
    for (size_t i = 0; i < out->address_count; i++)
        out->has_marks |= out->addresses[i].protocol != 0;
    if (!out->has_marks)
        claim(site, out);
    return 0;
}

void tunnel_actual_free(struct tunnel_actual *actual)
{
    free(actual->sits);
    free(actual->links);
    free(actual->addresses);
    free(actual->ipv4);
    free(actual->routes);
    *actual = (struct tunnel_actual){.sits = NULL};
}

int tunnel_resolve(struct rtnl *rtnl, struct sixtofour *site, struct error *e)
{
    AUTO_FREE struct address *addresses = NULL;
    const char *refusal = "it has no IPv4 address";
    struct link link;
    size_t count = 0;
    int result;

    if (!*site->public_link)
        return 0;
    result = rtnl_link_by_name(rtnl, site->public_link, &link, e);
    if (result == 0)
        result = rtnl_addresses(rtnl, AF_INET, &addresses, &count, e);
    if (result < 0)
        return fail_within(e, result, "public_ipv4 = %s", site->public_link);
    for (size_t i = 0; i < count && refusal; i++)
        if (addresses[i].link == link.index && !(addresses[i].flags & IFA_F_SECONDARY)) {
            site->public_ipv4 = prefix_to_ipv4(&addresses[i].prefix.address);
            refusal = ipv4_refusal(site->public_ipv4);
        }
    if (refusal)
        return fail(e, EADDRNOTAVAIL,
                    "public_ipv4 = %s: no public address there (%s): behind a NAT gateway, write "
                    "the gateway's address, and local_ipv4",
                    site->public_link, refusal);
    if (site->local_ipv4.s_addr == 0)
        site->local_ipv4 = site->public_ipv4;
    return sixtofour_judge(site, e);
}

bool tunnel_is_ours(const struct sit *sit)
{
    return sit->is_sit && sit->group == TUNNEL_GROUP;
}

/* ---- the device ---- */

static bool same_device(const struct sit *a, const struct sit *b)
{
    return a->mtu == b->mtu && a->local.s_addr == b->local.s_addr &&
           a->remote.s_addr == b->remote.s_addr && a->ttl == b->ttl &&
           a->may_fragment == b->may_fragment;
}

int tunnel_plan_device(const struct sixtofour *site, const struct tunnel_actual *actual,
                       struct device_plan *out, struct error *e)
{
    *out = (struct device_plan){.wanted = {
                                    .is_sit = true,
                                    .group = TUNNEL_GROUP,
                                    .mtu = site->mtu,
                                    .local = site->local_ipv4,
                                    .ttl = (uint8_t)site->ttl,
                                    /* another TTL than the default needs DF: rtnl_sit_set() */
                                    .may_fragment = site->ttl == SIXTOFOUR_TTL,
                                }};
    memcpy(out->wanted.name, site->device, sizeof(out->wanted.name));
    for (size_t i = 0; i < actual->sit_count; i++) {
        const struct sit *sit = &actual->sits[i];
        char word[SHELL_WORD];

        if (strcmp(sit->name, site->device) != 0)
            continue;
        if (!tunnel_is_ours(sit))
            return fail(e, EEXIST,
                        "%s: another link has this name: choose another name with device = in "
                        "[6to4]%s%s",
                        site->device, sit->is_sit ? ", or ip link delete " : "",
                        sit->is_sit ? shell_word(site->device, word) : "");
        out->wanted.index = sit->index;
        out->change = !same_device(sit, &out->wanted);
        out->raise = !sit->up;
    }
    return 0;
}

/* ---- addresses and routes ---- */

const struct link *tunnel_find_link(const struct tunnel_actual *actual, const char *name)
{
    for (size_t i = 0; i < actual->link_count; i++)
        if (strcmp(actual->links[i].name, name) == 0)
            return &actual->links[i];
    return NULL;
}

static int want_address(struct desired *desired, const struct prefix *address)
{
    return array_append(&desired->gateways, &desired->gateway_count, address, sizeof(*address));
}

static int want_route(struct desired *desired, const struct route_spec *route)
{
    return array_append(&desired->routes, &desired->route_count, route, sizeof(*route));
}

/* Adds what SITE wants on LINK. The kernel keeps unreachable routes on lo. */
static int want_on(const struct sixtofour *site, const struct link *link, struct desired *desired)
{
    const struct route_spec relay = {
        .has_via = true, .via = sixtofour_gateway(site), .onlink = true};
    struct route_spec unreachable = {.unreachable = true};
    struct prefix address = sixtofour_tunnel_address(site);
    int result = 0;

    if (strcmp(link->name, site->device) == 0) {
        result = want_address(desired, &address);
        return result == 0 && site->has_relay ? want_route(desired, &relay) : result;
    }
    if (strcmp(link->name, "lo") == 0) {
        for (size_t i = 0; result == 0 && sixtofour_unreachable(site, i, &unreachable.destination);
             i++)
            result = want_route(desired, &unreachable);
        return result;
    }
    for (size_t i = 0; i < site->lan_count && result == 0; i++)
        if (strcmp(site->lans[i].link, link->name) == 0) {
            address = sixtofour_lan_address(site, &site->lans[i]);
            result = want_address(desired, &address);
        }
    return result;
}

static int select_link(const struct tunnel_actual *actual, int link, struct entries *out)
{
    int result = 0;

    for (size_t i = 0; i < actual->address_count && result == 0; i++)
        if (actual->addresses[i].link == link)
            result = entries_add(
                out, &(struct entry){.kind = ENTRY_ADDRESS, .address = actual->addresses[i]});
    for (size_t i = 0; i < actual->route_count && result == 0; i++)
        if (actual->routes[i].link == link)
            result =
                entries_add(out, &(struct entry){.kind = ENTRY_ROUTE, .route = actual->routes[i]});
    return result;
}

/* Adds to OUT the changes of one link: only the removals, or, without REMOVALS, only the others. */
static int plan_one(const struct sixtofour *site, const struct tunnel_actual *actual,
                    const struct link *link, bool removals, struct plan *out, struct error *e)
{
    const struct target target = {.link = link, .protocol = SIXTOFOUR_PROTOCOL, .metric = METRIC};
    struct actual own = {.has_marks = actual->has_marks};
    struct desired desired = {.gateways = NULL};
    struct plan plan = {.changes = NULL};
    int result = select_link(actual, link->index, &own.own);

    if (result == 0 && site)
        result = want_on(site, link, &desired);
    result = result < 0 ? fail_memory(e) : plan_link(&target, &desired, &own, &plan, e);
    for (size_t i = 0; i < plan.change_count && result == 0; i++)
        if ((plan.changes[i].kind == CHANGE_REMOVE) == removals &&
            array_append(&out->changes, &out->change_count, &plan.changes[i],
                         sizeof(plan.changes[i])) < 0)
            result = fail_memory(e);
    plan_free(&plan);
    desired_free(&desired);
    actual_free(&own);
    return result;
}

int tunnel_plan(const struct sixtofour *site, const struct tunnel_actual *actual, struct plan *out,
                struct error *e)
{
    int result = 0;

    *out = (struct plan){.changes = NULL};
    for (int removals = 0; removals < 2; removals++)
        for (size_t i = 0; i < actual->link_count && result == 0; i++)
            result = plan_one(site, actual, &actual->links[i], removals, out, e);
    if (result < 0)
        plan_free(out);
    return result;
}

const struct sixtofour_lan *tunnel_missing_lan(const struct sixtofour *site,
                                               const struct tunnel_actual *actual, size_t number)
{
    for (size_t i = 0; i < site->lan_count; i++)
        if (!tunnel_find_link(actual, site->lans[i].link) && number-- == 0)
            return &site->lans[i];
    return NULL;
}

bool tunnel_has_local(const struct sixtofour *site, const struct tunnel_actual *actual)
{
    for (size_t i = 0; i < actual->ipv4_count; i++)
        if (prefix_to_ipv4(&actual->ipv4[i].prefix.address).s_addr == site->local_ipv4.s_addr)
            return true;
    return false;
}
