/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "log.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

#define IDENT "vif-route-ipv6"

static enum verbosity verbosity = NORMAL;

void log_setup(enum verbosity wanted)
{
    verbosity = wanted;
}

static void make_printable(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            *text = '?';
}

static void print(int priority, const char *mark, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void print(int priority, const char *mark, const char *format, va_list args)
{
    char text[2048];

    vsnprintf(text, sizeof(text), format, args);
    make_printable(text);
    fprintf(stderr, IDENT ": %s%s\n", mark, text);
    if (!isatty(STDERR_FILENO)) {
        openlog(IDENT, LOG_PID, LOG_DAEMON);
        syslog(priority, "%s%s", mark, text);
    }
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
