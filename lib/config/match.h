/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which section of ipv6.cfg is a domU's. Pure.
 */
#ifndef MATCH_H
#define MATCH_H

#include "config/config.h"

/* What is known of a domU and the vif in question; NULL for what is not. */
struct identity {
    const char *name; /* without libxl's suffix of a migration's target, see domu_name() */
    const char *uuid; /* lower case */
    const char *mac;  /* lower case */
};

/*
 * The most specific section that matches: the vif's MAC address, the UUID, the exact name, or the
 * one name that differs only in case. NULL if none does. NOTICE gets what the administrator should
 * hear about a match, or a failed one, by case ("" if nothing).
 */
const struct section *match_section(const struct config *config, const struct identity *identity,
                                    struct error *notice);

/*
 * Cuts the suffix that libxl gives a domU during live migration ("--incoming" on the target's side,
 * "--migratedaway" at the source: tools/xl/xl_migrate.c). Returns whether the name had one.
 */
bool domu_name_cut(char *name);

#endif
