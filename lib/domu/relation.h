/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who holds what, and whether that forbids it to a domU: the one policy of hook, sync, status and
 * check. Pure: the callers read the kernel and the XenStore.
 */
#ifndef RELATION_H
#define RELATION_H

#include "base/model.h"
#include "domu/vif.h"

/* Who has something that a vif is to get, seen from that vif's domU. */
enum relation {
    HELD_BY_OTHER,   /* another live domU: a conflict */
    HELD_BY_SELF,    /* the same domU under another domid: it migrates, and takes it along */
    HELD_BY_SIBLING, /* another vif of the same domU: both have it, one is routed to */
    HELD_BY_CARD,    /* the same card by another link: its tap, or its stubdomain's vif */
    HELD_BY_GONE,    /* a vif that nobody uses any more: a leftover */
    HELD_BY_NEW,     /* a vif made since the XenStore was read: its domU is not known yet */
    HELD_BY_HOST,    /* dom0 itself: the link is no vif */
};

struct holder {
    enum relation relation;
    char link[IF_NAMESIZE];
    char domu[128]; /* "domU web", for the message; "" if no running domU has it */
    char twin[40];  /* if both domUs have one name: the UUID of the one that wants; else "" */
};

/* Something on another link that concerns a wanted entry. */
struct held {
    struct entry entry;
    struct holder holder;
};

/*
 * Who holds ENTRY, which is on LINK, seen from VIF. OTHER is the vif with that
 * link, with its ids read, while its backend and its domU exist; otherwise NULL. VIF may be NULL:
 * then every live vif is another's.
 */
struct holder find_holder(const struct vif *vif, const struct vif *other, const struct link *link,
                          const struct entry *entry);

/*
 * Whether ENTRY, on whichever other link, can have to do with WANTED, a gateway with its length or
 * a route's destination. Cheap: it is asked before anybody looks for the holder.
 */
bool entry_concerns(const struct entry *entry, const struct prefix *wanted);

/*
 * Whether HELD forbids WANTED. A network of another domU does if they overlap; dom0's own do if
 * WANTED equals or covers one, or contains an address or a router of dom0. Link-local addresses are
 * each link's own.
 */
bool is_conflict(const struct held *held, const struct prefix *wanted);

/* Whether HELD is a leftover that moves to the domU that wants it, or is removed. */
bool is_left_over(const struct held *held);

/* Whether the two compete for packets: networks that overlap, but IPv4 routes only if equal. */
bool prefixes_compete(const struct prefix *wanted, const struct prefix *held);

/* The vif's link, out of those that exist. */
enum link_choice {
    LINK_NONE,    /* neither exists */
    LINK_OWN,     /* the one called vifD.N */
    LINK_RENAMED, /* the one called as the backend's vifname says */
    LINK_TAKEN,   /* both exist: the vifname is another link's name */
    LINK_FOREIGN, /* only the vifname's exists, and it plainly is no vif (a NIC, a bridge) */
};

/* OWN is the link called vifD.N, RENAMED the one called by the vifname; NULL, or index 0: none. */
enum link_choice choose_link(const struct vif *vif, const struct link *own,
                             const struct link *renamed);

#endif
