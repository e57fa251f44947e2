/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync: makes the running vifs match ipv6.cfg, as if each came online anew, and prints a line for
 * each change. Everything is planned before anything is changed.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "advertise.h"
#include "base/deadline.h"
#include "base/json.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/shell.h"
#include "command.h"
#include "domu/announce.h"
#include "domu/apply.h"
#include "domu/guard.h"
#include "domu/link.h"
#include "running.h"
#include "sync.h"
#include "sys/nft.h"

#define PATIENCE    120 /* seconds for XenStore and kernel together: thousands of vifs take one */
#define PROGRESS_MS 100
#define MOST_RUNS   10
#define ROUND_MS    1000 /* of changes under the lock: hooks wait for it */

/* The plan for one link of a vif. */
struct task {
    const struct survey_vif *vif;
    const struct link *link;
    struct plan plan;
    bool unguarded; /* what antispoof asks for cannot be had */
};

struct sync {
    bool dry_run;
    struct json *json; /* NULL: lines */
    bool guard_only;   /* reports nothing that sync itself would report again and again */
    struct running running;
    struct task *tasks;
    size_t task_count;
    struct guard wanted;
    struct guard actual;
    const struct survey_vif *next; /* the first that this run has not changed yet; NULL: none */
    int answering;                 /* the uplink that was made to answer last */
    bool is_later; /* not the first time under the lock: conflicts have been reported */
    bool is_last;  /* no further run follows */
    bool again;    /* a domU that started meanwhile has what another is to get */
    bool failed;   /* something could not be done, and has been told */
};

static void forget_plan(struct sync *sync)
{
    for (size_t i = 0; i < sync->task_count; i++)
        plan_free(&sync->tasks[i].plan);
    free(sync->tasks);
    sync->tasks = NULL;
    sync->task_count = 0;
    guard_free(&sync->wanted);
    guard_free(&sync->actual);
}

static void sync_free(struct sync *sync)
{
    forget_plan(sync);
    running_free(&sync->running);
}

static void report(struct sync *sync, const struct error *e)
{
    log_failure(e);
    sync->failed = true;
}

/* ---- what is not to be touched ---- */

/* Only what is meant is changed; what else is left alone, running_read() has found. */
static void freeze_unmeant(struct sync *sync)
{
    for (size_t i = 0; i < sync->running.survey.count; i++) {
        struct survey_vif *vif = &sync->running.survey.vifs[i];

        if (vif->notice)
            log_warning("%s", vif->notice);
        if (vif->moving)
            log_info("%s: its domU migrates: not changed", survey_link_name(vif));
        vif->frozen |= !running_is_meant(&sync->running, vif);
    }
}

/* What its hotplug script has yet to rename must stay down until then (rename_link()). */
static bool is_unfinished(const struct survey_vif *vif, const struct link *link)
{
    return vif->serves_whole && vif->vif.renamed && !link->up &&
           !begins_with(link->name, vif->vif.renamed);
}

/* ---- the plan ---- */

static void report_conflicts(struct sync *sync, const struct task *task)
{
    log_about(task->link->name, task->vif->vif.name);
    for (size_t i = 0; i < task->plan.conflict_count; i++) {
        char domu[128];
        struct error e;

        if (task->plan.conflicts[i].held.holder.relation == HELD_BY_NEW && !sync->is_last) {
            sync->again = true;
            continue;
        }
        (void)conflict_fail(&task->plan.conflicts[i], vif_domu(&task->vif->vif, domu, sizeof(domu)),
                            task->link->name, &e);
        report(sync, &e);
    }
    log_about(NULL, NULL);
}

/* A vif that cannot be guarded as it is to be gets nothing, and stays down: as by online. */
static int guard_task(struct sync *sync, struct task *task, struct error *e)
{
    int result = task->vif->desired.antispoof
                     ? running_guard(task->vif, task->link, &task->plan, NULL, &sync->wanted, e)
                     : 0;

    if (result != -EINVAL)
        return result;
    if (!sync->is_later)
        report(sync, e);
    task->unguarded = true;
    plan_free(&task->plan);
    return 0;
}

static int plan_card(struct sync *sync, const struct survey_vif *vif, enum card card,
                     struct error *e)
{
    struct survey *survey = &sync->running.survey;
    struct task *task = array_add(&sync->tasks, &sync->task_count, sizeof(*task));
    struct actual actual;
    int result;

    if (!task)
        return fail_memory(e);
    task->vif = vif;
    task->link = &vif->links[card];
    result = survey_plan(survey, vif, card, &actual, &task->plan, e);
    if (result < 0)
        return result;
    actual_free(&actual);
    result = guard_task(sync, task, e);
    return result == 0 ? survey_note(survey, &task->plan, e) : result;
}

static bool has_ours(const struct actual *actual)
{
    for (size_t i = 0; i < actual->own.count; i++)
        if (entry_is_marked(&actual->own.items[i]))
            return true;
    return false;
}

/* A key below a broken header may have been that of a vif on which the suite has anything. */
static bool is_to_be_guarded(const struct sync *sync, const struct survey_vif *vif,
                             const struct actual *actual)
{
    return vif->desired.antispoof ||
           ((!vif->section || vif->error) && sync->running.config.lost_guard && has_ours(actual));
}

/*
 * The guard of a vif that is left alone, for the case that nothing of it is in force any more: from
 * what can be judged.
 */
static int guard_frozen(struct sync *sync, const struct survey_vif *vif, enum card card,
                        struct error *e)
{
    struct actual actual;
    struct plan plan;
    int result = survey_plan(&sync->running.survey, vif, card, &actual, &plan, e);

    if (result < 0)
        return result;
    if (is_to_be_guarded(sync, vif, &actual))
        result = running_guard(vif, &vif->links[card], &plan, &actual, &sync->wanted, e);
    if (result == -EINVAL) {
        if (!sync->is_later)
            report(sync, e);
        result = 0;
    }
    plan_free(&plan);
    actual_free(&actual);
    return result;
}

static bool is_frozen_only(const struct sync *sync, const struct survey_vif *vif,
                           const struct link *link)
{
    return vif->frozen && link->index && !link->master && running_is_meant(&sync->running, vif);
}

static int plan_all(struct sync *sync, struct error *e)
{
    const struct survey *survey = &sync->running.survey;
    int result = 0;

    for (size_t i = 0; i < survey->count; i++)
        for (int card = 0; card < CARDS && result == 0; card++) {
            const struct survey_vif *vif = &survey->vifs[i];

            if (is_frozen_only(sync, vif, &vif->links[card]))
                result = guard_frozen(sync, vif, (enum card)card, e);
            else if (survey_may_change(vif, &vif->links[card]) &&
                     !is_unfinished(vif, &vif->links[card]))
                result = plan_card(sync, vif, (enum card)card, e);
        }
    for (size_t i = 0; i < sync->task_count && result == 0 && !sync->guard_only && !sync->is_later;
         i++)
        report_conflicts(sync, &sync->tasks[i]);
    return result;
}

/* ---- the changes ---- */

/* "web", or what NOBODY says if there is no VIF. */
static const char *domu_of(const struct survey_vif *vif, const char *nobody, char *buffer,
                           size_t size)
{
    if (!vif)
        snprintf(buffer, size, "%s", nobody);
    else if (vif->vif.name)
        snprintf(buffer, size, "%s", vif->vif.name);
    else
        snprintf(buffer, size, "domU %u", vif->vif.domid);
    make_printable(buffer);
    return buffer;
}

/* WHAT of LINK, which is VIF's, or without a VIF NOBODY's. What is printed is out at once. */
static void print_change(const struct sync *sync, char mark, const char *link, const char *what,
                         const struct survey_vif *vif, const char *nobody)
{
    const char marks[] = {mark, '\0'};
    char domu[128];

    if (!sync->json) {
        printf("%c %s %s (%s)\n", mark, link, what, domu_of(vif, nobody, domu, sizeof(domu)));
        return;
    }
    json_begin_object(sync->json);
    json_member(sync->json, "domu", vif ? vif->vif.name : NULL);
    json_member(sync->json, "vif", link);
    json_member(sync->json, "mark", marks);
    json_member(sync->json, "what", what);
    json_end_object(sync->json);
    fflush(stdout);
}

/* Makes the changes, but not in a dry run, and prints each. */
static int apply_plan(struct sync *sync, const struct plan *plan, const struct survey_vif *vif,
                      const char *nobody, struct error *e)
{
    char text[ENTRY_TEXT];
    int result = 0;

    for (size_t i = 0; i < plan->change_count && result == 0; i++) {
        const struct change *change = &plan->changes[i];

        if (!sync->dry_run)
            result = apply_change(&sync->running.rtnl, change, e);
        if (result == 0)
            print_change(sync, change_mark(change), change->link, entry_print(&change->entry, text),
                         vif, nobody);
    }
    return result;
}

/*
 * Whether the guard of a link is sync's to judge: the vif's that are meant, and those that are
 * gone. A link that is there and no vif's may be that of a domU that starts just now.
 */
static enum guard_scope guard_scope_of(const char *link, const void *data)
{
    const struct sync *sync = data;
    const struct survey *survey = &sync->running.survey;
    const struct survey_vif *vif = survey_find(survey, link);

    if (vif && vif->frozen) /* it keeps a guard that holds */
        return guard_has(&sync->wanted, link) && !guard_holds(&sync->actual, link) ? GUARD_PRESENT
                                                                                   : GUARD_OTHER;
    if (vif)
        return GUARD_PRESENT;
    return sync->running.word_count == 0 && !survey_has_link(survey, link) ? GUARD_GONE
                                                                           : GUARD_OTHER;
}

static void print_guard(const struct sync *sync, const struct guard_plan *plan)
{
    for (size_t i = 0; i < plan->change_count; i++)
        print_change(sync, plan->changes[i].mark, plan->changes[i].link, "antispoof",
                     survey_find(&sync->running.survey, plan->changes[i].link), "gone");
}

/* All at once, and before the addresses: not one forged packet is to leave. */
static int sync_guard(struct sync *sync, struct error *e)
{
    struct guard_plan plan = {.rules = NULL};
    int result = guard_read(&sync->actual, e);

    if (result == 0)
        result = guard_plan(&sync->wanted, &sync->actual, guard_scope_of, sync, &plan, e);
    if (result < 0)
        return result;
    if (plan.rules && !sync->dry_run)
        result = nft_load(plan.rules, e);
    if (result == 0)
        print_guard(sync, &plan);
    guard_plan_free(&plan);
    return result < 0 ? fail_within(e, result, "antispoof") : 0;
}

/* What went away meanwhile with its domU is no failure. */
static bool link_is_gone(struct sync *sync, const struct task *task)
{
    struct link link;

    return rtnl_link_by_index(&sync->running.rtnl, task->link->index, &link, NULL) == -ENODEV;
}

/* Whether the link is to be up, and what its vif needs of dom0 in force: as after online. */
static bool needs_raise(const struct task *task)
{
    for (size_t i = 0; i < task->plan.change_count; i++)
        if (task->plan.changes[i].kind != CHANGE_REMOVE)
            return true;
    return !task->link->up && task->vif->desired.gateway_count + task->vif->desired.route_count > 0;
}

/* The vifs that follow each other mostly have one uplink. */
static int answer_on_uplinks(struct sync *sync, const struct survey_vif *vif, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < vif->uplink_count && result == 0 && !sync->dry_run; i++) {
        if (sync->answering == vif->uplinks[i].index)
            continue;
        result = link_answer(&vif->uplinks[i], e);
        sync->answering = vif->uplinks[i].index;
    }
    return result;
}

static int change_card(struct sync *sync, const struct task *task, struct error *e)
{
    int result = 0;

    if (task->plan.needs_carrier && !sync->dry_run)
        result = link_need_carrier(task->link, e);
    if (result == 0)
        result = answer_on_uplinks(sync, task->vif, e);
    if (result == 0 && needs_raise(task) && !sync->dry_run)
        result = link_raise(&sync->running.rtnl, task->link, &task->vif->desired,
                            task->vif->serves_whole, e);
    if (result == 0)
        result = apply_plan(sync, &task->plan, task->vif, "", e);
    return result < 0 && link_is_gone(sync, task) ? 0 : result;
}

/* On a terminal, from one second on: how far it is. DONE equal to ALL wipes it away. */
static void show_progress(size_t done, size_t all)
{
    static long began;
    static long shown;
    long now = now_ms();

    if (began == 0)
        began = now;
    if (shown > 0 && done == all)
        fputs("\r\033[K", stderr);
    if (done == all || now - began < 1000 || now - shown < PROGRESS_MS || !isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%zu of %zu vifs", done, all);
    shown = now;
}

/* Begins with the vif NEXT, and stops before a vif when the time is over, which is NEXT then. */
static void carry_out_all(struct sync *sync, bool guarded)
{
    const struct survey_vif *first = sync->next;
    const struct survey_vif *at = NULL;
    const long end = now_ms() + ROUND_MS;

    sync->next = NULL;
    for (size_t i = 0; i < sync->task_count; i++) {
        const struct task *task = &sync->tasks[i];
        struct error e;

        show_progress(i, sync->task_count);
        if (task->vif < first || task->unguarded || (!guarded && task->vif->desired.antispoof))
            continue;
        if (at && at != task->vif && now_ms() >= end && !sync->dry_run) {
            sync->next = task->vif;
            break;
        }
        at = task->vif;
        log_about(task->link->name, task->vif->vif.name);
        if (change_card(sync, task, &e) < 0)
            report(sync, &e);
    }
    log_about(NULL, NULL);
    show_progress(sync->task_count, sync->task_count);
}

/* Proxy entries of domUs that ended without an offline. */
static void remove_orphaned_proxies(struct sync *sync)
{
    const struct survey *survey = &sync->running.survey;
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    struct error e;
    int result = plan_orphans(&survey->neighbours, &survey->snapshot, &plan);

    result = result < 0 ? fail_memory(&e) : apply_plan(sync, &plan, NULL, "gone", &e);
    if (result < 0)
        report(sync, &e);
}

/* Whether the link has a guard, as far as this run knows: GUARDED says that it could load it. */
static bool is_or_was_guarded(const struct sync *sync, const char *link, bool guarded)
{
    return guard_holds(&sync->actual, link) || (guarded && guard_has(&sync->wanted, link));
}

static void close_card(struct sync *sync, const struct link *link)
{
    struct error e;
    int result = sync->dry_run ? 0 : rtnl_link_down(&sync->running.rtnl, link->index, &e);

    if (result == -ENODEV)
        return;
    if (result < 0)
        (void)fail_within(&e, result, "%s: is up without its antispoof guard", link->name);
    else
        (void)fail(
            &e, EPERM,
            "%s: set down, because its antispoof guard is not in force: correct the error above, "
            "then run: %s sync && ip link set %s up",
            link->name, shell_own_command(), link->name);
    report(sync, &e);
}

/* What is to be guarded and cannot be is set down: nothing leaves it then. */
static void close_unguarded(struct sync *sync, bool guarded)
{
    const struct survey *survey = &sync->running.survey;

    for (size_t i = 0; i < survey->count; i++)
        for (int card = 0; card < CARDS; card++) {
            const struct survey_vif *vif = &survey->vifs[i];
            const struct link *link = &vif->links[card];

            if (vif->desired.antispoof && running_is_meant(&sync->running, vif) && link->index &&
                link->up && !link->master && !is_or_was_guarded(sync, link->name, guarded))
                close_card(sync, link);
        }
}

/* ---- router advertisements ---- */

static void print_advertised(const struct sync *sync, int change, const char *link)
{
    print_change(sync, (char)change, link, "ra", survey_find(&sync->running.survey, link), "gone");
}

static int advertise_task(struct sync *sync, struct advertising *advertising,
                          const struct task *task, struct error *e)
{
    int result = advertise_link(advertising, task->vif, task->link, &task->plan, e);

    if (result > 0)
        print_advertised(sync, result, task->link->name);
    if (result != -EINVAL)
        return result < 0 ? result : 0;
    report(sync, e);
    return 0;
}

static int advertise_tasks(struct sync *sync, struct advertising *advertising, struct error *e)
{
    const char *gone;
    int result = ra_table_read(&advertising->table, e);

    for (size_t i = 0; i < sync->task_count && result == 0; i++)
        if (!sync->tasks[i].unguarded)
            result = advertise_task(sync, advertising, &sync->tasks[i], e);
    while (result == 0 && sync->running.word_count == 0 &&
           (gone = advertise_find_gone(advertising)) != NULL) {
        print_advertised(sync, '-', gone);
        ra_table_drop(&advertising->table, gone);
    }
    return result == 0 && !sync->dry_run ? ra_table_write(&advertising->table, e) : result;
}

static void advertise(struct sync *sync)
{
    struct advertising advertising = {.running = &sync->running};
    struct error e;

    if (advertise_tasks(sync, &advertising, &e) < 0)
        report(sync, &e);
    ra_table_free(&advertising.table);
}

/* ---- the aggregate ---- */

/* It is no vif's: sync of a single domU leaves it alone. */
static int sync_aggregate(struct sync *sync, struct error *e)
{
    const struct running *running = &sync->running;
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};

    if (running->word_count > 0)
        return 0;
    if (announce_plan_aggregate(&running->config, &running->survey.snapshot, &plan) < 0)
        return fail_memory(e);
    return apply_plan(sync, &plan, NULL, "aggregate", e);
}

static int look_and_change(struct sync *sync, struct error *e)
{
    int result = running_look(&sync->running, e);
    bool guarded;

    if (result == 0)
        result = plan_all(sync, e);
    if (result < 0)
        return result;
    guarded = sync_guard(sync, e) == 0;
    if (!guarded && !sync->is_later)
        report(sync, e);
    close_unguarded(sync, guarded);
    if (sync->guard_only)
        return 0;
    if (sync->running.word_count == 0 && !sync->is_later)
        remove_orphaned_proxies(sync);
    carry_out_all(sync, guarded);
    advertise(sync);
    return sync->is_later ? 0 : sync_aggregate(sync, e);
}

/* Lets the hooks through that wait for the lock: it is held for half of the time at most. */
static void pause_ms(long ms)
{
    const struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

/* Under the lock nobody asks the XenStore, which may take long to answer. */
static int change_in_rounds(struct sync *sync, struct error *e)
{
    int result;

    do {
        int lock = sync->dry_run ? -1 : lock_take();
        const long began = now_ms();

        result = look_and_change(sync, e);
        close_fd(&lock);
        if (result == 0 && sync->next)
            pause_ms(now_ms() - began);
        forget_plan(sync);
        sync->is_later = true;
    } while (result == 0 && sync->next);
    return result;
}

static int synchronise(struct sync *sync, const struct options *options, struct error *e)
{
    int result = running_read(&sync->running, options, e);

    if (result < 0)
        return result;
    if (!sync->guard_only)
        sync->failed |= running_report_mistakes(&sync->running);
    freeze_unmeant(sync);
    if (running_report_unknown(&sync->running))
        sync->failed = true;
    deadline_waiting_for("the kernel");
    return change_in_rounds(sync, e);
}

/* ---- the call ---- */

static enum exit_status read_sync_options(int argc, char **argv, struct sync *sync,
                                          struct json *json)
{
    static const struct option long_options[] = {
        {"dry-run", no_argument, NULL, 'n'},
        {"json", no_argument, NULL, 'j'},
        {NULL, 0, NULL, 0},
    };
    int option;

    optind = 0;
    while ((option = getopt_long(argc, argv, ":n", long_options, NULL)) != -1) {
        if (option == 'n')
            sync->dry_run = true;
        else if (option == 'j')
            sync->json = json;
        else
            return option_error(&command_sync, option, argv);
    }
    return running_words(&sync->running, &command_sync, argc, argv);
}

/* Tells in AGAIN whether the file, or who has an address, was changed meanwhile. */
static enum exit_status sync_once(const struct sync *call, const struct options *options,
                                  bool *again)
{
    struct sync sync = *call;
    struct error e;
    int result;

    deadline_waiting_for("XenStore");
    result = synchronise(&sync, options, &e);
    *again = !sync.dry_run && sync.running.text.path &&
             (sync.again || config_text_is_old(&sync.running.text));
    if (result == -ENOENT && !sync.running.text.path)
        log_warning("%s: there is no such file: nothing to do", options->config);
    else if (result < 0)
        report(&sync, &e);
    sync_free(&sync);
    return sync.failed ? EXIT_FAILED : EXIT_DONE;
}

/* Who saves the file while this runs starts no second one: systemd does not look meanwhile. */
static enum exit_status run_sync(const struct options *options, int argc, char **argv)
{
    struct sync call = {.running.needs_file = true};
    struct json json;
    enum exit_status status = read_sync_options(argc, argv, &call, &json);
    bool again = status == EXIT_DONE;

    if (!again)
        return status;
    setlinebuf(stdout); /* what is done is told, however it ends */
    deadline_start(PATIENCE, "sync");
    if (call.json) {
        json_begin(&json, stdout);
        fflush(stdout);
        deadline_epilogue("\n]\n");
    }
    call.is_last = call.dry_run;
    for (int run = 1; again && run <= MOST_RUNS; run++) {
        call.is_last |= run == MOST_RUNS;
        status = sync_once(&call, options, &again);
    }
    deadline_stop();
    if (call.json)
        json_end(&json);
    return status;
}

enum exit_status sync_guard_only(const struct options *options)
{
    const struct sync call = {.guard_only = true, .is_last = true, .running.needs_file = true};
    enum exit_status status;
    bool again;

    deadline_start(PATIENCE, "watch");
    status = sync_once(&call, options, &again);
    deadline_stop();
    return status;
}

const struct command command_sync = {
    .name = "sync",
    .arguments = "[-n] [--json] [DOMU|VIF]...",
    .summary = "make the running vifs match the configuration",
    .help = "Compares the vifs of all running domUs, or of those named, with ipv6.cfg, and\n"
            "changes what differs. It removes only what the suite added, and prints a line\n"
            "per change:\n"
            "  + vif3.0 2001:db8:0:3::1/64 (web)    added\n"
            "  - vif3.0 2001:db8:0:4::1/64 (web)    removed\n"
            "  ~ vif3.0 2001:db8:0:5::1/64 (web)    corrected\n"
            "If nothing differs, it prints nothing.\n\n"
            "  -n, --dry-run  only print the changes\n"
            "  --json         print the changes as an array of objects\n\n"
            "It reports mistakes and conflicts, does the rest, and exits 1. It ignores the\n"
            "vifs of a domU that migrates.\n"
            "Example: vif-route-ipv6 sync -n",
    .run = run_sync,
};
