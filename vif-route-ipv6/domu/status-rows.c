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

/* What the functions below share. They return -ENOMEM without a text: status_rows() adds it. */
struct maker {
    struct running *running;
    struct rows *rows;
    struct guard guard;       /* in force */
    struct names names;       /* of the running domUs, their UUIDs and MAC addresses */
    struct route *advertised; /* the routes from router advertisements, of all links */
    size_t advertised_count;
    const struct section *idle; /* whose rows begin at FIRST_IDLE */
    size_t first_idle;
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
    struct maker *maker;
    size_t first; /* of the rows, the first about this link */
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
    row->gateway = gateway ? strdup(prefix_print(gateway, text)) : NULL;
    return !gateway == !row->gateway ? row : NULL;
}

/* The prefixes that have rows: the gateways, then the `address`es. NULL after the last one. */
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

/* The domU's name for people and for `sync`. */
static char *domu_word(const struct survey_vif *vif)
{
    return vif->vif.name ? strdup(vif->vif.name) : format_string("domU %u", vif->vif.domid);
}

static int add_vif_row(const struct subject *subject, enum state state,
                       const struct prefix *gateway, char *detail)
{
    struct row *row = append_row(subject->maker->rows, state, gateway);

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

/* WHAT is wrong, and the remedy; but first what keeps IPv6 from the link. */
static char *remedy_for(const struct subject *subject, const char *what)
{
    const struct vif *vif = &subject->vif->vif;
    const struct link *link = subject->link;
    const char *domu = vif->name && shell_is_plain(vif->name) ? vif->name : link->name;
    char word[SHELL_WORD];
    char quoted[SHELL_WORD];
    char first[128] = "";

    shell_word(link->name, quoted);
    if (link->mtu < LEAST_MTU) {
        what = "the link's MTU is too small for IPv6";
        snprintf(first, sizeof(first), "ip link set %.63s mtu %u && ", quoted, LEAST_MTU);
    } else if (sysctl_is_on("ipv6", link->name, "disable_ipv6")) {
        what = "IPv6 is disabled on the link";
        snprintf(first, sizeof(first), "sysctl -w net/ipv6/conf/%.63s/disable_ipv6=0 && ", quoted);
    }
    return format_string("%s: %s%s sync %s", what, first, shell_own_command(),
                         shell_word(domu, word));
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

/* The conflict about a row's address, or NULL. */
static const struct conflict *find_conflict(const struct plan *plan, const struct prefix *wanted)
{
    for (size_t i = 0; i < plan->conflict_count; i++)
        if (!plan->conflicts[i].is_route && prefix_equal(&plan->conflicts[i].wanted, wanted))
            return &plan->conflicts[i];
    return NULL;
}

/* During a migration only one of the domU's two vifs has the address, which is right. */
static bool is_at_twin(const struct subject *subject, const struct prefix *gateway)
{
    for (size_t i = 0; i < subject->actual->held_count; i++) {
        const struct held *held = &subject->actual->held[i];

        if (entry_is_exclusive(&held->entry) && held->holder.relation == HELD_BY_SELF &&
            prefix_equal(entry_prefix(&held->entry), gateway))
            return true;
    }
    return false;
}

static char *conflict_detail(const struct conflict *conflict)
{
    const struct holder *holder = &conflict->held.holder;
    const char *route = conflict->is_route ? "route: " : "";
    char text[CONFLICT_TEXT];
    char held[PREFIX_TEXT];

    if (holder->relation == HELD_BY_HOST)
        return strdup(host_conflict_print(conflict, text));
    prefix_print(entry_prefix(&conflict->held.entry), held);
    if (*holder->own_uuid)
        return format_string("%s%s, another domU of this name, has %s (%s): write a section "
                             "[uuid %s] with an address of its own for this one",
                             route, holder->domu, held, holder->link, holder->own_uuid);
    return format_string("%s%s has %s (%s): give one of them another in ipv6.cfg", route,
                         holder->domu, held, holder->link);
}

static char *missing_detail(const struct subject *subject)
{
    if (subject->vif->moving)
        return strdup("its domU migrates");
    return remedy_for(subject, subject->link->up ? "the vif does not have it" : "the link is down");
}

/* A row for an address that exists with wrong properties. */
static int add_unsound(const struct subject *subject, const struct prefix *gateway,
                       const struct change *change)
{
    const struct address *before = &change->before.address;
    char text[PREFIX_TEXT];
    char what[PREFIX_TEXT + 32];

    if (before->flags & IFA_F_DADFAILED)
        return add_vif_row(
            subject, STATE_DADFAILED, gateway,
            remedy_for(subject, "duplicate address detection found it on another host"));
    if (before->flags & IFA_F_TENTATIVE)
        return add_vif_row(subject, STATE_TENTATIVE, gateway,
                           remedy_for(subject, "duplicate address detection has not finished"));
    snprintf(what, sizeof(what), "it is there as %s%s", prefix_print(&before->prefix, text),
             before->prefix.length == gateway->length ? " for a time only" : "");
    return add_vif_row(subject, STATE_MISSING, gateway, remedy_for(subject, what));
}

static int add_gateway_row(const struct subject *subject, const struct prefix *gateway)
{
    const struct change *change = find_change(subject, &gateway->address);
    const struct conflict *conflict = find_conflict(subject->plan, gateway);

    if (conflict)
        return add_vif_row(subject, STATE_CONFLICT, gateway, conflict_detail(conflict));
    if (change && change->kind == CHANGE_FIX)
        return add_unsound(subject, gateway, change);
    if (change && change->kind == CHANGE_ADD && is_at_twin(subject, gateway))
        return 0;
    if ((change && change->kind == CHANGE_ADD) || !subject->link->up)
        return add_vif_row(subject, STATE_MISSING, gateway, missing_detail(subject));
    return add_vif_row(subject, STATE_OK, gateway, strdup(""));
}

/* What is wrong with an `address`, and the remedy; NULL: nothing. The caller frees it. */
static char *address_fault(const struct subject *subject, const struct prefix *address)
{
    const char *uplink = subject->vif->missing_uplink;
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

static int add_address_row(const struct subject *subject, const struct prefix *address)
{
    const struct conflict *conflict = find_conflict(subject->plan, address);
    char *fault;

    if (conflict)
        return add_vif_row(subject, STATE_CONFLICT, address, conflict_detail(conflict));
    if (is_at_twin(subject, address))
        return 0;
    fault = address_fault(subject, address);
    return add_vif_row(subject, fault ? STATE_MISSING : STATE_OK, address,
                       fault ? fault : strdup(""));
}

/* The detail for something that the suite added and that is not configured. */
static char *stale_detail(const struct subject *subject, const char *what)
{
    const struct survey_vif *vif = subject->vif;
    const struct running *running = subject->maker->running;
    AUTO_FREE char *created = NULL;

    if (vif->frozen)
        return strdup(vif->moving ? "its domU migrates"
                                  : "not changed until the error in its entry is corrected");
    if (running->text.path)
        return remedy_for(subject, what);
    created = format_string("%s, and there is no %s: create it, then", what, running->config.path);
    return created ? remedy_for(subject, created) : NULL;
}

static int add_stale_rows(const struct subject *subject)
{
    const struct rows *rows = subject->maker->rows;
    const size_t first = rows->count;
    int result = 0;

    for (size_t i = 0; i < subject->plan->change_count && result == 0; i++) {
        const struct change *change = &subject->plan->changes[i];

        if (change->kind == CHANGE_REMOVE &&
            (change->entry.kind == ENTRY_ADDRESS || is_host_route(&change->entry)) &&
            strcmp(change->link, subject->link->name) == 0 &&
            !has_row(rows, first, entry_prefix(&change->entry)))
            result = add_vif_row(subject, STATE_STALE, entry_prefix(&change->entry),
                                 stale_detail(subject, "no longer configured"));
    }
    return result;
}

/* ---- faults of a vif that are not about a row's address ---- */

/*
 * Gives the fault to the first row that is ok; a vif without rows gets one. A conflict replaces
 * what is only missing, because a sync does not resolve it. Takes DETAIL over.
 */
static int add_fault(const struct subject *subject, enum state state, char *detail)
{
    struct rows *rows = subject->maker->rows;

    if (!detail)
        return -ENOMEM;
    if (rows->count == subject->first)
        return add_vif_row(subject, state, NULL, detail);
    for (size_t i = subject->first; i < rows->count; i++)
        if (rows->rows[i].state == STATE_OK ||
            (state == STATE_CONFLICT && rows->rows[i].state == STATE_MISSING)) {
            free(rows->rows[i].detail);
            rows->rows[i].detail = detail;
            rows->rows[i].state = state;
            return 0;
        }
    free(detail); /* all rows have other reasons */
    return 0;
}

/* Whether CHANGE is a fault that no row is about. */
static bool is_fault_without_row(const struct subject *subject, const struct change *change)
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

static int judge_routes(const struct subject *subject)
{
    for (size_t i = 0; i < subject->plan->conflict_count; i++)
        if (subject->plan->conflicts[i].is_route)
            return add_fault(subject, STATE_CONFLICT,
                             conflict_detail(&subject->plan->conflicts[i]));
    for (size_t i = 0; i < subject->plan->change_count && !subject->vif->moving; i++) {
        const struct change *change = &subject->plan->changes[i];
        const bool goes = change->kind == CHANGE_REMOVE;
        char entry[ENTRY_TEXT];
        char what[ENTRY_TEXT + 64];

        if (!is_fault_without_row(subject, change))
            continue;
        snprintf(what, sizeof(what), "the %s is %s", entry_print(&change->entry, entry),
                 goes ? "no longer configured" : "missing");
        return add_fault(subject, goes ? STATE_STALE : STATE_MISSING,
                         goes ? stale_detail(subject, what) : remedy_for(subject, what));
    }
    return 0;
}

static enum guard_scope is_this_link(const char *link, const void *data)
{
    return strcmp(link, data) == 0 ? GUARD_PRESENT : GUARD_OTHER;
}

/* Checks that antispoof is in force on the link as configured. */
static int judge_guard(const struct subject *subject, struct error *e)
{
    struct guard *in_force = &subject->maker->guard;
    const struct survey_vif *vif = subject->vif;
    CLEANUP(guard_free) struct guard wanted = {.entries = NULL};
    CLEANUP(guard_plan_free) struct guard_plan plan = {.rules = NULL};
    int result = 0;

    if (vif->frozen && guard_is_in_force(in_force, subject->link->name))
        return 0; /* sync does not change it either */
    if (vif->desired.antispoof)
        result = running_guard(vif, subject->link, subject->plan, NULL, &wanted, e);
    if (result == -EINVAL)
        return add_fault(subject, STATE_MISSING, strdup(e->text));
    if (result == 0)
        result = guard_plan(&wanted, in_force, is_this_link, subject->link->name, &plan, e);
    if (result < 0 || plan.change_count == 0)
        return result;
    if (vif->desired.antispoof)
        return add_fault(subject, STATE_MISSING, remedy_for(subject, "antispoof is not in force"));
    return add_fault(subject, STATE_STALE, stale_detail(subject, "antispoof is still in force"));
}

/* Checks that the vif has no address or route from an advertisement of its guest. */
static int judge_advertised(const struct subject *subject)
{
    const struct maker *maker = subject->maker;
    const struct entries *own = &subject->actual->own;
    AUTO_FREE struct address *addresses = calloc(own->count + 1, sizeof(*addresses));
    size_t count = 0;
    char *detail;
    int result;

    if (!addresses)
        return -ENOMEM;
    for (size_t i = 0; i < own->count; i++)
        if (own->items[i].kind == ENTRY_ADDRESS)
            addresses[count++] = own->items[i].address;
    result = advert_describe(subject->link, maker->advertised, maker->advertised_count, addresses,
                             count, &detail);
    return result == 0 && detail ? add_fault(subject, STATE_CONFLICT, detail) : result;
}

/* ---- one vif ---- */

/* The rows of a link: its gateways, its `address`es, what is stale, and what else is wrong. */
static int add_card(struct maker *maker, const struct survey_vif *vif, enum card card,
                    struct error *e)
{
    struct survey *survey = &maker->running->survey;
    const struct desired *desired = &vif->desired;
    CLEANUP(actual_free) struct actual actual = {.held = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    const struct subject subject = {maker, maker->rows->count, vif, &vif->links[card], &actual,
                                    &plan};
    int result = survey_plan(survey, vif, card, &actual, &plan, e);

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        result = add_gateway_row(&subject, &desired->gateways[i]);
    for (size_t i = 0; i < desired->address_count && result == 0; i++)
        result = add_address_row(&subject, &desired->routes[i].destination);
    if (result == 0)
        result = add_stale_rows(&subject);
    if (result == 0)
        result = judge_routes(&subject);
    if (result == 0)
        result = judge_advertised(&subject);
    if (result == 0)
        result = judge_guard(&subject, e);
    return result == 0 ? survey_note(survey, &plan, e) : result;
}

/* Rows for a vif without a routed link. */
static int add_without_link(const struct subject *subject, const char *why)
{
    const struct prefix *prefix;
    int result = 0;

    for (size_t i = 0; (prefix = row_prefix(&subject->vif->desired, i)) && result == 0; i++)
        result = add_vif_row(subject, STATE_MISSING, prefix, strdup(why));
    return result;
}

/* A domU with a routed and a bridged vif uses the routed one. */
static bool has_routed_vif(const struct survey *survey, const struct survey_vif *vif)
{
    for (size_t i = 0; i < survey->count; i++)
        if (survey->vifs[i].vif.domid == vif->vif.domid && survey->vifs[i].links[CARD_VIF].index &&
            !survey->vifs[i].links[CARD_VIF].master)
            return true;
    return false;
}

static int add_rows_of_vif(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    const struct link *link = &vif->links[CARD_VIF];
    const struct link *tap = &vif->links[CARD_TAP];
    const struct subject subject = {
        .maker = maker, .first = maker->rows->count, .vif = vif, .link = link};
    const struct config *config = &maker->running->config;
    int result = 0;

    if (link->index && !link->master)
        result = add_card(maker, vif, CARD_VIF, e);
    else if (link->index && !has_routed_vif(&maker->running->survey, vif))
        result = add_without_link(&subject, "the vif is a port of a bridge, and not routed");
    else if (!link->index && vif->taken)
        result = add_without_link(&subject, "its vifname is the name of another link");
    else if (!link->index && !tap->index)
        result = add_without_link(&subject, "its link does not exist in this dom0");
    if (result == 0 && tap->index && !tap->master)
        result = add_card(maker, vif, CARD_TAP, e);
    if (result == 0 && vif->error)
        result = add_vif_row(
            &subject, STATE_MISSING, NULL,
            format_string("%s:%u: %s", PLACE(config, vif->error->line), vif->error->text));
    if (result == 0 && !vif->section && link->index && !link->master &&
        maker->rows->count == subject.first && !desired_has_ipv6(&vif->desired))
        result = add_vif_row(&subject, STATE_UNCONFIGURED, NULL,
                             vif->notice ? strdup(vif->notice)
                                         : format_string("it has no entry in %s", config->path));
    return result;
}

bool rows_are_well(const struct rows *rows, size_t first)
{
    for (size_t i = first; i < rows->count; i++)
        if (rows->rows[i].state != STATE_OK && rows->rows[i].state != STATE_NOT_RUNNING &&
            rows->rows[i].state != STATE_UNCONFIGURED)
            return false;
    return true;
}

/* A domU that has ended since its nodes were read gets no rows. */
static int add_rows_of_running(struct maker *maker, const struct survey_vif *vif, struct error *e)
{
    /* the section's name may be in other case than the domU's */
    const char *const names[] = {vif->section ? vif->section->name : NULL, vif->vif.name,
                                 vif->vif.uuid, vif->vif.mac};
    const size_t first = maker->rows->count;
    bool ended;
    int result = vif->gone ? 0 : add_rows_of_vif(maker, vif, e);

    if (result < 0 || vif->gone)
        return result;
    ended = !rows_are_well(maker->rows, first) && !vif_is_live(&maker->running->store, &vif->vif);
    if (ended || !running_is_selected(maker->running, vif))
        rows_cut(maker->rows, first);
    for (size_t i = 0; i < ARRAY_SIZE(names) && result == 0 && !ended; i++)
        if (names[i])
            result = names_add(&maker->names, names[i]);
    return result;
}

/* ---- what does not run ---- */

/* Whether the domU has the vif with this number: here or, by libxl's note, in a driver domain. */
static bool domain_has_vif(const struct maker *maker, unsigned int domid, int devid)
{
    const struct survey *survey = &maker->running->survey;
    AUTO_FREE char *backend = NULL;

    for (size_t i = 0; i < survey->count; i++)
        if (survey->vifs[i].vif.domid == domid && survey->vifs[i].vif.devid == (unsigned int)devid)
            return true;
    backend = store_read(&maker->running->store, "/libxl/%u/device/vif/%d/backend", domid, devid);
    return backend || errno != ENOENT;
}

/*
 * Whether a running domU of SECTION, which runs twice while it migrates, has that vif. A [mac]
 * section means one card, and none of the domU's others.
 */
static bool runs_with_vif(const struct maker *maker, const struct section *section, int devid)
{
    const struct survey *survey = &maker->running->survey;

    for (size_t i = 0; i < survey->count; i++) {
        const struct vif *vif = &survey->vifs[i].vif;

        if (survey->vifs[i].section == section &&
            (section->kind == SECTION_MAC ? vif->devid == (unsigned int)devid
                                          : domain_has_vif(maker, vif->domid, devid)))
            return true;
    }
    return false;
}

/* A row for each DEVID of a KEY.DEVID that no running domU of VIF's section has. */
static int add_absent_vifs(struct maker *maker, const struct survey_vif *vif)
{
    int devid = ANY_DEVID;

    while ((devid = section_next_devid(vif->section, devid)) != ANY_DEVID) {
        struct row *row;

        if (runs_with_vif(maker, vif->section, devid))
            continue;
        row = append_row(maker->rows, STATE_MISSING, NULL);
        if (!row)
            return -ENOMEM;
        row->domu = domu_word(vif);
        row->uuid = copy(vif->vif.uuid);
        row->detail =
            vif->section->kind == SECTION_MAC && domain_has_vif(maker, vif->vif.domid, devid)
                ? format_string("the entry names vif %d, but its MAC address is that of vif %u",
                                devid, vif->vif.devid)
                : format_string("the domU has no vif %d, which its entry names", devid);
        if (!row->domu || !row->detail)
            return -ENOMEM;
    }
    return 0;
}

/* Whether VIF is the first that is meant and that its section serves. */
static bool is_first_of_section(const struct running *running, const struct survey_vif *vif)
{
    for (const struct survey_vif *other = running->survey.vifs; other < vif; other++)
        if (other->section == vif->section && running_is_selected(running, other))
            return false;
    return running_is_selected(running, vif);
}

static int add_all_absent_vifs(struct maker *maker)
{
    const struct survey *survey = &maker->running->survey;
    int result = 0;

    for (size_t i = 0; i < survey->count && result == 0; i++) {
        const struct survey_vif *vif = &survey->vifs[i];

        if (vif->section && section_next_devid(vif->section, ANY_DEVID) != ANY_DEVID &&
            is_first_of_section(maker->running, vif))
            result = add_absent_vifs(maker, vif);
    }
    return result;
}

static int compare_running_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows for what VIF gets, unless its domU runs. */
static int add_idle(const struct vif_config *vif, void *data, struct error *e)
{
    struct maker *maker = data;
    const struct section *section = vif->section;
    const struct names *running = &maker->names;
    CLEANUP(desired_free) struct desired desired = {.gateways = NULL};
    const struct prefix *prefix;
    char title[TITLE_TEXT];
    int result;

    if (!running_means_section(maker->running, section) ||
        (running->count > 0 && bsearch(&section->name, running->names, running->count,
                                       sizeof(*running->names), compare_running_names)))
        return 0;
    if (maker->idle != section)
        maker->first_idle = maker->rows->count;
    maker->idle = section;
    result = desired_build(vif, &desired, e);
    for (size_t i = 0; result == 0 && (prefix = row_prefix(&desired, i)) != NULL; i++) {
        struct row *row = NULL;

        if (has_row(maker->rows, maker->first_idle, prefix))
            continue;
        row = append_row(maker->rows, STATE_NOT_RUNNING, prefix);
        if (!row)
            return -ENOMEM;
        row->domu =
            strdup(section->kind == SECTION_DOMU ? section->name : section_title(section, title));
        row->uuid = section->kind == SECTION_UUID ? strdup(section->name) : NULL;
        row->detail = strdup("");
        result = row->domu ? 0 : -ENOMEM;
    }
    return result;
}

int status_rows(struct running *running, struct rows *out, struct error *e)
{
    struct maker maker = {.running = running, .rows = out};
    int lock = lock_take(); /* no hook changes anything meanwhile */
    int result = survey_look(&running->survey, &running->rtnl, &running->config, e);

    if (result == 0)
        result = guard_read(&maker.guard, e);
    if (result == 0)
        result = advert_routes(&running->rtnl, &maker.advertised, &maker.advertised_count, e);
    close_fd(&lock);
    for (size_t i = 0; i < running->survey.count && result == 0; i++)
        result = add_rows_of_running(&maker, &running->survey.vifs[i], e);
    if (result == 0)
        result = add_all_absent_vifs(&maker);
    sort_array(maker.names.names, maker.names.count, sizeof(*maker.names.names),
               compare_running_names);
    if (result == 0)
        result = desired_visit(&running->config, add_idle, &maker, e);
    names_free(&maker.names);
    free(maker.advertised);
    guard_free(&maker.guard);
    return result == -ENOMEM ? fail_memory(e) : result;
}
