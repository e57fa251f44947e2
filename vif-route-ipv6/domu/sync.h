/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others use of sync.
 */
#ifndef SYNC_H
#define SYNC_H

#include "command.h"

/*
 * Makes the guard of all vifs what ipv6.cfg says, as sync does, and nothing else. Prints each
 * change. Gives up rights, so that a process of its own should call it.
 */
enum exit_status sync_guard_only(const struct options *options);

#endif
