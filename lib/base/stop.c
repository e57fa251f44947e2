/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/stop.h"

#include <stddef.h>

static volatile sig_atomic_t is_wanted;

static void note_stop(int number)
{
    (void)number;
    is_wanted = 1;
}

void stop_prepare(sigset_t *waiting)
{
    const struct sigaction action = {.sa_handler = note_stop};
    sigset_t blocked;

    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    sigaddset(&blocked, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &blocked, waiting);
    sigdelset(waiting, SIGINT);
    sigdelset(waiting, SIGTERM);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool stop_is_wanted(void)
{
    return is_wanted;
}
