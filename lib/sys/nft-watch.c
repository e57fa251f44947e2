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

#include "sys/netlink.h"

#define BUFFER_SIZE  32768
#define RECEIVE_SIZE (4 * 1024 * 1024) /* a flush of thousands of rules is one burst */

static void wake(int number)
{
    (void)number;
}

/* SIGHUP is let in only by nft_watch_wait(), so that none is missed. */
static void hold_signal(void)
{
    const struct sigaction action = {.sa_handler = wake};
    sigset_t hangup;

    sigemptyset(&hangup);
    sigaddset(&hangup, SIGHUP);
    (void)sigprocmask(SIG_BLOCK, &hangup, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
}

int nft_watch_open(struct nft_watch *watch, struct error *e)
{
    int group = NFNLGRP_NFTABLES;
    int size = RECEIVE_SIZE;

    hold_signal();
    watch->socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    if (watch->socket && mnl_socket_bind(watch->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
        mnl_socket_setsockopt(watch->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0) {
        /* For comfort: what does not fit is reported as lost. */
        (void)setsockopt(mnl_socket_get_fd(watch->socket), SOL_SOCKET, SO_RCVBUFFORCE, &size,
                         sizeof(size));
        return 0;
    }
    group = errno;
    nft_watch_close(watch);
    return fail(e, group, "nf_tables: its notifications: %s", strerror(group));
}

void nft_watch_close(struct nft_watch *watch)
{
    if (watch->socket)
        mnl_socket_close(watch->socket);
    watch->socket = NULL;
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
    case NFT_MSG_DELSETELEM:
        loss->table = netlink_text(attributes.of[NFTA_SET_ELEM_LIST_TABLE]);
        loss->set = netlink_text(attributes.of[NFTA_SET_ELEM_LIST_SET]);
        break;
    default:
        break;
    }
    return loss->table != NULL;
}

static void read_datagram(const void *buffer, size_t length,
                          void (*note)(const struct nft_loss *loss, void *data), void *data)
{
    const struct nlmsghdr *header = buffer;

    for (int left = (int)length; mnl_nlmsg_ok(header, left) && header->nlmsg_len <= (size_t)left;
         header = mnl_nlmsg_next(header, &left)) {
        struct nft_loss loss = {.table = NULL};

        if (mnl_nlmsg_get_payload_len(header) >= sizeof(struct nfgenmsg) &&
            read_loss(header, &loss))
            note(&loss, data);
    }
}

int nft_watch_wait(const struct nft_watch *watch, int other,
                   void (*note)(const struct nft_loss *loss, void *data), void *data,
                   struct error *e)
{
    const struct nft_loss anything = {.table = NULL};
    const int fd = mnl_socket_get_fd(watch->socket);
    struct pollfd polled[] = {{.fd = fd, .events = POLLIN}, {.fd = other, .events = POLLIN}};
    char buffer[BUFFER_SIZE];
    sigset_t mask;

    sigprocmask(SIG_BLOCK, NULL, &mask);
    sigdelset(&mask, SIGHUP);
    if (ppoll(polled, ARRAY_SIZE(polled), NULL, &mask) < 0)
        note(&anything, data); /* asked to look at all */
    for (;;) {
        ssize_t length = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);

        if (length < 0 && errno == EAGAIN)
            return 0;
        if (length < 0 && errno == ENOBUFS)
            note(&anything, data);
        else if (length < 0 && errno != EINTR)
            return fail(e, errno, "nf_tables: its notifications: %s", strerror(errno));
        else if (length > 0)
            read_datagram(buffer, (size_t)length, note, data);
    }
}
