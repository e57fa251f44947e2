/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * systemd-networkd's delegated prefixes: it runs no script, but adds a route `unreachable PREFIX
 * dev lo proto dhcp` for each. From version 255 on, networkctl reports the lifetimes.
 */
#ifndef PD_NAT_NETWORKD_H
#define PD_NAT_NETWORKD_H

#include "pd-nat/lease.h"

struct mnl_socket;

/* Opens the kernel's notifications of IPv6 routes. Close with mnl_socket_close(). */
int networkd_open(struct mnl_socket **out, struct error *e) MUST_CHECK;

/* What the notifications are about. */
struct route_news {
    bool delegation;    /* such a route came or went */
    bool default_route; /* or one to a /3 or larger network, as uplinks have */
};

/* Reads all notifications that are there, without waiting. */
int networkd_read(struct mnl_socket *socket, struct route_news *news, struct error *e) MUST_CHECK;

/*
 * What networkd has now, as a message about LINK, its whole lease. Without lifetimes from
 * networkctl the prefixes are valid for ever, and if IS_ONLY, all of them are LINK's; networkctl
 * reports which are. Release with lease_message_free(), also after a failure.
 */
int networkd_lease(const char *link, bool is_only, struct lease_message *out,
                   struct error *e) MUST_CHECK;

#endif
