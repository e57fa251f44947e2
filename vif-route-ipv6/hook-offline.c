/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook.h"

#include <errno.h>
#include <string.h>

#include "deadline.h"
#include "gather.h"
#include "guard.h"
#include "lock.h"
#include "log.h"
#include "rights.h"

/* Reads the file for a kernel that keeps no marks. One that cannot be read claims nothing. */
static void read_claims(struct hook *hook)
{
    struct error e;
    int result = config_load(hook->options->config, &hook->text, &e);

    if (result == 0)
        result = config_parse(&hook->text, NULL, &hook->config, &e);
    if (result < 0 && result != -ENOENT)
        log_warning("%s: which addresses are the suite's is not known: %s", hook->link.name,
                    e.text);
}

/* Without marks, a link is only a vif's if it is named as one, or XenStore knows it as one. */
static int gather_ours(struct hook *hook, struct actual *actual, struct error *e)
{
    int result = gather_link(&hook->rtnl, &hook->link, NULL, actual, e);
    const char *renamed = hook->vif.renamed;
    bool is_vif = is_vif_name(hook->link.name) ||
                  (renamed && strcmp(renamed, hook->link.name) == 0 &&
                   choose_link(&hook->vif, NULL, &hook->link) == LINK_RENAMED);

    if (result < 0 || actual->has_marks || !is_vif)
        return result;
    actual_free(actual);
    if (!hook->config.path)
        read_claims(hook);
    return gather_link(&hook->rtnl, &hook->link, &hook->config, actual, e);
}

/* A link that is gone may still have its guard. Under the lock, as others may change theirs. */
static int drop_guard(const char *name, struct error *e)
{
    struct guard nothing = {.entries = NULL};
    struct guard actual;
    int result = guard_read(&actual, e);

    if (result == 0 && guard_has(&actual, name)) {
        int lock = lock_take();

        result = guard_set(name, &nothing, e);
        close_fd(&lock);
    }
    guard_free(&actual);
    return result;
}

/* Takes all that is the suite's off the link NAME; one that does not exist has nothing. */
static int clear_link(struct hook *hook, const char *name, struct error *e)
{
    const struct target target = target_vif(&hook->link, hook->vif.tap);
    struct actual actual;
    struct plan plan;
    int result = rtnl_link_by_name(&hook->rtnl, name, &hook->link, e);

    if (result == -ENODEV)
        return drop_guard(name, e);
    if (result == 0)
        result = gather_ours(hook, &actual, e);
    if (result < 0)
        return fail_within(e, result, "%s", name);
    result = plan_link(&target, NULL, &actual, &plan, e);
    if (result == 0) {
        result = hook_apply(hook, &plan, e);
        plan_free(&plan);
    }
    actual_free(&actual);
    return result == 0 ? drop_guard(name, e) : result;
}

/* Whether OTHER is the same vif of the same domU under another domid, and in use. */
static bool is_twin(const struct hook *hook, struct hook *other)
{
    struct error e;

    return vif_read(&other->store, &other->vif, &e) == 0 &&
           vif_read_ids(&other->store, &other->vif, &e) == 0 &&
           vif_same_domu(&hook->vif, &other->vif) && vif_is_live(&other->store, &other->vif);
}

static void give_back_to(const struct hook *hook, const char *domid)
{
    AUTO_FREE char *backend = format_string("backend/vif/%s/%u", domid, hook->vif.devid);
    const struct vif_call call = {.xenbus_path = backend, .tap = hook->vif.tap};
    struct hook other = {.options = hook->options, .netdev = hook->netdev};
    struct error e;

    if (backend && vif_from_call(&call, &other.vif, &e) == 0 && store_open(&other.store, &e) == 0 &&
        is_twin(hook, &other) && other.vif.owner != hook->vif.owner) {
        store_close(&other.store);
        vif_free(&other.vif);
        if (vif_from_call(&call, &other.vif, &e) < 0 || hook_bring_online(&other, &e) < 0)
            log_failure(&e);
    }
    hook_free(&other);
}

/*
 * The target of a migration took the addresses along when it came online. When it goes before it
 * took over, the domU stays at the source, and so must its gateway.
 */
static void give_back(const struct hook *hook)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = store_list(&hook->store, &count, "backend/vif");

    for (unsigned int i = 0; domids && i < count; i++)
        give_back_to(hook, domids[i]);
}

/* The kernel first, for it needs no XenStore; then what only the XenStore knows: a vif's new name.
 */
static int take_offline(struct hook *hook, struct error *e)
{
    struct error no_answer; /* is no failure, nor are nodes that are gone */
    int result;

    rights_keep(RIGHTS_NETWORK);
    result = rtnl_open(&hook->rtnl, e);
    if (result == 0)
        result = clear_link(hook, hook->vif.link, e);
    if (result < 0)
        return result;
    deadline_relax(DEADLINE_EXTRA);
    deadline_waiting_for("XenStore, which may know the vif by another name");
    if (store_open(&hook->store, &no_answer) < 0 ||
        vif_read(&hook->store, &hook->vif, &no_answer) < 0 ||
        vif_read_ids(&hook->store, &hook->vif, &no_answer) < 0)
        log_info("%s: %s", hook->vif.link, no_answer.text);
    if (hook->vif.renamed)
        result = clear_link(hook, hook->vif.renamed, e);
    if (result == 0 && hook->vif.migrates)
        give_back(hook);
    return result;
}

enum exit_status hook_offline(struct hook *hook)
{
    struct error e;

    if (take_offline(hook, &e) == 0)
        return EXIT_DONE;
    log_failure(&e);
    return EXIT_FAILED;
}
