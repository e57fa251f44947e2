/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend nft: the table ip6 pd-nat, which guards and limits for ip6tables, too. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/model.h"
#include "pd-nat/backend.h"
#include "sys/nft.h"

#define TABLE "ip6 pd-nat"

/* ---- the rules ---- */

/*
 * The chains of type nat have priorities before the usual ones, because the first mapping wins: a
 * masquerade of everything that leaves would otherwise override them. Packets that they do not
 * translate go on to the user's chains. These include all packets to an address of this host, for
 * its services and the ports that the user publishes there.
 *
 * output: a neighbour may have an address out of the external prefix itself. What this host sends
 * to it is not translated. The route is known before the output hook: the next hop is then that
 * neighbour and not a router.
 *
 * hairpin: the destination was the external prefix and has been translated. Conntrack knows that,
 * so no mark is needed, and connections between internal addresses are not touched.
 *
 * guard_in comes before any translation and guard_out after it, whoever translates, so they see the
 * addresses that the world sees. ip6tables has no table at these places.
 *
 * inbound drops before the translation: a firewall's forward chain may accept all that is
 * translated.
 *
 * flows counts connections where conntrack knows them, but has not confirmed them yet. vifname may
 * rename a vif; all vifs have the same MAC address, to which the domU sends.
 */
#define NOT_THIS_HOST " fib daddr type != local fib daddr type != anycast"

static const struct chain nft_chains[] = {
    {"guard_in", "type filter hook prerouting priority raw; policy accept;", .serves_all = true,
     .rules = {{WITH_ULA_GUARD, "iifname \"@w\" ip6 saddr fc00::/7 drop", "ula source: @w @b"},
               {WITH_ULA_GUARD, "iifname \"@w\" ip6 daddr fc00::/7 drop",
                "ula destination: @w @b"}}},
    {"prerouting", "type nat hook prerouting priority dstnat - 1; policy accept;",
     .rules = {{ALWAYS, "iifname \"@w\" ip6 daddr @e" NOT_THIS_HOST " dnat ip6 prefix to @i",
                "inside: @w @i @e"},
               {WITH_HAIRPIN,
                "iifname != \"@w\" ip6 saddr @i ip6 daddr @e" NOT_THIS_HOST
                " dnat ip6 prefix to @i",
                "hairpin inside: @w @i @e"}}},
    {"output", "type nat hook output priority -101; policy accept;",
     .rules = {{WITH_HAIRPIN,
                "ip6 daddr @e rt ip6 nexthop != @e" NOT_THIS_HOST " dnat ip6 prefix to @i",
                "from router: @w @i @e"}}},
    {"postrouting", "type nat hook postrouting priority srcnat - 1; policy accept;",
     .rules = {{ALWAYS, "oifname \"@w\" ip6 saddr @i snat ip6 prefix to @e", "out: @w @i @e"},
               {WITH_HAIRPIN,
                "iifname != \"@w\" ip6 saddr @i ct status dnat ct original ip6 daddr @e "
                "snat ip6 prefix to @e",
                "hairpin: @w @i @e"}}},
    {"guard_out", "type filter hook postrouting priority srcnat + 10; policy accept;",
     .serves_all = true,
     .rules = {{WITH_ULA_GUARD, "oifname \"@w\" ip6 saddr fc00::/7 drop", "ula source: @w @b"},
               {WITH_ULA_GUARD, "oifname \"@w\" ip6 daddr fc00::/7 drop",
                "ula destination: @w @b"}}},
    {"inbound", "type filter hook prerouting priority dstnat - 2; policy accept;",
     .serves_all = true,
     .rules = {{EACH_OPEN, "iifname \"@w\" ip6 daddr @n accept", "open: @w @b @n"},
               {EACH_OPEN, "iifname \"@w\" ip6 daddr @x accept", "open outside: @w @b @x"},
               {IF_CLOSED, "iifname \"@w\" ip6 daddr @i ct state new" NOT_THIS_HOST " drop",
                "closed: @w @b @i"},
               {IF_CLOSED, "iifname \"@w\" ip6 daddr @e ct state new" NOT_THIS_HOST " drop",
                "closed outside: @w @b @e"}}},
    {"flows", "type filter hook prerouting priority dstnat - 2; policy accept;", .serves_all = true,
     .rules =
         {{WITH_FLOW_LIMIT,
           "iifname \"vif*\" ip6 saddr @i ct state new add @@guests { iif ct count over @l } drop",
           "flows of a domU: @w @b @l"},
          {WITH_FLOW_LIMIT,
           "iifname != \"@w\" iifname != \"vif*\" ether daddr " VIF_MAC
           " ip6 saddr @i ct state new "
           "add @@guests { iif ct count over @l } drop",
           "flows of a renamed vif: @w @b @l"},
          {WITH_FLOW_LIMIT,
           "iifname != \"@w\" iifname != \"vif*\" ip6 saddr @i ct state new "
           "add @@hosts { ip6 saddr ct count over @l } drop",
           "flows of a host: @w @b @l"}}},
};

/* Chains of type nat are made only if a section translates by nft. */
static bool is_chain_wanted(const struct chain *chain, const struct pd_nat_mapping *mappings,
                            size_t count)
{
    return chain->serves_all || pd_nat_has_backend(mappings, count, BACKEND_NFT);
}

bool pd_nat_wants_nft(const struct pd_nat_mapping *mappings, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (pd_nat_needs_nft(&mappings[i].nat))
            return true;
    return false;
}

/*
 * Prints the sets of the chain flows. Each element counts the connections of one host. A domU has
 * as many addresses as it likes, but one vif. An element keeps the limit that it was made with, so
 * the sets are flushed: a new limit then counts for all. The kernel removes elements without
 * connections.
 */
static void print_sets(FILE *out, const struct pd_nat_mapping *mappings, size_t count)
{
    bool has_limit = false;

    for (size_t i = 0; i < count; i++)
        has_limit |= mappings[i].nat.flow_limit > 0;
    if (has_limit)
        fputs("add set " TABLE " guests { type iface_index; size 65535; flags dynamic; }\n"
              "flush set " TABLE " guests\n"
              "add set " TABLE " hosts { type ipv6_addr; size 65535; flags dynamic; }\n"
              "flush set " TABLE " hosts\n",
              out);
}

static void print_comment(FILE *out, const struct chain *chain, const struct rule *rule,
                          const struct filling *filling)
{
    (void)chain;
    fputs(" comment \"", out);
    rules_print_text(out, rule->comment, filling);
    fputs("\"\n", out);
}

static void print_nft_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                           const struct filling *filling)
{
    fprintf(out, "add rule " TABLE " %s ", chain->name);
    rules_print_text(out, rule->text, filling);
    print_comment(out, chain, rule, filling);
}

static void print_nft_table(FILE *out, const struct pd_nat_mapping *mappings, size_t count)
{
    fputs("add table " TABLE "\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        if (is_chain_wanted(&nft_chains[i], mappings, count))
            fprintf(out, "add chain " TABLE " %s { %s }\n", nft_chains[i].name,
                    nft_chains[i].place);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        if (is_chain_wanted(&nft_chains[i], mappings, count))
            fprintf(out, "flush chain " TABLE " %s\n", nft_chains[i].name);
    print_sets(out, mappings, count);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++)
        rules_visit(out, &nft_chains[i], mappings, count, BACKEND_NFT, print_nft_rule);
}

/* Prints a line of a listing without its priority, which versions of nft print differently. */
static void print_without_priority(FILE *out, const char *place, size_t length)
{
    const char *end = place + length;
    const char *priority = memmem(place, length, " priority ", strlen(" priority "));
    const char *rest = priority ? memchr(priority, ';', (size_t)(end - priority)) : NULL;

    if (rest)
        fprintf(out, "%.*s%.*s\n", (int)(priority - place), place, (int)(end - rest), rest);
    else
        fprintf(out, "%.*s\n", (int)length, place);
}

/* Prints what is wanted in the form in which it is compared: hooks, and the comments of RULES. */
static void print_wanted_form(FILE *out, const struct pd_nat_mapping *mappings, size_t count,
                              bool rules)
{
    fputs("table " TABLE " {\n", out);
    for (size_t i = 0; i < ARRAY_SIZE(nft_chains); i++) {
        if (!is_chain_wanted(&nft_chains[i], mappings, count))
            continue;
        fprintf(out, "chain %s {\n", nft_chains[i].name);
        print_without_priority(out, nft_chains[i].place, strlen(nft_chains[i].place));
        if (rules)
            rules_visit(out, &nft_chains[i], mappings, count, BACKEND_NFT, print_comment);
    }
}

/* Prints LISTING in the same form. */
static void print_listed_form(FILE *out, const char *listing, bool rules)
{
    while (*listing) {
        const char *line = listing + strspn(listing, " \t\n}");
        const size_t length = strcspn(line, "\n");
        const char *comment = memmem(line, length, " comment \"", strlen(" comment \""));

        if (comment && rules)
            fprintf(out, "%.*s\n", (int)(length - (size_t)(comment - line)), comment);
        else if (!comment && length > 0)
            print_without_priority(out, line, length);
        listing = line + length;
    }
}

/* Whether LISTING has the chains that are wanted, and, with RULES, the same rules. */
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
    print_wanted_form(out, mappings, count, rules);
    fflush(out);
    wanted = size;
    print_listed_form(out, listing, rules);
    result = rules_finish(out, &text, e);
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
    *table = equal ? TABLE_IN_FORCE : TABLE_TO_LOAD;
    if (result < 0 || equal || !listing || !is_wanted)
        return result;
    result = compare_nft(mappings, count, listing, false, &equal, e);
    if (result == 0 && !equal)
        *table = TABLE_ODD;
    return result;
}

static int print_nft_rules(const struct pd_nat_mapping *mappings, size_t count, char **out,
                           struct error *e)
{
    size_t size;
    int result = rules_check_links(mappings, count, e);
    FILE *stream;

    *out = NULL;
    if (result < 0)
        return result;
    stream = open_memstream(out, &size);
    if (!stream)
        return fail_memory(e);
    if (pd_nat_wants_nft(mappings, count))
        print_nft_table(stream, mappings, count);
    else
        fputs("add table " TABLE "\ndelete table " TABLE "\n", stream);
    return rules_finish(stream, out, e);
}

static int read_nft(char **listing, struct error *e)
{
    int result = nft_list_table("pd-nat", listing, e);

    return result == -ENOENT ? 0 : result;
}

/* ---- loading ---- */

/*
 * Loads an odd table. Filling its chains may be enough, because that adds a missing chain. If it is
 * not, the table is made anew.
 */
static int load_odd_table(const struct pd_nat_mapping *mappings, size_t count, const char *rules,
                          struct error *e)
{
    AUTO_FREE char *listing = NULL;
    AUTO_FREE char *anew = NULL;
    enum pd_nat_table table = TABLE_ODD;
    int result = nft_load(rules, e);

    if (result == -ENOENT)
        return result;
    if (result == 0)
        result = read_nft(&listing, e);
    if (result == 0)
        result = pd_nat_nft_judge(mappings, count, listing, &table, e);
    if (result == 0 && table == TABLE_IN_FORCE)
        return 0;
    anew = format_string("add table " TABLE "\ndelete table " TABLE "\n%s", rules);
    return anew ? nft_load(anew, e) : fail_memory(e);
}

static int load_nft_table(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                          struct pd_nat_loading *loading, bool *changed, struct error *e)
{
    AUTO_FREE char *rules = NULL;
    enum pd_nat_table table;
    int result = pd_nat_nft_judge(mappings, count, now, &table, e);

    (void)loading;
    if (result < 0 || table == TABLE_IN_FORCE)
        return result;
    result = print_nft_rules(mappings, count, &rules, e);
    if (result < 0)
        return result;
    *changed = true;
    return table == TABLE_ODD ? load_odd_table(mappings, count, rules, e) : nft_load(rules, e);
}

static int check_nft(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                     bool *in_force, struct error *e)
{
    enum pd_nat_table table;
    int result = pd_nat_nft_judge(mappings, count, now, &table, e);

    *in_force = result == 0 && table == TABLE_IN_FORCE;
    if (result < 0 || *in_force)
        return result;
    if (pd_nat_wants_nft(mappings, count))
        (void)fail(e, ENOENT, "nft: the table ip6 pd-nat %s" PD_NAT_RESTORE,
                   now ? "is not as it should be" : "does not exist", shell_own_command());
    else
        (void)fail(e, EEXIST,
                   "nft: the table ip6 pd-nat exists, and no section needs it" PD_NAT_RESTORE,
                   shell_own_command());
    return 0;
}

/* ---- what is in force ---- */

/* Reads a rule that serves every backend: of the ULA guard, `inbound` or flow_limit. */
static int read_shared_rule(struct pd_nat_reading *reading, const char *name, const char *link,
                            enum pd_nat_backend_id backend, const char *value)
{
    const bool is_ula_guard = begins_with(name, "ula ");
    const bool is_open = strcmp(name, "open") == 0;
    const bool is_flows = begins_with(name, "flows ");
    struct pd_nat_mapping *mapping;
    struct prefix network;

    if (!is_ula_guard && !is_open && !is_flows && strcmp(name, "closed") != 0)
        return 0;
    if (reading_add(reading, link, backend, &mapping) < 0)
        return -ENOMEM;
    mapping->nat.ula_guard |= is_ula_guard;
    mapping->nat.is_closed |= !is_ula_guard && !is_flows;
    if (is_flows)
        mapping->nat.flow_limit = (uint32_t)strtoul(value, NULL, 10);
    if (!is_open || prefix_parse(value, -1, &network, NULL) < 0)
        return 0;
    return array_append(&mapping->nat.open, &mapping->nat.open_count, &network, sizeof(network));
}

/* A comment is "PURPOSE: LINK INTERNAL EXTERNAL", or "PURPOSE: LINK BACKEND VALUE" if shared. */
static int read_nft_line(struct pd_nat_reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
    struct rule_words words = {.external = ""};
    char name[32];
    int result;
    const int count = sscanf(line, " rule comment \"%31[^:]: %15s %49[^ \"] %49[^\"]\"", name,
                             words.link, words.internal, words.external);

    for (int i = 0; i < BACKEND_COUNT && count >= 3; i++)
        if (strcmp(words.internal, pd_nat_backend_names[i]) == 0)
            return read_shared_rule(reading, name, words.link, (enum pd_nat_backend_id)i,
                                    words.external);
    if (count != 4)
        return 0;
    result = reading_add_words(reading, &words, BACKEND_NFT, &mapping);
    if (result == 0 && mapping) {
        mapping->nat.hairpin |= begins_with(name, "hairpin");
        mapping->nat.ula_guard |= begins_with(name, "ula "); /* version 1.0 */
    }
    return result;
}

static int understand_nft(const char *now, struct pd_nat_reading *reading)
{
    return reading_each_line(reading, now, read_nft_line);
}

const struct pd_nat_backend pd_nat_nft = {
    .read = read_nft,
    .understand = understand_nft,
    .print = print_nft_rules,
    .load = load_nft_table,
    .check = check_nft,
};
