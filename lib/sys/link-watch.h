/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's notifications of links that come up, or change while they are up: `ip link set down`
 * deletes the proxy entries of a link without a notification of their own.
 */
#ifndef LINK_WATCH_H
#define LINK_WATCH_H

#include <libmnl/libmnl.h>

#include "base/error.h"

struct link_watch {
    struct mnl_socket *socket; /* NULL: not open */
};

int link_watch_open(struct link_watch *watch, struct error *e) MUST_CHECK;
void link_watch_close(struct link_watch *watch);

/* For poll(2): readable when there is something to read. */
int link_watch_fd(const struct link_watch *watch);

/*
 * Reads all notifications that have come, and calls NOTE with the name of each link, or with NULL
 * if some were lost. Does not wait.
 */
int link_watch_read(const struct link_watch *watch, void (*note)(const char *link, void *data),
                    void *data, struct error *e) MUST_CHECK;

#endif
