/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's notifications of deletions in nf_tables, by any program (nfnetlink group
 * NFNLGRP_NFTABLES). They include ip6tables-nft, but not ip6tables-legacy.
 */
#ifndef NFT_WATCH_H
#define NFT_WATCH_H

#include "sys/netlink.h"

/* What was deleted: a table, or a part of one. */
struct nft_loss {
    bool is_inet; /* the family */
    bool is_ip6;
    const char *table; /* NULL: notifications were lost, or SIGHUP came */
    const char *chain; /* or NULL */
    const char *set;   /* whose elements, or NULL */
};

/*
 * Needs CAP_NET_ADMIN. Blocks SIGHUP, which only nft_watch_wait() lets in. Release with
 * netlink_close(), also after a failure.
 */
int nft_watch_open(struct netlink *watch, struct error *e) MUST_CHECK;

/*
 * Waits for notifications, until OTHER can be read, or at most MS milliseconds (negative: without
 * an end), and calls NOTE with each loss.
 */
int nft_watch_wait(const struct netlink *watch, int other, long ms,
                   void (*note)(const struct nft_loss *loss, void *data), void *data,
                   struct error *e) MUST_CHECK;

#endif
