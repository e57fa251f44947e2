/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables and ip6tables, of either backend, by the system's own programs. Each function returns 0
 * or a negative errno; the error is the program's own, with the remedy where it is not installed
 * (-ENOENT).
 */
#ifndef IPTABLES_H
#define IPTABLES_H

#include <stdbool.h>

#include "base/error.h"
#include "sys/program.h"

/* Whether ip6tables, of either backend, has no such chain; false if unsure. No program is run. */
bool ip6tables_lacks_chain(const char *table, const char *chain);

/* All IPv4 tables as iptables-save(8) prints them; the caller frees *OUT. */
int iptables_save(char **out, struct error *e) MUST_CHECK;
int ip6tables_save(char **out, struct error *e) MUST_CHECK; /* the IPv6 ones */

/* The IPv6 ones of the old backend. */
int ip6tables_legacy_save(char **out, struct error *e) MUST_CHECK;

/*
 * Which tables ip6tables and ip6tables-save use, or with OTHER which they do not: "ip6tables-nft"
 * or "ip6tables-legacy", the names of the programs that always use these. Runs ip6tables-save.
 */
const char *ip6tables_backend(bool other);

/* The IPv6 tables that ip6tables-save does not print. -ENOENT if they do not exist. */
int ip6tables_other_save(char **out, struct error *e) MUST_CHECK;

/* ip6tables_save() in two steps, for what there is to do meanwhile. */
int ip6tables_save_start(struct program *out, struct error *e) MUST_CHECK;
int ip6tables_save_finish(struct program *program, char **out, struct error *e) MUST_CHECK;

/*
 * Has iptables-restore(8) load RULES and leave be what they do not name. Each table, up to its
 * COMMIT, is loaded whole or not at all; a failure of one leaves those before it loaded.
 */
int iptables_load(const char *rules, struct error *e) MUST_CHECK;
int ip6tables_load(const char *rules, struct error *e) MUST_CHECK; /* by ip6tables-restore(8) */

#endif
