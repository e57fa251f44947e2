/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsolicited neighbour advertisements (RFC 4861 7.2.6): the neighbours on a link learn by them at
 * which MAC address an IPv6 address is from now on. Sends packets.
 */
#ifndef NDISC_H
#define NDISC_H

#include <netinet/in.h>

#include "base/error.h"

struct ndisc {
    int socket; /* -1: not open */
    int link;
    unsigned char mac[6];
};

/*
 * Opens a raw socket, which takes CAP_NET_RAW, for the link with this NAME and INDEX. -EOPNOTSUPP
 * for one without MAC addresses, whose neighbours need no advertisement.
 */
int ndisc_open(struct ndisc *ndisc, const char *name, int index, struct error *e) MUST_CHECK;
void ndisc_close(struct ndisc *ndisc);

/* Tells all nodes on the link that ADDRESS is at the link's own MAC address. */
int ndisc_announce(const struct ndisc *ndisc, const struct in6_addr *address,
                   struct error *e) MUST_CHECK;

#endif
