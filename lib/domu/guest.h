/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other end of a vif: which addresses and which default route its domU is to configure, so that
 * they fit what dom0 has and routes there. Pure; guest-format.h prints it.
 */
#ifndef GUEST_H
#define GUEST_H

#include "domu/ra.h"

/* What its administrator wants of it. */
struct guest_wish {
    int devid;
    const struct prefix *address; /* instead of ::2; NULL: none */
    bool has_length;              /* the address's length was said too */
    const struct ra *ra;          /* what dom0 tells it; NULL: nothing */
};

struct guest_config {
    const struct section *section; /* whose it is; borrowed */
    int devid;
    struct prefix *addresses; /* at least one, unless it hears of them */
    size_t address_count;
    struct in6_addr gateway;         /* of the default route: always on the vif's link */
    const struct route_spec *routes; /* which dom0 has to this vif; borrowed */
    size_t route_count;
    const struct ra *ra; /* its resolvers; if it is a router's, dom0 tells the guest; borrowed */
};

/* Whether the guest configures itself, by router advertisements. */
static inline bool guest_hears(const struct guest_config *guest)
{
    return guest->ra && guest->ra->is_router;
}

/*
 * The address that a domU gets in NETWORK if nobody chooses another: ::2, or the next one that dom0
 * does not have. -EINVAL if there is none.
 */
int guest_pick_host(const struct desired *desired, const struct prefix *network, struct prefix *out,
                    struct error *e) MUST_CHECK;

/*
 * Fills OUT for the vif of SECTION that DESIRED is about, and that has to outlive OUT. -EINVAL
 * where there is no gateway, no address, or the wished one cannot be: E says why. Release with
 * guest_free().
 */
int guest_plan(const struct section *section, const struct desired *desired,
               const struct guest_wish *wish, struct guest_config *out, struct error *e) MUST_CHECK;

void guest_free(struct guest_config *guest);

#endif
