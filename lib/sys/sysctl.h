/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A link's switches under /proc/sys/net/ipv6/conf and /proc/sys/net/ipv4/conf.
 */
#ifndef SYSCTL_H
#define SYSCTL_H

#include <stdbool.h>

#include "base/error.h"

/*
 * Sets net.FAMILY.conf.LINK.KEY, where FAMILY is "ipv4" or "ipv6". On a read-only /proc/sys it only
 * fails if the switch has another value. -ENOENT: no such link, or no such family in this kernel.
 */
int sysctl_set(const char *family, const char *link, const char *key, char value,
               struct error *e) MUST_CHECK;

/* The same for net.ipv6.neigh.LINK.KEY. */
int sysctl_set_neigh(const char *link, const char *key, char value, struct error *e) MUST_CHECK;

/* Whether net.FAMILY.conf.LINK.KEY is '0', or '1'; false if it cannot be read. */
bool sysctl_is_off(const char *family, const char *link, const char *key);
bool sysctl_is_on(const char *family, const char *link, const char *key);

/* The number net.FAMILY.conf.LINK.KEY; 0 if it cannot be read. */
unsigned int sysctl_number(const char *family, const char *link, const char *key);

#endif
