/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/shell.h"
#include "pd-nat/lease.h"

#define VERSION_LINE "version=1\n"
#define LARGEST_FILE 4096
#define FILE_PREFIX  "pd-nat-"       /* so that no link's name is another file's */
#define HIDDEN       "." FILE_PREFIX /* of a link's event, and of temporary files */
#define EVENT        ".event"
#define NEW          ".new" /* while it is written */
#define LOCK         ".lock"

static const char *directory = STATE_DIRECTORY;

void state_set_directory(const char *path)
{
    directory = path;
}

int64_t state_until(uint32_t seconds, bool is_untimed)
{
    if (seconds == LEASE_FOREVER)
        return is_untimed ? STATE_UNKNOWN : STATE_FOREVER;
    return (int64_t)time(NULL) + seconds;
}

/* ---- text ---- */

/* Fowler, Noll, Vo: FNV-1a, 64 bits. Any change of a single byte changes it. */
static uint64_t checksum(const char *text, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3U;
    return hash;
}

#define TIME_TEXT 21 /* a number of 64 bits and the NUL */

static const char *print_time(int64_t time, char buffer[static TIME_TEXT])
{
    if (time == STATE_FOREVER)
        return "forever";
    if (time == STATE_UNKNOWN)
        return "unknown";
    snprintf(buffer, TIME_TEXT, "%" PRId64, time);
    return buffer;
}

PRINTF(2, 3) static void append(char buffer[static STATE_TEXT], const char *format, ...)
{
    const size_t length = strlen(buffer);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(buffer + length, STATE_TEXT - length, format, arguments);
    va_end(arguments);
}

const char *state_print(const struct pd_nat_state *state, char buffer[static STATE_TEXT])
{
    char prefix[PREFIX_TEXT];
    char time[TIME_TEXT];

    *buffer = '\0';
    append(buffer, VERSION_LINE "delegated=%s\n", prefix_print(&state->in_use.prefix, prefix));
    append(buffer, "internal=%s\n", prefix_print(&state->internal, prefix));
    if (state->part > 0) /* part 0 has no line, so that older files stay valid */
        append(buffer, "part=%" PRIx64 "\n", state->part);
    append(buffer, "preferred_until=%s\n", print_time(state->in_use.preferred_until, time));
    append(buffer, "valid_until=%s\n", print_time(state->in_use.valid_until, time));
    if (state->in_use.has_iaid)
        append(buffer, "iaid=%08" PRIx32 "\n", state->in_use.iaid);
    for (size_t i = 0; i < state->other_count; i++) {
        const struct known_prefix *known = &state->others[i];

        append(buffer, "known=%s", prefix_print(&known->prefix, prefix));
        append(buffer, " %s", print_time(known->preferred_until, time));
        append(buffer, " %s", print_time(known->valid_until, time));
        if (known->has_iaid)
            append(buffer, " %08" PRIx32, known->iaid);
        append(buffer, "\n");
    }
    append(buffer, "checksum=%016" PRIx64 "\n", checksum(buffer, strlen(buffer)));
    return buffer;
}

/* Why STATE cannot be one, or NULL. */
static const char *refusal(const struct pd_nat_state *state)
{
    const struct prefix *internal = &state->internal;
    const struct pd_nat_section nat = {.internal = *internal, .part = state->part};
    struct prefix external;

    if (state->in_use.prefix.length == 0 || state->in_use.prefix.length > 128)
        return "the delegated prefix has no length from 1 to 128";
    if (!can_be_internal(internal) || internal->length > 128)
        return "the internal prefix is neither in fd00::/8 nor global";
    if (!prefix_is_network(internal))
        return "the internal prefix has bits beyond its length";
    if (state->in_use.preferred_until < 0 ||
        state->in_use.preferred_until > state->in_use.valid_until)
        return "the lifetimes contradict each other";
    if (state->part > 0 && pd_nat_external(&nat, &state->in_use.prefix, &external, NULL) < 0)
        return "the delegated prefix does not contain the part";
    return delegation_refusal(&state->in_use.prefix);
}

/* Other text gives a time that prints in another way, which state_parse() notices. */
static int64_t read_time(const char *value)
{
    if (strcmp(value, "forever") == 0)
        return STATE_FOREVER;
    if (strcmp(value, "unknown") == 0)
        return STATE_UNKNOWN;
    return *value == '-' ? 0 : strtoll(value, NULL, 10);
}

/* Reads one line. It ignores what does not belong there: state_parse() reports that. */
static void read_state_line(const char *line, struct pd_nat_state *out)
{
    struct known_prefix known = {.iaid = 0};
    char prefix[PREFIX_TEXT];
    char preferred[TIME_TEXT];
    char valid[TIME_TEXT];
    int count;

    if (sscanf(line, "delegated=%49s", prefix) == 1)
        (void)!prefix_parse(prefix, -1, &out->in_use.prefix, NULL);
    else if (sscanf(line, "internal=%49s", prefix) == 1)
        (void)!prefix_parse(prefix, -1, &out->internal, NULL);
    else if (begins_with(line, "part="))
        out->part = strtoull(line + strlen("part="), NULL, 16);
    else if (sscanf(line, "preferred_until=%20s", preferred) == 1)
        out->in_use.preferred_until = read_time(preferred);
    else if (sscanf(line, "valid_until=%20s", valid) == 1)
        out->in_use.valid_until = read_time(valid);
    else if (sscanf(line, "iaid=%8" SCNx32, &out->in_use.iaid) == 1)
        out->in_use.has_iaid = true;
    count =
        sscanf(line, "known=%49s %20s %20s%*1[ ]%8" SCNx32, prefix, preferred, valid, &known.iaid);
    if (count < 3 || out->other_count == STATE_OTHERS)
        return;
    (void)!prefix_parse(prefix, -1, &known.prefix, NULL);
    known.preferred_until = read_time(preferred);
    known.valid_until = read_time(valid);
    known.has_iaid = count == 4;
    out->others[out->other_count++] = known;
}

int state_parse(const char *text, size_t length, struct pd_nat_state *out, struct error *e)
{
    /* -1: there was no such line */
    struct pd_nat_state state = {.in_use = {.preferred_until = -1, .valid_until = -1}};
    char lines[STATE_TEXT];
    char expected[STATE_TEXT];
    char *rest = lines;
    const char *mistake;

    if (length >= sizeof(lines))
        return fail(e, EBADMSG, "broken: it is too long");
    memcpy(lines, text, length);
    lines[length] = '\0';
    if (!begins_with(lines, VERSION_LINE))
        return fail(e, EBADMSG, "broken: its first line is not version=1");
    while (rest)
        read_state_line(strsep(&rest, "\n"), &state);
    mistake = state.in_use.prefix.length == 0      ? "no delegated prefix"
              : state.internal.length == 0         ? "no internal prefix"
              : state.in_use.preferred_until == -1 ? "no preferred_until"
              : state.in_use.valid_until == -1     ? "no valid_until"
                                                   : refusal(&state);
    if (mistake)
        return fail(e, EBADMSG, "broken: %s", mistake);
    /* What is printed for a state judges everything: the order, the checksum and the end. */
    state_print(&state, expected);
    if (strlen(expected) != length || memcmp(text, expected, length) != 0)
        return fail(e, EBADMSG, "broken: it was cut or changed (checksum)");
    *out = state;
    return 0;
}

/* ---- reading ---- */

static int print_state_path(char path[static PATH_MAX], const char *before, const char *link,
                            const char *behind, struct error *e)
{
    int length;

    if (!is_link_name(link))
        return fail(e, EINVAL, "'%s' cannot be the name of an interface", link);
    length = snprintf(path, PATH_MAX, "%s/%s%s%s", directory, before, link, behind);
    if (length < 0 || length >= PATH_MAX)
        return fail_errno(e, ENAMETOOLONG, directory);
    return 0;
}

/* A lease replaces the file, and so does apply, whatever is in it. */
static int fail_broken(struct error *e, const char *path, const char *link, const char *why)
{
    char word[SHELL_WORD];

    return fail(e, EBADMSG,
                "%s: %s: renew the lease, or set the prefix by hand: %s pd-nat apply %s PREFIX",
                path, why, shell_own_command(), shell_word(link, word));
}

int state_read(const char *link, struct pd_nat_state *out, struct error *e)
{
    AUTO_CLOSE int fd = -1;
    AUTO_FREE char *text = NULL;
    char path[PATH_MAX];
    struct error why;
    ssize_t length;
    int result = print_state_path(path, FILE_PREFIX, link, "", e);

    if (result < 0)
        return result;
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY); /* for a FIFO */
    if (fd < 0)
        return errno == ELOOP ? fail_broken(e, path, link, "broken: it is a symbolic link")
                              : fail_errno(e, errno, path);
    length = read_whole(fd, LARGEST_FILE, &text);
    if (length == -EISDIR)
        return fail(e, EBADMSG, "%s: broken: it is a directory, not a regular file: remove it",
                    path);
    if (length == -EINVAL)
        return fail_broken(e, path, link, "broken: it is not a regular file");
    if (length == -EFBIG)
        return fail_broken(e, path, link, "broken: it is too long");
    if (length < 0)
        return fail_errno(e, (int)-length, path);
    result = state_parse(text, (size_t)length, out, &why);
    return result < 0 ? fail_broken(e, path, link, why.text) : 0;
}

/* ---- the directory ---- */

/* Hands VISIT the name of each file. A missing directory has no files. */
static int each_file(int (*visit)(const char *name, void *context, struct error *e), void *context,
                     struct error *e)
{
    DIR *files = opendir(directory);
    const struct dirent *file;
    int result = 0;

    if (!files)
        return errno == ENOENT ? 0 : fail_errno(e, errno, directory);
    while (result == 0 && (file = readdir(files)) != NULL)
        result = visit(file->d_name, context, e);
    closedir(files);
    return result;
}

struct links {
    char (*names)[IF_NAMESIZE];
    size_t count;
};

static int add_link(const char *name, void *context, struct error *e)
{
    struct links *links = context;
    char link[IF_NAMESIZE];

    if (!begins_with(name, FILE_PREFIX) || !is_link_name(name + strlen(FILE_PREFIX)))
        return 0;
    snprintf(link, sizeof(link), "%s", name + strlen(FILE_PREFIX));
    return array_append(&links->names, &links->count, link, sizeof(link)) < 0 ? fail_memory(e) : 0;
}

int state_links(char (**out)[IF_NAMESIZE], size_t *count, struct error *e)
{
    struct links links = {.names = *out, .count = *count};
    int result = each_file(add_link, &links, e);

    *out = links.names;
    *count = links.count;
    return result;
}

/* ---- writing ---- */

/* Opens the directory, for flock() or fsync(). Creates it if it is missing. */
static int open_directory(struct error *e)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0 && errno == ENOENT && (mkdir(directory, 0755) == 0 || errno == EEXIST))
        fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? fail_errno(e, errno, directory) : fd;
}

/* Opens and locks it, for one writer at a time: all use the same name for the temporary file. */
static int hold_directory(struct error *e)
{
    int fd = open_directory(e);
    int result;

    if (fd < 0)
        return fd;
    do
        result = flock(fd, LOCK_EX);
    while (result < 0 && errno == EINTR);
    if (result == 0)
        return fd;
    result = fail_errno(e, errno, directory);
    close(fd);
    return result;
}

/* Replaces the file PATH by TEXT. A killed writer may have left TEMPORARY. */
static int replace_state(const char *path, const char *temporary, const char *text, struct error *e)
{
    int fd;
    int result;

    unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail_errno(e, errno, temporary);
    result = write_and_close(fd, text);
    if (result < 0) {
        fail_errno(e, -result, temporary);
    } else if (rename(temporary, path) < 0) {
        result = -errno;
        fail_errno(e, -result, path);
    }
    if (result < 0)
        unlink(temporary);
    return result;
}

/* Replaces the file BEFORE LINK BEHIND by TEXT. */
static int write_link_file(const char *before, const char *link, const char *behind,
                           const char *text, struct error *e)
{
    AUTO_CLOSE int holder = -1;
    char path[PATH_MAX];
    char temporary[PATH_MAX];
    char new[32];
    int result = print_state_path(path, before, link, behind, e);

    snprintf(new, sizeof(new), "%s" NEW, behind);
    if (result == 0)
        result = print_state_path(temporary, HIDDEN, link, new, e);
    if (result < 0)
        return result;
    holder = hold_directory(e);
    return holder < 0 ? holder : replace_state(path, temporary, text, e);
}

int state_write(const char *link, const struct pd_nat_state *state, struct error *e)
{
    char text[STATE_TEXT];
    const char *reason = refusal(state);

    if (reason)
        return fail(e, EINVAL, "%s: not to be stored: %s", link, reason);
    return write_link_file(FILE_PREFIX, link, "", state_print(state, text), e);
}

/* Removes PATH, and fsyncs its directory: a power cut must not bring it back. */
static int remove_file(const char *path, struct error *e)
{
    AUTO_CLOSE int holder = -1;

    if (unlink(path) < 0)
        return errno == ENOENT ? 0 : fail_errno(e, errno, path);
    holder = open_directory(e);
    if (holder < 0)
        return holder;
    return fsync(holder) < 0 ? fail_errno(e, errno, directory) : 0;
}

int state_event_path(const char *link, char path[static PATH_MAX], struct error *e)
{
    return print_state_path(path, HIDDEN, link, EVENT, e);
}

int state_write_event(const char *link, const char *text, struct error *e)
{
    return write_link_file(HIDDEN, link, EVENT, text, e);
}

int state_open_event_lock(const char *link, struct error *e)
{
    char path[PATH_MAX];
    int fd = print_state_path(path, HIDDEN, link, EVENT LOCK, e);

    if (fd < 0)
        return fd;
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    return fd < 0 ? fail_errno(e, errno, path) : fd;
}

int state_remove(const char *link, struct error *e)
{
    static const char *const files[][2] = {{HIDDEN, EVENT},
                                           {HIDDEN, EVENT NEW},
                                           {HIDDEN, EVENT LOCK},
                                           {HIDDEN, NEW},
                                           {FILE_PREFIX, ""}};
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(files) && result == 0; i++) {
        char path[PATH_MAX];

        result = print_state_path(path, files[i][0], link, files[i][1], e);
        if (result == 0)
            result = remove_file(path, e);
    }
    return result;
}

/* A link's state, or what a writer that was killed has left. */
static int remove_state_file(const char *name, void *context, struct error *e)
{
    char path[PATH_MAX];

    (void)context;
    if (!begins_with(name + (*name == '.'), FILE_PREFIX))
        return 0;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return remove_file(path, e);
}

int state_remove_all(struct error *e)
{
    return each_file(remove_state_file, NULL, e);
}
