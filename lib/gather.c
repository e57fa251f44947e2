/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gather.h"

#include <errno.h>
#include <string.h>

#include "snapshot.h"

static int select_link(const struct snapshot *snapshot, int link, struct actual *out)
{
    for (size_t i = 0; i < snapshot->address_count; i++)
        if (snapshot->addresses[i].link == link) {
            struct address *slot = array_add(&out->addresses, &out->address_count, sizeof(*slot));

            if (!slot)
                return -ENOMEM;
            *slot = snapshot->addresses[i];
        }
    for (size_t i = 0; i < snapshot->route_count; i++)
        if (snapshot->routes[i].link == link && snapshot->routes[i].protocol == SUITE_PROTOCOL) {
            struct route *slot = array_add(&out->routes, &out->route_count, sizeof(*slot));

            if (!slot)
                return -ENOMEM;
            *slot = snapshot->routes[i];
        }
    return 0;
}

static int gather_own(const struct snapshot *snapshot, const struct link *link,
                      const struct config *config, struct actual *out, struct error *e)
{
    *out = (struct actual){.has_marks = snapshot_keeps_marks(snapshot)};
    if (select_link(snapshot, link->index, out) < 0) {
        actual_free(out);
        return fail_memory(e);
    }
    if (!out->has_marks && config)
        claim_configured(config, out->addresses, out->address_count);
    return 0;
}

int gather_link(struct rtnl *rtnl, const struct link *link, const struct config *config,
                struct actual *out, struct error *e)
{
    struct snapshot snapshot;
    int result = snapshot_take(rtnl, true, &snapshot, e);

    if (result < 0)
        return result;
    result = gather_own(&snapshot, link, config, out, e);
    snapshot_free(&snapshot);
    return result;
}

/* ---- who else has it ---- */

/* A vif, found by its link's name alone. -ENOENT: the link is no vif's. */
static int find_vif(const struct store *store, const char *link, struct vif *out, struct error *e)
{
    struct vif_call call = {.link = link, .tap = has_suffix(link, TAP_SUFFIX)};
    int result = vif_from_call(&call, out, e);

    if (result == 0)
        result = vif_read(store, out, e);
    return result;
}

static enum relation relation_of(const struct store *store, const struct vif *vif,
                                 const struct vif *other)
{
    if (other->domid == vif->domid && other->devid == vif->devid)
        return HELD_BY_CARD;
    if (!vif_is_live(store, other))
        return HELD_BY_GONE;
    if (other->domid == vif->domid)
        return HELD_BY_SIBLING;
    return vif_same_domu(vif, other) ? HELD_BY_SELF : HELD_BY_OTHER;
}

static int identify(const struct store *store, struct vif *vif, const struct link *link, bool ours,
                    struct holder *out, struct error *e)
{
    struct vif other;
    struct error reason;
    int result = find_vif(store, link->name, &other, &reason);

    memcpy(out->link, link->name, sizeof(out->link));
    if (result == 0)
        result = vif_read_ids(store, vif, &reason);
    if (result == 0)
        result = vif_read_ids(store, &other, &reason);
    if (result == 0) {
        out->relation = relation_of(store, vif, &other);
        vif_domu(&other, out->domu, sizeof(out->domu));
    } else if (result == -ENOENT && (ours || other.backend)) {
        out->relation = HELD_BY_GONE; /* the suite's, or a link called vifD.N, and no backend */
        result = 0;
    } else if (result == -ENOENT || result == -EINVAL) {
        out->relation = HELD_BY_FOREIGN; /* -EINVAL: not even named as a vif can be */
        result = 0;
    }
    vif_free(&other);
    return result < 0 ? fail(e, result, "%s", reason.text) : 0;
}

static int find_holder(struct rtnl *rtnl, const struct store *store, struct vif *vif, int index,
                       bool ours, struct holder *out, struct error *e)
{
    struct link link;
    int result = rtnl_link_by_index(rtnl, index, &link, e);

    if (result == -ENODEV) { /* it went away just now, and what it had with it */
        out->relation = HELD_BY_FOREIGN;
        return 0;
    }
    return result < 0 ? result : identify(store, vif, &link, ours, out, e);
}

/* Whether anything that is wanted has to do with what another link has. */
static bool concerns(const struct desired *desired, const struct prefix *held)
{
    if (address_is_link_local(&held->address))
        return false;
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (prefix_overlap(&desired->gateways[i], held))
            return true;
    for (size_t i = 0; i < desired->route_count; i++)
        if (prefix_overlap(&desired->routes[i].destination, held))
            return true;
    return false;
}

static int gather_held_address(struct rtnl *rtnl, const struct store *store, struct vif *vif,
                               const struct address *address, struct actual *out, struct error *e)
{
    struct held_address *held =
        array_add(&out->held_addresses, &out->held_address_count, sizeof(*held));

    if (!held)
        return fail_memory(e);
    held->address = *address;
    return find_holder(rtnl, store, vif, address->link, address->protocol == SUITE_PROTOCOL,
                       &held->holder, e);
}

static int gather_held_route(struct rtnl *rtnl, const struct store *store, struct vif *vif,
                             const struct route *route, struct actual *out, struct error *e)
{
    struct held_route *held = array_add(&out->held_routes, &out->held_route_count, sizeof(*held));

    if (!held)
        return fail_memory(e);
    held->route = *route;
    return find_holder(rtnl, store, vif, route->link, route->protocol == SUITE_PROTOCOL,
                       &held->holder, e);
}

static int gather_held(struct rtnl *rtnl, const struct store *store, struct vif *vif,
                       const struct snapshot *snapshot, int link, const struct desired *desired,
                       struct actual *out, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < snapshot->address_count && result == 0; i++)
        if (snapshot->addresses[i].link != link &&
            !prefix_is_ipv4(&snapshot->addresses[i].prefix) && /* dom0's, on every vif */
            concerns(desired, &snapshot->addresses[i].prefix))
            result = gather_held_address(rtnl, store, vif, &snapshot->addresses[i], out, e);
    for (size_t i = 0; i < snapshot->route_count && result == 0; i++)
        if (snapshot->routes[i].link != link && concerns(desired, &snapshot->routes[i].destination))
            result = gather_held_route(rtnl, store, vif, &snapshot->routes[i], out, e);
    return result;
}

int gather_vif(struct rtnl *rtnl, const struct store *store, struct vif *vif,
               const struct link *link, const struct config *config, const struct desired *desired,
               struct actual *out, struct error *e)
{
    struct snapshot snapshot;
    int result = snapshot_take(rtnl, desired_has_ipv4(desired), &snapshot, e);

    if (result < 0)
        return result;
    result = gather_own(&snapshot, link, config, out, e);
    if (result == 0) {
        result = gather_held(rtnl, store, vif, &snapshot, link->index, desired, out, e);
        if (result < 0)
            actual_free(out);
    }
    snapshot_free(&snapshot);
    return result;
}
