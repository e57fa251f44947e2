/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `check` says of a configuration beyond each line's own mistakes. Pure: the names of the
 * domUs that exist are handed in.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "config.h"

/* The names of domUs, running or configured. Free with names_free(). */
struct names {
    char **names;
    size_t count;
    bool known; /* whether there is any source to take names from */
};

int names_add(struct names *names, const char *name) MUST_CHECK;
void names_free(struct names *names);

/*
 * Adds to CONFIG's diagnostics: what shows only when the settings meet, other lengths than 64,
 * overlapping subnets of two domUs, and names that no domU of NAMES bears. Fails for want of
 * memory alone.
 */
int judge(struct config *config, const struct names *names, struct error *e) MUST_CHECK;

#endif
