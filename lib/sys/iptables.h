/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iptables and ip6tables, of either backend, by the system's programs. Each function returns 0 or a
 * negative errno; the error is the program's, or that it is not installed (-ENOENT).
 */
#ifndef IPTABLES_H
#define IPTABLES_H

#include <stdbool.h>

#include "base/error.h"
#include "sys/program.h"

/* Whether ip6tables, of either backend, has no such chain; false if unsure. Runs no program. */
bool ip6tables_lacks_chain(const char *table, const char *chain);

/* All IPv4 tables as iptables-save(8) prints them; the caller frees *OUT. */
int iptables_save(char **out, struct error *e) MUST_CHECK;
int ip6tables_save(char **out, struct error *e) MUST_CHECK; /* the IPv6 ones */

/* The IPv6 ones of the old backend. */
int ip6tables_legacy_save(char **out, struct error *e) MUST_CHECK;

/*
 * The backend that ip6tables uses, or with OTHER the one that it does not use: "ip6tables-nft" or
 * "ip6tables-legacy". Runs ip6tables-save.
 */
const char *ip6tables_backend(bool other);

/* The IPv6 tables that ip6tables-save does not print. -ENOENT if they do not exist. */
int ip6tables_other_save(char **out, struct error *e) MUST_CHECK;

/* ip6tables_save() in two steps. */
int ip6tables_save_start(struct program *out, struct error *e) MUST_CHECK;
int iptables_save_finish(struct program *program, char **out, struct error *e) MUST_CHECK;

/*
 * Loads RULES by iptables-restore(8), keeping chains that they do not name. Each table, up to its
 * COMMIT, is loaded completely or not at all; a failure leaves the tables before it loaded.
 */
int iptables_load(const char *rules, struct error *e) MUST_CHECK;
int ip6tables_load(const char *rules, struct error *e) MUST_CHECK; /* by ip6tables-restore(8) */

#endif
