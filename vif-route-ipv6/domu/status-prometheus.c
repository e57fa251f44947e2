/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of `status` as metrics. The man page documents their names, which stay as they are.
 */
#include <stdio.h>

#include "base/prometheus.h"
#include "check/judge.h"
#include "status.h"

static int add_rows(struct prometheus_metric *metric, const struct rows *rows, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < rows->count && result == 0; i++) {
        const struct row *row = &rows->rows[i];
        const struct prometheus_label labels[] = {
            {"domu", row->domu},
            {"uuid", row->uuid},
            {"vif", row->vif},
            {"gateway", row->gateway},
            {"state", state_name(row->state)},
        };

        result = prometheus_add(metric, labels, ARRAY_SIZE(labels), 1, e);
    }
    return result;
}

/* Prints zeros, too, so that an alert always finds a number. */
static int add_counts(struct prometheus_metric *metric, const struct rows *rows, struct error *e)
{
    unsigned int counts[STATES] = {0};
    int result = 0;

    for (size_t i = 0; i < rows->count; i++)
        counts[rows->rows[i].state]++;
    for (int state = 0; state < STATES && result == 0; state++)
        result = prometheus_add(metric,
                                &(struct prometheus_label){"state", state_name((enum state)state)},
                                1, counts[state], e);
    return result;
}

/* As many as `check` prints. */
static int add_errors(struct prometheus_metric *metric, const struct config *config,
                      struct error *e)
{
    const struct names none = {.known = false};
    struct diagnostics found = {.items = NULL};
    unsigned int count = 0;
    int result = judge(config, &none, &found, e);

    for (size_t i = 0; i < found.count; i++)
        if (found.items[i].severity == DIAGNOSTIC_ERROR)
            count++;
    diagnostics_free(&found);
    return result < 0 ? result : prometheus_add(metric, NULL, 0, count, e);
}

int status_print_prometheus(const struct rows *rows, const struct config *config, struct error *e)
{
    struct prometheus_metric states = {
        .name = "vif_route_ipv6_gateway_state",
        .help = "Each gateway address of a domU, by the state that status shows: always 1."};
    struct prometheus_metric counts = {.name = "vif_route_ipv6_gateways",
                                       .help = "How many gateway addresses are in the state."};
    struct prometheus_metric errors = {.name = "vif_route_ipv6_config_errors",
                                       .help = "How many errors check finds in ipv6.cfg."};
    int result = add_rows(&states, rows, e);

    if (result == 0)
        result = add_counts(&counts, rows, e);
    if (result == 0)
        result = add_errors(&errors, config, e);
    if (result == 0) {
        prometheus_print(&states, stdout);
        prometheus_print(&counts, stdout);
        prometheus_print(&errors, stdout);
    }
    prometheus_free(&states);
    prometheus_free(&counts);
    prometheus_free(&errors);
    return result;
}
