/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "iptables.h"
#include "log.h"
#include "nft.h"
#include "pdnat-rules.h"

/* Of reading and loading: what one reading leaves out makes a load that the next puts right. More
 * would not help where the forms differ. */
#define ROUNDS 3
#define REMEDY ": vif-route-ipv6 pd-nat restore"

static bool has_backend(const struct pdnat_mapping *mappings, size_t count,
                        enum pdnat_backend backend)
{
    for (size_t i = 0; i < count; i++)
        if (mappings[i].nat.backend == backend)
            return true;
    return false;
}

/* ---- nft ---- */

/* *THERE tells whether there is a table at all. */
static int judge_nft(const struct pdnat_mapping *mappings, size_t count, bool *there,
                     bool *in_force, struct error *e)
{
    AUTO_FREE char *listing = NULL;
    int result = nft_list_table("pd-nat", &listing, e);

    *there = result == 0;
    if (result < 0 && result != -ENOENT)
        return result;
    return pdnat_nft_judge(mappings, count, listing, in_force, e);
}

/* For a table that filling did not put right, as someone changed more than its rules. */
static int load_anew(const char *rules, struct error *e)
{
    AUTO_FREE char *text =
        format_string("add table ip6 pd-nat\ndelete table ip6 pd-nat\n%s", rules);

    return text ? nft_load(text, e) : fail_memory(e);
}

static int load_nft(const struct pdnat_mapping *mappings, size_t count, bool *changed,
                    struct error *e)
{
    AUTO_FREE char *rules = NULL;
    bool there = false;
    bool in_force = false;
    int result = judge_nft(mappings, count, &there, &in_force, e);

    if (result < 0 || in_force)
        return result;
    result = pdnat_rules_print(mappings, count, BACKEND_NFT, &rules, e);
    if (result < 0)
        return result;
    *changed = true;
    result = nft_load(rules, e);
    if (!there || result == -ENOENT)
        return result;
    if (result == 0)
        result = judge_nft(mappings, count, &there, &in_force, e);
    return result == 0 && in_force ? 0 : load_anew(rules, e);
}

static int check_nft(const struct pdnat_mapping *mappings, size_t count, bool *in_force,
                     struct error *e)
{
    bool there = false;
    int result = judge_nft(mappings, count, &there, in_force, e);

    if (result < 0 || *in_force)
        return result;
    if (has_backend(mappings, count, BACKEND_NFT))
        (void)fail(e, ENOENT, "the table ip6 pd-nat %s" REMEDY,
                   there ? "is not as it should be" : "is not there");
    else
        (void)fail(e, EEXIST,
                   "the table ip6 pd-nat is there, and no section has backend = nft" REMEDY);
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

static bool has_nothing_in_ip6tables(void)
{
    const char *table;
    const char *chain;

    for (size_t i = 0; pdnat_ip6tables_chain(i, &table, &chain); i++)
        if (!ip6tables_lacks_chain(table, chain))
            return false;
    return true;
}

struct ip6tables_plan {
    char *rules;        /* what is to be done, "" for nothing */
    bool lacks_a_jump;  /* of the administrator's */
    struct error which; /* says which */
};

/* The caller frees OUT's rules. */
static int plan_ip6tables(const struct pdnat_mapping *mappings, size_t count,
                          struct ip6tables_plan *out, struct error *e)
{
    AUTO_FREE char *saved = NULL;
    const bool is_used = has_backend(mappings, count, BACKEND_IP6TABLES);
    bool jumps = true;
    int result = 0;

    *out = (struct ip6tables_plan){.rules = NULL};
    if (is_used || !has_nothing_in_ip6tables())
        result = ip6tables_save(&saved, e);
    if (result < 0 && (result != -ENOENT || is_used))
        return result;
    if (saved && is_used && is_hidden(saved))
        return fail(e, EOPNOTSUPP,
                    "a table of ip6tables has rules of nft's that it cannot show: use backend = "
                    "nft");
    if (saved && is_used && pdnat_ip6tables_jumps(saved, &jumps, &out->which) < 0)
        return fail_memory(e);
    out->lacks_a_jump = !jumps;
    return pdnat_ip6tables_plan(mappings, count, saved ? saved : "", &out->rules, e);
}

/* One round; *DONE tells that nothing was to be done in it. */
static int load_ip6tables_once(const struct pdnat_mapping *mappings, size_t count, bool *done,
                               struct error *e)
{
    struct ip6tables_plan plan;
    int result = plan_ip6tables(mappings, count, &plan, e);

    *done = result == 0 && !(plan.rules && *plan.rules);
    if (result == 0 && !*done)
        result = ip6tables_load(plan.rules, e);
    if (result == 0 && !*done && plan.lacks_a_jump)
        log_warning("%s", plan.which.text);
    free(plan.rules);
    return result;
}

/* ip6tables-save that is refused memory leaves tables out and says that all is well, so what was
 * loaded is looked at again. */
static int load_ip6tables(const struct pdnat_mapping *mappings, size_t count, bool *changed,
                          struct error *e)
{
    bool done = false;
    int result = 0;

    for (int round = 0; result == 0 && !done && round < ROUNDS; round++) {
        result = load_ip6tables_once(mappings, count, &done, e);
        *changed |= result == 0 && !done;
    }
    return result;
}

static int check_ip6tables(const struct pdnat_mapping *mappings, size_t count, bool *in_force,
                           struct error *e)
{
    struct ip6tables_plan plan;
    int result = plan_ip6tables(mappings, count, &plan, e);

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

int pdnat_rules_load(const struct pdnat_mapping *mappings, size_t count, bool *changed,
                     struct error *e)
{
    int (*const loaders[])(const struct pdnat_mapping *, size_t, bool *,
                           struct error *) = {load_nft, load_ip6tables};
    /* where a section took another backend, its new rules come before the old ones go */
    const size_t first = has_backend(mappings, count, BACKEND_NFT) ? 0 : 1;
    int result;

    *changed = false;
    result = loaders[first](mappings, count, changed, e);
    return result < 0 ? result : loaders[1 - first](mappings, count, changed, e);
}

int pdnat_rules_check(const struct pdnat_mapping *mappings, size_t count,
                      enum pdnat_backend backend, bool *in_force, struct error *e)
{
    return backend == BACKEND_NFT ? check_nft(mappings, count, in_force, e)
                                  : check_ip6tables(mappings, count, in_force, e);
}
