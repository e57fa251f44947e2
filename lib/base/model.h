/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the layers hand each other: links, and their addresses, routes and neighbours as the
 * kernel has them. Plain data.
 */
#ifndef MODEL_H
#define MODEL_H

#include <net/if.h>
#include <stdbool.h>

#include "base/address.h"

/*
 * The mark of what the suite put into the kernel: IFA_PROTO of an address (since Linux 5.18) and
 * the protocol of a route. They are numbers that no other program has (rt_protos of iproute2).
 */
#define SUITE_PROTOCOL     120 /* for domUs, on their vifs */
#define SIXTOFOUR_PROTOCOL 121 /* for a 6to4 site */
#define ANNOUNCE_PROTOCOL  122 /* routes that a routing daemon announces */

/* Of each vif: netback's own, which Xen's scripts and libxl also set. */
#define VIF_MAC "fe:ff:ff:ff:ff:ff"

struct link {
    int index; /* 0: the link does not exist */
    char name[IF_NAMESIZE];
    bool up;
    bool ignores_guest; /* its IPv6 switches that link_raise() sets are 0 */
    int master;         /* index of the bridge it is a port of, or 0 */
    unsigned int mtu;
    char kind[16];   /* of a link of software ("veth", "bridge"), or "" */
    char bus[16];    /* of its device ("xen-backend", "pci"); "": none, or a kernel before 5.14 */
    char device[16]; /* "vif-1-0" for a vif of netback */
};

struct address {
    struct prefix prefix; /* the address with its length */
    int link;             /* index of the link */
    unsigned int flags;   /* IFA_F_... */
    uint8_t protocol;     /* IFA_PROTO; 0: unmarked, or a kernel before 5.18 */
    uint32_t metric;      /* of its subnet's route, for an address that is to be added */
};

struct route {
    struct prefix destination;
    bool unreachable; /* what is sent there is refused */
    bool onlink;      /* VIA is taken to be on the link, without an address that says so */
    bool is_address;  /* wanted as an `address` of the domU's own */
    bool has_via;
    struct in6_addr via;
    bool has_source;
    struct in6_addr source; /* preferred source address, for IPv4: mapped */
    int link;
    uint32_t metric;
    uint32_t table; /* 0: the main one */
    uint8_t protocol;
};

/* An address's MAC address, or, as a proxy entry, an address that this host answers for. */
struct neighbour {
    struct prefix address; /* a /128 */
    int link;
    char link_name[IF_NAMESIZE]; /* of a proxy entry, whose link is not a vif */
    uint8_t mac[6];              /* of a neighbour */
    bool permanent;              /* of a neighbour: nobody has to ask for it */
    uint8_t protocol;
};

/*
 * What a link holds. Entries are added in the order of their kinds, and removed in the reverse
 * order: a route with a via needs the address of its subnet, and dom0 must not answer on an uplink
 * for an address that has no route.
 */
enum entry_kind { ENTRY_ADDRESS, ENTRY_ROUTE, ENTRY_NEIGHBOUR, ENTRY_PROXY, ENTRY_KINDS };

struct entry {
    enum entry_kind kind;
    union {
        struct address address;
        struct route route;
        struct neighbour neighbour; /* of the last two kinds */
    };
};

/* The address with its length, or the route's destination. */
static inline const struct prefix *entry_prefix(const struct entry *entry)
{
    return entry->kind == ENTRY_ADDRESS ? &entry->address.prefix
           : entry->kind == ENTRY_ROUTE ? &entry->route.destination
                                        : &entry->neighbour.address;
}

static inline int entry_link(const struct entry *entry)
{
    return entry->kind == ENTRY_ADDRESS ? entry->address.link
           : entry->kind == ENTRY_ROUTE ? entry->route.link
                                        : entry->neighbour.link;
}

static inline uint8_t entry_protocol(const struct entry *entry)
{
    return entry->kind == ENTRY_ADDRESS ? entry->address.protocol
           : entry->kind == ENTRY_ROUTE ? entry->route.protocol
                                        : entry->neighbour.protocol;
}

/* Whether it is one of the routes that a routing daemon announces. */
static inline bool entry_is_announced(const struct entry *entry)
{
    return entry->kind == ENTRY_ROUTE && entry->route.protocol == ANNOUNCE_PROTOCOL;
}

/* Whether the suite put it there for a domU. */
static inline bool entry_is_marked(const struct entry *entry)
{
    return entry_protocol(entry) == SUITE_PROTOCOL || entry_is_announced(entry);
}

#endif
