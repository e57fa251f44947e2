/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct target target_vif(const struct link *link, const struct vif *vif, bool tap)
{
    struct target target = {.link = link,
                            .protocol = SUITE_PROTOCOL,
                            .metric = METRIC_VIF,
                            .is_incoming = vif->is_incoming};

    if (tap)
        target.metric = METRIC_TAP;
    else if (vif->owner != vif->domid)
        target.metric = METRIC_STUB;
    else
        target.yields = true;
    if (target.yields && vif->is_ioemu)
        target.metric = METRIC_VIF_IOEMU;
    target.has_mac = vif->mac && vif_parse_mac(vif->mac, target.mac);
    return target;
}

/* ---- conflicts ---- */

static bool has_conflict_with(const struct plan *plan, size_t first, const struct held *held)
{
    for (size_t i = first; i < plan->conflict_count; i++)
        if (plan->conflicts[i].held.holder.relation == held->holder.relation &&
            (held->holder.relation == HELD_BY_HOST || entry_is_announced(&held->entry)) &&
            strcmp(plan->conflicts[i].held.holder.link, held->holder.link) == 0)
            return true;
    return false;
}

int plan_conflicts(const struct prefix *wanted, bool is_route, const struct held *held,
                   size_t count, struct plan *plan)
{
    const size_t first = plan->conflict_count;
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        const struct conflict conflict = {*wanted, is_route, held[i]};

        if (is_conflict(&held[i], wanted) && !has_conflict_with(plan, first, &held[i]))
            result =
                array_append(&plan->conflicts, &plan->conflict_count, &conflict, sizeof(conflict));
    }
    return result;
}

/* ---- what is wanted ---- */

static struct entry wanted_route(const struct target *target, const struct desired *desired,
                                 const struct route_spec *spec)
{
    bool has_source = desired->has_source && prefix_is_ipv4(&spec->destination);

    return (struct entry){
        .kind = ENTRY_ROUTE,
        .route = {.destination = spec->destination,
                  .unreachable = spec->unreachable,
                  .onlink = spec->onlink,
                  .is_address = spec->is_address,
                  .has_via = spec->has_via,
                  .via = spec->via,
                  .has_source = has_source,
                  .source =
                      has_source ? prefix_from_ipv4(desired->source, 32).address : in6addr_any,
                  .link = target->link->index,
                  .metric = target->metric,
                  .protocol = target->protocol},
    };
}

/*
 * Whether the announced route replaces the suite's other one: of several routes to a network, BIRD
 * learns only that with the lowest metric (krt_learn_prune() in krt.c).
 */
static bool is_announced_instead(const struct desired *desired, const struct route_spec *spec)
{
    return desired->announce.wanted && desired->announce.table == 0 &&
           can_be_announced(&spec->destination);
}

/*
 * The route of NETWORK that a routing daemon announces. Its metric becomes the MED, so the target
 * of a migration has a lower one. Between the links of one card, METRIC_... decides as elsewhere.
 */
static struct entry announced_route(const struct target *target, const struct desired *desired,
                                    const struct prefix *network, const struct route_spec *spec)
{
    const struct announce *how = &desired->announce;
    const int64_t metric = (int64_t)(target->is_incoming ? how->metric / 2 : how->metric) +
                           target->metric - METRIC_VIF;

    return (struct entry){
        .kind = ENTRY_ROUTE,
        .route = {.destination = prefix_network(network),
                  .is_address = spec && spec->is_address,
                  .has_via = spec && spec->has_via,
                  .via = spec ? spec->via : in6addr_any,
                  .link = target->link->index,
                  .metric = (uint32_t)(metric < 1            ? 1
                                       : metric > UINT32_MAX ? UINT32_MAX
                                                             : metric),
                  .table = how->table,
                  .protocol = ANNOUNCE_PROTOCOL},
    };
}

/* A network that is both a gateway's and a route's gets one entry. */
static int list_announced(const struct target *target, const struct desired *desired,
                          struct entries *out)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count + desired->route_count && result == 0; i++) {
        const struct route_spec *spec =
            i < desired->gateway_count ? NULL : &desired->routes[i - desired->gateway_count];
        const struct prefix *network = spec ? &spec->destination : &desired->gateways[i];
        const struct entry entry = announced_route(target, desired, network, spec);

        if (can_be_announced(network) && !entries_find(out, &entry))
            result = entries_add(out, &entry);
    }
    return result;
}

/* The neighbour entry of an `address`, and the proxy entries by which dom0 answers for it. */
static int list_neighbours(const struct target *target, const struct desired *desired,
                           const struct prefix *address, struct entries *out)
{
    struct entry entry = {
        .kind = ENTRY_NEIGHBOUR,
        .neighbour = {.address = *address,
                      .link = target->link->index,
                      .permanent = true,
                      .protocol = target->protocol},
    };
    int result = 0;

    memcpy(entry.neighbour.mac, target->mac, sizeof(target->mac));
    if (desired->has_neighbours && target->has_mac)
        result = entries_add(out, &entry);
    entry.kind = ENTRY_PROXY;
    memset(entry.neighbour.mac, 0, sizeof(entry.neighbour.mac));
    for (size_t i = 0; i < target->uplink_count && result == 0; i++) {
        entry.neighbour.link = target->uplinks[i].index;
        memcpy(entry.neighbour.link_name, target->uplinks[i].name, IF_NAMESIZE);
        result = entries_add(out, &entry);
    }
    return result;
}

/* All that DESIRED asks for, in the order in which it is added; -ENOMEM. */
static int list_wanted(const struct target *target, const struct desired *desired,
                       struct entries *out)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++) {
        const struct entry entry = {.kind = ENTRY_ADDRESS,
                                    .address = {.prefix = desired->gateways[i],
                                                .link = target->link->index,
                                                .protocol = target->protocol,
                                                .metric = target->metric}};

        result = entries_add(out, &entry);
    }
    for (size_t i = 0; i < desired->route_count && result == 0; i++) {
        const struct entry entry = wanted_route(target, desired, &desired->routes[i]);

        if (!is_announced_instead(desired, &desired->routes[i]))
            result = entries_add(out, &entry);
    }
    if (result == 0 && desired->announce.wanted)
        result = list_announced(target, desired, out);
    for (size_t i = 0; i < desired->address_count && result == 0; i++)
        result = list_neighbours(target, desired, &desired->routes[i].destination, out);
    return result;
}

/* ---- changes ---- */

int plan_change(struct plan *plan, enum change_kind kind, const struct entry *entry,
                const char *link)
{
    struct change change = {.kind = kind, .entry = *entry};

    snprintf(change.link, sizeof(change.link), "%s",
             entry->kind == ENTRY_PROXY ? entry->neighbour.link_name : link);
    return array_append(&plan->changes, &plan->change_count, &change, sizeof(change));
}

bool plan_forbids(const struct plan *plan, const struct prefix *prefix)
{
    const struct prefix network = prefix_network(prefix);

    for (size_t i = 0; i < plan->conflict_count; i++) {
        const struct prefix wanted = prefix_network(&plan->conflicts[i].wanted);

        if (prefix_equal(&wanted, &network))
            return true;
    }
    return false;
}

static bool is_ipv4_address(const struct entry *entry)
{
    return entry->kind == ENTRY_ADDRESS && prefix_is_ipv4(&entry->address.prefix);
}

static int plan_entry(const struct target *target, const struct entry *wanted,
                      const struct actual *actual, struct plan *plan)
{
    const struct entry *present = entries_find(&actual->own, wanted);
    const bool is_route = wanted->kind == ENTRY_ROUTE && !wanted->route.is_address;
    const size_t before = plan->conflict_count;
    enum change_kind kind = CHANGE_ADD;
    int result = 0;

    if ((wanted->kind > ENTRY_ROUTE || entry_is_announced(wanted)) &&
        plan_forbids(plan, entry_prefix(wanted)))
        return 0;
    /* dom0's own IPv4 address is on every vif with ip= */
    if (entry_is_exclusive(wanted) && !is_ipv4_address(wanted))
        result =
            plan_conflicts(entry_prefix(wanted), is_route, actual->held, actual->held_count, plan);
    if (result < 0 || plan->conflict_count > before)
        return result;
    if (present && !entry_is_sound(present, wanted))
        kind = CHANGE_FIX;
    else if (present && actual->has_marks && entry_protocol(present) != entry_protocol(wanted) &&
             !is_ipv4_address(wanted) &&  /* the kernel marks an IPv4 address when it is new only */
             wanted->kind != ENTRY_PROXY) /* the administrator's own does as well */
        kind = CHANGE_MARK;
    else if (present)
        return 0;
    result = plan_change(plan, kind, wanted, target->link->name);
    if (result == 0 && present)
        plan->changes[plan->change_count - 1].before = *present;
    return result;
}

/*
 * Whether the entry of another link is to be removed. Routes of the suite to a dead vif are. Of a
 * domU that migrates only what is wanted here is: its other vif, which comes online later, may want
 * the rest.
 */
static bool moves_over(const struct held *held, const struct entries *wanted)
{
    const struct entry *entry = &held->entry;

    if (!is_left_over(held))
        return false;
    if (entry->kind == ENTRY_ROUTE && held->holder.relation == HELD_BY_GONE &&
        entry_is_marked(entry))
        return true;
    for (size_t i = 0; i < wanted->count; i++) {
        const struct prefix *prefix = entry_prefix(&wanted->items[i]);

        if (wanted->items[i].kind == entry->kind &&
            (entry->kind == ENTRY_ROUTE ? prefix_equal(prefix, entry_prefix(entry))
                                        : prefixes_compete(prefix, entry_prefix(entry))))
            return true;
    }
    return false;
}

/* Whether the target's owner, the vifs or 6to4, made the entry. */
static bool is_owned_by(const struct target *target, const struct entry *entry)
{
    return target->protocol == SUITE_PROTOCOL ? entry_is_marked(entry)
                                              : entry_protocol(entry) == target->protocol;
}

/* Removes entries of KIND that are no longer wanted here, and those that move from other links. */
static int plan_removals(const struct target *target, const struct desired *desired,
                         enum entry_kind kind, const struct entries *wanted,
                         const struct actual *actual, struct plan *plan)
{
    /* a configuration error must not withdraw an announced network */
    const bool keeps_announced = desired && desired->announce.is_broken;
    int result = 0;

    for (size_t i = 0; i < actual->own.count && result == 0; i++) {
        const struct entry *entry = &actual->own.items[i];

        if (entry->kind == kind && is_owned_by(target, entry) && !entries_find(wanted, entry) &&
            !(keeps_announced && entry_is_announced(entry)))
            result = plan_change(plan, CHANGE_REMOVE, entry, target->link->name);
    }
    for (size_t i = 0; i < actual->held_count && result == 0; i++) {
        const struct held *held = &actual->held[i];

        if (held->entry.kind == kind && moves_over(held, wanted))
            result = plan_change(plan, CHANGE_REMOVE, &held->entry, held->holder.link);
    }
    return result;
}

/*
 * Add before removing: a domU that migrates has a route at every moment. Add addresses before
 * routes; remove routes first.
 */
int plan_link(const struct target *target, const struct desired *desired,
              const struct actual *actual, struct plan *out, struct error *e)
{
    CLEANUP(entries_free) struct entries wanted = {.items = NULL};
    int result = 0;

    *out = (struct plan){.changes = NULL};
    if (desired)
        result = list_wanted(target, desired, &wanted);
    for (size_t i = 0; i < wanted.count && result == 0; i++)
        result = plan_entry(target, &wanted.items[i], actual, out);
    for (int kind = ENTRY_KINDS - 1; kind >= 0 && result == 0; kind--)
        result = plan_removals(target, desired, (enum entry_kind)kind, &wanted, actual, out);
    for (size_t i = 0; i < actual->held_count; i++)
        if (target->yields && actual->held[i].holder.relation == HELD_BY_SAME_CARD)
            out->needs_carrier = true;
    if (result == 0)
        return 0;
    plan_free(out);
    return fail_memory(e);
}

void plan_free(struct plan *plan)
{
    free(plan->changes);
    free(plan->conflicts);
    *plan = (struct plan){.changes = NULL};
}

void actual_free(struct actual *actual)
{
    entries_free(&actual->own);
    free(actual->held);
    *actual = (struct actual){.held = NULL};
}

/* ---- words ---- */

char change_mark(const struct change *change)
{
    static const char marks[] = {
        [CHANGE_ADD] = '+', [CHANGE_FIX] = '~', [CHANGE_MARK] = '~', [CHANGE_REMOVE] = '-'};

    return marks[change->kind];
}

const char *change_print(const struct change *change, char buffer[static CHANGE_TEXT])
{
    char entry[ENTRY_TEXT];

    snprintf(buffer, CHANGE_TEXT, "%c %s %s", change_mark(change), change->link,
             entry_print(&change->entry, entry));
    return buffer;
}

/* Names what the wanted prefix takes from dom0: a network, or else an address or router. */
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
    const char *reserved = is_route ? NULL : reserved_address(wanted, &entry->address.prefix);
    char text[PREFIX_TEXT];
    char part[PREFIX_TEXT];

    if (reserved) {
        snprintf(buffer, CONFLICT_TEXT,
                 "%s%s is the %s address of dom0's own network %s on %s: give the domU another "
                 "address",
                 conflict->is_route ? "the route " : "", prefix_print(wanted, text), reserved,
                 prefix_print(&network, part), conflict->held.holder.link);
        return buffer;
    }
    prefix_print(is_whole ? &network : &single, part);
    if (!is_whole)
        part[strcspn(part, "/")] = '\0';
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
    if (*holder->own_uuid)
        return fail(e, EADDRINUSE,
                    "%s %s: %s%s is held by %s (%s), another domU of this name: write a section "
                    "[uuid %s] with an address of its own for this one",
                    domu, link, what, wanted, holder->domu, holder->link, holder->own_uuid);
    if (prefix_equal(&conflict->wanted, prefix))
        return fail(e, EADDRINUSE, "%s %s: %s%s is held by %s (%s)", domu, link, what, wanted,
                    holder->domu, holder->link);
    return fail(e, EADDRINUSE, "%s %s: %s of %s is held by %s (%s has %s)", domu, link,
                conflict->is_route ? "some" : "the subnet", wanted, holder->domu, holder->link,
                held);
}
