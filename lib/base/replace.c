/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/base.h"

/* Gives FD the owner and mode of OLD, or, where that is NULL, those of a new file. */
static int take_owner(int fd, const struct stat *old)
{
    const mode_t mask = umask(0);
    struct stat new;

    umask(mask);
    if (fstat(fd, &new) < 0)
        return -errno;
    /* only if they differ: a service's filter of system calls may forbid the call */
    if (old && (old->st_uid != new.st_uid || old->st_gid != new.st_gid) &&
        fchown(fd, old->st_uid, old->st_gid) < 0)
        return -errno;
    return fchmod(fd, old ? old->st_mode & 07777 : 0644 & ~mask) < 0 ? -errno : 0;
}

/* Without this, a power cut could bring the old file back. */
static int sync_directory(const char *path)
{
    const char *slash = strrchr(path, '/');
    AUTO_FREE char *directory = format_string("%.*s.", slash ? (int)(slash + 1 - path) : 0, path);
    AUTO_CLOSE int fd = -1;

    if (!directory)
        return -ENOMEM;
    fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

/* Replaces PATH, which is not a symbolic link. */
static int replace_target(const char *path, const struct stat *old, const char *text,
                          struct error *e)
{
    AUTO_FREE char *temporary = format_string("%s.XXXXXX", path);
    int fd;
    int result;

    if (!temporary)
        return fail_memory(e);
    fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fail_errno(e, errno, path);
    result = take_owner(fd, old);
    if (result < 0)
        close(fd);
    else
        result = write_and_close(fd, text);
    if (result == 0 && rename(temporary, path) < 0)
        result = -errno;
    if (result < 0) {
        unlink(temporary);
        return fail_errno(e, -result, path);
    }
    result = sync_directory(path);
    return result < 0 ? fail_errno(e, -result, path) : 0;
}

int replace_file(const char *path, const char *text, struct error *e)
{
    AUTO_FREE char *real = realpath(path, NULL);
    struct stat old;

    if (!real && errno != ENOENT)
        return fail_errno(e, errno, path);
    if (!real && lstat(path, &old) == 0)
        return fail(e, ENOENT, "%s: a symbolic link whose target does not exist", path);
    if (!real)
        return replace_target(path, NULL, text, e);
    if (stat(real, &old) < 0)
        return fail_errno(e, errno, path);
    if (!S_ISREG(old.st_mode))
        return fail(e, EINVAL, "%s: not a regular file", path);
    return replace_target(real, &old, text, e);
}

int make_directory(const char *path, struct error *e)
{
    const mode_t mask = umask(022);
    const int code = mkdir(path, 0755) < 0 ? errno : 0;

    umask(mask);
    return code == 0 || code == EEXIST ? 0 : fail_errno(e, code, path);
}
