/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/snapshot.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/utsname.h>

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->addresses);
    free(snapshot->routes);
    *snapshot = (struct snapshot){.addresses = NULL};
}

/* ---- the order ---- */

/* By link, and for each of these by prefix. */
#define DEFINE_ORDER(type, member)                                                                 \
    static int compare_##type(const void *a, const void *b)                                        \
    {                                                                                              \
        const struct type *left = a;                                                               \
        const struct type *right = b;                                                              \
        int order = (left->link > right->link) - (left->link < right->link);                       \
        return order ? order : prefix_compare(&left->member, &right->member);                      \
    }                                                                                              \
    /* The first of the ITEMS that is not of a link before LINK. */                                \
    static size_t first_##type(const struct type *items, size_t count, int link)                   \
    {                                                                                              \
        size_t low = 0;                                                                            \
        while (low < count) {                                                                      \
            size_t middle = low + (count - low) / 2;                                               \
            if (items[middle].link < link)                                                         \
                low = middle + 1;                                                                  \
            else                                                                                   \
                count = middle;                                                                    \
        }                                                                                          \
        return low;                                                                                \
    }
DEFINE_ORDER(address, prefix)
DEFINE_ORDER(route, destination)

/* Whether the kernel made the route for an address of the same link, which stands for both. */
static bool is_of_address(const struct snapshot *snapshot, const struct route *route)
{
    if (route->protocol != RTPROT_KERNEL || prefix_is_ipv4(&route->destination))
        return false;
    for (size_t i = first_address(snapshot->addresses, snapshot->address_count, route->link);
         i < snapshot->address_count && snapshot->addresses[i].link == route->link; i++) {
        struct prefix network = prefix_network(&snapshot->addresses[i].prefix);

        if (prefix_equal(&network, &route->destination))
            return true;
    }
    return false;
}

static void put_in_order(struct snapshot *snapshot)
{
    size_t kept = 0;

    if (snapshot->address_count > 0)
        qsort(snapshot->addresses, snapshot->address_count, sizeof(*snapshot->addresses),
              compare_address);
    for (size_t i = 0; i < snapshot->route_count; i++)
        if (!is_of_address(snapshot, &snapshot->routes[i]))
            snapshot->routes[kept++] = snapshot->routes[i];
    snapshot->route_count = kept;
    if (kept > 0)
        qsort(snapshot->routes, kept, sizeof(*snapshot->routes), compare_route);
}

/* ---- the kernel ---- */

static int read_family(struct rtnl *rtnl, int family, struct snapshot *out, struct error *e)
{
    int result = rtnl_addresses(rtnl, family, &out->addresses, &out->address_count, e);

    return result < 0 ? result
                      : rtnl_routes(rtnl, family, ANY_PROTOCOL, &out->routes, &out->route_count, e);
}

int snapshot_take(struct rtnl *rtnl, enum families families, struct snapshot *out, struct error *e)
{
    int result = 0;

    *out = (struct snapshot){.addresses = NULL};
    if (families & FAMILY_IPV6)
        result = read_family(rtnl, AF_INET6, out, e);
    if (result == 0 && families & FAMILY_IPV4)
        result = read_family(rtnl, AF_INET, out, e);
    if (result < 0) {
        snapshot_free(out);
        (void)fail_within(e, result, "reading addresses and routes");
        return result;
    }
    put_in_order(out);
    return 0;
}

int snapshot_select(const struct snapshot *snapshot, int link, struct actual *out)
{
    for (size_t i = first_address(snapshot->addresses, snapshot->address_count, link);
         i < snapshot->address_count && snapshot->addresses[i].link == link; i++) {
        struct address *slot = array_add(&out->addresses, &out->address_count, sizeof(*slot));

        if (!slot)
            return -ENOMEM;
        *slot = snapshot->addresses[i];
    }
    for (size_t i = first_route(snapshot->routes, snapshot->route_count, link);
         i < snapshot->route_count && snapshot->routes[i].link == link; i++) {
        struct route *slot;

        if (snapshot->routes[i].protocol != SUITE_PROTOCOL)
            continue;
        slot = array_add(&out->routes, &out->route_count, sizeof(*slot));
        if (!slot)
            return -ENOMEM;
        *slot = snapshot->routes[i];
    }
    return 0;
}

size_t snapshot_count(const struct snapshot *snapshot)
{
    return snapshot->address_count + snapshot->route_count;
}

struct entry snapshot_entry(const struct snapshot *snapshot, size_t i)
{
    if (i < snapshot->address_count)
        return (struct entry){.kind = ENTRY_ADDRESS, .address = snapshot->addresses[i]};
    return (struct entry){.kind = ENTRY_ROUTE,
                          .route = snapshot->routes[i - snapshot->address_count]};
}

bool snapshot_keeps_marks(const struct snapshot *snapshot)
{
    struct utsname system;
    unsigned long major;
    unsigned long minor;
    char *rest;

    for (size_t i = 0; i < snapshot->address_count; i++)
        if (snapshot->addresses[i].protocol != 0)
            return true;
    if (uname(&system) < 0)
        return false;
    major = strtoul(system.release, &rest, 10);
    minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return major > 5 || (major == 5 && minor >= 18);
}

static bool is_configured(const struct config *config, const struct prefix *prefix)
{
    const struct prefix *base = config_prefix(config, NULL);
    struct prefix subnet;

    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count; j++) {
            const struct setting *setting = &config->sections[i]->settings[j];

            for (size_t k = 0; k < setting->count; k++)
                if ((setting->key == KEY_GATEWAY && prefix_equal(&setting->prefixes[k], prefix)) ||
                    (setting->key == KEY_SUBNET && base &&
                     prefix_subnet(base, setting->numbers[k], &subnet) == 0 &&
                     prefix_equal(&subnet, prefix)))
                    return true;
        }
    return false;
}

void claim_configured(const struct config *config, struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_configured(config, &addresses[i].prefix))
            addresses[i].protocol = SUITE_PROTOCOL;
}
