/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define TABLE "ip6 pd-nat"

/* ---- rules with gaps ---- */

enum condition {
    ALWAYS,
    WITH_HAIRPIN,
    WITH_GUARD,
    IF_OPEN,   /* inbound = yes */
    IF_CLOSED, /* inbound is anything else */
    EACH_OPEN, /* once for each network that inbound names */
};

/*
 * In the texts @w is the external interface, @b the backend, @i the internal prefix, @e the
 * external one, @m the mark, @k its mask, @t both as ip6tables-save prints them for a match, and @n
 * and @x are a network of `inbound`, inside and outside. A rule whose gaps cannot be filled, as no
 * prefix is known, is left out. nft's rules bear COMMENT, by which they are recognised: a rule that
 * changes gets another one.
 */
struct rule {
    enum condition when;
    const char *text;
    const char *comment;
};

struct chain {
    const char *name;
    const char *place; /* nft: of the base chain; ip6tables: the table */
    const char *from;  /* ip6tables: the built-in chain that jumps there */
    bool is_ours;      /* nft: it serves every backend; ip6tables: the jump is not the user's */
    struct rule rules[6];
};

/* A rule's mapping, and its network of `inbound`. */
struct filling {
    const struct pd_nat_mapping *mapping;
    const struct prefix *open;
};

static bool applies(const struct rule *rule, const struct pd_nat_section *nat)
{
    switch (rule->when) {
    case WITH_HAIRPIN:
        return nat->hairpin;
    case WITH_GUARD:
        return nat->guard;
    case IF_OPEN:
        return !nat->is_closed;
    case IF_CLOSED:
    case EACH_OPEN:
        return nat->is_closed;
    default:
        return true;
    }
}

static bool can_be_filled(const struct rule *rule, const struct pd_nat_mapping *mapping)
{
    return (mapping->external.length > 0 ||
            (!strstr(rule->text, "@e") && !strstr(rule->text, "@x"))) &&
           (mapping->nat.internal.length > 0 || !strstr(rule->text, "@i"));
}

struct in6_addr pd_nat_other_side(const struct pd_nat_mapping *mapping,
                                  const struct in6_addr *address)
{
    struct in6_addr other = *address;

    for (size_t i = 0; i < sizeof(other.s6_addr); i++)
        other.s6_addr[i] ^=
            mapping->nat.internal.address.s6_addr[i] ^ mapping->external.address.s6_addr[i];
    return other;
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
    if (gap == 'w')
        fputs(mapping->nat.link, out);
    else if (gap == 'b')
        fputs(mapping->nat.backend == BACKEND_NFT ? "nft" : "ip6tables", out);
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

static void print_text(FILE *out, const char *text, const struct filling *filling)
{
    for (; *text; text++)
        if (*text == '@')
            print_gap(out, *++text, filling);
        else
            fputc(*text, out);
}

typedef void (*rule_printer)(FILE *out, const struct chain *chain, const struct rule *rule,
                             const struct filling *filling);

static void visit_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                       const struct pd_nat_mapping *mapping, rule_printer print)
{
    const struct pd_nat_section *nat = &mapping->nat;
    const size_t times = rule->when == EACH_OPEN ? nat->open_count : 1;

    for (size_t i = 0; i < times && applies(rule, nat) && can_be_filled(rule, mapping); i++) {
        const struct filling filling = {.mapping = mapping,
                                        .open = rule->when == EACH_OPEN ? &nat->open[i] : NULL};

        print(out, chain, rule, &filling);
    }
}

/* Hands PRINT each rule of CHAIN for each of the mappings of BACKEND, or of ANY. */
static void visit_rules(FILE *out, const struct chain *chain, const struct pd_nat_mapping *mappings,
                        size_t count, enum pd_nat_backend backend, bool any, rule_printer print)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ARRAY_SIZE(chain->rules) && chain->rules[j].text; j++)
            if (any || mappings[i].nat.backend == backend)
                visit_rule(out, chain, &chain->rules[j], &mappings[i], print);
}

static size_t count_mappings(const struct pd_nat_mapping *mappings, size_t count,
                             enum pd_nat_backend backend)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++)
        found += mappings[i].nat.backend == backend;
    return found;
}

static int check_links(const struct pd_nat_mapping *mappings, size_t count, struct error *e)
{
    for (size_t i = 0; i < count; i++)
        if (rule_link_refusal(mappings[i].nat.link))
            return fail(e, EINVAL, "'%s' %s", mappings[i].nat.link,
                        rule_link_refusal(mappings[i].nat.link));
    return 0;
}

static int finish(FILE *out, char **text, struct error *e)
{
    if (fclose(out) == 0)
        return 0;
    free(TAKE(*text));
    return fail_memory(e);
}

/* ---- nft ---- */

/*
 * The kernel takes the first mapping that a chain of type nat makes, so these chains come before
 * others at the usual priorities: a masquerade of all that leaves would override them. What they
 * have no mapping for goes on to the others, and so does what is for an address of this host: its
 * services, and the ports that the user publishes there.
 *
 * What this host sends to a neighbour that has an address out of the external prefix is not
 * translated either. The route has been found before the output hook: its next hop is then that
 * neighbour itself, and not a router.
 *
 * A hairpin connection is one whose destination was the external prefix and has been translated; no
 * mark is needed, and those among internal addresses are not touched.
 *
 * The guard stands where packets have the addresses that the world sees: coming in before
 * translation, going out after it, by whomever. So it serves ip6tables as well, which has no table
 * there. `inbound`, which comes last as it is younger than the others, drops before the
 * translation, and so before any firewall's forward chain, which may accept all that was
 * translated.
 */
#define NOT_THIS_HOST " fib daddr type != local fib daddr type != anycast"

static const struct chain nft_chains[] = {
    {"guard_in",
     "type filter hook prerouting priority raw; policy accept;",
     NULL,
     true,
     {{WITH_GUARD, "iifname \"@w\" ip6 saddr fc00::/7 drop", "ula source: @w @b"},
      {WITH_GUARD, "iifname \"@w\" ip6 daddr fc00::/7 drop", "ula destination: @w @b"}}},
    {"prerouting",
     "type nat hook prerouting priority dstnat - 1; policy accept;",
     NULL,
     false,
     {{ALWAYS, "iifname \"@w\" ip6 daddr @e" NOT_THIS_HOST " dnat ip6 prefix to @i",
       "inside: @w @i @e"},
      {WITH_HAIRPIN,
       "iifname != \"@w\" ip6 saddr @i ip6 daddr @e" NOT_THIS_HOST " dnat ip6 prefix to @i",
       "hairpin inside: @w @i @e"}}},
    {"output",
     "type nat hook output priority -101; policy accept;",
     NULL,
     false,
     {{WITH_HAIRPIN, "ip6 daddr @e rt ip6 nexthop != @e" NOT_THIS_HOST " dnat ip6 prefix to @i",
       "from router: @w @i @e"}}},
    {"postrouting",
     "type nat hook postrouting priority srcnat - 1; policy accept;",
     NULL,
     false,
     {{ALWAYS, "oifname \"@w\" ip6 saddr @i snat ip6 prefix to @e", "out: @w @i @e"},
      {WITH_HAIRPIN,
       "iifname != \"@w\" ip6 saddr @i ct status dnat ct original ip6 daddr @e "
       "snat ip6 prefix to @e",
       "hairpin: @w @i @e"}}},
    {"guard_out",
     "type filter hook postrouting priority srcnat + 10; policy accept;",
     NULL,
     true,
     {{WITH_GUARD, "oifname \"@w\" ip6 saddr fc00::/7 drop", "ula source: @w @b"},
      {WITH_GUARD, "oifname \"@w\" ip6 daddr fc00::/7 drop", "ula destination: @w @b"}}},
    {"inbound",
     "type filter hook prerouting priority dstnat - 2; policy accept;",
     NULL,
     true,
     {{EACH_OPEN, "iifname \"@w\" ip6 daddr @n accept", "open: @w @b @n"},
      {EACH_OPEN, "iifname \"@w\" ip6 daddr @x accept", "open outside: @w @b @x"},
      {IF_CLOSED, "iifname \"@w\" ip6 daddr @i ct state new" NOT_THIS_HOST " drop",
       "closed: @w @b @i"},
      {IF_CLOSED, "iifname \"@w\" ip6 daddr @e ct state new" NOT_THIS_HOST " drop",
       "closed outside: @w @b @e"}}},
};

/* Chains of type nat are made only if a section translates by nft. */
static bool is_chain_wanted(const struct chain *chain, const struct pd_nat_mapping *mappings,
                            size_t count)
{
    return chain->is_ours || count_mappings(mappings, count, BACKEND_NFT) > 0;
}

bool pd_nat_wants_nft(const struct pd_nat_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (mappings[i].nat.backend == BACKEND_NFT || mappings[i].nat.guard ||
            mappings[i].nat.is_closed)
            return true;
    return false;
}

static void print_comment(FILE *out, const struct chain *chain, const struct rule *rule,
                          const struct filling *filling)
{
    (void)chain;
    fputs(" comment \"", out);
    print_text(out, rule->comment, filling);
    fputs("\"\n", out);
}

static void print_nft_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                           const struct filling *filling)
{
    fprintf(out, "add rule " TABLE " %s ", chain->name);
    print_text(out, rule->text, filling);
    print_comment(out, chain, rule, filling);
}

static void print_nft(FILE *out, const struct pd_nat_mapping *mappings, size_t count)
{
    fputs("add table " TABLE "\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        if (is_chain_wanted(&nft_chains[i], mappings, count))
            fprintf(out, "add chain " TABLE " %s { %s }\n", nft_chains[i].name,
                    nft_chains[i].place);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        if (is_chain_wanted(&nft_chains[i], mappings, count))
            fprintf(out, "flush chain " TABLE " %s\n", nft_chains[i].name);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        visit_rules(out, &nft_chains[i], mappings, count, BACKEND_NFT, nft_chains[i].is_ours,
                    print_nft_rule);
}

/* How nft prints a priority depends on its version. */
static void print_place(FILE *out, const char *place, size_t length)
{
    const char *end = place + length;
    const char *priority = memmem(place, length, " priority ", strlen(" priority "));
    const char *rest = priority ? memchr(priority, ';', (size_t)(end - priority)) : NULL;

    if (rest)
        fprintf(out, "%.*s%.*s\n", (int)(priority - place), place, (int)(end - rest), rest);
    else
        fprintf(out, "%.*s\n", (int)length, place);
}

/* What is compared, of all that is wanted and of a listing: places, and of rules the comments. */
static void print_nft_essence(FILE *out, const struct pd_nat_mapping *mappings, size_t count,
                              bool rules)
{
    fputs("table " TABLE " {\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++) {
        if (!is_chain_wanted(&nft_chains[i], mappings, count))
            continue;
        fprintf(out, "chain %s {\n", nft_chains[i].name);
        print_place(out, nft_chains[i].place, strlen(nft_chains[i].place));
        if (rules)
            visit_rules(out, &nft_chains[i], mappings, count, BACKEND_NFT, nft_chains[i].is_ours,
                        print_comment);
    }
}

static void print_listed_essence(FILE *out, const char *listing, bool rules)
{
    while (*listing) {
        const char *line = listing + strspn(listing, " \t\n}");
        const size_t length = strcspn(line, "\n");
        const char *comment = memmem(line, length, " comment \"", strlen(" comment \""));

        if (comment && rules)
            fprintf(out, "%.*s\n", (int)(length - (size_t)(comment - line)), comment);
        else if (!comment && length > 0)
            print_place(out, line, length);
        listing = line + length;
    }
}

/* Whether LISTING is like what is wanted, in its rules too or, without RULES, in all but these. */
static int compare_nft(const struct pd_nat_mapping *mappings, size_t count, const char *listing,
                       bool rules, bool *equal, struct error *e)
{
    AUTO_FREE char *text = NULL;
    size_t size;
    size_t wanted;
    FILE *out = open_memstream(&text, &size);
    int result;

    if (!out)
        return fail_memory(e);
    print_nft_essence(out, mappings, count, rules);
    fflush(out);
    wanted = size;
    print_listed_essence(out, listing, rules);
    result = finish(out, &text, e);
    if (result == 0)
        *equal = text && size == 2 * wanted && memcmp(text, text + wanted, wanted) == 0;
    return result;
}

int pd_nat_nft_judge(const struct pd_nat_mapping *mappings, size_t count, const char *listing,
                     enum pd_nat_table *table, struct error *e)
{
    const bool is_wanted = pd_nat_wants_nft(mappings, count);
    bool equal = !listing && !is_wanted;
    int result = 0;

    if (listing && is_wanted)
        result = compare_nft(mappings, count, listing, true, &equal, e);
    *table = equal ? TABLE_IN_FORCE : TABLE_TO_FILL;
    if (result < 0 || equal || !listing || !is_wanted)
        return result;
    result = compare_nft(mappings, count, listing, false, &equal, e);
    if (result == 0 && !equal)
        *table = TABLE_ODD;
    return result;
}

/* ---- ip6tables ---- */

/*
 * In the form that ip6tables-save prints. external_dnat and external_snat are the recipe's, mark
 * and all; what is for an address of this host goes on to the user's own rules. With `inbound`,
 * nothing else is translated: a prefix that changes is then closed from its first moment.
 *
 * external_guard, which version 1.0 filled, goes: source NAT comes after these tables.
 */
#define NOT_LOCAL " -m addrtype ! --dst-type LOCAL,ANYCAST"

static const struct chain ip6tables_chains[] = {
    {"external_guard", "raw", "PREROUTING", true, {{ALWAYS, NULL, NULL}}},
    {"external_guard", "mangle", "POSTROUTING", true, {{ALWAYS, NULL, NULL}}},
    {"external_dnat",
     "nat",
     "PREROUTING",
     false,
     {{IF_OPEN, "-d @e -i @w" NOT_LOCAL " -j NETMAP --to @i", NULL},
      {EACH_OPEN, "-d @x -i @w" NOT_LOCAL " -j NETMAP --to @n", NULL},
      {WITH_HAIRPIN, "-s @i -d @e ! -i @w" NOT_LOCAL " -j MARK --set-xmark @m/@k", NULL},
      {WITH_HAIRPIN, "-s @i -d @e ! -i @w" NOT_LOCAL " -j NETMAP --to @i", NULL}}},
    {"external_snat",
     "nat",
     "POSTROUTING",
     false,
     {{ALWAYS, "-s @i -o @w -j NETMAP --to @e", NULL},
      {WITH_HAIRPIN, "-s @i ! -i @w -m mark --mark @t -j NETMAP --to @e", NULL}}},
};

bool pd_nat_ip6tables_chain(size_t number, const char **table, const char **chain)
{
    if (number >= ARRAY_SIZE(ip6tables_chains))
        return false;
    *table = ip6tables_chains[number].place;
    *chain = ip6tables_chains[number].name;
    return true;
}

static void print_ip6tables_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                                 const struct filling *filling)
{
    fprintf(out, "-A %s ", chain->name);
    print_text(out, rule->text, filling);
    fputc('\n', out);
}

/* What SAVED holds of one chain. */
struct saved_chain {
    bool is_there;
    bool is_wanted; /* someone else jumps there */
    size_t jumps;   /* the suite's own */
    char *rules;    /* lines as they are */
};

static void read_line(const struct chain *chain, const char *line, size_t length,
                      struct saved_chain *saved, FILE *rules)
{
    char word[64];
    const int name = snprintf(word, sizeof(word), "-A %s ", chain->name);
    const bool is_rule = begins_with(line, word);

    if (is_rule)
        fprintf(rules, "%.*s\n", (int)length, line);
    saved->is_there |= line[0] == ':' && strncmp(line + 1, word + 3, (size_t)name - 3) == 0;
    snprintf(word, sizeof(word), "-A %s -j %s\n", chain->from, chain->name);
    if (chain->is_ours && begins_with(line, word)) {
        saved->jumps++;
        return;
    }
    snprintf(word, sizeof(word), " -j %s\n", chain->name);
    if (!is_rule && memmem(line, length + 1, word, strlen(word)))
        saved->is_wanted = true;
}

static int read_saved(const struct chain *chain, const char *text, struct saved_chain *saved,
                      struct error *e)
{
    bool in_table = false;
    size_t size;
    FILE *rules;

    *saved = (struct saved_chain){.rules = NULL};
    rules = open_memstream(&saved->rules, &size);
    if (!rules)
        return fail_memory(e);
    while (*text) {
        const size_t length = strcspn(text, "\n");

        if (*text == '*')
            in_table = length == strlen(chain->place) + 1 && begins_with(text + 1, chain->place);
        else if (in_table)
            read_line(chain, text, length, saved, rules);
        text += length + (text[length] == '\n');
    }
    return finish(rules, &saved->rules, e);
}

/* A transaction for each table. */
struct plan {
    FILE *out;
    const char *table; /* that is open, or NULL */
};

static void open_table(struct plan *plan, const char *table)
{
    if (plan->table && strcmp(plan->table, table) == 0)
        return;
    if (plan->table)
        fputs("COMMIT\n", plan->out);
    fprintf(plan->out, "*%s\n", table);
    plan->table = table;
}

static void print_removal(struct plan *plan, const struct chain *chain)
{
    fprintf(plan->out, "-D %s -j %s\n", chain->from, chain->name);
}

/* The jump stands first, before a rule that accepts. Naming a chain makes it, or empties it. */
static void plan_filling(struct plan *plan, const struct chain *chain,
                         const struct saved_chain *saved, const char *rules)
{
    const bool lacks_jump = chain->is_ours && saved->jumps == 0;
    const bool differs = !saved->is_there || strcmp(saved->rules, rules) != 0;

    if (!lacks_jump && saved->jumps <= 1 && !differs)
        return;
    open_table(plan, chain->place);
    for (size_t i = 1; i < saved->jumps; i++)
        print_removal(plan, chain);
    if (differs)
        fprintf(plan->out, ":%s - [0:0]\n%s", chain->name, rules);
    if (lacks_jump)
        fprintf(plan->out, "-I %s -j %s\n", chain->from, chain->name);
}

/* A chain that the administrator's rules jump to stays, empty. */
static void plan_removal(struct plan *plan, const struct chain *chain,
                         const struct saved_chain *saved)
{
    const bool stays = !chain->is_ours || saved->is_wanted;

    if (!saved->is_there || (stays && saved->jumps == 0 && *saved->rules == '\0'))
        return;
    open_table(plan, chain->place);
    for (size_t i = 0; i < saved->jumps; i++)
        print_removal(plan, chain);
    if (stays)
        fprintf(plan->out, ":%s - [0:0]\n", chain->name);
    else
        fprintf(plan->out, "-F %s\n-X %s\n", chain->name, chain->name);
}

static int plan_chain(struct plan *plan, const struct chain *chain,
                      const struct pd_nat_mapping *mappings, size_t count, const char *text,
                      struct error *e)
{
    AUTO_FREE char *rules = NULL;
    size_t size;
    struct saved_chain saved = {.rules = NULL};
    FILE *out = open_memstream(&rules, &size);
    int result;

    if (!out)
        return fail_memory(e);
    visit_rules(out, chain, mappings, count, BACKEND_IP6TABLES, false, print_ip6tables_rule);
    result = finish(out, &rules, e);
    if (result == 0)
        result = read_saved(chain, text, &saved, e);
    if (result == 0 && rules && saved.rules) {
        if (size > 0)
            plan_filling(plan, chain, &saved, rules);
        else
            plan_removal(plan, chain, &saved);
    }
    free(saved.rules);
    return result;
}

int pd_nat_ip6tables_plan(const struct pd_nat_mapping *mappings, size_t count, const char *saved,
                          bool keep_guard, char **out, struct error *e)
{
    struct plan plan = {.table = NULL};
    size_t size;
    int result = check_links(mappings, count, e);

    *out = NULL;
    if (result < 0)
        return result;
    plan.out = open_memstream(out, &size);
    if (!plan.out)
        return fail_memory(e);
    for (size_t i = 0; i < ARRAY_SIZE(ip6tables_chains) && result == 0; i++)
        if (!keep_guard || !ip6tables_chains[i].is_ours)
            result = plan_chain(&plan, &ip6tables_chains[i], mappings, count, saved, e);
    if (plan.table)
        fputs("COMMIT\n", plan.out);
    if (finish(plan.out, out, result == 0 ? e : NULL) < 0)
        return -ENOMEM;
    if (result < 0)
        free(TAKE(*out));
    return result;
}

int pd_nat_ip6tables_jumps(const char *saved, bool *all_there, struct pd_nat_jump *missing,
                           struct error *e)
{
    int result = 0;

    *all_there = true;
    for (size_t i = 0; i < ARRAY_SIZE(ip6tables_chains) && result == 0 && *all_there; i++) {
        const struct chain *chain = &ip6tables_chains[i];
        struct saved_chain read = {.rules = NULL};

        if (chain->is_ours)
            continue;
        result = read_saved(chain, saved, &read, e);
        free(read.rules);
        *all_there = read.is_wanted;
        *missing = (struct pd_nat_jump){.from = chain->from, .chain = chain->name};
    }
    return result;
}

/* ---- either ---- */

static int print_nft_text(const struct pd_nat_mapping *mappings, size_t count, char **out,
                          struct error *e)
{
    size_t size;
    int result = check_links(mappings, count, e);
    FILE *stream;

    *out = NULL;
    if (result < 0)
        return result;
    stream = open_memstream(out, &size);
    if (!stream)
        return fail_memory(e);
    if (pd_nat_wants_nft(mappings, count))
        print_nft(stream, mappings, count);
    else
        fputs("add table " TABLE "\ndelete table " TABLE "\n", stream);
    return finish(stream, out, e);
}

int pd_nat_rules_print(const struct pd_nat_mapping *mappings, size_t count,
                       enum pd_nat_backend backend, char **out, struct error *e)
{
    if (backend == BACKEND_NFT)
        return print_nft_text(mappings, count, out, e);
    return pd_nat_ip6tables_plan(mappings, count, "", false, out, e);
}
