/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * edit: a copy of ipv6.cfg in the user's editor. It replaces the file once check passes and the
 * user agrees; sync and pd-nat then apply it.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../pd-nat/pd-nat.h"
#include "base/log.h"
#include "base/replace.h"
#include "command.h"
#include "config/config.h"

/* The copy that is edited, beside the file: then both are on one file system. */
struct draft {
    char *path;       /* removed at the end, unless it is kept for the user */
    struct stat from; /* the file as it was copied; st_ino is 0: there was none */
    bool keep;
};

/* ---- the copy ---- */

static int fill_draft(struct draft *draft, const char *path, int out, struct error *e)
{
    AUTO_CLOSE int in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t count;

    if (in < 0 && errno == ENOENT)
        return 0;
    if (in < 0 || fstat(in, &draft->from) < 0)
        return fail_errno(e, errno, path);
    if (!S_ISREG(draft->from.st_mode))
        return fail(e, EINVAL, "%s: not a regular file", path);
    while ((count = sendfile(out, in, NULL, 1 << 20)) > 0)
        ;
    return count < 0 ? fail_errno(e, errno, draft->path) : 0;
}

static int open_draft(struct draft *draft, const char *path, struct error *e)
{
    AUTO_FREE char *real = realpath(path, NULL); /* of a symbolic link, its target is replaced */
    AUTO_CLOSE int out = -1;

    *draft = (struct draft){.path = format_string("%s.edit.XXXXXX", real ? real : path)};
    if (!draft->path)
        return fail_memory(e);
    out = mkostemp(draft->path, O_CLOEXEC);
    if (out < 0) {
        int result = fail_errno(e, errno, draft->path);

        free(TAKE(draft->path));
        return result;
    }
    return fill_draft(draft, path, out, e);
}

static void close_draft(struct draft *draft)
{
    if (draft->path && draft->keep)
        log_notice("%s: your version is kept there", draft->path);
    else if (draft->path)
        unlink(draft->path);
    free(draft->path);
}

/* Whether the copy reads as the file does, which may not exist. */
static bool is_unchanged(const char *copy, const char *path)
{
    AUTO_FREE char *first = NULL;
    AUTO_FREE char *second = NULL;
    const ssize_t length = read_file(copy, SIZE_MAX, &first);
    const ssize_t other = read_file(path, SIZE_MAX, &second);

    return other == -ENOENT
               ? length == 0
               : length >= 0 && length == other && memcmp(first, second, (size_t)length) == 0;
}

/* ---- the editor ---- */

/* The shell takes it apart, as for visudo and git: EDITOR may have arguments. */
static pid_t start_editor(const char *path)
{
    const char *editor = getenv("VISUAL");
    pid_t child;

    if (!editor || !*editor)
        editor = getenv("EDITOR");
    if (!editor || !*editor)
        editor = access("/usr/bin/editor", X_OK) == 0 ? "/usr/bin/editor" : "vi";
    child = fork();
    if (child == 0) {
        AUTO_FREE char *line = format_string("%s \"$1\"", editor);

        (void)signal(SIGINT, SIG_DFL);
        (void)signal(SIGQUIT, SIG_DFL);
        (void)signal(SIGPIPE, SIG_DFL);
        if (line)
            execl("/bin/sh", "sh", "-c", line, editor, path, (char *)NULL);
        _exit(127);
    }
    return child;
}

/* Ctrl-C in the editor must not end this process. */
static int run_editor(const char *path, struct error *e)
{
    int status = 0;
    pid_t child;

    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGQUIT, SIG_IGN);
    child = start_editor(path);
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGQUIT, SIG_DFL);
    if (child < 0)
        return fail(e, errno, "editor: cannot be started: %s", strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return fail(e, ECANCELED, "editor: failed: set VISUAL or EDITOR to one that works");
    return 0;
}

/* ---- the questions ---- */

/* 'y', 'n' or 'e' (edit again); '\0' at the end of the input. */
static char ask_user(const char *question)
{
    AUTO_FREE char *line = NULL;
    size_t size = 0;

    for (;;) {
        printf("%s ", question);
        fflush(stdout);
        if (getline(&line, &size, stdin) < 0)
            return '\0';
        if (*line && strchr("yne", tolower((unsigned char)*line)))
            return (char)tolower((unsigned char)*line);
    }
}

/*
 * Edits until the user decides. 1: the copy is to replace the file; 0: there is nothing to do.
 * Without an answer the copy is kept.
 */
static int edit_until_decided(struct draft *draft, const char *path, struct error *e)
{
    AUTO_FREE char *directory = format_string("%s.d", path);
    const struct options copy = {.config = draft->path, .directory = directory};

    if (!directory)
        return fail_memory(e);
    for (;;) {
        char answer;
        bool is_right;
        int result = run_editor(draft->path, e);

        if (result < 0 || is_unchanged(draft->path, path)) {
            draft->keep = !is_unchanged(draft->path, path);
            if (result == 0)
                printf("%s: no changes\n", path);
            return result;
        }
        is_right = command_finish(command_start(&command_check, &copy, copy.config)) == EXIT_DONE;
        if (is_right)
            (void)command_finish(command_start(&command_sync, &copy, "-n"));
        answer = ask_user(is_right ? "Apply this? Yes, no (discard), or edit again [y/n/e]"
                                   : "Edit again, or discard it? [e/n]");
        if (answer == 'y' && is_right)
            return 1;
        if (answer == 'n')
            return is_right ? 0 : fail(e, EINVAL, "%s: not changed", path);
        if (answer == '\0') {
            draft->keep = true;
            return fail(e, ECANCELED, "%s: not changed: no answer", path);
        }
    }
}

static int replace_by_draft(struct draft *draft, const char *path, struct error *e)
{
    AUTO_FREE char *text = NULL;
    const ssize_t length = read_file(draft->path, SIZE_MAX, &text);
    struct stat now = {.st_ino = 0};
    int result;

    if (length < 0)
        return fail_errno(e, (int)-length, draft->path);
    (void)stat(path, &now);
    if (now.st_ino != draft->from.st_ino || now.st_mtim.tv_sec != draft->from.st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != draft->from.st_mtim.tv_nsec)
        result = fail(e, EBUSY, "%s: somebody else changed it in the meantime: not replaced", path);
    else if (strlen(text) < (size_t)length) /* in a comment: check refuses it elsewhere */
        result = fail(e, EINVAL,
                      "%s: not replaced: a NUL byte in a comment: save the file as UTF-8", path);
    else
        result = replace_file(path, text, e);
    draft->keep = result < 0;
    return result;
}

/* Runs sync, and pd-nat restore if there is a section for it. */
static enum exit_status apply_file(const struct options *options)
{
    enum exit_status status = command_finish(command_start(&command_sync, options, NULL));
    struct config config;
    struct error e;

    if (config_read(options->config, &config, &e) == 0 && config_has(&config, SECTION_PD_NAT) &&
        command_finish(command_start(&command_pd_nat_restore, options, NULL)) != EXIT_DONE)
        status = EXIT_FAILED;
    config_free(&config);
    return status;
}

static enum exit_status edit(const struct options *options)
{
    struct draft draft;
    struct error e;
    enum exit_status status = EXIT_DONE;
    int result = open_draft(&draft, options->config, &e);

    if (result == 0)
        result = edit_until_decided(&draft, options->config, &e);
    if (result == 1) {
        result = replace_by_draft(&draft, options->config, &e);
        if (result == 0)
            status = apply_file(options);
    }
    if (result < 0) {
        log_failure(&e);
        status = EXIT_FAILED;
    }
    close_draft(&draft);
    return status;
}

static enum exit_status run_edit(const struct options *options, int argc, char **argv)
{
    const enum exit_status status =
        no_options(&command_edit, argc, argv) ?: no_arguments(&command_edit, argc, argv);

    return status == EXIT_DONE ? edit(options) : status;
}

const struct command command_edit = {
    .name = "edit",
    .arguments = "",
    .summary = "edit the configuration, check it, and apply it",
    .help = "Opens a copy of ipv6.cfg in $VISUAL or $EDITOR. After the editor ends, it checks\n"
            "the copy, shows what sync would change, and asks. A copy with errors is edited\n"
            "again or discarded. Then it replaces the file, and runs sync, and pd-nat restore\n"
            "if there is a [pd-nat] section.\n"
            "Example: EDITOR=nano vif-route-ipv6 edit",
    .run = run_edit,
};
