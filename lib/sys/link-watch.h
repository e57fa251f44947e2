/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's notifications of links that come up, or change while they are up: `ip link set down`
 * deletes the proxy entries of a link without a notification of their own.
 */
#ifndef LINK_WATCH_H
#define LINK_WATCH_H

#include "sys/netlink.h"

/* Release with netlink_close(), also after a failure. */
int link_watch_open(struct netlink *watch, struct error *e) MUST_CHECK;

/*
 * Reads all notifications that have come, and calls NOTE with the name of each link, or with NULL
 * if some were lost. Does not wait.
 */
int link_watch_read(const struct netlink *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e) MUST_CHECK;

#endif
