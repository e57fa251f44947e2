/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/nearest.h"
#include "check/host.h"
#include "sys/sysctl.h"

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
PRINTF(2, 3)
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

/* The long options that a command's own texts name, and the program's. */
static void offer_options(struct nearest *nearest, const struct command *command)
{
    const char *const texts[] = {PROGRAM_OPTIONS, command ? command->arguments : "",
                                 command && command->help ? command->help : ""};

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        for (const char *text = strstr(texts[i], "--"); text; text = strstr(text, "--")) {
            AUTO_FREE char *option = NULL;
            size_t length = 2 + strspn(text + 2, "abcdefghijklmnopqrstuvwxyz0123456789-");

            if (length > 2 && (option = strndup(text, length)))
                nearest_offer(nearest, option, NULL);
            text += length;
        }
}

static enum exit_status unknown_option(const struct command *command, const char *word, int letter)
{
    const char option[] = {'-', (char)letter, '\0'};
    AUTO_FREE char *name = letter ? strdup(option) : strndup(word, strcspn(word, "="));
    struct nearest nearest = nearest_to(name ? name : "");

    if (!letter)
        offer_options(&nearest, command);
    if (!letter && strcmp(nearest.best, nearest.word) == 0)
        return refuse_option(command, "'%s': it takes no value", word);
    return refuse_option(command, "'%s' is not an option%s", letter ? option : word,
                         nearest_hint(&nearest));
}

enum exit_status refuse_abbreviations(const struct command *command, int argc, char *const *argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        AUTO_FREE char *name = strndup(argv[i], strcspn(argv[i], "="));
        struct nearest nearest = nearest_to(name ? name : "");

        if (strncmp(argv[i], "--", 2) != 0)
            continue;
        offer_options(&nearest, command);
        if (nearest.distance > 0 && strlen(nearest.best) > strlen(nearest.word) &&
            begins_with(nearest.best, nearest.word))
            return unknown_option(command, argv[i], 0);
    }
    return EXIT_DONE;
}

/*
 * Reports the option that made getopt_long() return OPTION: '?', or ':' for a missing value. optopt
 * is a short option, which may stand in a bundle, or a long one with a value that it does not take.
 */
static enum exit_status option_error(const struct command *command, int option, char *const *argv)
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
    const size_t known = strspn(word + 1, "cvq"); /* the program's, in a bundle */

    return unknown_option(command, word,
                          word[1] == '-' ? 0 : word[1 + (word[1 + known] ? known : 0)]);
}

int next_option(const struct command *command, const struct option *table, int argc, char **argv)
{
    const struct option *short_one = table;
    int option;

    while (short_one->name && short_one->val != 'n')
        short_one++;
    option = getopt_long(argc, argv, short_one->name ? ":n" : ":", table, NULL);
    if (option == '?' || option == ':') {
        (void)option_error(command, option, argv);
        return -1;
    }
    return option == -1 ? 0 : option;
}

enum exit_status no_options(const struct command *command, int argc, char **argv)
{
    static const struct option none[] = {{NULL, 0, NULL, 0}};

    return next_option(command, none, argc, argv) < 0 ? EXIT_USAGE : EXIT_DONE;
}

enum exit_status no_arguments(const struct command *command, int argc, char **argv)
{
    return optind < argc ? usage_error(command, "'%s': it takes no argument", argv[optind])
                         : EXIT_DONE;
}

enum exit_status command_run(const struct command *command, const struct options *options,
                             const char *argument)
{
    /* getopt_long() may reorder the words; it leaves them as they are */
    char *argv[] = {(char *)(uintptr_t)command->name, (char *)(uintptr_t)argument, NULL};

    optind = 0; /* getopt_long() begins anew */
    return command->run(options, argument ? 2 : 1, argv);
}

enum exit_status report_result(int result, const struct error *e)
{
    if (result < 0)
        log_failure(e);
    return result == 0 ? EXIT_DONE : EXIT_FAILED;
}

void report_no_config(const struct options *options)
{
    if (strcmp(options->config, DEFAULT_CONFIG) == 0)
        log_info("%s: there is no such file: nothing to do", options->config);
    else
        log_warning("%s: there is no such file: nothing to do", options->config);
}

void warn_of_forwarding(struct rtnl *rtnl, const char *consequence)
{
    AUTO_FREE struct uplink *uplinks = NULL;
    AUTO_FREE char *message = NULL;
    size_t count = 0;

    if (sysctl_is_off("ipv6", "all", "forwarding")) {
        if (advert_uplinks(rtnl, &uplinks, &count, NULL) < 0)
            count = 0;
        message = host_forwarding_off(consequence, uplinks, count);
    }
    if (message)
        log_warning("%s", message);
}

pid_t command_start(const struct command *command, const struct options *options,
                    const char *argument)
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
        status = command_run(command, options, argument);
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
