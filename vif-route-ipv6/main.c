/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vif-route-ipv6 [-c FILE] [-v|-q] COMMAND [ARGS]: finds the command in the table and runs it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "log.h"
#include "version.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

static const struct command *const commands[] = {
    &command_online, &command_offline, &command_add,   &command_remove,
    &command_sync,   &command_status,  &command_check, &command_guest_config,
    &command_6to4,   &command_pd_nat,  NULL,
};

enum long_option { OPTION_HELP = 'h', OPTION_VERSION = 'V' };

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

static void print_help(void)
{
    printf("Usage: vif-route-ipv6 [-c FILE] [-v|-q] COMMAND [ARGS]\n\n"
           "IPv6 for Xen's routed domUs: puts their gateway addresses on their vifs.\n\n"
           "Commands:\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s  %s\n", commands[i]->name, commands[i]->summary);
    printf("\nOptions:\n"
           "  -c, --config FILE  the configuration instead of " SYSCONFDIR "/xen/ipv6.cfg\n"
           "  -v, --verbose      tell what is done\n"
           "  -q, --quiet        no warnings\n"
           "      --help         this text; after a command: its own\n"
           "      --version      the version\n\n"
           "Exit status: 0 done or nothing to do, 1 failed or refused, 2 the call was wrong.\n"
           "Manual: vif-route-ipv6(8), ipv6.cfg(5)\n");
}

enum exit_status usage_error(const struct command *command, const char *format, ...)
{
    struct error e;
    va_list args;

    va_start(args, format);
    vsnprintf(e.text, sizeof(e.text), format, args);
    va_end(args);
    if (command)
        log_error("%s: %s (usage: vif-route-ipv6 %s%s%s)", command->name, e.text, command->name,
                  *command->arguments ? " " : "", command->arguments);
    else
        log_error("%s (see vif-route-ipv6 --help)", e.text);
    return EXIT_USAGE;
}

/* getopt_long() names a short option in optopt, for it may stand in a bundle, and no long one. */
enum exit_status option_error(const struct command *command, int option, char *const *argv)
{
    const char *text = argv[optind - 1];

    if (option == ':')
        return usage_error(command, "%s needs a value", text);
    if (optopt && strncmp(text, "--", 2) != 0)
        return usage_error(command, "'-%c' is no option", optopt);
    return usage_error(command, "'%s' is no option", text);
}

static const struct command *find_command(const struct command *const *table, const char *name)
{
    for (; *table; table++) {
        const char *last = strrchr((*table)->name, ' '); /* of "6to4 prefix" */

        if (strcmp(last ? last + 1 : (*table)->name, name) == 0)
            return *table;
    }
    return NULL;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0)
            return true;
    return false;
}

static void print_command_help(const struct command *command)
{
    printf("Usage: vif-route-ipv6 %s%s%s\n\n%s\n", command->name, *command->arguments ? " " : "",
           command->arguments, command->help);
    for (const struct command *const *sub = command->subcommands; sub && *sub; sub++)
        printf("  %s %s\n      %s\n", (*sub)->name, (*sub)->arguments, (*sub)->summary);
}

/* The command that ARGV names, or its subcommand, at whose name *ARGV stands then. */
static const struct command *choose_command(int *argc, char ***argv)
{
    const struct command *command = find_command(commands, **argv);
    const struct command *sub;

    if (!command || !command->subcommands || *argc < 2)
        return command;
    sub = find_command(command->subcommands, (*argv)[1]);
    if (!sub)
        return command;
    (*argc)--;
    (*argv)++;
    return sub;
}

static enum exit_status run_command(const struct options *options, int argc, char **argv)
{
    const struct command *command = choose_command(&argc, &argv);

    if (!command)
        return usage_error(NULL, "'%s' is no command", argv[0]);
    if (wants_help(argc, argv)) {
        print_command_help(command);
        return EXIT_DONE;
    }
    if (!command->subcommands)
        return command->run(options, argc, argv);
    return argc < 2 ? usage_error(command, "which of them?")
                    : usage_error(command, "'%s' is none of them", argv[1]);
}

/* What was printed counts only if it got where it should: a full disk is a failure. */
static enum exit_status flush_output(enum exit_status status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    log_error("standard output: %s", strerror(errno));
    return EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct options options = {.config = SYSCONFDIR "/xen/ipv6.cfg"};
    int option;

    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:c:vq", long_options, NULL)) != -1)
        switch (option) {
        case 'c':
            options.config = optarg;
            break;
        case 'v':
            log_setup(VERBOSE);
            break;
        case 'q':
            log_setup(QUIET);
            break;
        case OPTION_HELP:
            print_help();
            return (int)flush_output(EXIT_DONE);
        case OPTION_VERSION:
            printf("vif-route-ipv6 %s\n", VERSION);
            return (int)flush_output(EXIT_DONE);
        default:
            return (int)option_error(NULL, option, argv);
        }
    if (optind >= argc)
        return (int)usage_error(NULL, "no command");
    return (int)flush_output(run_command(&options, argc - optind, argv + optind));
}
