/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsolicited neighbour advertisements (RFC 4861 7.2.6): the neighbours on a link learn by them at
 * which MAC address an IPv6 address is from now on. Sends packets.
 */
#ifndef NDISC_H
#define NDISC_H

#include <netinet/in.h>

#include "base/error.h"

/* A raw socket, which takes CAP_NET_RAW and receives nothing; -1 if it cannot be had. */
int ndisc_open(void);

/*
 * Tells all nodes on the link with this NAME and INDEX that ADDRESS is at the link's own MAC
 * address. -EOPNOTSUPP for a link without MAC addresses, whose neighbours need no advertisement.
 */
int ndisc_announce(int ndisc, const char *name, int index, const struct in6_addr *address,
                   struct error *e) MUST_CHECK;

#endif
