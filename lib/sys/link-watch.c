/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/link-watch.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

int link_watch_open(struct netlink *watch, struct error *e)
{
    int result = netlink_open(watch, NETLINK_ROUTE, "rtnetlink", e);

    return result == 0 ? netlink_join(watch, RTNLGRP_LINK, e) : result;
}

struct link_note {
    void (*note)(const char *link, void *data);
    void *data;
};

static void note_link_up(const struct nlmsghdr *header, void *data)
{
    const struct link_note *to = data;
    const struct ifinfomsg *info = header ? mnl_nlmsg_get_payload(header) : NULL;
    const char *name = NULL;

    if (info && (header->nlmsg_type != RTM_NEWLINK || !(info->ifi_flags & IFF_UP)))
        return;
    if (info)
        name = netlink_text(netlink_attributes(header, sizeof(*info)).of[IFLA_IFNAME]);
    if (name || !info)
        to->note(name, to->data);
}

int link_watch_read(const struct netlink *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e)
{
    struct link_note to = {.note = note, .data = data};

    return netlink_read_notices(watch, sizeof(struct ifinfomsg), note_link_up, &to, e);
}
