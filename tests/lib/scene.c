// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every test does many times, without the start of a shell and of several programs:
 *
 *   scene up PATH VALUE...            waits for xenstored's socket, then as write
 *   scene write PATH VALUE...         writes XenStore nodes
 *   scene domu DOMID PATH VALUE...    makes the network namespace domDOMID, lo up, then as write
 *   scene in DOMID CMD...             runs CMD in that namespace
 *
 * XENSTORED_RUNDIR names the directory of xenstored's socket. It speaks the protocol of
 * xen/io/xs_wire.h itself, so that it can be linked statically: the dynamic linker would take half
 * of its time.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

#include "loopback.h"

static const time_t start_seconds = 60;

/* Waits until xenstored listens, if WAIT. */
static int connect_xenstored(int wait)
{
    const char *dir = getenv("XENSTORED_RUNDIR");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    time_t end = time(NULL) + start_seconds;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || !dir)
        errx(1, "XENSTORED_RUNDIR: it has to name a directory");
    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
    while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        if (!wait || (errno != ENOENT && errno != ECONNREFUSED) || time(NULL) > end)
            err(1, "%s", address.sun_path);
        usleep(2000);
    }
    return fd;
}

static void write_whole(int fd, const void *data, size_t size)
{
    if (send(fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)
        err(1, "xenstored: write");
}

static void read_whole(int fd, void *data, size_t size)
{
    if (size > 0 && recv(fd, data, size, MSG_WAITALL) != (ssize_t)size)
        err(1, "xenstored: read");
}

static void write_node(int fd, const char *path, const char *value)
{
    size_t path_size = strlen(path) + 1, value_size = strlen(value);
    struct xsd_sockmsg header = {.type = XS_WRITE, .len = (uint32_t)(path_size + value_size)};
    char body[XENSTORE_PAYLOAD_MAX + 1] = "";

    if (header.len > XENSTORE_PAYLOAD_MAX)
        errx(1, "%s: too long", path);
    memcpy(body, path, path_size);
    memcpy(body + path_size, value, value_size);
    write_whole(fd, &header, sizeof(header));
    write_whole(fd, body, header.len);
    read_whole(fd, &header, sizeof(header));
    if (header.len > XENSTORE_PAYLOAD_MAX)
        errx(1, "xenstored: an answer of %u bytes", header.len);
    read_whole(fd, body, header.len);
    body[header.len] = '\0';
    if (header.type == XS_ERROR)
        errx(1, "%s: %s", path, body);
}

static int write_nodes(int wait, char **words)
{
    int fd = connect_xenstored(wait);

    for (; words[0] && words[1]; words += 2)
        write_node(fd, words[0], words[1]);
    return words[0] ? 2 : 0;
}

static const char *netns_of(char path[static 64], const char *domid)
{
    snprintf(path, 64, "/run/netns/dom%s", domid);
    return path;
}

/* As `ip netns add` does, so that ip finds it. */
static void make_netns(const char *domid)
{
    char path[64];
    int fd;

    if (mkdir("/run/netns", 0755) == 0) {
        if (mount("/run/netns", "/run/netns", "none", MS_BIND | MS_REC, NULL) < 0 ||
            mount("", "/run/netns", "none", MS_SHARED | MS_REC, NULL) < 0)
            err(1, "/run/netns: mount");
    } else if (errno != EEXIST) {
        err(1, "/run/netns");
    }
    fd = open(netns_of(path, domid), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
    if (fd < 0)
        err(1, "%s", path);
    close(fd);
    if (unshare(CLONE_NEWNET) < 0)
        err(1, "network namespace");
    if (mount("/proc/self/ns/net", path, "none", MS_BIND, NULL) < 0)
        err(1, "%s: mount", path);
    set_loopback_up();
}

static void enter(const char *domid, char **command)
{
    char path[64];
    int fd = open(netns_of(path, domid), O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
        err(1, "%s", path);
    execvp(command[0], command);
    err(127, "%s", command[0]);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[1] : "";

    if (strcmp(verb, "up") == 0)
        return write_nodes(1, argv + 2);
    if (strcmp(verb, "write") == 0)
        return write_nodes(0, argv + 2);
    if (strcmp(verb, "domu") == 0) {
        make_netns(argv[2]);
        return write_nodes(0, argv + 3);
    }
    if (strcmp(verb, "in") == 0 && argc > 3)
        enter(argv[2], argv + 3);
    errx(2, "usage: scene up|write|domu|in ...");
}
