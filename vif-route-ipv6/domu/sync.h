/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of sync that watch uses.
 */
#ifndef SYNC_H
#define SYNC_H

#include "command.h"

/*
 * Sets the guard of all vifs as sync does, and nothing else. Prints each change. Gives up rights:
 * call it in a child process.
 */
enum exit_status sync_guard_only(const struct options *options);

#endif
