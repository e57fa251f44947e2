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
#include "base/nearest.h"
#include "base/shell.h"
#include "command.h"
#include "version.h"

static const struct command *const commands[] = {
    &command_online,
    &command_offline,
    &command_add,
    &command_remove,
    &command_sync,
    &command_status,
    &command_check,
    &command_edit,
    &command_guest_config,
    &command_ra,
    &command_routing_config,
    &command_uplink_config,
    &command_watch,
    &command_6to4,
    &command_pd_nat,
    NULL,
};

static void print_help(void)
{
    printf("Usage: vif-route-ipv6 [-c FILE] [-v|-q] COMMAND [ARGS]\n"
           "IPv6 for Xen's routed domUs: adds their gateway addresses to their vifs.\n\n"
           "Commands:\n");
    for (size_t i = 0; commands[i]; i++)
        printf("  %-14s  %s\n", commands[i]->name, commands[i]->summary);
    printf("\nOptions:\n"
           "  -c, --config FILE  the configuration instead of " DEFAULT_CONFIG "\n"
           "  -v, --verbose      print what is done\n"
           "  -q, --quiet        no warnings\n"
           "  -h, --help         this text; with a command: its own\n"
           "  -V, --version      the version\n"
           "Options may also follow the command.\n"
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

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static bool wants_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (is_help(argv[i]))
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

/* "pd-nat hook" in one word, as in the first line of a script, which passes only one argument. */
static const struct command *find_subcommand(const char *name)
{
    for (const struct command *const *command = commands; *command; command++)
        for (const struct command *const *sub = (*command)->subcommands; sub && *sub; sub++)
            if (strcmp((*sub)->name, name) == 0)
                return *sub;
    return NULL;
}

/* The command that ARGV names, or its subcommand; *ARGV then points to its name. */
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

/* WORD is what was written instead, or NULL. */
static enum exit_status wrong_subcommand(const struct command *command, const char *word)
{
    struct nearest nearest = nearest_to(word ? word : "");
    char names[128] = "";

    for (const struct command *const *sub = command->subcommands; *sub; sub++) {
        const size_t length = strlen(names);

        snprintf(names + length, sizeof(names) - length, "%s%s", length > 0 ? ", " : "",
                 last_word((*sub)->name));
        nearest_offer(&nearest, last_word((*sub)->name), NULL);
    }
    if (word && *word == '-')
        return stray_option(command, word);
    if (word && nearest.distance > 0)
        return usage_error(command, "'%s' is not a subcommand%s", word, nearest_hint(&nearest));
    return word ? usage_error(command, "'%s' is not one of %s", word, names)
                : usage_error(command, "one of %s has to follow", names);
}

static enum exit_status wrong_command(const char *word)
{
    struct nearest nearest = nearest_to(word);

    for (const struct command *const *command = commands; *command; command++) {
        nearest_offer(&nearest, (*command)->name, NULL);
        for (const struct command *const *sub = (*command)->subcommands; sub && *sub; sub++) {
            nearest_offer(&nearest, (*sub)->name, NULL);
            nearest_offer(&nearest, last_word((*sub)->name), (*sub)->name);
        }
    }
    nearest_offer(&nearest, "help", NULL);
    nearest_offer(&nearest, "version", NULL);
    return usage_error(NULL, "'%s' is not a command%s", word, nearest_hint(&nearest));
}

/* help [COMMAND] */
static enum exit_status print_help_of(int argc, char **argv)
{
    const bool is_own = argc == 1 && (strcmp(*argv, "help") == 0 || strcmp(*argv, "version") == 0);
    const struct command *command = argc > 0 ? choose_command(&argc, &argv) : NULL;

    if (argc > 0 && !command && !is_own)
        return wrong_command(argv[0]);
    if (command && command->subcommands && argc > 1 && *argv[1] != '-')
        return wrong_subcommand(command, argv[1]);
    if (command && argc > 1)
        return usage_error(NULL, "help: one command at a time, and '%s' is a second", argv[1]);
    if (command)
        print_command_help(command);
    else
        print_help();
    return EXIT_DONE;
}

static enum exit_status run_command(const struct options *options, int argc, char **argv)
{
    const struct command *command;
    enum exit_status status;

    if (argc > 0 && strcmp(argv[0], "--") == 0) {
        argc--;
        argv++;
    }
    if (argc == 0)
        return usage_error(NULL, "no command");
    if (is_help(argv[0]) || strcmp(argv[0], "help") == 0)
        return print_help_of(argc - 1, argv + 1);
    if (strcmp(argv[0], "version") == 0 && argc > 1)
        return usage_error(NULL, "version: '%s': it takes no argument", argv[1]);
    if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0 ||
        strcmp(argv[0], "version") == 0) {
        printf("vif-route-ipv6 %s\n", VERSION);
        return EXIT_DONE;
    }
    if (*argv[0] == '-')
        return stray_option(NULL, argv[0]);
    command = choose_command(&argc, &argv);
    if (!command)
        return wrong_command(argv[0]);
    if (wants_help(argc, argv)) {
        print_command_help(command);
        return EXIT_DONE;
    }
    if (command->subcommands)
        return wrong_subcommand(command, argv[1]);
    status = refuse_abbreviations(command, argc, argv);
    return status == EXIT_DONE ? command->run(options, argc, argv) : status;
}

/*
 * Without a reader of the output, the work goes on. A standard stream that the caller closed
 * becomes /dev/null, opened so that its use fails: otherwise the next file or socket would get its
 * number, and what is printed.
 */
static void secure_streams(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGCHLD, SIG_DFL); /* a caller that ignores it leaves no status to wait for */
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
            (void)open("/dev/null", stream == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

/* Output that cannot be written, for example to a full disk, is a failure. */
static enum exit_status flush_output(enum exit_status status)
{
    errno = 0; /* ferror() knows of an earlier failure, but not its reason */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    log_error("standard output: %s",
              errno ? strerror(errno) : "part of the output could not be written");
    return EXIT_FAILED;
}

/* The value of -c or --config at ARGV[*I], which moves on to it; NULL: the word is another. */
static const char *config_value(int *i, char *const *argv)
{
    const char *word = argv[*i];

    if (strcmp(word, "-c") == 0 || strcmp(word, "--config") == 0)
        return argv[*i + 1] ? argv[++*i] : "";
    if (begins_with(word, "--config="))
        return word + strlen("--config=");
    return strncmp(word, "-c", 2) == 0 ? word + 2 : NULL;
}

/* Notes -v and -q, and removes them from a bundle. False: WORD is, or still has, another option. */
static bool take_verbosity(char *word, bool *verbose, bool *quiet)
{
    char *kept = word + 1;

    if (strcmp(word, "--verbose") == 0 || strcmp(word, "--quiet") == 0) {
        *(word[2] == 'v' ? verbose : quiet) = true;
        return true;
    }
    if (*word != '-' || !word[1] || word[1 + strspn(word + 1, "nvq")] != '\0')
        return false;
    for (const char *letter = word + 1; *letter; letter++)
        if (*letter == 'n')
            *kept++ = *letter;
        else
            *(*letter == 'v' ? verbose : quiet) = true;
    *kept = '\0';
    return word[1] == '\0';
}

/* Takes the program's options out of ARGV, up to "--". */
static enum exit_status take_options(struct options *options, int *argc, char **argv)
{
    bool verbose = false;
    bool quiet = false;
    bool ended = false;
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        char *word = argv[i];
        const char *config = ended ? NULL : config_value(&i, argv);

        if (config && !*config)
            return usage_error(NULL,
                               i < *argc && argv[i] == config ? "-c: the file name is empty"
                                                              : "%s needs a value",
                               word);
        if (config)
            options->config = config;
        else if (ended || !take_verbosity(word, &verbose, &quiet))
            argv[kept++] = word;
        ended |= strcmp(word, "--") == 0;
    }
    argv[kept] = NULL;
    *argc = kept;
    if (verbose && quiet)
        return usage_error(NULL, "-v and -q exclude each other: leave one out");
    if (!options->config)
        options->config = DEFAULT_CONFIG;
    if (strcmp(options->config, DEFAULT_CONFIG) != 0)
        shell_set_config(options->config);
    log_setup(verbose ? VERBOSE : quiet ? QUIET : NORMAL);
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    struct options options = {.config = NULL};
    enum exit_status status;

    secure_streams();
    opterr = 0;
    status = take_options(&options, &argc, argv);
    if (status == EXIT_DONE)
        status = run_command(&options, argc - 1, argv + 1);
    return (int)flush_output(status);
}
