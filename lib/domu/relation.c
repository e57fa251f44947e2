/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/relation.h"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

static enum relation relation_of(const struct vif *vif, const struct vif *other)
{
    if (vif && vif->owner == other->owner)
        return vif->devid == other->devid ? HELD_BY_SAME_CARD : HELD_BY_SIBLING;
    if (!vif || !vif_same_domu(vif, other))
        return HELD_BY_OTHER;
    return vif->is_ioemu == other->is_ioemu ? HELD_BY_SELF : HELD_BY_SAME_CARD;
}

#define NETBACK_BUS "xen-backend" /* the bus of its devices */

struct holder find_holder(const struct vif *vif, const struct vif *other, const struct link *link,
                          const struct entry *entry)
{
    struct holder holder = {.relation = HELD_BY_HOST};

    memcpy(holder.link, link->name, sizeof(holder.link));
    if (other) {
        holder.relation = relation_of(vif, other);
        vif_domu(other, holder.domu);
        if (vif && vif->uuid && vif->name && other->name && strcmp(vif->name, other->name) == 0)
            snprintf(holder.own_uuid, sizeof(holder.own_uuid), "%s", vif->uuid);
    } else if (entry_is_marked(entry) || is_vif_name(link->name) ||
               strcmp(link->bus, NETBACK_BUS) == 0) {
        holder.relation = HELD_BY_GONE;
    }
    return holder;
}

/*
 * Whether dom0's configuration made the route. A routing daemon may have learnt the route to the
 * domU on the other host, from which it migrates to this one.
 */
static bool is_dom0s_protocol(uint8_t protocol)
{
    switch (protocol) {
    case RTPROT_KERNEL:
    case RTPROT_BOOT:
    case RTPROT_STATIC:
    case RTPROT_RA:
    case RTPROT_DHCP:
    case SIXTOFOUR_PROTOCOL:
        return true;
    default:
        return false;
    }
}

/* An unreachable route covers unused space, such as the rest of a delegated prefix. */
static bool covers_dom0s_route(const struct prefix *wanted, const struct route *route)
{
    const struct in6_addr *network = &route->destination.address;

    if (route->unreachable || !is_dom0s_protocol(route->protocol))
        return false;
    return (!address_is_link_local(network) && wanted->length <= route->destination.length &&
            prefix_contains(wanted, network)) ||
           (route->has_via && !address_is_link_local(&route->via) &&
            prefix_contains(wanted, &route->via));
}

const char *reserved_address(const struct prefix *wanted, const struct prefix *own)
{
    const struct prefix in_network = {.address = wanted->address, .length = own->length};
    uint32_t hosts;

    if (wanted->length != 128 || own->length >= 127 || !prefix_contains(own, &wanted->address))
        return NULL; /* neither a /127 nor a /31 has any (RFC 6164, RFC 3021) */
    if (!prefix_is_ipv4(own))
        return prefix_is_anycast(&in_network) ? "subnet-router anycast" : NULL;
    hosts = UINT32_MAX >> (own->length - 96);
    return (ntohl(prefix_to_ipv4(&wanted->address).s_addr) & hosts) == hosts ? "broadcast" : NULL;
}

static bool covers_dom0s(const struct prefix *wanted, const struct entry *entry)
{
    const struct in6_addr *address = &entry->address.prefix.address;

    if (prefix_is_ipv4(wanted) != prefix_is_ipv4(entry_prefix(entry)))
        return false;
    if (entry->kind == ENTRY_ROUTE)
        return covers_dom0s_route(wanted, &entry->route);
    return !address_is_link_local(address) && !IN6_IS_ADDR_LOOPBACK(address) &&
           (prefix_contains(wanted, address) || reserved_address(wanted, &entry->address.prefix));
}

bool prefixes_compete(const struct prefix *wanted, const struct prefix *held)
{
    if (address_is_link_local(&wanted->address) || prefix_is_ipv4(wanted) != prefix_is_ipv4(held))
        return false;
    return prefix_is_ipv4(wanted) ? prefix_equal(wanted, held) : prefix_overlap(wanted, held);
}

/*
 * Whether ENTRY makes its link a holder. Any IPv4 route does, as a new one would replace it; dom0's
 * IPv4 address, which every vif has, does not.
 */
static bool makes_holder(const struct entry *entry)
{
    const struct prefix *prefix = entry_prefix(entry);

    if (address_is_link_local(&prefix->address))
        return false;
    if (entry->kind == ENTRY_ROUTE && entry->route.unreachable) /* the aggregate */
        return false;
    return entry->kind == ENTRY_ROUTE ? prefix_is_ipv4(prefix) || entry_is_marked(entry)
                                      : !prefix_is_ipv4(prefix);
}

bool entry_concerns(const struct entry *entry, const struct prefix *wanted)
{
    if (address_is_link_local(&wanted->address))
        return false;
    return (makes_holder(entry) && prefixes_compete(wanted, entry_prefix(entry))) ||
           covers_dom0s(wanted, entry);
}

bool is_conflict(const struct held *held, const struct prefix *wanted)
{
    if (address_is_link_local(&wanted->address))
        return false;
    if (held->holder.relation == HELD_BY_HOST)
        return covers_dom0s(wanted, &held->entry);
    return (held->holder.relation == HELD_BY_OTHER || held->holder.relation == HELD_BY_NEW) &&
           makes_holder(&held->entry) && prefixes_compete(wanted, entry_prefix(&held->entry));
}

bool is_left_over(const struct held *held)
{
    return (held->holder.relation == HELD_BY_SELF || held->holder.relation == HELD_BY_GONE) &&
           makes_holder(&held->entry);
}

/* netback's device has the vif's name; taps, and veths in tests, have no device. */
static bool may_be_vif(const struct vif *vif, const struct link *link)
{
    static const char *const kinds[] = {"", "tun", "veth", "dummy"};
    char device[sizeof(link->device)];
    bool known = false;

    snprintf(device, sizeof(device), "vif-%u-%u", vif->domid, vif->devid);
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        known |= strcmp(link->kind, kinds[i]) == 0;
    return known && strcmp(link->name, "lo") != 0 &&
           (!link->bus[0] ||
            (strcmp(link->bus, NETBACK_BUS) == 0 && strcmp(link->device, device) == 0));
}

enum link_choice choose_link(const struct vif *vif, const struct link *own,
                             const struct link *renamed)
{
    bool has_own = own && own->index;
    bool has_renamed = renamed && renamed->index && !(has_own && own->index == renamed->index);

    if (has_own)
        return has_renamed ? LINK_TAKEN : LINK_OWN;
    if (!has_renamed)
        return LINK_NONE;
    return may_be_vif(vif, renamed) && !is_vif_name(renamed->name) ? LINK_RENAMED : LINK_FOREIGN;
}
