/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPv4 addresses as 6to4 and routed vifs need them. Pure functions.
 */
#ifndef IPV4_H
#define IPV4_H

#include <netinet/in.h>
#include <stdbool.h>

#include "error.h"

int ipv4_parse(const char *text, struct in_addr *out, struct error *e) MUST_CHECK;

/*
 * Why a packet can come from no such public address, out of IANA's registry of special-purpose
 * IPv4 addresses ("private, RFC 1918"), or NULL if one can. Documentation ranges are left to
 * ipv4_is_documentation(): they are nobody's, yet every example is written with them.
 */
const char *ipv4_refusal(struct in_addr address);

/* The block of that registry with this NUMBER, from 0 on, as its prefix; false where there is none.
 */
bool ipv4_special_block(size_t number, struct in_addr *network, unsigned int *length);

bool ipv4_is_documentation(struct in_addr address);

#endif
