/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define DUMP_TRIES  16 /* a dump that a change disturbed is read again */
#define WAIT_MS     2  /* before the second try; each further one waits as much longer */
#define BUFFER_SIZE 32768

#define CUT_SHORT     "netlink: an answer that is cut short"
#define LARGEST_ERRNO 4095 /* the kernel's MAX_ERRNO */

int netlink_open(struct netlink *netlink, int bus, const char *name, struct error *e)
{
    int on = 1;

    *netlink = (struct netlink){.name = name, .buffer = malloc(BUFFER_SIZE)};
    if (!netlink->buffer)
        return fail_memory(e);
    netlink->socket = mnl_socket_open2(bus, SOCK_CLOEXEC);
    if (!netlink->socket || mnl_socket_bind(netlink->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int code = fail_errno(e, errno, name);

        netlink_close(netlink);
        return code;
    }
    /* Optional: the kernel explains its errors. */
    (void)mnl_socket_setsockopt(netlink->socket, NETLINK_EXT_ACK, &on, sizeof(on));
    return 0;
}

void netlink_close(struct netlink *netlink)
{
    if (netlink->socket)
        mnl_socket_close(netlink->socket);
    free(netlink->buffer);
    netlink->socket = NULL;
    netlink->buffer = NULL;
}

void *netlink_begin(struct netlink *netlink, struct netlink_request *request, uint16_t type,
                    uint16_t flags, size_t family_header)
{
    memset(request->buffer, 0, sizeof(request->buffer)); /* libmnl leaves the padding as it is */
    request->header = mnl_nlmsg_put_header(request->buffer);
    request->header->nlmsg_type = type;
    request->header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    request->header->nlmsg_seq = ++netlink->sequence;
    netlink->family_header = family_header;
    return mnl_nlmsg_put_extra_header(request->header, family_header);
}

static int index_attribute(const struct nlattr *attribute, void *data)
{
    struct netlink_attributes *attributes = data;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type < ARRAY_SIZE(attributes->of))
        attributes->of[type] = attribute;
    return MNL_CB_OK;
}

struct netlink_attributes netlink_attributes(const struct nlmsghdr *header, size_t offset)
{
    struct netlink_attributes attributes = {.of = {NULL}};

    (void)mnl_attr_parse(header, (unsigned int)offset, index_attribute, &attributes);
    return attributes;
}

struct netlink_attributes netlink_nested(const struct nlattr *attribute)
{
    struct netlink_attributes attributes = {.of = {NULL}};

    if (attribute)
        (void)mnl_attr_parse_nested(attribute, index_attribute, &attributes);
    return attributes;
}

struct netlink_attributes netlink_attributes_in(const void *bytes, size_t size)
{
    struct netlink_attributes attributes = {.of = {NULL}};

    (void)mnl_attr_parse_payload(bytes, size, index_attribute, &attributes);
    return attributes;
}

bool netlink_copy(const struct nlattr *attribute, void *value, size_t size)
{
    if (!attribute || mnl_attr_get_payload_len(attribute) != size)
        return false;
    memcpy(value, mnl_attr_get_payload(attribute), size);
    return true;
}

uint32_t netlink_number(const struct nlattr *attribute)
{
    uint32_t number = 0;

    (void)netlink_copy(attribute, &number, sizeof(number));
    return ntohl(number);
}

const char *netlink_text(const struct nlattr *attribute)
{
    if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
        return NULL;
    return mnl_attr_get_str(attribute);
}

/* The kernel's text out of an extended acknowledgement, or NULL (struct nlmsgerr, netlink.h). */
static const char *extended_text(const struct nlmsghdr *header)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
    struct netlink_attributes attributes;
    size_t offset = sizeof(*error);

    if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
        return NULL;
    if (!(header->nlmsg_flags & NLM_F_CAPPED))
        offset += error->msg.nlmsg_len - mnl_nlmsg_size(0);
    if (mnl_nlmsg_get_payload_len(header) <= offset)
        return NULL;
    attributes = netlink_attributes(header, offset);
    return netlink_text(attributes.of[NLMSGERR_ATTR_MSG]);
}

static int read_error(const struct nlmsghdr *header, struct error *e)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
    const char *text;

    if (mnl_nlmsg_get_payload_len(header) < sizeof(*error))
        return fail(e, EBADMSG, CUT_SHORT);
    if (error->error == 0)
        return 0;
    if (error->error > 0 || error->error < -LARGEST_ERRNO)
        return fail(e, EBADMSG, "netlink: an error number out of range");
    text = extended_text(header);
    return fail(e, error->error, "%s%s%s%s", strerror(-error->error), text ? " (" : "",
                text ? text : "", text ? ")" : "");
}

/* mnl_nlmsg_ok() takes a length over 2^31 as negative, and so accepts it. */
static bool is_whole(const struct nlmsghdr *header, int left)
{
    return mnl_nlmsg_ok(header, left) && header->nlmsg_len <= (unsigned int)left;
}

/* Reads the messages of one datagram. */
static int read_answers(struct netlink *netlink, size_t length, struct netlink_answer *answer,
                        struct error *e)
{
    const struct nlmsghdr *header = netlink->buffer;
    int left = (int)length;
    int result = 0;

    for (; result == 0 && !answer->complete && is_whole(header, left);
         header = mnl_nlmsg_next(header, &left)) {
        if (header->nlmsg_seq != netlink->sequence)
            continue; /* of an earlier request that was given up */
        answer->interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        answer->complete = header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;
        if (header->nlmsg_type == NLMSG_ERROR)
            result = read_error(header, e);
        else if (header->nlmsg_type != NLMSG_DONE && answer->read)
            result = mnl_nlmsg_get_payload_len(header) < netlink->family_header
                         ? fail(e, EBADMSG, CUT_SHORT)
                         : answer->read(header, answer->data);
        if (!(header->nlmsg_flags & NLM_F_MULTI))
            answer->complete = true;
    }
    return result;
}

int netlink_ask(struct netlink *netlink, const struct netlink_request *request,
                struct netlink_answer *answer, struct error *e)
{
    struct error ignored = {""};
    ssize_t length;
    int result = 0;

    e = e ? e : &ignored;
    e->text[0] = '\0';
    do
        length = mnl_socket_sendto(netlink->socket, request->header, request->header->nlmsg_len);
    while (length < 0 && errno == EINTR);
    if (length < 0)
        return fail_errno(e, errno, netlink->name);
    while (result == 0 && !answer->complete) {
        length = mnl_socket_recvfrom(netlink->socket, netlink->buffer, BUFFER_SIZE);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return fail_errno(e, errno, netlink->name);
        result = read_answers(netlink, (size_t)length, answer, e);
        if (result == -ENOMEM && e->text[0] == '\0')
            result = fail_memory(e);
    }
    return result;
}

int netlink_command(struct netlink *netlink, struct netlink_request *request, struct error *e)
{
    struct netlink_answer answer = {.read = NULL};

    request->header->nlmsg_flags |= NLM_F_ACK;
    return netlink_ask(netlink, request, &answer, e);
}

int netlink_dump(struct netlink *netlink, struct netlink_request *request, netlink_reader read,
                 struct netlink_list *list, struct error *e)
{
    const size_t before = *list->count;

    for (int tries = 0; tries < DUMP_TRIES; tries++) {
        const struct timespec pause = {.tv_nsec = 1000000L * WAIT_MS * tries};
        struct netlink_answer answer = {.read = read, .data = list};
        int result;

        if (tries > 0)
            (void)nanosleep(&pause, NULL);
        *list->count = before;
        request->header->nlmsg_seq = ++netlink->sequence;
        result = netlink_ask(netlink, request, &answer, e);
        if (result != -EINTR && (result < 0 || !answer.interrupted))
            return result;
    }
    return fail(e, EAGAIN, "%s: the list changed each of the %d times that it was read: try again",
                netlink->name, DUMP_TRIES);
}

int netlink_join(struct netlink *netlink, int group, struct error *e)
{
    if (mnl_socket_setsockopt(netlink->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0)
        return fail(e, errno, "%s: its notifications: %s", netlink->name, strerror(errno));
    return 0;
}

int netlink_read_notices(const struct netlink *netlink, size_t family_header,
                         void (*note)(const struct nlmsghdr *header, void *data), void *data,
                         struct error *e)
{
    for (;;) {
        const struct nlmsghdr *header = netlink->buffer;
        const ssize_t length =
            recv(mnl_socket_get_fd(netlink->socket), netlink->buffer, BUFFER_SIZE, MSG_DONTWAIT);
        int left = length > 0 ? (int)length : 0;

        if (length < 0 && errno == EAGAIN)
            return 0;
        if (length < 0 && errno != ENOBUFS && errno != EINTR)
            return fail(e, errno, "%s: its notifications: %s", netlink->name, strerror(errno));
        if (length < 0 && errno == ENOBUFS)
            note(NULL, data);
        for (; is_whole(header, left); header = mnl_nlmsg_next(header, &left))
            if (mnl_nlmsg_get_payload_len(header) >= family_header)
                note(header, data);
    }
}
