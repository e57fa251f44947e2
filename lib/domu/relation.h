/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds a network, and whether that forbids it to a domU: the policy of hook, sync, status and
 * check. Pure: the callers read the kernel and the XenStore.
 */
#ifndef RELATION_H
#define RELATION_H

#include "base/model.h"
#include "domu/vif.h"

/* The holder of a network that a vif is to get, seen from that vif's domU. */
enum relation {
    HELD_BY_OTHER,     /* another live domU: a conflict */
    HELD_BY_SELF,      /* the same domU under another domid, as it migrates: it moves */
    HELD_BY_SIBLING,   /* another vif of the same domU: both have it, one gets the packets */
    HELD_BY_SAME_CARD, /* the same card's other link: its tap, or its stubdomain's vif */
    HELD_BY_GONE,      /* a vif without a running domU: a leftover */
    HELD_BY_NEW,       /* a vif newer than the reading of the XenStore, of an unknown domU */
    HELD_BY_HOST,      /* dom0: the link is not a vif */
};

struct holder {
    enum relation relation;
    char link[IF_NAMESIZE];
    char domu[DOMU_TEXT]; /* "domU web", for messages; "" if no running domU holds it */
    char own_uuid[40];    /* if both domUs have the same name: the wanting one's UUID; else "" */
};

/* An entry on another link that concerns a wanted one. */
struct held {
    struct entry entry;
    struct holder holder;
};

/*
 * Who holds ENTRY on LINK, seen from VIF (NULL: from no domU). OTHER is the running vif with that
 * link, with its ids read, or NULL.
 */
struct holder find_holder(const struct vif *vif, const struct vif *other, const struct link *link,
                          const struct entry *entry);

/*
 * Whether ENTRY, on another link, can concern WANTED, a gateway with its length or a route's
 * destination. A cheap test before the search for the holder.
 */
bool entry_concerns(const struct entry *entry, const struct prefix *wanted);

/*
 * Whether HELD forbids WANTED. A network of another domU does if they overlap. A network of dom0
 * does if WANTED equals or covers it, contains an address or a router of dom0, or is an address
 * that is reserved there. A link-local address never does.
 */
bool is_conflict(const struct held *held, const struct prefix *wanted);

/*
 * What WANTED, a single address, is in the network of the address OWN: "broadcast" or
 * "subnet-router anycast" (RFC 4291 2.6.1), to which dom0 answers; NULL: neither.
 */
const char *reserved_address(const struct prefix *wanted, const struct prefix *own);

/* Whether HELD is a leftover, to be moved to the domU that wants it or removed. */
bool is_left_over(const struct held *held);

/* Whether both are for the same packets: they overlap, or, as IPv4, are equal. */
bool prefixes_compete(const struct prefix *wanted, const struct prefix *held);

/* Which existing link is the vif's. */
enum link_choice {
    LINK_NONE,    /* neither exists */
    LINK_OWN,     /* the one called vifD.N */
    LINK_RENAMED, /* the one called as the backend's vifname says */
    LINK_TAKEN,   /* both exist: the vifname is another link's name */
    LINK_FOREIGN, /* only the vifname's exists, and is not a vif (but a NIC, a bridge) */
};

/* OWN is the link vifD.N, RENAMED that with the vifname; NULL or index 0: there is none. */
enum link_choice choose_link(const struct vif *vif, const struct link *own,
                             const struct link *renamed);

#endif
