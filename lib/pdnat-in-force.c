/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "pdnat-rules.h"

#define LONGEST_LINE 256

/* What a rule says. */
struct words {
    char link[IF_NAMESIZE];
    char internal[PREFIX_TEXT];
    char external[PREFIX_TEXT];
};

struct reading {
    struct pdnat_mapping *mappings;
    size_t count;
};

static struct pdnat_mapping *find(const struct reading *reading, const char *link,
                                  enum pdnat_backend backend)
{
    for (size_t i = 0; i < reading->count; i++)
        if (reading->mappings[i].nat.backend == backend &&
            strcmp(reading->mappings[i].nat.link, link) == 0)
            return &reading->mappings[i];
    return NULL;
}

/* The mapping that a rule with these words is of, new if need be; *OUT is NULL for other words. */
static int demand(struct reading *reading, const struct words *words, enum pdnat_backend backend,
                  struct pdnat_mapping **out)
{
    struct pdnat_mapping mapping = {.nat = {.backend = backend, .mark = PDNAT_MARK}};

    *out = find(reading, words->link, backend);
    if (*out || prefix_parse(words->internal, -1, &mapping.nat.internal, NULL) < 0 ||
        prefix_parse(words->external, -1, &mapping.external, NULL) < 0 ||
        mapping.nat.internal.length != mapping.external.length)
        return 0;
    snprintf(mapping.nat.link, sizeof(mapping.nat.link), "%s", words->link);
    *out = array_add(&reading->mappings, &reading->count, sizeof(**out));
    if (!*out)
        return -1;
    **out = mapping;
    return 0;
}

/* Each rule of nft's has all words in its comment, and what it is for before them. */
static int read_nft_line(struct reading *reading, const char *line)
{
    struct pdnat_mapping *mapping;
    struct words words;
    char name[32];
    int result;

    if (sscanf(line, " rule comment \"%31[^:]: %15s %49s %49[^\"]\"", name, words.link,
               words.internal, words.external) != 4)
        return 0;
    result = demand(reading, &words, BACKEND_NFT, &mapping);
    if (result == 0 && mapping) {
        mapping->nat.hairpin |= strcmp(name, "hairpin") == 0;
        mapping->nat.guard |= strncmp(name, "ula ", strlen("ula ")) == 0;
    }
    return result;
}

static void read_hairpin(struct reading *reading, const struct words *words, const char *mark)
{
    struct pdnat_mapping *mapping = find(reading, words->link, BACKEND_IP6TABLES);

    if (mapping) {
        mapping->nat.hairpin = true;
        mapping->nat.mark = (uint32_t)strtoul(mark, NULL, 0);
    }
}

static int read_ip6tables_line(struct reading *reading, const char *line)
{
    struct pdnat_mapping *mapping;
    struct words words;
    char mark[16];

    if (sscanf(line, "-A external_snat -s %49s -o %15s -j NETMAP --to %49s", words.internal,
               words.link, words.external) == 3)
        return demand(reading, &words, BACKEND_IP6TABLES, &mapping);
    if (sscanf(line, "-A external_snat -s %49s ! -i %15s -m mark --mark %15s", words.internal,
               words.link, mark) == 3)
        read_hairpin(reading, &words, mark);
    return 0;
}

/* Of the table raw, which may come before nat: for the second time through. */
static int read_guard(struct reading *reading, const char *line)
{
    struct pdnat_mapping *mapping;
    struct words words;

    if (sscanf(line, "-A external_guard -s fc00::/7 -i %15s -j DROP", words.link) != 1)
        return 0;
    mapping = find(reading, words.link, BACKEND_IP6TABLES);
    if (mapping)
        mapping->nat.guard = true;
    return 0;
}

/* Hands READ each line of TEXT, which may be NULL; a longer one is none of the suite's. */
static int each_line(struct reading *reading, const char *text,
                     int (*read)(struct reading *reading, const char *line))
{
    char line[LONGEST_LINE];
    int result = 0;

    while (text && *text && result == 0) {
        const size_t length = strcspn(text, "\n");

        snprintf(line, sizeof(line), "%.*s", (int)length, text);
        if (length < sizeof(line))
            result = read(reading, line);
        text += length + (text[length] == '\n');
    }
    return result;
}

int pdnat_rules_in_force(const struct pdnat_rules *rules, struct pdnat_mapping **out, size_t *count,
                         struct error *e)
{
    struct reading reading = {.mappings = NULL};
    int result = each_line(&reading, rules->listing, read_nft_line);

    if (result == 0)
        result = each_line(&reading, rules->saved, read_ip6tables_line);
    if (result == 0)
        result = each_line(&reading, rules->saved, read_guard);
    *out = reading.mappings;
    *count = reading.count;
    return result == 0 ? 0 : fail_memory(e);
}
