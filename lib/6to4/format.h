/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 6to4 site as configuration for the program that sets up the host's interfaces. The caller
 * checks OUT for errors.
 */
#ifndef SIXTOFOUR_FORMAT_H
#define SIXTOFOUR_FORMAT_H

#include <stdio.h>

#include "6to4/site.h"

struct sixtofour_format {
    const char *name;
    void (*print)(const struct sixtofour *site, FILE *out);
};

/* ifupdown or networkd; NULL for another name. */
const struct sixtofour_format *sixtofour_format_find(const char *name);

#endif
