/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has to answer on the uplinks for the domUs' whole networks. The kernel's proxy entries are
 * for single addresses, so a daemon does that: ndppd. Pure.
 */
#ifndef UPLINK_H
#define UPLINK_H

#include <net/if.h>
#include <stdio.h>

#include "config/config.h"

struct uplink_network {
    char link[IF_NAMESIZE];
    struct prefix network;
};

/* By link and network, each pair once; release with uplink_networks_free(). */
struct uplink_networks {
    struct uplink_network *items;
    size_t count;
};

/*
 * The gateway networks and routes of all domUs with `proxy_ndp = yes`, running or not, on each of
 * their uplinks. Sections with mistakes contribute what is right. Fails only for want of memory.
 */
int uplink_networks(const struct config *config, struct uplink_networks *out,
                    struct error *e) MUST_CHECK;
void uplink_networks_free(struct uplink_networks *networks);

/* ndppd.conf(5): ndppd asks the guest that the kernel's route leads to, and answers if it does. */
void uplink_print_ndppd(const struct uplink_networks *networks, FILE *out);

#endif
