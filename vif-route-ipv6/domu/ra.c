/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ra: the router advertisements of the running domUs, as the configuration of the program that is
 * to send them. With --serve it runs radvd.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "advertise.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "command.h"
#include "domu/ra-format.h"

#define PATIENCE 60 /* seconds, as status has */

/* ---- the call ---- */

struct call {
    const struct ra_format *format;
    bool serve;
};

static enum exit_status read_ra_call(int argc, char **argv, struct call *call)
{
    enum { OPTION_FORMAT = 256, OPTION_SERVE };
    static const struct option long_options[] = {
        {"format", required_argument, NULL, OPTION_FORMAT},
        {"serve", no_argument, NULL, OPTION_SERVE},
        {NULL, 0, NULL, 0},
    };
    int option;

    while ((option = next_option(&command_ra, long_options, argc, argv)) != 0)
        if (option == OPTION_SERVE) {
            call->serve = true;
        } else if (option == OPTION_FORMAT) {
            call->format = ra_format_find(optarg);
            if (!call->format)
                return usage_error(&command_ra,
                                   "the formats are radvd, networkd and dnsmasq, not '%s'", optarg);
        } else {
            return EXIT_USAGE;
        }
    if (optind == argc && call->serve && call->format)
        return usage_error(&command_ra, "--serve runs radvd: it takes no --format");
    return no_arguments(&command_ra, argc, argv);
}

/* ---- all running vifs ---- */

static int advertise_card(struct advertising *advertising, const struct survey_vif *vif,
                          enum card card, struct error *e)
{
    CLEANUP(actual_free) struct actual actual = {.held = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    int result = survey_plan(&advertising->running->survey, vif, card, &actual, &plan, e);

    if (result == 0)
        result = advertise_link(advertising, vif, &vif->links[card], &plan, e);
    return result < 0 ? result : 0;
}

static int advertise_all(struct advertising *advertising, bool *failed, struct error *e)
{
    const struct survey *survey = &advertising->running->survey;
    const char *gone;
    int result = 0;

    for (size_t i = 0; i < survey->count * CARDS && result == 0; i++) {
        const struct survey_vif *vif = &survey->vifs[i / CARDS];

        if (!survey_may_change(vif, &vif->links[i % CARDS]))
            continue;
        result = advertise_card(advertising, vif, (enum card)(i % CARDS), e);
        if (result == -EINVAL) {
            log_failure(e);
            *failed = true;
            result = 0;
        }
    }
    while ((gone = advertise_find_gone(advertising)) != NULL)
        ra_table_drop(&advertising->table, gone);
    return result;
}

static int read_advertisements(struct advertising *advertising, const struct options *options,
                               bool *failed, struct error *e)
{
    struct running *running = advertising->running;
    int lock = lock_take();
    int result = running_read(running, options, e);

    if (result == 0)
        result = survey_look(&running->survey, &running->rtnl, &running->config, e);
    if (result == 0)
        result = ra_table_read(&advertising->table, e);
    close_fd(&lock);
    return result == 0 ? advertise_all(advertising, failed, e) : result;
}

static enum exit_status print_advertisements(const struct options *options,
                                             const struct ra_format *format)
{
    struct running running = {.words = NULL};
    struct advertising advertising = {.running = &running};
    bool failed = false;
    struct error e;
    int result = read_advertisements(&advertising, options, &failed, &e);

    if (result == -ENOENT && !running.text.path) {
        report_no_config(options);
        result = 0;
    }
    failed |= running_report_mistakes(&running) || result < 0;
    if (result < 0)
        log_failure(&e);
    else
        format->print(&advertising.table, stdout);
    ra_table_free(&advertising.table);
    running_free(&running);
    return failed ? EXIT_FAILED : EXIT_DONE;
}

static enum exit_status run_ra(const struct options *options, int argc, char **argv)
{
    struct call call = {.format = NULL};
    enum exit_status status = read_ra_call(argc, argv, &call);

    if (status != EXIT_DONE)
        return status;
    if (call.serve)
        return advertise_serve();
    deadline_start(PATIENCE, "ra");
    deadline_waiting_for("XenStore");
    status = print_advertisements(options, call.format ? call.format : ra_format_find("radvd"));
    deadline_stop();
    return status;
}

const struct command command_ra = {
    .name = "ra",
    .arguments = "[--format FORMAT|--serve]",
    .summary = "the router advertisements of the running domUs",
    .help = "Prints the configuration by which radvd sends router advertisements to the\n"
            "running domUs that have ra = yes. It is what " RA_FILE "\n"
            "has, which online, offline and sync keep up to date.\n"
            "\n"
            "  --format FORMAT  radvd (the default), networkd or dnsmasq\n"
            "  --serve          run radvd with that file, and have it read each change, until\n"
            "                   ended; vif-route-ipv6-radvd.service does this\n"
            "\n"
            "Example: vif-route-ipv6 ra --format dnsmasq",
    .run = run_ra,
};
