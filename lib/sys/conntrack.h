/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connection tracking, over ctnetlink. An entry keeps the NAT of its first packet, so a change of
 * rules leaves entries to be deleted. Each function that can fail returns 0 or a negative errno.
 */
#ifndef CONNTRACK_H
#define CONNTRACK_H

#include <netinet/in.h>
#include <stdint.h>

#include "base/error.h"

#define CONNTRACK_KEY_SIZE 128 /* more than the kernel's longest tuple has */

/* One direction of a flow. IPv4 is IPv4-mapped, as in struct prefix. */
struct conntrack_tuple {
    struct in6_addr source;
    struct in6_addr destination;
    uint16_t source_port; /* in host byte order; 0: the protocol has none */
    uint16_t destination_port;
};

/* REPLY is what the kernel expects back: not the mirror of ORIGINAL where there is NAT. */
struct conntrack_entry {
    uint8_t family; /* AF_INET, AF_INET6 */
    uint8_t protocol;
    struct conntrack_tuple original;
    struct conntrack_tuple reply;
    uint32_t mark; /* of the connection (ct mark) */
    /* for the deletion, as the kernel gave it, in network byte order */
    uint32_t id;
    uint16_t zone;
    uint16_t key_length;
    unsigned char key[CONNTRACK_KEY_SIZE];
};

typedef bool (*conntrack_filter)(const struct conntrack_entry *entry, const void *data);

/* Appends the entries of FAMILY that IS_WANTED to *OUT; the caller frees it. -EPERM without root.
 */
int conntrack_list(uint8_t family, conntrack_filter is_wanted, const void *data,
                   struct conntrack_entry **out, size_t *count, struct error *e) MUST_CHECK;

/* Reads nf_conntrack_count and nf_conntrack_max; false if they cannot be read. */
bool conntrack_usage(unsigned long *count, unsigned long *most);

/* Deletes these entries, ignoring missing ones. *DELETED: number before the first failure. */
int conntrack_delete(const struct conntrack_entry *entries, size_t count, size_t *deleted,
                     struct error *e) MUST_CHECK;

#endif
