/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_PATH 128

static int open_switch(const char *link, const char *key, int flags)
{
    char path[LONGEST_PATH];

    snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", link, key);
    return open(path, flags | O_CLOEXEC);
}

static char read_switch(const char *link, const char *key)
{
    AUTO_CLOSE int fd = open_switch(link, key, O_RDONLY);
    char value[2] = "";

    /* One digit and a newline: a longer number is no switch. */
    if (fd < 0 || read(fd, value, sizeof(value)) != 2 || value[1] != '\n')
        return '\0';
    return value[0];
}

int sysctl_set(const char *link, const char *key, char value, struct error *e)
{
    AUTO_CLOSE int fd = open_switch(link, key, O_WRONLY);

    if (fd >= 0 && write(fd, &value, 1) == 1)
        return 0;
    if (read_switch(link, key) == value) /* all right on a read-only /proc/sys as well */
        return 0;
    return fail(e, errno, "net.ipv6.conf.%s.%s: %s%s", link, key, strerror(errno),
                errno == ENOENT ? " (the link is gone, or the kernel has no IPv6)" : "");
}

bool sysctl_is_off(const char *link, const char *key)
{
    return read_switch(link, key) == '0';
}
