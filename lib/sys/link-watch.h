/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's notifications of links that come up, or change while they are up. `ip link set down`
 * deletes the proxy entries of a link without notifying.
 */
#ifndef LINK_WATCH_H
#define LINK_WATCH_H

#include "sys/netlink.h"

/* Release with netlink_close(), also after a failure. */
int link_watch_open(struct netlink *watch, struct error *e) MUST_CHECK;

/*
 * Calls NOTE with each name of the link of each pending notification, or NULL if some were lost.
 * Never waits.
 */
int link_watch_read(const struct netlink *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e) MUST_CHECK;

#endif
