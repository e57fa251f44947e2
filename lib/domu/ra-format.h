/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Router advertisements in the words of the program that is to send them. Pure, but for what is
 * written to OUT, whose errors the caller looks for.
 */
#ifndef RA_FORMAT_H
#define RA_FORMAT_H

#include <stdio.h>

#include "domu/ra.h"

struct ra_format {
    const char *name;
    void (*print)(const struct ra_table *table, FILE *out);
};

/* radvd, networkd or dnsmasq; NULL: there is none. */
const struct ra_format *ra_format_find(const char *name);

/* Why radvd.conf cannot hold the link's name, or NULL if it can. */
const char *ra_link_refusal(const char *link);

/* The table as radvd.conf; the caller frees it. NULL: out of memory. */
char *ra_print_radvd(const struct ra_table *table) MUST_CHECK;

/* Reads the table back from such a text, passing over what it does not know. -ENOMEM. */
int ra_parse_radvd(const char *text, struct ra_table *out) MUST_CHECK;

#endif
