/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs radvd with RA_FILE, but only while that has an advertisement, because radvd ends when it
 * reads an empty file. Signals are blocked except while this waits. radvd starts with them blocked
 * and lets them in once it can handle them: otherwise an early SIGHUP would end it.
 */
#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "advertise.h"
#include "base/log.h"
#include "base/replace.h"
#include "base/stop.h"
#include "sys/program.h"

#define RADVD_PID RUN_DIRECTORY "/radvd.pid"
#define RADVD     "radvd"

#define PAUSE_MS 200 /* between two changes: radvd advertises on all links at each */

struct server {
    int changes; /* inotify, on RUN_DIRECTORY */
    pid_t radvd; /* 0: it does not run */
    sigset_t unblocked;
    bool changed;
};

static volatile sig_atomic_t hung_up; /* SIGHUP: as if the file had changed */

static void note_signal(int number)
{
    hung_up |= number == SIGHUP;
}

static int catch_signals(struct server *server, struct error *e)
{
    const struct sigaction action = {.sa_handler = note_signal};
    sigset_t blocked;
    int result;

    stop_prepare(&server->unblocked);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGHUP);
    sigaddset(&blocked, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &blocked, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    (void)sigaction(SIGCHLD, &action, NULL);
    result = make_directory(RUN_DIRECTORY, e);
    if (result < 0)
        return result;
    server->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (server->changes < 0 || inotify_add_watch(server->changes, RUN_DIRECTORY,
                                                 IN_MOVED_TO | IN_CLOSE_WRITE | IN_DELETE) < 0)
        return fail(e, errno, "%s: inotify: %s", RUN_DIRECTORY, strerror(errno));
    return 0;
}

static int start(struct server *server, struct error *e)
{
    const bool has_user = getpwnam(RADVD) != NULL;
    const char *const arguments[] = {RADVD,
                                     "--nodaemon",
                                     "--logmethod=stderr_clean",
                                     "--config=" RA_FILE,
                                     "--pidfile=" RADVD_PID,
                                     has_user ? "--username=" RADVD : NULL,
                                     NULL};

    return program_launch(arguments, &server->radvd, e);
}

/* Ends radvd, and waits until it has withdrawn its advertisements. */
static void stop(struct server *server)
{
    if (!server->radvd)
        return;
    (void)kill(server->radvd, SIGTERM);
    while (waitpid(server->radvd, NULL, 0) < 0 && errno == EINTR)
        ;
    server->radvd = 0;
}

/* Starts or ends radvd, or makes it read the file again. */
static int follow_file(struct server *server, struct error *e)
{
    struct ra_table table;
    int result = ra_table_read(&table, e);
    const bool any = result == 0 && table.count > 0;

    ra_table_free(&table);
    if (result < 0)
        return result;
    if (!any)
        stop(server);
    else if (server->radvd)
        (void)kill(server->radvd, SIGHUP);
    else
        result = start(server, e);
    if (result != -ENOENT)
        return result;
    log_error("%s: apt-get install radvd", e->text); /* and try again at the next change */
    return 0;
}

static int check_child(struct server *server, struct error *e)
{
    int status = 0;

    if (!server->radvd || waitpid(server->radvd, &status, WNOHANG) != server->radvd)
        return 0;
    server->radvd = 0;
    if (WIFSIGNALED(status))
        return fail(e, EIO, "radvd: ended by signal %d (%s)", WTERMSIG(status),
                    strsignal(WTERMSIG(status)));
    return fail(e, EIO, "radvd: ended with status %d", WEXITSTATUS(status));
}

/* Reads inotify's events, and notes whether RA_FILE changed. */
static void read_changes(struct server *server)
{
    _Alignas(struct inotify_event) char buffer[4096];
    ssize_t got;

    while ((got = read(server->changes, buffer, sizeof(buffer))) > 0)
        for (ssize_t at = 0; at < got;) {
            const struct inotify_event *event = (const void *)(buffer + at);

            server->changed |= (event->mask & IN_Q_OVERFLOW) ||
                               (event->len > 0 && strcmp(event->name, "radvd.conf") == 0);
            at += (ssize_t)(sizeof(*event) + event->len);
        }
}

static void wait_for_change(struct server *server)
{
    struct pollfd changes = {.fd = server->changes, .events = POLLIN};

    if (!server->changed && !stop_is_wanted())
        (void)ppoll(&changes, 1, NULL, &server->unblocked);
    server->changed |= hung_up;
    hung_up = 0;
    read_changes(server);
}

static int serve_until_ended(struct server *server, struct error *e)
{
    static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    int result = 0;

    server->changed = true;
    while (result == 0 && !stop_is_wanted()) {
        if (server->changed) {
            server->changed = false;
            result = follow_file(server, e);
            nanosleep(&pause, NULL);
        }
        if (result == 0)
            wait_for_change(server);
        if (result == 0 && !stop_is_wanted())
            result = check_child(server, e);
    }
    return result;
}

enum exit_status advertise_serve(void)
{
    struct server server = {.changes = -1};
    struct error e;
    int result = catch_signals(&server, &e);

    if (result == 0)
        result = serve_until_ended(&server, &e);
    stop(&server);
    close_fd(&server.changes);
    if (result == 0)
        return EXIT_DONE;
    log_failure(&e);
    return EXIT_FAILED;
}
