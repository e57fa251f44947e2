/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/immutable.h"

#include <errno.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

static int attribute_failure(const char *path, int code, struct error *e)
{
    /* the errnos of various file systems without attributes */
    if (code == ENOTTY || code == EOPNOTSUPP || code == ENOSYS || code == EINVAL)
        return fail(e, EOPNOTSUPP,
                    "%s: its file system has no immutable attribute (ext4, XFS and btrfs have it)",
                    path);
    if (geteuid() == 0 && (code == EPERM || code == EACCES))
        return fail(e, code, "%s: %s (it takes CAP_LINUX_IMMUTABLE)", path, strerror(code));
    return fail_errno(e, code, path);
}

/* The kernel reads and writes an int, although the ioctl's number is for a long. */
static int get_attributes(int fd, const char *path, int *out, struct error *e)
{
    *out = 0;
    return ioctl(fd, FS_IOC_GETFLAGS, out) < 0 ? attribute_failure(path, errno, e) : 0;
}

int immutable_get(int fd, const char *path, bool *out, struct error *e)
{
    int attributes;
    int result = get_attributes(fd, path, &attributes, e);

    *out = result == 0 && (attributes & FS_IMMUTABLE_FL) != 0;
    return result;
}

int immutable_set(int fd, const char *path, bool immutable, struct error *e)
{
    int attributes;
    int result = get_attributes(fd, path, &attributes, e);

    if (result < 0)
        return result;
    if (((attributes & FS_IMMUTABLE_FL) != 0) == immutable)
        return 0;
    attributes ^= FS_IMMUTABLE_FL;
    return ioctl(fd, FS_IOC_SETFLAGS, &attributes) < 0 ? attribute_failure(path, errno, e) : 0;
}
