/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/link-watch.h"

#include <linux/rtnetlink.h>
#include <net/if.h>

#define ATTRIBUTE_NAMES 52 /* IFLA_PROP_LIST, since Linux 5.5: for older headers */

int link_watch_open(struct netlink *watch, struct error *e)
{
    int result = netlink_open(watch, NETLINK_ROUTE, "rtnetlink", e);

    return result == 0 ? netlink_join(watch, RTNLGRP_LINK, e) : result;
}

struct link_note {
    void (*note)(const char *link, void *data);
    void *data;
};

static int note_other_name(const struct nlattr *attribute, void *data)
{
    const struct link_note *to = data;

    if (netlink_text(attribute))
        to->note(netlink_text(attribute), to->data);
    return MNL_CB_OK;
}

/* Its name, and its alternative names: an uplink may be called by each. */
static void note_names(const struct nlmsghdr *header, struct link_note *to)
{
    const struct netlink_attributes link = netlink_attributes(header, sizeof(struct ifinfomsg));
    const char *name = netlink_text(link.of[IFLA_IFNAME]);

    if (name)
        to->note(name, to->data);
    if (link.of[ATTRIBUTE_NAMES])
        (void)mnl_attr_parse_nested(link.of[ATTRIBUTE_NAMES], note_other_name, to);
}

static void note_link_up(const struct nlmsghdr *header, void *data)
{
    struct link_note *to = data;
    const struct ifinfomsg *info = header ? mnl_nlmsg_get_payload(header) : NULL;

    if (!info)
        to->note(NULL, to->data);
    else if (header->nlmsg_type == RTM_NEWLINK && info->ifi_flags & IFF_UP)
        note_names(header, to);
}

int link_watch_read(const struct netlink *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e)
{
    struct link_note to = {.note = note, .data = data};

    return netlink_read_notices(watch, sizeof(struct ifinfomsg), note_link_up, &to, e);
}
