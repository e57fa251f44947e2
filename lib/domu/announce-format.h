/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The definitions that a routing daemon needs to announce the domUs' networks. Pure.
 */
#ifndef ANNOUNCE_FORMAT_H
#define ANNOUNCE_FORMAT_H

#include <stdio.h>

#include "domu/announce.h"

enum announce_protocol { ANNOUNCE_BGP, ANNOUNCE_OSPF };

struct announce_format {
    const char *name;
    void (*print)(const struct announced_list *list, enum announce_protocol protocol, FILE *out);
};

/* The format with this name, or NULL. */
const struct announce_format *announce_format_find(const char *name);

#endif
