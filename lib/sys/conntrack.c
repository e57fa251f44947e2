/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/conntrack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/address.h"
#include "base/lines.h"
#include "sys/netlink.h"

static void begin(struct netlink *netlink, struct netlink_request *request,
                  enum cntl_msg_types message, uint16_t flags, uint8_t family)
{
    struct nfgenmsg *header = netlink_begin(
        netlink, request, (uint16_t)(NFNL_SUBSYS_CTNETLINK << 8 | message), flags, sizeof(*header));

    header->nfgen_family = family;
    header->version = NFNETLINK_V0;
}

/* ---- reading ---- */

/* The address of one of these attributes; an IPv4 address is mapped to IPv6. */
static struct in6_addr tuple_address(const struct nlattr *ipv4, const struct nlattr *ipv6)
{
    struct in6_addr address = IN6ADDR_ANY_INIT;
    struct in_addr address4;

    if (netlink_copy(ipv4, &address4, sizeof(address4)))
        return prefix_from_ipv4(address4, 32).address;
    (void)netlink_copy(ipv6, &address, sizeof(address));
    return address;
}

static uint16_t port_of(const struct nlattr *attribute)
{
    uint16_t port = 0;

    (void)netlink_copy(attribute, &port, sizeof(port));
    return ntohs(port);
}

static struct conntrack_tuple tuple_of(const struct nlattr *attribute, uint8_t *protocol)
{
    const struct netlink_attributes tuple = netlink_nested(attribute);
    const struct netlink_attributes ip = netlink_nested(tuple.of[CTA_TUPLE_IP]);
    const struct netlink_attributes proto = netlink_nested(tuple.of[CTA_TUPLE_PROTO]);

    (void)netlink_copy(proto.of[CTA_PROTO_NUM], protocol, sizeof(*protocol));
    return (struct conntrack_tuple){
        .source = tuple_address(ip.of[CTA_IP_V4_SRC], ip.of[CTA_IP_V6_SRC]),
        .destination = tuple_address(ip.of[CTA_IP_V4_DST], ip.of[CTA_IP_V6_DST]),
        .source_port = port_of(proto.of[CTA_PROTO_SRC_PORT]),
        .destination_port = port_of(proto.of[CTA_PROTO_DST_PORT]),
    };
}

/* False without a complete key: a deletion without one empties the table. */
static bool read_key(const struct netlink_attributes *attributes, struct conntrack_entry *out)
{
    const struct nlattr *tuple = attributes->of[CTA_TUPLE_ORIG];

    if (!tuple || mnl_attr_get_payload_len(tuple) > sizeof(out->key))
        return false;
    out->key_length = mnl_attr_get_payload_len(tuple);
    memcpy(out->key, mnl_attr_get_payload(tuple), out->key_length);
    (void)netlink_copy(attributes->of[CTA_ZONE], &out->zone, sizeof(out->zone));
    return out->key_length > 0 && netlink_copy(attributes->of[CTA_ID], &out->id, sizeof(out->id));
}

struct filter {
    conntrack_filter is_wanted;
    const void *data;
};

static int read_tracked(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;
    const struct filter *filter = list->context;
    const struct netlink_attributes attributes =
        netlink_attributes(header, sizeof(struct nfgenmsg));
    const struct nfgenmsg *family = mnl_nlmsg_get_payload(header);
    struct conntrack_entry entry = {.family = family->nfgen_family};

    entry.original = tuple_of(attributes.of[CTA_TUPLE_ORIG], &entry.protocol);
    entry.reply = tuple_of(attributes.of[CTA_TUPLE_REPLY], &entry.protocol);
    if (netlink_copy(attributes.of[CTA_MARK], &entry.mark, sizeof(entry.mark)))
        entry.mark = ntohl(entry.mark);
    if (!read_key(&attributes, &entry) || !filter->is_wanted(&entry, filter->data))
        return 0;
    return array_append(list->items, list->count, &entry, sizeof(entry));
}

int conntrack_list(uint8_t family, conntrack_filter is_wanted, const void *data,
                   struct conntrack_entry **out, size_t *count, struct error *e)
{
    const struct filter filter = {.is_wanted = is_wanted, .data = data};
    struct netlink_list list = {.items = out, .count = count, .context = &filter};
    struct netlink netlink;
    struct netlink_request request;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "conntrack", e);

    if (result < 0)
        return result;
    begin(&netlink, &request, IPCTNL_MSG_CT_GET, NLM_F_DUMP, family);
    result = netlink_dump(&netlink, &request, read_tracked, &list, e);
    netlink_close(&netlink);
    return result < 0 ? fail_within(e, result, "reading conntrack") : 0;
}

static int read_count(void *context, char *line)
{
    *(long *)context = strtol(line, NULL, 10);
    return 1;
}

bool conntrack_usage(unsigned long *count, unsigned long *most)
{
    long tracked = -1;
    long limit = -1;

    (void)lines_visit("/proc/sys/net/netfilter/nf_conntrack_count", read_count, &tracked);
    (void)lines_visit("/proc/sys/net/netfilter/nf_conntrack_max", read_count, &limit);
    if (tracked < 0 || limit < 0)
        return false;
    *count = (unsigned long)tracked;
    *most = (unsigned long)limit;
    return true;
}

/* ---- deleting ---- */

static int delete_entry(struct netlink *netlink, const struct conntrack_entry *entry,
                        struct error *e)
{
    struct netlink_request request;
    int result;

    if (entry->key_length == 0)
        return fail(e, EINVAL, "an entry without a key");
    begin(netlink, &request, IPCTNL_MSG_CT_DELETE, 0, entry->family);
    mnl_attr_put(request.header, CTA_TUPLE_ORIG | NLA_F_NESTED, entry->key_length, entry->key);
    if (entry->zone)
        mnl_attr_put(request.header, CTA_ZONE, sizeof(entry->zone), &entry->zone);
    mnl_attr_put(request.header, CTA_ID, sizeof(entry->id), &entry->id);
    result = netlink_command(netlink, &request, e);
    return result == -ENOENT ? 0 : result;
}

int conntrack_delete(const struct conntrack_entry *entries, size_t count, size_t *deleted,
                     struct error *e)
{
    struct netlink netlink;
    int result = 0;

    *deleted = 0;
    if (count == 0)
        return 0;
    result = netlink_open(&netlink, NETLINK_NETFILTER, "conntrack", e);
    if (result < 0)
        return result;
    for (size_t i = 0; i < count && result == 0; i++) {
        result = delete_entry(&netlink, &entries[i], e);
        if (result == 0)
            ++*deleted;
    }
    netlink_close(&netlink);
    return result < 0 ? fail_within(e, result, "deleting from conntrack") : 0;
}
