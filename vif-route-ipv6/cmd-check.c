/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check [FILE]: judges the configuration, on stdout, without root and without Xen. Where there are
 * a XenStore or xl's configurations, it also knows the names of the domUs.
 */
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "deadline.h"
#include "judge.h"
#include "log.h"
#include "store.h"
#include "vif.h"

#define DOMU_CONFIGS "/etc/xen/*.cfg"
#define DEADLINE     10

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
    names->known |= domids != NULL;
    return result;
}

static int collect_running(struct names *names)
{
    struct store store;
    struct error no_xen; /* no failure: this host may have no Xen */
    int result;

    if (store_open(&store, &no_xen) < 0)
        return 0;
    result = add_running(&store, names);
    store_close(&store);
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
    deadline_start(DEADLINE, "check");
    deadline_waiting_for("XenStore");
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
