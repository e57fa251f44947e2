/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to people. On a terminal they go to stderr only, as "vif-route-ipv6: TEXT". Under
 * systemd, where stderr is the journal, they go to the journal only, with priority and fields.
 * Otherwise they go to stderr and to syslog (facility daemon), because libxl keeps little of a
 * hook's stderr. Control characters are shown as '?': a name out of XenStore cannot forge a line of
 * the log.
 */
#ifndef LOG_H
#define LOG_H

#include "base/base.h"
#include "base/error.h"

/* Errors are always printed, warnings and notices unless quiet, the rest only if verbose. */
enum verbosity { QUIET, NORMAL, VERBOSE };

void log_setup(enum verbosity verbosity);

/*
 * Names the vif and the domU that the following messages are about: the fields VIF and DOMU in the
 * journal. NULL: none.
 */
void log_about(const char *vif, const char *domu);

void log_error(const char *format, ...) PRINTF(1, 2);
void log_warning(const char *format, ...) PRINTF(1, 2);
void log_notice(const char *format, ...) PRINTF(1, 2); /* unless quiet */
void log_info(const char *format, ...) PRINTF(1, 2);

/* A notice for the log, of a command that runs unattended; on stderr only if verbose. */
void log_record(const char *format, ...) PRINTF(1, 2);

/* Whether notices are unwanted. */
bool log_is_quiet(void);

/* Prints an error value. */
void log_failure(const struct error *e);

#endif
