/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DUID of a host (RFC 8415 11) for interfaces that have no MAC address to make one of.
 */
#ifndef DUID_H
#define DUID_H

#include <stdbool.h>

#include "base/error.h"

#define DUID_TEXT 54 /* 18 bytes as 00:04:..., and the NUL */

/*
 * Whether a DUID-LL can be made of the interface: it has a MAC address (EUI-48). One that does not
 * exist now is judged by the name that programs give to interfaces without a MAC address: ppp0,
 * tun0, wg0.
 */
bool link_has_mac(const char *link);

/*
 * Prints a DUID-UUID (RFC 6355) that no other host has. It follows from /etc/machine-id and is then
 * the same each time; *IS_RANDOM reports that there is no machine-id, and each call gives another.
 * A keyed hash hides the machine-id, which is confidential (machine-id(5)).
 */
int duid_print(char out[static DUID_TEXT], bool *is_random, struct error *e) MUST_CHECK;

#endif
