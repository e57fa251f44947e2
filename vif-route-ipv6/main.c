/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vif-route-ipv6 [-c FILE] [-v|-q] COMMAND [ARGS]: finds the command in the table and runs it.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "command.h"
#include "version.h"

static const struct command *const commands[] = {
    &command_online,         &command_offline, &command_add,  &command_remove,       &command_sync,
    &command_status,         &command_check,   &command_edit, &command_guest_config, &command_ra,
    &command_routing_config, &command_watch,   &command_6to4, &command_pd_nat,       NULL,
};

static void print_help(void)
{
    printf("Usage: vif-route-ipv6 [-c FILE] [-v|-q] COMMAND [ARGS]\n"
           "IPv6 for Xen's routed domUs: puts their gateway addresses on their vifs.\n\n"
           "Commands:\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-12s  %s\n", commands[i]->name, commands[i]->summary);
    printf("\nOptions:\n"
           "  -c, --config FILE  the configuration instead of " DEFAULT_CONFIG "\n"
           "  -v, --verbose      tell what is done\n"
           "  -q, --quiet        no warnings\n"
           "      --help         this text; after a command: its own\n"
           "      --version      the version\n"
           "Exit status: 0 done, 1 failed or refused, 2 wrong usage. See vif-route-ipv6(8).\n");
}

/* "prefix" of "6to4 prefix". */
static const char *last_word(const char *name)
{
    const char *blank = strrchr(name, ' ');

    return blank ? blank + 1 : name;
}

static const struct command *find_command(const struct command *const *table, const char *name)
{
    for (; *table; table++)
        if (strcmp(last_word((*table)->name), name) == 0)
            return *table;
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
        printf("  %s%s%s\n      %s\n", (*sub)->name, *(*sub)->arguments ? " " : "",
               (*sub)->arguments, (*sub)->summary);
}

/* "pd-nat hook" in one word, as from a script's first line, which has room for no more. */
static const struct command *find_subcommand(const char *name)
{
    for (const struct command *const *command = commands; *command; command++)
        for (const struct command *const *sub = (*command)->subcommands; sub && *sub; sub++)
            if (strcmp((*sub)->name, name) == 0)
                return *sub;
    return NULL;
}

/* The command that ARGV names, or its subcommand, at whose name *ARGV stands then. */
static const struct command *choose_command(int *argc, char ***argv)
{
    const struct command *command = find_command(commands, **argv);
    const struct command *sub;

    if (!command)
        return find_subcommand(**argv);
    if (!command->subcommands || *argc < 2)
        return command;
    sub = find_command(command->subcommands, (*argv)[1]);
    if (!sub)
        return command;
    (*argc)--;
    (*argv)++;
    return sub;
}

/* WORD is what stands in its place, or NULL. */
static enum exit_status wrong_subcommand(const struct command *command, const char *word)
{
    char names[128] = "";

    for (const struct command *const *sub = command->subcommands; *sub; sub++) {
        const size_t length = strlen(names);

        snprintf(names + length, sizeof(names) - length, "%s%s", length > 0 ? ", " : "",
                 last_word((*sub)->name));
    }
    if (word && *word == '-')
        return stray_option(command, word);
    return word ? usage_error(command, "'%s' is none of %s", word, names)
                : usage_error(command, "one of %s has to follow", names);
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
    return wrong_subcommand(command, argv[1]);
}

/*
 * A reader that left ends the printing, not the work. A stream that the caller closed stays closed:
 * otherwise the next file or socket would get its number, and what is printed.
 */
static void secure_streams(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* What was printed counts only if it got where it should: a full disk is a failure. */
static enum exit_status flush_output(enum exit_status status)
{
    errno = 0; /* a line that was lost before left its mark on the stream, but not its reason */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    log_error("standard output: %s",
              errno ? strerror(errno) : "part of what was to be printed could not be written");
    return EXIT_FAILED;
}

int main(int argc, char **argv)
{
    struct options options = {.config = DEFAULT_CONFIG};
    int option;

    secure_streams();
    opterr = 0;
    while ((option = getopt_long(argc, argv, "+:c:vq", program_options, NULL)) != -1)
        switch (option) {
        case 'c':
            if (!*optarg)
                return (int)usage_error(NULL, "-c: an empty word names no file");
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
