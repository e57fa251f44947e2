/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LONGEST_WORD 40
#define MOST_EDITS   2

struct nearest nearest_to(const char *word)
{
    return (struct nearest){.word = word};
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned int least(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

/* The edits that make A out of B, of which each inserts, deletes, replaces or swaps letters. */
static unsigned int distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    unsigned int rows[LONGEST_WORD + 1][LONGEST_WORD + 1];

    for (size_t i = 0; i <= a_length; i++)
        for (size_t j = 0; j <= b_length; j++) {
            if (i == 0 || j == 0) {
                rows[i][j] = (unsigned int)(i + j);
                continue;
            }
            rows[i][j] = least(least(rows[i - 1][j], rows[i][j - 1]) + 1,
                               rows[i - 1][j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                rows[i][j] = least(rows[i][j], rows[i - 2][j - 2] + 1);
        }
    return rows[a_length][b_length];
}

void nearest_offer(struct nearest *nearest, const char *candidate, const char *name)
{
    const size_t word_length = strlen(nearest->word);
    const size_t length = strlen(candidate);
    unsigned int found;

    if (word_length == 0 || word_length > LONGEST_WORD || length > LONGEST_WORD ||
        strcasecmp(nearest->best, nearest->word) == 0)
        return;
    found = distance(nearest->word, word_length, candidate, length);
    if (word_length > 1 && strncasecmp(candidate, nearest->word, word_length) == 0)
        found = length > word_length; /* 0: the word itself, as of a subcommand */
    else if (word_length > 3 && strcasestr(candidate, nearest->word))
        found = 2;
    else if (found > MOST_EDITS || found > (word_length + 2) / 3)
        return;
    if (nearest->distance > 0 && found >= nearest->distance)
        return;
    nearest->distance = found ? found : 1;
    snprintf(nearest->best, sizeof(nearest->best), "%s", name ? name : candidate);
}

const char *nearest_hint(struct nearest *nearest)
{
    nearest->hint[0] = '\0';
    if (nearest->distance > 0)
        snprintf(nearest->hint, sizeof(nearest->hint), ": did you mean '%s'?", nearest->best);
    return nearest->hint;
}
