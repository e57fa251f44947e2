/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check [FILE]: judges the configuration, on stdout, without root and without Xen. Where there are
 * a XenStore or xl's configurations, it also knows the names of the domUs.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"
#include "judge.h"
#include "log.h"
#include "store.h"
#include "vif.h"

#define DOMU_CONFIGS "/etc/xen/*.cfg"
#define PATIENCE_MS  2000

/* ---- the names of the domUs ---- */

static int add_running(const struct store *store, struct names *names)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = store_list(store, &count, "/local/domain");
    int result = 0;

    for (unsigned int i = 0; i < count && result == 0; i++) {
        AUTO_FREE char *name = store_read(store, "/local/domain/%s/name", domids[i]);

        if (name) {
            domu_name_cut(name);
            result = names_add(names, name);
        }
    }
    return result;
}

/* In a process of its own: writes the names of the running domUs, with a NUL behind each. */
static void write_running(int fd)
{
    struct names names = {.names = NULL};
    struct store store;
    struct error no_xen; /* no failure: this host may have no Xen */
    FILE *out = fdopen(fd, "w");

    if (!out || store_open(&store, &no_xen) < 0 || add_running(&store, &names) < 0)
        _exit(EXIT_FAILED);
    for (size_t i = 0; i < names.count; i++)
        fwrite(names.names[i], strlen(names.names[i]) + 1, 1, out);
    _exit(fflush(out) == 0 ? EXIT_DONE : EXIT_FAILED);
}

/* Reads names until the other end closes; false when nothing comes while the patience lasts. */
static bool read_names(int fd, struct names *names, int *result)
{
    AUTO_FREE char *name = NULL;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    FILE *in = fdopen(fd, "r");
    size_t size = 0;
    bool answered;

    if (!in) {
        close(fd);
        return false;
    }
    /* The child writes all at once, when it has them all. */
    answered = poll(&ready, 1, PATIENCE_MS) > 0;
    while (answered && *result == 0 && getdelim(&name, &size, '\0', in) > 0)
        *result = names_add(names, name);
    fclose(in);
    return answered;
}

/*
 * A XenStore that does not answer must not keep us from judging the file, and libxenstore knows no
 * time-outs, so a child asks it.
 */
static int collect_running(struct names *names)
{
    int ends[2];
    int status = 0;
    int result = 0;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    child = fork();
    if (child == 0)
        write_running(ends[1]);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return 0;
    }
    if (!read_names(ends[0], names, &result)) {
        log_warning("XenStore gives no answer: which domUs are running is not known");
        kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
    names->known |= WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
    return result;
}

/* The value of xl.cfg(5)'s line `name = "..."`, cut out of LINE in place, or NULL. */
static char *name_of_line(char *line)
{
    char *text = line + strspn(line, " \t");
    char quote[2] = "";

    if (strncmp(text, "name", 4) != 0)
        return NULL;
    text += 4 + strspn(text + 4, " \t");
    if (*text != '=')
        return NULL;
    text += 1 + strspn(text + 1, " \t");
    if (*text != '"' && *text != '\'')
        return NULL;
    quote[0] = *text++;
    text[strcspn(text, quote)] = '\0';
    return text;
}

static int add_configured(const char *path, struct names *names)
{
    FILE *file = fopen(path, "re");
    AUTO_FREE char *line = NULL;
    size_t size = 0;
    int result = 0;

    if (!file)
        return 0;
    while (result == 0 && getline(&line, &size, file) >= 0) {
        const char *name = name_of_line(line);

        if (name) {
            names->known = true;
            result = names_add(names, name);
        }
    }
    fclose(file);
    return result;
}

static int collect_configured(struct names *names)
{
    glob_t files;
    int result = 0;

    if (glob(DOMU_CONFIGS, 0, NULL, &files) != 0)
        return 0;
    for (size_t i = 0; i < files.gl_pathc && result == 0; i++)
        result = add_configured(files.gl_pathv[i], names);
    globfree(&files);
    return result;
}

static int collect_names(struct names *names, struct error *e)
{
    if (collect_running(names) < 0 || collect_configured(names) < 0)
        return fail_memory(e);
    return 0;
}

/* ---- the verdict ---- */

static bool print_diagnostics(const struct config *config)
{
    bool errors = false;

    for (size_t i = 0; i < config->diagnostic_count; i++) {
        const struct diagnostic *diagnostic = &config->diagnostics[i];
        bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;

        printf("%s:%u: %s: %s\n", config->path, diagnostic->line, is_error ? "error" : "warning",
               diagnostic->text);
        errors |= is_error;
    }
    return errors;
}

static int judge_file(const char *path, struct config *config, struct error *e)
{
    struct config_text text;
    struct names names = {.names = NULL};
    int result = config_load(path, &text, e);

    if (result < 0)
        return result;
    result = config_parse(&text, NULL, config, e);
    if (result == 0)
        result = collect_names(&names, e);
    if (result == 0)
        result = judge(config, &names, e);
    names_free(&names);
    config_text_free(&text);
    return result;
}

static enum exit_status run(const struct options *options, int argc, char **argv)
{
    const char *path = argc > 1 ? argv[1] : options->config;
    struct config config = {.path = NULL};
    enum exit_status status = EXIT_FAILED;
    struct error e;

    if (argc > 2)
        return usage_error(&command_check, "one file at most, and '%s' is a second", argv[2]);
    if (argc > 1 && *path == '-')
        return usage_error(&command_check, "'%s' is no option", path);
    if (judge_file(path, &config, &e) < 0) {
        log_failure(&e);
    } else {
        config_sort_diagnostics(&config);
        status = print_diagnostics(&config) ? EXIT_FAILED : EXIT_DONE;
    }
    config_free(&config);
    return status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "[FILE]",
    .summary = "judge the configuration",
    .help = "Prints what is wrong with ipv6.cfg, or FILE: FILE:LINE: error: ... or warning: ...\n"
            "Exit status 1 if there are errors. Needs neither root nor Xen; where there is Xen,\n"
            "it warns of names that no domU bears.\n"
            "Example: vif-route-ipv6 check /etc/xen/ipv6.cfg",
    .run = run,
};
