/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's configuration in the words of the program that will read it there. Pure, but for what
 * is written to OUT, whose errors the caller looks for.
 */
#ifndef GUEST_FORMAT_H
#define GUEST_FORMAT_H

#include <stdio.h>

#include "domu/guest.h"

struct guest_format {
    const char *name;
    void (*print)(const struct guest_config *guest, FILE *out);
};

#define GUEST_FORMATS                                                                              \
    "ifupdown, networkd, netplan, cloud-init, freebsd, openbsd, netbsd and windows"

/* One of GUEST_FORMATS; NULL: there is none. */
const struct guest_format *guest_format_find(const char *name);

#endif
