/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's IPv6 switches under /proc/sys/net/ipv6/conf.
 */
#ifndef SYSCTL_H
#define SYSCTL_H

#include <stdbool.h>

#include "error.h"

/* Sets net.ipv6.conf.LINK.KEY, unless it has that value already. */
int sysctl_set(const char *link, const char *key, char value, struct error *e) MUST_CHECK;

/* Whether the switch is '0'; false too when it cannot be read. */
bool sysctl_is_off(const char *link, const char *key);

#endif
