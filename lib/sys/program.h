/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Other programs, run without a shell and in a fixed environment: no PATH of the caller chooses
 * what is run.
 */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <sys/types.h>

#include "base/error.h"

/* What came of a run: the exit status and all that was written. Release with program_free(). */
struct program_result {
    int status;
    char *out;
    char *err;
};

/* One that runs. It owns the files that it reads and writes; end it with program_finish(). */
struct program {
    const char *name;
    pid_t child;
    int said;       /* what it writes to its standard output, */
    int complained; /* and to standard error */
};

/* Whether PROGRAM, a name without a path, is where the system keeps such programs. */
bool program_is_installed(const char *program);

/*
 * Runs ARGUMENTS, up to a NULL, whose first is the program's name, with INPUT (or nothing, if it is
 * NULL) as its standard input, and waits for it. -ENOENT where it is not installed. That it failed
 * by its own account is no failure here: the status tells.
 */
int program_run(const char *const *arguments, const char *input, struct program_result *out,
                struct error *e) MUST_CHECK;

/* The same in two steps, for what there is to do meanwhile. The name in ARGUMENTS has to live on.
 */
int program_start(const char *const *arguments, const char *input, struct program *out,
                  struct error *e) MUST_CHECK;
int program_finish(struct program *program, struct program_result *out, struct error *e) MUST_CHECK;

/* Starts a program that has this one's own standard streams, and that the caller waits for. */
int program_launch(const char *const *arguments, pid_t *child, struct error *e) MUST_CHECK;

void program_free(struct program_result *result);

/* fail() with the first line of what a program that failed has to say. */
int program_failure(const char *program, const struct program_result *result, struct error *e);

#endif
