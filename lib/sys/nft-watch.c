/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/nft-watch.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define RECEIVE_SIZE (4 * 1024 * 1024) /* a flush of thousands of rules is one burst */

static void wake(int number)
{
    (void)number;
}

/* Only nft_watch_wait() lets SIGHUP in, so that none is missed. */
static void hold_signal(void)
{
    const struct sigaction action = {.sa_handler = wake};
    sigset_t hangup;

    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &hangup, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

int nft_watch_open(struct netlink *watch, struct error *e)
{
    const int size = RECEIVE_SIZE;
    int result;

    hold_signal();
    result = netlink_open(watch, NETLINK_NETFILTER, "nf_tables", e);
    if (result == 0)
        result = netlink_join(watch, NFNLGRP_NFTABLES, e);
    if (result < 0)
        return result;
    /* Optional: notifications that do not fit are reported as lost. */
    (void)setsockopt(mnl_socket_get_fd(watch->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size,
                     sizeof(size));
    return 0;
}

/* Whether the message reports a deletion, and of what. */
static bool read_loss(const struct nlmsghdr *header, struct nft_loss *loss)
{
    const struct netlink_attributes attributes =
        netlink_attributes(header, sizeof(struct nfgenmsg));
    uint8_t family;

    if (NFNL_SUBSYS_ID(header->nlmsg_type) != NFNL_SUBSYS_NFTABLES)
        return false;
    family = ((const struct nfgenmsg *)mnl_nlmsg_get_payload(header))->nfgen_family;
    loss->is_inet = family == NFPROTO_INET;
    loss->is_ip6 = family == NFPROTO_IPV6;
    switch (NFNL_MSG_TYPE(header->nlmsg_type)) {
    case NFT_MSG_DELTABLE:
        loss->table = netlink_text(attributes.of[NFTA_TABLE_NAME]);
        break;
    case NFT_MSG_DELCHAIN:
        loss->table = netlink_text(attributes.of[NFTA_CHAIN_TABLE]);
        loss->chain = netlink_text(attributes.of[NFTA_CHAIN_NAME]);
        break;
    case NFT_MSG_DELRULE:
        loss->table = netlink_text(attributes.of[NFTA_RULE_TABLE]);
        loss->chain = netlink_text(attributes.of[NFTA_RULE_CHAIN]);
        break;
    case NFT_MSG_DELSET:
        loss->table = netlink_text(attributes.of[NFTA_SET_TABLE]);
        loss->set = netlink_text(attributes.of[NFTA_SET_NAME]);
        break;
    case NFT_MSG_DELSETELEM:
        loss->table = netlink_text(attributes.of[NFTA_SET_ELEM_LIST_TABLE]);
        loss->set = netlink_text(attributes.of[NFTA_SET_ELEM_LIST_SET]);
        break;
    default:
        break;
    }
    return loss->table != NULL;
}

struct loss_note {
    void (*note)(const struct nft_loss *loss, void *data);
    void *data;
};

static void note_loss(const struct nlmsghdr *header, void *data)
{
    const struct loss_note *to = data;
    struct nft_loss loss = {.table = NULL};

    if (!header || read_loss(header, &loss))
        to->note(&loss, to->data);
}

int nft_watch_wait(const struct netlink *watch, int other, long ms,
                   void (*note)(const struct nft_loss *loss, void *data), void *data,
                   struct error *e)
{
    struct pollfd polled[] = {{.fd = mnl_socket_get_fd(watch->socket), .events = POLLIN},
                              {.fd = other, .events = POLLIN}};
    const struct timespec time = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    struct loss_note to = {.note = note, .data = data};
    sigset_t mask;

    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigdelset(&mask, SIGHUP);
    if (ppoll(polled, ARRAY_SIZE(polled), ms < 0 ? NULL : &time, &mask) < 0)
        note_loss(NULL, &to); /* SIGHUP: look at all */
    return netlink_read_notices(watch, sizeof(struct nfgenmsg), note_loss, &to, e);
}
