/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 6to4 site in the words of the program that sets up the host's interfaces. Pure, but for what is
 * written to OUT, whose errors the caller looks for.
 */
#ifndef SIXTOFOUR_FORMAT_H
#define SIXTOFOUR_FORMAT_H

#include <stdio.h>

#include "6to4/site.h"

struct sixtofour_format {
    const char *name;
    void (*print)(const struct sixtofour *site, FILE *out);
};

/* ifupdown or networkd; NULL: there is none. */
const struct sixtofour_format *sixtofour_format_find(const char *name);

#endif
