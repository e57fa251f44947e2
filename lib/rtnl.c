/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rtnl.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <time.h>

#define DUMP_TRIES   16 /* a dump that was disturbed by a change is read anew */
#define BUFFER_SIZE  32768
#define REQUEST_SIZE 512

/* Since Linux 4.18, 5.18 and 4.20: for older headers. */
#define ATTRIBUTE_RT_PRIORITY 9  /* IFA_RT_PRIORITY */
#define ATTRIBUTE_PROTO       11 /* IFA_PROTO */
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

/* A request: the header, what follows it, and room for the attributes. */
struct request {
    struct nlmsghdr *header;
    char buffer[REQUEST_SIZE];
};

/* Called for each message of an answer; a negative errno ends it. */
typedef int (*message_reader)(const struct nlmsghdr *header, void *data);

int rtnl_open(struct rtnl *rtnl, struct error *e)
{
    int on = 1;

    rtnl->sequence = (unsigned int)time(NULL);
    rtnl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
    if (!rtnl->socket)
        return fail(e, errno, "rtnetlink: %s", strerror(errno));
    if (mnl_socket_bind(rtnl->socket, 0, MNL_SOCKET_AUTOPID) < 0) {
        int code = fail(e, errno, "rtnetlink: %s", strerror(errno));

        rtnl_close(rtnl);
        return code;
    }
    /* Both are comfort: the kernel's own words, and dumps filtered by it. We filter as well. */
    (void)mnl_socket_setsockopt(rtnl->socket, NETLINK_EXT_ACK, &on, sizeof(on));
    (void)mnl_socket_setsockopt(rtnl->socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    return 0;
}

void rtnl_close(struct rtnl *rtnl)
{
    if (rtnl->socket)
        mnl_socket_close(rtnl->socket);
    rtnl->socket = NULL;
}

static void *request_begin(struct rtnl *rtnl, struct request *request, uint16_t type,
                           uint16_t flags, size_t family_header)
{
    memset(request->buffer, 0, sizeof(request->buffer)); /* libmnl leaves the padding as it is */
    request->header = mnl_nlmsg_put_header(request->buffer);
    request->header->nlmsg_type = type;
    request->header->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
    request->header->nlmsg_seq = ++rtnl->sequence;
    return mnl_nlmsg_put_extra_header(request->header, family_header);
}

/* The attributes of a message by their types; those that nobody here asks for are left out. */
struct attributes {
    const struct nlattr *of[32];
};

static int index_attribute(const struct nlattr *attribute, void *data)
{
    struct attributes *attributes = data;
    uint16_t type = mnl_attr_get_type(attribute);

    if (type < ARRAY_SIZE(attributes->of))
        attributes->of[type] = attribute;
    return MNL_CB_OK;
}

static struct attributes index_attributes(const struct nlmsghdr *header, size_t offset)
{
    struct attributes attributes = {.of = {NULL}};

    (void)mnl_attr_parse(header, (unsigned int)offset, index_attribute, &attributes);
    return attributes;
}

/* Copies the value if the attribute is there and has just this size. */
static bool copy_value(const struct nlattr *attribute, void *value, size_t size)
{
    if (!attribute || mnl_attr_get_payload_len(attribute) != size)
        return false;
    memcpy(value, mnl_attr_get_payload(attribute), size);
    return true;
}

static const char *text_value(const struct nlattr *attribute)
{
    if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0)
        return NULL;
    return mnl_attr_get_str(attribute);
}

/* The kernel's text out of an extended acknowledgement, or NULL (struct nlmsgerr, netlink.h). */
static const char *extended_text(const struct nlmsghdr *header)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
    struct attributes attributes;
    size_t offset = sizeof(*error);

    if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
        return NULL;
    if (!(header->nlmsg_flags & NLM_F_CAPPED))
        offset += error->msg.nlmsg_len - mnl_nlmsg_size(0);
    if (mnl_nlmsg_get_payload_len(header) <= offset)
        return NULL;
    attributes = index_attributes(header, offset);
    return text_value(attributes.of[NLMSGERR_ATTR_MSG]);
}

static int read_error(const struct nlmsghdr *header, struct error *e)
{
    const struct nlmsgerr *error = mnl_nlmsg_get_payload(header);
    const char *text;

    if (mnl_nlmsg_get_payload_len(header) < sizeof(*error))
        return fail(e, EBADMSG, "rtnetlink: an answer that is cut short");
    if (error->error == 0)
        return 0;
    text = extended_text(header);
    return fail(e, error->error, "%s%s%s%s", strerror(-error->error), text ? " (" : "",
                text ? text : "", text ? ")" : "");
}

struct answer {
    message_reader read;
    void *data;
    bool interrupted; /* the dump is not of one moment */
    bool complete;
};

/* Reads the messages of one datagram. */
static int read_datagram(struct rtnl *rtnl, const void *buffer, size_t length,
                         struct answer *answer, struct error *e)
{
    const struct nlmsghdr *header = buffer;
    int left = (int)length;
    int result = 0;

    for (; result == 0 && !answer->complete && mnl_nlmsg_ok(header, left);
         header = mnl_nlmsg_next(header, &left)) {
        if (header->nlmsg_seq != rtnl->sequence)
            continue; /* left over from a request that was given up */
        answer->interrupted |= (header->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
        answer->complete = header->nlmsg_type == NLMSG_DONE || header->nlmsg_type == NLMSG_ERROR;
        if (header->nlmsg_type == NLMSG_ERROR)
            result = read_error(header, e);
        else if (header->nlmsg_type != NLMSG_DONE && answer->read)
            result = answer->read(header, answer->data);
        if (!(header->nlmsg_flags & NLM_F_MULTI))
            answer->complete = true;
    }
    return result;
}

static int receive(struct rtnl *rtnl, struct answer *answer, struct error *e)
{
    char buffer[BUFFER_SIZE];
    int result = 0;

    while (result == 0 && !answer->complete) {
        ssize_t length = mnl_socket_recvfrom(rtnl->socket, buffer, sizeof(buffer));

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return fail(e, errno, "rtnetlink: %s", strerror(errno));
        result = read_datagram(rtnl, buffer, (size_t)length, answer, e);
        if (result == -ENOMEM && e && e->text[0] == '\0')
            result = fail_memory(e);
    }
    return result;
}

static int send_request(struct rtnl *rtnl, const struct request *request, struct error *e)
{
    const struct nlmsghdr *header = request->header;
    ssize_t sent;

    do
        sent = mnl_socket_sendto(rtnl->socket, header, header->nlmsg_len);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? fail(e, errno, "rtnetlink: %s", strerror(errno)) : 0;
}

/* Sends the request and reads its whole answer. */
static int ask(struct rtnl *rtnl, const struct request *request, struct answer *answer,
               struct error *e)
{
    struct error ignored = {""};
    int result;

    e = e ? e : &ignored;
    e->text[0] = '\0';
    result = send_request(rtnl, request, e);
    return result < 0 ? result : receive(rtnl, answer, e);
}

static int command(struct rtnl *rtnl, struct request *request, struct error *e)
{
    struct answer answer = {.read = NULL};

    request->header->nlmsg_flags |= NLM_F_ACK;
    return ask(rtnl, request, &answer, e);
}

/* ---- links ---- */

static int read_link(const struct nlmsghdr *header, void *data)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
    struct link *link = data;
    struct attributes attributes;
    const char *name;

    if (header->nlmsg_type != RTM_NEWLINK || mnl_nlmsg_get_payload_len(header) < sizeof(*info))
        return -EBADMSG;
    attributes = index_attributes(header, sizeof(*info));
    name = text_value(attributes.of[IFLA_IFNAME]);
    link->index = info->ifi_index;
    link->up = (info->ifi_flags & IFF_UP) != 0;
    if (name)
        strncpy(link->name, name, sizeof(link->name) - 1);
    copy_value(attributes.of[IFLA_MASTER], &link->master, sizeof(link->master));
    copy_value(attributes.of[IFLA_MTU], &link->mtu, sizeof(link->mtu));
    return 0;
}

static int ask_link(struct rtnl *rtnl, struct request *request, struct link *out, struct error *e)
{
    struct answer answer = {.read = read_link, .data = out};

    memset(out, 0, sizeof(*out));
    mnl_attr_put_u32(request->header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return ask(rtnl, request, &answer, e);
}

int rtnl_link_by_name(struct rtnl *rtnl, const char *name, struct link *out, struct error *e)
{
    struct request request;

    if (strlen(name) >= IF_NAMESIZE)
        return fail(e, ENODEV, "no link has so long a name");
    request_begin(rtnl, &request, RTM_GETLINK, 0, sizeof(struct ifinfomsg));
    mnl_attr_put_strz(request.header, IFLA_IFNAME, name);
    return ask_link(rtnl, &request, out, e);
}

int rtnl_link_by_index(struct rtnl *rtnl, int index, struct link *out, struct error *e)
{
    struct request request;
    struct ifinfomsg *info =
        request_begin(rtnl, &request, RTM_GETLINK, 0, sizeof(struct ifinfomsg));

    info->ifi_index = index;
    return ask_link(rtnl, &request, out, e);
}

int rtnl_link_up(struct rtnl *rtnl, int index, struct error *e)
{
    struct request request;
    struct ifinfomsg *info =
        request_begin(rtnl, &request, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));

    info->ifi_index = index;
    info->ifi_flags = IFF_UP;
    info->ifi_change = IFF_UP;
    return command(rtnl, &request, e);
}

int rtnl_link_rename(struct rtnl *rtnl, int index, const char *name, struct error *e)
{
    struct request request;
    struct ifinfomsg *info =
        request_begin(rtnl, &request, RTM_NEWLINK, 0, sizeof(struct ifinfomsg));

    info->ifi_index = index;
    mnl_attr_put_strz(request.header, IFLA_IFNAME, name);
    return command(rtnl, &request, e);
}

/* ---- dumps ---- */

/* What a dump fills: an array, of which the first elements were there before. */
struct list {
    void *items;
    size_t count;
    uint8_t protocol; /* of the routes that are wanted, or ANY_PROTOCOL */
};

/* Copies an address of the message's family; IPv4 becomes IPv4-mapped. */
static bool copy_address(const struct nlattr *attribute, int family, struct in6_addr *out)
{
    struct in_addr ipv4;

    if (family == AF_INET6)
        return copy_value(attribute, out, sizeof(*out));
    if (!copy_value(attribute, &ipv4, sizeof(ipv4)))
        return false;
    *out = prefix_from_ipv4(ipv4, 32).address;
    return true;
}

static bool is_known_family(int family, unsigned int length)
{
    return (family == AF_INET6 && length <= 128) || (family == AF_INET && length <= 32);
}

static uint8_t mapped_length(int family, uint8_t length)
{
    return (uint8_t)(length + (family == AF_INET ? 96 : 0));
}

static int read_address(const struct nlmsghdr *header, void *data)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
    struct list *list = data;
    struct attributes attributes;
    struct address address;
    struct address *slot;

    if (header->nlmsg_type != RTM_NEWADDR || mnl_nlmsg_get_payload_len(header) < sizeof(*info))
        return -EBADMSG;
    if (!is_known_family(info->ifa_family, info->ifa_prefixlen))
        return 0;
    address = (struct address){
        .link = (int)info->ifa_index,
        .prefix.length = mapped_length(info->ifa_family, info->ifa_prefixlen),
        .flags = info->ifa_flags,
    };
    attributes = index_attributes(header, sizeof(*info));
    copy_value(attributes.of[IFA_FLAGS], &address.flags, sizeof(address.flags));
    copy_value(attributes.of[ATTRIBUTE_PROTO], &address.protocol, sizeof(address.protocol));
    /* where both are there, IFA_ADDRESS is the peer's */
    if (!copy_address(attributes.of[IFA_LOCAL], info->ifa_family, &address.prefix.address) &&
        !copy_address(attributes.of[IFA_ADDRESS], info->ifa_family, &address.prefix.address))
        return 0;
    slot = array_add(&list->items, &list->count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    *slot = address;
    return 0;
}

static int read_route(const struct nlmsghdr *header, void *data)
{
    const struct rtmsg *info = mnl_nlmsg_get_payload(header);
    int family = info->rtm_family;
    struct list *list = data;
    struct attributes attributes;
    struct route route;
    uint32_t table;
    struct route *slot;

    if (header->nlmsg_type != RTM_NEWROUTE || mnl_nlmsg_get_payload_len(header) < sizeof(*info))
        return -EBADMSG;
    if (!is_known_family(family, info->rtm_dst_len))
        return 0;
    route = (struct route){
        .destination.length = mapped_length(family, info->rtm_dst_len),
        .protocol = info->rtm_protocol,
    };
    if (family == AF_INET)
        route.destination.address = prefix_from_ipv4((struct in_addr){0}, 0).address;
    table = info->rtm_table;
    attributes = index_attributes(header, sizeof(*info));
    copy_address(attributes.of[RTA_DST], family, &route.destination.address);
    copy_value(attributes.of[RTA_OIF], &route.link, sizeof(route.link));
    copy_value(attributes.of[RTA_PRIORITY], &route.metric, sizeof(route.metric));
    copy_value(attributes.of[RTA_TABLE], &table, sizeof(table));
    route.has_via = copy_address(attributes.of[RTA_GATEWAY], family, &route.via);
    route.has_source = copy_address(attributes.of[RTA_PREFSRC], family, &route.source);
    if (info->rtm_type != RTN_UNICAST || table != RT_TABLE_MAIN || info->rtm_flags & RTM_F_CLONED ||
        (list->protocol != ANY_PROTOCOL && route.protocol != list->protocol))
        return 0;
    slot = array_add(&list->items, &list->count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    *slot = route;
    return 0;
}

/* Reads a whole dump, anew when the kernel says that a change came between its parts. */
static int dump(struct rtnl *rtnl, struct request *request, message_reader read, struct list *list,
                struct error *e)
{
    const size_t before = list->count;
    struct answer answer;
    int tries = 0;
    int result;

    do {
        answer = (struct answer){.read = read, .data = list};
        list->count = before;
        request->header->nlmsg_seq = ++rtnl->sequence;
        result = ask(rtnl, request, &answer, e);
    } while (((result == 0 && answer.interrupted) || result == -EINTR) && ++tries < DUMP_TRIES);
    return result;
}

int rtnl_addresses(struct rtnl *rtnl, int family, struct address **out, size_t *count,
                   struct error *e)
{
    struct request request;
    struct list list = {.items = *out, .count = *count};
    struct ifaddrmsg *info =
        request_begin(rtnl, &request, RTM_GETADDR, NLM_F_DUMP, sizeof(struct ifaddrmsg));
    int result;

    info->ifa_family = (uint8_t)family;
    result = dump(rtnl, &request, read_address, &list, e);
    *out = list.items;
    *count = list.count;
    return result;
}

int rtnl_routes(struct rtnl *rtnl, int family, uint8_t protocol, struct route **out, size_t *count,
                struct error *e)
{
    struct request request;
    struct list list = {.items = *out, .count = *count, .protocol = protocol};
    struct rtmsg *info =
        request_begin(rtnl, &request, RTM_GETROUTE, NLM_F_DUMP, sizeof(struct rtmsg));
    int result;

    info->rtm_family = (uint8_t)family;
    info->rtm_protocol = protocol;
    info->rtm_table = RT_TABLE_MAIN;
    info->rtm_type = RTN_UNICAST;
    result = dump(rtnl, &request, read_route, &list, e);
    *out = list.items;
    *count = list.count;
    return result;
}

/* ---- changes ---- */

static int family_of(const struct prefix *prefix)
{
    return prefix_is_ipv4(prefix) ? AF_INET : AF_INET6;
}

/* An address as the family has it: 16 bytes, or the 4 of an IPv4-mapped one. */
static void put_address(struct request *request, uint16_t type, int family,
                        const struct in6_addr *address)
{
    struct in_addr ipv4 = prefix_to_ipv4(address);

    if (family == AF_INET)
        mnl_attr_put(request->header, type, sizeof(ipv4), &ipv4);
    else
        mnl_attr_put(request->header, type, sizeof(*address), address);
}

static uint8_t family_length(const struct prefix *prefix)
{
    return (uint8_t)(prefix->length - (prefix_is_ipv4(prefix) ? 96 : 0));
}

static void begin_address(struct rtnl *rtnl, struct request *request, uint16_t type, uint16_t flags,
                          const struct address *address)
{
    struct ifaddrmsg *info = request_begin(rtnl, request, type, flags, sizeof(*info));

    info->ifa_family = (uint8_t)family_of(&address->prefix);
    info->ifa_prefixlen = family_length(&address->prefix);
    info->ifa_index = (unsigned int)address->link;
    put_address(request, IFA_LOCAL, info->ifa_family, &address->prefix.address);
    put_address(request, IFA_ADDRESS, info->ifa_family, &address->prefix.address);
}

int rtnl_address_add(struct rtnl *rtnl, const struct address *address, uint32_t metric,
                     bool replace, struct error *e)
{
    struct request request;

    begin_address(rtnl, &request, RTM_NEWADDR,
                  (uint16_t)(NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL)), address);
    mnl_attr_put_u32(request.header, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD);
    mnl_attr_put_u32(request.header, ATTRIBUTE_RT_PRIORITY, metric);
    mnl_attr_put_u8(request.header, ATTRIBUTE_PROTO, SUITE_PROTOCOL);
    return command(rtnl, &request, e);
}

int rtnl_address_remove(struct rtnl *rtnl, const struct address *address, struct error *e)
{
    struct request request;

    begin_address(rtnl, &request, RTM_DELADDR, 0, address);
    return command(rtnl, &request, e);
}

/* An IPv4 route to what is on the link itself has a scope of its own; a removal leaves it open. */
static uint8_t scope_of(const struct route *route, uint16_t type)
{
    if (type == RTM_DELROUTE)
        return RT_SCOPE_NOWHERE;
    return prefix_is_ipv4(&route->destination) && !route->has_via ? RT_SCOPE_LINK
                                                                  : RT_SCOPE_UNIVERSE;
}

static int route_request(struct rtnl *rtnl, uint16_t type, uint16_t flags,
                         const struct route *route, struct error *e)
{
    struct request request;
    struct rtmsg *info = request_begin(rtnl, &request, type, flags, sizeof(*info));
    int family = family_of(&route->destination);

    info->rtm_family = (uint8_t)family;
    info->rtm_dst_len = family_length(&route->destination);
    info->rtm_table = RT_TABLE_MAIN;
    info->rtm_protocol = route->protocol;
    info->rtm_scope = scope_of(route, type);
    info->rtm_type = RTN_UNICAST;
    put_address(&request, RTA_DST, family, &route->destination.address);
    if (route->has_via)
        put_address(&request, RTA_GATEWAY, family, &route->via);
    if (route->has_source)
        put_address(&request, RTA_PREFSRC, family, &route->source);
    mnl_attr_put_u32(request.header, RTA_OIF, (uint32_t)route->link);
    mnl_attr_put_u32(request.header, RTA_PRIORITY, route->metric);
    return command(rtnl, &request, e);
}

int rtnl_route_add(struct rtnl *rtnl, const struct route *route, struct error *e)
{
    uint16_t replace = prefix_is_ipv4(&route->destination) ? NLM_F_REPLACE : 0;

    return route_request(rtnl, RTM_NEWROUTE, NLM_F_CREATE | replace, route, e);
}

int rtnl_route_remove(struct rtnl *rtnl, const struct route *route, struct error *e)
{
    return route_request(rtnl, RTM_DELROUTE, 0, route, e);
}
