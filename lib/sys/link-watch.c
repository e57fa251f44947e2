/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/link-watch.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "sys/netlink.h"

#define BUFFER_SIZE 32768

int link_watch_open(struct link_watch *watch, struct error *e)
{
    int group = RTNLGRP_LINK;

    watch->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (watch->socket && mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0)
        return 0;
    group = errno;
    link_watch_close(watch);
    return fail(e, group, "rtnetlink: its notifications: %s", strerror(group));
}

void link_watch_close(struct link_watch *watch)
{
    if (watch->socket)
        mnl_socket_close(watch->socket);
    watch->socket = NULL;
}

int link_watch_fd(const struct link_watch *watch)
{
    return mnl_socket_get_fd(watch->socket);
}

static void read_datagram(const void *buffer, size_t length,
                          void (*note)(const char *link, void *data), void *data)
{
    const struct nlmsghdr *header = buffer;

    for (int left = (int)length; mnl_nlmsg_ok(header, left) && header->nlmsg_len <= (size_t)left;
         header = mnl_nlmsg_next(header, &left)) {
        const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
        const char *name;

        if (header->nlmsg_type != RTM_NEWLINK ||
            mnl_nlmsg_get_payload_len(header) < sizeof(*info) || !(info->ifi_flags & IFF_UP))
            continue;
        name = netlink_text(netlink_attributes(header, sizeof(*info)).of[IFLA_IFNAME]);
        if (name)
            note(name, data);
    }
}

int link_watch_read(const struct link_watch *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e)
{
    char buffer[BUFFER_SIZE];

    for (;;) {
        ssize_t length = recv(link_watch_fd(watch), buffer, sizeof(buffer), MSG_DONTWAIT);

        if (length < 0 && errno == EAGAIN)
            return 0;
        if (length < 0 && errno == ENOBUFS)
            note(NULL, data);
        else if (length < 0 && errno != EINTR)
            return fail(e, errno, "rtnetlink: its notifications: %s", strerror(errno));
        else if (length > 0)
            read_datagram(buffer, (size_t)length, note, data);
    }
}
