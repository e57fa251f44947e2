/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The backend ip6tables: the chains external_dnat and external_snat of the recipe. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pd-nat/backend.h"
#include "sys/iptables.h"

/* Rounds of reading and loading: a second one corrects what an incomplete reading made. */
#define ROUNDS 3

/* ---- the rules ---- */

/*
 * In the form that ip6tables-save prints. external_dnat and external_snat are the recipe's, with
 * its mark. What is sent to an address of this host goes on to the user's own rules. With
 * `inbound`, only its networks are translated, so that a new prefix is closed from the first
 * moment.
 *
 * external_guard, which version 1.0 filled, is removed: these tables come before source NAT.
 */
#define NOT_LOCAL " -m addrtype ! --dst-type LOCAL,ANYCAST"

static const struct chain ip6tables_chains[] = {
    {"external_guard", "raw", "PREROUTING", .is_of_1_0 = true},
    {"external_guard", "mangle", "POSTROUTING", .is_of_1_0 = true},
    {"external_dnat", "nat", "PREROUTING",
     .rules = {{IF_OPEN, "-d @e -i @w" NOT_LOCAL " -j NETMAP --to @i", NULL},
               {EACH_OPEN, "-d @x -i @w" NOT_LOCAL " -j NETMAP --to @n", NULL},
               {WITH_HAIRPIN, "-s @i -d @e ! -i @w" NOT_LOCAL " -j MARK --set-xmark @m/@k", NULL},
               {WITH_HAIRPIN, "-s @i -d @e ! -i @w" NOT_LOCAL " -j NETMAP --to @i", NULL}}},
    {"external_snat", "nat", "POSTROUTING",
     .rules = {{ALWAYS, "-s @i -o @w -j NETMAP --to @e", NULL},
               {WITH_HAIRPIN, "-s @i ! -i @w -m mark --mark @t -j NETMAP --to @e", NULL}}},
};

static void print_ip6tables_rule(FILE *out, const struct chain *chain, const struct rule *rule,
                                 const struct filling *filling)
{
    fprintf(out, "-A %s ", chain->name);
    rules_print_text(out, rule->text, filling);
    fputc('\n', out);
}

/* What SAVED holds of one chain. */
struct saved_chain {
    bool is_there;
    bool is_wanted; /* someone else jumps there */
    size_t jumps;   /* of version 1.0 */
    char *rules;    /* lines as they are */
};

static void read_saved_line(const struct chain *chain, const char *line, size_t length,
                            struct saved_chain *saved, FILE *rules)
{
    char word[64];
    const int name = snprintf(word, sizeof(word), "-A %s ", chain->name);
    const bool is_rule = begins_with(line, word);

    if (is_rule)
        fprintf(rules, "%.*s\n", (int)length, line);
    saved->is_there |= line[0] == ':' && strncmp(line + 1, word + 3, (size_t)name - 3) == 0;
    snprintf(word, sizeof(word), "-A %s -j %s\n", chain->from, chain->name);
    if (chain->is_of_1_0 && begins_with(line, word)) {
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
            read_saved_line(chain, text, length, saved, rules);
        text += length + (text[length] == '\n');
    }
    return rules_finish(rules, &saved->rules, e);
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

/* ":CHAIN" makes or empties a chain. */
static void plan_filling(struct plan *plan, const struct chain *chain,
                         const struct saved_chain *saved, const char *rules)
{
    if (saved->is_there && strcmp(saved->rules, rules) == 0)
        return;
    open_table(plan, chain->place);
    fprintf(plan->out, ":%s - [0:0]\n%s", chain->name, rules);
}

/* A chain that the administrator's rules jump to stays, empty. */
static void plan_removal(struct plan *plan, const struct chain *chain,
                         const struct saved_chain *saved)
{
    const bool stays = !chain->is_of_1_0 || saved->is_wanted;

    if (!saved->is_there || (stays && saved->jumps == 0 && *saved->rules == '\0'))
        return;
    open_table(plan, chain->place);
    for (size_t i = 0; i < saved->jumps; i++)
        fprintf(plan->out, "-D %s -j %s\n", chain->from, chain->name);
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
    rules_visit(out, chain, mappings, count, BACKEND_IP6TABLES, print_ip6tables_rule);
    result = rules_finish(out, &rules, e);
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
                          bool keep_ula_guard, char **out, struct error *e)
{
    struct plan plan = {.table = NULL};
    size_t size;
    int result = rules_check_links(mappings, count, e);

    *out = NULL;
    if (result < 0)
        return result;
    plan.out = open_memstream(out, &size);
    if (!plan.out)
        return fail_memory(e);
    for (size_t i = 0; i < ARRAY_SIZE(ip6tables_chains) && result == 0; i++)
        if (!keep_ula_guard || !ip6tables_chains[i].is_of_1_0)
            result = plan_chain(&plan, &ip6tables_chains[i], mappings, count, saved, e);
    if (plan.table)
        fputs("COMMIT\n", plan.out);
    if (rules_finish(plan.out, out, result == 0 ? e : NULL) < 0)
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

        if (chain->is_of_1_0)
            continue;
        result = read_saved(chain, saved, &read, e);
        free(read.rules);
        *all_there = read.is_wanted;
        *missing = (struct pd_nat_jump){.from = chain->from, .chain = chain->name};
    }
    return result;
}

static int print_ip6tables_chains(const struct pd_nat_mapping *mappings, size_t count, char **out,
                                  struct error *e)
{
    return pd_nat_ip6tables_plan(mappings, count, "", false, out, e);
}

/* ---- loading ---- */

/* Starts ip6tables-save only if the kernel may have one of the chains. */
static int read_ip6tables(char **saved, struct error *e)
{
    bool has_chain = false;
    int result;

    for (size_t i = 0; i < ARRAY_SIZE(ip6tables_chains); i++)
        has_chain |= !ip6tables_lacks_chain(ip6tables_chains[i].place, ip6tables_chains[i].name);
    result = has_chain ? ip6tables_save(saved, e) : 0;
    return result == -ENOENT ? 0 : result;
}

/* ip6tables-save says so of a table with rules that nft made and ip6tables cannot express. */
static bool is_hidden(const char *saved)
{
    return strstr(saved, "# Table `raw' is incompatible") ||
           strstr(saved, "# Table `mangle' is incompatible") ||
           strstr(saved, "# Table `nat' is incompatible");
}

struct ip6tables_plan {
    bool keep_ula_guard; /* version 1.0's, because nft's could not be loaded; the caller sets it */
    char *rules;         /* what is to be done, "" for nothing */
    struct error jump;   /* of the administrator's that is missing; "" if none is */
};

/* Says which jump MISSING in the tables that are filled, and whether the other tables have it. */
static void explain_jump(const struct pd_nat_jump *missing, struct error *why)
{
    const char *name = ip6tables_backend(false);
    const char *other = ip6tables_backend(true);
    AUTO_FREE char *saved = NULL;
    AUTO_FREE char *jump = format_string(" -j %s\n", missing->chain);

    if (!jump || ip6tables_other_save(&saved, NULL) < 0 || !strstr(saved, jump)) {
        (void)fail(why, ENOENT,
                   "%s: no rule of table nat jumps to %s: ip6tables -t nat -A %s -j %s", name,
                   missing->chain, missing->from, missing->chain);
        return;
    }
    (void)fail(why, ENOENT,
               "%s: no rule of table nat jumps to %s, and the jump in the tables of %s has no "
               "effect here: ip6tables -t nat -A %s -j %s, or have ip6tables use those tables: "
               "update-alternatives --set ip6tables /usr/sbin/%s && %s pd-nat restore",
               name, missing->chain, other, missing->from, missing->chain, other,
               shell_own_command());
}

/* If SAVED is NULL, it is read if need be. The caller frees OUT->rules. */
static int plan_ip6tables(const struct pd_nat_mapping *mappings, size_t count, const char *saved,
                          struct ip6tables_plan *out, struct error *e)
{
    AUTO_FREE char *own = NULL;
    const bool is_used = pd_nat_has_backend(mappings, count, BACKEND_IP6TABLES);
    struct pd_nat_jump missing;
    bool jumps = true;
    int result = 0;

    *out = (struct ip6tables_plan){.keep_ula_guard = out->keep_ula_guard};
    if (!saved && is_used)
        result = ip6tables_save(&own, e);
    if (result < 0)
        return result;
    saved = own ? own : saved;
    if (saved && is_used && is_hidden(saved))
        return fail(e, EOPNOTSUPP,
                    "ip6tables: a table has rules of nft's, which it cannot show: use backend = "
                    "nft");
    if (saved && is_used)
        result = pd_nat_ip6tables_jumps(saved, &jumps, &missing, e);
    if (result < 0)
        return result;
    if (!jumps)
        explain_jump(&missing, &out->jump);
    return pd_nat_ip6tables_plan(mappings, count, saved ? saved : "", out->keep_ula_guard,
                                 &out->rules, e);
}

/* One round; *DONE tells that nothing was to be done in it. */
static int load_ip6tables_once(const struct pd_nat_mapping *mappings, size_t count,
                               const char *saved, struct pd_nat_loading *loading, bool *changed,
                               bool *done, struct error *e)
{
    struct ip6tables_plan plan = {.keep_ula_guard = loading->ula_guard < 0};
    int result = plan_ip6tables(mappings, count, saved, &plan, e);

    *done = result == 0 && !(plan.rules && *plan.rules);
    if (result == 0 && !*done) {
        *changed = true;
        result = ip6tables_load(plan.rules, e);
    }
    if (*done)
        loading->jump = plan.jump;
    free(plan.rules);
    return result;
}

/* If it has loaded rules, it starts ip6tables-save, whose output confirm() reads. */
static int load_ip6tables(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                          struct pd_nat_loading *loading, bool *changed, struct error *e)
{
    bool done = false;
    int result = load_ip6tables_once(mappings, count, now, loading, changed, &done, e);

    if (result < 0 || done)
        return result;
    result = ip6tables_save_start(&loading->look, e);
    loading->is_looked_at = result == 0;
    return result;
}

static int confirm(const struct pd_nat_mapping *mappings, size_t count,
                   struct pd_nat_loading *loading, bool *again, struct error *e)
{
    AUTO_FREE char *saved = NULL;
    bool done = false;
    int result;

    if (!loading->is_looked_at)
        return 0;
    loading->is_looked_at = false;
    result = iptables_save_finish(&loading->look, &saved, e);
    for (int round = 1; result == 0 && !done && round < ROUNDS; round++) {
        if (round > 1) {
            free(TAKE(saved));
            result = ip6tables_save(&saved, e);
        }
        if (result == 0)
            result = load_ip6tables_once(mappings, count, saved, loading, again, &done, e);
    }
    return result;
}

static int check_ip6tables(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                           bool *in_force, struct error *e)
{
    struct ip6tables_plan plan = {.keep_ula_guard = false};
    int result = plan_ip6tables(mappings, count, now, &plan, e);

    *in_force = result == 0 && plan.rules && *plan.rules == '\0' && plan.jump.text[0] == '\0';
    if (result == 0 && plan.rules && *plan.rules)
        (void)fail(e, ENOENT, "ip6tables: the table %.*s is not as it should be" PD_NAT_RESTORE,
                   (int)strcspn(plan.rules + 1, "\n"), plan.rules + 1, shell_own_command());
    else if (result == 0 && !*in_force && e)
        *e = plan.jump;
    free(plan.rules);
    return result;
}

/* ---- what is in force ---- */

static int read_ip6tables_line(struct pd_nat_reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
    struct rule_words words;
    char mark[24];
    char *mask;

    if (sscanf(line, "-A external_snat -s %49s -o %15s -j NETMAP --to %49s", words.internal,
               words.link, words.external) == 3)
        return reading_add_words(reading, &words, BACKEND_IP6TABLES, &mapping);
    if (sscanf(line, "-A external_snat -s %49s ! -i %15s -m mark --mark %23s", words.internal,
               words.link, mark) != 3)
        return 0;
    mapping = reading_find(reading, words.link, BACKEND_IP6TABLES);
    if (mapping) {
        mapping->nat.hairpin = true;
        mapping->nat.mark = (uint32_t)strtoul(mark, &mask, 0);
        mapping->nat.kept = *mask == '/' ? ~(uint32_t)strtoul(mask + 1, NULL, 0) : 0;
    }
    return 0;
}

/* Version 1.0's ULA guard. Its table raw may come before nat, so this needs a second pass. */
static int read_ula_guard_line(struct pd_nat_reading *reading, const char *line)
{
    struct pd_nat_mapping *mapping;
    struct rule_words words;

    if (sscanf(line, "-A external_guard -s fc00::/7 -i %15s -j DROP", words.link) != 1)
        return 0;
    mapping = reading_find(reading, words.link, BACKEND_IP6TABLES);
    if (mapping)
        mapping->nat.ula_guard = true;
    return 0;
}

static int understand_ip6tables(const char *now, struct pd_nat_reading *reading)
{
    int result = reading_each_line(reading, now, read_ip6tables_line);

    return result == 0 ? reading_each_line(reading, now, read_ula_guard_line) : result;
}

const struct pd_nat_backend pd_nat_ip6tables = {
    .read = read_ip6tables,
    .understand = understand_ip6tables,
    .print = print_ip6tables_chains,
    .load = load_ip6tables,
    .confirm = confirm,
    .check = check_ip6tables,
};
