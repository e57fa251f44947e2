/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dhcpcd that is installed: where it was built to keep what it remembers. Versions and
 * distributions differ (/etc/dhcpcd.duid, /var/lib/dhcpcd5, /var/db/dhcpcd ...), and directories
 * of an earlier one stay behind, so the program itself is asked.
 */
#ifndef DHCPCD_H
#define DHCPCD_H

#include "base/error.h"

struct dhcpcd_paths {
    char *duid;   /* the file with its DUID */
    char *leases; /* the directory of its leases */
};

/*
 * Looks for both in the program. -ENOENT where there is none, or it does not tell. Release with
 * dhcpcd_paths_free(), also after a failure.
 */
int dhcpcd_find_paths(struct dhcpcd_paths *out, struct error *e) MUST_CHECK;

void dhcpcd_paths_free(struct dhcpcd_paths *paths);

#endif
