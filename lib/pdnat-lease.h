/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What dhcpcd tells its hook: which delegated prefixes there are. The environment is taken as
 * dhcpcd made it, with variables of one name more than once (dhcpcd's dhcp6.c), so it is read as an
 * array.
 */
#ifndef PDNAT_LEASE_H
#define PDNAT_LEASE_H

#include "pdnat.h"

#define LEASE_FOREVER UINT32_MAX /* of a lifetime, in seconds */

struct pdnat_lease {
    struct prefix prefix; /* as delegated */
    uint32_t iaid;
    uint32_t preferred; /* seconds from now */
    uint32_t valid;
};

enum lease_event {
    LEASE_BOUND,  /* there are leases, or there would be: BOUND6, RENEW6, REBIND6, REBOOT6 */
    LEASE_ENDS,   /* EXPIRE6, STOP6, RELEASE6, STOPPED, TIMEOUT6 ...: the rules stay */
    LEASE_NO_NEWS /* any other reason */
};

/* What the variable `reason` of ENVIRONMENT means, and `interface` (NULL: it is not there). */
enum lease_event lease_event(char *const *environment);
const char *lease_interface(char *const *environment);

/*
 * Chooses the prefix for NAT out of ENVIRONMENT's: of its IAID if it has one; valid lifetime 0
 * never counts; IN_USE (NULL: none) while it is preferred, else the one with the longest preferred,
 * then valid lifetime. *FOUND is false where there is none. -EINVAL for an environment that is
 * broken (a bad address, a length of 0 or over 128, an overlong value), with what is wrong with it.
 * Pure.
 */
int lease_choose(const struct pdnat *nat, char *const *environment, const struct prefix *in_use,
                 struct pdnat_lease *out, bool *found, struct error *e) MUST_CHECK;

#endif
