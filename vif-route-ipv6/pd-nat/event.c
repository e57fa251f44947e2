/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event.h"

#include <ctype.h>
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

#include "base/log.h"
#include "command.h"
#include "pd-nat/state.h"

#define DIRECTORY SYSCONFDIR "/vif-route-ipv6/prefix.d"
#define PATIENCE  10 /* seconds for each */
#define LARGEST   8192
#define ALL       "*"

/* The lines of the file: variables for the executables, and the names of those to run. */
enum line { REASON, INTERFACE, INTERNAL, OLD, NEW, PENDING, LINE_COUNT };

static const char *const heads[LINE_COUNT] = {
    [REASON] = "REASON=",  [INTERFACE] = "INTERFACE=", [INTERNAL] = "INTERNAL_PREFIX=",
    [OLD] = "OLD_PREFIX=", [NEW] = "NEW_PREFIX=",      [PENDING] = "PENDING=",
};

struct event {
    char text[LARGEST];
    char *lines[LINE_COUNT];
};

int event_store(const struct pd_nat_mapping *mapping, const struct pd_nat_mapping *old,
                struct error *e)
{
    char internal[PREFIX_TEXT];
    char before[PREFIX_TEXT] = "";
    char after[PREFIX_TEXT];
    AUTO_FREE char *text = NULL;

    if (access(DIRECTORY, F_OK) < 0)
        return 0;
    if (old)
        prefix_print(&old->external, before);
    text = format_string("REASON=%s\nINTERFACE=%s\nINTERNAL_PREFIX=%s\nOLD_PREFIX=%s\n"
                         "NEW_PREFIX=%s\nPENDING=" ALL "\n",
                         old ? "changed" : "first", mapping->nat.link,
                         prefix_print(&mapping->nat.internal, internal), before,
                         prefix_print(&mapping->external, after));
    return text ? state_write_event(mapping->nat.link, text, e) : fail_memory(e);
}

/* ---- which executables ---- */

/* As run-parts(8) selects them: letters, digits, underscores and hyphens. */
static int is_selected(const struct dirent *entry)
{
    const char *name = entry->d_name;

    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_' && *name != '-')
            return 0;
    return 1;
}

static int compare_entry_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* PENDING is "*", or names between slashes. */
static bool is_pending(const char *pending, const char *name)
{
    AUTO_FREE char *word = format_string("/%s/", name);

    return strcmp(pending, ALL) == 0 || (word && strstr(pending, word));
}

static bool is_executable(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) && access(path, X_OK) == 0;
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
    const int none = open("/dev/null", O_RDONLY);
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

/* Opens and locks the event's file, so that one process at a time runs it; -1: there is none. */
static int lock_event(const char *path)
{
    for (;;) {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        struct stat held;
        struct stat there;

        if (fd < 0)
            return -1;
        while (flock(fd, LOCK_EX) < 0 && errno == EINTR)
            ;
        if (fstat(fd, &held) == 0 && stat(path, &there) == 0 && held.st_ino == there.st_ino)
            return fd;
        close(fd); /* replaced or done meanwhile */
    }
}

static bool read_event_lines(int fd, struct event *out)
{
    const ssize_t length = read(fd, out->text, sizeof(out->text) - 1);
    char *rest = out->text;

    if (length <= 0)
        return false;
    out->text[length] = '\0';
    for (int i = 0; i < LINE_COUNT; i++) {
        out->lines[i] = strsep(&rest, "\n");
        if (!out->lines[i] || !begins_with(out->lines[i], heads[i]))
            return false;
    }
    return true;
}

/* Runs what is pending, and prints the event with those that failed to OUT; false: none did. */
static bool run_all(const struct event *event, FILE *out)
{
    struct dirent **entries;
    const int count = scandir(DIRECTORY, &entries, is_selected, compare_entry_names);
    bool has_failed = false;

    for (int i = 0; i < PENDING; i++)
        fprintf(out, "%s\n", event->lines[i]);
    fputs(heads[PENDING], out);
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX];

        snprintf(path, sizeof(path), DIRECTORY "/%s", entries[i]->d_name);
        if (is_pending(event->lines[PENDING] + strlen(heads[PENDING]), entries[i]->d_name) &&
            is_executable(path) && !run_one(path, event)) {
            fprintf(out, has_failed ? "%s/" : "/%s/", entries[i]->d_name);
            has_failed = true;
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    fputc('\n', out);
    return has_failed;
}

bool event_run(const char *link)
{
    AUTO_CLOSE int fd = -1;
    AUTO_FREE char *text = NULL;
    char path[PATH_MAX];
    struct event event;
    struct error e;
    size_t size;
    FILE *out;
    bool has_failed;

    if (state_event_path(link, path, NULL) < 0)
        return true;
    fd = lock_event(path);
    if (fd < 0)
        return true;
    if (!read_event_lines(fd, &event)) {
        log_error("%s: broken, and removed: its executables do not run", path);
        (void)unlink(path);
        return false;
    }
    out = open_memstream(&text, &size);
    if (!out)
        return false;
    has_failed = run_all(&event, out);
    if (fclose(out) != 0)
        return false; /* all of them run again */
    if (!has_failed)
        (void)unlink(path);
    else if (state_write_event(link, text, &e) < 0)
        log_failure(&e);
    return !has_failed;
}
