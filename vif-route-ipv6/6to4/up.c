/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 up and down: the tunnel of the section [6to4], its addresses and its routes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "6to4.h"
#include "6to4/tunnel.h"
#include "base/deadline.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/rights.h"
#include "check/host.h"
#include "domu/apply.h"
#include "sys/sysctl.h"

#define PATIENCE 10

int sixtofour_load(const struct options *options, struct sixtofour *site, struct error *e)
{
    struct config config;
    int result = config_read(options->config, &config, e);

    sixtofour_init(site);
    if (result == 0)
        result = sixtofour_read(&config, site, e);
    config_free(&config);
    return result;
}

/* ---- the device ---- */

static void print_device(char mark, const struct sit *sit)
{
    char local[INET_ADDRSTRLEN];

    inet_ntop(AF_INET, &sit->local, local, sizeof(local));
    printf("%c %s device local %s ttl %u mtu %u\n", mark, sit->name, local, sit->ttl, sit->mtu);
}

static int remove_device(struct rtnl *rtnl, const struct sit *sit, struct error *e)
{
    int result = rtnl_link_delete(rtnl, sit->index, e);

    if (result == -ENODEV)
        return 0;
    if (result < 0)
        return fail_within(e, result, "%s: removing it", sit->name);
    print_device('-', sit);
    return 0;
}

/* Two tunnels with one local address exclude each other, so one of another name goes first. */
static int remove_others(struct rtnl *rtnl, const struct tunnel_actual *actual, const char *name,
                         struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < actual->sit_count && result == 0; i++)
        if (tunnel_is_ours(&actual->sits[i]) && strcmp(actual->sits[i].name, name) != 0)
            result = remove_device(rtnl, &actual->sits[i], e);
    return result;
}

static int set_device(struct rtnl *rtnl, const struct device_plan *plan, struct error *e)
{
    const char *remedy = "";
    struct error reason = {""};
    int result = rtnl_sit_set(rtnl, &plan->wanted, &reason);

    if (result == -EOPNOTSUPP)
        remedy = ": this kernel has no sit, which carries IPv6 in IPv4: modprobe sit";
    else if (result == -EEXIST || result == -ENOBUFS)
        remedy = ": is there another tunnel with this local address? (ip tunnel show)";
    if (result < 0)
        return fail(e, result, "%s: %s%s", plan->wanted.name, reason.text, remedy);
    print_device(plan->wanted.index ? '~' : '+', &plan->wanted);
    return 0;
}

static int raise_device(struct rtnl *rtnl, const char *name, struct error *e)
{
    struct link link;
    int result = rtnl_link_by_name(rtnl, name, &link, e);

    if (result == 0 && !link.up)
        result = rtnl_link_up(rtnl, link.index, e);
    return result < 0 ? fail_within(e, result, "%s: setting it up", name) : 0;
}

static int apply_device(struct rtnl *rtnl, const struct sixtofour *site, struct error *e)
{
    struct tunnel_actual actual;
    struct device_plan plan;
    int result = tunnel_gather(rtnl, site, &actual, e);

    if (result < 0)
        return result;
    result = tunnel_plan_device(site, &actual, &plan, e);
    if (result == 0)
        result = remove_others(rtnl, &actual, site->device, e);
    if (result == 0 && (!plan.wanted.index || plan.change))
        result = set_device(rtnl, &plan, e);
    if (result == 0)
        result = raise_device(rtnl, site->device, e);
    tunnel_actual_free(&actual);
    return result;
}

/* ---- addresses and routes ---- */

/* Brings addresses and routes to what SITE wants; NULL: removes them. */
static int apply_entries(struct rtnl *rtnl, const struct sixtofour *site,
                         const struct tunnel_actual *actual, struct error *e)
{
    const struct sixtofour_lan *lan;
    struct plan plan;
    int result = tunnel_plan(site, actual, &plan, e);

    if (result < 0)
        return result;
    for (size_t i = 0; i < plan.change_count && result == 0; i++) {
        char text[CHANGE_TEXT];

        result = apply_change(rtnl, &plan.changes[i], e);
        if (result == 0)
            puts(change_print(&plan.changes[i], text));
    }
    plan_free(&plan);
    if (result < 0 || !site)
        return result;
    lan = tunnel_missing_lan(site, actual, 0);
    return lan ? fail(e, ENODEV, "lan.%s: there is no such link; all else is set up", lan->link)
               : 0;
}

static void warn(struct rtnl *rtnl, const struct sixtofour *site,
                 const struct tunnel_actual *actual)
{
    char local[INET_ADDRSTRLEN];

    sixtofour_warn(site);
    if (!tunnel_has_local(site, actual))
        log_warning("%s: no link has this address, so no tunnelled packet arrives: set local_ipv4 "
                    "in [6to4]",
                    inet_ntop(AF_INET, &site->local_ipv4, local, sizeof(local)));
    if (site->lan_count > 0)
        warn_of_forwarding(rtnl, "nothing is routed between tunnel and LANs");
}

static int up(struct rtnl *rtnl, const struct options *options, struct error *e)
{
    struct sixtofour site;
    struct tunnel_actual actual;
    int result = sixtofour_load(options, &site, e);

    rights_keep(RIGHTS_NETWORK);
    if (result == 0)
        result = tunnel_resolve(rtnl, &site, e);
    if (result == 0)
        result = apply_device(rtnl, &site, e);
    if (result == 0)
        result = tunnel_gather(rtnl, &site, &actual, e);
    if (result == 0) {
        warn(rtnl, &site, &actual);
        result = apply_entries(rtnl, &site, &actual, e);
        tunnel_actual_free(&actual);
    }
    sixtofour_free(&site);
    return result;
}

/* On a kernel without marks only ipv6.cfg says which addresses are the suite's. */
static int down(struct rtnl *rtnl, const struct options *options, struct error *e)
{
    struct sixtofour site;
    struct tunnel_actual actual;
    struct error none;
    const bool known =
        sixtofour_load(options, &site, &none) == 0 && tunnel_resolve(rtnl, &site, &none) == 0;
    int result;

    rights_keep(RIGHTS_NETWORK);
    result = tunnel_gather(rtnl, known ? &site : NULL, &actual, e);
    if (result == 0) {
        result = apply_entries(rtnl, NULL, &actual, e);
        if (result == 0)
            result = remove_others(rtnl, &actual, "", e);
        tunnel_actual_free(&actual);
    }
    sixtofour_free(&site);
    return result;
}

/* ---- the calls ---- */

/* Runs WORK, which is up() or down(), under the lock. */
static enum exit_status
run_locked(const struct command *command, const struct options *options, int argc, char **argv,
           int (*work)(struct rtnl *rtnl, const struct options *options, struct error *e))
{
    struct rtnl rtnl = {.netlink.socket = NULL};
    struct error e;
    int lock;
    int result;

    if (no_options(command, argc, argv) != EXIT_DONE)
        return EXIT_USAGE;
    if (optind < argc)
        return usage_error(command, "'%s': it takes no argument, all is in [6to4]", argv[optind]);
    deadline_start(PATIENCE, command->name);
    lock = lock_take();
    result = rtnl_open(&rtnl, &e);
    if (result == 0)
        result = work(&rtnl, options, &e);
    close_fd(&lock);
    rtnl_close(&rtnl);
    deadline_stop();
    return report_result(result, &e);
}

static enum exit_status run_up(const struct options *options, int argc, char **argv)
{
    return run_locked(&command_6to4_up, options, argc, argv, up);
}

static enum exit_status run_down(const struct options *options, int argc, char **argv)
{
    return run_locked(&command_6to4_down, options, argc, argv, down);
}

const struct command command_6to4_up = {
    .name = "6to4 up",
    .arguments = "",
    .summary = "make the tunnel of [6to4], its addresses and routes",
    .help = "Makes the sit device, gives it 2002:V4ADDR::1/16 and the LANs their /64, routes\n"
            "by the relay if one is named, and makes 6to4 prefixes of IPv4 addresses that are\n"
            "not global unreachable (RFC 3964). Each change is printed; a second call\n"
            "changes nothing, and a changed configuration is followed.\n"
            "Example: vif-route-ipv6 6to4 up",
    .run = run_up,
};

const struct command command_6to4_down = {
    .name = "6to4 down",
    .arguments = "",
    .summary = "remove what `6to4 up` made",
    .help = "Removes what 6to4 up made, and nothing else.\n"
            "Example: vif-route-ipv6 6to4 down",
    .run = run_down,
};
