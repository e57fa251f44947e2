/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text format of Prometheus (version 0.0.4), for node_exporter's text-file collector. All
 * metrics are gauges. The collector refuses a file that has one series twice, so each is printed
 * once.
 */
#ifndef PROMETHEUS_H
#define PROMETHEUS_H

#include <stdio.h>

#include "base/base.h"
#include "base/error.h"

struct prometheus_label {
    const char *name;
    const char *value; /* NULL is printed as "", which is the same as no label */
};

/* A metric: given name and help, it is filled and printed. Release with prometheus_free(). */
struct prometheus_metric {
    const char *name;
    const char *help; /* a line without backslashes */
    char **samples;
    size_t count;
};

/*
 * Adds a sample with COUNT labels; INFINITY is a value, too. In the values of labels, bytes that
 * are not UTF-8 and control characters, for which the format has no escape, become U+FFFD.
 */
int prometheus_add(struct prometheus_metric *metric, const struct prometheus_label *labels,
                   size_t count, double value, struct error *e) MUST_CHECK;

/* Prints HELP, TYPE and the samples, sorted. */
void prometheus_print(const struct prometheus_metric *metric, FILE *out);

void prometheus_free(struct prometheus_metric *metric);

#endif
