// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into the program, it lets something happen between two of its steps: before the call
 * number CALL_NUMBER of those below, it runs the shell command CALL_COMMAND, and the program waits.
 * All calls go, a word each, into the file CALL_LOG. With CALL_DELAY, each sendto (that is, each
 * request to the kernel) takes so many milliseconds.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
/* Fortify's inline open() would collide with the one defined here. */
#undef _FORTIFY_SOURCE

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>

static int count;

static void note(const char *call)
{
    const char *path = getenv("CALL_LOG");
    int fd =
        path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

    if (fd >= 0) {
        dprintf(fd, "%s\n", call);
        close(fd);
    }
}

static void step(const char *call)
{
    static char command[4096]; /* the environment may move when LD_PRELOAD leaves it */
    const char *number = getenv("CALL_NUMBER");
    const char *wanted = getenv("CALL_COMMAND");

    note(call);
    if (++count != (number ? atoi(number) : 0) || !wanted)
        return;
    snprintf(command, sizeof(command), "%s", wanted);
    unsetenv("LD_PRELOAD");
    if (system(command) != 0)
        note("FAILED");
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *to,
               socklen_t to_length)
{
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(
            RTLD_NEXT, "sendto");

    const char *delay = getenv("CALL_DELAY");

    step("sendto");
    if (delay)
        usleep((useconds_t)atoi(delay) * 1000);
    return real(fd, buffer, length, flags, to, to_length);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t (*real)(int, struct msghdr *, int) =
        (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");

    step("recvmsg");
    return real(fd, message, flags);
}

/*
 * XenStore's messages go out in two parts, and xenstored, which waits for the second one, would
 * answer nobody in between: no step there.
 */
static int is_second_part(int fd, const void *buffer, size_t length)
{
    static size_t awaited;
    struct xsd_sockmsg header;
    struct stat status;

    if (fstat(fd, &status) < 0 || !S_ISSOCK(status.st_mode))
        return 0;
    if (awaited > 0) {
        awaited -= length < awaited ? length : awaited;
        return 1;
    }
    if (length == sizeof(header)) {
        memcpy(&header, buffer, sizeof(header));
        awaited = header.len;
    }
    return 0;
}

ssize_t write(int fd, const void *buffer, size_t length)
{
    if (!is_second_part(fd, buffer, length))
        step("write");
    return syscall(SYS_write, fd, buffer, length);
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list args;

        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    step("open");
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
