/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a hook that hangs. libxenstore has no time-outs, and libxl kills its script only after
 * 40 s; so a timer ends this process, with a message that says what it was waiting for.
 */
#ifndef DEADLINE_H
#define DEADLINE_H

/* Ends the process SECONDS from now with exit status 1. WHAT ("online vif1.0") must stay valid. */
void deadline_start(unsigned int seconds, const char *what);

/* The milliseconds that are left; -1: no deadline is set. */
long deadline_left_ms(void);

/* A clock that only goes forward, in milliseconds. */
long now_ms(void);

/* Cancels the deadline. */
void deadline_stop(void);

/* Names what may hang from now on ("XenStore"), a string that stays valid. */
void deadline_waiting_for(const char *whom);

/* What to write to stdout if the time is over before deadline_stop(), a string that stays valid. */
void deadline_epilogue(const char *text);

/* The essential work is done: if the rest takes more than SECONDS, warn only, and exit with 0. */
void deadline_relax(unsigned int seconds);

#endif
