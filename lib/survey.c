/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "survey.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"

/* A link that is a vif's. */
struct port {
    int link;
    const char *name;
    const struct survey_vif *vif;
};

/* ---- the XenStore ---- */

static void survey_vif_free(struct survey_vif *vif)
{
    vif_free(&vif->vif);
    desired_free(&vif->desired);
    desired_free(&vif->ipv4);
    free(vif->notice);
}

/* One that is gone, or whose domU is, is no running vif. */
static int add_vif(struct survey *survey, const struct store *store, const char *domid,
                   const char *devid, struct error *e)
{
    AUTO_FREE char *path = format_string("backend/vif/%s/%s", domid, devid);
    const struct vif_call call = {.xenbus_path = path};
    struct survey_vif *slot = array_add(&survey->vifs, &survey->count, sizeof(*slot));
    int result;

    if (!slot)
        return fail_memory(e);
    result = path ? vif_from_call(&call, &slot->vif, e) : fail_memory(e);
    if (result == 0)
        result = vif_read(store, &slot->vif, e);
    if (result == 0)
        return 0;
    survey_vif_free(slot);
    survey->count--;
    if (result == -EBADMSG) /* a broken node of one domU is no reason to leave the others alone */
        log_warning("%s", e->text);
    return result == -ENOENT || result == -EINVAL || result == -EBADMSG ? 0 : result;
}

static int add_vifs_of(struct survey *survey, const struct store *store, const char *domid,
                       struct error *e)
{
    unsigned int count = 0;
    AUTO_FREE char **devids = store_list(store, &count, "backend/vif/%s", domid);
    int result = 0;

    if (!devids && errno != ENOENT)
        return fail(e, errno, "XenStore: backend/vif/%s: %s", domid, strerror(errno));
    for (unsigned int i = 0; devids && i < count && result == 0; i++)
        result = add_vif(survey, store, domid, devids[i], e);
    return result;
}

static int compare_vifs(const void *a, const void *b)
{
    const struct vif *left = &((const struct survey_vif *)a)->vif;
    const struct vif *right = &((const struct survey_vif *)b)->vif;

    if (left->domid != right->domid)
        return left->domid < right->domid ? -1 : 1;
    return (left->devid > right->devid) - (left->devid < right->devid);
}

int survey_read(struct survey *out, const struct store *store, struct error *e)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = store_list(store, &count, "backend/vif");
    int result = 0;

    if (!domids && errno != ENOENT)
        return fail(e, errno, "XenStore: backend/vif: %s", strerror(errno));
    for (unsigned int i = 0; domids && i < count && result == 0; i++)
        result = add_vifs_of(out, store, domids[i], e);
    if (out->count > 0)
        qsort(out->vifs, out->count, sizeof(*out->vifs), compare_vifs);
    return result;
}

/* ---- ipv6.cfg and ip= ---- */

static int find_section(struct survey_vif *vif, const struct store *store,
                        const struct config *config, struct error *e)
{
    struct error notice;
    int result = 0;

    if (config_has(config, SECTION_MAC) || config_has(config, SECTION_UUID))
        result = vif_read_ids(store, &vif->vif, e);
    if (result < 0)
        return result;
    vif->section = match_section(
        config,
        &(struct identity){.name = vif->vif.name, .uuid = vif->vif.uuid, .mac = vif->vif.mac},
        &notice);
    if (notice.text[0])
        vif->notice = strdup(notice.text);
    return 0;
}

/* A vif without ip=, or whose ip= is no address, is the hook's to judge. */
static int add_ip(struct survey_vif *vif, const struct store *store, struct error *e)
{
    AUTO_FREE char *ip = NULL;
    int result;

    vif->serves_whole = vif_is_served_whole(store, &vif->vif);
    if (!vif->serves_whole)
        return 0;
    ip = store_read(store, "%s/ip", vif->vif.backend);
    result = desired_add_ip(&vif->desired, ip ? ip : "", NULL, e);
    if (result == 0 || result == -EINVAL)
        result = desired_split_ipv4(&vif->desired, &vif->ipv4, e);
    return result;
}

static int match(struct survey_vif *vif, const struct store *store, const struct config *config,
                 struct error *e)
{
    int result = find_section(vif, store, config, e);

    if (result == 0 && vif->section)
        result = desired_build(config, vif->section, (int)vif->vif.devid, &vif->desired, e);
    return result == 0 ? add_ip(vif, store, e) : result;
}

/* What two vifs of one domU under two domids have in common, or NULL. */
static const char *domu_key(const struct survey_vif *vif)
{
    return vif->vif.name ? vif->vif.name : vif->vif.mac;
}

static int compare_domus(const void *a, const void *b)
{
    const char *left = domu_key(*(struct survey_vif *const *)a);
    const char *right = domu_key(*(struct survey_vif *const *)b);

    if (!left || !right)
        return (left != NULL) - (right != NULL);
    return strcmp(left, right);
}

/* Marks the vifs of domUs that are there twice: the hooks of a migration know which has what. */
static int find_moving(struct survey *survey, struct error *e)
{
    struct survey_vif **order = calloc(survey->count + 1, sizeof(struct survey_vif *));

    if (!order)
        return fail_memory(e);
    for (size_t i = 0; i < survey->count; i++)
        order[i] = &survey->vifs[i];
    qsort(order, survey->count, sizeof(struct survey_vif *), compare_domus);
    for (size_t i = 1; i < survey->count; i++)
        if (order[i - 1]->vif.domid != order[i]->vif.domid && domu_key(order[i]) &&
            compare_domus(&order[i - 1], &order[i]) == 0)
            order[i - 1]->moving = order[i]->moving = true;
    free(order);
    return 0;
}

int survey_match(struct survey *survey, const struct store *store, const struct config *config,
                 const struct diagnostics *mistakes, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < survey->count && result == 0; i++)
        result = match(&survey->vifs[i], store, config, e);
    for (size_t i = 0; i < survey->count && result == 0; i++)
        if (survey->vifs[i].section)
            survey->vifs[i].error = diagnostics_error(mistakes, survey->vifs[i].section);
    return result == 0 ? find_moving(survey, e) : result;
}

/* ---- the kernel ---- */

#define DEFINE_COMPARE_LINK(type, member)                                                          \
    static int compare_##type(const void *a, const void *b)                                        \
    {                                                                                              \
        const struct type *left = a;                                                               \
        const struct type *right = b;                                                              \
        return (left->member > right->member) - (left->member < right->member);                    \
    }
DEFINE_COMPARE_LINK(link, index)
DEFINE_COMPARE_LINK(address, link)
DEFINE_COMPARE_LINK(route, link)
DEFINE_COMPARE_LINK(port, link)

static void sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    if (count > 0)
        qsort(items, count, size, compare);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp((*(const struct link *const *)a)->name, (*(const struct link *const *)b)->name);
}

static int compare_port_names(const void *a, const void *b)
{
    return strcmp(((const struct port *)a)->name, ((const struct port *)b)->name);
}

/* All links by their names, in an array that the caller frees. */
static const struct link **links_by_name(const struct survey *survey)
{
    const struct link **order = calloc(survey->link_count + 1, sizeof(const struct link *));

    for (size_t i = 0; order && i < survey->link_count; i++)
        order[i] = &survey->links[i];
    if (order)
        qsort(order, survey->link_count, sizeof(const struct link *), compare_names);
    return order;
}

static bool find_link(const struct survey *survey, const struct link **order, const char *name,
                      struct link *out)
{
    struct link wanted = {.index = 0};
    const struct link *key = &wanted;
    const struct link **found;

    if (strlen(name) >= sizeof(wanted.name))
        return false;
    strncpy(wanted.name, name, sizeof(wanted.name) - 1);
    found = bsearch(&key, order, survey->link_count, sizeof(const struct link *), compare_names);
    if (found)
        *out = **found;
    return found != NULL;
}

/* The vif's link by its vifname, where one of that name exists, and its tap likewise. */
static void find_cards(const struct survey *survey, const struct link **order,
                       struct survey_vif *vif)
{
    char tap[64];

    if (!vif->vif.renamed || !find_link(survey, order, vif->vif.renamed, &vif->links[CARD_VIF]))
        (void)find_link(survey, order, vif->vif.link, &vif->links[CARD_VIF]);
    snprintf(tap, sizeof(tap), "%s" TAP_SUFFIX, vif->vif.renamed ? vif->vif.renamed : "");
    if (!vif->vif.renamed || !find_link(survey, order, tap, &vif->links[CARD_TAP])) {
        snprintf(tap, sizeof(tap), "%s" TAP_SUFFIX, vif->vif.link);
        (void)find_link(survey, order, tap, &vif->links[CARD_TAP]);
    }
}

static int add_ports(struct survey *survey, const struct survey_vif *vif)
{
    for (int card = 0; card < CARDS; card++)
        if (vif->links[card].index) {
            struct port *port = array_add(&survey->ports, &survey->port_count, sizeof(*port));

            if (!port)
                return -ENOMEM;
            *port = (struct port){
                .link = vif->links[card].index, .name = vif->links[card].name, .vif = vif};
        }
    return 0;
}

static int connect_links(struct survey *survey, struct error *e)
{
    const struct link **order = links_by_name(survey);
    int result = order ? 0 : -ENOMEM;

    for (size_t i = 0; i < survey->count && result == 0; i++) {
        find_cards(survey, order, &survey->vifs[i]);
        result = add_ports(survey, &survey->vifs[i]);
    }
    free(order);
    if (result == 0)
        survey->ports_by_name = calloc(survey->port_count + 1, sizeof(*survey->ports));
    if (!survey->ports_by_name)
        return fail_memory(e);
    sort(survey->ports, survey->port_count, sizeof(*survey->ports), compare_port);
    for (size_t i = 0; i < survey->port_count; i++)
        survey->ports_by_name[i] = survey->ports[i];
    sort(survey->ports_by_name, survey->port_count, sizeof(*survey->ports), compare_port_names);
    return 0;
}

const struct survey_vif *survey_vif_of(const struct survey *survey, int link)
{
    const struct port key = {.link = link};
    const struct port *found =
        survey->port_count == 0
            ? NULL
            : bsearch(&key, survey->ports, survey->port_count, sizeof(key), compare_port);

    return found ? found->vif : NULL;
}

const struct survey_vif *survey_find(const struct survey *survey, const char *link)
{
    const struct port key = {.name = link};
    const struct port *found = survey->port_count == 0
                                   ? NULL
                                   : bsearch(&key, survey->ports_by_name, survey->port_count,
                                             sizeof(key), compare_port_names);

    return found ? found->vif : NULL;
}

bool survey_has_link(const struct survey *survey, const char *link)
{
    for (size_t i = 0; i < survey->link_count; i++)
        if (strcmp(survey->links[i].name, link) == 0)
            return true;
    return false;
}

/* The wanted prefix with this address, or NULL. */
static const struct prefix *find_wanted(const struct desired *desired,
                                        const struct in6_addr *address)
{
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (address_equal(&desired->gateways[i].address, address))
            return &desired->gateways[i];
    return NULL;
}

static bool wants_route(const struct desired *desired, const struct prefix *destination)
{
    for (size_t i = 0; i < desired->route_count; i++)
        if (prefix_equal(&desired->routes[i].destination, destination))
            return true;
    return false;
}

/* What the suite put on a vif and the file no longer has is on its way out: it stops nobody. */
static bool is_released(const struct survey *survey, int link, uint8_t protocol)
{
    const struct survey_vif *vif = survey_vif_of(survey, link);

    return vif && !vif->frozen && protocol == SUITE_PROTOCOL;
}

static int hold_address_of(struct survey *survey, const struct address *address)
{
    struct address held = *address;
    const struct prefix *wanted;

    if (address_is_link_local(&address->prefix.address))
        return 0;
    if (is_released(survey, address->link, address->protocol)) {
        wanted =
            find_wanted(&survey_vif_of(survey, address->link)->desired, &address->prefix.address);
        if (!wanted)
            return 0;
        /* a subnet that is to become smaller gives up the rest of it */
        if (wanted->length > held.prefix.length)
            held.prefix.length = wanted->length;
    }
    return holdings_add_address(&survey->holdings, &held);
}

static int hold_route_of(struct survey *survey, const struct route *route)
{
    if (is_released(survey, route->link, route->protocol) &&
        !wants_route(&survey_vif_of(survey, route->link)->desired, &route->destination))
        return 0;
    return holdings_add_route(&survey->holdings, route);
}

static int hold_all(struct survey *survey)
{
    const struct snapshot *snapshot = &survey->snapshot;
    int result = 0;

    for (size_t i = 0; i < snapshot->address_count && result == 0; i++)
        result = hold_address_of(survey, &snapshot->addresses[i]);
    for (size_t i = 0; i < snapshot->route_count && result == 0; i++)
        result = hold_route_of(survey, &snapshot->routes[i]);
    return result;
}

int survey_look(struct survey *survey, struct rtnl *rtnl, const struct config *config,
                struct error *e)
{
    struct snapshot *snapshot = &survey->snapshot;
    int result = rtnl_links(rtnl, &survey->links, &survey->link_count, e);

    if (result == 0)
        result = snapshot_take(rtnl, false, snapshot, e);
    if (result < 0)
        return result;
    survey->has_marks = snapshot_keeps_marks(snapshot);
    if (!survey->has_marks)
        claim_configured(config, snapshot->addresses, snapshot->address_count);
    sort(survey->links, survey->link_count, sizeof(*survey->links), compare_link);
    sort(snapshot->addresses, snapshot->address_count, sizeof(*snapshot->addresses),
         compare_address);
    sort(snapshot->routes, snapshot->route_count, sizeof(*snapshot->routes), compare_route);
    result = connect_links(survey, e);
    if (result == 0 && hold_all(survey) < 0)
        result = fail_memory(e);
    return result;
}

const char *survey_link_name(const struct survey_vif *vif)
{
    if (vif->links[CARD_VIF].index)
        return vif->links[CARD_VIF].name;
    return vif->vif.renamed ? vif->vif.renamed : vif->vif.link;
}

/* ---- one card ---- */

/* The first of the ITEMS, sorted by link, that is not of a link before LINK. */
#define DEFINE_FIRST_OF(type)                                                                      \
    static size_t first_##type(const struct type *items, size_t count, int link)                   \
    {                                                                                              \
        size_t low = 0;                                                                            \
        while (low < count) {                                                                      \
            size_t middle = low + (count - low) / 2;                                               \
            if (items[middle].link < link)                                                         \
                low = middle + 1;                                                                  \
            else                                                                                   \
                count = middle;                                                                    \
        }                                                                                          \
        return low;                                                                                \
    }
DEFINE_FIRST_OF(address)
DEFINE_FIRST_OF(route)

static int copy_own(const struct snapshot *snapshot, int link, struct actual *out)
{
    for (size_t i = first_address(snapshot->addresses, snapshot->address_count, link);
         i < snapshot->address_count && snapshot->addresses[i].link == link; i++) {
        struct address *slot = array_add(&out->addresses, &out->address_count, sizeof(*slot));

        if (!slot)
            return -ENOMEM;
        *slot = snapshot->addresses[i];
    }
    for (size_t i = first_route(snapshot->routes, snapshot->route_count, link);
         i < snapshot->route_count && snapshot->routes[i].link == link; i++) {
        struct route *slot = array_add(&out->routes, &out->route_count, sizeof(*slot));

        if (!slot)
            return -ENOMEM;
        *slot = snapshot->routes[i];
    }
    return 0;
}

/* While the holdings are walked: for whom, and what was found. */
struct walk {
    const struct survey *survey;
    const struct survey_vif *vif;
    int link;
    struct actual *out;
};

static enum relation relation_of(const struct survey_vif *vif, const struct survey_vif *other,
                                 bool ours)
{
    if (!other)
        return ours ? HELD_BY_GONE : HELD_BY_FOREIGN;
    if (other == vif)
        return HELD_BY_CARD;
    if (other->vif.domid == vif->vif.domid)
        return HELD_BY_SIBLING;
    return vif_same_domu(&vif->vif, &other->vif) ? HELD_BY_SELF : HELD_BY_OTHER;
}

static struct holder identify(const struct walk *walk, int index, bool ours)
{
    const struct link key = {.index = index};
    const struct link *link =
        bsearch(&key, walk->survey->links, walk->survey->link_count, sizeof(key), compare_link);
    const struct survey_vif *other = survey_vif_of(walk->survey, index);
    struct holder holder = {.relation = relation_of(walk->vif, other, ours)};

    if (link)
        memcpy(holder.link, link->name, sizeof(holder.link));
    if (other)
        vif_domu(&other->vif, holder.domu, sizeof(holder.domu));
    return holder;
}

static bool has_address(const struct actual *actual, const struct prefix *wanted)
{
    for (size_t i = 0; i < actual->address_count; i++)
        if (prefix_equal(&actual->addresses[i].prefix, wanted))
            return true;
    return false;
}

/* Two domUs that have one address between them, by whatever way: the first one has it rightly. */
static bool yields(const struct walk *walk, const struct holding *holding)
{
    const struct survey_vif *other = survey_vif_of(walk->survey, holding->address.link);

    return other && !holding->is_route && other > walk->vif &&
           has_address(walk->out, &holding->address.prefix);
}

static bool is_known(const struct actual *actual, const struct address *address)
{
    for (size_t i = 0; i < actual->held_address_count; i++)
        if (actual->held_addresses[i].address.link == address->link &&
            prefix_equal(&actual->held_addresses[i].address.prefix, &address->prefix))
            return true;
    return false;
}

static bool is_known_route(const struct actual *actual, const struct route *route)
{
    for (size_t i = 0; i < actual->held_route_count; i++)
        if (actual->held_routes[i].route.link == route->link &&
            prefix_equal(&actual->held_routes[i].route.destination, &route->destination))
            return true;
    return false;
}

static int hold_address(const struct walk *walk, const struct address *address)
{
    struct actual *out = walk->out;
    struct held_address *slot;

    if (address->link == walk->link || is_known(out, address))
        return 0;
    slot = array_add(&out->held_addresses, &out->held_address_count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    slot->address = *address;
    slot->holder = identify(walk, address->link, address->protocol == SUITE_PROTOCOL);
    return 0;
}

static int hold_route(const struct walk *walk, const struct route *route)
{
    struct actual *out = walk->out;
    struct held_route *slot;

    if (route->link == walk->link || is_known_route(out, route))
        return 0;
    slot = array_add(&out->held_routes, &out->held_route_count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    slot->route = *route;
    slot->holder = identify(walk, route->link, route->protocol == SUITE_PROTOCOL);
    return 0;
}

static int hold(const struct holding *holding, void *data)
{
    const struct walk *walk = data;

    if (yields(walk, holding))
        return 0;
    return holding->is_route ? hold_route(walk, &holding->route)
                             : hold_address(walk, &holding->address);
}

static int find_holders(struct survey *survey, const struct desired *desired, struct walk *walk)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        if (!address_is_link_local(&desired->gateways[i].address))
            result = holdings_overlapping(&survey->holdings, &desired->gateways[i], hold, walk);
    for (size_t i = 0; i < desired->route_count && result == 0; i++)
        result =
            holdings_overlapping(&survey->holdings, &desired->routes[i].destination, hold, walk);
    return result;
}

int survey_actual(struct survey *survey, const struct survey_vif *vif, enum card card,
                  struct actual *out, struct error *e)
{
    struct walk walk = {.survey = survey, .vif = vif, .link = vif->links[card].index, .out = out};
    int result;

    *out = (struct actual){.has_marks = survey->has_marks};
    result = copy_own(&survey->snapshot, walk.link, out);
    if (result == 0)
        result = find_holders(survey, &vif->desired, &walk);
    if (result == 0)
        return 0;
    actual_free(out);
    return fail_memory(e);
}

int survey_note(struct survey *survey, const struct plan *plan, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < plan->change_count && result == 0; i++) {
        const struct change *change = &plan->changes[i];

        if (change->kind == CHANGE_REMOVE)
            continue;
        if (change->is_route)
            result = holdings_add_route(&survey->holdings, &change->route);
        else if (!address_is_link_local(&change->address.prefix.address))
            result = holdings_add_address(&survey->holdings, &change->address);
    }
    return result < 0 ? fail_memory(e) : 0;
}

void survey_free(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        survey_vif_free(&survey->vifs[i]);
    free(survey->vifs);
    free(survey->links);
    free(survey->ports);
    free(survey->ports_by_name);
    snapshot_free(&survey->snapshot);
    holdings_free(&survey->holdings);
    *survey = (struct survey){.vifs = NULL};
}
