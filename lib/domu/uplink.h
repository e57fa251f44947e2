/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The networks for which ndppd has to answer on the uplinks: the kernel's proxy entries are for
 * single addresses only. Pure.
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

/* Sorted, each pair once. Release with uplink_networks_free(). */
struct uplink_networks {
    struct uplink_network *items;
    size_t count;
};

/*
 * The gateway networks and routes of all domUs with `proxy_ndp = yes`, running or not, per uplink.
 * Skips only the mistakes of sections. Fails only if memory is short.
 */
int uplink_networks(const struct config *config, struct uplink_networks *out,
                    struct error *e) MUST_CHECK;
void uplink_networks_free(struct uplink_networks *networks);

/* Prints ndppd.conf(5): ndppd asks the guest to which the kernel's route leads, and if the guest
 * answers, so does ndppd. */
void uplink_print_ndppd(const struct uplink_networks *networks, FILE *out);

#endif
