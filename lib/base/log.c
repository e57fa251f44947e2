/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/log.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>

#define IDENT           "vif-route-ipv6"
#define LONGEST_MESSAGE 2048

static enum verbosity verbosity = NORMAL;

void log_setup(enum verbosity wanted)
{
    verbosity = wanted;
}

/*
 * syslog(3) waits for a daemon that does not read, and a hook must not: this one does not wait. The
 * form is that of RFC 3164, which every daemon takes from /dev/log.
 */
static void send_to_syslog(int priority, const char *mark, const char *text)
{
    static const struct sockaddr_un daemon = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    AUTO_CLOSE int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    char line[LONGEST_MESSAGE + 128];
    char when[32] = "";
    time_t now = time(NULL);
    struct tm local;

    if (fd < 0 || connect(fd, (const struct sockaddr *)&daemon, sizeof(daemon)) < 0)
        return;
    if (localtime_r(&now, &local))
        strftime(when, sizeof(when), "%b %e %H:%M:%S ", &local);
    snprintf(line, sizeof(line), "<%d>%s" IDENT "[%d]: %s%s", LOG_DAEMON | priority, when,
             (int)getpid(), mark, text);
    (void)send(fd, line, strlen(line), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void print(int priority, const char *mark, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void print(int priority, const char *mark, const char *format, va_list args)
{
    char text[LONGEST_MESSAGE];

    vsnprintf(text, sizeof(text), format, args);
    make_printable(text);
    fprintf(stderr, IDENT ": %s%s\n", mark, text);
    if (!isatty(STDERR_FILENO))
        send_to_syslog(priority, mark, text);
}

void log_error(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    print(LOG_ERR, "", format, args);
    va_end(args);
}

void log_warning(const char *format, ...)
{
    va_list args;

    if (verbosity < NORMAL)
        return;
    va_start(args, format);
    print(LOG_WARNING, "warning: ", format, args);
    va_end(args);
}

void log_notice(const char *format, ...)
{
    va_list args;

    if (verbosity < NORMAL)
        return;
    va_start(args, format);
    print(LOG_NOTICE, "", format, args);
    va_end(args);
}

void log_info(const char *format, ...)
{
    va_list args;

    if (verbosity < VERBOSE)
        return;
    va_start(args, format);
    print(LOG_INFO, "", format, args);
    va_end(args);
}

void log_failure(const struct error *e)
{
    log_error("%s", e->text);
}
