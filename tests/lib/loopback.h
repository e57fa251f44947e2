/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the sandbox and the domUs' namespaces both need. */
#ifndef LOOPBACK_H
#define LOOPBACK_H

#include <err.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void set_loopback_up(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        err(1, "lo");
    close(fd);
}

#endif
