/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <net/if.h>
#include <stdlib.h>

#include "pd-nat/rules.h"
#include "sys/conntrack.h"
#include "sys/rtnl.h"

struct search {
    const struct pd_nat_mapping *mapping;
    const struct pd_nat_mapping *before;
    size_t count; /* of those before */
};

/* Whether the mapping makes OUTSIDE of INSIDE. */
static bool is_translation(const struct pd_nat_mapping *mapping, const struct in6_addr *inside,
                           const struct in6_addr *outside)
{
    const struct in6_addr translated = pd_nat_other_side(mapping, inside);

    return mapping->external.length > 0 && prefix_contains(&mapping->nat.internal, inside) &&
           address_equal(&translated, outside);
}

/*
 * Only what the old mapping translated: a connection to an address of this host in the old prefix,
 * or by a rule of the administrator's, is none of pd-nat's.
 */
static bool is_only_of_before(const struct pd_nat_mapping *before,
                              const struct pd_nat_mapping *mapping, const struct in6_addr *inside,
                              const struct in6_addr *outside)
{
    return is_translation(before, inside, outside) && !is_translation(mapping, inside, outside);
}

/* An inbound or hairpin connection went to the old prefix, an outbound one is answered there. */
static bool is_of_old_prefix(const struct conntrack_entry *entry, const struct search *search)
{
    const struct conntrack_tuple *there = &entry->original;
    const struct conntrack_tuple *back = &entry->reply;

    for (size_t i = 0; i < search->count; i++)
        if (is_only_of_before(&search->before[i], search->mapping, &back->source,
                              &there->destination) ||
            is_only_of_before(&search->before[i], search->mapping, &there->source,
                              &back->destination))
            return true;
    return false;
}

/* Connections to another ULA and local ones are never translated. */
static bool is_untranslated(const struct conntrack_entry *entry, const struct search *search)
{
    const struct prefix *internal = &search->mapping->nat.internal;
    const struct in6_addr *destination = &entry->original.destination;

    return search->mapping->external.length > 0 &&
           prefix_contains(internal, &entry->original.source) &&
           prefix_contains(internal, &entry->reply.destination) && !address_is_ula(destination) &&
           !address_is_link_local(destination) && !IN6_IS_ADDR_MULTICAST(destination);
}

static bool is_suspect(const struct conntrack_entry *entry, const void *data)
{
    return is_of_old_prefix(entry, data) || is_untranslated(entry, data);
}

/*
 * Whether its packets now leave by another link than EXTERNAL. Without a route, as before the first
 * router advertisement, they may still leave by EXTERNAL. A host that routes by marks keeps the
 * mark of the packet in the connection (ct mark).
 */
static bool goes_elsewhere(struct rtnl *rtnl, const struct conntrack_entry *entry, int external)
{
    const struct routed_packet packet = {.source = &entry->original.source,
                                         .destination = &entry->reply.source,
                                         .mark = entry->mark};
    int link;

    return rtnl_route_link(rtnl, &packet, &link, NULL) == 0 && link != external;
}

int pd_nat_forget_connections(const struct pd_nat_mapping *mapping,
                              const struct pd_nat_mapping *before, size_t before_count,
                              size_t *count, struct error *e)
{
    const struct search search = {.mapping = mapping, .before = before, .count = before_count};
    const int external = (int)if_nametoindex(mapping->nat.link);
    AUTO_FREE struct conntrack_entry *entries = NULL;
    size_t found = 0;
    size_t doomed = 0;
    struct rtnl rtnl;
    int result = rtnl_open(&rtnl, e);

    *count = 0;
    if (result < 0)
        return result;
    result = conntrack_list(AF_INET6, is_suspect, &search, &entries, &found, e);
    for (size_t i = 0; i < found && result == 0; i++)
        if (is_of_old_prefix(&entries[i], &search) || !goes_elsewhere(&rtnl, &entries[i], external))
            entries[doomed++] = entries[i];
    rtnl_close(&rtnl);
    return result < 0 ? result : conntrack_delete(entries, doomed, count, e);
}

/* ---- another uplink ---- */

struct outbound {
    const struct pd_nat_mapping *mappings;
    size_t count;
};

/*
 * The mapping by which the connection leaves, if it began inside; else NULL. A hairpin connection
 * goes to an internal host and does not leave.
 */
static const struct pd_nat_mapping *find_outbound(const struct conntrack_entry *entry,
                                                  const struct outbound *outbound)
{
    for (size_t i = 0; i < outbound->count; i++) {
        const struct pd_nat_mapping *mapping = &outbound->mappings[i];

        if (is_translation(mapping, &entry->original.source, &entry->reply.destination) &&
            !prefix_contains(&mapping->nat.internal, &entry->reply.source))
            return mapping;
    }
    return NULL;
}

static bool is_outbound(const struct conntrack_entry *entry, const void *data)
{
    return find_outbound(entry, data) != NULL;
}

int pd_nat_forget_moved(const struct pd_nat_mapping *mappings, size_t mapping_count, size_t *count,
                        struct error *e)
{
    const struct outbound outbound = {.mappings = mappings, .count = mapping_count};
    AUTO_FREE struct conntrack_entry *entries = NULL;
    size_t found = 0;
    size_t doomed = 0;
    struct rtnl rtnl;
    int result = rtnl_open(&rtnl, e);

    *count = 0;
    if (result < 0)
        return result;
    result = conntrack_list(AF_INET6, is_outbound, &outbound, &entries, &found, e);
    for (size_t i = 0; i < found && result == 0; i++) {
        const char *link = find_outbound(&entries[i], &outbound)->nat.link;

        if (goes_elsewhere(&rtnl, &entries[i], (int)if_nametoindex(link)))
            entries[doomed++] = entries[i];
    }
    rtnl_close(&rtnl);
    return result < 0 ? result : conntrack_delete(entries, doomed, count, e);
}
