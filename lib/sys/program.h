/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs, run without a shell, from the system's directories and in a fixed environment.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <limits.h>
#include <sys/types.h>

#include "base/error.h"

/* The exit status and the output of a program. Release with program_free(). */
struct program_result {
    int status;
    char *out;
    char *err;
};

/* A running program; end it with program_finish(). */
struct program {
    const char *name;
    pid_t child;
    int said;       /* the file of its standard output */
    int complained; /* the file of its standard error */
};

/*
 * Whether PROGRAM, a name without a path, is in one of the system's directories: PATH is the first
 * there. Nobody's $PATH counts, as most users have no sbin in theirs.
 */
bool program_find(const char *program, char path[static PATH_MAX]);
bool program_is_installed(const char *program);

/*
 * Runs the program ARGUMENTS[0] with ARGUMENTS, which end with a NULL, and with INPUT (NULL: none)
 * as its standard input, and waits for it. -ENOENT if it is not installed. Its exit status is in
 * OUT: one other than 0 is no failure here.
 */
int program_run(const char *const *arguments, const char *input, struct program_result *out,
                struct error *e) MUST_CHECK;

/* The same in two steps. ARGUMENTS[0] must outlive OUT. */
int program_start(const char *const *arguments, const char *input, struct program *out,
                  struct error *e) MUST_CHECK;
int program_finish(struct program *program, struct program_result *out, struct error *e) MUST_CHECK;

/* Starts a program with this one's standard streams; the caller waits for it. */
int program_launch(const char *const *arguments, pid_t *child, struct error *e) MUST_CHECK;

void program_free(struct program_result *result);

/*
 * Takes the output of PROGRAM into *OUT, which the caller frees (NULL: it is not wanted), and
 * releases RESULT. If its exit status is not 0, fails with the first line of its messages.
 */
int program_output(const char *program, struct program_result *result, char **out,
                   struct error *e) MUST_CHECK;

#endif
