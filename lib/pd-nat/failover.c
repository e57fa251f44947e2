/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/failover.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "sys/immutable.h"

/* Non-blocking, because opening a FIFO waits for a writer. */
#define OPEN_FILE      (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
#define OPEN_DIRECTORY (O_RDONLY | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC)

/* One of the two, opened. */
struct part {
    const char *path;
    bool is_directory;
    int fd;       /* -1: it does not exist */
    bool created; /* by this call */
    struct failover_part seen;
};

struct parts {
    struct part leases; /* opened first and changed last: the DUID file may be in it */
    struct part duid;
};

bool failover_part_ready(const struct failover_part *part)
{
    return part->exists && part->immutable && part->empty;
}

/* ---- what a lease directory holds ---- */

static bool is_lease(const char *name)
{
    return has_suffix(name, ".lease") || has_suffix(name, ".lease6");
}

/* dhcpcd's other files there, a key for addresses and a counter, have no effect on the prefix. */
static bool is_other_of_dhcpcd(const char *name, const char *duid)
{
    static const char *const names[] = {".", "..", "duid", "secret", "rdm_monotonic"};
    const char *slash = strrchr(duid, '/');

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strcmp(name, slash ? slash + 1 : duid) == 0;
}

/* What to do with a name; a result other than 0 ends the walk. */
typedef int name_visitor(const struct parts *parts, const char *name, struct error *e);

static int walk(const struct parts *parts, name_visitor *visit, struct error *e)
{
    const int fd = openat(parts->leases.fd, ".", OPEN_DIRECTORY); /* with a position of its own */
    DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *entry;
    int result = 0;

    if (!directory) {
        result = fail_errno(e, errno, parts->leases.path);
        close_fd(&fd);
        return result;
    }
    errno = 0;
    while (result == 0 && (entry = readdir(directory)) != NULL) {
        result = visit(parts, entry->d_name, e);
        errno = 0;
    }
    if (result == 0 && errno)
        result = fail_errno(e, errno, parts->leases.path);
    closedir(directory);
    return result;
}

static int refuse_lease(const struct parts *parts, const char *name, struct error *e)
{
    return is_lease(name) ? fail(e, ENOTEMPTY,
                                 "%s holds the lease %s: stop dhcpcd and move it away, or --force, "
                                 "which deletes it",
                                 parts->leases.path, name)
                          : 0;
}

/* A directory that other programs use as well, such as /etc, must not become immutable. */
static int refuse_foreign_file(const struct parts *parts, const char *name, struct error *e)
{
    if (is_lease(name) || is_other_of_dhcpcd(name, parts->duid.path))
        return 0;
    return fail(e, ENOTEMPTY, "%s holds %s, which is not dhcpcd's: is this its lease directory?",
                parts->leases.path, name);
}

static int delete_lease(const struct parts *parts, const char *name, struct error *e)
{
    if (!is_lease(name) || unlinkat(parts->leases.fd, name, 0) == 0)
        return 0;
    return fail(e, errno, "%s/%s: %s", parts->leases.path, name, strerror(errno));
}

/* ---- opening and closing ---- */

/* The fd of a part that does not exist is -1. */
static int open_part(struct part *part, struct error *e)
{
    struct stat file;

    part->fd = open(part->path, part->is_directory ? OPEN_DIRECTORY : OPEN_FILE);
    if (part->fd < 0 && errno == ENOENT)
        return 0;
    if (part->fd < 0 && errno == ELOOP)
        return fail(e, errno, "%s is a symbolic link: name what it leads to", part->path);
    if (part->fd < 0 || fstat(part->fd, &file) < 0)
        return fail_errno(e, errno, part->path);
    if (!part->is_directory && !S_ISREG(file.st_mode))
        return fail(e, EINVAL, "%s is not a file", part->path);
    return 0;
}

static int open_parts(const struct dhcpcd_paths *paths, struct parts *out, struct error *e)
{
    int result;

    *out = (struct parts){
        .leases = {.path = paths->leases, .is_directory = true, .fd = -1},
        .duid = {.path = paths->duid, .fd = -1},
    };
    result = open_part(&out->leases, e);
    return result < 0 ? result : open_part(&out->duid, e);
}

static void close_parts(const struct parts *parts)
{
    close_fd(&parts->leases.fd);
    close_fd(&parts->duid.fd);
}

/* ---- looking ---- */

/* A file system without the attribute is no failure here. */
static int look_at(struct part *part, struct error *e)
{
    int result;

    part->seen = (struct failover_part){.exists = part->fd >= 0};
    if (!part->seen.exists)
        return 0;
    result = immutable_get(part->fd, part->path, &part->seen.immutable, e);
    return result == -EOPNOTSUPP ? 0 : result;
}

static int look_at_parts(struct parts *parts, struct error *e)
{
    struct stat file;
    int result = look_at(&parts->leases, e);

    if (result == 0)
        result = look_at(&parts->duid, e);
    if (result == 0 && parts->leases.seen.exists) {
        result = walk(parts, refuse_lease, e);
        parts->leases.seen.empty = result == 0;
        result = result == -ENOTEMPTY ? 0 : result;
    }
    if (result < 0 || !parts->duid.seen.exists)
        return result;
    if (fstat(parts->duid.fd, &file) < 0)
        return fail_errno(e, errno, parts->duid.path);
    parts->duid.seen.empty = file.st_size == 0;
    return 0;
}

int failover_look(const struct dhcpcd_paths *paths, struct failover *out, struct error *e)
{
    CLEANUP(close_parts) struct parts parts;
    int result = open_parts(paths, &parts, e);

    if (result == 0)
        result = look_at_parts(&parts, e);
    *out = (struct failover){.duid = parts.duid.seen, .leases = parts.leases.seen};
    return result;
}

/* ---- enabling ---- */

/* As dhcpcd would make them itself. */
static int create_part(struct part *part, struct error *e)
{
    if (part->is_directory) {
        part->created = mkdir(part->path, 0755) == 0;
        part->fd = part->created ? open(part->path, OPEN_DIRECTORY) : -1;
    } else {
        part->fd = open(part->path, OPEN_FILE | O_CREAT | O_EXCL, 0640);
        part->created = part->fd >= 0;
    }
    if (part->fd >= 0)
        return 0;
    return fail(e, errno, "%s: %s%s", part->path, strerror(errno),
                errno == ENOENT ? ": create its directory first" : "");
}

static int refuse_used_parts(const struct parts *parts, bool force, struct error *e)
{
    int result = parts->leases.fd >= 0 ? walk(parts, refuse_foreign_file, e) : 0;

    if (result < 0 || force)
        return result;
    if (parts->leases.seen.exists && !parts->leases.seen.empty)
        return walk(parts, refuse_lease, e);
    if (parts->duid.seen.exists && !parts->duid.seen.empty)
        return fail(e, ENOTEMPTY,
                    "%s holds a DUID: stop dhcpcd and move it away, or --force, which empties it",
                    parts->duid.path);
    return 0;
}

/* Sets the attribute first: a file system without it fails before anything is lost. */
static int make_mutable(const struct part *part, struct error *e)
{
    int result = immutable_set(part->fd, part->path, true, e);

    return result < 0 ? result : immutable_set(part->fd, part->path, false, e);
}

static int empty_duid(const struct part *duid, struct error *e)
{
    AUTO_CLOSE int fd = open(duid->path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || ftruncate(fd, 0) < 0)
        return fail_errno(e, errno, duid->path);
    return 0;
}

/* The DUID file may be in the directory, which is therefore mutable first and immutable last. */
static int prepare_parts(struct parts *parts, struct error *e)
{
    int result = parts->leases.fd < 0 ? create_part(&parts->leases, e) : 0;

    if (result == 0)
        result = make_mutable(&parts->leases, e);
    if (result == 0 && parts->duid.fd < 0)
        result = create_part(&parts->duid, e);
    if (result == 0)
        result = make_mutable(&parts->duid, e);
    if (result == 0)
        result = empty_duid(&parts->duid, e);
    if (result == 0)
        result = walk(parts, delete_lease, e);
    if (result == 0)
        result = immutable_set(parts->duid.fd, parts->duid.path, true, e);
    return result < 0 ? result : immutable_set(parts->leases.fd, parts->leases.path, true, e);
}

static void undo_part(struct part *part)
{
    if (part->fd >= 0)
        (void)!immutable_set(part->fd, part->path, part->seen.immutable && !part->created, NULL);
    if (part->created && part->is_directory)
        (void)!rmdir(part->path);
    else if (part->created)
        (void)!unlink(part->path);
}

/* The file first: it may be in the directory, which becomes immutable again after it. */
static void undo_parts(struct parts *parts)
{
    if (parts->leases.fd >= 0)
        (void)!immutable_set(parts->leases.fd, parts->leases.path, false, NULL);
    undo_part(&parts->duid);
    undo_part(&parts->leases);
}

int failover_enable(const struct dhcpcd_paths *paths, bool force, struct error *e)
{
    CLEANUP(close_parts) struct parts parts;
    int result = open_parts(paths, &parts, e);

    if (result == 0)
        result = look_at_parts(&parts, e);
    if (result == 0)
        result = refuse_used_parts(&parts, force, e);
    if (result < 0 ||
        (failover_part_ready(&parts.duid.seen) && failover_part_ready(&parts.leases.seen)))
        return result;
    result = prepare_parts(&parts, e);
    if (result < 0)
        undo_parts(&parts);
    return result;
}

/* ---- disabling ---- */

/* A file system without the attribute has nothing to remove. */
static int clear_part(const struct part *part, struct error *e)
{
    int result = part->fd >= 0 ? immutable_set(part->fd, part->path, false, e) : 0;

    return result == -EOPNOTSUPP ? 0 : result;
}

int failover_disable(const struct dhcpcd_paths *paths, struct error *e)
{
    CLEANUP(close_parts) struct parts parts;
    int result = open_parts(paths, &parts, e);

    if (result == 0)
        result = clear_part(&parts.leases, e);
    return result == 0 ? clear_part(&parts.duid, e) : result;
}
