/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unsolicited neighbour advertisements (RFC 4861 7.2.6): they tell the nodes on a link the MAC
 * address of an IPv6 address. Sends packets.
 */
#ifndef NDISC_H
#define NDISC_H

#include <netinet/in.h>

#include "base/error.h"

/* A raw socket that receives nothing; -1 on failure. Needs CAP_NET_RAW. */
int ndisc_open(void);

/*
 * Tells all nodes on the link with this NAME and INDEX that ADDRESS is at the link's own MAC
 * address. -EOPNOTSUPP for a link without MAC addresses, whose neighbours need no advertisement.
 */
int ndisc_announce(int ndisc, const char *name, int index, const struct in6_addr *address,
                   struct error *e) MUST_CHECK;

#endif
