/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <limits.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#define IDENT           "vif-route-ipv6"
#define LONGEST_MESSAGE 2048
#define JOURNAL         "/run/systemd/journal/"

static enum verbosity verbosity = NORMAL;
static struct {
    char vif[IF_NAMESIZE];
    char domu[256];
} subject;

void log_setup(enum verbosity wanted)
{
    verbosity = wanted;
}

void log_about(const char *vif, const char *domu)
{
    snprintf(subject.vif, sizeof(subject.vif), "%s", vif ? vif : "");
    snprintf(subject.domu, sizeof(subject.domu), "%s", domu ? domu : "");
    make_printable(subject.vif);
    make_printable(subject.domu);
}

/* A log daemon that does not read must not hold up a hook, so this does not wait. */
static bool send_to(const char *path, const char *message)
{
    struct sockaddr_un daemon = {.sun_family = AF_UNIX};
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    strncpy(daemon.sun_path, path, sizeof(daemon.sun_path) - 1);
    return fd >= 0 && connect(fd, (const struct sockaddr *)&daemon, sizeof(daemon)) == 0 &&
           send(fd, message, strlen(message), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

/* systemd's native protocol, a field per line; `journalctl DOMU=web` finds the message. */
static bool send_to_journal(int priority, const char *mark, const char *text)
{
    char fields[LONGEST_MESSAGE + 512];
    int length = snprintf(fields, sizeof(fields),
                          "MESSAGE=%s%s\nPRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=" IDENT
                          "\nSYSLOG_PID=%d\n",
                          mark, text, priority, LOG_FAC(LOG_DAEMON), (int)getpid());

    if (*subject.vif)
        length +=
            snprintf(fields + length, sizeof(fields) - (size_t)length, "VIF=%s\n", subject.vif);
    if (*subject.domu)
        snprintf(fields + length, sizeof(fields) - (size_t)length, "DOMU=%s\n", subject.domu);
    return send_to(JOURNAL "socket", fields);
}

/* The form of RFC 3164, which every daemon takes from /dev/log. */
static void send_to_syslog(int priority, const char *mark, const char *text)
{
    char line[LONGEST_MESSAGE + 128];
    char when[32] = "";
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local))
        strftime(when, sizeof(when), "%b %e %H:%M:%S ", &local);
    snprintf(line, sizeof(line), "<%d>%s" IDENT "[%d]: %s%s", LOG_DAEMON | priority, when,
             (int)getpid(), mark, text);
    (void)send_to("/dev/log", line);
}

/* sd-daemon(3) and systemd.exec(5): JOURNAL_STREAM is "DEVICE:INODE" of the journal's stream. */
static bool stderr_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device;
    uintmax_t inode;
    struct stat status;

    return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
           fstat(STDERR_FILENO, &status) == 0 && status.st_dev == (dev_t)device &&
           status.st_ino == (ino_t)inode;
}

/* Whether syslog messages end up in the journal: systemd makes /dev/log a link to its socket. */
static bool syslog_is_journal(void)
{
    char target[PATH_MAX];
    ssize_t length = readlink("/dev/log", target, sizeof(target) - 1);

    if (length < 0)
        return false;
    target[length] = '\0';
    return begins_with(target, JOURNAL);
}

/* Only one of both: the journal may be what listens to syslog. */
static void send_to_log_daemon(int priority, const char *mark, const char *text)
{
    if (!syslog_is_journal() || !send_to_journal(priority, mark, text))
        send_to_syslog(priority, mark, text);
}

PRINTF(3, 0)
static void print_message(int priority, const char *mark, const char *format, va_list args)
{
    const bool is_journal = stderr_is_journal();
    char text[LONGEST_MESSAGE];

    vsnprintf(text, sizeof(text), format, args);
    make_printable(text);
    if (is_journal && send_to_journal(priority, mark, text))
        return;
    if (is_journal)
        fprintf(stderr, "<%d>", priority);
    fprintf(stderr, IDENT ": %s%s\n", mark, text);
    if (!is_journal && !isatty(STDERR_FILENO))
        send_to_log_daemon(priority, mark, text);
}

void log_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print_message(LOG_ERR, "", format, args);
    va_end(args);
}

bool log_is_quiet(void)
{
    return verbosity < NORMAL;
}

void log_warning(const char *format, ...)
{
    va_list args;

    if (log_is_quiet())
        return;
    va_start(args, format);
    print_message(LOG_WARNING, "warning: ", format, args);
    va_end(args);
}

void log_notice(const char *format, ...)
{
    va_list args;

    if (log_is_quiet())
        return;
    va_start(args, format);
    print_message(LOG_NOTICE, "", format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;

    if (verbosity < VERBOSE)
        return;
    va_start(args, format);
    print_message(LOG_INFO, "", format, args);
    va_end(args);
}

void log_record(const char *format, ...)
{
    char text[LONGEST_MESSAGE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    make_printable(text);
    if (verbosity == VERBOSE || stderr_is_journal())
        log_notice("%s", text);
    else if (!log_is_quiet() && !isatty(STDERR_FILENO))
        send_to_log_daemon(LOG_NOTICE, "", text);
}

void log_failure(const struct error *e)
{
    log_error("%s", e->text);
}
