/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Netlink requests and their answers, through libmnl: what rtnetlink and nf_tables have in common.
 * Each function that can fail returns 0 or a negative errno, and E has the kernel's reason.
 */
#ifndef NETLINK_H
#define NETLINK_H

#include <libmnl/libmnl.h>
#include <stdint.h>

#include "base/error.h"

#define REQUEST_SIZE 512

struct netlink {
    struct mnl_socket *socket; /* NULL: not open */
    unsigned int sequence;
    size_t family_header; /* size of the family's header, in the request and its answer */
    const char *name;     /* of the bus, for messages */
    void *buffer; /* for answers; on the heap, where only the pages that are used cost memory */
};

struct netlink_request {
    struct nlmsghdr *header;
    char buffer[REQUEST_SIZE];
};

/* Called for each message that has its family's header; a negative errno ends the reading. */
typedef int (*netlink_reader)(const struct nlmsghdr *header, void *data);

struct netlink_answer {
    netlink_reader read;
    void *data;
    bool interrupted; /* the table changed during the dump */
    bool complete;
};

/* The array that a dump appends to: the addresses of its pointer and of its count. */
struct netlink_list {
    void *items;
    size_t *count;
    const void *context; /* for the reader */
};

/* The attributes of a message by their types, up to 63. */
struct netlink_attributes {
    const struct nlattr *of[64];
};

/* Opens the bus NETLINK_...; messages call it NAME, which must outlive NETLINK. */
int netlink_open(struct netlink *netlink, int bus, const char *name, struct error *e) MUST_CHECK;
void netlink_close(struct netlink *netlink);

/* Begins REQUEST, and returns its zeroed family's header, which has that size. */
void *netlink_begin(struct netlink *netlink, struct netlink_request *request, uint16_t type,
                    uint16_t flags, size_t family_header);

/* Sends the request and reads all of its answer; a command is only acknowledged. */
int netlink_ask(struct netlink *netlink, const struct netlink_request *request,
                struct netlink_answer *answer, struct error *e) MUST_CHECK;
int netlink_command(struct netlink *netlink, struct netlink_request *request,
                    struct error *e) MUST_CHECK;

/*
 * Reads a dump into LIST, which READ gets as its data; again if the kernel reports a change
 * meanwhile. -EAGAIN after too many such dumps.
 */
int netlink_dump(struct netlink *netlink, struct netlink_request *request, netlink_reader read,
                 struct netlink_list *list, struct error *e) MUST_CHECK;

/* Subscribes to the notifications of RTNLGRP_... or NFNLGRP_... */
int netlink_join(struct netlink *netlink, int group, struct error *e) MUST_CHECK;

/*
 * Reads all pending notifications without waiting. Calls NOTE with each that has a family's header
 * of FAMILY_HEADER bytes, or with NULL if some were lost.
 */
int netlink_read_notices(const struct netlink *netlink, size_t family_header,
                         void (*note)(const struct nlmsghdr *header, void *data), void *data,
                         struct error *e) MUST_CHECK;

/* The attributes after OFFSET bytes of a message's payload, in ATTRIBUTE (NULL: none), in BYTES. */
struct netlink_attributes netlink_attributes(const struct nlmsghdr *header, size_t offset);
struct netlink_attributes netlink_nested(const struct nlattr *attribute);
struct netlink_attributes netlink_attributes_in(const void *bytes, size_t size);

/* Copies the value if the attribute exists and has this size. */
bool netlink_copy(const struct nlattr *attribute, void *value, size_t size);

/* The attribute's number of 32 bits in network order; 0 without one. */
uint32_t netlink_number(const struct nlattr *attribute);

/* The attribute's text, or NULL. */
const char *netlink_text(const struct nlattr *attribute);

#endif
