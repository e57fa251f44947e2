/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NAT gateway in front of a host that does 6to4: the rules that hand protocol 41 to that host and
 * give what it sends the public address, as text for iptables-restore(8) or nft(8), and which
 * tracked connections do not go by them. Pure.
 *
 * Protocol 41 has no ports: there is one entry of conntrack for each pair of addresses, and NAT for
 * one host alone. Both directions are needed, for each may have sent the first packet.
 */
#ifndef SIXTOFOUR_GATEWAY_H
#define SIXTOFOUR_GATEWAY_H

#include <net/if.h>
#include <netinet/in.h>

#include "base/error.h"
#include "sys/conntrack.h"

/* What belongs to the suite: chains of iptables, and in nft a table and a chain. */
#define GATEWAY_DNAT    "6to4-dnat"
#define GATEWAY_SNAT    "6to4-snat"
#define GATEWAY_FORWARD "6to4-forward"
#define GATEWAY_NFT     "vif-route-ipv6-6to4" /* no name can begin with a digit there */

struct gateway {
    struct in_addr public_ipv4;
    struct in_addr target;
    char wan[IF_NAMESIZE]; /* empty: any */
};

/* A chain of nft. */
struct gateway_chain {
    char family[8];
    char table[128];
    char name[128];
};

/* Reads 'FAMILY TABLE CHAIN', the family being inet or ip; -EINVAL. */
int gateway_parse_chain(const char *text, struct gateway_chain *out, struct error *e) MUST_CHECK;

/* The chains to look for when none is named, from 0 on; false where there are no more. */
bool gateway_usual_chain(size_t number, struct gateway_chain *out);

/*
 * The input of `iptables-restore --noflush`, or NULL when memory is short; the caller frees it.
 * SAVED is what iptables-save printed, or "" if that is unknown: a jump that is there is not made
 * again. Each chain of the suite's own is filled anew; nothing else is touched.
 */
char *gateway_iptables(const struct gateway *gateway, const char *saved);

/*
 * The input that makes the table filter what it was in SAVED, for when the table nat, which comes
 * behind it and is a transaction of its own, could not be loaded.
 */
char *gateway_iptables_undo(const char *saved);

/* Whether iptables cannot show, and so not tell us, what is in one of the two tables. */
bool gateway_is_hidden(const char *saved);

/*
 * The input of `nft -f -`, as for gateway_iptables(). CHAIN is where forwarding is decided, or
 * NULL, and LISTING that chain as nft lists it, or "". The accepts cannot be in the table of the
 * suite's own: an accept ends its own chain alone, and another one's drop still drops.
 */
char *gateway_nft(const struct gateway *gateway, const struct gateway_chain *chain,
                  const char *listing);

/*
 * Whether the entry, of protocol 41, keeps another mapping than the rules make: of the target to
 * the world, of the world to the public address, or of someone else who got the public address.
 */
bool gateway_is_stale(const struct conntrack_entry *entry, const void *gateway);

/* Such an entry in words, on one line; the caller frees it. NULL when memory is short. */
char *gateway_describe(const struct conntrack_entry *entry);

#endif
