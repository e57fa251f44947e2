/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/stop.h"

#include <errno.h>
#include <stddef.h>
#include <sys/wait.h>

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

int stop_wait_child(pid_t child, const sigset_t *waiting)
{
    sigset_t blocked;
    int status = 0;

    (void)sigprocmask(SIG_SETMASK, waiting, &blocked);
    if (is_wanted)
        (void)kill(child, SIGTERM);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        if (is_wanted)
            (void)kill(child, SIGTERM);
    (void)sigprocmask(SIG_SETMASK, &blocked, NULL);
    if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGINT || WTERMSIG(status) == SIGTERM))
        is_wanted = 1; /* Ctrl-C goes to both processes, and reached the child first */
    return status;
}

void stop_undo(void)
{
    sigset_t both;

    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    (void)sigprocmask(SIG_UNBLOCK, &both, NULL);
}
