/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * online, offline, add, remove: the vif hotplug hook. libxl, vif-route or an administrator calls
 * it, with the environment of xl's hotplug scripts or with the name of a vif.
 */
#include <stdio.h>
#include <string.h>

#include "base/deadline.h"
#include "base/log.h"
#include "domu/gather.h"
#include "hook.h"

void hook_free(struct hook *hook)
{
    ra_free(&hook->ra);
    desired_free(&hook->desired);
    free(hook->uplinks);
    close_fd(&hook->ndisc);
    config_free(&hook->config);
    config_text_free(&hook->text);
    rtnl_close(&hook->rtnl);
    store_close(&hook->store);
    vif_free(&hook->vif);
}

const char *environment(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

int hook_link_name(struct hook *hook, char name[static IF_NAMESIZE], struct error *e)
{
    bool other;
    int result = gather_judge_name(&hook->rtnl, &hook->vif, hook->vif.link, &other, e);

    memcpy(name, hook->vif.link, IF_NAMESIZE);
    if (other)
        vif_own_name(&hook->vif, name);
    return result;
}

/* The command line: a vif, and variables as Xen's scripts take them. */
struct arguments {
    const char *link;
    const char *type_if; /* "vif" or "tap": libxl's own call of its script */
    const char *netdev;
};

static bool match_variable(const char *text, const char *name, const char **value)
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
        if (match_variable(argv[i], "type_if", &out->type_if) ||
            match_variable(argv[i], "netdev", &out->netdev) ||
            match_variable(argv[i], "gatewaydev", &out->netdev))
            continue;
        if (*argv[i] == '-')
            return stray_option(command, argv[i]);
        if (strchr(argv[i], '='))
            return usage_error(command, "'%s': the variables are type_if, netdev, gatewaydev",
                               argv[i]);
        if (out->link)
            return usage_error(command, "name one vif, '%s' is a second", argv[i]);
        out->link = argv[i];
    }
    if (out->type_if && strcmp(out->type_if, "vif") != 0 && strcmp(out->type_if, "tap") != 0)
        return usage_error(command, "type_if=%s: it must be vif or tap", out->type_if);
    return EXIT_DONE;
}

static enum exit_status run_hook(const struct command *command, const struct options *options,
                                 int argc, char **argv, enum exit_status (*go)(struct hook *hook))
{
    const bool tap = command == &command_add || command == &command_remove;
    struct arguments arguments = {.link = NULL};
    enum exit_status status = read_arguments(command, argc, argv, &arguments);
    struct hook hook = {.options = options, .ndisc = -1};
    struct vif_call call = {.tap = tap, .xenbus_path = environment("XENBUS_PATH")};
    char what[64];
    struct error e;

    if (status != EXIT_DONE)
        return status;
    if (arguments.type_if && (strcmp(arguments.type_if, "tap") == 0) != tap) {
        /* libxl calls its script for both vif and tap; Xen's scripts ignore the other, too */
        if (call.xenbus_path)
            return EXIT_DONE;
        return usage_error(command, "type_if=%s: %s", arguments.type_if,
                           tap ? "a vif takes online and offline" : "a tap takes add and remove");
    }
    /* libxl sets vif or INTERFACE, vif-route sets dev */
    call.link = arguments.link ?: environment(tap ? "INTERFACE" : "vif") ?: environment("dev");
    if (!call.link && !call.xenbus_path)
        return usage_error(command, "no vif: neither an argument nor %s in the environment",
                           tap ? "INTERFACE" : "vif");
    if (vif_from_call(&call, &hook.vif, &e) < 0)
        return usage_error(command, "%s", e.text);
    hook.is_script = arguments.type_if != NULL;
    hook.is_running = !call.xenbus_path;
    /* libxl's netdev is the domU's gatewaydev= (libxl_linux.c) */
    hook.netdev = arguments.netdev ?: environment("netdev") ?: environment("gatewaydev");
    log_about(hook.vif.link, NULL);
    snprintf(what, sizeof(what), "%s %s", command->name, hook.vif.link);
    deadline_start(DEADLINE, what);
    status = go(&hook);
    deadline_stop();
    hook_free(&hook);
    return status;
}

static enum exit_status run_online(const struct options *options, int argc, char **argv)
{
    return run_hook(&command_online, options, argc, argv, hook_online);
}

static enum exit_status run_offline(const struct options *options, int argc, char **argv)
{
    return run_hook(&command_offline, options, argc, argv, hook_offline);
}

static enum exit_status run_add_tap(const struct options *options, int argc, char **argv)
{
    return run_hook(&command_add, options, argc, argv, hook_online);
}

static enum exit_status run_remove_tap(const struct options *options, int argc, char **argv)
{
    return run_hook(&command_remove, options, argc, argv, hook_offline);
}

#define HOOK_HELP(link)                                                                            \
    "Without " link ", the environment names it, as libxl and vif-route set it:\n"                 \
    "XENBUS_PATH, vif, dev, and INTERFACE for a tap. A vif renamed by vifname may be\n"            \
    "called by either name.\n"

const struct command command_online = {
    .name = "online",
    .arguments = "[VIF]",
    .summary = "add the domU's gateway addresses and routes to its vif",
    .help =
        "Adds what ipv6.cfg has for the vif's domU to the vif, and sets the vif up.\n" HOOK_HELP(
            "VIF") "Example: vif-route-ipv6 online vif1.0",
    .run = run_online,
};

const struct command command_offline = {
    .name = "offline",
    .arguments = "[VIF]",
    .summary = "remove all that the suite added to the vif",
    .help = "Removes all that the suite added to the vif, whatever ipv6.cfg says now.\n" HOOK_HELP(
        "VIF") "Example: vif-route-ipv6 offline vif1.0",
    .run = run_offline,
};

const struct command command_add = {
    .name = "add",
    .arguments = "[TAP]",
    .summary = "online for the emulated card of an HVM domU (vifD.N-emu)",
    .help = "The same as online, for the tap of an HVM domU. While both exist, the tap's\n"
            "routes win.\n" HOOK_HELP("TAP") "Example: vif-route-ipv6 add vif1.0-emu",
    .run = run_add_tap,
};

const struct command command_remove = {
    .name = "remove",
    .arguments = "[TAP]",
    .summary = "offline for the emulated card of an HVM domU",
    .help = "The same as offline, for the tap of an HVM domU.\n" HOOK_HELP(
        "TAP") "Example: vif-route-ipv6 remove vif1.0-emu",
    .run = run_remove_tap,
};
