/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/gather.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "domu/snapshot.h"

/* ---- which section, and which link ---- */

int gather_section(const struct store *store, const struct config *config, struct vif *vif,
                   const struct section **section, struct error *notice, struct error *e)
{
    int result = vif_read_ids(store, vif, e);

    if (result == 0 && config_has(config, SECTION_MAC))
        result = vif_read_mac(store, vif, e);
    if (result < 0)
        return result;
    *section = match_section(
        config, &(struct identity){.name = vif->name, .uuid = vif->uuid, .mac = vif->mac}, notice);
    if (!*section && vif->is_nameless)
        (void)fail(notice, ENOENT,
                   "domU %u: XenStore has no name for it (%s/domain, /local/domain/%u/name), and "
                   "no [mac] or [uuid] section of %s matches",
                   vif->domid, vif->backend, vif->owner, config->path);
    return 0;
}

static int link_if_exists(struct rtnl *rtnl, const char *name, struct link *out, struct error *e)
{
    int result = rtnl_link_by_name(rtnl, name, out, e);

    if (result == -ENODEV)
        out->index = 0;
    return result == -ENODEV ? 0 : result;
}

int gather_vif_link(struct rtnl *rtnl, const struct vif *vif, struct link *out, struct error *e)
{
    struct link own = {.index = 0};
    struct link renamed = {.index = 0};
    char name[IF_NAMESIZE];
    int result;

    vif_own_name(vif, name);
    result = link_if_exists(rtnl, name, &own, e);
    if (result == 0 && vif->renamed)
        result = link_if_exists(rtnl, vif->renamed, &renamed, e);
    if (result < 0)
        return fail_within(e, result, "%s", vif->link);
    switch (choose_link(vif, &own, &renamed)) {
    case LINK_OWN:
        *out = own;
        return 0;
    case LINK_RENAMED:
        *out = renamed;
        return 0;
    case LINK_TAKEN:
        return fail(e, EEXIST,
                    "%s: cannot be renamed: a link called %s exists already: choose another "
                    "vifname",
                    name, vif->renamed);
    case LINK_FOREIGN:
        return fail(e, ENODEV, "%s: does not exist, and %s, its vifname, is another link", name,
                    vif->renamed);
    case LINK_NONE:
        break;
    }
    return fail(e, ENODEV, "%s: No such device", vif->link);
}

int gather_judge_name(struct rtnl *rtnl, const struct vif *vif, const char *name, bool *other,
                      struct error *e)
{
    struct link own = {.index = 0};
    struct link named = {.index = 0};
    enum link_choice choice;
    char own_name[IF_NAMESIZE];
    int result;

    *other = false;
    vif_own_name(vif, own_name);
    if (!vif->backend || strcmp(name, own_name) == 0)
        return 0;
    result = link_if_exists(rtnl, own_name, &own, e);
    if (result == 0)
        result = link_if_exists(rtnl, name, &named, e);
    if (result < 0)
        return fail_within(e, result, "%s", name);
    choice = choose_link(vif, &own, &named);
    *other = choice == LINK_TAKEN || choice == LINK_FOREIGN;
    return 0;
}

/* ---- what is on it ---- */

/* What SNAPSHOT has of the link. Reads the neighbours, maybe thousands, only if any can matter. */
static int gather_own(const struct gather *gather, const struct entries *snapshot,
                      struct actual *out, struct error *e)
{
    CLEANUP(entries_free) struct entries neighbours = {.items = NULL};
    const struct desired *desired = gather->desired;
    const int link = gather->link->index;
    int result;

    *out = (struct actual){.has_marks = snapshot_keeps_marks(snapshot)};
    if (snapshot_select(snapshot, link, &out->own) < 0)
        return fail_memory(e);
    for (size_t i = 0; i < out->own.count && !out->has_marks && gather->config; i++)
        claim_configured(gather->config, &out->own.items[i]);
    if (!(desired && desired->address_count > 0) && !have_host_route(&out->own))
        return 0;
    result = neighbours_read(gather->rtnl, link, &neighbours, e);
    if (result < 0)
        return result;
    return neighbours_select(&neighbours, desired, link, &out->own) < 0 ? fail_memory(e) : 0;
}

int gather_link(const struct gather *gather, struct actual *out, struct error *e)
{
    CLEANUP(entries_free) struct entries snapshot = {.items = NULL};
    int result = snapshot_take(gather->rtnl, FAMILY_BOTH, &snapshot, e);

    if (result < 0)
        return result;
    result = gather_own(gather, &snapshot, out, e);
    if (result < 0)
        actual_free(out);
    return result;
}

int gather_orphans(struct rtnl *rtnl, struct plan *plan, struct error *e)
{
    AUTO_FREE struct route *routes = NULL;
    CLEANUP(entries_free) struct entries neighbours = {.items = NULL};
    CLEANUP(entries_free) struct entries hosts = {.items = NULL};
    size_t count = 0;
    /* first: a hook adds the route before its proxy entry */
    int result = neighbours_read(rtnl, NO_LINK, &neighbours, e);

    if (result < 0 || neighbours.count == 0)
        return result;
    result = rtnl_routes(rtnl, AF_INET6, SUITE_PROTOCOL, &routes, &count, e);
    if (result == 0)
        result = rtnl_routes(rtnl, AF_INET6, ANNOUNCE_PROTOCOL, &routes, &count, e);
    if (result < 0)
        return result;
    for (size_t i = 0; i < count && result == 0; i++)
        result = entries_add(&hosts, &(struct entry){.kind = ENTRY_ROUTE, .route = routes[i]});
    if (result == 0)
        result = plan_orphans(&neighbours, &hosts, plan);
    return result < 0 ? fail_memory(e) : 0;
}

/* ---- who else has it ---- */

/* Reads the running vif that LINK belongs to into OUT; *LIVE says whether there is one. */
static int find_vif(const struct gather *gather, const struct link *link, struct vif *out,
                    bool *live, struct error *e)
{
    const struct vif_call call = {.link = link->name, .tap = has_suffix(link->name, TAP_SUFFIX)};
    struct link its_link = {.index = 0};
    int result = vif_from_call(&call, out, e);

    *live = false;
    if (result == 0)
        result = vif_read(gather->store, out, e);
    if (result == -ENOENT || result == -EINVAL) /* -EINVAL: its name cannot be a vif's */
        return 0;
    if (result < 0 || !vif_is_live(gather->store, out))
        return result;
    *live = strcmp(link->name, out->link) == 0 && is_vif_name(link->name);
    if (!*live) { /* by its vifname, which may be another link's name */
        result = gather_vif_link(gather->rtnl, out, &its_link, e);
        if (result < 0 && result != -ENODEV && result != -EEXIST)
            return result;
        *live = result == 0 && its_link.index == link->index;
    }
    return *live ? vif_read_ids(gather->store, out, e) : 0;
}

static int add_held(const struct gather *gather, const struct entry *entry, struct actual *out,
                    struct error *e)
{
    CLEANUP(vif_free) struct vif other = {.domid = 0};
    struct held held = {.entry = *entry};
    struct link link;
    bool live = false;
    int result = rtnl_link_by_index(gather->rtnl, entry_link(entry), &link, e);

    if (result == -ENODEV) /* the link vanished just now, with all it had */
        return 0;
    if (result == 0)
        result = find_vif(gather, &link, &other, &live, e);
    if (result == 0)
        result = vif_read_ids(gather->store, gather->vif, e);
    if (result < 0)
        return result;
    held.holder = find_holder(gather->vif, live ? &other : NULL, &link, entry);
    return array_append(&out->held, &out->held_count, &held, sizeof(held)) < 0 ? fail_memory(e) : 0;
}

/* Whether ENTRY, which is on another link, concerns anything that is wanted. */
static bool concerns(const struct desired *desired, const struct entry *entry)
{
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (!prefix_is_ipv4(&desired->gateways[i]) && entry_concerns(entry, &desired->gateways[i]))
            return true;
    for (size_t i = 0; i < desired->route_count; i++)
        if (entry_concerns(entry, &desired->routes[i].destination))
            return true;
    return false;
}

int gather_vif(const struct gather *gather, struct actual *out, struct error *e)
{
    CLEANUP(entries_free) struct entries snapshot = {.items = NULL};
    const bool has_ipv4 = desired_has_ipv4(gather->desired);
    int result = snapshot_take(gather->rtnl, has_ipv4 ? FAMILY_BOTH : FAMILY_IPV6, &snapshot, e);

    if (result < 0)
        return result;
    result = gather_own(gather, &snapshot, out, e);
    for (size_t i = 0; i < snapshot.count && result == 0; i++)
        if (entry_link(&snapshot.items[i]) != gather->link->index &&
            concerns(gather->desired, &snapshot.items[i]))
            result = add_held(gather, &snapshot.items[i], out, e);
    if (result < 0)
        actual_free(out);
    return result;
}
