/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sync: makes the running vifs match ipv6.cfg, as online would, and prints a line for each change.
 * It plans all changes before it makes the first one.
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
    bool unguarded; /* its guard cannot be built */
};

struct sync {
    bool dry_run;
    struct json *json; /* NULL: lines */
    bool guard_only;   /* only sets the guard, and does not report mistakes and conflicts */
    struct running running;
    struct task *tasks;
    size_t task_count;
    struct guard wanted;
    struct guard actual;
    const struct survey_vif *next; /* the first that this run has not changed yet; NULL: none */
    int answering;                 /* the uplink that answer_on_uplinks() prepared last */
    bool guard_unknown;            /* the kernel does not say which guards are in force */
    bool guard_failed;             /* the failure of the guard has been reported */
    bool ra_failed;                /* that of the advertisements has been reported */
    bool is_later;                 /* not the first round: conflicts have been reported */
    bool is_last;                  /* no further run follows */
    bool again;                    /* a domU that started meanwhile holds what another is to get */
    bool failed;                   /* a failure has been reported */
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

static void report(struct sync *sync, const struct error *e)
{
    log_failure(e);
    sync->failed = true;
}

/* ---- what must not be changed ---- */

/* Freezes the vifs that the caller did not name, in addition to those that running_read() froze. */
static void freeze_unselected(struct sync *sync)
{
    for (size_t i = 0; i < sync->running.survey.count; i++) {
        struct survey_vif *vif = &sync->running.survey.vifs[i];

        if (vif->notice)
            log_warning("%s", vif->notice);
        if (vif->moving)
            log_info("%s: its domU migrates: not changed", survey_link_name(vif));
        vif->frozen |= !running_is_selected(&sync->running, vif);
    }
}

/* A link must stay down until its hotplug script has renamed it (rename_link()). */
static bool is_unfinished(const struct survey_vif *vif, const struct link *link)
{
    return vif->has_our_script && vif->vif.renamed && !link->up && is_vif_name(link->name) &&
           strcmp(vif->vif.renamed, vif->vif.link) != 0;
}

/* ---- the plan ---- */

static void report_conflicts(struct sync *sync, const struct task *task)
{
    log_about(task->link->name, task->vif->vif.name);
    for (size_t i = 0; i < task->plan.conflict_count; i++) {
        char domu[DOMU_TEXT];
        struct error e;

        if (task->plan.conflicts[i].held.holder.relation == HELD_BY_NEW && !sync->is_last) {
            sync->again = true;
            continue;
        }
        (void)conflict_fail(&task->plan.conflicts[i], vif_domu(&task->vif->vif, domu),
                            task->link->name, &e);
        report(sync, &e);
    }
    log_about(NULL, NULL);
}

static int plan_card(struct sync *sync, const struct survey_vif *vif, enum card card,
                     struct error *e)
{
    struct survey *survey = &sync->running.survey;
    struct task *task = array_add(&sync->tasks, &sync->task_count, sizeof(*task));
    struct actual actual = {.held = NULL};
    int result;

    if (!task)
        return fail_memory(e);
    task->vif = vif;
    task->link = &vif->links[card];
    result = survey_plan(survey, vif, card, &actual, &task->plan, e);
    if (result < 0)
        return result;
    actual_free(&actual);
    if (vif->desired.antispoof)
        result = running_guard(vif, task->link, &task->plan, NULL, &sync->wanted, e);
    if (result == -EINVAL) { /* its guard cannot be built: it gets nothing, as with online */
        if (!sync->is_later)
            report(sync, e);
        task->unguarded = true;
        plan_free(&task->plan);
        result = 0;
    }
    return result == 0 ? survey_note(survey, &task->plan, e) : result;
}

/* A key after a broken header may belong to any vif on which the suite has an entry. */
static bool is_to_be_guarded(const struct sync *sync, const struct survey_vif *vif,
                             const struct actual *actual)
{
    const bool may_lack_the_key = (!vif->section || vif->error) && sync->running.config.lost_guard;

    for (size_t i = 0; i < actual->own.count && may_lack_the_key; i++)
        if (entry_is_marked(&actual->own.items[i]))
            return true;
    return vif->desired.antispoof;
}

/*
 * Plans a guard for a frozen vif that has none in force: from its valid settings, and from the
 * suite's entries on its link.
 */
static int guard_frozen(struct sync *sync, const struct survey_vif *vif, enum card card,
                        struct error *e)
{
    CLEANUP(actual_free) struct actual actual = {.held = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
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
    return result;
}

static int plan_all(struct sync *sync, struct error *e)
{
    const struct survey *survey = &sync->running.survey;
    int result = 0;

    for (size_t i = 0; i < survey->count * CARDS && result == 0; i++) {
        const struct survey_vif *vif = &survey->vifs[i / CARDS];
        const enum card card = i % CARDS;
        const struct link *link = &vif->links[card];

        if (vif->frozen && link->index && !link->master && running_is_selected(&sync->running, vif))
            result = guard_frozen(sync, vif, card, e);
        else if (survey_may_change(vif, link) && !is_unfinished(vif, link))
            result = plan_card(sync, vif, card, e);
    }
    for (size_t i = 0; i < sync->task_count && result == 0 && !sync->guard_only && !sync->is_later;
         i++)
        report_conflicts(sync, &sync->tasks[i]);
    return result;
}

/* ---- the changes ---- */

/* Prints, and flushes, a change of WHAT on LINK. Without a VIF, NOBODY is in its domU's place. */
static void print_change(const struct sync *sync, char mark, const char *link, const char *what,
                         const struct survey_vif *vif, const char *nobody)
{
    const char marks[] = {mark, '\0'};

    if (!sync->json) {
        AUTO_FREE char *domu = vif && !vif->vif.name ? format_string("domU %u", vif->vif.domid)
                                                     : strdup(vif ? vif->vif.name : nobody);

        if (domu)
            make_printable(domu);
        printf("%c %s %s (%s)\n", mark, link, what, domu ? domu : "?");
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
static int make_changes(struct sync *sync, const struct plan *plan, const struct survey_vif *vif,
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
 * Selects the links whose guard sync sets: the vifs that are meant, and those that are gone. An
 * existing link that is not a known vif's may belong to a domU that is starting.
 */
static enum guard_scope guard_scope_of(const char *link, const void *data)
{
    const struct sync *sync = data;
    const struct survey *survey = &sync->running.survey;
    const struct survey_vif *vif = survey_find(survey, link);

    if (vif && vif->frozen) /* keeps a guard that is in force */
        return guard_has_entries(&sync->wanted, link) && !guard_is_in_force(&sync->actual, link)
                   ? GUARD_PRESENT
                   : GUARD_OTHER;
    if (vif)
        return GUARD_PRESENT;
    return sync->running.word_count == 0 && !survey_has_link(survey, link) ? GUARD_GONE
                                                                           : GUARD_OTHER;
}

static void print_link_changes(const struct sync *sync, const struct link_change *changes,
                               size_t count, const char *what)
{
    for (size_t i = 0; i < count; i++)
        print_change(sync, changes[i].mark, changes[i].link, what,
                     survey_find(&sync->running.survey, changes[i].link), "gone");
}

/* In one transaction, before the addresses, so that no forged packet leaves. */
static int sync_guard(struct sync *sync, struct error *e)
{
    struct guard_plan plan = {.rules = NULL};
    int result = guard_read(&sync->actual, e);

    sync->guard_unknown = result < 0;
    if (result == 0)
        result = guard_plan(&sync->wanted, &sync->actual, guard_scope_of, sync, &plan, e);
    if (result < 0)
        return result;
    if (plan.rules && !sync->dry_run)
        result = nft_load(plan.rules, e);
    if (result == 0)
        print_link_changes(sync, plan.changes, plan.change_count, "antispoof");
    guard_plan_free(&plan);
    return result < 0 ? fail_within(e, result, "antispoof") : 0;
}

/* Whether link_raise() is needed, as online does it. */
static bool needs_raise(const struct task *task)
{
    for (size_t i = 0; i < task->plan.change_count; i++)
        if (task->plan.changes[i].kind != CHANGE_REMOVE)
            return true;
    return !task->link->up && task->vif->desired.gateway_count + task->vif->desired.route_count > 0;
}

/* Vifs in a row mostly have the same uplink. */
static int answer_on_uplinks(struct sync *sync, const struct survey_vif *vif, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < vif->uplink_count && result == 0 && !sync->dry_run; i++) {
        if (sync->answering == vif->uplinks[i].index)
            continue;
        result = link_answer(&vif->uplinks[i], e);
        sync->answering = result == 0 ? vif->uplinks[i].index : 0;
    }
    return result;
}

static int change_card(struct sync *sync, const struct task *task, struct error *e)
{
    struct rtnl *rtnl = &sync->running.rtnl;
    struct link now;
    int result = 0;

    if (task->plan.needs_carrier && !sync->dry_run)
        result = link_need_carrier(task->link, e);
    if (result == 0)
        result = answer_on_uplinks(sync, task->vif, e);
    if (result == 0 && needs_raise(task) && !sync->dry_run)
        result = link_raise(rtnl, task->link, &task->vif->desired, task->vif->has_our_script, e);
    if (result == 0)
        result = make_changes(sync, &task->plan, task->vif, "", e);
    /* a link that vanished with its domU is no failure */
    return result < 0 && rtnl_link_by_index(rtnl, task->link->index, &now, NULL) == -ENODEV
               ? 0
               : result;
}

/* Shows the progress on a terminal after one second. DONE equal to ALL removes it. */
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

/* Starts with the vif NEXT. When the time is over, stops before a vif, which is NEXT then. */
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
    size_t kept = 0;
    struct error e;
    int result = plan_orphans(&survey->neighbours, &survey->snapshot, &plan);

    for (size_t i = 0; i < plan.change_count; i++)
        if (!survey_wants_proxy(survey, &plan.changes[i].entry))
            plan.changes[kept++] = plan.changes[i];
    plan.change_count = kept;
    result = result < 0 ? fail_memory(&e) : make_changes(sync, &plan, NULL, "gone", &e);
    if (result < 0)
        report(sync, &e);
}

/*
 * Says what opens a vif again once its guard can be set. Only the hook restores the IPv4 routes of
 * ip=, which the kernel deletes when the link goes down.
 */
static int fail_closed(const struct sync *sync, const struct survey_vif *vif,
                       const struct link *link, struct error *e)
{
    const char *hook = link == &vif->links[CARD_TAP] ? "add" : "online";
    char word[SHELL_WORD];

    return fail(e, EPERM,
                "%s: %s, because its antispoof guard is not in force: correct the error above, "
                "then run: %s %s %s%s",
                link->name, sync->dry_run ? "would be set down" : "set down", shell_own_command(),
                vif->has_our_script ? hook : "sync && ip link set", shell_word(link->name, word),
                vif->has_our_script ? "" : " up");
}

static void close_card(struct sync *sync, const struct survey_vif *vif, const struct link *link)
{
    struct error e;
    int result = sync->dry_run ? 0 : rtnl_link_down(&sync->running.rtnl, link->index, &e);

    if (result == -ENODEV)
        return;
    if (result < 0)
        (void)fail_within(&e, result, "%s: is up without its antispoof guard", link->name);
    else
        (void)fail_closed(sync, vif, link, &e);
    report(sync, &e);
}

/*
 * Sets down the links that need a guard and have none. GUARDED: this run could load its rules. If
 * it is not known which guards are in force, those that are stay so, and the links stay up.
 */
static void close_unguarded(struct sync *sync, bool guarded)
{
    const struct survey *survey = &sync->running.survey;

    for (size_t i = 0; i < survey->count * CARDS && !sync->guard_unknown; i++) {
        const struct survey_vif *vif = &survey->vifs[i / CARDS];
        const struct link *link = &vif->links[i % CARDS];

        if (vif->desired.antispoof && running_is_selected(&sync->running, vif) && link->index &&
            link->up && !link->master && !guard_is_in_force(&sync->actual, link->name) &&
            !(guarded && guard_has_entries(&sync->wanted, link->name)))
            close_card(sync, vif, link);
    }
}

/* ---- router advertisements ---- */

/* Sets the advertisements in the table, and lists the changes: they are printed once written. */
static int advertise_tasks(struct sync *sync, struct advertising *advertising,
                           struct link_change **changes, size_t *count, struct error *e)
{
    struct link_change change;
    const char *gone;

    for (size_t i = 0; i < sync->task_count; i++) {
        const struct task *task = &sync->tasks[i];
        int result = task->unguarded
                         ? 0
                         : advertise_link(advertising, task->vif, task->link, &task->plan, e);

        if (result < 0 && result != -EINVAL)
            return result;
        if (result < 0 && !sync->is_later)
            report(sync, e);
        if (result <= 0)
            continue;
        change = (struct link_change){.mark = (char)result};
        memcpy(change.link, task->link->name, sizeof(change.link));
        if (array_append(changes, count, &change, sizeof(change)) < 0)
            return fail_memory(e);
    }
    while (sync->running.word_count == 0 && (gone = advertise_find_gone(advertising)) != NULL) {
        change = (struct link_change){.mark = '-'};
        memcpy(change.link, gone, sizeof(change.link));
        ra_table_drop(&advertising->table, gone);
        if (array_append(changes, count, &change, sizeof(change)) < 0)
            return fail_memory(e);
    }
    return 0;
}

static void advertise(struct sync *sync)
{
    struct advertising advertising = {.running = &sync->running};
    AUTO_FREE struct link_change *changes = NULL;
    size_t count = 0;
    struct error e;
    int result = ra_table_read(&advertising.table, &e);

    if (result == 0)
        result = advertise_tasks(sync, &advertising, &changes, &count, &e);
    if (result == 0 && !sync->dry_run)
        result = ra_table_write(&advertising.table, &e);
    if (result == 0)
        print_link_changes(sync, changes, count, "ra");
    else if (!sync->ra_failed)
        report(sync, &e);
    sync->ra_failed |= result < 0;
    ra_table_free(&advertising.table);
}

/* ---- the aggregate ---- */

/* Only if no vif is named: the aggregate belongs to no domU. */
static int sync_aggregate(struct sync *sync, struct error *e)
{
    const struct running *running = &sync->running;
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};

    if (running->word_count > 0)
        return 0;
    if (announce_plan_aggregate(&running->config, &running->survey.snapshot, &plan) < 0)
        return fail_memory(e);
    return make_changes(sync, &plan, NULL, "aggregate", e);
}

static int look_and_change(struct sync *sync, struct error *e)
{
    struct running *running = &sync->running;
    int result = survey_look(&running->survey, &running->rtnl, &running->config, e);
    bool guarded;

    if (result == 0)
        result = plan_all(sync, e);
    if (result < 0)
        return result;
    guarded = sync_guard(sync, e) == 0;
    if (!guarded && !sync->guard_failed)
        report(sync, e);
    sync->guard_failed |= !guarded;
    close_unguarded(sync, guarded);
    if (sync->guard_only)
        return 0;
    if (sync->running.word_count == 0 && !sync->is_later)
        remove_orphaned_proxies(sync);
    carry_out_all(sync, guarded);
    advertise(sync);
    return sync->is_later ? 0 : sync_aggregate(sync, e);
}

/*
 * Under the lock, nothing asks the XenStore, which may answer slowly. Between rounds, waiting hooks
 * take it: sync holds it for at most half of the time.
 */
static int change_in_rounds(struct sync *sync, struct error *e)
{
    int result;

    do {
        int lock = sync->dry_run ? -1 : lock_take();
        const long began = now_ms();

        result = look_and_change(sync, e);
        close_fd(&lock);
        if (result == 0 && sync->next) {
            const long took = now_ms() - began;

            nanosleep(&(struct timespec){.tv_sec = took / 1000, .tv_nsec = took % 1000 * 1000000},
                      NULL);
        }
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
    freeze_unselected(sync);
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

    while ((option = next_option(&command_sync, long_options, argc, argv)) > 0)
        if (option == 'n')
            sync->dry_run = true;
        else
            sync->json = json;
    return option < 0 ? EXIT_USAGE : running_words(&sync->running, &command_sync, argc, argv);
}

/* *AGAIN says whether the file, or the holder of an address, changed meanwhile. */
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
    forget_plan(&sync);
    running_free(&sync.running);
    return sync.failed ? EXIT_FAILED : EXIT_DONE;
}

/* Runs again if the file changed meanwhile: systemd's path unit does not notice that. */
static enum exit_status run_sync(const struct options *options, int argc, char **argv)
{
    struct sync call = {.running.needs_file = true};
    struct json json;
    enum exit_status status = read_sync_options(argc, argv, &call, &json);
    bool again = status == EXIT_DONE;

    if (!again)
        return status;
    setlinebuf(stdout); /* report each change, even if killed later */
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

static enum exit_status run_sync_guard(const struct options *options, int argc, char **argv)
{
    const struct sync call = {.guard_only = true, .is_last = true, .running.needs_file = true};
    enum exit_status status;
    bool again;

    (void)argc;
    (void)argv;
    deadline_start(PATIENCE, "watch");
    status = sync_once(&call, options, &again);
    deadline_stop();
    return status;
}

const struct command command_sync_guard = {.name = "watch", .run = run_sync_guard};

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
