/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a command that runs until SIGINT or SIGTERM tells it to end.
 */
#ifndef STOP_H
#define STOP_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Blocks SIGINT and SIGTERM. *WAITING becomes a mask for ppoll(2) that lets them in, so that none
 * is lost between a look at stop_is_wanted() and the wait.
 */
void stop_prepare(sigset_t *waiting);

/* Whether one of them has come. */
bool stop_is_wanted(void);

/*
 * Waits for CHILD, and returns its status as waitpid(2) does. One of the signals, let in by
 * WAITING, ends the child, which is to have called stop_undo().
 */
int stop_wait_child(pid_t child, const sigset_t *waiting);

/* In a child process: the signals end it. */
void stop_undo(void);

#endif
