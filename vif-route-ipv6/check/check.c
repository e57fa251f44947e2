/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check [FILE]: judges the configuration, and whether it would work on this host, on stdout,
 * without root and without Xen. Where there are a XenStore or xl's configurations, it also knows
 * the names of the domUs.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../pd-nat/core.h"
#include "base/log.h"
#include "base/rights.h"
#include "check.h"
#include "command.h"
#include "domu/plan.h"
#include "domu/snapshot.h"
#include "sys/rtnl.h"

static bool print_diagnostics(const char *path, const struct diagnostics *found)
{
    bool errors = false;

    for (size_t i = 0; i < found->count; i++) {
        const struct diagnostic *diagnostic = &found->items[i];
        bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;

        printf("%s:%u: %s: %s\n", path, diagnostic->line, is_error ? "error" : "warning",
               diagnostic->text);
        errors |= is_error;
    }
    return errors;
}

static int judge_file(const char *path, const struct domu_files *files, struct config *config,
                      struct diagnostics *found, struct error *e)
{
    struct config_text text;
    struct names names = {.names = NULL};
    int result = config_load(path, &text, e);

    if (result < 0)
        return result;
    result = config_parse(&text, NULL, config, e);
    if (result == 0)
        result = check_names(files, &names, e);
    if (result == 0)
        result = judge(config, &names, found, e);
    names_free(&names);
    config_text_free(&text);
    return result;
}

/* What dom0 itself holds, into OUT. Names, marks and devices say which links are vifs. */
static int hold_own(const struct link *links, size_t link_count, const struct entries *snapshot,
                    struct actual *out)
{
    for (size_t i = 0; i < snapshot->count; i++) {
        static const struct link unknown;
        const struct entry *entry = &snapshot->items[i];
        const struct link *link = &unknown;
        struct holder holder;
        struct held *slot;

        for (size_t j = 0; j < link_count; j++)
            if (links[j].index == entry_link(entry))
                link = &links[j];
        holder = find_holder(NULL, NULL, link, entry);
        if (holder.relation != HELD_BY_HOST)
            continue;
        slot = array_add(&out->held, &out->held_count, sizeof(*slot));
        if (!slot)
            return -ENOMEM;
        *slot = (struct held){.entry = *entry, .holder = holder};
    }
    return 0;
}

static int read_own(struct actual *out, struct error *e)
{
    struct entries snapshot = {.items = NULL};
    struct rtnl rtnl = {.netlink.socket = NULL};
    struct link *links = NULL;
    size_t count = 0;
    int result = rtnl_open(&rtnl, e);

    if (result == 0)
        result = rtnl_links(&rtnl, &links, &count, e);
    if (result == 0)
        result = snapshot_take(&rtnl, FAMILY_BOTH, &snapshot, e);
    if (result == 0 && hold_own(links, count, &snapshot, out) < 0)
        result = fail_memory(e);
    entries_free(&snapshot);
    free(links);
    rtnl_close(&rtnl);
    return result;
}

/* Judges the domUs' own configurations and prints what is wrong with them. */
static int print_domu_files(const struct domu_files *files, const struct actual *own, bool *errors,
                            struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < files->count && result == 0; i++) {
        struct diagnostics found = {.items = NULL};

        result = judge_domu_file(&files->files[i], domu_files_script(files), own->held,
                                 own->held_count, &found, e);
        *errors |= print_diagnostics(files->files[i].path, &found);
        diagnostics_free(&found);
    }
    return result;
}

/* Internal prefixes that lose to IPv4, and external ones on-link, as far as they may be read. */
static void print_prefixes(const struct config *config)
{
    const char *link;

    for (size_t i = 0; (link = pd_nat_link(config, i)) != NULL; i++) {
        struct pd_nat_state state;
        struct prefix external;
        struct pd_nat_section nat;
        struct error e;

        if (pd_nat_read(config, link, &nat, &e) == 0 && pd_nat_loses_to_ipv4(&nat, &e))
            printf("host: warning: %s\n", e.text);
        if (pd_nat_read(config, link, &nat, &e) == 0 && state_read(link, &state, &e) == 0 &&
            pd_nat_external(&nat, &state.delegated, &external, &e) == 0 &&
            pd_nat_on_link(&nat, &external, &e))
            printf("host: warning: %s\n", e.text);
    }
}

static int print_host_warnings(const struct domu_files *files, struct host *host,
                               const struct config *config, struct error *e)
{
    struct host_warnings warnings = {.texts = NULL};
    int result = check_host(files, host, e);

    if (result == 0)
        result = host_judge(host, config, &warnings, e);
    for (size_t i = 0; i < warnings.count; i++)
        printf("host: warning: %s\n", warnings.texts[i]);
    print_prefixes(config);
    check_print_uplinks(config);
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

static enum exit_status run_check(const struct options *options, int argc, char **argv)
{
    struct config config = {.path = NULL};
    struct diagnostics found = {.items = NULL};
    struct host host = {.uplinks = NULL};
    struct domu_files files = {.files = NULL};
    struct actual own = {.held = NULL};
    enum exit_status status = no_options(&command_check, argc, argv);
    const char *path;
    bool of_this_host;
    bool errors;
    struct error e;
    int result;

    if (status != EXIT_DONE)
        return status;
    if (argc - optind > 1)
        return usage_error(&command_check, "one file at most, and '%s' is a second",
                           argv[optind + 1]);
    path = optind < argc ? argv[optind] : options->config;
    if (!*path)
        return usage_error(&command_check, "an empty word names no file");
    of_this_host = is_of_this_host(options, path);
    if (of_this_host && firewall_read(&host.firewall, &e) < 0)
        firewall_free(&host.firewall); /* only root may ask for the rules: others do without */
    rights_keep(RIGHTS_READ);
    result = domu_files_read(&files, &e);
    if (result == 0)
        result = judge_file(path, &files, &config, &found, &e);
    if (result == 0 && of_this_host)
        result = read_own(&own, &e);
    if (result == 0 && of_this_host)
        result = judge_own_networks(&config, own.held, own.held_count, &found, &e);
    errors = print_diagnostics(path, &found);
    if (result == 0 && of_this_host)
        result = print_domu_files(&files, &own, &errors, &e);
    if (result < 0)
        log_failure(&e);
    if (of_this_host && print_host_warnings(&files, &host, &config, &e) < 0) {
        log_failure(&e);
        result = -EIO;
    }
    host_free(&host);
    actual_free(&own);
    diagnostics_free(&found);
    config_free(&config);
    domu_files_free(&files);
    return result < 0 || errors ? EXIT_FAILED : EXIT_DONE;
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
    .run = run_check,
};
