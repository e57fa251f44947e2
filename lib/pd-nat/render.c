/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pd-nat/backend.h"

#define LONGEST_LINE 256

/* ---- rules with gaps ---- */

/* Whether NAT asks for the rule, and the prefixes for its gaps are known. */
static bool is_rule_wanted(const struct rule *rule, const struct pd_nat_mapping *mapping)
{
    const struct pd_nat_section *nat = &mapping->nat;

    if ((mapping->external.length == 0 && (strstr(rule->text, "@e") || strstr(rule->text, "@x"))) ||
        (nat->internal.length == 0 && strstr(rule->text, "@i")))
        return false;
    switch (rule->when) {
    case WITH_HAIRPIN:
        return nat->hairpin;
    case WITH_ULA_GUARD:
        return nat->ula_guard;
    case WITH_FLOW_LIMIT:
        return nat->flow_limit > 0;
    case IF_OPEN:
        return !nat->is_closed;
    case IF_CLOSED:
    case EACH_OPEN:
        return nat->is_closed;
    default:
        return true;
    }
}

static void print_gap(FILE *out, char gap, const struct filling *filling)
{
    const struct pd_nat_mapping *mapping = filling->mapping;
    struct prefix prefix = mapping->external;
    char text[PREFIX_TEXT];

    if (gap == 'i')
        prefix = mapping->nat.internal;
    else if (gap == 'n')
        prefix = *filling->open;
    else if (gap == 'x')
        prefix = (struct prefix){pd_nat_other_side(mapping, &filling->open->address),
                                 filling->open->length};
    if (gap == '@')
        fputc('@', out);
    else if (gap == 'l')
        fprintf(out, "%" PRIu32, mapping->nat.flow_limit);
    else if (gap == 'w')
        fputs(mapping->nat.link, out);
    else if (gap == 'b')
        fputs(pd_nat_backend_names[mapping->nat.backend], out);
    else if (gap == 'm')
        fprintf(out, "0x%" PRIx32, mapping->nat.mark);
    else if (gap == 'k')
        fprintf(out, "0x%" PRIx32, ~mapping->nat.kept);
    else if (gap == 't')
        fprintf(out, mapping->nat.kept ? "0x%" PRIx32 "/0x%" PRIx32 : "0x%" PRIx32,
                mapping->nat.mark, ~mapping->nat.kept);
    else
        fputs(prefix_print(&prefix, text), out);
}

void rules_print_text(FILE *out, const char *text, const struct filling *filling)
{
    for (; *text; text++)
        if (*text == '@')
            print_gap(out, *++text, filling);
        else
            fputc(*text, out);
}

static void visit_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                       const struct pd_nat_mapping *mapping, rule_printer print)
{
    const struct pd_nat_section *nat = &mapping->nat;
    const size_t times = rule->when == EACH_OPEN ? nat->open_count : 1;

    for (size_t i = 0; i < times && is_rule_wanted(rule, mapping); i++) {
        const struct filling filling = {.mapping = mapping,
                                        .open = rule->when == EACH_OPEN ? &nat->open[i] : NULL};

        print(out, chain, rule, &filling);
    }
}

void rules_visit(FILE *out, const struct chain *chain, const struct pd_nat_mapping *mappings,
                 size_t count, enum pd_nat_backend_id backend, rule_printer print)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ARRAY_SIZE(chain->rules) && chain->rules[j].text; j++)
            if (chain->serves_all || mappings[i].nat.backend == backend)
                visit_rule(out, chain, &chain->rules[j], &mappings[i], print);
}

int rules_check_links(const struct pd_nat_mapping *mappings, size_t count, struct error *e)
{
    for (size_t i = 0; i < count; i++)
        if (rule_link_refusal(mappings[i].nat.link))
            return fail(e, EINVAL, "'%s' %s", mappings[i].nat.link,
                        rule_link_refusal(mappings[i].nat.link));
    return 0;
}

int rules_finish(FILE *out, char **text, struct error *e)
{
    if (fclose(out) == 0)
        return 0;
    free(TAKE(*text));
    return fail_memory(e);
}

/* ---- reading rules ---- */

struct pd_nat_mapping *reading_find(const struct pd_nat_reading *reading, const char *link,
                                    enum pd_nat_backend_id backend)
{
    for (size_t i = 0; i < reading->count; i++)
        if (reading->mappings[i].nat.backend == backend &&
            strcmp(reading->mappings[i].nat.link, link) == 0)
            return &reading->mappings[i];
    return NULL;
}

int reading_add(struct pd_nat_reading *reading, const char *link, enum pd_nat_backend_id backend,
                struct pd_nat_mapping **out)
{
    *out = reading_find(reading, link, backend);
    if (*out)
        return 0;
    *out = array_add(&reading->mappings, &reading->count, sizeof(**out));
    if (!*out)
        return -ENOMEM;
    **out = (struct pd_nat_mapping){.nat = {.backend = backend, .mark = PD_NAT_MARK}};
    snprintf((*out)->nat.link, sizeof((*out)->nat.link), "%s", link);
    return 0;
}

int reading_add_words(struct pd_nat_reading *reading, const struct rule_words *words,
                      enum pd_nat_backend_id backend, struct pd_nat_mapping **out)
{
    struct prefix internal;
    struct prefix external;
    int result;

    *out = NULL;
    if (prefix_parse(words->internal, -1, &internal, NULL) < 0 ||
        prefix_parse(words->external, -1, &external, NULL) < 0 ||
        internal.length != external.length || external.length == 0)
        return 0;
    result = reading_add(reading, words->link, backend, out);
    if (result == 0 && (*out)->external.length == 0) {
        (*out)->nat.internal = internal;
        (*out)->external = external;
    }
    return result;
}

int reading_each_line(struct pd_nat_reading *reading, const char *text,
                      int (*read)(struct pd_nat_reading *reading, const char *line))
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
