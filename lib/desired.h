/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a section of ipv6.cfg asks for on one vif: its gateway addresses and routes. Pure.
 */
#ifndef DESIRED_H
#define DESIRED_H

#include "config.h"

struct desired {
    struct prefix *gateways; /* in the order of the file: the first is the guest's default route */
    size_t gateway_count;
    struct route_spec *routes;
    size_t route_count;
    bool antispoof;
};

/*
 * Fills OUT for the vif with DEVID, or, with ANY_DEVID, for one that no KEY.DEVID names. Mistakes
 * that show only here (a subnet that does not fit its prefix, a via that no subnet holds) become
 * diagnostics of CONFIG, owned by SECTION. Fails for want of memory alone. Release with
 * desired_free().
 */
int desired_build(struct config *config, const struct section *section, int devid,
                  struct desired *out, struct error *e) MUST_CHECK;
void desired_free(struct desired *desired);

/* Calls desired_build() for every devid that SECTION names, and ANY_DEVID, for its diagnostics. */
int desired_judge(struct config *config, const struct section *section, struct error *e) MUST_CHECK;

#endif
