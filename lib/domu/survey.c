/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/survey.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "domu/gather.h"

/* A link that is a vif's. */
struct port {
    int link;
    const struct survey_vif *vif;
};

static int compare_link(const void *a, const void *b)
{
    const struct link *left = a;
    const struct link *right = b;

    return (left->index > right->index) - (left->index < right->index);
}

static int compare_port(const void *a, const void *b)
{
    const struct port *left = a;
    const struct port *right = b;

    return (left->link > right->link) - (left->link < right->link);
}

/* ---- the XenStore ---- */

static void survey_vif_free(struct survey_vif *vif)
{
    vif_free(&vif->vif);
    desired_free(&vif->desired);
    desired_free(&vif->ipv4);
    free(vif->notice);
}

/* Skips a backend that vanished meanwhile. That of a dead domU stays: its link may still exist. */
static int add_backend(struct survey *survey, const struct store *store, const char *domid,
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
    if (result == -EBADMSG) /* a broken node of one domU must not stop the others */
        log_warning("%s", e->text);
    return result == -ENOENT || result == -EINVAL || result == -EBADMSG ? 0 : result;
}

static int compare_vifs(const void *a, const void *b)
{
    const struct vif *left = &((const struct survey_vif *)a)->vif;
    const struct vif *right = &((const struct survey_vif *)b)->vif;

    if (left->domid != right->domid)
        return left->domid < right->domid ? -1 : 1;
    return (left->devid > right->devid) - (left->devid < right->devid);
}

/*
 * The vifs of a domU follow each other, so all but the first copy what identifies it. In a driver
 * domain, which reads neither name nor UUID, vif_read_ids() reads what each vif has of its own.
 */
static int read_domu(struct survey *survey, size_t i, const struct store *store, struct error *e)
{
    struct survey_vif *vif = &survey->vifs[i];
    const struct survey_vif *previous = i > 0 ? &survey->vifs[i - 1] : NULL;
    const bool same_domain = previous && previous->vif.domid == vif->vif.domid &&
                             (previous->vif.name || previous->vif.uuid);
    int result;

    if (same_domain && !vif->vif.has_domain) {
        vif->gone = previous->gone;
        return vif_copy_ids(&vif->vif, &previous->vif) < 0 ? fail_memory(e) : 0;
    }
    result = vif_read_ids(store, &vif->vif, e);
    vif->gone = !vif->vif.uuid && !vif_is_live(store, &vif->vif);
    return result;
}

/* Asks ahead for what survey_read() and match() read of each domU and each vif. */
static void ask_about_vifs(const struct store *store, char *const *domids, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        store_ask_list(store, "backend/vif/%s", domids[i]);
        vif_ask_ids(store, (unsigned int)strtoul(domids[i], NULL, 10));
    }
    store_fetch(store);
    for (unsigned int i = 0; i < count; i++) {
        unsigned int devid_count = 0;
        AUTO_FREE char **devids = store_list(store, &devid_count, "backend/vif/%s", domids[i]);

        for (unsigned int j = 0; devids && j < devid_count; j++) {
            store_ask_list(store, "backend/vif/%s/%s", domids[i], devids[j]);
            store_ask_value(store, "backend/vif/%s/%s/script", domids[i], devids[j]);
            store_ask_value(store, "backend/vif/%s/%s/mac", domids[i], devids[j]);
        }
    }
    store_fetch(store);
}

int survey_read(struct survey *out, const struct store *store, struct rtnl *rtnl, struct error *e)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = NULL;
    int result = rtnl_links(rtnl, &out->earlier, &out->earlier_count, e);

    if (result < 0)
        return result;
    sort_array(out->earlier, out->earlier_count, sizeof(*out->earlier), compare_link);
    domids = store_list(store, &count, "backend/vif");
    if (!domids)
        return errno == ENOENT ? 0 : fail(e, errno, "XenStore: backend/vif: %s", strerror(errno));
    ask_about_vifs(store, domids, count);
    for (unsigned int i = 0; i < count && result == 0; i++) {
        unsigned int devid_count = 0;
        AUTO_FREE char **devids = store_list(store, &devid_count, "backend/vif/%s", domids[i]);

        if (!devids && errno != ENOENT)
            return fail(e, errno, "XenStore: backend/vif/%s: %s", domids[i], strerror(errno));
        for (unsigned int j = 0; devids && j < devid_count && result == 0; j++)
            result = add_backend(out, store, domids[i], devids[j], e);
    }
    sort_array(out->vifs, out->count, sizeof(*out->vifs), compare_vifs);
    for (size_t i = 0; i < out->count && result == 0; i++)
        result = read_domu(out, i, store, e);
    return result;
}

/* ---- ipv6.cfg and ip= ---- */

/* The hook, not sync, reports a wrong ip=. */
static int match_ip(struct survey_vif *vif, const struct store *store, struct error *e)
{
    AUTO_FREE char *ip = NULL;
    int result = vif_read_script(store, &vif->vif, &vif->has_our_script, e);

    if (result == 0 && vif->has_our_script)
        result = vif_read_ip(store, &vif->vif, &ip, e);
    if (result < 0 || !vif->has_our_script)
        return result == -EBADMSG ? 0 : result; /* a broken node must not stop the others */
    result = desired_add_ip(&vif->desired, ip, NULL, e);
    if (result == 0 || result == -EINVAL)
        result = desired_split_ipv4(&vif->desired, &vif->ipv4, e);
    return result;
}

static int match(struct survey_vif *vif, const struct store *store, const struct config *config,
                 struct error *e)
{
    struct error notice;
    int result = gather_section(store, config, &vif->vif, &vif->section, &notice, e);

    if (result == 0 && notice.text[0]) {
        vif->notice = strdup(notice.text);
        result = vif->notice ? 0 : fail_memory(e);
    }
    if (result == 0 && vif->section)
        result = desired_build(&(struct vif_config){config, vif->section, (int)vif->vif.devid},
                               &vif->desired, e);
    else if (result == 0)
        vif->desired.antispoof =
            desired_unmatched_wants_antispoof(config, vif->vif.name, (int)vif->vif.devid);
    if (result == 0 && vif->desired.has_neighbours)
        result = vif_read_mac(store, &vif->vif, e);
    return result == 0 ? match_ip(vif, store, e) : result;
}

/* What identifies the domU under any domid, or NULL. */
static const char *domu_key(const struct survey_vif *vif)
{
    if (vif->vif.uuid)
        return vif->vif.uuid;
    return vif->vif.name ? vif->vif.name : vif->vif.mac;
}

static int compare_domus(const void *a, const void *b)
{
    const struct survey_vif *left = *(struct survey_vif *const *)a;
    const struct survey_vif *right = *(struct survey_vif *const *)b;
    const char *left_key = domu_key(left);
    const char *right_key = domu_key(right);
    int order = !left_key || !right_key ? (left_key != NULL) - (right_key != NULL)
                                        : strcmp(left_key, right_key);

    if (order == 0) /* in a driver domain, only that distinguishes a stubdomain's vif */
        order = left->vif.is_ioemu - right->vif.is_ioemu;
    return order ? order : compare_vifs(left, right);
}

static bool is_same_domu(const struct survey_vif *a, const struct survey_vif *b)
{
    return a->vif.is_ioemu == b->vif.is_ioemu && vif_same_domu(&a->vif, &b->vif);
}

/* Marks the vifs of domUs that run twice: in a migration only the hooks change them. */
static int find_moving(struct survey *survey, struct error *e)
{
    struct survey_vif **order = calloc(survey->count + 1, sizeof(struct survey_vif *));
    size_t count = 0;

    if (!order)
        return fail_memory(e);
    for (size_t i = 0; i < survey->count; i++)
        if (!survey->vifs[i].gone)
            order[count++] = &survey->vifs[i];
    qsort(order, count, sizeof(struct survey_vif *), compare_domus);
    for (size_t begin = 0, end; begin < count; begin = end) {
        bool runs_twice = false;

        for (end = begin + 1; end < count && is_same_domu(order[begin], order[end]); end++)
            runs_twice |= order[end]->vif.owner != order[begin]->vif.owner;
        for (size_t i = begin; i < end; i++)
            order[i]->moving = runs_twice;
    }
    free(order);
    return 0;
}

int survey_match(struct survey *survey, const struct store *store, const struct config *config,
                 const struct diagnostics *mistakes, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < survey->count && result == 0; i++)
        if (!survey->vifs[i].gone)
            result = match(&survey->vifs[i], store, config, e);
    for (size_t i = 0; i < survey->count && result == 0; i++)
        if (survey->vifs[i].section)
            survey->vifs[i].error = diagnostics_error(mistakes, survey->vifs[i].section);
    return result == 0 ? find_moving(survey, e) : result;
}

/* ---- the kernel ---- */

static int compare_link_names(const void *a, const void *b)
{
    return strcmp((*(const struct link *const *)a)->name, (*(const struct link *const *)b)->name);
}

/* The link called NAME; index 0: there is none. */
static struct link link_by_name(const struct survey *survey, const char *name)
{
    struct link wanted = {.index = 0};
    const struct link *key = &wanted;
    const struct link **found = NULL;

    if (survey->link_count > 0 && strlen(name) < sizeof(wanted.name)) {
        memcpy(wanted.name, name, strlen(name));
        found = bsearch(&key, survey->by_name, survey->link_count, sizeof(key), compare_link_names);
    }
    return found ? **found : (struct link){.index = 0};
}

/* Finds the link of the vif, or of its tap. */
static void find_card(const struct survey *survey, struct survey_vif *vif, enum card card)
{
    const char *suffix = card == CARD_TAP ? TAP_SUFFIX : "";
    struct link renamed = {.index = 0};
    struct link own;
    char name[64];

    snprintf(name, sizeof(name), "%s%s", vif->vif.link, suffix);
    own = link_by_name(survey, name);
    if (vif->vif.renamed) {
        snprintf(name, sizeof(name), "%s%s", vif->vif.renamed, suffix);
        renamed = link_by_name(survey, name);
    }
    switch (choose_link(&vif->vif, &own, &renamed)) {
    case LINK_OWN:
        vif->links[card] = own;
        break;
    case LINK_RENAMED:
        vif->links[card] = renamed;
        break;
    case LINK_TAKEN:
        vif->taken = true;
        break;
    case LINK_FOREIGN:
    case LINK_NONE:
        break;
    }
}

static const struct link *find_by_index(const struct link *links, size_t count, int index)
{
    const struct link key = {.index = index};

    return count > 0 ? bsearch(&key, links, count, sizeof(key), compare_link) : NULL;
}

/* Whether the link was made after the XenStore was read. */
static bool is_new(const struct survey *survey, int link)
{
    return !find_by_index(survey->earlier, survey->earlier_count, link);
}

/* The port with that link among the first COUNT, or NULL. */
static const struct port *find_port(const struct survey *survey, size_t count, int link)
{
    const struct port key = {.link = link};

    return count > 0 ? bsearch(&key, survey->ports, count, sizeof(key), compare_port) : NULL;
}

/*
 * Finds the link of kind CARD of every vif. A tap's name that another vif's link has is skipped:
 * libxl also adds "-emu" to the vifname of a stubdomain's vif.
 */
static int connect_cards(struct survey *survey, enum card card)
{
    const size_t known = survey->port_count;
    int result = 0;

    for (size_t i = 0; i < survey->count && result == 0; i++) {
        struct survey_vif *vif = &survey->vifs[i];
        struct port port = {.vif = vif};

        find_card(survey, vif, card);
        if (find_port(survey, known, vif->links[card].index))
            vif->links[card].index = 0;
        port.link = vif->links[card].index;
        if (!port.link)
            continue;
        vif->frozen |= is_new(survey, port.link);
        result = array_append(&survey->ports, &survey->port_count, &port, sizeof(port));
    }
    sort_array(survey->ports, survey->port_count, sizeof(*survey->ports), compare_port);
    return result;
}

/* NAME may be an alternative one (`ip link property`), which the kernel also takes for the hook. */
static struct link find_uplink(const struct survey *survey, const char *name)
{
    const struct link named = link_by_name(survey, name);
    const struct link *other =
        named.index ? &named
                    : find_by_index(survey->links, survey->link_count, (int)if_nametoindex(name));

    return other ? *other : named;
}

/* Finds the links of all vifs by name. */
static int connect_links(struct survey *survey)
{
    int result;

    survey->by_name = calloc(survey->link_count + 1, sizeof(*survey->by_name));
    if (!survey->by_name)
        return -ENOMEM;
    for (size_t i = 0; i < survey->link_count; i++)
        survey->by_name[i] = &survey->links[i];
    qsort(survey->by_name, survey->link_count, sizeof(*survey->by_name), compare_link_names);
    result = connect_cards(survey, CARD_VIF);
    if (result == 0)
        result = connect_cards(survey, CARD_TAP);
    for (size_t i = 0; i < survey->count; i++) {
        struct survey_vif *vif = &survey->vifs[i];

        for (size_t j = 0; j < vif->desired.uplink_count && result == 0; j++) {
            const struct link found = find_uplink(survey, vif->desired.uplinks[j]);

            if (found.index)
                result = array_append(&vif->uplinks, &vif->uplink_count, &found, sizeof(found));
            else if (!vif->missing_uplink)
                vif->missing_uplink = vif->desired.uplinks[j];
        }
    }
    return result;
}

static const struct survey_vif *vif_of_link(const struct survey *survey, int link)
{
    const struct port *found = find_port(survey, survey->port_count, link);

    return found ? found->vif : NULL;
}

const struct survey_vif *survey_find(const struct survey *survey, const char *link)
{
    return vif_of_link(survey, link_by_name(survey, link).index);
}

bool survey_has_link(const struct survey *survey, const char *link)
{
    return link_by_name(survey, link).index != 0;
}

/*
 * Whether ENTRY forbids its network, or the part of it that goes into *HELD, to others. An entry
 * that the suite added to a vif and that is no longer configured does not: it is about to be
 * removed.
 */
static bool is_holding(const struct survey *survey, const struct entry *entry, struct entry *held)
{
    const struct survey_vif *vif = vif_of_link(survey, entry_link(entry));
    const struct prefix *wanted;

    *held = *entry;
    if (address_is_link_local(&entry_prefix(entry)->address))
        return false;
    if (!vif || vif->frozen || !entry_is_marked(entry))
        return true;
    if (entry->kind == ENTRY_ROUTE)
        return desired_has_route(&vif->desired, &entry->route.destination) ||
               desired_has_route(&vif->ipv4, &entry->route.destination);
    wanted = desired_find_gateway(&vif->desired, &entry->address.prefix.address);
    /* a subnet that is to become smaller forbids only what remains */
    if (wanted && wanted->length > held->address.prefix.length)
        held->address.prefix.length = wanted->length;
    return wanted != NULL;
}

static int add_holdings(struct survey *survey, const struct entries *snapshot)
{
    int result = 0;

    for (size_t i = 0; i < snapshot->count && result == 0; i++) {
        struct entry held;

        if (is_holding(survey, &snapshot->items[i], &held))
            result = holdings_add(&survey->holdings, &held);
    }
    return result;
}

static bool has_ipv4(const struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->vifs[i].ipv4.route_count > 0)
            return true;
    return false;
}

/* On a kernel without marks, configured addresses on vifs are the suite's. */
static void claim_on_vifs(const struct survey *survey, const struct config *config)
{
    for (size_t i = 0; i < survey->snapshot.count; i++)
        if (vif_of_link(survey, entry_link(&survey->snapshot.items[i])))
            claim_configured(config, &survey->snapshot.items[i]);
}

static void forget_kernel(struct survey *survey)
{
    for (size_t i = 0; i < survey->count; i++) {
        memset(survey->vifs[i].links, 0, sizeof(survey->vifs[i].links));
        survey->vifs[i].taken = false;
        free(survey->vifs[i].uplinks);
        survey->vifs[i].uplinks = NULL;
        survey->vifs[i].uplink_count = 0;
        survey->vifs[i].missing_uplink = NULL;
    }
    free(survey->links);
    free(survey->by_name);
    free(survey->ports);
    survey->links = NULL;
    survey->by_name = NULL;
    survey->ports = NULL;
    survey->link_count = survey->port_count = 0;
    entries_free(&survey->snapshot);
    entries_free(&survey->neighbours);
    holdings_free(&survey->holdings);
    entries_free(&survey->ipv4);
}

/* Reads the neighbours, of which there may be thousands, only if any can matter. */
static int read_neighbours(struct survey *survey, struct rtnl *rtnl, struct error *e)
{
    int link = have_host_route(&survey->snapshot) ? 0 : NO_LINK;

    for (size_t i = 0; i < survey->count && link == NO_LINK; i++)
        if (survey->vifs[i].desired.address_count > 0)
            link = 0;
    return neighbours_read(rtnl, link, &survey->neighbours, e);
}

int survey_look(struct survey *survey, struct rtnl *rtnl, const struct config *config,
                struct error *e)
{
    struct entries *snapshot = &survey->snapshot;
    int result;

    forget_kernel(survey);
    result = rtnl_links(rtnl, &survey->links, &survey->link_count, e);
    if (result == 0)
        result = snapshot_take(rtnl, FAMILY_IPV6, snapshot, e);
    if (result == 0 && has_ipv4(survey))
        result = snapshot_take(rtnl, FAMILY_IPV4, &survey->ipv4, e);
    if (result == 0)
        result = read_neighbours(survey, rtnl, e);
    if (result < 0)
        return result;
    survey->has_marks = snapshot_keeps_marks(snapshot);
    sort_array(survey->links, survey->link_count, sizeof(*survey->links), compare_link);
    result = connect_links(survey);
    if (result == 0 && !survey->has_marks)
        claim_on_vifs(survey, config);
    if (result == 0)
        result = add_holdings(survey, snapshot);
    if (result == 0)
        result = add_holdings(survey, &survey->ipv4);
    return result < 0 ? fail_memory(e) : 0;
}

const char *survey_link_name(const struct survey_vif *vif)
{
    if (vif->links[CARD_VIF].index)
        return vif->links[CARD_VIF].name;
    return vif->vif.renamed ? vif->vif.renamed : vif->vif.link;
}

bool survey_may_change(const struct survey_vif *vif, const struct link *link)
{
    return link->index && !link->master && !vif->frozen;
}

/* ---- one card ---- */

/* A walk through the holdings for a link of VIF. */
struct walk {
    const struct survey *survey;
    const struct survey_vif *vif;
    int link;
    struct actual *out;
};

/* Whether ENTRY of OTHER is no obstacle: of two domUs with the same address, the first keeps it. */
static bool gives_way(const struct walk *walk, const struct survey_vif *other,
                      const struct entry *entry)
{
    const struct entries *own = &walk->out->own;

    if (!other || other->gone || entry->kind != ENTRY_ADDRESS || other <= walk->vif)
        return false;
    for (size_t i = 0; i < own->count; i++)
        if (own->items[i].kind == ENTRY_ADDRESS &&
            prefix_equal(&own->items[i].address.prefix, &entry->address.prefix))
            return true;
    return false;
}

static bool is_noted(const struct actual *actual, const struct entry *entry)
{
    for (size_t i = 0; i < actual->held_count; i++)
        if (actual->held[i].entry.kind == entry->kind &&
            entry_link(&actual->held[i].entry) == entry_link(entry) &&
            prefix_equal(entry_prefix(&actual->held[i].entry), entry_prefix(entry)))
            return true;
    return false;
}

static int note_holder(const struct entry *entry, void *data)
{
    const struct walk *walk = data;
    static const struct link unknown; /* newer than the links that were read */
    const struct survey *survey = walk->survey;
    const struct survey_vif *other = vif_of_link(survey, entry_link(entry));
    const struct link *link = find_by_index(survey->links, survey->link_count, entry_link(entry));
    struct held held = {.entry = *entry};

    if (entry_link(entry) == walk->link || gives_way(walk, other, entry) ||
        is_noted(walk->out, entry))
        return 0;
    held.holder = find_holder(&walk->vif->vif, other && !other->gone ? &other->vif : NULL,
                              link ? link : &unknown, entry);
    if (held.holder.relation == HELD_BY_GONE && !other && is_new(survey, entry_link(entry))) {
        held.holder.relation = HELD_BY_NEW;
        strcpy(held.holder.domu, "a domU that starts");
    }
    return array_append(&walk->out->held, &walk->out->held_count, &held, sizeof(held));
}

static int find_holders(struct survey *survey, const struct desired *desired, struct walk *walk)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        if (!address_is_link_local(&desired->gateways[i].address))
            result =
                holdings_overlapping(&survey->holdings, &desired->gateways[i], note_holder, walk);
    for (size_t i = 0; i < desired->route_count && result == 0; i++)
        result = holdings_overlapping(&survey->holdings, &desired->routes[i].destination,
                                      note_holder, walk);
    return result;
}

/* Whether the vif's proxy entries belong to this one of its links: to the tap only without vif. */
static bool has_proxies(const struct survey_vif *vif, enum card card)
{
    return card == CARD_VIF || !vif->links[CARD_VIF].index;
}

bool survey_wants_proxy(const struct survey *survey, const struct entry *proxy)
{
    for (size_t i = 0; i < survey->count; i++) {
        const struct survey_vif *vif = &survey->vifs[i];

        if (vif->gone || !(vif->links[CARD_VIF].index || vif->links[CARD_TAP].index) ||
            !desired_has_route(&vif->desired, entry_prefix(proxy)))
            continue;
        for (size_t j = 0; j < vif->uplink_count; j++)
            if (vif->uplinks[j].index == entry_link(proxy))
                return true;
    }
    return false;
}

/* Whether the proxy entry belongs to this link of the vif, and not to the vif that it moves to. */
static bool is_own_proxy(const struct survey *survey, const struct survey_vif *vif, enum card card,
                         const struct entry *proxy)
{
    return has_proxies(vif, card) && (desired_has_route(&vif->desired, entry_prefix(proxy)) ||
                                      !survey_wants_proxy(survey, proxy));
}

static int add_card_neighbours(const struct survey *survey, const struct survey_vif *vif,
                               enum card card, struct entries *own)
{
    size_t kept = own->count;
    int result = neighbours_select(&survey->neighbours, &vif->desired, vif->links[card].index, own);

    for (size_t i = kept; i < own->count; i++)
        if (own->items[i].kind != ENTRY_PROXY || is_own_proxy(survey, vif, card, &own->items[i]))
            own->items[kept++] = own->items[i];
    own->count = kept;
    return result;
}

int survey_plan(struct survey *survey, const struct survey_vif *vif, enum card card,
                struct actual *actual, struct plan *plan, struct error *e)
{
    struct target target = target_vif(&vif->links[card], &vif->vif, card == CARD_TAP);
    struct walk walk = {survey, vif, target.link->index, actual};
    int result;

    *actual = (struct actual){.has_marks = survey->has_marks};
    *plan = (struct plan){.changes = NULL};
    if (has_proxies(vif, card)) {
        target.uplinks = vif->uplinks;
        target.uplink_count = vif->uplink_count;
    }
    result = snapshot_select(&survey->snapshot, walk.link, &actual->own);
    if (result == 0)
        result = add_card_neighbours(survey, vif, card, &actual->own);
    if (result == 0)
        result = find_holders(survey, &vif->desired, &walk);
    if (result == 0)
        result = find_holders(survey, &vif->ipv4, &walk);
    if (result == 0)
        result = plan_link(&target, &vif->desired, actual, plan, e);
    for (size_t i = 0; i < vif->ipv4.route_count && result == 0; i++)
        result = plan_conflicts(&vif->ipv4.routes[i].destination, true, actual->held,
                                actual->held_count, plan);
    if (result == 0)
        return 0;
    actual_free(actual);
    plan_free(plan);
    return fail_memory(e);
}

int survey_note(struct survey *survey, const struct plan *plan, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < plan->change_count && result == 0; i++) {
        const struct change *change = &plan->changes[i];

        if (change->kind != CHANGE_REMOVE && entry_is_exclusive(&change->entry) &&
            !address_is_link_local(&entry_prefix(&change->entry)->address))
            result = holdings_add(&survey->holdings, &change->entry);
    }
    return result < 0 ? fail_memory(e) : 0;
}

void survey_free(struct survey *survey)
{
    forget_kernel(survey);
    for (size_t i = 0; i < survey->count; i++)
        survey_vif_free(&survey->vifs[i]);
    free(survey->vifs);
    free(survey->earlier);
    *survey = (struct survey){.vifs = NULL};
}
