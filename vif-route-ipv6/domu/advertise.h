/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements of all running vifs, for sync and ra.
 */
#ifndef ADVERTISE_H
#define ADVERTISE_H

#include "domu/ra.h"
#include "running.h"

/* The table, and the running vifs whose advertisements it is to have. */
struct advertising {
    struct running *running;
    struct ra_table table;
};

/*
 * Sets the advertisement of LINK of VIF in the table, without the conflicts of PLAN. Returns what
 * changed, as ra_table_set(); -EINVAL for a link that radvd cannot name.
 */
int advertise_link(struct advertising *advertising, const struct survey_vif *vif,
                   const struct link *link, const struct plan *plan, struct error *e) MUST_CHECK;

/* A link in the table that no longer exists, for the caller to drop; NULL: none. */
const char *advertise_find_gone(const struct advertising *advertising);

/* Runs radvd with RA_FILE, and makes it read each change. Ends when told to. */
enum exit_status advertise_serve(void);

#endif
