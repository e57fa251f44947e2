/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the layers hand each other: links, addresses and routes as the kernel has them. Plain data.
 */
#ifndef MODEL_H
#define MODEL_H

#include <net/if.h>
#include <stdbool.h>

#include "address.h"

/*
 * The mark of what the suite put into the kernel: IFA_PROTO of an address (since Linux 5.18) and
 * the protocol of a route. Any number will do that no other program has (rt_protos of iproute2).
 */
#define SUITE_PROTOCOL     120 /* for domUs, on their vifs */
#define SIXTOFOUR_PROTOCOL 121 /* for a 6to4 site */

struct link {
    int index; /* 0: there is no such link */
    char name[IF_NAMESIZE];
    bool up;
    int master; /* index of the bridge it is a port of, or 0 */
    unsigned int mtu;
};

struct address {
    struct prefix prefix; /* the address with its length */
    int link;             /* index of the link */
    unsigned int flags;   /* IFA_F_... */
    uint8_t protocol;     /* IFA_PROTO; 0: unmarked, or a kernel before 5.18 */
};

struct route {
    struct prefix destination;
    bool unreachable; /* what is sent there is refused */
    bool onlink;      /* VIA is taken to be on the link, without an address that says so */
    bool has_via;
    struct in6_addr via;
    bool has_source;
    struct in6_addr source; /* preferred source address, for IPv4: mapped */
    int link;
    uint32_t metric;
    uint8_t protocol;
};

#endif
