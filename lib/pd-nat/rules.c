/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pd-nat/backend.h"

static const struct pd_nat_backend *const backends[BACKEND_COUNT] = {
    [BACKEND_NFT] = &pd_nat_nft,
    [BACKEND_IP6TABLES] = &pd_nat_ip6tables,
};

bool pd_nat_has_backend(const struct pd_nat_mapping *mappings, size_t count,
                        enum pd_nat_backend_id backend)
{
    for (size_t i = 0; i < count; i++)
        if (mappings[i].nat.backend == backend)
            return true;
    return false;
}

void pd_nat_mappings_free(struct pd_nat_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(mappings[i].nat.open);
    free(mappings);
}

/* ---- what is there ---- */

int pd_nat_rules_read(struct pd_nat_rules *out, struct error *e)
{
    int result = 0;

    *out = (struct pd_nat_rules){.of = {NULL}};
    for (size_t i = 0; i < BACKEND_COUNT && result == 0; i++)
        result = backends[i]->read(&out->of[i], e);
    return result;
}

void pd_nat_rules_free(struct pd_nat_rules *rules)
{
    for (size_t i = 0; i < BACKEND_COUNT; i++)
        free(TAKE(rules->of[i]));
}

int pd_nat_rules_in_force(const struct pd_nat_rules *rules, struct pd_nat_mapping **out,
                          size_t *count, struct error *e)
{
    struct pd_nat_reading reading = {.mappings = NULL};
    int result = 0;

    for (size_t i = 0; i < BACKEND_COUNT && result == 0; i++)
        result = backends[i]->understand(rules->of[i], &reading);
    *out = reading.mappings;
    *count = reading.count;
    return result == 0 ? 0 : fail_memory(e);
}

/* ---- what is wanted ---- */

int pd_nat_rules_print(const struct pd_nat_mapping *mappings, size_t count,
                       enum pd_nat_backend_id backend, char **out, struct error *e)
{
    return backends[backend]->print(mappings, count, out, e);
}

/* Each thing that the rules of MAPPING do, one per line. */
static void print_mapping(FILE *out, const struct pd_nat_mapping *mapping)
{
    const struct pd_nat_section *nat = &mapping->nat;
    const char *backend = pd_nat_backend_names[nat->backend];
    char internal[PREFIX_TEXT];
    char external[PREFIX_TEXT];

    if (nat->ula_guard)
        fprintf(out, "%s guard\n", nat->link);
    if (nat->is_closed)
        fprintf(out, "%s inbound no\n", nat->link);
    for (size_t i = 0; i < nat->open_count; i++)
        fprintf(out, "%s inbound %s\n", nat->link, prefix_print(&nat->open[i], internal));
    if (nat->flow_limit > 0)
        fprintf(out, "%s flow_limit %" PRIu32 "\n", nat->link, nat->flow_limit);
    if (mapping->external.length == 0)
        return;
    prefix_print(&nat->internal, internal);
    prefix_print(&mapping->external, external);
    fprintf(out, "%s %s %s %s\n", nat->link, backend, internal, external);
    if (nat->hairpin && nat->backend == BACKEND_IP6TABLES)
        fprintf(out, "%s %s hairpin %s mark 0x%" PRIx32 "/0x%" PRIx32 "\n", nat->link, backend,
                external, nat->mark, ~nat->kept);
    else if (nat->hairpin)
        fprintf(out, "%s %s hairpin %s\n", nat->link, backend, external);
}

static char *print_mappings(const struct pd_nat_mapping *mappings, size_t count)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fputc('\n', out); /* so that each line stands between two line feeds */
    for (size_t i = 0; i < count; i++)
        print_mapping(out, &mappings[i]);
    return rules_finish(out, &text, NULL) == 0 ? text : NULL;
}

/* Prints the lines of TEXT that OTHER lacks, after SIGN. */
static void print_missing(FILE *out, char sign, const char *text, const char *other)
{
    for (text++; *text; text += strcspn(text, "\n") + 1) {
        const size_t length = strcspn(text, "\n") + 1;

        if (!memmem(other, strlen(other), text - 1, length + 1))
            fprintf(out, "%c %.*s", sign, (int)length, text);
    }
}

int pd_nat_rules_compare(const struct pd_nat_mapping *now, size_t now_count,
                         const struct pd_nat_mapping *wanted, size_t wanted_count, char **out,
                         struct error *e)
{
    AUTO_FREE char *before = print_mappings(now, now_count);
    AUTO_FREE char *after = print_mappings(wanted, wanted_count);
    size_t size;
    FILE *stream;

    *out = NULL;
    stream = before && after ? open_memstream(out, &size) : NULL;
    if (!stream)
        return fail_memory(e);
    print_missing(stream, '-', before, after);
    print_missing(stream, '+', after, before);
    return rules_finish(stream, out, e);
}

/* ---- into force ---- */

/* The ULA guard of another backend's mappings is no reason to leave hosts without IPv6. */
static int load_nft(const struct pd_nat_mapping *mappings, size_t count,
                    const struct pd_nat_rules *now, struct pd_nat_loading *loading, bool *changed,
                    struct error *e)
{
    struct error why;
    int result = pd_nat_nft.load(mappings, count, now->of[BACKEND_NFT], loading, changed, &why);

    if (result == 0)
        return 0;
    if (result == -ENOMEM || count == 0 || pd_nat_has_backend(mappings, count, BACKEND_NFT))
        return fail(e, result, "%s", why.text);
    loading->ula_guard = result;
    loading->reason = why;
    return 0;
}

/*
 * If a section took another backend than nft, its new rules come before the old ones go. In all
 * other cases nft is first: what it closes is closed before another backend translates.
 */
int pd_nat_rules_load(const struct pd_nat_mapping *mappings, size_t count,
                      const struct pd_nat_rules *now, struct pd_nat_loading *loading, bool *changed,
                      struct error *e)
{
    const char *table = now->of[BACKEND_NFT];
    const bool nft_first =
        pd_nat_has_backend(mappings, count, BACKEND_NFT) || !table || !strstr(table, "type nat ");
    int result = 0;

    *changed = false;
    *loading = (struct pd_nat_loading){.is_looked_at = false};
    if (nft_first)
        result = load_nft(mappings, count, now, loading, changed, e);
    for (size_t i = BACKEND_NFT + 1; i < BACKEND_COUNT && result == 0; i++)
        result = backends[i]->load(mappings, count, now->of[i], loading, changed, e);
    if (result == 0 && !nft_first)
        result = load_nft(mappings, count, now, loading, changed, e);
    return result;
}

int pd_nat_rules_confirm(const struct pd_nat_mapping *mappings, size_t count,
                         struct pd_nat_loading *loading, bool *again, struct error *e)
{
    int result = 0;

    *again = false;
    for (size_t i = 0; i < BACKEND_COUNT && result == 0; i++)
        if (backends[i]->confirm)
            result = backends[i]->confirm(mappings, count, loading, again, e);
    return result;
}

/* Every backend's mappings need nft's table as well. */
int pd_nat_rules_check(const struct pd_nat_mapping *mappings, size_t count,
                       const struct pd_nat_rules *now, enum pd_nat_backend_id backend,
                       bool *in_force, struct error *e)
{
    int result = backends[backend]->check(mappings, count, now->of[backend], in_force, e);

    if (result < 0 || !*in_force || backend == BACKEND_NFT)
        return result;
    return pd_nat_nft.check(mappings, count, now->of[BACKEND_NFT], in_force, e);
}
