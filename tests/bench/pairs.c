// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pairs COUNT -- A... -- UNDO... -- B... -- UNDO...
 *
 * Runs A, its undo, B, its undo, COUNT times in turn, so that whatever slows the machine for a
 * while slows both. Prints the medians of A and of B in nanoseconds, from the spawn to the end of
 * the process; the undoing is not timed. A command that fails ends it all with status 1.
 *
 * A command may begin with words NAME=VALUE, as in a shell, which hold for those after it too, and
 * with @NETNS, the network namespace to run it in: neither costs it another program.
 */
#define _GNU_SOURCE /* setns() */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { A, UNDO_A, B, UNDO_B, COMMANDS };

/* The first runs fill caches and are not counted. */
enum { WARM_UP = 5 };

static int64_t now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void enter(const char *netns)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "/run/netns/%s", netns);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || setns(fd, CLONE_NEWNET) < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    close(fd);
}

/* Does what the words in front of COMMAND say, and returns what is to be run. */
static char **prepare(char **command)
{
    for (; command[1]; command++)
        if (command[0][0] == '@')
            enter(command[0] + 1);
        else if (!strchr(command[0], '=') || putenv(command[0]) != 0)
            break;
    return command;
}

static int64_t run(char **words)
{
    char **command = prepare(words);
    int64_t start = now();
    int status = 0;
    pid_t pid;

    errno = posix_spawnp(&pid, command[0], NULL, NULL, command, environ);
    if (errno) {
        perror(command[0]);
        exit(EXIT_FAILURE);
    }
    while (wait4(pid, &status, 0, NULL) < 0 && errno == EINTR)
        ;
    int64_t end = now();

    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "pairs: %s failed (wait status 0x%x)\n", command[0], (unsigned int)status);
        exit(EXIT_FAILURE);
    }
    return end - start;
}

static int compare(const void *left, const void *right)
{
    int64_t l = *(const int64_t *)left, r = *(const int64_t *)right;

    return (l > r) - (l < r);
}

static int64_t median(int64_t *times, size_t count)
{
    qsort(times, count, sizeof(*times), compare);
    return (times[(count - 1) / 2] + times[count / 2]) / 2;
}

/* Cuts the arguments at each `--` into NULL-terminated commands; false if these are not four. */
static bool split(char **argv, char **commands[static COMMANDS])
{
    int found = 0;

    for (; *argv; argv++) {
        if (strcmp(*argv, "--") != 0)
            continue;
        if (found == COMMANDS || !argv[1])
            return false;
        *argv = NULL;
        commands[found++] = argv + 1;
    }
    return found == COMMANDS;
}

int main(int argc, char **argv)
{
    char **commands[COMMANDS];
    long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;

    if (count < 1 || count > INT_MAX || !split(argv + 2, commands)) {
        fprintf(stderr, "usage: pairs COUNT -- A... -- UNDO... -- B... -- UNDO...\n");
        return 2;
    }
    int64_t *a = calloc((size_t)count, sizeof(*a)), *b = calloc((size_t)count, sizeof(*b));

    if (!a || !b)
        return EXIT_FAILURE;
    for (long i = -WARM_UP; i < count; i++) {
        int64_t time_a = run(commands[A]);

        run(commands[UNDO_A]);
        int64_t time_b = run(commands[B]);

        run(commands[UNDO_B]);
        if (i >= 0) {
            a[i] = time_a;
            b[i] = time_b;
        }
    }
    printf("%lld %lld\n", (long long)median(a, (size_t)count), (long long)median(b, (size_t)count));
    free(a);
    free(b);
    return EXIT_SUCCESS;
}
