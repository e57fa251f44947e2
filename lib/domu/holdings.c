/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/holdings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FEW 16 /* are inserted one by one */

static int compare_holdings(const void *a, const void *b)
{
    const struct holding *left = a;
    const struct holding *right = b;

    return prefix_compare(&left->network, &right->network);
}

/* The first of the sorted holdings that does not come before NETWORK. */
static size_t find_holding(const struct holdings *holdings, const struct prefix *network)
{
    const struct holding key = {.network = *network};

    return lower_bound(&key, holdings->items, holdings->sorted, sizeof(key), compare_holdings);
}

/* The first additions are many at once; later ones are few. */
static void sort_holdings(struct holdings *holdings)
{
    if (holdings->count - holdings->sorted > FEW) {
        qsort(holdings->items, holdings->count, sizeof(*holdings->items), compare_holdings);
        holdings->sorted = holdings->count;
    }
    for (; holdings->sorted < holdings->count; holdings->sorted++) {
        const struct holding next = holdings->items[holdings->sorted];
        const size_t place = find_holding(holdings, &next.network);

        memmove(&holdings->items[place + 1], &holdings->items[place],
                (holdings->sorted - place) * sizeof(next));
        holdings->items[place] = next;
    }
}

static int add_holding(struct holdings *holdings, const struct prefix *prefix,
                       const struct entry *entry)
{
    const struct holding holding = {.network = prefix_network(prefix), .entry = *entry};

    holdings->lengths[prefix->length] = true;
    return array_append(&holdings->items, &holdings->count, &holding, sizeof(holding));
}

int holdings_add(struct holdings *holdings, const struct entry *entry)
{
    int result = add_holding(holdings, entry_prefix(entry), entry);

    if (result == 0 && entry->kind == ENTRY_ROUTE && entry->route.has_via &&
        !entry_is_marked(entry) && !address_is_link_local(&entry->route.via))
        result = add_holding(holdings, &(struct prefix){.address = entry->route.via, .length = 128},
                             entry);
    return result;
}

int holdings_overlapping(struct holdings *holdings, const struct prefix *wanted,
                         int (*found)(const struct entry *entry, void *data), void *data)
{
    struct prefix network = prefix_network(wanted);
    int result = 0;

    sort_holdings(holdings);
    /* networks around WANTED: at most one of each length */
    for (uint8_t length = 0; length < wanted->length; length++) {
        struct prefix wider = {.address = network.address, .length = length};

        if (!holdings->lengths[length])
            continue;
        wider = prefix_network(&wider);
        for (size_t i = find_holding(holdings, &wider);
             result == 0 && i < holdings->count &&
             prefix_equal(&holdings->items[i].network, &wider);
             i++)
            result = found(&holdings->items[i].entry, data);
    }
    /* networks within WANTED: they follow each other */
    for (size_t i = find_holding(holdings, &network);
         result == 0 && i < holdings->count &&
         prefix_contains(&network, &holdings->items[i].network.address);
         i++)
        result = found(&holdings->items[i].entry, data);
    return result;
}

void holdings_free(struct holdings *holdings)
{
    free(holdings->items);
    *holdings = (struct holdings){.items = NULL};
}
