/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements of all running vifs, for sync and ra.
 */
#ifndef ADVERTISE_H
#define ADVERTISE_H

#include "domu/ra.h"
#include "running.h"

/* A table, and the running vifs that it is brought up to date with. */
struct advertising {
    struct running *running;
    struct ra_table table;
};

/*
 * Makes the table say for the link of VIF what its entry wants, but not what PLAN finds with
 * another domU. Returns what changed, as ra_table_set(); -EINVAL for a link that radvd cannot name.
 */
int advertise_link(struct advertising *advertising, const struct survey_vif *vif,
                   const struct link *link, const struct plan *plan, struct error *e) MUST_CHECK;

/* The name of a link in the table that no longer exists, which the caller drops; or NULL. */
const char *advertise_find_gone(const struct advertising *advertising);

/* Runs radvd with RA_FILE, as long as that has anything, and makes it read each change. */
enum exit_status advertise_serve(void);

#endif
