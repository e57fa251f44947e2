/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the installed dhcpcd keeps its DUID and leases. Versions and distributions differ
 * (/etc/dhcpcd.duid, /var/lib/dhcpcd5, /var/db/dhcpcd ...), and the directories of an earlier
 * version may still exist, so the paths are read from the program itself.
 */
#ifndef DHCPCD_H
#define DHCPCD_H

#include "base/error.h"

struct dhcpcd_paths {
    char *duid;   /* the file with its DUID */
    char *leases; /* the directory of its leases */
};

/*
 * Looks for both in the program. -ENOENT if there is no dhcpcd, or they are not in it. Release with
 * dhcpcd_paths_free(), also after a failure.
 */
int dhcpcd_find_paths(struct dhcpcd_paths *out, struct error *e) MUST_CHECK;

void dhcpcd_paths_free(struct dhcpcd_paths *paths);

#endif
