/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What main.c and the commands have in common: the table of commands, their options, and the exit
 * statuses. One file a command; each prints its own failures and returns its exit status.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include "error.h"

enum exit_status {
    EXIT_DONE = 0,
    EXIT_FAILED = 1, /* it failed, was refused, or what was checked does not hold */
    EXIT_USAGE = 2,  /* the call was wrong */
};

/* The options before the command. */
struct options {
    const char *config; /* path of ipv6.cfg */
};

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
extern const struct command command_6to4;
extern const struct command command_pd_nat;
extern const struct command command_guest_config;

/* Says on stderr what is wrong with the call, and where the right one is described. */
enum exit_status usage_error(const struct command *command, const char *format, ...) PRINTF(2, 3);

/*
 * The same for what getopt_long() answered, OPTION being '?' or, for a missing value, ':'. COMMAND
 * is NULL for the program's own options.
 */
enum exit_status option_error(const struct command *command, int option, char *const *argv);

/* The same for a WORD that looks like an option and is none, where getopt_long() does not look. */
enum exit_status stray_option(const struct command *command, const char *word);

/* For a command without options: argv[optind] is then the first argument. */
enum exit_status no_options(const struct command *command, int argc, char **argv);

/*
 * Tells that there is no ipv6.cfg, which is nothing to do: a warning where the caller has named one
 * by -c, for then it is a slip.
 */
void report_no_config(const struct options *options);

#endif
