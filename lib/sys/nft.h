/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nf_tables: rules are loaded as text by the system's own nft(8), and what is there is read over
 * netlink: starting nft takes longer than what it does then.
 */
#ifndef NFT_H
#define NFT_H

#include <linux/netfilter/nf_tables.h>
#include <stdint.h>

#include "sys/netlink.h"

#define ELEMENT_SIZE 64 /* the kernel's longest key (NFT_DATA_VALUE_MAXLEN) */

/* An element of a set: its key, or, where intervals are allowed, first and last key. */
struct nft_element {
    uint8_t key[ELEMENT_SIZE];
    uint8_t end[ELEMENT_SIZE];
    size_t length; /* of the key */
};

/* Whether nft(8) is installed. */
bool nft_is_installed(void);

/*
 * Has nft load RULES (`nft -f -`), whole or not at all. No shell is started, and nft gets a fixed
 * environment. The error is nft's own, with the remedy where nft is not installed.
 */
int nft_load(const char *rules, struct error *e) MUST_CHECK;

/*
 * CHAIN as nft lists it; the caller frees *OUT. It fails where there is no such chain, no nft, or
 * no right to ask.
 */
int nft_list_chain(const char *family, const char *table, const char *chain, char **out,
                   struct error *e) MUST_CHECK;

/*
 * TABLE, of family ip6, in the form of nft's own listing, but with numbers for priorities, and of
 * rules just their comments; sets and the like are left out. The caller frees *OUT. -ENOENT where
 * there is no such table or no nf_tables, -EPERM without the right to ask.
 */
int nft_list_table(const char *table, char **out, struct error *e) MUST_CHECK;

/* Whether TABLE, of family ip6, has no such chain, or is not there; false where nobody can tell. */
bool nft_lacks_chain(const char *table, const char *chain);

/*
 * Appends the elements of SET in TABLE, of family inet, to *OUT; the caller frees it. -ENOENT where
 * there is no such set, as in a kernel without nf_tables.
 */
int nft_elements(const char *table, const char *set, struct nft_element **out, size_t *count,
                 struct error *e) MUST_CHECK;

/* The same of a table of FAMILY, NFPROTO_... */
int nft_elements_of(uint8_t family, const char *table, const char *set, struct nft_element **out,
                    size_t *count, struct error *e) MUST_CHECK;

/*
 * Has READ read the answer to MESSAGE, NFT_MSG_GET..., about all tables of all families, whose
 * header is a struct nfgenmsg. -ENOENT in a kernel without nf_tables.
 */
int nft_dump(enum nf_tables_msg_types message, netlink_reader read, struct netlink_list *list,
             struct error *e) MUST_CHECK;

/* How many rules TABLE, of family inet, has in all its chains; -ENOENT as above. */
int nft_count_rules(const char *table, size_t *count, struct error *e) MUST_CHECK;

#endif
