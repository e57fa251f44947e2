/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dhcpcd tells its hook: which delegated prefixes there are. The environment is taken as
 * dhcpcd made it, with variables of one name more than once (dhcpcd's dhcp6.c), so it is read as an
 * array. Nothing in it is owned or changed.
 */
#ifndef PD_NAT_LEASE_H
#define PD_NAT_LEASE_H

#include "pd-nat/section.h"

#define LEASE_FOREVER UINT32_MAX /* of a lifetime, in seconds (RFC 8415 7.7) */

struct pd_nat_lease {
    struct prefix prefix; /* as delegated */
    uint32_t iaid;        /* 0 if it is not known */
    uint32_t preferred;   /* seconds from now */
    uint32_t valid;
};

enum lease_event {
    LEASE_BOUND,  /* there are leases, or there would be: BOUND6, RENEW6, REBIND6, REBOOT6 */
    LEASE_OVER,   /* EXPIRE6, RELEASE6: the rules stay, for want of anything better */
    LEASE_KEPT,   /* STOP6, STOPPED, TIMEOUT6, DEPARTED: its lifetimes go on */
    LEASE_NO_NEWS /* any other reason */
};

/*
 * What the variable `reason` of ENVIRONMENT means, and `interface` (NULL: it is not there). Of
 * duplicates the first counts, as for getenv().
 */
enum lease_event lease_event(char *const *environment);
const char *lease_interface(char *const *environment);

/*
 * Chooses the prefix for NAT out of ENVIRONMENT's: of its IAID if it has one, and one whose IAID is
 * not known only if it has none; valid lifetime 0 never counts, nor preferred over valid lifetime
 * (RFC 8415 21.22). One that pd_nat_external() refuses is taken only if there is no
 * other, so that pd_nat_external() can say so. IN_USE (NULL: none) stays while it is preferred,
 * else it is the one with the longest preferred, then valid lifetime. *FOUND is false where there
 * is none.
 *
 * -EINVAL for an environment that is broken, with the variable and what is wrong with it: a bad
 * address, length (0 or over 128) or number, a prefix without its length or lifetimes (dhcpcd
 * prints all four), two values for one; and, of a prefix that counts, host bits or no global
 * unicast. *OUT and *FOUND are then as they were. -ENOMEM. Pure.
 */
int lease_choose(const struct pd_nat_section *nat, char *const *environment,
                 const struct prefix *in_use, struct pd_nat_lease *out, bool *found,
                 struct error *e) MUST_CHECK;

/* What a message says of a prefix that was delegated before. */
enum lease_word {
    LEASE_UNTOLD, /* nothing: its lifetimes go on */
    LEASE_TOLD,   /* it has new lifetimes */
    LEASE_LOST,   /* it is no longer valid */
};

/*
 * What ENVIRONMENT says of PREFIX. For LEASE_BOUND: lost with valid lifetime 0, or if it is missing
 * while another prefix is valid, because dhcpcd reports its whole lease in one message. For
 * LEASE_OVER: lost if it is among the old prefixes, or if none is named. Variables of other
 * prefixes may be broken; then a missing prefix is not lost. A preferred lifetime over the valid
 * one says nothing (RFC 8415 21.22). *OUT is filled for LEASE_TOLD only. Pure.
 */
enum lease_word lease_tells(enum lease_event event, char *const *environment,
                            const struct prefix *prefix, struct pd_nat_lease *out);

/*
 * Why PREFIX cannot be a delegated one ("it is or holds multicast addresses"), or NULL if it can.
 * A ULA can: a test bed delegates what it has.
 */
const char *lease_refusal(const struct prefix *prefix);

#endif
