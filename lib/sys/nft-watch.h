/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is deleted in nf_tables, by whomever, as the kernel reports it (nfnetlink group
 * NFNLGRP_NFTABLES). ip6tables-nft is nf_tables, too; ip6tables-legacy is not.
 */
#ifndef NFT_WATCH_H
#define NFT_WATCH_H

#include "sys/netlink.h"

/* What was deleted: a table, or a part of one. */
struct nft_loss {
    bool is_inet; /* of that family */
    bool is_ip6;
    const char *table; /* NULL: reports were lost, or SIGHUP came, so it may be anything */
    const char *chain; /* or NULL */
    const char *set;   /* whose elements, or NULL */
};

/*
 * Needs CAP_NET_ADMIN. Blocks SIGHUP, for nft_watch_wait() to let in. Release with netlink_close(),
 * also after a failure.
 */
int nft_watch_open(struct netlink *watch, struct error *e) MUST_CHECK;

/*
 * Waits for reports, or until OTHER can be read, and calls NOTE with each loss among the reports
 * that are there then.
 */
int nft_watch_wait(const struct netlink *watch, int other,
                   void (*note)(const struct nft_loss *loss, void *data), void *data,
                   struct error *e) MUST_CHECK;

#endif
