/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <string.h>

#include "base/lock.h"
#include "base/shell.h"
#include "check/judge.h"
#include "domu/guard.h"
#include "domu/link.h"
#include "sys/advert.h"
#include "sys/sysctl.h"

/* While the rows are made. */
struct maker {
    struct running *running;
    struct rows *rows;
    struct guard wanted;      /* for one link at a time */
    struct guard guard;       /* in force */
    struct names names;       /* of the running domUs, their UUIDs and MAC addresses */
    struct route *advertised; /* the routes from router advertisements, of all links */
    size_t advertised_count;
};

const char *state_name(enum state state)
{
    static const char *const names[STATES] = {
        [STATE_OK] = "ok",
        [STATE_MISSING] = "missing",
        [STATE_TENTATIVE] = "tentative",
        [STATE_DADFAILED] = "dadfailed",
        [STATE_CONFLICT] = "conflict",
        [STATE_STALE] = "stale",
        [STATE_NOT_RUNNING] = "not-running",
        [STATE_UNCONFIGURED] = "unconfigured",
    };

    return names[state];
}

static void row_free(struct row *row)
{
    free(row->domu);
    free(row->uuid);
    free(row->vif);
    free(row->gateway);
    free(row->detail);
}

static void rows_cut(struct rows *rows, size_t count)
{
    while (rows->count > count)
        row_free(&rows->rows[--rows->count]);
}

void rows_free(struct rows *rows)
{
    rows_cut(rows, 0);
    free(rows->rows);
    *rows = (struct rows){.rows = NULL};
}

static char *copy(const char *text)
{
    return text ? strdup(text) : NULL;
}

/* ---- one row ---- */

/* What a row is about. */
struct subject {
    const struct survey_vif *vif;
    const struct link *link;
    const struct actual *actual;
    const struct plan *plan;
};

static struct row *append_row(struct rows *rows, enum state state, const struct prefix *gateway)
{
    struct row *row = array_add(&rows->rows, &rows->count, sizeof(*row));
    char text[PREFIX_TEXT];

    if (!row)
        return NULL;
    row->state = state;
    if (gateway)
        row->gateway = strdup(prefix_print(gateway, text));
    return row;
}

/* What has a row of its own: the gateways, then the `address`es. NULL after the last one. */
static const struct prefix *row_prefix(const struct desired *desired, size_t i)
{
    if (i < desired->gateway_count)
        return &desired->gateways[i];
    i -= desired->gateway_count;
    return i < desired->address_count ? &desired->routes[i].destination : NULL;
}

static bool has_row(const struct rows *rows, size_t first, const struct prefix *gateway)
{
    char text[PREFIX_TEXT];

    prefix_print(gateway, text);
    for (size_t i = first; i < rows->count; i++)
        if (rows->rows[i].gateway && strcmp(rows->rows[i].gateway, text) == 0)
            return true;
    return false;
}

/* How people call the domU, and what `sync` understands. */
static char *domu_word(const struct survey_vif *vif)
{
    return vif->vif.name ? strdup(vif->vif.name) : format_string("domU %u", vif->vif.domid);
}

static int add_vif_row(struct rows *rows, const struct subject *subject, enum state state,
                       const struct prefix *gateway, char *detail)
{
    struct row *row = append_row(rows, state, gateway);

    if (!row) {
        free(detail);
        return -ENOMEM;
    }
    row->domu = domu_word(subject->vif);
    row->uuid = copy(subject->vif->vif.uuid);
    row->vif = strdup(subject->link->index ? subject->link->name : survey_link_name(subject->vif));
    row->detail = detail;
    return row->domu && row->vif ? 0 : -ENOMEM;
}

/* FIRST: what has to be done before, with " && " after it. */
static char *remedy_after(const struct subject *subject, const char *what, const char *first)
{
    const struct vif *vif = &subject->vif->vif;
    const char *word = vif->name && shell_is_plain(vif->name) ? vif->name : subject->link->name;

    return format_string("%s: %s%s sync %s", what, first, shell_own_command(), word);
}

static char *remedy_for(const struct subject *subject, const char *what)
{
    return remedy_after(subject, what, "");
}

static const struct change *find_change(const struct subject *subject,
                                        const struct in6_addr *address)
{
    for (size_t i = 0; i < subject->plan->change_count; i++) {
        const struct change *change = &subject->plan->changes[i];

        if (change->entry.kind == ENTRY_ADDRESS && strcmp(change->link, subject->link->name) == 0 &&
            address_equal(&change->entry.address.prefix.address, address))
            return change;
    }
    return NULL;
}

static const struct conflict *find_conflict(const struct plan *plan, const struct prefix *wanted,
                                            bool is_route)
{
    for (size_t i = 0; i < plan->conflict_count; i++)
        if (plan->conflicts[i].is_route == is_route &&
            prefix_equal(&plan->conflicts[i].wanted, wanted))
            return &plan->conflicts[i];
    return NULL;
}

/* During a migration one of the domU's two vifs has the address, and rightly. */
static bool is_at_twin(const struct subject *subject, const struct prefix *gateway)
{
    for (size_t i = 0; i < subject->actual->held_count; i++) {
        const struct held *held = &subject->actual->held[i];

        if (held->entry.kind <= ENTRY_ROUTE && held->holder.relation == HELD_BY_SELF &&
            prefix_equal(entry_prefix(&held->entry), gateway))
            return true;
    }
    return false;
}

static char *conflict_detail(const struct conflict *conflict)
{
    const struct holder *holder = &conflict->held.holder;
    char text[CONFLICT_TEXT];
    char held[PREFIX_TEXT];

    if (holder->relation == HELD_BY_HOST)
        return strdup(host_conflict_print(conflict, text));
    if (*holder->twin)
        return format_string("%s%s, another domU of this name, has %s (%s): write a section "
                             "[uuid %s] with an address of its own for this one",
                             conflict->is_route ? "route: " : "", holder->domu,
                             prefix_print(entry_prefix(&conflict->held.entry), held), holder->link,
                             holder->twin);
    return format_string("%s%s has %s (%s): give one of them another in ipv6.cfg",
                         conflict->is_route ? "route: " : "", holder->domu,
                         prefix_print(entry_prefix(&conflict->held.entry), held), holder->link);
}

static char *missing_detail(const struct subject *subject)
{
    const struct link *link = subject->link;
    char first[80];

    if (subject->vif->moving)
        return strdup("its domU migrates");
    if (link->mtu < LEAST_MTU) {
        snprintf(first, sizeof(first), "ip link set %s mtu %u && ", link->name, LEAST_MTU);
        return remedy_after(subject, "the link's MTU is too small for IPv6", first);
    }
    if (sysctl_is_on("ipv6", link->name, "disable_ipv6")) {
        snprintf(first, sizeof(first), "sysctl -w net/ipv6/conf/%s/disable_ipv6=0 && ", link->name);
        return remedy_after(subject, "IPv6 is disabled on the link", first);
    }
    if (!link->up)
        return remedy_for(subject, "the link is down");
    return remedy_for(subject, "the vif does not have it");
}

/* An address that is there, but not as it should be. */
static int add_unsound(struct rows *rows, const struct subject *subject,
                       const struct prefix *gateway, const struct change *change)
{
    const struct address *before = &change->before.address;
    char text[PREFIX_TEXT];
    char what[PREFIX_TEXT + 32];

    if (before->flags & IFA_F_DADFAILED)
        return add_vif_row(
            rows, subject, STATE_DADFAILED, gateway,
            remedy_for(subject, "duplicate address detection found it on another host"));
    if (before->flags & IFA_F_TENTATIVE)
        return add_vif_row(rows, subject, STATE_TENTATIVE, gateway,
                           remedy_for(subject, "duplicate address detection has not finished"));
    snprintf(what, sizeof(what), "it is there as %s%s", prefix_print(&before->prefix, text),
             before->prefix.length == gateway->length ? " for a time only" : "");
    return add_vif_row(rows, subject, STATE_MISSING, gateway, remedy_for(subject, what));
}

static int add_gateway_row(struct rows *rows, const struct subject *subject,
                           const struct prefix *gateway)
{
    const struct change *change = find_change(subject, &gateway->address);
    const struct conflict *conflict = find_conflict(subject->plan, gateway, false);

    if (conflict)
        return add_vif_row(rows, subject, STATE_CONFLICT, gateway, conflict_detail(conflict));
    if (change && change->kind == CHANGE_FIX)
        return add_unsound(rows, subject, gateway, change);
    if (change && change->kind == CHANGE_ADD)
        return is_at_twin(subject, gateway)
                   ? 0
                   : add_vif_row(rows, subject, STATE_MISSING, gateway, missing_detail(subject));
    if (!subject->link->up)
        return add_vif_row(rows, subject, STATE_MISSING, gateway, missing_detail(subject));
    return add_vif_row(rows, subject, STATE_OK, gateway, strdup(""));
}

/* An uplink of the vif that does not exist, or NULL. */
static const char *missing_uplink(const struct survey_vif *vif)
{
    for (size_t i = 0; i < vif->desired.uplink_count; i++) {
        bool exists = false;

        for (size_t j = 0; j < vif->uplink_count; j++)
            exists |= strcmp(vif->uplinks[j].name, vif->desired.uplinks[i]) == 0;
        if (!exists)
            return vif->desired.uplinks[i];
    }
    return NULL;
}

/* What of an `address` is wrong, and what to do; NULL: nothing. The caller frees it. */
static char *address_fault(const struct subject *subject, const struct prefix *address)
{
    const char *uplink = missing_uplink(subject->vif);
    char text[ENTRY_TEXT];
    char what[ENTRY_TEXT + 32];

    for (size_t i = 0; i < subject->plan->change_count; i++) {
        const struct change *change = &subject->plan->changes[i];

        if (change->kind == CHANGE_REMOVE || change->entry.kind == ENTRY_ADDRESS ||
            !prefix_equal(entry_prefix(&change->entry), address))
            continue;
        snprintf(what, sizeof(what), "%s: %s %s", change->link, entry_print(&change->entry, text),
                 change->kind == CHANGE_ADD ? "is missing" : "is not as it should be");
        return remedy_for(subject, what);
    }
    if (uplink)
        return format_string("the uplink %s does not exist", uplink);
    return subject->link->up ? NULL : missing_detail(subject);
}

static int add_address_row(struct rows *rows, const struct subject *subject,
                           const struct prefix *address)
{
    const struct conflict *conflict = find_conflict(subject->plan, address, false);
    char *fault;

    if (conflict)
        return add_vif_row(rows, subject, STATE_CONFLICT, address, conflict_detail(conflict));
    if (is_at_twin(subject, address))
        return 0;
    fault = address_fault(subject, address);
    return add_vif_row(rows, subject, fault ? STATE_MISSING : STATE_OK, address,
                       fault ? fault : strdup(""));
}

/* What to do about something that the suite added, and the file does not have. */
static char *stale_detail(const struct maker *maker, const struct subject *subject,
                          const char *what)
{
    const struct survey_vif *vif = subject->vif;
    const struct config *config = &maker->running->config;
    char created[512];

    if (vif->frozen)
        return strdup(vif->moving ? "its domU migrates"
                                  : "not changed until the error in its entry is corrected");
    if (maker->running->text.path)
        return remedy_for(subject, what);
    snprintf(created, sizeof(created), "%s, and there is no %s: create it, then", what,
             config->path);
    return remedy_for(subject, created);
}

static int add_stale_rows(struct maker *maker, const struct subject *subject)
{
    const size_t first = maker->rows->count;
    int result = 0;

    for (size_t i = 0; i < subject->plan->change_count && result == 0; i++) {
        const struct change *change = &subject->plan->changes[i];

        if (change->kind == CHANGE_REMOVE &&
            (change->entry.kind == ENTRY_ADDRESS || is_host_route(&change->entry)) &&
            strcmp(change->link, subject->link->name) == 0 &&
            !has_row(maker->rows, first, entry_prefix(&change->entry)))
            result = add_vif_row(maker->rows, subject, STATE_STALE, entry_prefix(&change->entry),
                                 stale_detail(maker, subject, "no longer configured"));
    }
    return result;
}

/* ---- what has no row of its own ---- */

/*
 * A row that was right is not, for this reason; a vif without a row gets one. A conflict is told
 * before what is only missing: a sync does not mend it.
 */
static int add_fault(struct rows *rows, size_t first, const struct subject *subject,
                     enum state state, char *detail)
{
    if (!detail)
        return -ENOMEM;
    if (rows->count == first)
        return add_vif_row(rows, subject, state, NULL, detail);
    for (size_t i = first; i < rows->count; i++)
        if (rows->rows[i].state == STATE_OK ||
            (state == STATE_CONFLICT && rows->rows[i].state == STATE_MISSING)) {
            free(rows->rows[i].detail);
            rows->rows[i].detail = detail;
            rows->rows[i].state = state;
            return 0;
        }
    free(detail); /* none is right, and tells its own reason */
    return 0;
}

/* Whether CHANGE is to be reported, and no row is about it. */
static bool has_fault_of_its_own(const struct subject *subject, const struct change *change)
{
    const struct desired *desired = &subject->vif->desired;

    if (change->entry.kind == ENTRY_ADDRESS ||
        (change->entry.kind != ENTRY_PROXY && strcmp(change->link, subject->link->name) != 0))
        return false;
    if (change->kind == CHANGE_REMOVE)
        return true;
    for (size_t i = 0; i < desired->address_count; i++)
        if (prefix_equal(&desired->routes[i].destination, entry_prefix(&change->entry)))
            return false;
    return true;
}

static int judge_routes(struct maker *maker, size_t first, const struct subject *subject)
{
    struct rows *rows = maker->rows;

    for (size_t i = 0; i < subject->plan->conflict_count; i++)
        if (subject->plan->conflicts[i].is_route)
            return add_fault(rows, first, subject, STATE_CONFLICT,
                             conflict_detail(&subject->plan->conflicts[i]));
    for (size_t i = 0; i < subject->plan->change_count && !subject->vif->moving; i++) {
        const struct change *change = &subject->plan->changes[i];
        const bool goes = change->kind == CHANGE_REMOVE;
        char entry[ENTRY_TEXT];
        char what[ENTRY_TEXT + 64];

        if (!has_fault_of_its_own(subject, change))
            continue;
        snprintf(what, sizeof(what), "the %s is %s", entry_print(&change->entry, entry),
                 goes ? "no longer configured" : "missing");
        return add_fault(rows, first, subject, goes ? STATE_STALE : STATE_MISSING,
                         goes ? stale_detail(maker, subject, what) : remedy_for(subject, what));
    }
    return 0;
}

static enum guard_scope is_this_link(const char *link, const void *data)
{
    return strcmp(link, data) == 0 ? GUARD_PRESENT : GUARD_OTHER;
}

/* A vif that sync leaves alone keeps the guard that it has. */
static bool keeps_guard(const struct maker *maker, const struct subject *subject)
{
    return subject->vif->frozen && guard_holds(&maker->guard, subject->link->name);
}

/* Whether antispoof is in force on the link as the file has it. */
static int judge_guard(struct maker *maker, size_t first, const struct subject *subject,
                       struct error *e)
{
    const struct survey_vif *vif = subject->vif;
    struct guard_plan plan = {.rules = NULL};
    int result;

    guard_free(&maker->wanted);
    if (keeps_guard(maker, subject))
        return 0;
    result = vif->desired.antispoof
                 ? running_guard(vif, subject->link, subject->plan, NULL, &maker->wanted, e)
                 : 0;
    if (result == -EINVAL)
        return add_fault(maker->rows, first, subject, STATE_MISSING, strdup(e->text)) < 0
                   ? fail_memory(e)
                   : 0;
    if (result == 0)
        result =
            guard_plan(&maker->wanted, &maker->guard, is_this_link, subject->link->name, &plan, e);
    if (result < 0)
        return result;
    if (plan.change_count > 0 && vif->desired.antispoof)
        result = add_fault(maker->rows, first, subject, STATE_MISSING,
                           remedy_for(subject, "antispoof is not in force"));
    else if (plan.change_count > 0)
        result = add_fault(maker->rows, first, subject, STATE_STALE,
                           stale_detail(maker, subject, "antispoof is still in force"));
    guard_plan_free(&plan);
    return result < 0 ? fail_memory(e) : 0;
}

/* No vif has an address or a route by what its guest advertises. */
static int judge_advertised(struct maker *maker, size_t first, const struct subject *subject,
                            struct error *e)
{
    const struct entries *own = &subject->actual->own;
    AUTO_FREE struct address *addresses = calloc(own->count + 1, sizeof(*addresses));
    size_t count = 0;
    char *detail;
    int result;

    if (!addresses)
        return fail_memory(e);
    for (size_t i = 0; i < own->count; i++)
        if (own->items[i].kind == ENTRY_ADDRESS)
            addresses[count++] = own->items[i].address;
    result = advert_describe(subject->link->name, subject->link->index, maker->advertised,
                             maker->advertised_count, addresses, count, &detail);
    if (result == 0 && detail)
        result = add_fault(maker->rows, first, subject, STATE_CONFLICT, detail);
    return result < 0 ? fail_memory(e) : 0;
}

/* ---- one vif ---- */

static int add_planned(struct maker *maker, const struct subject *subject, struct error *e)
{
    const struct desired *desired = &subject->vif->desired;
    const size_t first = maker->rows->count;
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        result = add_gateway_row(maker->rows, subject, &desired->gateways[i]);
    for (size_t i = 0; i < desired->address_count && result == 0; i++)
        result = add_address_row(maker->rows, subject, &desired->routes[i].destination);
    if (result == 0)
        result = add_stale_rows(maker, subject);
    if (result == 0)
        result = judge_routes(maker, first, subject);
    if (result < 0)
        return fail_memory(e);
    result = judge_advertised(maker, first, subject, e);
    return result == 0 ? judge_guard(maker, first, subject, e) : result;
}

static int add_card(struct maker *maker, const struct survey_vif *vif, enum card card,
                    struct error *e)
{
    struct survey *survey = &maker->running->survey;
    struct actual actual;
    struct plan plan;
    int result = survey_plan(survey, vif, card, &actual, &plan, e);

    if (result < 0)
        return result;
    result = add_planned(
        maker,
        &(struct subject){.vif = vif, .link = &vif->links[card], .actual = &actual, .plan = &plan},
        e);
    if (result == 0)
        result = survey_note(survey, &plan, e);
    plan_free(&plan);
    actual_free(&actual);
    return result;
}

/* Addresses that cannot be anywhere, for the vif has no link that is routed. */
static int add_without_link(struct maker *maker, const struct survey_vif *vif, const char *why,
                            struct error *e)
{
    const struct subject subject = {.vif = vif, .link = &vif->links[CARD_VIF]};
    const struct prefix *prefix;
    int result = 0;

    for (size_t i = 0; (prefix = row_prefix(&vif->desired, i)) && result == 0; i++)
        result = add_vif_row(maker->rows, &subject, STATE_MISSING, prefix, strdup(why));
    return result < 0 ? fail_memory(e) : 0;
}

static int add_mistake(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    const struct subject subject = {.vif = vif, .link = &vif->links[CARD_VIF]};
    char *detail;

    if (!vif->error)
        return 0;
    detail = format_string("%s:%u: %s", PLACE(&maker->running->config, vif->error->line),
                           vif->error->text);
    return add_vif_row(maker->rows, &subject, STATE_MISSING, NULL, detail) < 0 ? fail_memory(e) : 0;
}

/* A domU with a routed and a bridged vif is served by the routed one. */
static bool has_routed_vif(const struct survey *survey, const struct survey_vif *vif)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->vifs[i].vif.domid == vif->vif.domid && survey->vifs[i].links[CARD_VIF].index &&
            !survey->vifs[i].links[CARD_VIF].master)
            return true;
    return false;
}

static int add_unconfigured(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    const struct subject subject = {.vif = vif, .link = &vif->links[CARD_VIF]};
    char *detail = vif->notice
                       ? strdup(vif->notice)
                       : format_string("it has no entry in %s", maker->running->config.path);

    return add_vif_row(maker->rows, &subject, STATE_UNCONFIGURED, NULL, detail) < 0 ? fail_memory(e)
                                                                                    : 0;
}

static int add_rows_of_vif(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    const struct link *link = &vif->links[CARD_VIF];
    const size_t first = maker->rows->count;
    int result = 0;

    if (link->index && link->master)
        result =
            has_routed_vif(&maker->running->survey, vif)
                ? 0
                : add_without_link(maker, vif, "the vif is a port of a bridge, and not routed", e);
    else if (link->index)
        result = add_card(maker, vif, CARD_VIF, e);
    else if (vif->taken)
        result = add_without_link(maker, vif, "its vifname is the name of another link", e);
    else if (!vif->links[CARD_TAP].index)
        result = add_without_link(maker, vif, "its link does not exist in this dom0", e);
    if (result == 0 && vif->links[CARD_TAP].index && !vif->links[CARD_TAP].master)
        result = add_card(maker, vif, CARD_TAP, e);
    if (result == 0)
        result = add_mistake(maker, vif, e);
    if (result == 0 && !vif->section && link->index && !link->master &&
        maker->rows->count == first && !desired_has_ipv6(&vif->desired))
        result = add_unconfigured(maker, vif, e);
    return result;
}

static bool all_right(const struct rows *rows, size_t first)
{
    for (size_t i = first; i < rows->count; i++)
        if (rows->rows[i].state != STATE_OK && rows->rows[i].state != STATE_UNCONFIGURED)
            return false;
    return true;
}

static int add_name(struct maker *maker, const char *name)
{
    return name ? names_add(&maker->names, name) : 0;
}

/* A domU that ended since its nodes were read does not run, and lacks nothing. */
static int add_rows_of_running(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    const size_t first = maker->rows->count;
    int result = vif->gone ? 0 : add_rows_of_vif(maker, vif, e);

    if (result < 0 || vif->gone)
        return result;
    if (!all_right(maker->rows, first) && !vif_is_live(&maker->running->store, &vif->vif)) {
        rows_cut(maker->rows, first);
        return 0;
    }
    if (!running_is_meant(maker->running, vif))
        rows_cut(maker->rows, first);
    if (add_name(maker, vif->section ? vif->section->name : NULL) < 0 || /* in other case */
        add_name(maker, vif->vif.name) < 0 || add_name(maker, vif->vif.uuid) < 0 ||
        add_name(maker, vif->vif.mac) < 0)
        return fail_memory(e);
    return 0;
}

/* ---- what does not run ---- */

/* Whether the running domU has the vif with this number, here or in a driver domain. */
static bool has_vif(const struct maker *maker, unsigned int domid, int devid)
{
    const struct survey *survey = &maker->running->survey;
    AUTO_FREE char *backend = NULL;

    for (size_t i = 0; i < survey->count; i++)
        if (survey->vifs[i].vif.domid == domid && survey->vifs[i].vif.devid == (unsigned int)devid)
            return true;
    backend =
        store_read(&maker->running->store, "/local/domain/%u/device/vif/%d/backend", domid, devid);
    return backend || errno != ENOENT;
}

static int add_absent_vif(struct maker *maker, const struct survey_vif *vif, int devid)
{
    struct row *row = append_row(maker->rows, STATE_MISSING, NULL);

    if (!row)
        return -ENOMEM;
    row->domu = domu_word(vif);
    row->uuid = copy(vif->vif.uuid);
    row->detail = format_string("the domU has no vif %d, which its entry names", devid);
    return row->domu && row->detail ? 0 : -ENOMEM;
}

/* KEY.DEVID of a running domU that has no such vif, a row for each number. */
static int add_absent_vifs(struct maker *maker, const struct survey_vif *vif)
{
    int devid = ANY_DEVID;
    int result = 0;

    while (result == 0 && (devid = section_next_devid(vif->section, devid)) != ANY_DEVID)
        if (!has_vif(maker, vif->vif.domid, devid))
            result = add_absent_vif(maker, vif, devid);
    return result;
}

/* Whether VIF is the first of its domU that the section serves. */
static bool is_first_of_section(const struct survey *survey, const struct survey_vif *vif)
{
    for (const struct survey_vif *other = survey->vifs; other < vif; other++)
        if (other->section == vif->section && other->vif.domid == vif->vif.domid)
            return false;
    return true;
}

/* After the rows of the vifs that are there. A [mac] section is one vif's, whatever its number. */
static int add_all_absent_vifs(struct maker *maker, struct error *e)
{
    const struct running *running = maker->running;
    int result = 0;

    for (size_t i = 0; i < running->survey.count && result == 0; i++) {
        const struct survey_vif *vif = &running->survey.vifs[i];

        if (vif->section && vif->section->kind != SECTION_MAC && !vif->gone &&
            section_next_devid(vif->section, ANY_DEVID) != ANY_DEVID &&
            running_is_meant(running, vif) && is_first_of_section(&running->survey, vif))
            result = add_absent_vifs(maker, vif);
    }
    return result < 0 ? fail_memory(e) : 0;
}

static int compare_running_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool runs(const struct names *names, const struct section *section)
{
    return names->count > 0 && bsearch(&section->name, names->names, names->count,
                                       sizeof(*names->names), compare_running_names) != NULL;
}

static int add_idle_rows(struct rows *rows, size_t first, const struct section *section,
                         const struct desired *desired)
{
    const struct prefix *prefix;
    char title[320];

    for (size_t i = 0; (prefix = row_prefix(desired, i)) != NULL; i++) {
        struct row *row;

        if (has_row(rows, first, prefix))
            continue;
        row = append_row(rows, STATE_NOT_RUNNING, prefix);
        if (!row)
            return -ENOMEM;
        row->domu =
            strdup(section->kind == SECTION_DOMU ? section->name
                                                 : section_title(section, title, sizeof(title)));
        row->uuid = section->kind == SECTION_UUID ? strdup(section->name) : NULL;
        row->detail = strdup("");
        if (!row->domu)
            return -ENOMEM;
    }
    return 0;
}

static int add_idle_for(struct maker *maker, size_t first, const struct section *section, int devid,
                        struct error *e)
{
    struct desired desired;
    int result = desired_build(&maker->running->config, section, devid, &desired, e);

    if (result < 0)
        return result;
    result = add_idle_rows(maker->rows, first, section, &desired);
    desired_free(&desired);
    return result < 0 ? fail_memory(e) : 0;
}

/* All addresses of the entry, for whichever vif. */
static int add_idle(struct maker *maker, const struct section *section, struct error *e)
{
    const size_t first = maker->rows->count;
    int devid = ANY_DEVID;
    int result;

    if (!section_is_domu(section) || runs(&maker->names, section) ||
        !running_means_section(maker->running, section))
        return 0;
    do {
        result = add_idle_for(maker, first, section, devid, e);
        devid = section_next_devid(section, devid);
    } while (devid != ANY_DEVID && result == 0);
    return result;
}

/* All of one moment, and not while a hook is at work: it holds the lock. */
static int read_kernel(struct maker *maker, struct error *e)
{
    struct running *running = maker->running;
    int lock = lock_take();
    int result = running_look(running, e);

    if (result == 0)
        result = guard_read(&maker->guard, e);
    if (result == 0)
        result = advert_routes(&running->rtnl, &maker->advertised, &maker->advertised_count, e);
    close_fd(&lock);
    return result;
}

int status_rows(struct running *running, struct rows *out, struct error *e)
{
    struct maker maker = {.running = running, .rows = out};
    int result = read_kernel(&maker, e);

    for (size_t i = 0; i < running->survey.count && result == 0; i++)
        result = add_rows_of_running(&maker, &running->survey.vifs[i], e);
    if (result == 0)
        result = add_all_absent_vifs(&maker, e);
    sort_array(maker.names.names, maker.names.count, sizeof(*maker.names.names),
               compare_running_names);
    for (size_t i = 0; i < running->config.section_count && result == 0; i++)
        result = add_idle(&maker, running->config.sections[i], e);
    names_free(&maker.names);
    free(maker.advertised);
    guard_free(&maker.wanted);
    guard_free(&maker.guard);
    return result;
}
