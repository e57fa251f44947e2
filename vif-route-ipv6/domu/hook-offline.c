/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook.h"

#include <errno.h>
#include <string.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/rights.h"
#include "domu/gather.h"
#include "domu/guard.h"

/* Reads the file for a kernel without marks. A file that cannot be read claims no address. */
static void read_claims(struct hook *hook)
{
    struct error e;
    int result = config_load(hook->options->config, hook->options->directory, &hook->text, &e);

    if (result == 0)
        result = config_parse(&hook->text, NULL, &hook->config, &e);
    if (result < 0 && result != -ENOENT)
        log_warning("%s: cannot tell which addresses are the suite's: %s", hook->link.name, e.text);
}

/* On a kernel without marks, a link is only a vif if its name or XenStore says so. */
static int gather_ours(struct hook *hook, struct actual *actual, struct error *e)
{
    struct gather gather = {.rtnl = &hook->rtnl, .link = &hook->link};
    int result = gather_link(&gather, actual, e);
    const char *renamed = hook->vif.renamed;
    bool is_vif = is_vif_name(hook->link.name) ||
                  (renamed && strcmp(renamed, hook->link.name) == 0 &&
                   choose_link(&hook->vif, NULL, &hook->link) == LINK_RENAMED);

    if (result < 0 || actual->has_marks || !is_vif)
        return result;
    actual_free(actual);
    if (!hook->config.path)
        read_claims(hook);
    gather.config = &hook->config;
    return gather_link(&gather, actual, e);
}

/* dom0 stops answering for addresses that no vif has any more. */
static int remove_orphans(struct hook *hook, struct error *e)
{
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    int result = gather_orphans(&hook->rtnl, &plan, e);

    return result == 0 ? hook_apply(hook, &plan, e) : result;
}

/*
 * Removes all of the suite's entries from hook->link. Its proxy entries on uplinks may also be
 * those of the domU's tap, or of another vif with the same address: remove_orphans() decides.
 */
static int remove_all_entries(struct hook *hook, struct error *e)
{
    const struct target target = target_vif(&hook->link, &hook->vif, hook->vif.tap);
    CLEANUP(actual_free) struct actual actual = {.held = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    size_t kept = 0;
    int result = gather_ours(hook, &actual, e);

    if (result < 0)
        return fail_within(e, result, "%s", hook->link.name);
    result = plan_link(&target, NULL, &actual, &plan, e);
    for (size_t i = 0; i < plan.change_count; i++)
        if (plan.changes[i].entry.kind != ENTRY_PROXY)
            plan.changes[kept++] = plan.changes[i];
    plan.change_count = kept;
    return result == 0 ? hook_apply(hook, &plan, e) : result;
}

/*
 * Removes all of the suite's from the link NAME. A link that does not exist may still have a guard.
 * A guarded link is set down first, so that nothing passes it without the guard.
 */
static int clear_link(struct hook *hook, const char *name, struct error *e)
{
    CLEANUP(guard_free) struct guard guard = {.entries = NULL};
    struct guard nothing = {.entries = NULL};
    int result = guard_read(&guard, e);
    const bool guarded = result == 0 && guard_has_entries(&guard, name);
    int found;
    int lock;

    if (result < 0)
        return result;
    found = rtnl_link_by_name(&hook->rtnl, name, &hook->link, e);
    if (found < 0 && found != -ENODEV)
        return fail_within(e, found, "%s", name);
    if (found == 0 && guarded && hook->link.up) {
        result = rtnl_link_down(&hook->rtnl, hook->link.index, e);
        if (result < 0 && result != -ENODEV)
            return fail_within(e, result, "%s: setting it down, to remove its guard", name);
    }
    result = found == 0 ? remove_all_entries(hook, e) : 0;
    if (result == 0)
        result = remove_orphans(hook, e);
    if (result == 0)
        result = ra_forget(name, e);
    if (result < 0 || !guarded)
        return result;
    lock = lock_take();
    result = guard_set(name, &nothing, e);
    close_fd(&lock);
    return result;
}

/* Whether OTHER is a running vif of the same domU. */
static bool is_twin(const struct hook *hook, struct hook *other)
{
    struct error e;

    return vif_read(&other->store, &other->vif, &e) == 0 &&
           vif_read_ids(&other->store, &other->vif, &e) == 0 &&
           vif_same_domu(&hook->vif, &other->vif) && vif_is_live(&other->store, &other->vif);
}

/*
 * The target of a migration took the addresses when it came online. If it goes away before it took
 * over, the domU stays at the source, which needs its gateway again.
 */
static void give_back(const struct hook *hook)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = store_list(&hook->store, &count, "backend/vif");

    for (unsigned int i = 0; domids && i < count; i++) {
        AUTO_FREE char *backend = format_string("backend/vif/%s/%u", domids[i], hook->vif.devid);
        const struct vif_call call = {.xenbus_path = backend, .tap = hook->vif.tap};
        struct hook other = {
            .options = hook->options, .netdev = hook->netdev, .is_running = true, .ndisc = -1};
        struct error e;

        if (backend && vif_from_call(&call, &other.vif, &e) == 0 &&
            store_open(&other.store, &e) == 0 && is_twin(hook, &other) &&
            other.vif.owner != hook->vif.owner) {
            store_close(&other.store);
            vif_free(&other.vif);
            if (vif_from_call(&call, &other.vif, &e) < 0 || hook_bring_online(&other, &e) < 0)
                log_failure(&e);
        }
        hook_free(&other);
    }
}

/* A vif's nodes may be gone; a link with another name may be a mistake in the call. */
static void report_no_answer(const struct hook *hook, const struct error *why)
{
    if (hook->link.index == 0 || is_vif_name(hook->vif.link))
        log_info("%s: %s", hook->vif.link, why->text);
    else
        log_warning("%s", why->text);
}

/* Clears the link that the backend's vifname names, if it is the vif's. */
static int clear_renamed(struct hook *hook, struct error *e)
{
    const char *renamed = hook->vif.renamed;
    bool other;
    int result = gather_judge_name(&hook->rtnl, &hook->vif, renamed, &other, e);

    if (other)
        log_info("%s: this vifname is the name of another link, which stays as it is", renamed);
    if (result < 0 || other)
        return result;
    return clear_link(hook, renamed, e);
}

/* Clears the vif's link by the name of the call, which needs no XenStore. */
static int clear_called(struct hook *hook, struct error *e)
{
    char name[IF_NAMESIZE];
    int result = hook_link_name(hook, name, e);

    return result == 0 ? clear_link(hook, name, e) : result;
}

/*
 * The kernel first: that needs no XenStore. Only the XenStore knows the name of a renamed vif, and
 * whether the source of a migration needs its gateway back, also if its target cannot be cleared.
 */
static int take_offline(struct hook *hook, struct error *e)
{
    struct error no_answer; /* no failure, and neither are missing nodes */
    int answer;
    int result;

    rights_keep(RIGHTS_NETWORK);
    result = rtnl_open(&hook->rtnl, e);
    if (result < 0)
        return result;
    result = clear_called(hook, e);
    if (result == 0)
        deadline_relax(DEADLINE_EXTRA);
    deadline_waiting_for("XenStore, which may know the vif by another name");
    answer = store_open(&hook->store, &no_answer);
    if (answer == 0) {
        vif_ask_ahead(&hook->store, &hook->vif);
        answer = vif_read(&hook->store, &hook->vif, &no_answer);
    }
    if (answer == 0)
        answer = vif_read_ids(&hook->store, &hook->vif, &no_answer);
    if (answer < 0)
        report_no_answer(hook, &no_answer);
    if (result == 0 && hook->vif.renamed)
        result = clear_renamed(hook, e);
    if (hook->vif.migrates)
        give_back(hook);
    return result;
}

enum exit_status hook_offline(struct hook *hook)
{
    struct error e;

    return report_result(take_offline(hook, &e), &e);
}
