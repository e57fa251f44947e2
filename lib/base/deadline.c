/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/deadline.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"

static const char *volatile what = "";
static const char *volatile whom = "the kernel";
static const char *volatile epilogue = "";
static volatile sig_atomic_t exit_status = 1;

/*
 * A process that hangs is in a system call, so this may use functions that are not safe in a signal
 * handler. If they hang, too, the second alarm ends the process: it is not caught.
 */
static void give_up(int signal_number)
{
    (void)signal_number;
    alarm(1);
    if (exit_status == 0)
        log_warning("%s: done, but no answer from %s", what, whom);
    else
        log_error("%s: no answer from %s in time: given up", what, whom);
    (void)!write_all(STDOUT_FILENO, epilogue);
    _exit(exit_status);
}

void deadline_start(unsigned int seconds, const char *name)
{
    struct sigaction action = {.sa_handler = give_up, .sa_flags = (int)(SA_RESETHAND | SA_NODEFER)};

    what = name;
    sigemptyset(&action.sa_mask);
    sigaction(SIGALRM, &action, NULL);
    alarm(seconds);
}

long deadline_left_ms(void)
{
    struct itimerval timer; /* alarm() sets it */

    if (getitimer(ITIMER_REAL, &timer) < 0 || !timerisset(&timer.it_value))
        return -1;
    return timer.it_value.tv_sec * 1000 + timer.it_value.tv_usec / 1000;
}

long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void deadline_stop(void)
{
    alarm(0);
    what = "";
    epilogue = "";
}

void deadline_epilogue(const char *text)
{
    epilogue = text;
}

void deadline_waiting_for(const char *name)
{
    whom = name;
}

void deadline_relax(unsigned int seconds)
{
    exit_status = 0;
    alarm(seconds);
}
