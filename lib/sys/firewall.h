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
    FIREWALL_DROPS,        /* a forward chain drops, but for some links */
    FIREWALL_ACCEPTS_DNAT, /* a rule accepts every connection with a changed destination */
};

struct firewall_chain {
    enum firewall_fault fault;
    bool by_policy; /* of FIREWALL_DROPS: by its policy; else by a rule */
    bool legacy;    /* of the old ip6tables, which nft does not show */
    char *family;   /* "ip6", "inet" */
    char *table;
    char *name;
    char *accepted; /* by a chain that drops: links, for firewall_accepts() */
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

/* Whether a rule of a chain that drops accepts what LINK sends or receives. */
bool firewall_accepts(const struct firewall_chain *chain, const char *link);

/*
 * The messages about CHAIN, `OBJECT: WHY: REMEDY`; the caller frees them. NULL: out of memory. For
 * a chain that drops: about those of VIFS, the running ones, that it does not accept, or of all
 * that may come ("vif*"), and about the hosts in the INTERNAL prefix of pd-nat. For
 * FIREWALL_ACCEPTS_DNAT the remedy is that of a router with a [pd-nat] section.
 */
char *firewall_drop_message(const struct firewall_chain *chain, const char *const *vifs,
                            size_t count) MUST_CHECK;
char *firewall_pd_nat_message(const struct firewall_chain *chain, const char *internal) MUST_CHECK;
char *firewall_dnat_message(const struct firewall_chain *chain) MUST_CHECK;

#endif
