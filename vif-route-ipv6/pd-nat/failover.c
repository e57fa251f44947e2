/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat failover: routers that take turns with one MAC address get the same prefix.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/nearest.h"
#include "pd-nat.h"
#include "pd-nat/failover.h"

struct call {
    const char *action;
    const char *duid;   /* or NULL: where the installed dhcpcd has it */
    const char *leases; /* likewise */
    bool force;
    bool json;
};

/* ---- status ---- */

static const char *describe(const struct failover_part *part, const char *used)
{
    if (!part->exists)
        return "missing";
    if (!part->empty)
        return used;
    return part->immutable ? "ok" : "not immutable";
}

/* 1 if the node is not prepared. */
static int show_parts(const struct call *call, const struct dhcpcd_paths *paths, struct error *e)
{
    struct failover seen = {.duid = {.exists = false}};
    struct json json;
    int result = failover_look(paths, &seen, e);
    const struct {
        const char *what;
        const char *path;
        const char *state;
    } parts[] = {
        {"duid", paths->duid, describe(&seen.duid, "holds a DUID")},
        {"leases", paths->leases, describe(&seen.leases, "holds leases")},
    };

    if (result < 0)
        return result;
    if (call->json)
        json_begin(&json, stdout);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        if (!call->json) {
            printf("%-14s %s\n", parts[i].state, parts[i].path);
            continue;
        }
        json_begin_object(&json);
        json_member(&json, "what", parts[i].what);
        json_member(&json, "path", parts[i].path);
        json_member(&json, "state", parts[i].state);
        json_end_object(&json);
    }
    if (call->json)
        json_end(&json);
    return failover_part_ready(&seen.duid) && failover_part_ready(&seen.leases) ? 0 : 1;
}

/* ---- the call ---- */

/* Replaces *STORE by NAMED, if it is given. */
static int override(char **store, const char *named, struct error *e)
{
    if (!named)
        return 0;
    free(*store);
    *store = strdup(named);
    return *store ? 0 : fail_memory(e);
}

static int find_paths(const struct call *call, struct dhcpcd_paths *out, struct error *e)
{
    int result = 0;

    *out = (struct dhcpcd_paths){.duid = NULL};
    if (!call->duid || !call->leases)
        result = dhcpcd_find_paths(out, e);
    if (result == 0)
        result = override(&out->duid, call->duid, e);
    return result < 0 ? result : override(&out->leases, call->leases, e);
}

static enum exit_status check_call(const struct call *call)
{
    static const char *const actions[] = {"enable", "disable", "status"};
    struct nearest nearest = nearest_to(call->action);

    for (size_t i = 0; i < ARRAY_SIZE(actions); i++)
        nearest_offer(&nearest, actions[i], NULL);
    if (!*call->action || strcmp(nearest.best, call->action) != 0)
        return usage_error(&command_pd_nat_failover, "'%s' is not one of enable, disable, status%s",
                           call->action, nearest_hint(&nearest));
    if (call->force && strcmp(call->action, "enable") != 0)
        return usage_error(&command_pd_nat_failover, "--force is for enable");
    if (call->json && strcmp(call->action, "status") != 0)
        return usage_error(&command_pd_nat_failover, "--json is for status");
    if (call->duid && *call->duid != '/')
        return usage_error(&command_pd_nat_failover, "--duid: '%s' does not begin with a slash",
                           call->duid);
    if (call->leases && *call->leases != '/')
        return usage_error(&command_pd_nat_failover, "--leases: '%s' does not begin with a slash",
                           call->leases);
    return EXIT_DONE;
}

static enum exit_status read_failover_call(struct call *call, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"duid", required_argument, NULL, 'd'},
        {"leases", required_argument, NULL, 'l'},
        {"force", no_argument, NULL, 'f'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = next_option(&command_pd_nat_failover, long_options, argc, argv)) > 0) {
        call->force |= option == 'f';
        call->json |= option == 'j';
        if (option == 'd')
            call->duid = optarg;
        if (option == 'l')
            call->leases = optarg;
    }
    if (option < 0)
        return EXIT_USAGE;
    if (optind >= argc)
        return usage_error(&command_pd_nat_failover,
                           "one of enable, disable, status has to follow");
    if (argc - optind > 1)
        return usage_error(&command_pd_nat_failover, "'%s' is one word too many", argv[optind + 1]);
    call->action = argv[optind];
    return check_call(call);
}

static enum exit_status run_pd_nat_failover(const struct options *options, int argc, char **argv)
{
    struct call call = {.action = ""};
    enum exit_status status = read_failover_call(&call, argc, argv);
    struct dhcpcd_paths paths;
    struct error e;
    int result;

    (void)options;
    if (status != EXIT_DONE)
        return status;
    result = find_paths(&call, &paths, &e);
    if (result == 0 && strcmp(call.action, "enable") == 0)
        result = failover_enable(&paths, call.force, &e);
    else if (result == 0 && strcmp(call.action, "disable") == 0)
        result = failover_disable(&paths, &e);
    else if (result == 0)
        result = show_parts(&call, &paths, &e);
    dhcpcd_paths_free(&paths);
    return report_result(result, &e);
}

const struct command command_pd_nat_failover = {
    .name = "pd-nat failover",
    .arguments = "enable|disable|status [OPTIONS]",
    .summary = "have routers that take turns with one MAC address get the same prefix",
    .help = "dhcpcd makes its DUID out of the MAC address and asks anew each time if it can\n"
            "store neither DUID nor leases: enable makes an empty DUID file and a lease\n"
            "directory without leases, and makes both immutable. disable lets them be changed\n"
            "again and deletes nothing. status shows both and exits with 1 if one of them is\n"
            "not as it should be.\n"
            "\n"
            "  --force       enable: empty the file and delete the leases that are there\n"
            "  --duid FILE   instead of where the installed dhcpcd keeps its DUID\n"
            "  --leases DIR  instead of where it keeps its leases\n"
            "  --json        status as an array of objects, for programs\n"
            "\n"
            "Stop dhcpcd before and start it after. Its configuration needs `duid ll`, as\n"
            "pd-nat client-conf prints it for an interface with a MAC address: otherwise a\n"
            "machine's UUID comes first.\n"
            "Example: vif-route-ipv6 pd-nat failover enable",
    .run = run_pd_nat_failover,
};
