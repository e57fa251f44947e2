/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "pd-nat/rules.h"
#include "sys/iptables.h"
#include "sys/nft.h"

/* Of reading and loading: what one reading leaves out makes a load that the next puts right. More
 * would not help where the forms differ. */
#define ROUNDS 3
#define REMEDY ": vif-route-ipv6 pd-nat restore"

static bool has_backend(const struct pd_nat_mapping *mappings, size_t count,
                        enum pd_nat_backend backend)
{
    for (size_t i = 0; i < count; i++)
        if (mappings[i].nat.backend == backend)
            return true;
    return false;
}

/* ---- what is there ---- */

static int read_nft(char **listing, struct error *e)
{
    int result = nft_list_table("pd-nat", listing, e);

    return result == -ENOENT ? 0 : result;
}

static bool has_nothing_in_ip6tables(void)
{
    const char *table;
    const char *chain;

    for (size_t i = 0; pd_nat_ip6tables_chain(i, &table, &chain); i++)
        if (!ip6tables_lacks_chain(table, chain))
            return false;
    return true;
}

/* It starts a program, so not for nothing. */
static int read_ip6tables(char **saved, struct error *e)
{
    int result = has_nothing_in_ip6tables() ? 0 : ip6tables_save(saved, e);

    return result == -ENOENT ? 0 : result;
}

int pd_nat_rules_read(struct pd_nat_rules *out, struct error *e)
{
    int result;

    *out = (struct pd_nat_rules){.listing = NULL};
    result = read_nft(&out->listing, e);
    return result == 0 ? read_ip6tables(&out->saved, e) : result;
}

void pd_nat_rules_free(struct pd_nat_rules *rules)
{
    free(TAKE(rules->listing));
    free(TAKE(rules->saved));
}

/* ---- nft ---- */

/* For a table that filling did not put right, as someone changed more than its rules. */
static int load_anew(const char *rules, struct error *e)
{
    AUTO_FREE char *text =
        format_string("add table ip6 pd-nat\ndelete table ip6 pd-nat\n%s", rules);

    return text ? nft_load(text, e) : fail_memory(e);
}

/* An odd table may lack a chain, which filling has added, or have one too many. */
static int put_right(const struct pd_nat_mapping *mappings, size_t count, const char *rules,
                     struct error *e)
{
    AUTO_FREE char *listing = NULL;
    enum pd_nat_table table = TABLE_ODD;
    int result = nft_load(rules, e);

    if (result == -ENOENT)
        return result;
    if (result == 0)
        result = read_nft(&listing, e);
    if (result == 0)
        result = pd_nat_nft_judge(mappings, count, listing, &table, e);
    return result == 0 && table == TABLE_IN_FORCE ? 0 : load_anew(rules, e);
}

static int load_nft(const struct pd_nat_mapping *mappings, size_t count,
                    const struct pd_nat_rules *now, bool *changed, struct error *e)
{
    AUTO_FREE char *rules = NULL;
    enum pd_nat_table table;
    int result = pd_nat_nft_judge(mappings, count, now->listing, &table, e);

    if (result < 0 || table == TABLE_IN_FORCE)
        return result;
    result = pd_nat_rules_print(mappings, count, BACKEND_NFT, &rules, e);
    if (result < 0)
        return result;
    *changed = true;
    return table == TABLE_ODD ? put_right(mappings, count, rules, e) : nft_load(rules, e);
}

static int check_nft(const struct pd_nat_mapping *mappings, size_t count,
                     const struct pd_nat_rules *now, bool *in_force, struct error *e)
{
    enum pd_nat_table table;
    int result = pd_nat_nft_judge(mappings, count, now->listing, &table, e);

    *in_force = result == 0 && table == TABLE_IN_FORCE;
    if (result < 0 || *in_force)
        return result;
    if (pd_nat_wants_nft(mappings, count))
        (void)fail(e, ENOENT, "nft: the table ip6 pd-nat %s" REMEDY,
                   now->listing ? "is not as it should be" : "does not exist");
    else
        (void)fail(e, EEXIST, "nft: the table ip6 pd-nat exists, and no section needs it" REMEDY);
    return 0;
}

/* ---- ip6tables ---- */

/* What someone put there by nft and iptables has no words for; what we need is not told then. */
static bool is_hidden(const char *saved)
{
    static const char *const lines[] = {"# Table `raw' is incompatible",
                                        "# Table `mangle' is incompatible",
                                        "# Table `nat' is incompatible"};

    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        if (strstr(saved, lines[i]))
            return true;
    return false;
}

struct ip6tables_plan {
    bool keep_guard;    /* version 1.0's, as there is no other; set before */
    char *rules;        /* what is to be done, "" for nothing */
    bool lacks_a_jump;  /* of the administrator's */
    struct error which; /* says which */
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
               "update-alternatives --set ip6tables /usr/sbin/%s && vif-route-ipv6 pd-nat restore",
               name, missing->chain, other, missing->from, missing->chain, other);
}

/* From SAVED, which may be NULL where nobody has looked yet. The caller frees OUT's rules. */
static int plan_ip6tables(const struct pd_nat_mapping *mappings, size_t count, const char *saved,
                          struct ip6tables_plan *out, struct error *e)
{
    AUTO_FREE char *own = NULL;
    const bool is_used = has_backend(mappings, count, BACKEND_IP6TABLES);
    struct pd_nat_jump missing;
    bool jumps = true;
    int result = 0;

    *out = (struct ip6tables_plan){.keep_guard = out->keep_guard};
    if (!saved && is_used)
        result = ip6tables_save(&own, e);
    if (result < 0)
        return result;
    saved = own ? own : saved;
    if (saved && is_used && is_hidden(saved))
        return fail(e, EOPNOTSUPP,
                    "a table of ip6tables has rules of nft's that it cannot show: use backend = "
                    "nft");
    if (saved && is_used)
        result = pd_nat_ip6tables_jumps(saved, &jumps, &missing, e);
    if (result < 0)
        return result;
    if (!jumps)
        explain_jump(&missing, &out->which);
    out->lacks_a_jump = !jumps;
    return pd_nat_ip6tables_plan(mappings, count, saved ? saved : "", out->keep_guard, &out->rules,
                                 e);
}

/* One round; *DONE tells that nothing was to be done in it. */
static int load_ip6tables_once(const struct pd_nat_mapping *mappings, size_t count,
                               const char *saved, bool keep_guard, bool *changed, bool *done,
                               struct error *e)
{
    struct ip6tables_plan plan = {.keep_guard = keep_guard};
    int result = plan_ip6tables(mappings, count, saved, &plan, e);

    *done = result == 0 && !(plan.rules && *plan.rules);
    if (result == 0 && !*done) {
        *changed = true;
        result = ip6tables_load(plan.rules, e);
    }
    if (*done && plan.lacks_a_jump)
        log_warning("%s", plan.which.text);
    free(plan.rules);
    return result;
}

/* Confirming starts with the look at what was loaded. */
static int load_ip6tables(const struct pd_nat_mapping *mappings, size_t count,
                          const struct pd_nat_rules *now, struct pd_nat_loading *loading,
                          bool *changed, struct error *e)
{
    bool done = false;
    int result =
        load_ip6tables_once(mappings, count, now->saved, loading->guard < 0, changed, &done, e);

    if (result < 0 || done)
        return result;
    result = ip6tables_save_start(&loading->look, e);
    loading->is_looked_at = result == 0;
    return result;
}

int pd_nat_rules_confirm(const struct pd_nat_mapping *mappings, size_t count,
                         struct pd_nat_loading *loading, bool *again, struct error *e)
{
    AUTO_FREE char *saved = NULL;
    bool done = false;
    int result;

    *again = false;
    if (!loading->is_looked_at)
        return 0;
    loading->is_looked_at = false;
    result = ip6tables_save_finish(&loading->look, &saved, e);
    for (int round = 1; result == 0 && !done && round < ROUNDS; round++) {
        if (round > 1) {
            free(TAKE(saved));
            result = ip6tables_save(&saved, e);
        }
        if (result == 0)
            result =
                load_ip6tables_once(mappings, count, saved, loading->guard < 0, again, &done, e);
    }
    return result;
}

static int check_ip6tables(const struct pd_nat_mapping *mappings, size_t count,
                           const struct pd_nat_rules *now, bool *in_force, struct error *e)
{
    struct ip6tables_plan plan = {.keep_guard = false};
    int result = plan_ip6tables(mappings, count, now->saved, &plan, e);

    *in_force = result == 0 && plan.rules && *plan.rules == '\0' && !plan.lacks_a_jump;
    if (result == 0 && plan.rules && *plan.rules)
        (void)fail(e, ENOENT, "ip6tables: the table %.*s is not as it should be" REMEDY,
                   (int)strcspn(plan.rules + 1, "\n"), plan.rules + 1);
    else if (result == 0 && plan.lacks_a_jump && e)
        *e = plan.which;
    free(plan.rules);
    return result;
}

/* ---- both ---- */

/* The guard of ip6tables' mappings is no reason to leave hosts without IPv6. */
static int load_guard(const struct pd_nat_mapping *mappings, size_t count,
                      const struct pd_nat_rules *now, struct pd_nat_loading *loading, bool *changed,
                      struct error *e)
{
    int result = load_nft(mappings, count, now, changed, &loading->reason);

    if (result == -ENOMEM || !has_backend(mappings, count, BACKEND_IP6TABLES))
        return result < 0 ? fail(e, result, "%s", loading->reason.text) : 0;
    loading->guard = result;
    return 0;
}

static bool has_nat_chains(const char *listing)
{
    return listing && strstr(listing, "type nat ");
}

/*
 * If a section took another backend, its new rules come before the old ones go. In all other cases
 * nft is first: what it closes is closed before ip6tables translates.
 */
int pd_nat_rules_load(const struct pd_nat_mapping *mappings, size_t count,
                      const struct pd_nat_rules *now, struct pd_nat_loading *loading, bool *changed,
                      struct error *e)
{
    const bool translates = has_backend(mappings, count, BACKEND_NFT);
    const bool nft_first = translates || !has_nat_chains(now->listing);
    int result = 0;

    *changed = false;
    *loading = (struct pd_nat_loading){.is_looked_at = false};
    if (nft_first)
        result = translates ? load_nft(mappings, count, now, changed, e)
                            : load_guard(mappings, count, now, loading, changed, e);
    if (result == 0)
        result = load_ip6tables(mappings, count, now, loading, changed, e);
    if (result == 0 && !nft_first)
        result = load_guard(mappings, count, now, loading, changed, e);
    return result;
}

int pd_nat_rules_check(const struct pd_nat_mapping *mappings, size_t count,
                       const struct pd_nat_rules *now, enum pd_nat_backend backend, bool *in_force,
                       struct error *e)
{
    int result = 0;

    *in_force = true;
    if (backend == BACKEND_IP6TABLES)
        result = check_ip6tables(mappings, count, now, in_force, e);
    return result == 0 && *in_force ? check_nft(mappings, count, now, in_force, e) : result;
}
