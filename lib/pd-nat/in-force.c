/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "pd-nat/rules.h"

#define LONGEST_LINE 256

/* What a rule says. */
struct words {
    char link[IF_NAMESIZE];
    char internal[PREFIX_TEXT];
    char external[PREFIX_TEXT];
};

struct reading {
    struct pd_nat_mapping *mappings;
    size_t count;
};

static struct pd_nat_mapping *find(const struct reading *reading, const char *link,
                                   enum pd_nat_backend backend)
{
    for (size_t i = 0; i < reading->count; i++)
        if (reading->mappings[i].nat.backend == backend &&
            strcmp(reading->mappings[i].nat.link, link) == 0)
            return &reading->mappings[i];
    return NULL;
}

static int add(struct reading *reading, const char *link, enum pd_nat_backend backend,
               struct pd_nat_mapping **out)
{
    *out = find(reading, link, backend);
    if (*out)
        return 0;
    *out = array_add(&reading->mappings, &reading->count, sizeof(**out));
    if (!*out)
        return -1;
    **out = (struct pd_nat_mapping){.nat = {.backend = backend, .mark = PD_NAT_MARK}};
    snprintf((*out)->nat.link, sizeof((*out)->nat.link), "%s", link);
    return 0;
}

/* The mapping that a rule with these words is of, new if need be; *OUT is NULL for other words. */
static int demand(struct reading *reading, const struct words *words, enum pd_nat_backend backend,
                  struct pd_nat_mapping **out)
{
    struct prefix internal;
    struct prefix external;
    int result;

    *out = NULL;
    if (prefix_parse(words->internal, -1, &internal, NULL) < 0 ||
        prefix_parse(words->external, -1, &external, NULL) < 0 ||
        internal.length != external.length || external.length == 0)
        return 0;
    result = add(reading, words->link, backend, out);
    if (result == 0 && (*out)->external.length == 0) {
        (*out)->nat.internal = internal;
        (*out)->external = external;
    }
    return result;
}

static int add_open(struct pd_nat_section *nat, const char *text)
{
    struct prefix network;
    struct prefix *slot;

    if (prefix_parse(text, -1, &network, NULL) < 0)
        return 0;
    slot = array_add(&nat->open, &nat->open_count, sizeof(*slot));
    if (!slot)
        return -1;
    *slot = network;
    return 0;
}

/* Of what every backend has in nft's table: the guard, and what `inbound` closes or leaves open. */
static int read_common(struct reading *reading, const char *name, const char *link,
                       enum pd_nat_backend backend, const char *network)
{
    const bool is_guard = begins_with(name, "ula ");
    const bool is_open = strcmp(name, "open") == 0;
    struct pd_nat_mapping *mapping;

    if (!is_guard && !is_open && strcmp(name, "closed") != 0)
        return 0;
    if (add(reading, link, backend, &mapping) < 0)
        return -1;
    mapping->nat.guard |= is_guard;
    mapping->nat.is_closed |= !is_guard;
    return is_open ? add_open(&mapping->nat, network) : 0;
}

/* Each rule of nft's has all words in its comment, and what it is for before them. */
static int read_nft_line(struct reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
    struct words words = {.external = ""};
    char name[32];
    int result;
    const int count = sscanf(line, " rule comment \"%31[^:]: %15s %49[^ \"] %49[^\"]\"", name,
                             words.link, words.internal, words.external);

    if (count >= 3 && strcmp(words.internal, "nft") == 0)
        return read_common(reading, name, words.link, BACKEND_NFT, words.external);
    if (count >= 3 && strcmp(words.internal, "ip6tables") == 0)
        return read_common(reading, name, words.link, BACKEND_IP6TABLES, words.external);
    if (count != 4)
        return 0;
    result = demand(reading, &words, BACKEND_NFT, &mapping);
    if (result == 0 && mapping) {
        mapping->nat.hairpin |= begins_with(name, "hairpin");
        mapping->nat.guard |= begins_with(name, "ula "); /* version 1.0 */
    }
    return result;
}

static void read_hairpin(struct reading *reading, const struct words *words, const char *mark)
{
    struct pd_nat_mapping *mapping = find(reading, words->link, BACKEND_IP6TABLES);
    char *mask;

    if (mapping) {
        mapping->nat.hairpin = true;
        mapping->nat.mark = (uint32_t)strtoul(mark, &mask, 0);
        mapping->nat.kept = *mask == '/' ? ~(uint32_t)strtoul(mask + 1, NULL, 0) : 0;
    }
}

static int read_ip6tables_line(struct reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
    struct words words;
    char mark[24];

    if (sscanf(line, "-A external_snat -s %49s -o %15s -j NETMAP --to %49s", words.internal,
               words.link, words.external) == 3)
        return demand(reading, &words, BACKEND_IP6TABLES, &mapping);
    if (sscanf(line, "-A external_snat -s %49s ! -i %15s -m mark --mark %23s", words.internal,
               words.link, mark) == 3)
        read_hairpin(reading, &words, mark);
    return 0;
}

/* Version 1.0's, of the table raw, which may come before nat: for the second time through. */
static int read_guard(struct reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
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

void pd_nat_mappings_free(struct pd_nat_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(mappings[i].nat.open);
    free(mappings);
}

int pd_nat_rules_in_force(const struct pd_nat_rules *rules, struct pd_nat_mapping **out,
                          size_t *count, struct error *e)
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
