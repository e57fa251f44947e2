/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the subcommands of `pd-nat` do together: the sections of ipv6.cfg with the prefixes that are
 * stored for them become mappings, and these rules.
 */
#ifndef PD_NAT_CORE_H
#define PD_NAT_CORE_H

#include "command.h"
#include "pdnat-rules.h"
#include "pdnat-state.h"

struct pd_nat {
    struct config_text text;
    struct config config;
    bool has_file;                  /* false: there is no ipv6.cfg, and so no section */
    struct pdnat_mapping *mappings; /* of the sections whose prefix is known */
    size_t count;
};

/* Reads ipv6.cfg; none is no failure. Release with pd_nat_free(), also after a failure. */
int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e) MUST_CHECK;
void pd_nat_free(struct pd_nat *pd);

/*
 * Fills the mappings: of LINK (NULL: none) by DELEGATED, or, where that is NULL, not at all; of the
 * others by what is stored for them. *BROKEN tells whether one's file, or section, is broken, which
 * has been reported then; for a broken section what is stored decides.
 */
int pd_nat_map(struct pd_nat *pd, const char *link, const struct prefix *delegated, bool *broken,
               struct error *e) MUST_CHECK;

/*
 * Brings the rules for the mappings into force, and forgets the connections that would go on as
 * before them. *CHANGED tells whether there were others. Under the lock, which the caller holds.
 */
int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e) MUST_CHECK;

/*
 * Gives LINK the prefix STATE has: rules first, then the connections that the one before would
 * keep on dead addresses, and last the file, so that whoever is killed in between is carried on by
 * the next call. Under the lock.
 */
int pd_nat_change(struct pd_nat *pd, const char *link, const struct pdnat_state *state,
                  struct error *e) MUST_CHECK;

#endif
