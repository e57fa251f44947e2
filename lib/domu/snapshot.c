/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/snapshot.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/utsname.h>

static int compare_by_link(const void *a, const void *b)
{
    const struct entry *left = a;
    const struct entry *right = b;
    int order = (entry_link(left) > entry_link(right)) - (entry_link(left) < entry_link(right));

    if (order == 0)
        order = (left->kind > right->kind) - (left->kind < right->kind);
    return order ? order : prefix_compare(entry_prefix(left), entry_prefix(right));
}

static int compare_with_link(const void *key, const void *item)
{
    const int link = *(const int *)key;
    const int other = entry_link(item);

    return (link > other) - (link < other);
}

/* The first of the sorted ENTRIES whose link is LINK or a later one. */
static size_t find_first(const struct entries *entries, int link)
{
    return lower_bound(&link, entries->items, entries->count, sizeof(*entries->items),
                       compare_with_link);
}

static int append_addresses(struct rtnl *rtnl, int family, struct entries *out, struct error *e)
{
    AUTO_FREE struct address *addresses = NULL;
    size_t count = 0;
    int result = rtnl_addresses(rtnl, family, &addresses, &count, e);

    for (size_t i = 0; i < count && result == 0; i++)
        if (entries_add(out, &(struct entry){.kind = ENTRY_ADDRESS, .address = addresses[i]}) < 0)
            result = fail_memory(e);
    return result;
}

/* Whether the kernel made the route for an address of the link: that address represents both. */
static bool is_of_address(const struct entries *addresses, const struct route *route)
{
    if (route->protocol != RTPROT_KERNEL || prefix_is_ipv4(&route->destination))
        return false;
    for (size_t i = find_first(addresses, route->link);
         i < addresses->count && entry_link(&addresses->items[i]) == route->link; i++) {
        struct prefix network = prefix_network(entry_prefix(&addresses->items[i]));

        if (addresses->items[i].kind == ENTRY_ADDRESS &&
            prefix_equal(&network, &route->destination))
            return true;
    }
    return false;
}

static void sort_by_link(struct entries *entries)
{
    sort_array(entries->items, entries->count, sizeof(*entries->items), compare_by_link);
}

/* Adds the announced routes outside the main table. */
static int read_other_tables(struct rtnl *rtnl, struct route **routes, size_t *count,
                             struct error *e)
{
    const size_t first = *count;
    size_t kept = first;
    int result = rtnl_routes(rtnl, AF_INET6, ANNOUNCE_PROTOCOL, routes, count, e);

    for (size_t i = first; i < *count; i++)
        if ((*routes)[i].table)
            (*routes)[kept++] = (*routes)[i];
    *count = kept;
    return result;
}

static int read_family(struct rtnl *rtnl, int family, struct entries *out, struct error *e)
{
    AUTO_FREE struct route *routes = NULL;
    struct entries addresses;
    size_t count = 0;
    int result = append_addresses(rtnl, family, out, e);

    if (result < 0)
        return result;
    sort_by_link(out);
    addresses = *out; /* as it is before routes are added: those stay at the front */
    result = rtnl_routes(rtnl, family, ANY_PROTOCOL, &routes, &count, e);
    if (result == 0 && family == AF_INET6)
        result = read_other_tables(rtnl, &routes, &count, e);
    for (size_t i = 0; i < count && result == 0; i++) {
        addresses.items = out->items;
        if (!is_of_address(&addresses, &routes[i]) &&
            entries_add(out, &(struct entry){.kind = ENTRY_ROUTE, .route = routes[i]}) < 0)
            result = fail_memory(e);
    }
    return result;
}

int snapshot_take(struct rtnl *rtnl, enum families families, struct entries *out, struct error *e)
{
    int result = 0;

    *out = (struct entries){.items = NULL};
    if (families & FAMILY_IPV6)
        result = read_family(rtnl, AF_INET6, out, e);
    if (result == 0 && families & FAMILY_IPV4)
        result = read_family(rtnl, AF_INET, out, e);
    if (result < 0) {
        entries_free(out);
        return fail_within(e, result, "reading addresses and routes");
    }
    sort_by_link(out);
    return 0;
}

int snapshot_select(const struct entries *snapshot, int link, struct entries *out)
{
    int result = 0;

    for (size_t i = find_first(snapshot, link);
         i < snapshot->count && entry_link(&snapshot->items[i]) == link && result == 0; i++)
        if (snapshot->items[i].kind == ENTRY_ADDRESS || entry_is_marked(&snapshot->items[i]))
            result = entries_add(out, &snapshot->items[i]);
    return result;
}

bool snapshot_keeps_marks(const struct entries *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        if (snapshot->items[i].kind == ENTRY_ADDRESS && entry_protocol(&snapshot->items[i]) != 0)
            return true;
    return release_keeps_marks();
}

bool release_keeps_marks(void)
{
    struct utsname system;
    unsigned long major;
    unsigned long minor;
    char *rest;

    if (uname(&system) < 0)
        return false;
    major = strtoul(system.release, &rest, 10);
    minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return major > 5 || (major == 5 && minor >= 18);
}

static bool is_in_config(const struct config *config, const struct prefix *prefix)
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

void claim_configured(const struct config *config, struct entry *entry)
{
    if (entry->kind == ENTRY_ADDRESS && is_in_config(config, &entry->address.prefix))
        entry->address.protocol = SUITE_PROTOCOL;
}

/* ---- neighbours ---- */

static int compare_prefixes(const void *a, const void *b)
{
    return prefix_compare(entry_prefix(a), entry_prefix(b));
}

static void sort_by_prefix(struct entries *entries)
{
    sort_array(entries->items, entries->count, sizeof(*entries->items), compare_prefixes);
}

static int compare_with_prefix(const void *key, const void *item)
{
    return prefix_compare(key, entry_prefix(item));
}

/* The first of the sorted ENTRIES that does not come before PREFIX. */
static size_t find_prefix(const struct entries *entries, const struct prefix *prefix)
{
    return lower_bound(prefix, entries->items, entries->count, sizeof(*entries->items),
                       compare_with_prefix);
}

static int append_neighbours(struct rtnl *rtnl, enum entry_kind kind, int link, struct entries *out,
                             struct error *e)
{
    AUTO_FREE struct neighbour *neighbours = NULL;
    size_t count = 0;
    int result = rtnl_neighbours(rtnl, link, kind == ENTRY_PROXY, &neighbours, &count, e);

    for (size_t i = 0; i < count && result == 0; i++)
        if (entries_add(out, &(struct entry){.kind = kind, .neighbour = neighbours[i]}) < 0)
            result = fail_memory(e);
    return result;
}

int neighbours_read(struct rtnl *rtnl, int link, struct entries *out, struct error *e)
{
    int result;

    *out = (struct entries){.items = NULL};
    result = append_neighbours(rtnl, ENTRY_PROXY, 0, out, e);
    if (result == 0 && link != NO_LINK)
        result = append_neighbours(rtnl, ENTRY_NEIGHBOUR, link, out, e);
    if (result < 0) {
        entries_free(out);
        return fail_within(e, result, "reading neighbours");
    }
    sort_by_prefix(out);
    return 0;
}

bool is_host_route(const struct entry *entry)
{
    return entry->kind == ENTRY_ROUTE && entry_is_marked(entry) && !entry->route.has_via &&
           entry->route.destination.length == 128 && !prefix_is_ipv4(&entry->route.destination);
}

bool have_host_route(const struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++)
        if (is_host_route(&entries->items[i]))
            return true;
    return false;
}

/* ADDRESS is a copy: the caller's may be in OUT, which grows. */
static int add_for_address(const struct entries *neighbours, struct prefix address, int link,
                           struct entries *out)
{
    int result = 0;

    for (size_t i = find_prefix(neighbours, &address);
         i < neighbours->count && result == 0 &&
         prefix_equal(entry_prefix(&neighbours->items[i]), &address);
         i++)
        if ((neighbours->items[i].kind == ENTRY_PROXY ||
             neighbours->items[i].neighbour.link == link) &&
            !entries_find(out, &neighbours->items[i]))
            result = entries_add(out, &neighbours->items[i]);
    return result;
}

int neighbours_select(const struct entries *neighbours, const struct desired *desired, int link,
                      struct entries *own)
{
    const size_t count = own->count;
    int result = 0;

    for (size_t i = 0; desired && i < desired->address_count && result == 0; i++)
        result = add_for_address(neighbours, desired->routes[i].destination, link, own);
    for (size_t i = 0; i < count && result == 0; i++)
        if (is_host_route(&own->items[i]))
            result = add_for_address(neighbours, own->items[i].route.destination, link, own);
    return result;
}

int plan_orphans(const struct entries *neighbours, const struct entries *routes, struct plan *plan)
{
    CLEANUP(entries_free) struct entries hosts = {.items = NULL};
    int result = 0;

    for (size_t i = 0; i < routes->count && result == 0; i++)
        if (is_host_route(&routes->items[i]))
            result = entries_add(&hosts, &routes->items[i]);
    sort_by_prefix(&hosts);
    for (size_t i = 0; i < neighbours->count && result == 0; i++) {
        const struct entry *entry = &neighbours->items[i];
        const size_t host = find_prefix(&hosts, entry_prefix(entry));

        if (entry->kind == ENTRY_PROXY && entry_is_marked(entry) &&
            !(host < hosts.count &&
              prefix_equal(entry_prefix(&hosts.items[host]), entry_prefix(entry))))
            result = plan_change(plan, CHANGE_REMOVE, entry, "");
    }
    return result;
}
