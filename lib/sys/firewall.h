/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What this host's firewall does with forwarded IPv6 packets of domUs and of the hosts behind
 * pd-nat. Reads nf_tables over netlink, and ip6tables-legacy by its program; changes nothing.
 */
#ifndef FIREWALL_H
#define FIREWALL_H

#include "base/error.h"

enum firewall_fault {
    FIREWALL_DROPS,        /* a forward chain drops all but some links */
    FIREWALL_ACCEPTS_DNAT, /* a rule accepts all connections with a translated destination */
};

struct firewall_chain {
    enum firewall_fault fault;
    bool by_policy; /* FIREWALL_DROPS: by its policy; otherwise by a rule */
    bool legacy;    /* of ip6tables-legacy, which nft does not show */
    char *family;   /* "ip6", "inet" */
    char *table;
    char *name;
    char *accepted; /* FIREWALL_DROPS: accepted links, for firewall_accepts() */
};

struct firewall {
    struct firewall_chain *chains;
    size_t count;
};

/*
 * Reads the rules; release with firewall_free(), also after a failure. -EPERM without
 * CAP_NET_ADMIN. Without CAP_NET_RAW, ip6tables-legacy counts as empty.
 */
int firewall_read(struct firewall *out, struct error *e) MUST_CHECK;
void firewall_free(struct firewall *firewall);

/* The first chain with FAULT, or NULL. */
const struct firewall_chain *firewall_find(const struct firewall *firewall,
                                           enum firewall_fault fault);

/* Whether a chain that drops has a rule that accepts LINK. */
bool firewall_accepts(const struct firewall_chain *chain, const char *link);

/*
 * Messages about CHAIN, `OBJECT: WHY: REMEDY`; the caller frees them. NULL: out of memory. About a
 * chain that drops: those of VIFS that it does not accept, or all ("vif*"); the hosts in the
 * INTERNAL prefix of pd-nat. About FIREWALL_ACCEPTS_DNAT: the remedy of a router with [pd-nat].
 */
char *firewall_drop_message(const struct firewall_chain *chain, const char *const *vifs,
                            size_t count) MUST_CHECK;
char *firewall_pd_nat_message(const struct firewall_chain *chain, const char *internal) MUST_CHECK;
char *firewall_dnat_message(const struct firewall_chain *chain) MUST_CHECK;

#endif
