/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The known word nearest to an unknown one, for messages. Pure.
 */
#ifndef NEAREST_H
#define NEAREST_H

#include "base/base.h"

struct nearest {
    const char *word;      /* the unknown one */
    unsigned int distance; /* of the best candidate so far; 0: no candidate is near */
    char best[64];
    char hint[96];
};

/* Begins a search. */
struct nearest nearest_to(const char *word);

/*
 * Offers a candidate. It counts if the word is its beginning or part of it, or if few letters are
 * wrong, missing, surplus or swapped. The first of several that are equally near wins. NAME, if not
 * NULL, is what the hint says instead of CANDIDATE.
 */
void nearest_offer(struct nearest *nearest, const char *candidate, const char *name);

/* ": did you mean 'status'?", or "" if no candidate is near enough. */
const char *nearest_hint(struct nearest *nearest);

#endif
