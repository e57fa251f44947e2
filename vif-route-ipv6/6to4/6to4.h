/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subcommands of `6to4`, one file each.
 */
#ifndef SUITE_6TO4_H
#define SUITE_6TO4_H

#include "6to4/site.h"
#include "command.h"

extern const struct command command_6to4_prefix;
extern const struct command command_6to4_interfaces;
extern const struct command command_6to4_gateway;
extern const struct command command_6to4_up;
extern const struct command command_6to4_down;
extern const struct command command_6to4_status;

/* The site of the configuration; release with sixtofour_free(), also after a failure. */
int sixtofour_load(const struct options *options, struct sixtofour *site,
                   struct error *e) MUST_CHECK;

/* Logs the site's warnings (sixtofour_warning()). */
void sixtofour_warn(const struct sixtofour *site);

#endif
