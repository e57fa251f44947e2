/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses and which default route a domU is to configure, so that they fit what dom0 has on
 * its vif and routes there. Pure; guest-format.h prints it.
 */
#ifndef GUEST_H
#define GUEST_H

#include "domu/ra.h"

/* The options of guest-config. */
struct guest_wish {
    int devid;
    const struct prefix *address; /* instead of ::2; NULL: none */
    bool has_length;              /* the option has the address's length */
    const struct ra *ra;          /* what dom0 advertises to it; NULL: nothing */
};

struct guest_config {
    const struct section *section; /* borrowed */
    int devid;
    struct prefix *addresses; /* at least one, unless guest_hears() */
    size_t address_count;
    struct in6_addr gateway;         /* of the default route: always on the vif's link */
    const struct route_spec *routes; /* dom0's, to this vif; borrowed */
    size_t route_count;
    const struct ra *ra; /* resolvers, and whether dom0 advertises; borrowed */
};

/* Whether the guest configures itself, by router advertisements. */
static inline bool guest_hears(const struct guest_config *guest)
{
    return guest->ra && guest->ra->is_router;
}

/* The default address of a domU in NETWORK: ::2, or the next that dom0 does not have. -EINVAL if
 * there is none. */
int guest_pick_host(const struct desired *desired, const struct prefix *network, struct prefix *out,
                    struct error *e) MUST_CHECK;

/*
 * Fills OUT for the vif of SECTION that DESIRED is about; both have to outlive OUT. -EINVAL if
 * there is no gateway or no address, or the wished one is refused. Release with guest_free().
 */
int guest_plan(const struct section *section, const struct desired *desired,
               const struct guest_wish *wish, struct guest_config *out, struct error *e) MUST_CHECK;

void guest_free(struct guest_config *guest);

#endif
