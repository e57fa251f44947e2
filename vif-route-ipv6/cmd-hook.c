/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * online, offline, add, remove: the vif hotplug hook. libxl, vif-route or an administrator calls it
 * with the environment of xl's hotplug scripts, or with the name of a vif.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "command.h"
#include "config.h"
#include "deadline.h"
#include "gather.h"
#include "lock.h"
#include "log.h"
#include "sysctl.h"

/* Together less than the 10 s in which the hook answers whatever hangs. */
#define DEADLINE       8
#define DEADLINE_EXTRA 2 /* for what an offline does after the kernel is cleared */

/* One call of the hook, and what it has open. */
struct hook {
    const struct options *options;
    struct vif vif;
    struct link link;
    struct store store;
    struct rtnl rtnl;
    struct config_text text;
    struct config config;
    struct desired desired;
};

static void hook_free(struct hook *hook)
{
    desired_free(&hook->desired);
    config_free(&hook->config);
    config_text_free(&hook->text);
    rtnl_close(&hook->rtnl);
    store_close(&hook->store);
    vif_free(&hook->vif);
}

/* ---- what is wanted ---- */

/* The link by its vifname, where one of that name exists, else as the caller calls it. */
static int find_link(struct hook *hook, struct error *e)
{
    const struct vif *vif = &hook->vif;
    int result = -ENODEV;

    if (vif->renamed)
        result = rtnl_link_by_name(&hook->rtnl, vif->renamed, &hook->link, e);
    if (result == -ENODEV)
        result = rtnl_link_by_name(&hook->rtnl, vif->link, &hook->link, e);
    return result < 0 ? fail_within(e, result, "%s", vif->link) : 0;
}

static int match(struct hook *hook, const struct section **section, struct error *e)
{
    struct vif *vif = &hook->vif;
    struct error notice;
    int result = 0;

    if (config_has(&hook->config, SECTION_MAC) || config_has(&hook->config, SECTION_UUID))
        result = vif_read_ids(&hook->store, vif, e);
    if (result < 0)
        return result;
    *section = match_section(
        &hook->config, &(struct identity){.name = vif->name, .uuid = vif->uuid, .mac = vif->mac},
        &notice);
    if (notice.text[0])
        log_warning("%s", notice.text);
    if (!*section && !vif->name)
        log_warning("%s: the name of domU %u cannot be read here (a driver domain?): only [mac] "
                    "sections of %s count",
                    hook->link.name, vif->domid, hook->config.path);
    return 0;
}

static int refuse_mistake(const struct config *config, const struct section *section,
                          struct error *e)
{
    const struct diagnostic *mistake = config_error_of(config, section);

    if (!mistake)
        return 0;
    return fail(e, EINVAL, "%s:%u: %s", config->path, mistake->line, mistake->text);
}

/* Fills hook->desired; *FOUND tells whether the file has an entry for this vif at all. */
static int read_desired(struct hook *hook, bool *found, struct error *e)
{
    const struct section *section = NULL;
    const char *name = hook->vif.name ? hook->vif.name : "";
    int result = config_parse(&hook->text, name, &hook->config, e);

    if (result == 0)
        result = match(hook, &section, e);
    *found = section != NULL;
    if (result < 0 || !section)
        return result;
    result = refuse_mistake(&hook->config, section, e);
    if (result == 0)
        result = desired_build(&hook->config, section, (int)hook->vif.devid, &hook->desired, e);
    if (result == 0)
        result = refuse_mistake(&hook->config, section, e);
    return result;
}

/* ---- online and add ---- */

/* A guest's router advertisements and redirects must not change dom0's own routes. */
static int harden_link(const struct link *link, struct error *e)
{
    static const char *const switches[] = {"accept_ra", "autoconf", "accept_redirects"};
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(switches) && result == 0; i++)
        result = sysctl_set(link->name, switches[i], '0', e);
    return result;
}

static int raise_link(struct hook *hook, struct error *e)
{
    int result = harden_link(&hook->link, e);

    if (result < 0 || hook->link.up)
        return result;
    result = rtnl_link_up(&hook->rtnl, hook->link.index, e);
    return result < 0 ? fail_within(e, result, "%s: setting it up", hook->link.name) : 0;
}

static int apply_plan(struct hook *hook, const struct plan *plan, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < plan->change_count && result == 0; i++) {
        char text[CHANGE_TEXT];

        result = apply_change(&hook->rtnl, &plan->changes[i], e);
        if (result == 0)
            log_info("%s (%s)", change_print(&plan->changes[i], text),
                     hook->vif.name ? hook->vif.name : "?");
    }
    return result;
}

static int carry_out(struct hook *hook, const struct plan *plan, struct error *e)
{
    char domu[128];
    int result;

    if (plan->conflict_count > 0)
        return conflict_fail(&plan->conflicts[0], vif_domu(&hook->vif, domu, sizeof(domu)),
                             hook->link.name, e);
    result = raise_link(hook, e);
    return result < 0 ? result : apply_plan(hook, plan, e);
}

static int change_link(struct hook *hook, struct error *e)
{
    const struct target target = {.link = &hook->link, .tap = hook->vif.tap};
    struct actual actual;
    struct plan plan;
    int result = gather_vif(&hook->rtnl, &hook->store, &hook->vif, &hook->link, &hook->config,
                            &hook->desired, &actual, e);

    if (result < 0)
        return result;
    result = plan_vif(&target, &hook->desired, &actual, &plan, e);
    if (result == 0) {
        result = carry_out(hook, &plan, e);
        plan_free(&plan);
    }
    actual_free(&actual);
    return result;
}

static int put_on_link(struct hook *hook, struct error *e)
{
    int lock = lock_take();
    int result = change_link(hook, e);

    close_fd(&lock);
    return result;
}

static void warn_of_forwarding(void)
{
    if (sysctl_is_off("all", "forwarding"))
        log_warning("net.ipv6.conf.all.forwarding is 0, so dom0 routes nothing for its domUs: "
                    "sysctl -w net.ipv6.conf.all.forwarding=1");
}

static int open_all(struct hook *hook, struct error *e)
{
    int result = store_open(&hook->store, e);

    if (result == 0)
        result = vif_read(&hook->store, &hook->vif, e);
    if (result == 0)
        result = rtnl_open(&hook->rtnl, e);
    return result == 0 ? find_link(hook, e) : result;
}

static int bring_online(struct hook *hook, struct error *e)
{
    bool found;
    int result = config_load(hook->options->config, &hook->text, e);

    if (result == -ENOENT) {
        log_info("%s: no such file: nothing to do", hook->options->config);
        return 0;
    }
    deadline_waiting_for("XenStore");
    if (result == 0)
        result = open_all(hook, e);
    if (result < 0)
        return result;
    if (hook->link.master) {
        log_info("%s is a port of a bridge, and not routed: left alone", hook->link.name);
        return 0;
    }
    result = read_desired(hook, &found, e);
    if (result < 0)
        return result;
    if (!found) {
        log_info("%s: no entry for domU %s in %s: nothing to do", hook->link.name,
                 hook->vif.name ? hook->vif.name : "?", hook->config.path);
        return 0;
    }
    warn_of_forwarding();
    return put_on_link(hook, e);
}

/* Where xl looks for the reason. The message is out already, so a failure here is only a warning.
 */
static void write_hotplug_error(struct hook *hook, const struct error *e)
{
    AUTO_FREE char *path = NULL;
    struct error why;
    int result = 0;

    if (!hook->vif.backend)
        return;
    path = format_string("%s/hotplug-error", hook->vif.backend);
    if (!hook->store.handle)
        result = store_open(&hook->store, &why);
    if (result == 0 && path)
        result = store_write(&hook->store, path, e->text);
    if (result < 0 && result != -ENOENT)
        log_warning("%s: the reason could not be written to %s/hotplug-error: %s", hook->vif.link,
                    hook->vif.backend, strerror(-result));
}

static enum exit_status go_online(struct hook *hook)
{
    struct error e;

    if (bring_online(hook, &e) == 0)
        return EXIT_DONE;
    log_failure(&e);
    write_hotplug_error(hook, &e);
    return EXIT_FAILED;
}

/* ---- offline and remove ---- */

/* Reads the file for a kernel that keeps no marks. One that is broken or gone claims nothing. */
static int read_claims(struct hook *hook, struct error *e)
{
    int result = config_load(hook->options->config, &hook->text, e);

    if (result == 0)
        result = config_parse(&hook->text, NULL, &hook->config, e);
    return result == -ENOENT ? 0 : result;
}

static int gather_ours(struct hook *hook, struct actual *actual, struct error *e)
{
    int result = gather_link(&hook->rtnl, &hook->link, NULL, actual, e);

    if (result < 0 || actual->has_marks)
        return result;
    actual_free(actual);
    result = read_claims(hook, e);
    return result < 0 ? result : gather_link(&hook->rtnl, &hook->link, &hook->config, actual, e);
}

/* Takes all that is the suite's off the link NAME; one that does not exist has nothing. */
static int clear_link(struct hook *hook, const char *name, struct error *e)
{
    const struct target target = {.link = &hook->link, .tap = hook->vif.tap};
    struct actual actual;
    struct plan plan;
    int result = rtnl_link_by_name(&hook->rtnl, name, &hook->link, e);

    if (result == -ENODEV)
        return 0;
    if (result == 0)
        result = gather_ours(hook, &actual, e);
    if (result < 0)
        return fail_within(e, result, "%s", name);
    result = plan_vif(&target, NULL, &actual, &plan, e);
    if (result == 0) {
        result = apply_plan(hook, &plan, e);
        plan_free(&plan);
    }
    actual_free(&actual);
    return result;
}

/* The kernel first, for it needs no XenStore; then what only the XenStore knows: a vif's new name.
 */
static int take_offline(struct hook *hook, struct error *e)
{
    struct error no_answer; /* is no failure, nor are nodes that are gone */
    int result = rtnl_open(&hook->rtnl, e);

    if (result == 0)
        result = clear_link(hook, hook->vif.link, e);
    if (result < 0)
        return result;
    deadline_relax(DEADLINE_EXTRA);
    deadline_waiting_for("XenStore, which may know the vif by another name");
    if (store_open(&hook->store, &no_answer) < 0 ||
        vif_read_link(&hook->store, &hook->vif, &no_answer) < 0 || !hook->vif.renamed)
        return 0;
    return clear_link(hook, hook->vif.renamed, e);
}

static enum exit_status go_offline(struct hook *hook)
{
    struct error e;

    if (take_offline(hook, &e) == 0)
        return EXIT_DONE;
    log_failure(&e);
    return EXIT_FAILED;
}

/* ---- the call ---- */

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* The link is the argument, or what libxl (vif, INTERFACE) or vif-route (dev) put into the
 * environment. */
static struct vif_call read_call(const char *argument, bool tap)
{
    struct vif_call call = {.tap = tap, .xenbus_path = environment("XENBUS_PATH")};

    call.link = argument;
    if (!call.link && tap)
        call.link = environment("INTERFACE");
    if (!call.link && !tap)
        call.link = environment("vif");
    if (!call.link)
        call.link = environment("dev");
    return call;
}

static enum exit_status run(const struct command *command, const struct options *options, int argc,
                            char **argv, bool tap, enum exit_status (*go)(struct hook *hook))
{
    const char *argument = argc > 1 ? argv[1] : NULL;
    struct hook hook = {.options = options};
    struct vif_call call = read_call(argument, tap);
    enum exit_status status;
    char what[64];
    struct error e;

    if (argc > 2)
        return usage_error(command, "one vif at most, and '%s' is a second", argv[2]);
    if (argument && *argument == '-')
        return usage_error(command, "'%s' is no option", argument);
    if (!call.link && !call.xenbus_path)
        return usage_error(command, "no vif: neither an argument nor %s in the environment",
                           tap ? "INTERFACE" : "vif");
    if (vif_from_call(&call, &hook.vif, &e) < 0) {
        hook_free(&hook);
        return usage_error(command, "%s", e.text);
    }
    snprintf(what, sizeof(what), "%s %s", command->name, hook.vif.link);
    deadline_start(DEADLINE, what);
    status = go(&hook);
    hook_free(&hook);
    return status;
}

static enum exit_status run_online(const struct options *options, int argc, char **argv)
{
    return run(&command_online, options, argc, argv, false, go_online);
}

static enum exit_status run_offline(const struct options *options, int argc, char **argv)
{
    return run(&command_offline, options, argc, argv, false, go_offline);
}

static enum exit_status run_add(const struct options *options, int argc, char **argv)
{
    return run(&command_add, options, argc, argv, true, go_online);
}

static enum exit_status run_remove(const struct options *options, int argc, char **argv)
{
    return run(&command_remove, options, argc, argv, true, go_offline);
}

#define HOOK_HELP                                                                                  \
    "Without VIF, the environment tells it, as libxl and vif-route set it: XENBUS_PATH, vif,\n"    \
    "dev, and INTERFACE for a tap. A vif renamed by vifname may be called by either name.\n"

const struct command command_online = {
    .name = "online",
    .arguments = "[VIF]",
    .summary = "put the domU's gateway addresses and routes on its vif",
    .help = "Puts what ipv6.cfg has for the vif's domU on the vif, and sets the vif up.\n" HOOK_HELP
            "Example: vif-route-ipv6 online vif1.0",
    .run = run_online,
};

const struct command command_offline = {
    .name = "offline",
    .arguments = "[VIF]",
    .summary = "take off again all that the suite put on the vif",
    .help =
        "Takes off all that the suite put on the vif, whatever ipv6.cfg says by now.\n" HOOK_HELP
        "Example: vif-route-ipv6 offline vif1.0",
    .run = run_offline,
};

const struct command command_add = {
    .name = "add",
    .arguments = "[TAP]",
    .summary = "online for the emulated card of an HVM domU (vifD.N-emu)",
    .help = "The same as online, for the tap of an HVM domU. While both exist, the tap's routes\n"
            "win.\n" HOOK_HELP "Example: vif-route-ipv6 add vif1.0-emu",
    .run = run_add,
};

const struct command command_remove = {
    .name = "remove",
    .arguments = "[TAP]",
    .summary = "offline for the emulated card of an HVM domU",
    .help = "The same as offline, for the tap of an HVM domU.\n" HOOK_HELP
            "Example: vif-route-ipv6 remove vif1.0-emu",
    .run = run_remove,
};
