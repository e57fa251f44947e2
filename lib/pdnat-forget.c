/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "conntrack.h"
#include "pdnat-rules.h"
#include "rtnl.h"

struct search {
    const struct prefix *old; /* or NULL */
    const struct prefix *internal;
};

/* An inbound or hairpin connection went to the old prefix, an outbound one is answered there. */
static bool is_of_old_prefix(const struct conntrack_entry *entry, const struct search *search)
{
    return search->old && (prefix_contains(search->old, &entry->original.destination) ||
                           prefix_contains(search->old, &entry->reply.destination));
}

/* No connection to another ULA is one that should have been translated, nor is a local one. */
static bool is_untranslated(const struct conntrack_entry *entry, const struct search *search)
{
    const struct in6_addr *destination = &entry->original.destination;

    return prefix_contains(search->internal, &entry->original.source) &&
           prefix_contains(search->internal, &entry->reply.destination) &&
           !address_is_ula(destination) && !address_is_link_local(destination) &&
           !IN6_IS_ADDR_MULTICAST(destination);
}

static bool is_suspect(const struct conntrack_entry *entry, const void *data)
{
    return is_of_old_prefix(entry, data) || is_untranslated(entry, data);
}

/*
 * What is routed to another link needs no translation. Without any route, as before the first
 * router advertisement, it may go out here yet.
 */
static bool goes_elsewhere(struct rtnl *rtnl, const struct conntrack_entry *entry, int external)
{
    int link;

    return external &&
           rtnl_route_link(rtnl, &entry->original.source, &entry->original.destination, &link,
                           NULL) == 0 &&
           link != external;
}

static int forget(struct rtnl *rtnl, const struct search *search, int external, size_t *count,
                  struct error *e)
{
    AUTO_FREE struct conntrack_entry *entries = NULL;
    size_t found = 0;
    size_t doomed = 0;
    int result = conntrack_list(AF_INET6, is_suspect, search, &entries, &found, e);

    for (size_t i = 0; i < found; i++)
        if (is_of_old_prefix(&entries[i], search) || !goes_elsewhere(rtnl, &entries[i], external))
            entries[doomed++] = entries[i];
    return result < 0 ? result : conntrack_delete(entries, doomed, count, e);
}

int pdnat_forget_connections(const struct pdnat_mapping *mapping, const struct prefix *old,
                             size_t *count, struct error *e)
{
    const bool has_old = old && !prefix_equal(old, &mapping->external);
    const struct search search = {.old = has_old ? old : NULL, .internal = &mapping->nat.internal};
    struct link link;
    struct rtnl rtnl;
    int result = rtnl_open(&rtnl, e);

    *count = 0;
    if (result < 0)
        return result;
    if (rtnl_link_by_name(&rtnl, mapping->nat.link, &link, NULL) < 0)
        link.index = 0;
    result = forget(&rtnl, &search, link.index, count, e);
    rtnl_close(&rtnl);
    return result;
}
