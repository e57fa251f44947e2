/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Questions to the kernel over netlink, through libmnl, and its answers: what rtnetlink and
 * nf_tables have in common. Each function that can fail returns 0 or a negative errno, and E says
 * what the kernel said.
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
    size_t family_header; /* the size of what follows a header, in the request as in its answer */
    const char *name;     /* of the bus, for messages */
};

/* A request: the header, what follows it, and room for the attributes. */
struct netlink_request {
    struct nlmsghdr *header;
    char buffer[REQUEST_SIZE];
};

/* Called for each message of an answer that has its family's header; a negative errno ends it. */
typedef int (*netlink_reader)(const struct nlmsghdr *header, void *data);

struct netlink_answer {
    netlink_reader read;
    void *data;
    bool interrupted; /* the dump is not of one moment */
    bool complete;
};

/* What a dump fills: an array, of which the first elements were there before. */
struct netlink_list {
    void *items;
    size_t count;
    uint8_t filter; /* the reader's own */
};

/* The attributes of a message by their types; those that nobody here asks for are left out. */
struct netlink_attributes {
    const struct nlattr *of[64];
};

/* Opens the bus NETLINK_..., which messages call NAME, a string that lives on. */
int netlink_open(struct netlink *netlink, int bus, const char *name, struct error *e) MUST_CHECK;
void netlink_close(struct netlink *netlink);

/* Begins REQUEST, and returns its family's header, of that size and zeroed. */
void *netlink_begin(struct netlink *netlink, struct netlink_request *request, uint16_t type,
                    uint16_t flags, size_t family_header);

/* Sends the request and reads its whole answer; a command's answer is that it is done. */
int netlink_ask(struct netlink *netlink, const struct netlink_request *request,
                struct netlink_answer *answer, struct error *e) MUST_CHECK;
int netlink_command(struct netlink *netlink, struct netlink_request *request,
                    struct error *e) MUST_CHECK;

/*
 * Reads a whole dump into LIST, whose reader gets it as its data; again if the kernel says that a
 * change came between the parts. -EAGAIN after too many such dumps: LIST is not of one moment then.
 */
int netlink_dump(struct netlink *netlink, struct netlink_request *request, netlink_reader read,
                 struct netlink_list *list, struct error *e) MUST_CHECK;

/* Joins the multicast group RTNLGRP_... or NFNLGRP_... of an open bus, and so gets its
 * notifications. */
int netlink_join(struct netlink *netlink, int group, struct error *e) MUST_CHECK;

/*
 * Reads all notifications that have come, without waiting, and calls NOTE with each that has the
 * header of its family, of FAMILY_HEADER bytes, or with NULL if some were lost.
 */
int netlink_read_notices(const struct netlink *netlink, size_t family_header,
                         void (*note)(const struct nlmsghdr *header, void *data), void *data,
                         struct error *e) MUST_CHECK;

/* The attributes behind the first OFFSET bytes of a message's payload, those in ATTRIBUTE, which
 * may be NULL, and those in SIZE bytes. */
struct netlink_attributes netlink_attributes(const struct nlmsghdr *header, size_t offset);
struct netlink_attributes netlink_nested(const struct nlattr *attribute);
struct netlink_attributes netlink_attributes_in(const void *bytes, size_t size);

/* Copies the value if the attribute is there and has just this size. */
bool netlink_copy(const struct nlattr *attribute, void *value, size_t size);

/* The attribute's number of 32 bits in network order; 0 without one. */
uint32_t netlink_number(const struct nlattr *attribute);

/* The attribute's text, or NULL. */
const char *netlink_text(const struct nlattr *attribute);

#endif
