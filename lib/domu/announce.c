/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/announce.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

static const struct setting *aggregate_setting(const struct config *config)
{
    return desired_setting(&(struct vif_config){config, NULL, ANY_DEVID}, KEY_AGGREGATE);
}

int announce_plan_aggregate(const struct config *config, const struct entries *snapshot,
                            struct plan *plan)
{
    const struct setting *setting = aggregate_setting(config);
    struct entry wanted;
    int result = 0;

    if (setting && setting->broken) /* the existing route stays until the mistake is corrected */
        return 0;
    if (setting) {
        wanted = (struct entry){.kind = ENTRY_ROUTE,
                                .route = {.destination = setting->prefixes[0],
                                          .unreachable = true,
                                          /* where the kernel keeps unreachable routes */
                                          .link = (int)if_nametoindex("lo"),
                                          .metric = ANNOUNCE_METRIC,
                                          .protocol = ANNOUNCE_PROTOCOL}};
        if (!entries_find(snapshot, &wanted))
            result = plan_change(plan, CHANGE_ADD, &wanted, "lo");
    }
    for (size_t i = 0; i < snapshot->count && result == 0; i++) {
        const struct entry *entry = &snapshot->items[i];

        if (entry_is_announced(entry) && entry->route.unreachable &&
            !(setting && entry_is_same(entry, &wanted)))
            result = plan_change(plan, CHANGE_REMOVE, entry, "lo");
    }
    return result;
}

static int announce_network(struct announced_list *list, struct prefix network,
                            const struct announce *how)
{
    const struct announced announced = {prefix_network(&network), how->metric, how->table};

    return can_be_announced(&network)
               ? array_append(&list->items, &list->count, &announced, sizeof(announced))
               : 0;
}

static int announce_vif(const struct vif_config *vif, void *data, struct error *e)
{
    const struct announce how = desired_announce(vif);
    struct desired desired;
    int result = 0;

    if (!how.wanted)
        return 0;
    if (desired_build(vif, &desired, e) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < desired.gateway_count && result == 0; i++)
        result = announce_network(data, desired.gateways[i], &how);
    for (size_t i = 0; i < desired.route_count && result == 0; i++)
        result = announce_network(data, desired.routes[i].destination, &how);
    desired_free(&desired);
    return result < 0 ? fail_memory(e) : 0;
}

static int compare_network_and_table(const void *a, const void *b)
{
    const struct announced *one = a;
    const struct announced *other = b;
    const int order = prefix_compare(&one->network, &other->network);

    return order ? order : (one->table > other->table) - (one->table < other->table);
}

static int compare_announced(const void *a, const void *b)
{
    const struct announced *one = a;
    const struct announced *other = b;
    const int order = compare_network_and_table(a, b);

    return order ? order : (one->metric > other->metric) - (one->metric < other->metric);
}

int announce_list(const struct config *config, struct announced_list *out, struct error *e)
{
    const struct setting *aggregate = aggregate_setting(config);
    const struct announce usual = {.wanted = true, .metric = ANNOUNCE_METRIC};
    int result = 0;

    *out = (struct announced_list){.items = NULL};
    if (aggregate && !aggregate->broken &&
        announce_network(out, aggregate->prefixes[0], &usual) < 0)
        result = fail_memory(e);
    if (result == 0)
        result = desired_visit(config, announce_vif, out, e);
    if (result < 0)
        announced_free(out);
    /* a network of a table has its lowest metric */
    sort_array(out->items, out->count, sizeof(*out->items), compare_announced);
    out->count =
        drop_repeated(out->items, out->count, sizeof(*out->items), compare_network_and_table);
    return result;
}

void announced_free(struct announced_list *list)
{
    free(list->items);
    *list = (struct announced_list){.items = NULL};
}
