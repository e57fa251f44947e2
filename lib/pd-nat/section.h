/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAT between a ULA prefix and the prefix that DHCPv6 delegates to an external interface: what a
 * section [pd-nat INTERFACE] says, and what follows from a delegated prefix. Pure.
 */
#ifndef PD_NAT_H
#define PD_NAT_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "config/config.h"

#define PD_NAT_MARK 0x8aebe875U /* the recipe's, for hairpin connections with ip6tables */

struct pd_nat_section {
    char link[IF_NAMESIZE]; /* the external interface */
    struct prefix internal;
    bool has_iaid; /* without one, a prefix of any IA_PD counts */
    uint32_t iaid;
    uint64_t part; /* of a larger delegated prefix, counted from 0 */
    enum pd_nat_backend_id backend;
    bool hairpin;
    bool ula_guard;
    uint32_t mark;
    uint32_t kept;       /* the bits of a packet's mark that stay as they are */
    bool is_closed;      /* new connections from outside reach only these internal networks: */
    struct prefix *open; /* borrowed from the section, or from the mapping that owns them */
    size_t open_count;
    uint32_t flow_limit; /* of the connections that one internal host may hold; 0: none */
};

/* Fails because there is no section [pd-nat LINK], or because there can be none. */
int pd_nat_fail_unknown(const struct config *config, const char *link, struct error *e);

/*
 * The section of CONFIG for LINK. -ENOENT if there is none, -EINVAL with file and line of what is
 * wrong with it.
 */
int pd_nat_read(const struct config *config, const char *link, struct pd_nat_section *out,
                struct error *e) MUST_CHECK;

/* The interface of the section with this number, from 0 on, or NULL. */
const char *pd_nat_link(const struct config *config, size_t number);

/* The ULA guard, `inbound` and `flow_limit` are nft's for every backend. */
bool pd_nat_needs_nft(const struct pd_nat_section *nat);

/* Whether any section, even one with mistakes, needs the program of this backend. */
bool pd_nat_uses(const struct config *config, enum pd_nat_backend_id backend);

/* Whether a section lets new connections from outside reach every internal host (`inbound`). */
bool pd_nat_is_open(const struct config *config);

/* Appends to MISTAKES what is wrong with the sections, one by one and together. */
void pd_nat_check(const struct config *config, struct diagnostics *mistakes);

/*
 * The prefix that the internal one becomes outside: the part of the delegated prefix that NAT
 * names, with the length of the internal prefix. -ERANGE if the delegated prefix is too small for
 * that, or does not contain the part; -EINVAL if it cannot be delegated, or overlaps the internal
 * one.
 */
int pd_nat_external(const struct pd_nat_section *nat, const struct prefix *delegated,
                    struct prefix *out, struct error *e) MUST_CHECK;

/*
 * Why PREFIX cannot be a delegated one ("it is or holds multicast addresses"), or NULL if it can.
 * A ULA can: a test bed delegates what it has.
 */
const char *delegation_refusal(const struct prefix *prefix);

/*
 * A section with its external prefix (pd_nat_external()), whose length is 0 if none is known: then
 * there are only the rules of the ULA guard, `inbound` and flow_limit.
 */
struct pd_nat_mapping {
    struct pd_nat_section nat;
    struct prefix external;
};

/* The address on the other side of ADDRESS, which is in the internal or in the external prefix. */
struct in6_addr pd_nat_other_side(const struct pd_nat_mapping *mapping,
                                  const struct in6_addr *address);

#endif
