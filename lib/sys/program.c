/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/program.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* ---- where it is ---- */

bool program_find(const char *program, char path[static PATH_MAX])
{
    static const char *const places[] = {"/usr/sbin", "/sbin", "/usr/local/sbin", "/usr/bin",
                                         "/bin"};

    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        snprintf(path, PATH_MAX, "%s/%s", places[i], program);
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

bool program_is_installed(const char *program)
{
    char path[PATH_MAX];

    return program_find(program, path);
}

/* ---- the run ---- */

/*
 * Starts the program with these as its standard streams. program_start() passes files in memory:
 * unlike a pipe, such a file needs nobody who reads it meanwhile.
 */
static int spawn(const char *path, const char *const *arguments, const int streams[static 3],
                 pid_t *child)
{
    char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C",
                                 NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t pipe;
    int result = posix_spawn_file_actions_init(&actions);

    if (result != 0)
        return -result;
    /* Neither call fails in glibc. The program gets SIGPIPE as usual, although main() ignores it.
     */
    (void)posix_spawnattr_init(&attributes);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    (void)posix_spawnattr_setsigdefault(&attributes, &pipe);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    for (int stream = 0; stream < 3 && result == 0; stream++)
        result = posix_spawn_file_actions_adddup2(&actions, streams[stream], stream);
    if (result == 0)
        result =
            posix_spawn(child, path, &actions, &attributes, (char *const *)arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return -result;
}

/* Its exit status, or -errno. */
static int wait_for_exit(pid_t child)
{
    int status = 0;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static void release(struct program *program)
{
    close_fd(&program->said);
    close_fd(&program->complained);
    program->said = program->complained = -1;
}

int program_start(const char *const *arguments, const char *input, struct program *out,
                  struct error *e)
{
    AUTO_CLOSE int in = memfd_create("input", MFD_CLOEXEC);
    char path[PATH_MAX];
    int result;

    *out = (struct program){.name = arguments[0],
                            .said = memfd_create("output", MFD_CLOEXEC),
                            .complained = memfd_create("messages", MFD_CLOEXEC)};
    result = in < 0 || out->said < 0 || out->complained < 0 ? -errno : 0;
    if (!program_find(arguments[0], path)) {
        release(out);
        return fail(e, ENOENT, "%s: not installed", arguments[0]);
    }
    if (result == 0 && input)
        result = write_all(in, input);
    if (result == 0 && input && lseek(in, 0, SEEK_SET) < 0)
        result = -errno;
    if (result == 0)
        result =
            spawn(path, arguments, (const int[3]){in, out->said, out->complained}, &out->child);
    if (result == 0)
        return 0;
    release(out);
    return fail_errno(e, result, arguments[0]);
}

int program_launch(const char *const *arguments, pid_t *child, struct error *e)
{
    static const int own[3] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
    char path[PATH_MAX];
    int result;

    if (!program_find(arguments[0], path))
        return fail(e, ENOENT, "%s: not installed", arguments[0]);
    result = spawn(path, arguments, own, child);
    return result < 0 ? fail_errno(e, result, arguments[0]) : 0;
}

int program_finish(struct program *program, struct program_result *out, struct error *e)
{
    ssize_t result = wait_for_exit(program->child);

    *out = (struct program_result){.status = (int)result};
    if (result >= 0)
        result = read_whole(program->said, SIZE_MAX, &out->out);
    if (result >= 0)
        result = read_whole(program->complained, SIZE_MAX, &out->err);
    release(program);
    if (result >= 0)
        return 0;
    program_free(out);
    return fail_errno(e, (int)result, program->name);
}

int program_run(const char *const *arguments, const char *input, struct program_result *out,
                struct error *e)
{
    struct program program;
    int result = program_start(arguments, input, &program, e);

    *out = (struct program_result){.status = result};
    return result == 0 ? program_finish(&program, out, e) : result;
}

void program_free(struct program_result *result)
{
    free(result->out);
    free(result->err);
    *result = (struct program_result){.status = result->status};
}

int program_output(const char *program, struct program_result *result, char **out, struct error *e)
{
    const char *text = *result->err ? result->err : result->out;
    size_t length = strcspn(text, "\n");
    int code;

    if (result->status == 0) {
        if (out)
            *out = TAKE(result->out);
        program_free(result);
        return 0;
    }
    /* iptables prints a first line with only its name, version and ": " */
    if (length >= 2 && strncmp(text + length - 2, ": ", 2) == 0 && text[length] == '\n') {
        text += length + 1;
        length = strcspn(text, "\n");
    }
    if (length == 0)
        code = fail(e, EIO, "%s: failed with no output", program);
    else
        code = fail(e, strstr(text, strerror(EPERM)) ? EPERM : EIO, "%s: %.*s", program,
                    (int)length, text);
    program_free(result);
    return code;
}
