/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_PATH 128

/* TABLE is "conf", or "neigh" for what belongs to neighbour discovery. */
static int open_switch(const char *family, const char *table, const char *link, const char *key,
                       int flags)
{
    char path[LONGEST_PATH];

    snprintf(path, sizeof(path), "/proc/sys/net/%s/%s/%s/%s", family, table, link, key);
    return open(path, flags | O_CLOEXEC);
}

static char read_switch(const char *family, const char *table, const char *link, const char *key)
{
    AUTO_CLOSE int fd = open_switch(family, table, link, key, O_RDONLY);
    char value[2] = "";

    /* One digit and a newline: a longer number is not a switch. */
    if (fd < 0 || read(fd, value, sizeof(value)) != 2 || value[1] != '\n')
        return '\0';
    return value[0];
}

static int set(const char *family, const char *table, const char *link, const char *key, char value,
               struct error *e)
{
    AUTO_CLOSE int fd = open_switch(family, table, link, key, O_WRONLY);
    int code;

    if (fd >= 0 && write(fd, &value, 1) == 1)
        return 0;
    code = errno;
    if (read_switch(family, table, link, key) == value)
        return 0;
    return fail(e, code, "net.%s.%s.%s.%s: %s%s", family, table, link, key, strerror(code),
                code == ENOENT ? " (the link is gone, or the kernel lacks the family)" : "");
}

int sysctl_set(const char *family, const char *link, const char *key, char value, struct error *e)
{
    return set(family, "conf", link, key, value, e);
}

int sysctl_set_neigh(const char *link, const char *key, char value, struct error *e)
{
    return set("ipv6", "neigh", link, key, value, e);
}

bool sysctl_is_off(const char *family, const char *link, const char *key)
{
    return read_switch(family, "conf", link, key) == '0';
}

bool sysctl_is_on(const char *family, const char *link, const char *key)
{
    return read_switch(family, "conf", link, key) == '1';
}

unsigned int sysctl_number(const char *family, const char *link, const char *key)
{
    AUTO_CLOSE int fd = open_switch(family, "conf", link, key, O_RDONLY);
    char value[16] = "";

    if (fd < 0 || read(fd, value, sizeof(value) - 1) <= 0)
        return 0;
    return (unsigned int)strtoul(value, NULL, 10);
}
