/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/lock.h"
#include "base/log.h"
#include "command.h"
#include "pd-nat/state.h"

#define DIRECTORY SYSCONFDIR "/vif-route-ipv6/prefix.d"
#define PATIENCE  10 /* seconds for each */
#define LARGEST   65536
#define ALL       "*"

/* The lines of the file: variables for the executables, and the names of those to run. */
enum line { REASON, INTERFACE, INTERNAL, OLD, NEW, PENDING, LINE_COUNT };

static const char *const heads[LINE_COUNT] = {
    [REASON] = "REASON=",  [INTERFACE] = "INTERFACE=", [INTERNAL] = "INTERNAL_PREFIX=",
    [OLD] = "OLD_PREFIX=", [NEW] = "NEW_PREFIX=",      [PENDING] = "PENDING=",
};

struct event {
    char *lines[LINE_COUNT]; /* in the text that was read */
};

/* Cuts TEXT into the lines of an event; false if it is none. */
static bool cut_lines(char *text, struct event *out)
{
    for (int i = 0; i < LINE_COUNT; i++) {
        out->lines[i] = strsep(&text, "\n");
        if (!out->lines[i] || !begins_with(out->lines[i], heads[i]))
            return false;
    }
    return true;
}

/* ---- storing one ---- */

/* BEFORE is the external prefix of before, or "". */
static int write_event(const struct pd_nat_mapping *mapping, const char *before, struct error *e)
{
    char internal[PREFIX_TEXT];
    char after[PREFIX_TEXT];
    AUTO_FREE char *text = format_string(
        "REASON=%s\nINTERFACE=%s\nINTERNAL_PREFIX=%s\nOLD_PREFIX=%s\nNEW_PREFIX=%s\nPENDING=" ALL
        "\n",
        *before ? "changed" : "first", mapping->nat.link,
        prefix_print(&mapping->nat.internal, internal), before,
        prefix_print(&mapping->external, after));

    return text ? state_write_event(mapping->nat.link, text, e) : fail_memory(e);
}

int event_store(const struct pd_nat_mapping *mapping, const struct pd_nat_mapping *old,
                struct error *e)
{
    char before[PREFIX_TEXT] = "";

    if (access(DIRECTORY, F_OK) < 0)
        return 0;
    if (old)
        prefix_print(&old->external, before);
    return write_event(mapping, before, e);
}

int event_correct(const struct pd_nat_mapping *mapping, struct error *e)
{
    AUTO_CLOSE int fd = -1;
    AUTO_FREE char *text = NULL;
    char path[PATH_MAX];
    char external[PREFIX_TEXT];
    const char *stored;
    struct event event;

    if (state_event_path(mapping->nat.link, path, NULL) == 0)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || read_whole(fd, LARGEST, &text) < 0 || !cut_lines(text, &event))
        return 0; /* event_run() reports what is broken */
    stored = event.lines[NEW] + strlen(heads[NEW]);
    if (strcmp(stored, prefix_print(&mapping->external, external)) == 0)
        return 0;
    return write_event(mapping, stored, e);
}

/* ---- which executables ---- */

/* As run-parts(8) selects them: letters, digits, underscores and hyphens. */
static int is_selected(const struct dirent *entry)
{
    const char *name = entry->d_name;

    return name[strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] ==
           '\0';
}

static int compare_entry_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* PENDING is "*", or names between slashes. */
static bool is_pending(const char *pending, const char *name)
{
    AUTO_FREE char *word = format_string("/%s/", name);

    return strcmp(pending, ALL) == 0 || !word || strstr(pending, word);
}

/* ---- running one ---- */

#define SEARCH_PATH "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static void exec_one(const char *path, const struct event *event)
{
    const char *const arguments[] = {path, NULL};
    const char *const environment[] = {SEARCH_PATH,
                                       event->lines[REASON],
                                       event->lines[INTERFACE],
                                       event->lines[INTERNAL],
                                       event->lines[OLD],
                                       event->lines[NEW],
                                       NULL};
    const int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    sigset_t nothing;

    sigemptyset(&nothing);
    (void)sigprocmask(SIG_SETMASK, &nothing, NULL);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)setpgid(0, 0);
    if (none >= 0)
        (void)dup2(none, STDIN_FILENO);
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    execve(path, (char *const *)arguments, (char *const *)environment);
    _exit(errno == ENOENT ? 127 : 126);
}

/* Waits for the child; false if it had to be ended. */
static bool wait_for_child(pid_t child, int *status)
{
    AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_open, child, 0);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    int ready;

    do
        ready = fd < 0 ? -1 : poll(&poll_fd, 1, PATIENCE * 1000);
    while (ready < 0 && fd >= 0 && errno == EINTR);
    if (ready == 0)
        (void)kill(-child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        ;
    return ready != 0;
}

static bool run_one(const char *path, const struct event *event)
{
    int status = 0;
    const pid_t child = fork();

    if (child == 0)
        exec_one(path, event);
    if (child < 0) {
        log_error("%s: %s", path, strerror(errno));
        return false;
    }
    (void)setpgid(child, child);
    if (!wait_for_child(child, &status))
        log_error("%s: it was ended after %d s, and runs again at the next renewal", path,
                  PATIENCE);
    else if (WIFSIGNALED(status))
        log_error("%s: it was ended by signal %d (%s), and runs again at the next renewal", path,
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) != 0)
        log_error("%s: it failed with exit status %d, and runs again at the next renewal", path,
                  WEXITSTATUS(status));
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* ---- the event ---- */

/*
 * Runs the pending executables, and returns whether all succeeded. Otherwise *LEFT, which the
 * caller frees, is the event with those that failed, or NULL without memory.
 */
static bool run_pending(const struct event *event, char **left)
{
    const char *pending = event->lines[PENDING] + strlen(heads[PENDING]);
    size_t size;
    FILE *out = open_memstream(left, &size);
    struct dirent **entries;
    bool has_failed = false;
    int count;

    if (!out)
        return false;
    for (int i = 0; i < PENDING; i++)
        fprintf(out, "%s\n", event->lines[i]);
    fputs(heads[PENDING], out);
    count = scandir(DIRECTORY, &entries, is_selected, compare_entry_names);
    if (count < 0 && errno != ENOENT) {
        log_error("%s: %s", DIRECTORY, strerror(errno));
        fputs(pending, out);
        has_failed = true;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];
        struct stat status;

        snprintf(path, sizeof(path), DIRECTORY "/%s", entries[i]->d_name);
        if (is_pending(pending, entries[i]->d_name) && stat(path, &status) == 0 &&
            S_ISREG(status.st_mode) && access(path, X_OK) == 0 && !run_one(path, event)) {
            fprintf(out, has_failed ? "%s/" : "/%s/", entries[i]->d_name);
            has_failed = true;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    fputc('\n', out);
    if (fclose(out) != 0) {
        free(*left);
        *left = NULL;
    }
    return !has_failed;
}

/* Whether PATH is another file than FD, or FD is -1 and there is one. */
static bool is_replaced(const char *path, int fd)
{
    struct stat held = {.st_ino = 0};
    struct stat there;

    return stat(path, &there) == 0 &&
           (fd < 0 || fstat(fd, &held) < 0 || held.st_ino != there.st_ino);
}

static void stop_running(int *running)
{
    close_fd(running);
    *running = -1;
}

/*
 * Runs the event in PATH, and returns whether all of it succeeded. If no newer one has come
 * meanwhile, RUNNING is closed. Who stores one holds the suite's lock, and then looks whether
 * somebody runs: so the look, the event's end and the end of RUNNING are under that lock, too.
 */
static bool run_newest(const char *link, const char *path, int *running)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    AUTO_FREE char *text = NULL;
    AUTO_FREE char *left = NULL;
    struct event event;
    struct error e;
    bool has_succeeded = true;
    bool is_over = true;
    int lock;

    if (fd < 0 && errno != ENOENT) {
        log_error("%s: %s", path, strerror(errno));
        stop_running(running);
        return false;
    }
    if (fd >= 0 && (read_whole(fd, LARGEST, &text) < 0 || !cut_lines(text, &event))) {
        log_error("%s: broken, and removed: its executables do not run", path);
        has_succeeded = false;
    } else if (fd >= 0) {
        has_succeeded = run_pending(&event, &left);
        is_over = has_succeeded;
    }
    lock = lock_take();
    if (!is_replaced(path, fd)) {
        if (is_over)
            (void)unlink(path);
        else if (left && state_write_event(link, left, &e) < 0)
            log_failure(&e);
        stop_running(running);
    }
    close_fd(&lock);
    return has_succeeded;
}

/*
 * SIGTERM waits meanwhile: odhcp6c sends it to its script at the next event, whose executables must
 * not overtake those that still run.
 */
bool event_run(const char *link)
{
    AUTO_CLOSE int running = -1;
    char path[PATH_MAX];
    sigset_t end;
    sigset_t before;
    struct error e;
    bool has_succeeded = true;

    if (state_event_path(link, path, NULL) < 0 || (access(path, F_OK) < 0 && errno == ENOENT))
        return true;
    running = state_open_event_lock(link, &e);
    if (running < 0) {
        log_failure(&e);
        return false;
    }
    if (flock(running, LOCK_EX | LOCK_NB) < 0)
        return true; /* who runs one now runs this one next */
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &end, &before);
    while (running >= 0)
        has_succeeded = run_newest(link, path, &running);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return has_succeeded;
}
