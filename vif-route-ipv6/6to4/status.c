/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 status: the site of [6to4] against what the kernel has, a row per device, address and route.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "6to4.h"
#include "6to4/tunnel.h"
#include "base/json.h"
#include "base/log.h"
#include "base/prometheus.h"
#include "base/rights.h"
#include "base/shell.h"
#include "base/table.h"
#include "report.h"

enum kind { KIND_DEVICE, KIND_ADDRESS, KIND_ROUTE };

struct item {
    enum kind kind;
    char link[IF_NAMESIZE];
    char what[192];
    const char *state; /* ok, missing, wrong, stale, conflict */
    char detail[SHELL_WORD + 128];
};

struct items {
    struct item *items;
    size_t count;
};

static const char *const kind_names[] = {
    [KIND_DEVICE] = "device", [KIND_ADDRESS] = "address", [KIND_ROUTE] = "route"};

static struct item *add_item(struct items *items, enum kind kind, const char *link)
{
    struct item *item = array_add(&items->items, &items->count, sizeof(*item));

    if (!item)
        return NULL;
    item->kind = kind;
    item->state = "ok";
    snprintf(item->link, sizeof(item->link), "%s", link);
    return item;
}

/* WHAT is wrong, or "", and the command that makes it right. */
static void set_remedy(struct item *item, const char *what)
{
    snprintf(item->detail, sizeof(item->detail), "%s%s%s 6to4 up", what, *what ? ": " : "",
             shell_own_command());
}

static void set_detail(struct item *item, const char *what)
{
    snprintf(item->detail, sizeof(item->detail), "%s", what);
}

static int add_device(struct items *items, const struct sixtofour *site,
                      const struct tunnel_actual *actual)
{
    struct item *item = add_item(items, KIND_DEVICE, site->device);
    struct device_plan plan;
    struct error foreign;
    char local[INET_ADDRSTRLEN];

    if (!item)
        return -ENOMEM;
    inet_ntop(AF_INET, &site->local_ipv4, local, sizeof(local));
    snprintf(item->what, sizeof(item->what), "local %s ttl %u mtu %u", local, site->ttl, site->mtu);
    if (tunnel_plan_device(site, actual, &plan, &foreign) < 0) {
        item->state = "conflict";
        set_detail(item, "another link has this name: choose another with device = in [6to4]");
    } else if (!plan.wanted.index) {
        item->state = "missing";
        set_remedy(item, "");
    } else if (plan.change || plan.raise) {
        item->state = "wrong";
        set_remedy(item, plan.raise ? "it is down" : "it has other values");
    } else if (!tunnel_has_local(site, actual)) {
        item->state = "wrong";
        set_detail(item, "no link has its local IPv4 address: set local_ipv4 in [6to4]");
    }
    return 0;
}

/* A row for the entry of CHANGE, which is what it needs unless IS_OK. */
static int add_entry(struct items *items, const struct change *change, bool is_ok)
{
    const bool is_route = change->entry.kind == ENTRY_ROUTE;
    struct item *item = add_item(items, is_route ? KIND_ROUTE : KIND_ADDRESS, change->link);
    char text[ENTRY_TEXT];

    if (!item)
        return -ENOMEM;
    snprintf(item->what, sizeof(item->what), "%s",
             entry_print(&change->entry, text) + (is_route ? strlen("route ") : 0));
    if (is_ok)
        return 0;
    item->state = change->kind == CHANGE_ADD      ? "missing"
                  : change->kind == CHANGE_REMOVE ? "stale"
                                                  : "wrong";
    set_remedy(item, "");
    return 0;
}

/* Whether PLAN changes the entry that CHANGE is about. */
static bool is_planned(const struct plan *plan, const struct change *change)
{
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *other = &plan->changes[i];

        if (other->entry.kind == change->entry.kind && strcmp(other->link, change->link) == 0 &&
            (change->entry.kind == ENTRY_ROUTE
                 ? prefix_equal(entry_prefix(&other->entry), entry_prefix(&change->entry))
                 : entry_is_same(&other->entry, &change->entry)))
            return true;
    }
    return false;
}

/* A row for an address on a link that does not exist, or NULL when memory is short. */
static struct item *add_absent(struct items *items, const char *link, struct prefix address)
{
    struct item *item = add_item(items, KIND_ADDRESS, link);

    if (!item)
        return NULL;
    prefix_print(&address, item->what);
    item->state = "missing";
    return item;
}

/* No plan has the addresses of links that do not exist. */
static int add_absent_links(struct items *items, const struct sixtofour *site,
                            const struct tunnel_actual *actual)
{
    const struct sixtofour_lan *lan;
    struct item *item;

    if (!tunnel_find_link(actual, site->device)) {
        item = add_absent(items, site->device, sixtofour_tunnel_address(site));
        if (!item)
            return -ENOMEM;
        set_remedy(item, "");
    }
    for (size_t i = 0; (lan = tunnel_missing_lan(site, actual, i)) != NULL; i++) {
        item = add_absent(items, lan->link, sixtofour_lan_address(site, lan));
        if (!item)
            return -ENOMEM;
        set_detail(item, "there is no such link");
    }
    return 0;
}

/* An entry that REMOVAL, which removes everything, has and PLAN does not change is as it should be.
 */
static int add_all_items(const struct sixtofour *site, const struct tunnel_actual *actual,
                         struct items *items, struct error *e)
{
    struct plan plan = {.changes = NULL};
    struct plan removal = {.changes = NULL};
    int result = tunnel_plan(site, actual, &plan, e);
    int added;

    if (result == 0)
        result = tunnel_plan(NULL, actual, &removal, e);
    added = result == 0 ? add_device(items, site, actual) : 0;
    for (size_t i = 0; i < removal.change_count && added == 0; i++)
        if (!is_planned(&plan, &removal.changes[i]))
            added = add_entry(items, &removal.changes[i], true);
    if (result == 0 && added == 0)
        added = add_absent_links(items, site, actual);
    for (size_t i = 0; i < plan.change_count && result == 0 && added == 0; i++)
        added = add_entry(items, &plan.changes[i], false);
    plan_free(&plan);
    plan_free(&removal);
    return added < 0 ? fail_memory(e) : result;
}

static void fill_item_row(const void *data, size_t i, struct table_row *out)
{
    const struct item *item = &((const struct items *)data)->items[i];

    *out =
        (struct table_row){.cells = {kind_names[item->kind], item->link, item->what, item->state},
                           .detail = item->detail};
}

static void print_items_json(const struct items *items)
{
    struct json json;

    json_begin(&json, stdout);
    for (size_t i = 0; i < items->count; i++) {
        const struct item *item = &items->items[i];

        json_begin_object(&json);
        json_member(&json, "kind", kind_names[item->kind]);
        json_member(&json, "link", item->link);
        json_member(&json, "what", item->what);
        json_member(&json, "state", item->state);
        json_member(&json, "detail", item->detail);
        json_end_object(&json);
    }
    json_end(&json);
}

static int print_items_metrics(const struct items *items, struct error *e)
{
    struct prometheus_metric states = {
        .name = "vif_route_ipv6_6to4_state",
        .help = "Each part of the 6to4 tunnel, by the state that 6to4 status shows: always 1."};
    int result = 0;

    for (size_t i = 0; i < items->count && result == 0; i++) {
        const struct item *item = &items->items[i];
        const struct prometheus_label labels[] = {
            {"kind", kind_names[item->kind]},
            {"link", item->link},
            {"what", item->what},
            {"state", item->state},
        };

        result = prometheus_add(&states, labels, ARRAY_SIZE(labels), 1, e);
    }
    if (result == 0)
        prometheus_print(&states, stdout);
    prometheus_free(&states);
    return result;
}

static int print_items(const struct items *items, enum report report, struct error *e)
{
    static const char *const titles[TABLE_COLUMNS] = {"KIND", "LINK", "WHAT", "STATE"};

    if (report == REPORT_PROMETHEUS)
        return print_items_metrics(items, e);
    if (report == REPORT_JSON)
        print_items_json(items);
    else
        table_print(titles, items->count, fill_item_row, items);
    return 0;
}

static int gather_items(const struct options *options, struct items *items, struct error *e)
{
    struct rtnl rtnl = {.netlink.socket = NULL};
    struct tunnel_actual actual;
    struct sixtofour site;
    int result = sixtofour_load(options, &site, e);

    rights_keep(RIGHTS_NONE);
    if (result == 0)
        result = rtnl_open(&rtnl, e);
    if (result == 0)
        result = tunnel_resolve(&rtnl, &site, e);
    if (result == 0)
        result = tunnel_gather(&rtnl, &site, &actual, e);
    if (result == 0) {
        result = add_all_items(&site, &actual, items, e);
        tunnel_actual_free(&actual);
    }
    rtnl_close(&rtnl);
    sixtofour_free(&site);
    return result;
}

static enum exit_status run_6to4_status(const struct options *options, int argc, char **argv)
{
    struct items items = {.items = NULL};
    enum report report;
    enum exit_status status = report_options(&command_6to4_status, argc, argv, &report, NULL);
    struct error e;
    int result;

    if (status != EXIT_DONE)
        return status;
    if (optind < argc)
        return usage_error(&command_6to4_status, "'%s': it takes no argument, all is in [6to4]",
                           argv[optind]);
    result = gather_items(options, &items, &e);
    if (result == 0)
        result = print_items(&items, report, &e);
    status = report_result(result, &e);
    for (size_t i = 0; i < items.count; i++)
        if (strcmp(items.items[i].state, "ok") != 0)
            status = EXIT_FAILED;
    free(items.items);
    return status;
}

const struct command command_6to4_status = {
    .name = "6to4 status",
    .arguments = "[--json|--prometheus]",
    .summary = "compare [6to4] with what is there",
    .help = "A row for the device, each address and each route of the site, and its state:\n"
            "ok, missing, wrong, stale (no longer configured) or conflict, with what to "
            "do.\n\n" REPORT_HELP "\n"
            "Exit status 1 if a row is not ok.\n"
            "Example: vif-route-ipv6 6to4 status",
    .run = run_6to4_status,
};
