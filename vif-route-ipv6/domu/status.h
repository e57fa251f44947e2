/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of `status`, a row per address of a domU. status-rows.c compares configured with actual,
 * status.c and status-prometheus.c print.
 */
#ifndef STATUS_H
#define STATUS_H

#include "running.h"

enum state {
    STATE_OK,
    STATE_MISSING,
    STATE_TENTATIVE,
    STATE_DADFAILED,
    STATE_CONFLICT,
    STATE_STALE,
    STATE_NOT_RUNNING,
    STATE_UNCONFIGURED,
    STATES,
};

struct row {
    char *domu;
    char *uuid;    /* NULL: not known */
    char *vif;     /* NULL: not running */
    char *gateway; /* with its length; NULL: the row is about the vif */
    enum state state;
    char *detail; /* the reason, and the remedy; "" if it is ok */
};

struct rows {
    struct row *rows;
    size_t count;
};

/* "not-running". */
const char *state_name(enum state state);

/*
 * Looks at the kernel, and makes the rows of the running vifs that are meant, in the order of their
 * domids, and of the file's domUs that do not run. Release with rows_free().
 */
int status_rows(struct running *running, struct rows *out, struct error *e) MUST_CHECK;
void rows_free(struct rows *rows);

/* Whether all rows from FIRST on are in order: ok, not running or without an entry. */
bool rows_are_well(const struct rows *rows, size_t first);

/* Prints them as metrics, and how many errors CONFIG has. */
int status_print_prometheus(const struct rows *rows, const struct config *config,
                            struct error *e) MUST_CHECK;

#endif
