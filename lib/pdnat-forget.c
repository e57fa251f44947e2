/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>

#include "conntrack.h"
#include "pdnat-rules.h"

/* An inbound or hairpin connection went to the old prefix, an outbound one is answered there. */
static bool is_of_old_prefix(const struct conntrack_entry *entry, const void *data)
{
    const struct prefix *old = data;

    return prefix_contains(old, &entry->original.destination) ||
           prefix_contains(old, &entry->reply.destination);
}

/* fc00::/7 (RFC 4193 3.1). */
static bool is_ula(const struct in6_addr *address)
{
    return (address->s6_addr[0] & 0xfe) == 0xfc;
}

/* No connection to another ULA is one that should have been translated, nor is a local one. */
static bool is_untranslated(const struct conntrack_entry *entry, const void *data)
{
    const struct prefix *internal = data;
    const struct in6_addr *destination = &entry->original.destination;

    return prefix_contains(internal, &entry->original.source) &&
           prefix_contains(internal, &entry->reply.destination) && !is_ula(destination) &&
           !address_is_link_local(destination) && !IN6_IS_ADDR_MULTICAST(destination);
}

int pdnat_forget_connections(const struct pdnat_mapping *mapping, const struct prefix *old,
                             size_t *count, struct error *e)
{
    AUTO_FREE struct conntrack_entry *entries = NULL;
    size_t found = 0;
    int result;

    *count = 0;
    if (old && prefix_equal(old, &mapping->external))
        return 0;
    result = old ? conntrack_list(AF_INET6, is_of_old_prefix, old, &entries, &found, e)
                 : conntrack_list(AF_INET6, is_untranslated, &mapping->nat.internal, &entries,
                                  &found, e);
    for (; result == 0 && *count < found; ++*count)
        result = conntrack_delete(&entries[*count], e);
    return result;
}
