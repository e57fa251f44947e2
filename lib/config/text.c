/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/shell.h"

#define LARGEST_FILE (64U << 20)

#ifndef DATADIR
#define DATADIR "/usr/local/share/vif-route-ipv6"
#endif

/* A symbolic link to nothing is not the same as no file. */
static int fail_absent(const char *path, struct error *e)
{
    struct stat status;

    return lstat(path, &status) == 0 && S_ISLNK(status.st_mode)
               ? fail(e, ENOLINK, "%s: a symbolic link whose target does not exist", path)
               : fail_errno(e, ENOENT, path);
}

static int open_regular(const char *path, struct stat *status, struct error *e)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* O_NONBLOCK: for a FIFO */
    int code = 0;

    if (fd < 0)
        return errno == ENOENT ? fail_absent(path, e) : fail_errno(e, errno, path);
    if (fstat(fd, status) < 0)
        code = fail_errno(e, errno, path);
    else if (S_ISDIR(status->st_mode))
        code = fail(e, EISDIR, "%s: is a directory, not a file", path);
    else if (!S_ISREG(status->st_mode))
        code = fail(e, EINVAL, "%s: not a regular file", path);
    else if (status->st_size > LARGEST_FILE)
        code = fail(e, EFBIG, "%s: is larger than 64 MiB", path);
    if (code < 0)
        close_fd(&fd);
    return code < 0 ? code : fd;
}

/* Not hidden ones, and no editor's copies: x.cfg~, x.cfg.bak. */
static int is_config_name(const struct dirent *entry)
{
    return *entry->d_name != '.' && has_suffix(entry->d_name, ".cfg");
}

static int compare_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name); /* by bytes, in every locale */
}

static int list_directory(struct config_text *text, const char *directory, struct error *e)
{
    struct config_file *out = &text->directory;
    struct dirent **names = NULL;
    int result = 0;
    int count;

    out->path = directory ? strdup(directory) : format_string("%s.d", text->path);
    if (!out->path)
        return fail_memory(e);
    if (!*out->path)
        return 0;
    if (stat(out->path, &out->status) < 0) {
        const int code = errno;

        if (code == ENOENT)
            return fail_absent(out->path, e) == -ENOLINK ? -ENOLINK : 0;
        return code == ENOTDIR || code == ENAMETOOLONG ? 0 : fail_errno(e, code, out->path);
    }
    count = scandir(out->path, &names, is_config_name, compare_bytes);
    if (count < 0 && errno != ENOENT)
        return fail_errno(e, errno, out->path);
    for (int i = 0; i < count; i++) {
        struct config_file file = {.path = format_string("%s/%s", out->path, names[i]->d_name)};

        if (!file.path || array_append(&text->files, &text->file_count, &file, sizeof(file)) < 0) {
            free(file.path);
            result = fail_memory(e);
        }
        free(names[i]);
    }
    free(names);
    return result;
}

/* Neither PATH nor a file that continues it exists: says how to begin. */
static int fail_missing(const char *path, struct error *e)
{
    static const char *const examples[] = {DATADIR "/ipv6.cfg",
                                           "/usr/share/vif-route-ipv6/ipv6.cfg"};
    const char *slash = strrchr(path, '/');
    char from[SHELL_WORD];
    char to[SHELL_WORD];
    AUTO_FREE char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");

    if (directory && access(directory, F_OK) < 0)
        return fail(e, ENOENT, "%s: the directory %s does not exist", path, directory);
    for (size_t i = 0; i < ARRAY_SIZE(examples); i++)
        if (access(examples[i], R_OK) == 0)
            return fail(e, ENOENT, "%s: No such file or directory: cp %s %s, and edit it", path,
                        shell_word(examples[i], from), shell_word(path, to));
    return fail(e, ENOENT, "%s: No such file or directory: write it, see ipv6.cfg(5)", path);
}

/* Makes FD, which it takes over, the file that lines are read from. */
static int open_stream(struct config_text *text, int fd, struct error *e)
{
    if (text->stream)
        fclose(text->stream);
    text->stream = fdopen(fd, "r");
    text->at_start = true;
    if (!text->stream)
        close(fd);
    return text->stream ? 0 : fail_memory(e);
}

int config_load(const char *path, const char *directory, struct config_text *out, struct error *e)
{
    int fd;
    int result;

    *out = (struct config_text){.path = NULL};
    fd = open_regular(path, &out->status, e);
    if (fd < 0 && fd != -ENOENT)
        return fd;
    result = fd < 0 ? 0 : open_stream(out, fd, e);
    out->path = strdup(path);
    if (result == 0)
        result = out->path ? list_directory(out, directory, e) : fail_memory(e);
    if (result == 0 && fd < 0 && out->file_count == 0)
        result = directory && !*directory ? fd : fail_missing(path, e);
    if (result < 0)
        config_text_free(out);
    return result;
}

int config_text_next(struct config_text *text, const char **path, struct error *e)
{
    while (text->next < text->file_count) {
        struct config_file *file = &text->files[text->next++];
        const int fd = open_regular(file->path, &file->status, e);
        int result;

        if (fd == -ENOENT) /* removed meanwhile */
            continue;
        result = fd < 0 ? fd : open_stream(text, fd, e);
        *path = file->path;
        return result < 0 ? result : 1;
    }
    return 0;
}

int config_text_line(struct config_text *text, char **line, size_t *length, struct error *e)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    const size_t mark = sizeof(byte_order_mark) - 1;
    ssize_t got;

    if (!text->stream)
        return 0;
    errno = 0;
    got = getline(&text->line, &text->room, text->stream);
    if (got < 0)
        return feof(text->stream)
                   ? 0
                   : fail_errno(e, errno,
                                text->next > 0 ? text->files[text->next - 1].path : text->path);
    *line = text->line;
    *length = (size_t)got;
    if (text->at_start && *length >= mark && memcmp(*line, byte_order_mark, mark) == 0) {
        *line += mark;
        *length -= mark;
    }
    text->at_start = false;
    return 1;
}

void config_text_free(struct config_text *text)
{
    if (text->stream)
        fclose(text->stream);
    for (size_t i = 0; i < text->file_count; i++)
        free(text->files[i].path);
    free(text->files);
    free(text->directory.path);
    free(text->path);
    free(text->line);
    *text = (struct config_text){.path = NULL};
}

static bool is_changed(const char *path, const struct stat *then)
{
    struct stat now = {.st_ino = 0};

    if (stat(path, &now) < 0 && errno != ENOENT)
        return false;
    return now.st_dev != then->st_dev || now.st_ino != then->st_ino ||
           now.st_size != then->st_size || now.st_mtim.tv_sec != then->st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != then->st_mtim.tv_nsec;
}

bool config_text_is_old(const struct config_text *text)
{
    bool is_old = is_changed(text->path, &text->status);

    if (text->directory.path && *text->directory.path)
        is_old |= is_changed(text->directory.path, &text->directory.status);
    for (size_t i = 0; i < text->next; i++)
        is_old |= is_changed(text->files[i].path, &text->files[i].status);
    return is_old;
}
