/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat status: which prefix each section [pd-nat] has, how long it holds, and whether its rules
 * are in force.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/prometheus.h"
#include "base/shell.h"
#include "base/table.h"
#include "core.h"
#include "pd-nat.h"
#include "report.h"
#include "sys/conntrack.h"
#include "sys/firewall.h"

struct row {
    char link[IF_NAMESIZE];
    enum pd_nat_backend_id backend;
    char internal[PREFIX_TEXT];
    char external[PREFIX_TEXT];
    int64_t valid_until; /* 0: not known */
    const char *state;
    char detail[1024];
};

static bool has_passed(int64_t until)
{
    return until <= (int64_t)time(NULL);
}

/* Appends TEXT to what ROW says already. */
static void add_detail(struct row *row, const char *text)
{
    const size_t length = strlen(row->detail);

    snprintf(row->detail + length, sizeof(row->detail) - length, "%s%s", length > 0 ? "; " : "",
             text);
}

/* Fills in the state of ROW by what is stored for its section. */
static void read_row_prefix(const struct pd_nat_section *nat, struct row *row)
{
    struct pd_nat_state state;
    struct prefix external;
    struct error e;
    int result = state_read(nat->link, &state, &e);

    if (result == 0) {
        row->valid_until = state.in_use.valid_until;
        result = pd_nat_external(nat, &state.in_use.prefix, &external, &e);
    }
    if (result < 0) {
        row->state = result == -ENOENT ? "waiting" : "broken";
        add_detail(row, result == -ENOENT ? "no prefix has been delegated yet" : e.text);
        return;
    }
    prefix_print(&external, row->external);
    if (has_passed(state.in_use.valid_until)) {
        row->state = "expired";
        add_detail(row, "the lease is over; the rules stay until another prefix comes");
    } else if (has_passed(state.in_use.preferred_until)) {
        add_detail(row, "no longer preferred: another will come");
    }
    if (pd_nat_on_link(nat, &external, &e))
        add_detail(row, e.text);
}

static void read_row(struct pd_nat *pd, const char *link, struct row *row)
{
    struct pd_nat_section nat;
    struct error e;

    snprintf(row->link, sizeof(row->link), "%s", link);
    row->state = "ok";
    if (pd_nat_read(&pd->config, link, &nat, &e) < 0) {
        row->state = "broken";
        add_detail(row, e.text);
        return;
    }
    row->backend = nat.backend;
    prefix_print(&nat.internal, row->internal);
    read_row_prefix(&nat, row);
}

/*
 * A backend's rules are whole or not at all, so one word goes for all its rows that have a prefix.
 */
static int judge_backends(const struct pd_nat *pd, struct row *rows, size_t count, struct error *e)
{
    int result = 0;

    for (enum pd_nat_backend_id backend = 0; backend < BACKEND_COUNT && result == 0; backend++) {
        bool in_force = false;

        result = pd_nat_rules_check(pd->mappings, pd->count, &pd->now, backend, &in_force, e);
        for (size_t i = 0; i < count && result == 0 && !in_force; i++) {
            const bool is_expired = strcmp(rows[i].state, "expired") == 0;

            if (rows[i].backend != backend || (!is_expired && strcmp(rows[i].state, "ok") != 0))
                continue;
            rows[i].state = "missing";
            snprintf(rows[i].detail, sizeof(rows[i].detail), "%.*s%s",
                     (int)sizeof(rows[i].detail) - 32, e->text,
                     is_expired ? ", and the lease is over" : "");
        }
    }
    return result;
}

/* The lifetime that ends at UNTIL in a word; NULL without a prefix. */
static const char *lifetime_of(int64_t until)
{
    if (until == 0)
        return NULL;
    if (until >= STATE_UNKNOWN)
        return until == STATE_FOREVER ? "forever" : "unknown";
    return "limited";
}

static const char *print_local_time(int64_t until, char *buffer, size_t size)
{
    time_t moment = (time_t)until;
    struct tm local;

    if (until == 0)
        return NULL;
    if (until >= STATE_UNKNOWN)
        return lifetime_of(until);
    if (!localtime_r(&moment, &local) || strftime(buffer, size, "%F %T", &local) == 0)
        snprintf(buffer, size, "%" PRId64, until);
    return buffer;
}

static void fill_row_cells(const void *data, size_t i, struct table_row *out)
{
    static char valid[32];
    const struct row *row = &((const struct row *)data)[i];

    *out = (struct table_row){.cells = {row->link, row->internal, row->external,
                                        print_local_time(row->valid_until, valid, sizeof(valid)),
                                        row->state},
                              .detail = row->detail};
}

/* Of connection tracking, which all sections share. */
struct room {
    unsigned long flows;
    unsigned long most; /* 0: not known */
};

static void print_nat_json(const struct row *rows, size_t count, const struct room *room)
{
    struct json json;

    json_begin(&json, stdout);
    for (size_t i = 0; i < count; i++) {
        const struct row *row = &rows[i];

        json_begin_object(&json);
        json_member(&json, "interface", row->link);
        json_member(&json, "internal", *row->internal ? row->internal : NULL);
        json_member(&json, "external", *row->external ? row->external : NULL);
        json_member(&json, "lifetime", lifetime_of(row->valid_until));
        if (row->valid_until == 0 || row->valid_until >= STATE_UNKNOWN)
            json_member(&json, "valid_until", NULL);
        else
            json_number(&json, "valid_until", row->valid_until);
        json_member(&json, "state", row->state);
        json_member(&json, "detail", row->detail);
        if (room->most > 0) {
            json_number(&json, "connections", (int64_t)room->flows);
            json_number(&json, "max_connections", (int64_t)room->most);
        } else {
            json_member(&json, "connections", NULL);
            json_member(&json, "max_connections", NULL);
        }
        json_end_object(&json);
    }
    json_end(&json);
}

static int add_row_metrics(const struct row *row, struct prometheus_metric *states,
                           struct prometheus_metric *ends, struct error *e)
{
    const struct prometheus_label labels[] = {
        {"interface", row->link},
        {"internal", row->internal},
        {"external", row->external},
        {"state", row->state},
    };
    int result = prometheus_add(states, labels, ARRAY_SIZE(labels), 1, e);

    if (result == 0 && row->valid_until != 0 && row->valid_until != STATE_UNKNOWN)
        result = prometheus_add(
            ends, labels, 1,
            row->valid_until == STATE_FOREVER ? INFINITY : (double)row->valid_until, e);
    return result;
}

static int print_nat_metrics(const struct row *rows, size_t count, const struct room *room,
                             struct error *e)
{
    struct prometheus_metric states = {
        .name = "vif_route_ipv6_pd_nat_state",
        .help = "Each section [pd-nat], by the state that pd-nat status shows: always 1."};
    struct prometheus_metric ends = {
        .name = "vif_route_ipv6_pd_nat_valid_until_timestamp_seconds",
        .help = "Until when the delegated prefix is valid, in seconds since 1970."};
    struct prometheus_metric flows = {
        .name = "vif_route_ipv6_pd_nat_connections",
        .help = "How many connections are tracked on this host (nf_conntrack_count)."};
    struct prometheus_metric most = {
        .name = "vif_route_ipv6_pd_nat_max_connections",
        .help = "How many connections may be tracked on this host (nf_conntrack_max)."};
    struct prometheus_metric *const all[] = {&states, &ends, &flows, &most};
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++)
        result = add_row_metrics(&rows[i], &states, &ends, e);
    if (result == 0 && room->most > 0)
        result = prometheus_add(&flows, NULL, 0, (double)room->flows, e);
    if (result == 0 && room->most > 0)
        result = prometheus_add(&most, NULL, 0, (double)room->most, e);
    for (size_t i = 0; i < ARRAY_SIZE(all) && result == 0; i++)
        prometheus_print(all[i], stdout);
    for (size_t i = 0; i < ARRAY_SIZE(all); i++)
        prometheus_free(all[i]);
    return result;
}

static int print_nat_rows(const struct row *rows, size_t count, enum report report, struct error *e)
{
    static const char *const titles[TABLE_COLUMNS] = {"INTERFACE", "INTERNAL", "EXTERNAL",
                                                      "VALID UNTIL", "STATE"};
    struct room room = {.most = 0};

    (void)conntrack_usage(&room.flows, &room.most);
    if (report == REPORT_PROMETHEUS)
        return print_nat_metrics(rows, count, &room, e);
    if (report == REPORT_JSON) {
        print_nat_json(rows, count, &room);
        return 0;
    }
    table_print(titles, count, fill_row_cells, rows);
    if (count > 0 && room.most > 0)
        printf("\n%lu of at most %lu connections are tracked.\n", room.flows, room.most);
    return 0;
}

/* Adds a row for rules of the suite's whose interface has no section. */
static int add_rows_without_section(const struct pd_nat *pd, struct row **rows, size_t *count,
                                    struct error *e)
{
    for (size_t i = 0; i < pd->in_force_count; i++) {
        const struct pd_nat_mapping *mapping = &pd->in_force[i];
        char word[SHELL_WORD];
        struct error why;
        struct row *row;

        if (config_find(&pd->config, SECTION_PD_NAT, mapping->nat.link))
            continue;
        row = array_add(rows, count, sizeof(*row));
        if (!row)
            return fail_memory(e);
        snprintf(row->link, sizeof(row->link), "%s", mapping->nat.link);
        row->backend = mapping->nat.backend;
        row->state = "stale";
        if (mapping->external.length > 0) {
            prefix_print(&mapping->nat.internal, row->internal);
            prefix_print(&mapping->external, row->external);
        }
        if (pd_nat_fail_lost(pd, row->link, &why) == 0)
            (void)fail(&why, 0, "rules are in force without a section: %s pd-nat remove %s",
                       shell_own_command(), shell_word(row->link, word));
        add_detail(row, why.text);
    }
    return 0;
}

static int collect_rows(struct pd_nat *pd, struct row **rows, size_t *count, struct error *e)
{
    const char *link;
    struct error why;
    int result;

    for (size_t i = 0; (link = pd_nat_link(&pd->config, i)) != NULL; i++) {
        struct row *row = array_add(rows, count, sizeof(*row));

        if (!row)
            return fail_memory(e);
        read_row(pd, link, row);
    }
    result = pd_nat_look(pd, e);
    if (result == 0)
        result = pd_nat_map(pd, NULL, NULL, e); /* a trouble is a row */
    if (result == 0)
        result = judge_backends(pd, *rows, *count, e);
    if (result == 0)
        result = add_rows_without_section(pd, rows, count, e);
    for (size_t i = 0; i < *count; i++) {
        struct row *row = &(*rows)[i];

        if (!pd_nat_lacks_link(row->link, &why))
            continue;
        if (strcmp(row->state, "ok") == 0)
            row->state = "absent";
        add_detail(row, why.text);
    }
    return result;
}

static int show_status(struct pd_nat *pd, const void *context, struct error *e)
{
    const enum report *report = context;
    AUTO_FREE struct row *rows = NULL;
    const struct firewall_chain *chain = NULL;
    AUTO_FREE char *message = NULL;
    struct firewall firewall;
    struct error why;
    size_t count = 0;
    int lock;
    int result;

    /* before the lock is taken; there is no warning without the right to read the firewall */
    if (firewall_read(&firewall, &why) == 0 && pd_nat_is_open(&pd->config))
        chain = firewall_find(&firewall, FIREWALL_ACCEPTS_DNAT);
    message = chain ? firewall_dnat_message(chain) : NULL;
    if (message)
        log_warning("%s", message);
    firewall_free(&firewall);
    lock = lock_take();
    result = collect_rows(pd, &rows, &count, e);
    close_fd(&lock);
    if (result == 0)
        result = print_nat_rows(rows, count, *report, e);
    for (size_t i = 0; i < count && result == 0; i++)
        result = strcmp(rows[i].state, "ok") != 0;
    return result;
}

static enum exit_status run_pd_nat_status(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_status;
    enum report report;

    return report_options(command, argc, argv, &report, NULL)
               ?: no_arguments(command, argc, argv)
               ?: pd_nat_run(command, options, show_status, &report);
}

const struct command command_pd_nat_status = {
    .name = "pd-nat status",
    .arguments = "[--json|--prometheus]",
    .summary = "show which prefixes there are, and whether their rules are in force",
    .help = "A row per section [pd-nat], and its state:\n"
            "  ok       the prefix is valid, and its rules are in force\n"
            "  missing  its rules are not in force\n"
            "  expired  the lease is over; the rules stay until another prefix comes\n"
            "  waiting  no prefix has been delegated yet\n"
            "  absent   the interface does not exist at present; the rules wait for it\n"
            "  broken   the section, or the stored prefix, cannot be read\n"
            "  stale    rules are in force, but there is no section for them\n\n" REPORT_HELP "\n"
            "The last line shows how many connections are tracked, and how many may be.\n"
            "Exit status 1 if a row is not ok. It warns of a firewall that accepts all DNATed\n"
            "connections while inbound is not limited.\n"
            "Example: vif-route-ipv6 pd-nat status",
    .run = run_pd_nat_status,
};
