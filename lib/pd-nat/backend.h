/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a backend of prefix NAT is, for the files that are one: how its rules are read, printed,
 * loaded and checked. rules.c has the table of all backends.
 */
#ifndef PD_NAT_BACKEND_H
#define PD_NAT_BACKEND_H

#include <stdio.h>

#include "base/shell.h"
#include "pd-nat/rules.h"

/* The remedy for rules that are missing; its argument is shell_own_command(). */
#define PD_NAT_RESTORE ": %s pd-nat restore"

/* The mappings that are read out of rules. */
struct pd_nat_reading {
    struct pd_nat_mapping *mappings;
    size_t count;
};

/* NOW is what the backend itself read, or NULL; MAPPINGS are those of all backends. */
struct pd_nat_backend {
    /* What is there, for the caller to free; NULL if there is nothing. */
    int (*read)(char **now, struct error *e);
    /* Adds the mappings that NOW was made for; -ENOMEM. Pure. */
    int (*understand)(const char *now, struct pd_nat_reading *reading);
    /* All that is loaded for MAPPINGS, for the caller to free. Pure. */
    int (*print)(const struct pd_nat_mapping *mappings, size_t count, char **out, struct error *e);
    /* Brings NOW to what is wanted, in one transaction; *CHANGED is set if anything was to do. */
    int (*load)(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                struct pd_nat_loading *loading, bool *changed, struct error *e);
    /* See pd_nat_rules_confirm(); NULL if a program that fails always says so. */
    int (*confirm)(const struct pd_nat_mapping *mappings, size_t count,
                   struct pd_nat_loading *loading, bool *again, struct error *e);
    /* Whether NOW is what is wanted; E says what is not, and the remedy. */
    int (*check)(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                 bool *in_force, struct error *e);
};

extern const struct pd_nat_backend pd_nat_nft;
extern const struct pd_nat_backend pd_nat_ip6tables;

/* ---- rules with gaps ---- */

enum rule_condition {
    ALWAYS,
    WITH_HAIRPIN,
    WITH_GUARD,
    IF_OPEN,   /* inbound = yes */
    IF_CLOSED, /* inbound is anything else */
    WITH_FLOW_LIMIT,
    EACH_OPEN, /* once for each network that inbound names */
};

/*
 * In the texts @w is the external interface, @b the backend, @i the internal prefix, @e the
 * external one, @m the mark, @k its mask, @t both as ip6tables-save prints them for a match, @l
 * the flow_limit, and @n and @x are a network of `inbound`, inside and outside; @@ is an @. A rule
 * whose gaps cannot be filled, because no prefix is known, is left out. nft's rules bear COMMENT,
 * by which they are recognised: a rule that changes needs another one.
 */
struct rule {
    enum rule_condition when;
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

typedef void (*rule_printer)(FILE *out, const struct chain *chain, const struct rule *rule,
                             const struct filling *filling);

/* Hands PRINT each rule of CHAIN for each of the mappings of BACKEND, or of all backends (-1). */
void rules_visit(FILE *out, const struct chain *chain, const struct pd_nat_mapping *mappings,
                 size_t count, int backend, rule_printer print);

/* Prints TEXT with its gaps filled. */
void rules_print_text(FILE *out, const char *text, const struct filling *filling);

/* Fails for a link whose name rules cannot have. */
int rules_check_links(const struct pd_nat_mapping *mappings, size_t count,
                      struct error *e) MUST_CHECK;

/* Closes OUT, which open_memstream() made of *TEXT; without memory, *TEXT is NULL. */
int rules_finish(FILE *out, char **text, struct error *e) MUST_CHECK;

/* ---- reading rules ---- */

/* What a rule of the translation says. */
struct rule_words {
    char link[IF_NAMESIZE];
    char internal[PREFIX_TEXT];
    char external[PREFIX_TEXT];
};

/* The mapping of LINK and BACKEND that was read, or NULL. */
struct pd_nat_mapping *reading_find(const struct pd_nat_reading *reading, const char *link,
                                    enum pd_nat_backend_id backend);

/* The same, new if need be; -ENOMEM. */
int reading_add(struct pd_nat_reading *reading, const char *link, enum pd_nat_backend_id backend,
                struct pd_nat_mapping **out) MUST_CHECK;

/* The mapping that a rule with WORDS is of, new if need be; *OUT is NULL for other words. */
int reading_add_words(struct pd_nat_reading *reading, const struct rule_words *words,
                      enum pd_nat_backend_id backend, struct pd_nat_mapping **out) MUST_CHECK;

/* Hands READ each line of TEXT, which may be NULL; a longer one is none of the suite's. */
int reading_each_line(struct pd_nat_reading *reading, const char *text,
                      int (*read)(struct pd_nat_reading *reading, const char *line)) MUST_CHECK;

/* ---- for tests ---- */

enum pd_nat_table {
    TABLE_IN_FORCE, /* it is what is wanted */
    TABLE_TO_FILL,  /* it becomes so when its chains are filled, or it is made, or goes */
    TABLE_ODD,      /* somebody has changed more than the rules in it */
};

/*
 * What LISTING, the table as nft lists it or NULL if there is none, is to what is wanted for
 * MAPPINGS. Each rule bears a comment of its own, so that no version's way to print rules matters.
 * Pure.
 */
int pd_nat_nft_judge(const struct pd_nat_mapping *mappings, size_t count, const char *listing,
                     enum pd_nat_table *table, struct error *e);

/*
 * What brings the tables in SAVED, which ip6tables-save printed, to what is wanted for those of
 * MAPPINGS that have the backend ip6tables: input for `ip6tables-restore --noflush`, "" if all is
 * as it should be. KEEP_GUARD leaves the guard of version 1.0. In *OUT, which the caller frees.
 * Pure.
 */
int pd_nat_ip6tables_plan(const struct pd_nat_mapping *mappings, size_t count, const char *saved,
                          bool keep_guard, char **out, struct error *e) MUST_CHECK;

/* A chain of the recipe's and the built-in chain of table nat that the firewall must jump from. */
struct pd_nat_jump {
    const char *from;
    const char *chain;
};

/*
 * Whether rules of the administrator's jump to external_dnat and external_snat in SAVED; MISSING is
 * the first one that does not exist. Pure.
 */
int pd_nat_ip6tables_jumps(const char *saved, bool *all_there, struct pd_nat_jump *missing,
                           struct error *e) MUST_CHECK;

#endif
