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

/* The first holding that does not come before NETWORK. */
static size_t lower_bound(const struct holdings *holdings, const struct prefix *network)
{
    size_t low = 0;
    size_t high = holdings->sorted;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (prefix_compare(&holdings->items[middle].network, network) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Puts the first that is out of order in its place. */
static void insert_next(struct holdings *holdings)
{
    struct holding next = holdings->items[holdings->sorted];
    size_t place = lower_bound(holdings, &next.network);

    memmove(&holdings->items[place + 1], &holdings->items[place],
            (holdings->sorted - place) * sizeof(next));
    holdings->items[place] = next;
    holdings->sorted++;
}

/* At first many come at once, later one after another. */
static void sort_holdings(struct holdings *holdings)
{
    if (holdings->count - holdings->sorted > FEW) {
        qsort(holdings->items, holdings->count, sizeof(*holdings->items), compare_holdings);
        holdings->sorted = holdings->count;
    }
    while (holdings->sorted < holdings->count)
        insert_next(holdings);
}

static int add_holding(struct holdings *holdings, const struct prefix *prefix,
                       const struct entry *entry)
{
    struct holding *slot = array_add(&holdings->items, &holdings->count, sizeof(*slot));

    if (!slot)
        return -ENOMEM;
    *slot = (struct holding){.network = prefix_network(prefix), .entry = *entry};
    holdings->lengths[prefix->length] = true;
    return 0;
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
    /* Those that hold WANTED within them: of each length there can be one network only ... */
    for (uint8_t length = 0; length < wanted->length; length++) {
        struct prefix wider = {.address = network.address, .length = length};

        if (!holdings->lengths[length])
            continue;
        wider = prefix_network(&wider);
        for (size_t i = lower_bound(holdings, &wider);
             result == 0 && i < holdings->count &&
             prefix_equal(&holdings->items[i].network, &wider);
             i++)
            result = found(&holdings->items[i].entry, data);
    }
    /* ... and those within WANTED follow each other. */
    for (size_t i = lower_bound(holdings, &network);
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
