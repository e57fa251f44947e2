/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prefix that an interface was delegated, kept over a reboot in
 * /var/lib/vif-route-ipv6/INTERFACE: replaced atomically, and checked when it is read.
 */
#ifndef PDNAT_STATE_H
#define PDNAT_STATE_H

#include <stdint.h>
#include <time.h>

#include "address.h"
#include "error.h"

#define STATE_DIRECTORY "/var/lib/vif-route-ipv6"
#define STATE_FOREVER   INT64_MAX

struct pdnat_state {
    struct prefix delegated;
    struct prefix internal;  /* as it was then */
    int64_t preferred_until; /* seconds since the epoch; STATE_FOREVER */
    int64_t valid_until;
};

/*
 * Reads LINK's state. -ENOENT where there is none, -EBADMSG for a file that is broken, with what is
 * wrong with it.
 */
int state_read(const char *link, struct pdnat_state *out, struct error *e) MUST_CHECK;

/* Replaces it: temporary file, fsync, rename, fsync of the directory, which is made if need be. */
int state_write(const char *link, const struct pdnat_state *state, struct error *e) MUST_CHECK;

/* Removes it; none is no failure. */
int state_remove(const char *link, struct error *e) MUST_CHECK;

#endif
