/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/plan.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

static struct change *add_change(struct plan *plan, enum change_kind kind, const char *link)
{
    struct change *change = array_add(&plan->changes, &plan->change_count, sizeof(*change));

    if (!change)
        return NULL;
    change->kind = kind;
    memcpy(change->link, link, sizeof(change->link));
    return change;
}

struct target target_vif(const struct link *link, const struct vif *vif, bool tap)
{
    struct target target = {.link = link, .protocol = SUITE_PROTOCOL, .metric = METRIC_VIF};

    if (tap)
        target.metric = METRIC_TAP;
    else if (vif->owner != vif->domid)
        target.metric = METRIC_STUB;
    else
        target.yields = true;
    if (target.yields && vif->is_ioemu)
        target.metric = METRIC_VIF_IOEMU;
    return target;
}

/* ---- addresses ---- */

static const struct address *find_address(const struct actual *actual,
                                          const struct in6_addr *address)
{
    for (size_t i = 0; i < actual->address_count; i++)
        if (address_equal(&actual->addresses[i].prefix.address, address))
            return &actual->addresses[i];
    return NULL;
}

/* Whether an address that is there is usable as it is: of the right length, valid and for ever. */
static bool is_sound(const struct address *address, const struct prefix *wanted)
{
    return address->prefix.length == wanted->length &&
           !(address->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) &&
           address->flags & IFA_F_PERMANENT;
}

static int plan_address(const struct target *target, const struct prefix *wanted,
                        const struct actual *actual, struct plan *plan)
{
    const struct address *present = find_address(actual, &wanted->address);
    enum change_kind kind = CHANGE_ADD;
    struct change *change;

    if (present && !is_sound(present, wanted))
        kind = CHANGE_FIX;
    else if (present && actual->has_marks && present->protocol != target->protocol &&
             !prefix_is_ipv4(wanted)) /* the kernel marks an IPv4 address when it is new only */
        kind = CHANGE_MARK;
    else if (present)
        return 0;
    change = add_change(plan, kind, target->link->name);
    if (!change)
        return -ENOMEM;
    change->address = (struct address){
        .prefix = *wanted,
        .link = target->link->index,
        .protocol = target->protocol,
    };
    if (present)
        change->before = *present;
    change->metric = target->metric;
    return 0;
}

static int remove_address(const struct address *address, const char *link, struct plan *plan)
{
    struct change *change = add_change(plan, CHANGE_REMOVE, link);

    if (!change)
        return -ENOMEM;
    change->address = *address;
    return 0;
}

static bool wants_address(const struct desired *desired, const struct in6_addr *address)
{
    for (size_t i = 0; desired && i < desired->gateway_count; i++)
        if (address_equal(&desired->gateways[i].address, address))
            return true;
    return false;
}

/* What is the suite's on the vif, and no longer wanted. */
static int plan_stale_addresses(const struct target *target, const struct desired *desired,
                                const struct actual *actual, struct plan *plan)
{
    int result = 0;

    for (size_t i = 0; i < actual->address_count && result == 0; i++) {
        const struct address *address = &actual->addresses[i];

        if (address->protocol == target->protocol &&
            !wants_address(desired, &address->prefix.address))
            result = remove_address(address, target->link->name, plan);
    }
    return result;
}

/* ---- conflicts ---- */

static bool is_known(const struct plan *plan, size_t first, const struct held *held)
{
    for (size_t i = first; i < plan->conflict_count; i++)
        if (plan->conflicts[i].held.holder.relation == HELD_BY_HOST &&
            held->holder.relation == HELD_BY_HOST &&
            strcmp(plan->conflicts[i].held.holder.link, held->holder.link) == 0)
            return true;
    return false;
}

int plan_conflicts(const struct prefix *wanted, bool is_route, const struct held *held,
                   size_t count, struct plan *plan)
{
    const size_t first = plan->conflict_count;

    for (size_t i = 0; i < count; i++) {
        struct conflict *conflict;

        if (!is_conflict(&held[i], wanted) || is_known(plan, first, &held[i]))
            continue;
        conflict = array_add(&plan->conflicts, &plan->conflict_count, sizeof(*conflict));
        if (!conflict)
            return -ENOMEM;
        *conflict = (struct conflict){.wanted = *wanted, .is_route = is_route, .held = held[i]};
    }
    return 0;
}

/* Finds who forbids WANTED; *CLEAR tells whether nobody does. */
static int find_conflicts(const struct prefix *wanted, bool is_route, const struct actual *actual,
                          struct plan *plan, bool *clear)
{
    const size_t before = plan->conflict_count;
    int result = plan_conflicts(wanted, is_route, actual->held, actual->held_count, plan);

    *clear = plan->conflict_count == before;
    return result;
}

/* Takes what moves over off the links that had it. */
static int plan_moved_addresses(const struct desired *desired, const struct actual *actual,
                                struct plan *plan)
{
    int result = 0;

    for (size_t i = 0; i < actual->held_count && result == 0; i++) {
        const struct held *held = &actual->held[i];
        bool moves = false;

        if (held->entry.kind != ENTRY_ADDRESS || !is_left_over(held))
            continue;
        for (size_t j = 0; desired && j < desired->gateway_count; j++)
            moves |= prefixes_compete(&desired->gateways[j], &held->entry.address.prefix);
        if (moves)
            result = remove_address(&held->entry.address, held->holder.link, plan);
    }
    return result;
}

static int plan_addresses(const struct target *target, const struct desired *desired,
                          const struct actual *actual, struct plan *plan)
{
    int result = 0;

    for (size_t i = 0; desired && i < desired->gateway_count && result == 0; i++) {
        const struct prefix *wanted = &desired->gateways[i];
        bool clear = true;

        if (!prefix_is_ipv4(wanted)) /* dom0's own, which every vif with ip= shares */
            result = find_conflicts(wanted, false, actual, plan, &clear);
        if (result == 0 && clear)
            result = plan_address(target, wanted, actual, plan);
    }
    return result;
}

/* ---- routes ---- */

static struct route wanted_route(const struct target *target, const struct desired *desired,
                                 const struct route_spec *spec)
{
    bool has_source = desired->has_source && prefix_is_ipv4(&spec->destination);

    return (struct route){
        .destination = spec->destination,
        .unreachable = spec->unreachable,
        .onlink = spec->onlink,
        .has_via = spec->has_via,
        .via = spec->via,
        .has_source = has_source,
        .source = has_source ? prefix_from_ipv4(desired->source, 32).address : in6addr_any,
        .link = target->link->index,
        .metric = target->metric,
        .protocol = target->protocol,
    };
}

static bool same_route(const struct route *a, const struct route *b)
{
    return prefix_equal(&a->destination, &b->destination) && a->metric == b->metric &&
           a->unreachable == b->unreachable && a->has_via == b->has_via &&
           (!a->has_via || address_equal(&a->via, &b->via)) && a->has_source == b->has_source &&
           (!a->has_source || address_equal(&a->source, &b->source));
}

static bool has_route(const struct actual *actual, const struct route *route)
{
    for (size_t i = 0; i < actual->route_count; i++)
        if (same_route(&actual->routes[i], route))
            return true;
    return false;
}

static int change_route(enum change_kind kind, const struct route *route, const char *link,
                        struct plan *plan)
{
    struct change *change = add_change(plan, kind, link);

    if (!change)
        return -ENOMEM;
    change->is_route = true;
    change->route = *route;
    return 0;
}

static int plan_route(const struct target *target, const struct desired *desired,
                      const struct route_spec *spec, const struct actual *actual, struct plan *plan)
{
    struct route route = wanted_route(target, desired, spec);
    bool clear;
    int result = find_conflicts(&route.destination, true, actual, plan, &clear);

    if (result < 0 || !clear || has_route(actual, &route))
        return result;
    return change_route(CHANGE_ADD, &route, target->link->name, plan);
}

static int plan_routes(const struct target *target, const struct desired *desired,
                       const struct actual *actual, struct plan *plan)
{
    int result = 0;

    for (size_t i = 0; desired && i < desired->route_count && result == 0; i++)
        result = plan_route(target, desired, &desired->routes[i], actual, plan);
    return result;
}

static bool wants_route(const struct target *target, const struct desired *desired,
                        const struct route *route)
{
    for (size_t i = 0; desired && i < desired->route_count; i++) {
        struct route wanted = wanted_route(target, desired, &desired->routes[i]);

        if (same_route(&wanted, route))
            return true;
    }
    return false;
}

/*
 * What the suite left on a dead vif goes. From a domU on its way only what is wanted here moves:
 * the rest may be its other vif's, which comes online later.
 */
static bool moves_over(const struct held *held, const struct desired *desired)
{
    if (held->entry.kind != ENTRY_ROUTE || !is_left_over(held))
        return false;
    if (held->holder.relation == HELD_BY_GONE && entry_is_marked(&held->entry))
        return true;
    for (size_t i = 0; desired && i < desired->route_count; i++)
        if (prefix_equal(&desired->routes[i].destination, &held->entry.route.destination))
            return true;
    return false;
}

static int plan_stale_routes(const struct target *target, const struct desired *desired,
                             const struct actual *actual, struct plan *plan)
{
    int result = 0;

    for (size_t i = 0; i < actual->route_count && result == 0; i++)
        if (!wants_route(target, desired, &actual->routes[i]))
            result = change_route(CHANGE_REMOVE, &actual->routes[i], target->link->name, plan);
    for (size_t i = 0; i < actual->held_count && result == 0; i++)
        if (moves_over(&actual->held[i], desired))
            result = change_route(CHANGE_REMOVE, &actual->held[i].entry.route,
                                  actual->held[i].holder.link, plan);
    return result;
}

/*
 * The new comes before the old goes, so that at no moment a domU that moves has no route; and
 * routes stand on addresses, so they come after them and go before them.
 */
int plan_link(const struct target *target, const struct desired *desired,
              const struct actual *actual, struct plan *out, struct error *e)
{
    int result;

    *out = (struct plan){.changes = NULL};
    result = plan_addresses(target, desired, actual, out);
    if (result == 0)
        result = plan_routes(target, desired, actual, out);
    if (result == 0)
        result = plan_stale_routes(target, desired, actual, out);
    if (result == 0)
        result = plan_stale_addresses(target, desired, actual, out);
    if (result == 0)
        result = plan_moved_addresses(desired, actual, out);
    if (result < 0) {
        plan_free(out);
        return fail_memory(e);
    }
    for (size_t i = 0; i < actual->held_count; i++)
        if (target->yields && actual->held[i].holder.relation == HELD_BY_CARD)
            out->needs_carrier = true;
    return 0;
}

void plan_free(struct plan *plan)
{
    free(plan->changes);
    free(plan->conflicts);
    *plan = (struct plan){.changes = NULL};
}

void actual_free(struct actual *actual)
{
    free(actual->addresses);
    free(actual->routes);
    free(actual->held);
    *actual = (struct actual){.addresses = NULL};
}

/* ---- words ---- */

const char *change_print(const struct change *change, char buffer[static CHANGE_TEXT])
{
    static const char marks[] = {
        [CHANGE_ADD] = '+', [CHANGE_FIX] = '~', [CHANGE_MARK] = '~', [CHANGE_REMOVE] = '-'};
    const struct route *route = &change->route;
    char prefix[PREFIX_TEXT];
    char via[INET6_ADDRSTRLEN];

    prefix_print(change->is_route ? &route->destination : &change->address.prefix, prefix);
    snprintf(buffer, CHANGE_TEXT, "%c %s %s%s%s%s", marks[change->kind], change->link,
             !change->is_route    ? ""
             : route->unreachable ? "route unreachable "
                                  : "route ",
             prefix, change->is_route && route->has_via ? " via " : "",
             change->is_route && route->has_via ? address_print(&route->via, via) : "");
    return buffer;
}

/* What of dom0 the wanted prefix takes: a network or route as a whole, else an address or router.
 */
const char *host_conflict_print(const struct conflict *conflict, char buffer[static CONFLICT_TEXT])
{
    const struct prefix *wanted = &conflict->wanted;
    const struct entry *entry = &conflict->held.entry;
    const bool is_route = entry->kind == ENTRY_ROUTE;
    const bool is_single = wanted->length == 128;
    const struct prefix network = prefix_network(entry_prefix(entry));
    const bool is_whole = !is_single && wanted->length <= network.length &&
                          (is_route || network.length < 128) &&
                          prefix_contains(wanted, &network.address);
    const struct prefix single = {
        .address = is_route ? entry->route.via : entry->address.prefix.address, .length = 128};
    char text[PREFIX_TEXT];
    char part[PREFIX_TEXT];

    prefix_print(is_whole ? &network : &single, part);
    if (!is_whole)
        *strchr(part, '/') = '\0';
    snprintf(buffer, CONFLICT_TEXT, "%s%s %s dom0's own %s %s on %s: give the domU another %s%s",
             conflict->is_route ? "the route " : "", prefix_print(wanted, text),
             is_single  ? "is"
             : is_whole ? "covers"
                        : "contains",
             is_whole   ? "network"
             : is_route ? "router"
                        : "address",
             part, conflict->held.holder.link, is_single ? "address" : "network",
             is_single ? ""
                       : ", or a longer prefix that contains no address and no router of dom0");
    return buffer;
}

int conflict_fail(const struct conflict *conflict, const char *domu, const char *link,
                  struct error *e)
{
    const struct holder *holder = &conflict->held.holder;
    const struct prefix *prefix = entry_prefix(&conflict->held.entry);
    const char *what = conflict->is_route ? "the route " : "";
    char text[CONFLICT_TEXT];
    char wanted[PREFIX_TEXT];
    char held[PREFIX_TEXT];

    if (holder->relation == HELD_BY_HOST)
        return fail(e, EADDRINUSE, "%s %s: %s", domu, link, host_conflict_print(conflict, text));
    prefix_print(&conflict->wanted, wanted);
    prefix_print(prefix, held);
    if (prefix_equal(&conflict->wanted, prefix))
        return fail(e, EADDRINUSE, "%s %s: %s%s is held by %s (%s)", domu, link, what, wanted,
                    holder->domu, holder->link);
    return fail(e, EADDRINUSE, "%s %s: %s of %s is held by %s (%s has %s)", domu, link,
                conflict->is_route ? "some" : "the subnet", wanted, holder->domu, holder->link,
                held);
}
