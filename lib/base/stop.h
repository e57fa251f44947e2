/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a command that runs until SIGINT or SIGTERM tells it to end.
 */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>

/*
 * Blocks SIGINT and SIGTERM. *WAITING becomes a mask for ppoll(2) that lets them in, so that none
 * is lost between a look at stop_is_wanted() and the wait.
 */
void stop_prepare(sigset_t *waiting);

/* Whether one of them has come. */
bool stop_is_wanted(void);

#endif
