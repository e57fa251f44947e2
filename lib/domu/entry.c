/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/entry.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

int entries_add(struct entries *entries, const struct entry *entry)
{
    return array_append(&entries->items, &entries->count, entry, sizeof(*entry));
}

void entries_free(struct entries *entries)
{
    free(entries->items);
    *entries = (struct entries){.items = NULL};
}

static bool same_route(const struct route *a, const struct route *b)
{
    return prefix_equal(&a->destination, &b->destination) && a->metric == b->metric &&
           a->table == b->table &&
           (a->protocol == ANNOUNCE_PROTOCOL) == (b->protocol == ANNOUNCE_PROTOCOL) &&
           a->unreachable == b->unreachable && a->has_via == b->has_via &&
           (!a->has_via || address_equal(&a->via, &b->via)) && a->has_source == b->has_source &&
           (!a->has_source || address_equal(&a->source, &b->source));
}

bool entry_is_exclusive(const struct entry *entry)
{
    return entry->kind == ENTRY_ADDRESS || entry->kind == ENTRY_ROUTE;
}

bool entry_is_same(const struct entry *a, const struct entry *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case ENTRY_ROUTE:
        return same_route(&a->route, &b->route);
    case ENTRY_NEIGHBOUR:
    case ENTRY_PROXY:
        return a->neighbour.link == b->neighbour.link &&
               prefix_equal(&a->neighbour.address, &b->neighbour.address);
    case ENTRY_ADDRESS:
    case ENTRY_KINDS:
        break;
    }
    return address_equal(&a->address.prefix.address, &b->address.prefix.address);
}

const struct entry *entries_find(const struct entries *entries, const struct entry *entry)
{
    for (size_t i = 0; i < entries->count; i++)
        if (entry_is_same(&entries->items[i], entry))
            return &entries->items[i];
    return NULL;
}

bool entry_is_sound(const struct entry *present, const struct entry *wanted)
{
    if (present->kind == ENTRY_NEIGHBOUR)
        return present->neighbour.permanent && memcmp(present->neighbour.mac, wanted->neighbour.mac,
                                                      sizeof(wanted->neighbour.mac)) == 0;
    if (present->kind != ENTRY_ADDRESS)
        return true;
    return present->address.prefix.length == wanted->address.prefix.length &&
           !(present->address.flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
           present->address.flags & IFA_F_PERMANENT;
}

const char *entry_print(const struct entry *entry, char buffer[static ENTRY_TEXT])
{
    char prefix[PREFIX_TEXT];
    char via[INET6_ADDRSTRLEN];
    const bool has_via = entry->kind == ENTRY_ROUTE && entry->route.has_via;
    char table[32] = "";

    prefix_print(entry_prefix(entry), prefix);
    if (entry->kind == ENTRY_ROUTE && entry->route.table)
        snprintf(table, sizeof(table), " table %" PRIu32, entry->route.table);
    switch (entry->kind) {
    case ENTRY_ROUTE:
        snprintf(buffer, ENTRY_TEXT, "route %s%s%s%s%s%s",
                 entry->route.unreachable ? "unreachable " : "", prefix, has_via ? " via " : "",
                 has_via ? address_print(&entry->route.via, via) : "",
                 entry_is_announced(entry) ? " announced" : "", table);
        break;
    case ENTRY_NEIGHBOUR:
    case ENTRY_PROXY:
        snprintf(buffer, ENTRY_TEXT, "%s %s", entry->kind == ENTRY_PROXY ? "proxy" : "neighbor",
                 address_print(&entry->neighbour.address.address, via));
        break;
    case ENTRY_ADDRESS:
    case ENTRY_KINDS:
        snprintf(buffer, ENTRY_TEXT, "%s", prefix);
        break;
    }
    return buffer;
}
