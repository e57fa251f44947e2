/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A NAT gateway in front of a host that does 6to4: the rules that hand protocol 41 to that host and
 * give what it sends the public address, as text for iptables-restore(8) or nft(8), and which
 * tracked connections do not go by them. Pure.
 *
 * Protocol 41 has no ports, so conntrack has one entry for each pair of addresses, and NAT serves
 * only one host. Both directions need rules, because either side may send the first packet.
 */
#ifndef SIXTOFOUR_GATEWAY_H
#define SIXTOFOUR_GATEWAY_H

#include <net/if.h>
#include <netinet/in.h>

#include "base/error.h"
#include "sys/conntrack.h"

/* The suite's own chains of iptables, and its table and chain of nft. */
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
 * SAVED is what iptables-save printed, or "" if that is unknown: a jump that exists is not added
 * again. The suite's own chains are filled anew; nothing else is touched.
 */
char *gateway_iptables(const struct gateway *gateway, const char *saved);

/*
 * The input that restores the table filter as it was in SAVED. It is needed if the table nat, which
 * is loaded after it in a transaction of its own, fails.
 */
char *gateway_iptables_undo(const char *saved);

/* Whether one of the two tables has rules that iptables cannot show. */
bool gateway_is_hidden(const char *saved);

/*
 * The input of `nft -f -`, as for gateway_iptables(). CHAIN is where forwarding is decided, or
 * NULL, and LISTING that chain as nft lists it, or "". The rules that accept cannot be in the
 * suite's own table: accept ends only its own chain, and another chain can still drop.
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
