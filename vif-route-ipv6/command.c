/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

const struct option program_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"verbose", no_argument, NULL, 'v'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

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

/* Reports a wrong option, and which --help lists the right ones. */
static enum exit_status refuse_option(const struct command *command, const char *format, ...)
    PRINTF(2, 3);

static enum exit_status refuse_option(const struct command *command, const char *format, ...)
{
    struct error e;
    va_list args;

    va_start(args, format);
    vsnprintf(e.text, sizeof(e.text), format, args);
    va_end(args);
    log_error("%s%s%s (see vif-route-ipv6 %s%s--help)", command ? command->name : "",
              command ? ": " : "", e.text, command ? command->name : "", command ? " " : "");
    return EXIT_USAGE;
}

/* Whether WORD, or the short option LETTER, belongs before the command. */
static bool is_program_option(const char *word, int letter)
{
    for (const struct option *option = program_options; option->name; option++) {
        const size_t length = strlen(option->name);

        if (option->val == OPTION_HELP)
            continue;
        if (option->val == letter)
            return true;
        if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, option->name, length) == 0 &&
            (word[2 + length] == '\0' || word[2 + length] == '='))
            return true;
    }
    return false;
}

static enum exit_status unknown_option(const struct command *command, const char *word, int letter)
{
    const char option[] = {'-', (char)letter, '\0'};
    const char *name = letter ? option : word;

    if (command && is_program_option(word, letter)) {
        log_error("%s: '%s' goes before the command: vif-route-ipv6 [-c FILE] [-v|-q] %s",
                  command->name, name, command->name);
        return EXIT_USAGE;
    }
    return refuse_option(command, "'%s' is no option", name);
}

/*
 * getopt_long() names a short option in optopt, for it may stand in a bundle; a long one there only
 * if it is one, and was given a value that it does not take.
 */
enum exit_status option_error(const struct command *command, int option, char *const *argv)
{
    const char *word = argv[optind - 1];
    const bool is_long = strncmp(word, "--", 2) == 0;

    if (option == ':' && is_long)
        return refuse_option(command, "%s needs a value", word);
    if (option == ':')
        return refuse_option(command, "-%c needs a value", optopt);
    if (is_long && optopt)
        return refuse_option(command, "'%s': it takes no value", word);
    return unknown_option(command, word, is_long ? 0 : optopt);
}

enum exit_status stray_option(const struct command *command, const char *word)
{
    return unknown_option(command, word, word[1] == '-' ? 0 : word[1]);
}

enum exit_status no_options(const struct command *command, int argc, char **argv)
{
    static const struct option none[] = {{NULL, 0, NULL, 0}};
    int option;

    optind = 0; /* main() has used getopt_long() before: this makes it begin anew */
    option = getopt_long(argc, argv, ":", none, NULL);
    return option == -1 ? EXIT_DONE : option_error(command, option, argv);
}

void report_no_config(const struct options *options)
{
    if (strcmp(options->config, DEFAULT_CONFIG) == 0)
        log_info("%s: there is no such file: nothing to do", options->config);
    else
        log_warning("%s: there is no such file: nothing to do", options->config);
}

pid_t command_start(const struct options *options,
                    enum exit_status (*run)(const struct options *options))
{
    pid_t child;

    fflush(stdout); /* else both processes would print what is buffered */
    child = fork();
    if (child < 0)
        log_error("starting a process: %s", strerror(errno));
    if (child == 0) {
        enum exit_status status;
        sigset_t none;

        sigemptyset(&none);
        (void)sigprocmask(SIG_SETMASK, &none, NULL);
        status = run(options);
        fflush(stdout);
        _exit((int)status);
    }
    return child;
}

enum exit_status command_finish(pid_t child)
{
    int status = 0;

    if (child < 0)
        return EXIT_FAILED;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status))
        return (enum exit_status)WEXITSTATUS(status);
    log_error("a process was ended by signal %d (%s)", WTERMSIG(status),
              strsignal(WTERMSIG(status)));
    return EXIT_FAILED;
}
