/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check [FILE]: judges the configuration, and whether it would work on this host, on stdout,
 * without root and without Xen. Where there are a XenStore or xl's configurations, it also knows
 * the names of the domUs.
 */
#include <stdio.h>
#include <sys/stat.h>

#include "../pd-nat/core.h"
#include "base/log.h"
#include "base/rights.h"
#include "check.h"
#include "command.h"
#include "domu/survey.h"
#include "sys/rtnl.h"

static bool print_diagnostics(const struct config *config, const struct diagnostics *found)
{
    bool errors = false;

    for (size_t i = 0; i < found->count; i++) {
        const struct diagnostic *diagnostic = &found->items[i];
        bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;

        printf("%s:%u: %s: %s\n", config->path, diagnostic->line, is_error ? "error" : "warning",
               diagnostic->text);
        errors |= is_error;
    }
    return errors;
}

static int judge_file(const char *path, struct config *config, struct diagnostics *found,
                      struct error *e)
{
    struct config_text text;
    struct names names = {.names = NULL};
    int result = config_load(path, &text, e);

    if (result < 0)
        return result;
    result = config_parse(&text, NULL, config, e);
    if (result == 0)
        result = check_names(&names, e);
    if (result == 0)
        result = judge(config, &names, found, e);
    names_free(&names);
    config_text_free(&text);
    return result;
}

/* dom0's own networks; which links are vifs, their names, marks and devices tell without root. */
static int judge_networks(const struct config *config, struct diagnostics *found, struct error *e)
{
    struct survey survey = {.vifs = NULL};
    struct actual own = {.held = NULL};
    struct rtnl rtnl = {.netlink.socket = NULL};
    int result = rtnl_open(&rtnl, e);

    if (result == 0)
        result = survey_look(&survey, &rtnl, config, e);
    if (result == 0 && survey_hold_own(&survey, &own) < 0)
        result = fail_memory(e);
    if (result == 0)
        result = judge_own_networks(config, own.held, own.held_count, found, e);
    actual_free(&own);
    survey_free(&survey);
    rtnl_close(&rtnl);
    return result;
}

/* External prefixes that are on-link, as far as the stored prefixes may be read. */
static void print_on_link(const struct config *config)
{
    const char *link;

    for (size_t i = 0; (link = pd_nat_link(config, i)) != NULL; i++) {
        struct pd_nat_state state;
        struct prefix external;
        struct pd_nat_section nat;
        struct error e;

        if (pd_nat_read(config, link, &nat, &e) == 0 && state_read(link, &state, &e) == 0 &&
            pd_nat_external(&nat, &state.delegated, &external, &e) == 0 &&
            pd_nat_on_link(&nat, &external, &e))
            printf("host: warning: %s\n", e.text);
    }
}

static int print_host_warnings(struct host *host, const struct config *config, struct error *e)
{
    struct host_warnings warnings = {.texts = NULL};
    int result = check_host(host, e);

    if (result == 0)
        result = host_judge(host, config, &warnings, e);
    for (size_t i = 0; i < warnings.count; i++)
        printf("host: warning: %s\n", warnings.texts[i]);
    print_on_link(config);
    host_warnings_free(&warnings);
    return result;
}

/* Whether the file PATH is the one that the hook reads here; another may be another host's. */
static bool is_of_this_host(const struct options *options, const char *path)
{
    struct stat ours;
    struct stat status;

    return path == options->config ||
           (stat(options->config, &ours) == 0 && stat(path, &status) == 0 &&
            ours.st_dev == status.st_dev && ours.st_ino == status.st_ino);
}

static enum exit_status run(const struct options *options, int argc, char **argv)
{
    struct config config = {.path = NULL};
    struct diagnostics found = {.items = NULL};
    struct host host = {.uplinks = NULL};
    enum exit_status status = no_options(&command_check, argc, argv);
    const char *path;
    bool of_this_host;
    struct error e;

    if (status != EXIT_DONE)
        return status;
    if (argc - optind > 1)
        return usage_error(&command_check, "one file at most, and '%s' is a second",
                           argv[optind + 1]);
    path = optind < argc ? argv[optind] : options->config;
    if (!*path)
        return usage_error(&command_check, "an empty word names no file");
    status = EXIT_FAILED;
    of_this_host = is_of_this_host(options, path);
    if (of_this_host && firewall_read(&host.firewall, &e) < 0)
        firewall_free(&host.firewall); /* only root may ask for the rules: others do without */
    rights_keep(RIGHTS_READ);
    if (judge_file(path, &config, &found, &e) < 0 ||
        (of_this_host && judge_networks(&config, &found, &e) < 0))
        log_failure(&e);
    else if (!print_diagnostics(&config, &found))
        status = EXIT_DONE;
    if (of_this_host && print_host_warnings(&host, &config, &e) < 0) {
        log_failure(&e);
        status = EXIT_FAILED;
    }
    host_free(&host);
    diagnostics_free(&found);
    config_free(&config);
    return status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "[FILE]",
    .summary = "judge the configuration, and whether this host is ready for it",
    .help = "Prints what is wrong with ipv6.cfg, or FILE: FILE:LINE: error: ... or warning:\n"
            "... Exit status 1 if there are errors. Needs neither root nor Xen; where there\n"
            "is Xen, it warns of names that no domU bears. Without FILE it also tells what\n"
            "this host lacks, and the remedy: host: warning: ...\n"
            "Example: vif-route-ipv6 check /etc/xen/ipv6.cfg",
    .run = run,
};
