/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/networkd.h"
#include "pd-nat/clients.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "sys/program.h"
#include "sys/rtnl.h"

#define BUFFER_SIZE 32768

/* ---- notifications ---- */

int networkd_open(struct mnl_socket **out, struct error *e)
{
    int group = RTNLGRP_IPV6_ROUTE;
    int code;

    *out = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (*out && mnl_socket_bind(*out, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_setsockopt(*out, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
        return 0;
    code = errno;
    if (*out)
        mnl_socket_close(*out);
    *out = NULL;
    return fail(e, code, "rtnetlink: notifications of routes: %s", strerror(code));
}

static void note_route(const struct nlmsghdr *header, struct route_news *news)
{
    const struct rtmsg *route = mnl_nlmsg_get_payload(header);

    if ((header->nlmsg_type != RTM_NEWROUTE && header->nlmsg_type != RTM_DELROUTE) ||
        mnl_nlmsg_get_payload_len(header) < sizeof(*route))
        return;
    news->delegation |= route->rtm_type == RTN_UNREACHABLE && route->rtm_protocol == RTPROT_DHCP;
    news->default_route |= route->rtm_type == RTN_UNICAST && route->rtm_dst_len <= 3;
}

int networkd_read(struct mnl_socket *socket, struct route_news *news, struct error *e)
{
    _Alignas(struct nlmsghdr) char buffer[BUFFER_SIZE];

    *news = (struct route_news){.delegation = false};
    for (;;) {
        const struct nlmsghdr *header = (const struct nlmsghdr *)buffer;
        const ssize_t length =
            recv(mnl_socket_get_fd(socket), buffer, sizeof(buffer), MSG_DONTWAIT);

        if (length < 0 && errno == EAGAIN)
            return 0;
        if (length < 0 && errno == ENOBUFS) /* some were lost */
            *news = (struct route_news){.delegation = true, .default_route = true};
        else if (length < 0 && errno != EINTR)
            return fail(e, errno, "rtnetlink: notifications of routes: %s", strerror(errno));
        for (int left = (int)length; left > 0 && mnl_nlmsg_ok(header, left);
             header = mnl_nlmsg_next(header, &left))
            note_route(header, news);
    }
}

/* ---- what networkctl prints ---- */

/* The value of the member NAME ("\"Prefix\":") between BEGIN and END, or NULL. */
static const char *find_member(const char *begin, const char *end, const char *name)
{
    const char *found = memmem(begin, (size_t)(end - begin), name, strlen(name));

    if (!found)
        return NULL;
    found += strlen(name);
    found += strspn(found, " \t\n");
    if (found >= end || *found != ':')
        return NULL;
    found++;
    return found + strspn(found, " \t\n");
}

static bool read_prefix_bytes(const char *text, struct prefix *out)
{
    if (*text++ != '[')
        return false;
    for (size_t i = 0; i < sizeof(out->address.s6_addr); i++) {
        char *end;
        const unsigned long byte = strtoul(text, &end, 10);

        if (end == text || byte > UINT8_MAX)
            return false;
        out->address.s6_addr[i] = (uint8_t)byte;
        text = end + strspn(end, " \t\n");
        if (*text++ != (i + 1 < sizeof(out->address.s6_addr) ? ',' : ']'))
            return false;
    }
    return true;
}

/* The seconds from NOW to a time in microseconds, of which UINT64_MAX is never. */
static uint32_t seconds_left(const char *text, uint64_t now)
{
    const uint64_t until = text ? strtoull(text, NULL, 10) : UINT64_MAX;

    if (until == UINT64_MAX || (until > now && (until - now) / 1000000 >= LEASE_FOREVER))
        return LEASE_FOREVER;
    return until > now ? (uint32_t)((until - now) / 1000000) : 0;
}

static bool read_object(const char *begin, const char *end, uint64_t now, struct pd_nat_lease *out)
{
    const char *prefix = find_member(begin, end, "\"Prefix\"");
    const char *length = find_member(begin, end, "\"PrefixLength\"");
    const unsigned long bits = length ? strtoul(length, NULL, 10) : 0;

    *out = (struct pd_nat_lease){
        .preferred = seconds_left(find_member(begin, end, "\"PreferredLifetimeUSec\""), now),
        .valid = seconds_left(find_member(begin, end, "\"ValidLifetimeUSec\""), now),
        .source = "networkctl"};
    out->prefix.length = (uint8_t)bits;
    return prefix && bits > 0 && bits <= 128 && read_prefix_bytes(prefix, &out->prefix);
}

/*
 * Appends the prefixes in what `networkctl --json=short status LINK` printed, with the seconds
 * that are left at NOW, in microseconds of CLOCK_BOOTTIME. -ENOMEM.
 */
static int parse_status(const char *json, uint64_t now, struct lease_message *out)
{
    const char *client = strstr(json, "\"DHCPv6Client\"");
    const char *list = client ? find_member(client, client + strlen(client), "\"Prefixes\"") : NULL;
    int result = 0;

    if (!list || *list != '[')
        return 0;
    while (result == 0) {
        const char *begin = list + 1 + strspn(list + 1, " \t\n,");
        const char *end = *begin == '{' ? strchr(begin, '}') : NULL;
        struct pd_nat_lease lease;

        if (!end)
            return 0;
        if (read_object(begin, end, now, &lease))
            result = lease_message_add(out, &lease);
        list = end;
    }
    return result;
}

/* Without networkctl, or without an answer, nothing is known. */
static int ask_networkctl(const char *link, struct lease_message *out, struct error *e)
{
    const char *const arguments[] = {"networkctl", "--json=short", "status", "--", link, NULL};
    struct program_result said;
    struct timespec now;
    int result = program_run(arguments, NULL, &said, e);

    if (result < 0)
        return result == -ENOMEM ? result : 0;
    clock_gettime(CLOCK_BOOTTIME, &now);
    if (said.status == 0)
        result = parse_status(said.out,
                              (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000, out);
    program_free(&said);
    return result < 0 ? fail_memory(e) : 0;
}

/* ---- the lease ---- */

static const struct pd_nat_lease *find_reported(const struct lease_message *known,
                                                const struct prefix *prefix)
{
    for (size_t i = 0; i < known->count; i++)
        if (prefix_equal(&known->prefixes[i].prefix, prefix))
            return &known->prefixes[i];
    return NULL;
}

static int read_dhcp_routes(struct route **out, size_t *count, struct error *e)
{
    struct rtnl rtnl;
    int result = rtnl_open(&rtnl, e);

    if (result < 0)
        return result;
    result = rtnl_routes(&rtnl, AF_INET6, RTPROT_DHCP, out, count, e);
    rtnl_close(&rtnl);
    return result < 0 ? fail_within(e, result, "reading routes") : 0;
}

int networkd_lease(const char *link, bool is_only, struct lease_message *out, struct error *e)
{
    struct lease_message reported = {.count = 0};
    AUTO_FREE struct route *routes = NULL;
    size_t count = 0;
    int result;

    *out = (struct lease_message){.event = LEASE_BOUND, .link = link, .is_whole = true};
    result = read_dhcp_routes(&routes, &count, e);
    if (result == 0)
        result = ask_networkctl(link, &reported, e);
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct prefix *prefix = &routes[i].destination;
        const struct pd_nat_lease unknown = {.prefix = *prefix,
                                             .preferred = LEASE_FOREVER,
                                             .valid = LEASE_FOREVER,
                                             .is_untimed = true,
                                             .source = "route"};
        const struct pd_nat_lease *lease = find_reported(&reported, prefix);

        if (!lease && is_only && reported.count == 0)
            lease = &unknown;
        if (lease && routes[i].unreachable && prefix->length > 0 &&
            lease_message_add(out, lease) < 0)
            result = fail_memory(e);
    }
    lease_message_free(&reported);
    return result;
}

const struct client client_networkd = {
    .name = "networkd",
    .conf = "# systemd.network(5) for [pd-nat @w]: systemd-networkd asks for a prefix, and pd-nat\n"
            "# watch follows it:\n"
            "#\n"
            "#     networkctl reload\n"
            "#     systemctl enable --now vif-route-ipv6-pd-nat-watch\n"
            "#\n"
            "# networkd reads one .network file per interface. If @w has one already, write this,\n"
            "# without [Match], to /etc/systemd/network/FILE.network.d/pd-nat.conf.\n"
            "[Match]\n"
            "Name=@w\n"
            "\n"
            "[Network]\n"
            "# yes, if IPv4 comes by DHCP, too\n"
            "DHCP=ipv6\n"
            "# The default route. A host that forwards accepts no advertisements by default.\n"
            "IPv6AcceptRA=yes\n"
            "\n"
            "[DHCPv6]\n"
            "# networkd adds no route for a /64, so pd-nat watch would not see it.\n"
            "PrefixDelegationHint=::/@r\n"
            "# Ask even if no advertisement says that there is DHCPv6.\n"
            "WithoutRA=solicit\n",
};
