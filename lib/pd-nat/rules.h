/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules of prefix NAT, rendered by pure functions and loaded whole, for nft and ip6tables.
 *
 * nft: the table `ip6 pd-nat`, the suite's own, with base chains that a change of prefix never
 * makes anew, and rules of literal prefixes: look-ups in sets can miss during a transaction (Linux
 * before 6.16). ip6tables: the chains external_dnat and external_snat, to which the administrator's
 * rules jump. The ULA guard and `inbound` are in nft's table for both, which has no chain of type
 * nat if no section translates by nft.
 */
#ifndef PD_NAT_RULES_H
#define PD_NAT_RULES_H

#include "pd-nat/section.h"
#include "sys/program.h"

/* Frees mappings that pd_nat_rules_in_force() made, with the networks they own. */
void pd_nat_mappings_free(struct pd_nat_mapping *mappings, size_t count);

/*
 * The suite's rules as each backend reads them: nft_list_table()'s listing of ip6 pd-nat, and all
 * that ip6tables-save prints if it has a chain of the suite's names. NULL: there are none. Release
 * with pd_nat_rules_free().
 */
struct pd_nat_rules {
    char *of[BACKEND_COUNT];
};

/* Reads them; what is not installed has none. Also to be released after a failure. */
int pd_nat_rules_read(struct pd_nat_rules *out, struct error *e) MUST_CHECK;
void pd_nat_rules_free(struct pd_nat_rules *rules);

/*
 * The mappings that RULES were made for, each with link, backend and prefixes, and with hairpin,
 * guard, mark and `inbound` if there are rules of these; version 1.0's rules are read as well. For
 * the caller to release with pd_nat_mappings_free(). Pure.
 */
int pd_nat_rules_in_force(const struct pd_nat_rules *rules, struct pd_nat_mapping **out,
                          size_t *count, struct error *e) MUST_CHECK;

/* Whether one of the mappings is of BACKEND. */
bool pd_nat_has_backend(const struct pd_nat_mapping *mappings, size_t count,
                        enum pd_nat_backend_id backend);

/* Whether any of them, of whichever backend, needs rules of nft's. Pure. */
bool pd_nat_wants_nft(const struct pd_nat_mapping *mappings, size_t count);

/*
 * What is loaded for MAPPINGS: all that is in nft's table, as input for `nft -f -`, or what those
 * with the backend ip6tables have besides, for `ip6tables-restore --noflush`. In *OUT, which the
 * caller frees. Pure.
 */
int pd_nat_rules_print(const struct pd_nat_mapping *mappings, size_t count,
                       enum pd_nat_backend_id backend, char **out, struct error *e) MUST_CHECK;

/*
 * What differs between what is in force NOW and what is WANTED, a line per change: `- eth0 nft
 * INTERNAL EXTERNAL`, `+ eth0 guard`. In *OUT, which the caller frees. Pure.
 */
int pd_nat_rules_compare(const struct pd_nat_mapping *now, size_t now_count,
                         const struct pd_nat_mapping *wanted, size_t wanted_count, char **out,
                         struct error *e) MUST_CHECK;

/* What is still to be confirmed of what was loaded; end it with pd_nat_rules_confirm(). */
struct pd_nat_loading {
    int ula_guard;       /* 0, or why the ULA guard of ip6tables' mappings could not be loaded, */
    struct error reason; /* and the words for it */
    struct error jump;   /* of the administrator's that is missing; "" if none is */
    bool is_looked_at;   /* by ip6tables-save, */
    struct program look; /* which runs */
};

/*
 * Brings the rules for just these mappings into force in place of NOW, of both backends, each in
 * one transaction that leaves no packet untranslated; *CHANGED tells whether anything was to be
 * done. Rules that are there as they should be are not touched, nor is anything of anybody else,
 * jumps that are missing included: LOADING says which. None: the suite's rules go. The caller holds
 * the lock, since before NOW was read.
 *
 * Without nft, or nf_tables, ip6tables translates all the same, and LOADING says that there is no
 * guard; that of version 1.0, if it is there, stays then.
 */
int pd_nat_rules_load(const struct pd_nat_mapping *mappings, size_t count,
                      const struct pd_nat_rules *now, struct pd_nat_loading *loading, bool *changed,
                      struct error *e) MUST_CHECK;

/*
 * Checks what was loaded for these mappings, and loads again what differs: without memory
 * ip6tables-save leaves tables out, without a socket ip6tables-restore falls back to an old match
 * revision, and both still exit 0. *AGAIN: something was loaded again.
 */
int pd_nat_rules_confirm(const struct pd_nat_mapping *mappings, size_t count,
                         struct pd_nat_loading *loading, bool *again, struct error *e) MUST_CHECK;

/*
 * Whether NOW has the rules of BACKEND as pd_nat_rules_load() would have them, jumped to; E says
 * what is not so, and the remedy.
 */
int pd_nat_rules_check(const struct pd_nat_mapping *mappings, size_t count,
                       const struct pd_nat_rules *now, enum pd_nat_backend_id backend,
                       bool *in_force, struct error *e) MUST_CHECK;

/*
 * After the rules came or changed: deletes the tracked connections that still use a mapping of
 * BEFORE, of which link, internal and external prefix count: their external addresses are dead, or
 * now another host's. Also deletes those from the internal prefix that began without rules and
 * leave the external interface untranslated, unless MAPPING has no external prefix. No others.
 * *COUNT is how many.
 */
int pd_nat_forget_connections(const struct pd_nat_mapping *mapping,
                              const struct pd_nat_mapping *before, size_t before_count,
                              size_t *count, struct error *e) MUST_CHECK;

/*
 * After the routes changed: deletes the tracked connections from inside that keep the external
 * prefix of one of the mappings, while their packets now leave by another link. No others. *COUNT
 * is how many.
 */
int pd_nat_forget_moved(const struct pd_nat_mapping *mappings, size_t mapping_count, size_t *count,
                        struct error *e) MUST_CHECK;

#endif
