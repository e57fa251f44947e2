/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fail-over between routers that take turns with one MAC address: all of them get the same
 * delegated prefix if dhcpcd derives its DUID from that address and remembers no leases. For that,
 * its DUID file must be empty, its lease directory without a lease, and both immutable.
 */
#ifndef FAILOVER_H
#define FAILOVER_H

#include <stdbool.h>

#include "base/error.h"
#include "pd-nat/dhcpcd.h"

/* One of the two as it is. */
struct failover_part {
    bool exists;
    bool immutable;
    bool empty; /* the file without a byte, the directory without a lease */
};

struct failover {
    struct failover_part duid;
    struct failover_part leases;
};

bool failover_part_ready(const struct failover_part *part);

/* Looks at both. A missing one is no failure. */
int failover_look(const struct dhcpcd_paths *paths, struct failover *out,
                  struct error *e) MUST_CHECK;

/*
 * Creates those that are missing, and makes both immutable, or neither. -ENOTEMPTY if one of them
 * holds something, unless FORCE, which empties the file and deletes the leases. A directory with
 * files that are not dhcpcd's is refused in any case.
 */
int failover_enable(const struct dhcpcd_paths *paths, bool force, struct error *e) MUST_CHECK;

/* Makes those that exist mutable again. */
int failover_disable(const struct dhcpcd_paths *paths, struct error *e) MUST_CHECK;

#endif
