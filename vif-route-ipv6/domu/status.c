/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: compares the configuration with the vifs, in a table for people, or as JSON or metrics
 * for programs.
 */
#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "base/deadline.h"
#include "base/json.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/table.h"
#include "command.h"
#include "report.h"
#include "status.h"
#include "sys/firewall.h"

#define PATIENCE 60

static void fill_vif_row(const void *data, size_t i, struct table_row *out)
{
    const struct row *row = &((const struct rows *)data)->rows[i];

    *out = (struct table_row){.cells = {row->domu, row->vif, row->gateway, state_name(row->state)},
                              .detail = row->detail};
}

static void print_rows_json(const struct rows *rows)
{
    struct json json;

    json_begin(&json, stdout);
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->rows[i];

        json_begin_object(&json);
        json_member(&json, "domu", row->domu);
        json_member(&json, "uuid", row->uuid);
        json_member(&json, "vif", row->vif);
        json_member(&json, "gateway", row->gateway);
        json_member(&json, "state", state_name(row->state));
        json_member(&json, "detail", row->detail);
        json_end_object(&json);
    }
    json_end(&json);
}

/* A forward chain that drops affects all domUs: one warning instead of one per row. */
static void warn_of_forward_drop(const struct firewall *firewall, const struct rows *rows)
{
    AUTO_FREE const char **vifs = calloc(rows->count + 1, sizeof(*vifs));

    for (size_t i = 0; i < firewall->count && vifs; i++) {
        const struct firewall_chain *chain = &firewall->chains[i];
        AUTO_FREE char *message = NULL;
        size_t count = 0;

        for (size_t j = 0; j < rows->count; j++)
            if (rows->rows[j].vif && !firewall_accepts(chain, rows->rows[j].vif))
                vifs[count++] = rows->rows[j].vif;
        if (chain->fault == FIREWALL_DROPS && count > 0)
            message = firewall_drop_message(chain, vifs, count);
        if (message)
            log_warning("%s", message);
    }
}

static int print_rows(const struct rows *rows, const struct config *config, enum report report,
                      struct error *e)
{
    static const char *const titles[TABLE_COLUMNS] = {"DOMU", "VIF", "GATEWAY", "STATE"};

    if (report == REPORT_PROMETHEUS)
        return status_print_prometheus(rows, config, e);
    if (report == REPORT_JSON)
        print_rows_json(rows);
    else
        table_print(titles, rows->count, fill_vif_row, rows);
    return 0;
}

/* The exit status goes into STATUS; a negative errno if there is nothing to show. */
static int report_once(struct running *running, const struct options *options, enum report report,
                       enum exit_status *status)
{
    struct rows rows = {.rows = NULL};
    struct error e;
    struct firewall firewall;
    bool knows_firewall;
    int result;

    deadline_start(PATIENCE, "status");
    deadline_waiting_for("XenStore");
    knows_firewall = firewall_read(&firewall, &e) == 0; /* before rights are given up */
    result = running_read(running, options, &e);
    if (result == 0)
        result = status_rows(running, &rows, &e);
    if (result == 0 && !running->text.path)
        report_no_config(options);
    if (result == 0 && knows_firewall)
        warn_of_forward_drop(&firewall, &rows);
    if (result == 0)
        result = print_rows(&rows, &running->config, report, &e);
    *status = EXIT_FAILED;
    if (result < 0)
        log_failure(&e);
    else if (!running_report_unknown(running) && rows_are_well(&rows, 0))
        *status = EXIT_DONE;
    firewall_free(&firewall);
    rows_free(&rows);
    deadline_stop();
    return result;
}

/* ---- watching ---- */

/* Reports in a child process, because that gives up rights, and reads its output into *OUT. */
static int report_in_child(struct running *running, const struct options *options,
                           enum report report, const sigset_t *waiting, char **out)
{
    AUTO_CLOSE int fd = memfd_create("status", MFD_CLOEXEC);
    enum exit_status status;
    int code;
    pid_t child = fd < 0 ? -1 : fork();

    if (child == 0) {
        stop_undo();
        if (dup2(fd, STDOUT_FILENO) < 0 || report_once(running, options, report, &status) < 0)
            _exit(EXIT_FAILED);
        _exit(fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED);
    }
    if (child < 0) {
        log_error("status: cannot start a process: %s", strerror(errno));
        return -EIO;
    }
    code = stop_wait_child(child, waiting);
    if (!WIFEXITED(code) || WEXITSTATUS(code) != EXIT_DONE)
        return -EIO; /* the child has said why */
    return read_whole(fd, SIZE_MAX, out) < 0 ? -EIO : 0;
}

static void print_again(const char *text, bool is_first)
{
    if (isatty(STDOUT_FILENO))
        fputs("\033[H\033[2J", stdout);
    else if (!is_first)
        putchar('\n');
    fputs(text, stdout);
    fflush(stdout);
}

/* Prints what there is, and again after each change, until it is told to end. */
static enum exit_status report_changes(struct running *running, const struct options *options,
                                       enum report report)
{
    const struct timespec pause = {.tv_sec = 1};
    AUTO_FREE char *last = NULL;
    sigset_t waiting;

    stop_prepare(&waiting);
    while (!stop_is_wanted()) {
        char *now = NULL;

        if (report_in_child(running, options, report, &waiting, &now) < 0)
            return stop_is_wanted() ? EXIT_DONE : EXIT_FAILED;
        if (!last || strcmp(last, now) != 0)
            print_again(now, !last);
        if (!last)
            log_setup(QUIET); /* print warnings only once */
        running->is_repeated = true;
        free(last);
        last = now;
        if (ferror(stdout))
            return EXIT_FAILED;
        if (!stop_is_wanted())
            (void)ppoll(NULL, 0, &pause, &waiting);
    }
    return EXIT_DONE;
}

/* ---- the call ---- */

static enum exit_status run_status(const struct options *options, int argc, char **argv)
{
    struct running running = {.words = NULL};
    enum report report;
    bool watches = false;
    enum exit_status status = report_options(&command_status, argc, argv, &report, &watches);

    if (status == EXIT_DONE)
        status = running_words(&running, &command_status, argc, argv);
    if (status != EXIT_DONE)
        return status;
    setlocale(LC_CTYPE, "");
    if (watches)
        status = report_changes(&running, options, report);
    else
        (void)report_once(&running, options, report, &status);
    running_free(&running);
    return status;
}

const struct command command_status = {
    .name = "status",
    .arguments = "[--watch] [--json|--prometheus] [DOMU|VIF]...",
    .summary = "compare the configuration with what the vifs have",
    .help = "Prints a row per address of each domU, or of those named, with its state:\n"
            "  ok            the vif has it, as configured\n"
            "  missing       the vif does not have it, or not as configured\n"
            "  tentative     duplicate address detection has not finished\n"
            "  dadfailed     duplicate address detection found it on another host\n"
            "  conflict      another running domU has it, or dom0 itself\n"
            "  stale         the suite added it, and it is no longer configured\n"
            "  not-running   the domU does not run\n"
            "  unconfigured  the domU runs, its vif is routed, and it has no entry\n"
            "and, if something is wrong, what to do.\n\n" REPORT_HELP
            "  --watch       print again after each change, until Ctrl-C\n\n"
            "Exits 1 if a row of a running domU is neither ok nor unconfigured.\n"
            "Example: vif-route-ipv6 status",
    .run = run_status,
};
