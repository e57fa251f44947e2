/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"

#define LOCK_FILE  "/run/vif-route-ipv6.lock"
#define AGAIN_NS   10000000L /* 10 ms */
#define LONGEST_MS 30000L

static void interrupt(int number)
{
    (void)number;
}

/*
 * Waits in the kernel's queue. With hundreds of hooks, polling took the processor from the process
 * that holds the lock, and some never got it. A timer interrupts flock(), and again each 10 ms, in
 * case the first signal comes before flock() waits. SIGALRM is the deadline's.
 */
static int wait_in_queue(int fd)
{
    const long left = deadline_left_ms();
    /* a quarter of the time is left for the work itself */
    const long patience = left < 0 || left * 3 / 4 > LONGEST_MS ? LONGEST_MS : left * 3 / 4;
    const struct itimerspec when = {
        .it_value = {.tv_sec = patience / 1000, .tv_nsec = patience % 1000 * 1000000 + 1},
        .it_interval = {.tv_nsec = AGAIN_NS}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    const struct sigaction action = {.sa_handler = interrupt};
    const long end = now_ms() + patience;
    struct sigaction action_before;
    sigset_t mine;
    sigset_t mask_before;
    timer_t timer;
    int result;

    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0)
        return -errno;
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR1);
    (void)sigaction(SIGUSR1, &action, &action_before);
    (void)sigprocmask(SIG_UNBLOCK, &mine, &mask_before);
    (void)timer_settime(timer, 0, &when, NULL);
    do
        result = flock(fd, LOCK_EX) < 0 ? -errno : 0;
    while (result == -EINTR && now_ms() < end);
    (void)timer_delete(timer);
    (void)sigprocmask(SIG_SETMASK, &mask_before, NULL);
    (void)sigaction(SIGUSR1, &action_before, NULL);
    if (result == -EINTR)
        log_error("%s: another process has held it for %ld s, and this one goes on without it: "
                  "lslocks shows which process",
                  LOCK_FILE, patience / 1000);
    return result == -EINTR ? -EWOULDBLOCK : result;
}

int lock_take(void)
{
    static bool warned; /* offline may take it twice, and sync takes it for each round */
    /* no O_CLOEXEC: what this run starts goes on if the run is killed, and so holds the lock too */
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    int result = fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;

    if (fd >= 0 && result == -EWOULDBLOCK)
        result = wait_in_queue(fd);
    if (result == 0)
        return fd;
    /* others than root look, and change nothing */
    if (!warned && result != -EWOULDBLOCK && (result != -EACCES || geteuid() == 0)) {
        log_warning("%s: %s: going on without the lock", LOCK_FILE, strerror(-result));
        warned = true;
    }
    close_fd(&fd);
    return -1;
}
