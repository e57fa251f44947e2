/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the firewall of this host does with forwarded IPv6 packets, as far as it concerns domUs and
 * the hosts behind pd-nat. Reads nf_tables over netlink, and the old ip6tables by its own program;
 * changes nothing.
 */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "base/error.h"

enum firewall_fault {
    FIREWALL_DROPS,        /* a forward chain drops, and no rule of its table accepts vifs */
    FIREWALL_ACCEPTS_DNAT, /* a rule accepts every connection with a changed destination */
};

struct firewall_chain {
    enum firewall_fault fault;
    bool by_policy; /* of FIREWALL_DROPS: by its policy; else by a rule */
    bool legacy;    /* of the old ip6tables, which nft does not show */
    char *family;   /* "ip6", "inet" */
    char *table;
    char *name;
};

struct firewall {
    struct firewall_chain *chains;
    size_t count;
};

/*
 * Reads the rules; release with firewall_free(), also after a failure. -EPERM without CAP_NET_ADMIN
 * (the old ip6tables also needs CAP_NET_RAW; without it they count as empty).
 */
int firewall_read(struct firewall *out, struct error *e) MUST_CHECK;
void firewall_free(struct firewall *firewall);

/* The first chain with FAULT, or NULL. */
const struct firewall_chain *firewall_find(const struct firewall *firewall,
                                           enum firewall_fault fault);

/*
 * The message about CHAIN, `OBJECT: WHY: REMEDY`; the caller frees it. NULL: out of memory. For
 * FIREWALL_ACCEPTS_DNAT the remedy is that of a router with a [pd-nat] section.
 */
char *firewall_message(const struct firewall_chain *chain) MUST_CHECK;

#endif
