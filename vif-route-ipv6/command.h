/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What main.c and the commands share: the description of a command, the exit statuses, and the
 * reports of wrong usage. Each command has a file of its own, prints its own failures and returns
 * its exit status.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <getopt.h>
#include <sys/types.h>

#include "base/error.h"
#include "sys/rtnl.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define DEFAULT_CONFIG SYSCONFDIR "/xen/ipv6.cfg"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* it failed, was refused, or what was checked does not hold */
    EXIT_USAGE = 2,  /* the call was wrong */
};

/* The program's options, before or after the command. */
struct options {
    const char *config;    /* path of ipv6.cfg */
    const char *directory; /* of the files that continue it; NULL: CONFIG.d */
};

/* The long options that belong to the program, for the search of the nearest one. */
#define PROGRAM_OPTIONS "--config --verbose --quiet --help --version"

struct command {
    const char *name;
    const char *arguments;                    /* for the usage */
    const char *summary;                      /* one line */
    const char *help;                         /* what --help adds */
    const struct command *const *subcommands; /* up to a NULL; or there are none, and it runs: */
    /* ARGV[0] is the command's own name. */
    enum exit_status (*run)(const struct options *options, int argc, char **argv);
};

extern const struct command command_online;
extern const struct command command_offline;
extern const struct command command_add;
extern const struct command command_remove;
extern const struct command command_sync;
extern const struct command command_status;
extern const struct command command_check;
extern const struct command command_edit;
extern const struct command command_watch;
extern const struct command command_6to4;
extern const struct command command_pd_nat;
extern const struct command command_guest_config;
extern const struct command command_routing_config;
extern const struct command command_ra;
extern const struct command command_uplink_config;

/* Reports wrong usage with the right one. COMMAND is NULL if no command is known. */
enum exit_status usage_error(const struct command *command, const char *format, ...) PRINTF(2, 3);

/*
 * Refuses a long option that is not written in full, with the whole word: getopt_long() would take
 * it, and a later version may have a second option that begins so.
 */
enum exit_status refuse_abbreviations(const struct command *command, int argc, char *const *argv);

/* Reports WORD as an unknown option if it is where getopt_long() does not look. */
enum exit_status stray_option(const struct command *command, const char *word);

/*
 * Reads the next option of a command's call by TABLE, as getopt_long() does, with its value in
 * optarg. 'n' in TABLE is a short option, too. 0: no option is left, and argv[optind] is the first
 * argument; -1: it is wrong, which is reported.
 */
int next_option(const struct command *command, const struct option *table, int argc, char **argv);

/* Refuses all options of a command that has none. argv[optind] is then the first argument. */
enum exit_status no_options(const struct command *command, int argc, char **argv);

/* Refuses arguments after the options. */
enum exit_status no_arguments(const struct command *command, int argc, char **argv);

/*
 * The exit status for RESULT: 0, a negative errno with its reason in E, which is printed, or 1 for
 * a failure that is reported already.
 */
enum exit_status report_result(int result, const struct error *e);

/* Runs COMMAND with ARGUMENT, or without one if it is NULL. */
enum exit_status command_run(const struct command *command, const struct options *options,
                             const char *argument);

/*
 * The same in a process of its own: the command may give up rights, have a deadline, and fail
 * without an effect on the caller. -1 if the process cannot be started, which is reported. End it
 * with command_finish(), which waits and returns the exit status; for a CHILD of 0 it does nothing.
 */
pid_t command_start(const struct command *command, const struct options *options,
                    const char *argument);
enum exit_status command_finish(pid_t child);

/* Warns that forwarding is off, if it is, with the CONSEQUENCE and the remedy. */
void warn_of_forwarding(struct rtnl *rtnl, const char *consequence);

/* Reports that ipv6.cfg does not exist: a warning if the caller named the file with -c. */
void report_no_config(const struct options *options);

#endif
