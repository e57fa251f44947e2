/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"

#define LOCK_FILE  "/run/vif-route-ipv6.lock"
#define PAUSE_NS   2000000L /* 2 ms */
#define LONGEST_MS 30000L

/* The rest of the time must do for the work itself. */
static long patience_ms(void)
{
    const long left = deadline_left_ms();

    return left < 0 || left * 3 / 4 > LONGEST_MS ? LONGEST_MS : left * 3 / 4;
}

static int wait_for(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    const long end = now_ms() + patience_ms();

    while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || now_ms() >= end)
            return -errno;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int lock_take(void)
{
    const long began = now_ms();
    /* no O_CLOEXEC: what this run starts goes on if the run is killed, and so holds the lock too */
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    int result = fd < 0 ? -errno : wait_for(fd);

    if (result == 0)
        return fd;
    if (result == -EWOULDBLOCK)
        log_error("%s: another process has held it for %ld s, and this one goes on without it: "
                  "lslocks shows which process",
                  LOCK_FILE, (now_ms() - began) / 1000);
    else if (result != -EACCES || geteuid() == 0) /* others than root look, and change nothing */
        log_warning("%s: %s: going on without the lock", LOCK_FILE, strerror(-result));
    close_fd(&fd);
    return -1;
}
