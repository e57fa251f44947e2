/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "base/log.h"

#define LOCK_FILE   "/run/vif-route-ipv6.lock"
#define PAUSE_NS    2000000L /* 2 ms */
#define MOST_PAUSES 2000     /* 4 s */

static int wait_for(int fd)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};

    for (int pauses = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; pauses++) {
        if ((errno != EWOULDBLOCK && errno != EINTR) || pauses == MOST_PAUSES)
            return -errno;
        nanosleep(&pause, NULL);
    }
    return 0;
}

int lock_take(void)
{
    /* no O_CLOEXEC: what this run starts goes on if the run is killed, and so holds the lock too */
    int fd = open(LOCK_FILE, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
    int result = fd < 0 ? -errno : wait_for(fd);

    if (result < 0) {
        if (result != -EACCES || geteuid() == 0) /* it is root's: others look, and change nothing */
            log_warning("%s: %s: going on without the lock", LOCK_FILE, strerror(-result));
        close_fd(&fd);
        return -1;
    }
    return fd;
}
