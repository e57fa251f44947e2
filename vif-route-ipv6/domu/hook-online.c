/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/replace.h"
#include "base/rights.h"
#include "base/shell.h"
#include "check/host.h"
#include "domu/announce.h"
#include "domu/apply.h"
#include "domu/gather.h"
#include "domu/guard.h"
#include "domu/link.h"
#include "sys/ndisc.h"
#include "sys/sysctl.h"

/* ---- the link ---- */

/* Gives the vif its vifname, as Xen's vif-common.sh does. */
static int rename_link(struct hook *hook, struct error *e)
{
    const struct vif *vif = &hook->vif;
    int result;

    if (!hook->is_script || !vif->renamed || strcmp(vif->renamed, hook->link.name) == 0)
        return 0;
    result = vif_judge_name(vif, e);
    if (result < 0)
        return result;
    result = rtnl_link_rename(&hook->rtnl, hook->link.index, vif->renamed, e);
    if (result < 0)
        return fail_within(e, result, "%s: renaming it %s", hook->link.name, vif->renamed);
    return rtnl_link_by_name(&hook->rtnl, vif->renamed, &hook->link, e);
}

/* ---- the plan ---- */

int hook_apply(struct hook *hook, const struct plan *plan, struct error *e)
{
    const char *name = hook->vif.name; /* offline reads none */
    int result = 0;

    for (size_t i = 0; i < plan->change_count && result == 0; i++) {
        char text[CHANGE_TEXT];

        result = apply_change(&hook->rtnl, &plan->changes[i], e);
        if (result == 0)
            log_info("%s%s%s%s", change_print(&plan->changes[i], text), name ? " (" : "",
                     name ? name : "", name ? ")" : "");
    }
    return result;
}

/* Two vifs of a domU may have one address, as in the wiki's recipe, but few intend that. */
static void warn_of_siblings(const struct hook *hook, const struct actual *actual)
{
    for (size_t i = 0; i < actual->held_count; i++) {
        const struct held *held = &actual->held[i];
        char text[PREFIX_TEXT];

        if (held->entry.kind == ENTRY_ADDRESS && held->holder.relation == HELD_BY_SIBLING)
            log_warning("%s: %s is also on %s of the same domU, and only one of them gets the "
                        "packets: give this vif another subnet with ipv6_gateway_addr.%u",
                        hook->link.name, prefix_print(&held->entry.address.prefix, text),
                        held->holder.link, hook->vif.devid);
    }
}

/* The caller sets the link up afterwards, so that no forged packet leaves it. */
static int guard_link(struct hook *hook, struct error *e)
{
    const struct desired *desired = &hook->desired;
    CLEANUP(guard_free) struct guard wanted = {.entries = NULL};
    int result = 0;

    if (desired->antispoof)
        result =
            guard_add(&wanted, hook->link.name, desired, hook->has_our_script ? desired : NULL, e);
    return result == 0 ? guard_set(hook->link.name, &wanted, e) : result;
}

static int apply_to_link(struct hook *hook, const struct plan *plan, struct error *e)
{
    char domu[DOMU_TEXT];
    int result;

    if (plan->conflict_count > 0)
        return conflict_fail(&plan->conflicts[0], vif_domu(&hook->vif, domu), hook->link.name, e);
    result = guard_link(hook, e);
    if (result == 0 && plan->needs_carrier)
        result = link_need_carrier(&hook->link, e);
    if (result == 0)
        result = link_raise(&hook->rtnl, &hook->link, &hook->desired, hook->has_our_script, e);
    for (size_t i = 0; i < hook->uplink_count && result == 0; i++)
        result = link_answer(&hook->uplinks[i], e);
    return result < 0 ? result : hook_apply(hook, plan, e);
}

/*
 * Requests a sync for when the migration is over: until then the routes have half their metric.
 * vif-route-ipv6-incoming.path waits for the file.
 */
static void note_arrival(const struct hook *hook)
{
    struct error e = {""};
    AUTO_CLOSE int fd = -1;

    if (!hook->vif.is_incoming || !hook->desired.announce.wanted)
        return;
    if (make_directory(RUN_DIRECTORY, &e) == 0) {
        fd = open(RUN_DIRECTORY "/incoming", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
        if (fd < 0)
            (void)fail(&e, errno, "%s/incoming: %s", RUN_DIRECTORY, strerror(errno));
    }
    if (fd < 0)
        log_warning("%s: once %s has arrived, run %s sync", e.text, hook->vif.name,
                    shell_own_command());
}

/* Plans without a look at the kernel: apply_change() ignores an existing route. */
static int add_aggregate(struct hook *hook, struct error *e)
{
    const struct entries unknown = {.items = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};

    return announce_plan_aggregate(&hook->config, &unknown, &plan) < 0 ? fail_memory(e)
                                                                       : hook_apply(hook, &plan, e);
}

static int change_link(struct hook *hook, struct error *e)
{
    CLEANUP(actual_free) struct actual actual = {.held = NULL};
    CLEANUP(plan_free) struct plan plan = {.changes = NULL};
    const struct gather gather = {.rtnl = &hook->rtnl,
                                  .link = &hook->link,
                                  .config = &hook->config,
                                  .store = &hook->store,
                                  .vif = &hook->vif,
                                  .desired = &hook->desired};
    struct target target;
    int result = vif_read_ids(&hook->store, &hook->vif, e);

    if (result == 0)
        result = gather_vif(&gather, &actual, e);
    if (result < 0)
        return result;
    target = target_vif(&hook->link, &hook->vif, hook->vif.tap);
    target.uplinks = hook->uplinks;
    target.uplink_count = hook->uplink_count;
    warn_of_siblings(hook, &actual);
    result = plan_link(&target, &hook->desired, &actual, &plan, e);
    if (result == 0)
        result = apply_to_link(hook, &plan, e);
    if (result == 0)
        result = ra_advertise(&hook->rtnl, &hook->link, &hook->ra, e);
    if (result == 0)
        result = add_aggregate(hook, e);
    if (result == 0)
        note_arrival(hook);
    return result;
}

static int with_lock(struct hook *hook, int (*change)(struct hook *hook, struct error *e),
                     struct error *e)
{
    int lock = lock_take();
    int result = change(hook, e);

    close_fd(&lock);
    return result;
}

/* ---- the addresses out of an on-link network ---- */

/* Reads what neighbour and proxy entries need. A domU also starts without its uplink. */
static int prepare_addresses(struct hook *hook, struct error *e)
{
    const struct desired *desired = &hook->desired;
    int result = desired->has_neighbours ? vif_read_mac(&hook->store, &hook->vif, e) : 0;

    if (result == 0 && desired->has_neighbours && !hook->vif.mac)
        log_warning("%s: XenStore has no MAC address for it, so its neighbour entries stay dynamic",
                    hook->link.name);
    for (size_t i = 0; i < desired->uplink_count && result == 0; i++) {
        const char *name = desired->uplinks[i];
        struct link found;

        result = rtnl_link_by_name(&hook->rtnl, name, &found, e);
        if (result == -ENODEV) {
            log_warning("%s: the uplink %s does not exist: dom0 cannot answer there for the domU",
                        hook->link.name, name);
            result = 0;
        } else if (result < 0) {
            return fail_within(e, result, "uplink %s", name);
        } else if (array_append(&hook->uplinks, &hook->uplink_count, &found, sizeof(found)) < 0) {
            return fail_memory(e);
        }
    }
    return result;
}

/* A router may remember the MAC address of the host where the domU was before. */
static void announce_addresses(const struct hook *hook)
{
    for (size_t i = 0; i < hook->uplink_count && hook->ndisc >= 0; i++) {
        const struct link *uplink = &hook->uplinks[i];
        struct error e;
        int result = 0;

        for (size_t j = 0; j < hook->desired.address_count && result == 0; j++)
            result = ndisc_announce(hook->ndisc, uplink->name, uplink->index,
                                    &hook->desired.routes[j].destination.address, &e);
        if (result < 0)
            log_info("%s: its addresses are not announced on the uplink: %s", hook->link.name,
                     e.text);
    }
}

static int read_vif(struct hook *hook, struct error *e)
{
    int result = store_open(&hook->store, e);

    hook->has_our_script = hook->is_script;
    if (result == 0) {
        vif_ask_ahead(&hook->store, &hook->vif);
        result = vif_read(&hook->store, &hook->vif, e);
    }
    return result == 0 ? hook_find_script(hook, e) : result;
}

static int serve_vif(struct hook *hook, struct error *e)
{
    bool found = false;
    int result = rtnl_open(&hook->rtnl, e);

    if (result == 0)
        result = gather_vif_link(&hook->rtnl, &hook->vif, &hook->link, e);
    if (result == 0)
        result = rename_link(hook, e);
    if (result == 0 && hook->link.master)
        log_info("%s: a port of a bridge, and not routed: ignored", hook->link.name);
    else if (result == 0)
        result = hook_read_wishes(hook, &found, e);
    if (result < 0)
        return result;
    if (!found) { /* antispoof in [defaults] also covers a vif without a section */
        result = hook->desired.antispoof ? with_lock(hook, guard_link, e) : 0;
        return result == 0 ? ra_forget(hook->link.name, e) : result;
    }
    if (desired_has_ipv6(&hook->desired))
        warn_of_forwarding(&hook->rtnl, HOST_ROUTES_NO_DOMUS);
    result = prepare_addresses(hook, e);
    if (result == 0)
        result = with_lock(hook, change_link, e);
    if (result == 0)
        announce_addresses(hook);
    return result;
}

/* ---- a failure ---- */

/*
 * Sets the link down if it needs a guard that is not in force: vif-route has already set it up. If
 * the file could not be read, nobody knows whether it needs one: then the link of a domU that was
 * to start goes down, and that of a running domU stays as it is.
 */
static void close_link(struct hook *hook)
{
    const bool may_be_open = hook->is_judged ? !hook->desired.antispoof : hook->is_running;
    CLEANUP(guard_free) struct guard guard = {.entries = NULL};
    char name[IF_NAMESIZE];
    struct link link = {.index = 0};
    struct error e;
    int result = 0;

    if (may_be_open)
        return;
    if (!hook->rtnl.netlink.socket)
        result = rtnl_open(&hook->rtnl, &e);
    if (result == 0)
        result = hook_link_name(hook, name, &e);
    if (result == 0)
        result = hook->link.index ? rtnl_link_by_index(&hook->rtnl, hook->link.index, &link, &e)
                                  : rtnl_link_by_name(&hook->rtnl, name, &link, &e);
    if (result < 0 && result != -ENODEV)
        log_error("%s: may be up without its antispoof guard: %s", hook->vif.link, e.text);
    if (result < 0)
        return;
    if (!link.up || link.master)
        return;
    if (guard_read(&guard, NULL) == 0 && guard_is_in_force(&guard, link.name))
        return;
    if (rtnl_link_down(&hook->rtnl, link.index, &e) < 0)
        log_error("%s: is up without its antispoof guard, and cannot be set down: %s", link.name,
                  e.text);
    else if (hook->is_judged)
        log_error("%s: set down, because its antispoof guard is not in force", link.name);
    else
        log_error("%s: set down, because it is not known whether antispoof covers it", link.name);
}

/* Without ipv6.cfg there is only ip=, which counts if this program is the vif's script. */
int hook_bring_online(struct hook *hook, struct error *e)
{
    int result = config_load(hook->options->config, hook->options->directory, &hook->text, e);
    bool has_config = result != -ENOENT;

    if (has_config)
        hook->ndisc = ndisc_open(); /* needs CAP_NET_RAW, which rights_keep() gives up */
    rights_keep(RIGHTS_NETWORK | (hook->text.file_count > 0 ? RIGHTS_READ : 0));
    deadline_waiting_for("XenStore");
    if (result == 0 || (!has_config && hook_may_have_our_script(hook)))
        result = read_vif(hook, e);
    if (!has_config && !hook->has_our_script) {
        report_no_config(hook->options);
        result = 0;
    } else if (result == 0) {
        result = serve_vif(hook, e);
    }
    if (result < 0)
        close_link(hook);
    return result;
}

/* Writes a node of the backend. */
static int write_answer(struct hook *hook, const char *node, const char *value, struct error *e)
{
    AUTO_FREE char *path = format_string("%s/%s", hook->vif.backend, node);
    int result = path ? store_write(&hook->store, path, value) : -ENOMEM;

    return result < 0 ? fail(e, result, "%s: XenStore: %s/%s: %s", hook->vif.link,
                             hook->vif.backend, node, strerror(-result))
                      : 0;
}

/* A write to a backend that is gone would create its nodes. */
static bool backend_exists(struct hook *hook)
{
    AUTO_FREE char *value = NULL;
    struct error none;

    if (!hook->vif.backend || (!hook->store.connection && store_open(&hook->store, &none) < 0))
        return false;
    value = store_read(&hook->store, "%s", hook->vif.backend);
    return value != NULL;
}

/* Writes the reason where xl looks for it. The failure is reported already: here only warnings. */
static void answer_failure(struct hook *hook, const struct error *e)
{
    struct error why;
    int result;

    if (!backend_exists(hook))
        return;
    result = write_answer(hook, "hotplug-error", e->text, &why);
    if (result == 0 && hook->is_script)
        result = write_answer(hook, "hotplug-status", "error", &why);
    if (result < 0)
        log_warning("%s", why.text);
}

enum exit_status hook_online(struct hook *hook)
{
    struct error e;
    int result = hook_bring_online(hook, &e);

    if (result == 0 && hook->is_script && !hook->vif.tap)
        result = write_answer(hook, "hotplug-status", "connected", &e);
    if (result == 0)
        return EXIT_DONE;
    log_failure(&e);
    answer_failure(hook, &e);
    return EXIT_FAILED;
}
