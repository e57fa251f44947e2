/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two backends implement, and what they share: how rules are read, printed, loaded and
 * checked. rules.c has the table of the backends.
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

/* NOW is what read() returned, or NULL; MAPPINGS include those of the other backend. */
struct pd_nat_backend {
    /* Reads the rules in force, for the caller to free; NULL if there are none. */
    int (*read)(char **now, struct error *e);
    /* Adds the mappings that NOW was made for; -ENOMEM. Pure. */
    int (*understand)(const char *now, struct pd_nat_reading *reading);
    /* Prints all rules for MAPPINGS, for the caller to free. Pure. */
    int (*print)(const struct pd_nat_mapping *mappings, size_t count, char **out, struct error *e);
    /* Replaces NOW by what is wanted, in one transaction; sets *CHANGED if they differed. */
    int (*load)(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                struct pd_nat_loading *loading, bool *changed, struct error *e);
    /* See pd_nat_rules_confirm(); NULL if a program that fails always says so. */
    int (*confirm)(const struct pd_nat_mapping *mappings, size_t count,
                   struct pd_nat_loading *loading, bool *again, struct error *e);
    /* Whether NOW is what is wanted; otherwise E says what differs, and the remedy. */
    int (*check)(const struct pd_nat_mapping *mappings, size_t count, const char *now,
                 bool *in_force, struct error *e);
};

extern const struct pd_nat_backend pd_nat_nft;
extern const struct pd_nat_backend pd_nat_ip6tables;

/* ---- rules with gaps ---- */

enum rule_condition {
    ALWAYS,
    WITH_HAIRPIN,
    WITH_ULA_GUARD,
    IF_OPEN,   /* inbound = yes */
    IF_CLOSED, /* inbound is anything else */
    WITH_FLOW_LIMIT,
    EACH_OPEN, /* once for each network that inbound names */
};

/*
 * The gaps of a text: @w is the external interface, @b the backend, @i the internal prefix, @e the
 * external prefix, @m the mark, @k its mask, @t both as ip6tables-save prints them for a match, @l
 * the flow_limit, @n a network of `inbound` and @x the same network outside; @@ is an @. A rule is
 * left out while a prefix that it needs is not known. A rule of nft's is recognised by its comment,
 * so a rule whose text changes in a new version needs another comment.
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
    bool serves_all;   /* nft: it has rules for the mappings of every backend */
    bool is_of_1_0;    /* ip6tables: version 1.0 made it, and the jump to it: both are removed */
    struct rule rules[6];
};

/* A rule's mapping, and its network of `inbound`. */
struct filling {
    const struct pd_nat_mapping *mapping;
    const struct prefix *open;
};

typedef void (*rule_printer)(FILE *out, const struct chain *chain, const struct rule *rule,
                             const struct filling *filling);

/* Hands PRINT the rules of CHAIN for each mapping of BACKEND, or for all if the chain serves_all.
 */
void rules_visit(FILE *out, const struct chain *chain, const struct pd_nat_mapping *mappings,
                 size_t count, enum pd_nat_backend_id backend, rule_printer print);

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

/* The mapping of a rule with these WORDS, new if need be; *OUT is NULL if they are no mapping's. */
int reading_add_words(struct pd_nat_reading *reading, const struct rule_words *words,
                      enum pd_nat_backend_id backend, struct pd_nat_mapping **out) MUST_CHECK;

/* Hands READ each line of TEXT, which may be NULL. Longer lines than the suite's are left out. */
int reading_each_line(struct pd_nat_reading *reading, const char *text,
                      int (*read)(struct pd_nat_reading *reading, const char *line)) MUST_CHECK;

/* ---- the pure part of each backend, which the unit tests call ---- */

enum pd_nat_table {
    TABLE_IN_FORCE, /* it is what is wanted */
    TABLE_TO_LOAD,  /* its rules differ, it is missing, or it is not wanted */
    TABLE_ODD,      /* not only its rules differ, but also its chains */
};

/*
 * Compares LISTING, the table as nft lists it (NULL: there is none), with what is wanted for
 * MAPPINGS. Rules are compared by their comments, because versions of nft print rules differently.
 * Pure.
 */
int pd_nat_nft_judge(const struct pd_nat_mapping *mappings, size_t count, const char *listing,
                     enum pd_nat_table *table, struct error *e);

/*
 * The input of `ip6tables-restore --noflush` that turns the tables in SAVED (from ip6tables-save)
 * into what is wanted for the MAPPINGS with the backend ip6tables; "" if nothing is to be done.
 * KEEP_ULA_GUARD leaves the ULA guard of version 1.0. In *OUT, which the caller frees. Pure.
 */
int pd_nat_ip6tables_plan(const struct pd_nat_mapping *mappings, size_t count, const char *saved,
                          bool keep_ula_guard, char **out, struct error *e) MUST_CHECK;

/* The administrator's firewall must jump from the built-in chain FROM of table nat to CHAIN. */
struct pd_nat_jump {
    const char *from;
    const char *chain;
};

/* Whether SAVED jumps to external_dnat and external_snat; MISSING is the first it lacks. Pure. */
int pd_nat_ip6tables_jumps(const char *saved, bool *all_there, struct pd_nat_jump *missing,
                           struct error *e) MUST_CHECK;

#endif
