/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat watch: follows systemd-networkd, which runs no script. It hears of a delegated prefix by
 * the kernel's notifications of routes, and wakes only for these, when a lifetime ends, and after a
 * failure: networkd renews a lease without a notification. By the same notifications it knows when
 * the default route moves to another uplink.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/deadline.h"
#include "base/log.h"
#include "base/stop.h"
#include "core.h"
#include "hook.h"
#include "pd-nat.h"
#include "pd-nat/networkd.h"

/* sd_notify(3): the unit is ready once the prefixes that were there are followed. */
static void report_ready(void)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t length = path ? strlen(path) : 0;
    AUTO_CLOSE int fd = -1;

    if (length == 0 || length >= sizeof(address.sun_path))
        return;
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    memcpy(address.sun_path, path, length);
    if (*path == '@')
        address.sun_path[0] = '\0';
    if (fd >= 0)
        (void)sendto(fd, "READY=1", strlen("READY=1"), MSG_NOSIGNAL, (struct sockaddr *)&address,
                     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
}

#define SHORTEST_PAUSE 2 /* seconds after a failure; each further one doubles it */
#define LONGEST_PAUSE  1800

struct schedule {
    time_t next;  /* when to look again, in seconds since the epoch; 0: never */
    time_t pause; /* until then after the next failure */
    bool has_failed;
};

static void look_again_in(struct schedule *schedule, time_t seconds)
{
    const time_t then = time(NULL) + seconds;

    if (schedule->next == 0 || then < schedule->next)
        schedule->next = then;
}

/* Looks again when the first of the lifetimes ends. */
static void note_ends(const struct lease_message *message, struct schedule *schedule)
{
    for (size_t i = 0; i < message->count; i++) {
        const struct pd_nat_lease *lease = &message->prefixes[i];
        const uint32_t left = lease->preferred > 0 ? lease->preferred : lease->valid;

        if (left > 0 && left != LEASE_FOREVER)
            look_again_in(schedule, (time_t)left);
    }
}

static void follow_link(const struct options *options, const char *link, bool is_only,
                        struct schedule *schedule)
{
    struct lease_message message;
    struct error e;
    int result;

    deadline_start(PD_NAT_PATIENCE, "pd-nat watch");
    result = networkd_lease(link, is_only, &message, &e);
    if (result == 0 && message.count > 0)
        result = pd_nat_follow(options, &message, &e);
    deadline_stop();
    if (result < 0)
        log_failure(&e);
    schedule->has_failed |= result != 0;
    note_ends(&message, schedule);
    lease_message_free(&message);
}

static void follow_sections(const struct options *options, struct schedule *schedule)
{
    struct pd_nat pd = {.mappings = NULL};
    const char *link;
    struct error e;

    schedule->has_failed = pd_nat_open(&pd, options, &e) < 0;
    if (schedule->has_failed)
        log_failure(&e);
    for (size_t i = 0; (link = pd_nat_link(&pd.config, i)) != NULL; i++)
        follow_link(options, link, !pd_nat_link(&pd.config, 1), schedule);
    pd_nat_free(&pd);
}

/* All sections, or the one of ASKED, as ipv6.cfg has them now. */
static void follow_all(const struct options *options, const char *asked, struct schedule *schedule)
{
    schedule->next = 0;
    schedule->has_failed = false;
    if (asked)
        follow_link(options, asked, true, schedule);
    else
        follow_sections(options, schedule);
    if (!schedule->has_failed) {
        schedule->pause = SHORTEST_PAUSE;
        return;
    }
    look_again_in(schedule, schedule->pause);
    schedule->pause = schedule->pause < LONGEST_PAUSE / 2 ? schedule->pause * 2 : LONGEST_PAUSE;
}

/* Its section may come later: ipv6.cfg is read at each event. */
static void warn_of_section(const struct options *options, const char *link)
{
    struct pd_nat pd = {.mappings = NULL};
    struct error e;

    if (pd_nat_open(&pd, options, &e) == 0 && pd_nat_check_section(&pd, link, &e) < 0)
        log_warning("%s", e.text);
    pd_nat_free(&pd);
}

static int watch_routes(const struct options *options, const char *link, struct error *e)
{
    struct mnl_socket *socket;
    struct schedule schedule = {.pause = SHORTEST_PAUSE};
    sigset_t waiting;
    int result = networkd_open(&socket, e);

    if (result < 0)
        return result;
    stop_prepare(&waiting);
    if (link)
        warn_of_section(options, link);
    follow_all(options, link, &schedule);
    report_ready();
    while (result == 0 && !stop_is_wanted()) {
        struct pollfd fd = {.fd = mnl_socket_get_fd(socket), .events = POLLIN};
        const time_t now = time(NULL);
        const struct timespec left = {.tv_sec = schedule.next > now ? schedule.next - now + 1 : 1};
        const int ready = ppoll(&fd, 1, schedule.next > 0 ? &left : NULL, &waiting);
        struct route_news news = {.delegation = false};

        if (ready > 0)
            result = networkd_read(socket, &news, e);
        if (news.delegation || ready == 0)
            follow_all(options, link, &schedule);
        if (news.default_route)
            (void)pd_nat_run(&command_pd_nat_watch, options, pd_nat_refresh, NULL);
    }
    mnl_socket_close(socket);
    return result;
}

static enum exit_status run_pd_nat_watch(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_watch;
    const char *link;
    const enum exit_status status = pd_nat_link_argument(command, argc, argv, &link);
    struct error e;

    return status ?: report_result(watch_routes(options, link, &e), &e);
}

const struct command command_pd_nat_watch = {
    .name = "pd-nat watch",
    .arguments = "[INTERFACE]",
    .summary = "follow the prefixes that systemd-networkd is delegated",
    .help = "systemd-networkd runs no script: its delegated prefixes are `unreachable` routes\n"
            "with protocol dhcp, and become rules as soon as the kernel reports them. A route\n"
            "that vanishes withdraws nothing. From version 255 on, networkctl reports the\n"
            "lifetimes, and which interface a prefix belongs to; before, name the INTERFACE\n"
            "if there are several sections. Runs until SIGTERM.\n"
            "When the default route moves to another interface, it does what pd-nat refresh\n"
            "does. vif-route-ipv6-pd-nat-watch.service runs it.\n"
            "Example: systemctl enable --now vif-route-ipv6-pd-nat-watch.service",
    .run = run_pd_nat_watch,
};
