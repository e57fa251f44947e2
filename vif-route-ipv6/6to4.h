/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subcommands of `6to4`, one file each.
 */
#ifndef SUITE_6TO4_H
#define SUITE_6TO4_H

#include "command.h"
#include "sixtofour.h"

extern const struct command command_6to4_prefix;
extern const struct command command_6to4_interfaces;

/* Tells the site's warnings (sixtofour_warning()). */
void sixtofour_warn(const struct sixtofour *site);

#endif
