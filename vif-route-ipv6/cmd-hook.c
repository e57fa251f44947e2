/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * online, offline, add, remove: the vif hotplug hook. libxl, vif-route or an administrator calls it
 * with the environment of xl's hotplug scripts, or with the name of a vif.
 */
#include <errno.h>
#include <linux/if_addr.h>
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

/*
 * One call of the hook, and what it has open. A vif whose script is this program itself is one it
 * serves whole: then it also does what Xen's vif-route does for the vif's ip= and vifname.
 */
struct hook {
    const struct options *options;
    const char *netdev; /* whose IPv4 address is dom0's; NULL: nobody said, so eth0 */
    bool is_script;     /* libxl runs this program as the vif's script, and wants an answer */
    bool serves_whole;  /* the vif's script is this program, whoever runs it now */
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

static const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* ---- what is wanted ---- */

static bool is_this_program(const char *script)
{
    const char *slash = strrchr(script, '/');

    return strcmp(slash ? slash + 1 : script, "vif-route-ipv6") == 0;
}

/*
 * A hotplug script, which has XENBUS_PATH, is told by libxl whose script it is; at the prompt the
 * backend's node tells.
 */
static bool find_serves_whole(const struct hook *hook)
{
    AUTO_FREE char *node = NULL;

    if (hook->is_script)
        return true;
    if (environment("XENBUS_PATH"))
        return environment("script") && is_this_program(environment("script"));
    node = store_read(&hook->store, "%s/script", hook->vif.backend);
    return node && is_this_program(node);
}

/* Gives the vif its vifname, as Xen's vif-common.sh does. */
static int rename_link(struct hook *hook, struct error *e)
{
    const struct vif *vif = &hook->vif;
    struct error none;
    struct link taken;
    int result;

    if (!hook->is_script || !vif->renamed || strcmp(vif->renamed, vif->link) == 0)
        return 0;
    if (strcmp(hook->link.name, vif->renamed) == 0) /* it has been renamed, or the name is taken */
        return rtnl_link_by_name(&hook->rtnl, vif->link, &taken, &none) < 0
                   ? 0
                   : fail(e, EEXIST, "%s: cannot be renamed: a link called %s exists already",
                          vif->link, vif->renamed);
    if (strlen(vif->renamed) >= IF_NAMESIZE)
        return fail(e, EINVAL, "%s: the vifname %s is too long for a link: 15 bytes at most",
                    vif->link, vif->renamed);
    result = rtnl_link_rename(&hook->rtnl, hook->link.index, vif->renamed, e);
    if (result < 0)
        return fail_within(e, result, "%s: renaming it %s", vif->link, vif->renamed);
    return rtnl_link_by_name(&hook->rtnl, vif->renamed, &hook->link, e);
}

/* The first IPv4 address of the link that dom0 is reached by; *FOUND is false where there is none.
 */
static int find_source(struct hook *hook, struct in_addr *source, bool *found, struct error *e)
{
    const char *netdev = hook->netdev ? hook->netdev : "eth0";
    struct address *addresses = NULL;
    size_t count = 0;
    struct link link;
    int result = rtnl_link_by_name(&hook->rtnl, netdev, &link, e);

    *found = false;
    if (result == 0)
        result = rtnl_addresses(&hook->rtnl, AF_INET, &addresses, &count, e);
    for (size_t i = 0; result == 0 && i < count && !*found; i++)
        if (addresses[i].link == link.index && !(addresses[i].flags & IFA_F_SECONDARY)) {
            *source = prefix_to_ipv4(&addresses[i].prefix.address);
            *found = true;
        }
    free(addresses);
    if (!*found && hook->netdev && (result == 0 || result == -ENODEV))
        log_warning("%s: netdev %s has no IPv4 address: the domU's routes go without dom0's",
                    hook->link.name, netdev);
    return result == -ENODEV ? 0 : result;
}

/* Adds what the vif's ip= asks for. */
static int read_ip(struct hook *hook, struct error *e)
{
    AUTO_FREE char *ip = store_read(&hook->store, "%s/ip", hook->vif.backend);
    struct in_addr source;
    bool found;
    int result;

    if (!ip && errno != ENOENT)
        return fail(e, errno, "XenStore: %s/ip: %s", hook->vif.backend, strerror(errno));
    result = find_source(hook, &source, &found, e);
    if (result < 0)
        return result;
    result = desired_add_ip(&hook->desired, ip ? ip : "", found ? &source : NULL, e);
    return result < 0 ? fail_within(e, result, "%s: ip", hook->link.name) : 0;
}

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
static int harden_link(const struct hook *hook, struct error *e)
{
    static const char *const switches[] = {"accept_ra", "autoconf", "accept_redirects"};
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(switches) && result == 0; i++)
        result = sysctl_set("ipv6", hook->link.name, switches[i], '0', e);
    if (result == -ENOENT && !desired_has_ipv6(&hook->desired))
        result = 0; /* a kernel without IPv6 can still serve ip= */
    if (result == 0 && hook->serves_whole)
        result = sysctl_set("ipv4", hook->link.name, "proxy_arp", '1', e);
    return result;
}

static int raise_link(struct hook *hook, struct error *e)
{
    int result = harden_link(hook, e);

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
    if (sysctl_is_off("ipv6", "all", "forwarding"))
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

/* All that is wanted on the vif; *FOUND tells whether anything is to be done at all. */
static int read_wishes(struct hook *hook, bool *found, struct error *e)
{
    int result = 0;

    *found = false;
    hook->serves_whole = find_serves_whole(hook);
    if (hook->text.path)
        result = read_desired(hook, found, e);
    if (result == 0 && !*found)
        log_info("%s: no entry for domU %s in %s", hook->link.name,
                 hook->vif.name ? hook->vif.name : "?", hook->options->config);
    if (result == 0 && hook->serves_whole) {
        *found = true;
        result = read_ip(hook, e);
    }
    return result;
}

static int bring_online(struct hook *hook, struct error *e)
{
    bool found;
    int result = config_load(hook->options->config, &hook->text, e);

    if (result == -ENOENT && !hook->is_script) {
        log_info("%s: no such file: nothing to do", hook->options->config);
        return 0;
    }
    deadline_waiting_for("XenStore");
    if (result == 0 || result == -ENOENT)
        result = open_all(hook, e);
    if (result == 0)
        result = rename_link(hook, e);
    if (result < 0)
        return result;
    if (hook->link.master) {
        log_info("%s is a port of a bridge, and not routed: left alone", hook->link.name);
        return 0;
    }
    result = read_wishes(hook, &found, e);
    if (result < 0 || !found)
        return result;
    if (desired_has_ipv6(&hook->desired))
        warn_of_forwarding();
    return put_on_link(hook, e);
}

/* Writes a node of the backend. One that is gone with its backend needs no answer any more. */
static int write_answer(struct hook *hook, const char *node, const char *value, struct error *e)
{
    AUTO_FREE char *path = format_string("%s/%s", hook->vif.backend, node);
    int result = path ? 0 : fail_memory(e);

    if (result == 0 && !hook->store.handle)
        result = store_open(&hook->store, e);
    if (result < 0)
        return result;
    result = store_write(&hook->store, path, value);
    return result < 0
               ? fail(e, result, "%s: XenStore: %s: %s", hook->vif.link, path, strerror(-result))
               : 0;
}

/*
 * Where xl looks for the reason of a failure. The message is out already, so that what goes wrong
 * here is a warning only.
 */
static void answer_failure(struct hook *hook, const struct error *e)
{
    struct error why;
    int result;

    if (!hook->vif.backend)
        return;
    result = write_answer(hook, "hotplug-error", e->text, &why);
    if (result == 0 && hook->is_script)
        result = write_answer(hook, "hotplug-status", "error", &why);
    if (result < 0 && result != -ENOENT)
        log_warning("%s", why.text);
}

static enum exit_status go_online(struct hook *hook)
{
    struct error e;
    int result = bring_online(hook, &e);

    if (result == 0 && hook->is_script && !hook->vif.tap)
        result = write_answer(hook, "hotplug-status", "connected", &e);
    if (result == 0)
        return EXIT_DONE;
    log_failure(&e);
    answer_failure(hook, &e);
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

/* Whether OTHER is the same vif of the same domU under another domid, and in use. */
static bool is_twin(const struct hook *hook, struct hook *other)
{
    struct error e;

    return vif_read(&other->store, &other->vif, &e) == 0 &&
           vif_same_domu(&hook->vif, &other->vif) && vif_is_live(&other->store, &other->vif);
}

static void give_back_to(const struct hook *hook, const char *domid)
{
    AUTO_FREE char *backend = format_string("backend/vif/%s/%u", domid, hook->vif.devid);
    const struct vif_call call = {.xenbus_path = backend, .tap = hook->vif.tap};
    struct hook other = {.options = hook->options, .netdev = hook->netdev};
    struct error e;

    if (backend && vif_from_call(&call, &other.vif, &e) == 0 && store_open(&other.store, &e) == 0 &&
        is_twin(hook, &other) && other.vif.domid != hook->vif.domid) {
        store_close(&other.store);
        vif_free(&other.vif);
        if (vif_from_call(&call, &other.vif, &e) < 0 || bring_online(&other, &e) < 0)
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
    int result = rtnl_open(&hook->rtnl, e);

    if (result == 0)
        result = clear_link(hook, hook->vif.link, e);
    if (result < 0)
        return result;
    deadline_relax(DEADLINE_EXTRA);
    deadline_waiting_for("XenStore, which may know the vif by another name");
    if (store_open(&hook->store, &no_answer) < 0 ||
        vif_read(&hook->store, &hook->vif, &no_answer) < 0)
        log_info("%s: %s", hook->vif.link, no_answer.text);
    if (hook->vif.renamed)
        result = clear_link(hook, hook->vif.renamed, e);
    if (result == 0 && hook->vif.migrates)
        give_back(hook);
    return result;
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

/* What was said on the command line: a vif, and variables as Xen's scripts take them. */
struct arguments {
    const char *link;
    const char *type_if; /* "vif" or "tap": libxl's own call of its script */
    const char *netdev;
};

static bool read_variable(const char *text, const char *name, const char **value)
{
    size_t length = strlen(name);

    if (strncmp(text, name, length) != 0 || text[length] != '=')
        return false;
    *value = text + length + 1;
    return true;
}

static enum exit_status read_arguments(const struct command *command, int argc, char **argv,
                                       struct arguments *out)
{
    for (int i = 1; i < argc; i++) {
        if (read_variable(argv[i], "type_if", &out->type_if) ||
            read_variable(argv[i], "netdev", &out->netdev) ||
            read_variable(argv[i], "gatewaydev", &out->netdev))
            continue;
        if (*argv[i] == '-')
            return usage_error(command, "'%s' is no option", argv[i]);
        if (strchr(argv[i], '='))
            return usage_error(command, "'%s': the variables are type_if, netdev, gatewaydev",
                               argv[i]);
        if (out->link)
            return usage_error(command, "one vif at most, and '%s' is a second", argv[i]);
        out->link = argv[i];
    }
    if (out->type_if && strcmp(out->type_if, "vif") != 0 && strcmp(out->type_if, "tap") != 0)
        return usage_error(command, "type_if=%s: it is vif or tap", out->type_if);
    return EXIT_DONE;
}

/*
 * The link is the argument, or what libxl (vif, INTERFACE) or vif-route (dev) put into the
 * environment.
 */
static struct vif_call read_call(const struct arguments *arguments, bool tap)
{
    struct vif_call call = {.tap = tap, .xenbus_path = environment("XENBUS_PATH")};

    call.link = arguments->link;
    if (!call.link)
        call.link = environment(tap ? "INTERFACE" : "vif");
    if (!call.link)
        call.link = environment("dev");
    return call;
}

/* libxl's netdev is the domU's gatewaydev= (libxl_linux.c). */
static const char *read_netdev(const struct arguments *arguments)
{
    const char *netdev = arguments->netdev ? arguments->netdev : environment("netdev");

    return netdev ? netdev : environment("gatewaydev");
}

static enum exit_status serve(const struct command *command, struct hook *hook,
                              const struct vif_call *call,
                              enum exit_status (*go)(struct hook *hook))
{
    enum exit_status status;
    char what[64];
    struct error e;

    if (!call->link && !call->xenbus_path)
        return usage_error(command, "no vif: neither an argument nor %s in the environment",
                           call->tap ? "INTERFACE" : "vif");
    if (vif_from_call(call, &hook->vif, &e) < 0)
        return usage_error(command, "%s", e.text);
    snprintf(what, sizeof(what), "%s %s", command->name, hook->vif.link);
    deadline_start(DEADLINE, what);
    status = go(hook);
    deadline_stop();
    return status;
}

static enum exit_status run(const struct command *command, const struct options *options, int argc,
                            char **argv, bool tap, enum exit_status (*go)(struct hook *hook))
{
    struct arguments arguments = {.link = NULL};
    enum exit_status status = read_arguments(command, argc, argv, &arguments);
    struct hook hook = {.options = options};
    struct vif_call call;

    if (status != EXIT_DONE)
        return status;
    /* libxl calls its script for vif and tap alike; Xen's own scripts keep silent as well. */
    if (arguments.type_if && (strcmp(arguments.type_if, "tap") == 0) != tap)
        return EXIT_DONE;
    call = read_call(&arguments, tap);
    hook.is_script = arguments.type_if != NULL;
    hook.netdev = read_netdev(&arguments);
    status = serve(command, &hook, &call, go);
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
