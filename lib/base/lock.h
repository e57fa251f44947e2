/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock of all instances: between the look at who holds an address and its addition to a vif, no
 * other instance may do the same.
 */
#ifndef LOCK_H
#define LOCK_H

#include "base/base.h"

/*
 * Waits for the lock, for three quarters of the time that the deadline leaves and at most 30 s, and
 * returns a file descriptor that holds it until it is closed, here and in the programs that are
 * started meanwhile. -1, with an error in the log, if another process keeps it that long: it hangs,
 * as nobody holds the lock for more than a few seconds, and must not stop a domU.
 */
int lock_take(void);

#endif
