/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of sync that watch uses.
 */
#ifndef SYNC_H
#define SYNC_H

#include "command.h"

/*
 * Sets the guard of all vifs as sync does, and nothing else. Prints each change. main.c's table
 * does not have it.
 */
extern const struct command command_sync_guard;

#endif
