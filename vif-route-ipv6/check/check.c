/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check [FILE]: judges the configuration, and whether it would work on this host, on stdout,
 * without root and without Xen. Where there are a XenStore or xl's configurations, it also knows
 * the names of the domUs.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>

#include "../pd-nat/core.h"
#include "base/json.h"
#include "base/log.h"
#include "base/rights.h"
#include "check.h"
#include "check/vif-lines.h"
#include "command.h"
#include "domu/plan.h"
#include "domu/snapshot.h"
#include "sys/rtnl.h"

/* What the sentence at the end sums up. */
struct verdict {
    const char *only; /* the file whose findings count; NULL: all */
    bool wants_json;
    struct json json;
    size_t errors;
    size_t warnings;
    bool is_ready;
};

/* A finding about the host has no file and line. */
static void print_json_diagnostic(struct verdict *verdict, struct place place,
                                  const struct diagnostic *found)
{
    struct json *json = &verdict->json;

    json_begin_object(json);
    json_member(json, "file", place.line ? place.path : NULL);
    if (place.line)
        json_number(json, "line", place.line);
    else
        json_member(json, "line", NULL);
    json_member(json, "severity", found->severity == DIAGNOSTIC_ERROR ? "error" : "warning");
    json_flag(json, "stops_guests", found->severity != DIAGNOSTIC_WARNING);
    json_member(json, "text", found->text);
    json_end_object(json);
}

/* Prints findings about CONFIG, or, if it was not read, about the file at its path. */
static void print_diagnostics(struct verdict *verdict, const struct config *config,
                              const struct diagnostics *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct diagnostic *diagnostic = &found->items[i];
        const struct place place = config_place(config, diagnostic->line);
        const bool is_error = diagnostic->severity == DIAGNOSTIC_ERROR;

        if (verdict->only && strcmp(place.path, verdict->only) != 0)
            continue;
        if (verdict->wants_json)
            print_json_diagnostic(verdict, place, diagnostic);
        else if (place.line)
            printf("%s:%u: %s: %s\n", place.path, place.line, is_error ? "error" : "warning",
                   diagnostic->text);
        else
            printf("host: warning: %s\n", diagnostic->text);
        verdict->errors += is_error;
        verdict->warnings += !is_error;
        verdict->is_ready &= diagnostic->severity == DIAGNOSTIC_WARNING;
    }
}

static void print_failure(struct verdict *verdict, const struct error *e)
{
    log_failure(e);
    verdict->errors++;
    verdict->is_ready = false;
}

/* Whether the file PATH has the header of SECTION, or a key of it. */
static bool is_section_of(const struct config *config, const struct section *section,
                          const char *path)
{
    bool is_in = strcmp(config_place(config, section->line).path, path) == 0;

    for (size_t i = 0; i < section->setting_count && !is_in; i++)
        is_in = strcmp(config_place(config, section->settings[i].line).path, path) == 0;
    return is_in;
}

static size_t count_domus_of(const struct config *config, const char *path)
{
    size_t count = 0;

    for (size_t i = 0; i < config->section_count; i++)
        count += section_is_domu(config->sections[i]) &&
                 is_section_of(config, config->sections[i], path);
    return count;
}

/* Prints the sentence at the end. UNREAD says what of the host could not be read, or "". */
static void conclude(const struct verdict *verdict, const char *path, const struct config *config,
                     bool of_this_host, const char *unread)
{
    const size_t domus =
        verdict->only ? count_domus_of(config, verdict->only) : config_count_domus(config);

    log_notice("%s: %zu domU%s, %zu error%s, %zu warning%s: %s%s", path, domus,
               domus == 1 ? "" : "s", verdict->errors, verdict->errors == 1 ? "" : "s",
               verdict->warnings, verdict->warnings == 1 ? "" : "s",
               !of_this_host        ? "only this file is judged, not this host"
               : !verdict->is_ready ? "this host is not ready"
               : *unread ? "nothing is in the way, but this host could not be read completely: "
                         : "this host is ready",
               of_this_host && verdict->is_ready ? unread : "");
}

static int judge_file(const char *path, const char *directory, const struct domu_files *files,
                      struct names *names, struct config *config, struct diagnostics *found,
                      struct error *e)
{
    struct config_text text;
    int result = config_load(path, directory, &text, e);

    if (result < 0)
        return result;
    result = config_parse(&text, NULL, config, e);
    if (result == 0) {
        judge_owners(config, files, names, found);
        result = judge(config, names, found, e);
    }
    config_text_free(&text);
    return result;
}

/* Collects what dom0 itself holds. Names, marks and devices show which links are vifs. */
static int find_own_entries(const struct link *links, size_t link_count,
                            const struct entries *snapshot, struct actual *out)
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
    if (result == 0 && find_own_entries(links, count, &snapshot, out) < 0)
        result = fail_memory(e);
    entries_free(&snapshot);
    free(links);
    rtnl_close(&rtnl);
    return result;
}

/* Judges the domUs' own configurations and prints what is wrong with them. */
static int print_domu_files(const struct domu_files *files, const struct config *config,
                            const struct actual *own, struct verdict *verdict, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < files->count && result == 0; i++) {
        struct diagnostics found = {.items = NULL};

        result = judge_domu_file(&files->files[i], domu_files_script(files), config, own->held,
                                 own->held_count, &found, e);
        print_diagnostics(verdict, &(struct config){.path = files->files[i].path}, &found);
        diagnostics_free(&found);
    }
    return result;
}

/* Internal prefixes that lose to IPv4, external ones on-link, answers by the wrong uplink. */
static void judge_prefixes(const struct config *config, struct diagnostics *out)
{
    const char *link;
    struct error why;

    for (size_t i = 0; (link = pd_nat_link(config, i)) != NULL; i++) {
        struct pd_nat_state state;
        struct prefix external;
        struct pd_nat_section nat;
        struct error e;

        if (pd_nat_read(config, link, &nat, &e) == 0 && pd_nat_loses_to_ipv4(&nat, &e))
            diagnose(out, DIAGNOSTIC_WARNING, 0, NULL, "%s", e.text);
        if (pd_nat_read(config, link, &nat, &e) == 0 && state_read(link, &state, &e) == 0 &&
            pd_nat_external(&nat, &state.in_use.prefix, &external, &e) == 0 &&
            pd_nat_on_link(&nat, &external, &e))
            diagnose(out, DIAGNOSTIC_BLOCKER, 0, NULL, "%s", e.text);
    }
    if (pd_nat_lacks_way_back(config, &why))
        diagnose(out, DIAGNOSTIC_WARNING, 0, NULL, "%s", why.text);
}

static int print_host(const struct domu_files *files, struct host *host,
                      const struct config *config, struct verdict *verdict, struct error *e)
{
    struct diagnostics found = {.items = NULL};
    int result = check_host(files, host, e);

    if (result == 0)
        result = host_judge(host, config, &found, e);
    judge_prefixes(config, &found);
    print_diagnostics(verdict, config, &found);
    diagnostics_free(&found);
    return result;
}

/* Whether both name one file that exists. */
static bool is_same_file(const char *path, const char *other)
{
    struct stat a;
    struct stat b;

    return stat(path, &a) == 0 && stat(other, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

/* Whether the hook on this host reads the file PATH. Any other file may be another host's. */
static bool is_of_this_host(const struct options *options, const char *path)
{
    return path == options->config || is_same_file(options->config, path);
}

/*
 * PATH by the name that findings have, if it is one of the files that continue the hook's ipv6.cfg:
 * what it says depends on the others. The caller frees it; NULL: it is none of them.
 */
static char *find_part(const struct options *options, const char *path)
{
    struct config_text text;
    char *part = NULL;

    if (config_load(options->config, options->directory, &text, NULL) < 0)
        return NULL;
    for (size_t i = 0; i < text.file_count && !part; i++)
        if (is_same_file(text.files[i].path, path))
            part = strdup(text.files[i].path);
    config_text_free(&text);
    if (part)
        make_printable(part);
    return part;
}

/* What is read of the configuration and of what it is about, and what is wrong with it. */
struct study {
    struct config config;
    struct domu_files files;
    struct names names;
    struct actual own; /* dom0's, if the configuration is that of this host */
    struct diagnostics found;
};

static void study_free(struct study *study)
{
    config_free(&study->config);
    domu_files_free(&study->files);
    names_free(&study->names);
    actual_free(&study->own);
    diagnostics_free(&study->found);
}

/* Judges PATH and the files of DIRECTORY, "" for none. The caller frees *OUT in any case. */
static int study_file(const char *path, const char *directory, bool of_this_host, struct study *out,
                      struct error *e)
{
    int result = domu_files_read(&out->files, e);

    if (result == 0)
        result = check_names(&out->files, &out->names, e);
    if (result == 0)
        result =
            judge_file(path, directory, &out->files, &out->names, &out->config, &out->found, e);
    if (result == 0 && of_this_host)
        result = read_own(&out->own, e);
    if (result < 0 || !of_this_host)
        return result;
    check_links(&out->config, &out->found);
    judge_devids(&out->config, &out->files, &out->names, &out->found);
    return judge_own_networks(&out->config, out->own.held, out->own.held_count, &out->found, e);
}

/* Judges PATH, and, if it is the file that the hook reads here, this host. */
static enum exit_status check(const struct options *options, const char *path,
                              struct verdict *verdict)
{
    CLEANUP(study_free) struct study study = {.config = {.path = NULL}};
    struct host host = {.uplinks = NULL};
    struct error unread = {""};
    struct error e;
    const bool of_this_host = is_of_this_host(options, path);
    AUTO_FREE char *part = of_this_host ? NULL : find_part(options, path);
    const bool is_used = of_this_host || part;
    bool is_judged;
    int result;

    verdict->only = part;
    if (of_this_host && firewall_read(&host.firewall, &unread) < 0)
        firewall_free(&host.firewall); /* only root may ask for the rules: others do without */
    rights_keep(RIGHTS_READ);
    result = study_file(is_used ? options->config : path, is_used ? options->directory : "",
                        of_this_host, &study, &e);
    is_judged = result == 0;
    print_diagnostics(verdict, &study.config, &study.found);
    if (result == 0 && of_this_host)
        result = print_domu_files(&study.files, &study.config, &study.own, verdict, &e);
    if (result < 0)
        print_failure(verdict, &e);
    if (of_this_host && print_host(&study.files, &host, &study.config, verdict, &e) < 0)
        print_failure(verdict, &e);
    if (host.scripts == SCRIPTS_CLOSED && !*unread.text)
        (void)fail(&unread, 0, "check as root");
    if (is_judged)
        conclude(verdict, path, &study.config, of_this_host, unread.text);
    host_free(&host);
    return verdict->errors > 0 ? EXIT_FAILED : EXIT_DONE;
}

static enum exit_status run_check(const struct options *options, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    struct verdict verdict = {.is_ready = true};
    enum exit_status status;
    const char *path;
    int option;

    while ((option = next_option(&command_check, long_options, argc, argv)) > 0)
        verdict.wants_json = true;
    if (option < 0)
        return EXIT_USAGE;
    if (argc - optind > 1)
        return usage_error(&command_check, "one file at most, and '%s' is a second",
                           argv[optind + 1]);
    path = optind < argc ? argv[optind] : options->config;
    if (!*path)
        return usage_error(&command_check, "the file name is empty");
    if (verdict.wants_json)
        json_begin(&verdict.json, stdout);
    status = check(options, path, &verdict);
    if (verdict.wants_json)
        json_end(&verdict.json);
    return status;
}

const struct command command_check = {
    .name = "check",
    .arguments = "[--json] [FILE]",
    .summary = "judge the configuration, and whether this host is ready for it",
    .help = "Prints what is wrong with ipv6.cfg, or FILE: FILE:LINE: error: ... or warning:\n"
            "... Exit status 1 if there are errors. Needs neither root nor Xen; where there\n"
            "is Xen, it warns of names, MAC addresses and UUIDs that no domU has. Without\n"
            "FILE it also prints what this host lacks, and the remedy: host: warning: ...\n"
            "The last line, on stderr, counts the domUs, errors and warnings, and says\n"
            "whether this host is ready; -q leaves it out.\n\n"
            "  --json  the same as an array of objects, for programs\n\n"
            "Example: vif-route-ipv6 check /etc/xen/ipv6.cfg",
    .run = run_check,
};
