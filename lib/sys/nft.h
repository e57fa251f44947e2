/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nf_tables: nft(8) loads rules as text. What exists is read over netlink, because starting nft
 * takes longer than its work.
 */
#ifndef NFT_H
#define NFT_H

#include <linux/netfilter/nf_tables.h>
#include <stdint.h>

#include "sys/netlink.h"

#define ELEMENT_SIZE 64 /* the kernel's longest key (NFT_DATA_VALUE_MAXLEN) */

/*
 * An element of a set: its key, or in a concatenation of intervals, the first and last key. A set
 * of other intervals has two elements for each: the first key, and the first key that is no longer
 * in it, which `is_end` marks.
 */
struct nft_element {
    uint8_t key[ELEMENT_SIZE];
    uint8_t end[ELEMENT_SIZE];
    size_t length; /* of the key */
    bool is_end;
};

/* Loads RULES by `nft -f -`, all or none. The error is nft's, or that nft is not installed. */
int nft_load(const char *rules, struct error *e) MUST_CHECK;

/* CHAIN as nft lists it; the caller frees *OUT, which is NULL if there is no such chain. */
int nft_list_chain(const char *family, const char *table, const char *chain, char **out,
                   struct error *e) MUST_CHECK;

/*
 * TABLE, of family ip6, in the form of nft's listing, with numbers for priorities, with only the
 * comments of rules, and without sets. The caller frees *OUT. -ENOENT if there is no such table or
 * no nf_tables.
 */
int nft_list_table(const char *table, char **out, struct error *e) MUST_CHECK;

/* Whether TABLE, of family ip6, or CHAIN in it does not exist; false if that is not known. */
bool nft_lacks_chain(const char *table, const char *chain);

/* Appends the elements of SET in TABLE, of FAMILY NFPROTO_..., to *OUT; the caller frees it.
 * -ENOENT. */
int nft_elements(uint8_t family, const char *table, const char *set, struct nft_element **out,
                 size_t *count, struct error *e) MUST_CHECK;

/*
 * Dumps what MESSAGE, NFT_MSG_GET..., asks for, of all tables of all families, through READ.
 * -ENOENT in a kernel without nf_tables.
 */
int nft_dump(enum nf_tables_msg_types message, netlink_reader read, struct netlink_list *list,
             struct error *e) MUST_CHECK;

/* How many rules TABLE, of family inet, has in all its chains; -ENOENT as above. */
int nft_count_rules(const char *table, size_t *count, struct error *e) MUST_CHECK;

#endif
