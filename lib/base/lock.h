/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One at a time: between looking who holds an address and putting it on a vif, no other instance
 * may do the same.
 */
#ifndef LOCK_H
#define LOCK_H

#include "base/base.h"

/*
 * Waits for the lock, a few seconds at most, and returns a file descriptor that holds it until it
 * is closed, here and in the programs that are started meanwhile. -1, with a warning, when it
 * cannot be had: the hook then goes on without, for a domU's start matters more.
 */
int lock_take(void);

#endif
