/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/rtnl.h"

#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

/* Since Linux 4.18, 5.18, 5.14 and 4.20: for older headers. */
#define ATTRIBUTE_RT_PRIORITY     9  /* IFA_RT_PRIORITY */
#define ATTRIBUTE_PROTO           11 /* IFA_PROTO */
#define ATTRIBUTE_DEVICE          56 /* IFLA_PARENT_DEV_NAME */
#define ATTRIBUTE_BUS             57 /* IFLA_PARENT_DEV_BUS_NAME */
#define ATTRIBUTE_NEIGHBOUR_PROTO 12 /* NDA_PROTOCOL */
#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif

#define SIT_TTL 64 /* the kernel's own for a sit device */

int rtnl_open(struct rtnl *rtnl, struct error *e)
{
    int on = 1;
    int result = netlink_open(&rtnl->netlink, NETLINK_ROUTE, "rtnetlink", e);

    if (result < 0)
        return result;
    /* Optional: the kernel filters dumps. The readers filter, too. */
    (void)mnl_socket_setsockopt(rtnl->netlink.socket, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
    return 0;
}

void rtnl_close(struct rtnl *rtnl)
{
    netlink_close(&rtnl->netlink);
}

/* ---- links ---- */

static void copy_text(const struct nlattr *attribute, char *out, size_t size)
{
    const char *text = netlink_text(attribute);

    if (text)
        snprintf(out, size, "%s", text);
}

/* Reads the IPv6 switches out of IFLA_AF_SPEC, which saves reading them in /proc/sys. */
static bool ignores_guest(const struct nlattr *families)
{
    const struct nlattr *inet6 = netlink_nested(families).of[AF_INET6];
    const struct nlattr *switches = netlink_nested(inet6).of[IFLA_INET6_CONF];
    int32_t values[DEVCONF_ACCEPT_DAD + 1];

    if (!switches || mnl_attr_get_payload_len(switches) < sizeof(values))
        return false;
    memcpy(values, mnl_attr_get_payload(switches), sizeof(values));
    return values[DEVCONF_ACCEPT_RA] == 0 && values[DEVCONF_ACCEPT_REDIRECTS] == 0 &&
           values[DEVCONF_AUTOCONF] == 0 && values[DEVCONF_ACCEPT_DAD] == 0;
}

static int read_link_message(const struct nlmsghdr *header, void *data)
{
    const struct ifinfomsg *info = mnl_nlmsg_get_payload(header);
    struct link *link = data;
    struct netlink_attributes attributes;
    const char *name;

    if (header->nlmsg_type != RTM_NEWLINK)
        return -EBADMSG;
    attributes = netlink_attributes(header, sizeof(*info));
    name = netlink_text(attributes.of[IFLA_IFNAME]);
    link->index = info->ifi_index;
    link->up = (info->ifi_flags & IFF_UP) != 0;
    link->ignores_guest = ignores_guest(attributes.of[IFLA_AF_SPEC]);
    if (name)
        strncpy(link->name, name, sizeof(link->name) - 1);
    netlink_copy(attributes.of[IFLA_MASTER], &link->master, sizeof(link->master));
    netlink_copy(attributes.of[IFLA_MTU], &link->mtu, sizeof(link->mtu));
    copy_text(netlink_nested(attributes.of[IFLA_LINKINFO]).of[IFLA_INFO_KIND], link->kind,
              sizeof(link->kind));
    copy_text(attributes.of[ATTRIBUTE_DEVICE], link->device, sizeof(link->device));
    copy_text(attributes.of[ATTRIBUTE_BUS], link->bus, sizeof(link->bus));
    return 0;
}

static int ask_link(struct rtnl *rtnl, struct netlink_request *request, struct link *out,
                    struct error *e)
{
    struct netlink_answer answer = {.read = read_link_message, .data = out};

    memset(out, 0, sizeof(*out));
    mnl_attr_put_u32(request->header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return netlink_ask(&rtnl->netlink, request, &answer, e);
}

static struct ifinfomsg *begin_link(struct rtnl *rtnl, struct netlink_request *request,
                                    uint16_t type, int index)
{
    struct ifinfomsg *info = netlink_begin(&rtnl->netlink, request, type, 0, sizeof(*info));

    info->ifi_index = index;
    return info;
}

int rtnl_link_by_name(struct rtnl *rtnl, const char *name, struct link *out, struct error *e)
{
    struct netlink_request request;

    if (strlen(name) >= IF_NAMESIZE)
        return fail(e, ENODEV, "the name is too long for a link");
    begin_link(rtnl, &request, RTM_GETLINK, 0);
    mnl_attr_put_strz(request.header, IFLA_IFNAME, name);
    return ask_link(rtnl, &request, out, e);
}

int rtnl_link_by_index(struct rtnl *rtnl, int index, struct link *out, struct error *e)
{
    struct netlink_request request;

    begin_link(rtnl, &request, RTM_GETLINK, index);
    return ask_link(rtnl, &request, out, e);
}

static int set_link_flags(struct rtnl *rtnl, int index, unsigned int flags, struct error *e)
{
    struct netlink_request request;
    struct ifinfomsg *info = begin_link(rtnl, &request, RTM_NEWLINK, index);

    info->ifi_flags = flags;
    info->ifi_change = IFF_UP;
    return netlink_command(&rtnl->netlink, &request, e);
}

int rtnl_link_up(struct rtnl *rtnl, int index, struct error *e)
{
    return set_link_flags(rtnl, index, IFF_UP, e);
}

int rtnl_link_down(struct rtnl *rtnl, int index, struct error *e)
{
    return set_link_flags(rtnl, index, 0, e);
}

int rtnl_link_rename(struct rtnl *rtnl, int index, const char *name, struct error *e)
{
    struct netlink_request request;

    begin_link(rtnl, &request, RTM_NEWLINK, index);
    mnl_attr_put_strz(request.header, IFLA_IFNAME, name);
    return netlink_command(&rtnl->netlink, &request, e);
}

int rtnl_link_delete(struct rtnl *rtnl, int index, struct error *e)
{
    struct netlink_request request;

    begin_link(rtnl, &request, RTM_DELLINK, index);
    return netlink_command(&rtnl->netlink, &request, e);
}

static int dump_links(struct rtnl *rtnl, netlink_reader read, struct netlink_list *list,
                      struct error *e)
{
    struct netlink_request request;

    netlink_begin(&rtnl->netlink, &request, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
    mnl_attr_put_u32(request.header, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
    return netlink_dump(&rtnl->netlink, &request, read, list, e);
}

static int read_link_of_dump(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;
    struct link *slot = array_add(list->items, list->count, sizeof(*slot));

    return slot ? read_link_message(header, slot) : -ENOMEM;
}

int rtnl_links(struct rtnl *rtnl, struct link **out, size_t *count, struct error *e)
{
    struct netlink_list list = {.items = out, .count = count};

    return dump_links(rtnl, read_link_of_dump, &list, e);
}

/* ---- sit devices ---- */

static int read_sit(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;
    const struct netlink_attributes attributes =
        netlink_attributes(header, sizeof(struct ifinfomsg));
    const struct netlink_attributes info = netlink_nested(attributes.of[IFLA_LINKINFO]);
    const struct netlink_attributes values = netlink_nested(info.of[IFLA_INFO_DATA]);
    struct link link = {.index = 0};
    struct sit sit = {.index = 0};
    uint8_t discovers = 1;
    int result = read_link_message(header, &link);

    if (result < 0)
        return result;
    sit.is_sit = strcmp(link.kind, "sit") == 0;
    if (!sit.is_sit && strcmp(link.name, list->context) != 0)
        return 0;
    sit.index = link.index;
    sit.up = link.up;
    sit.mtu = link.mtu;
    memcpy(sit.name, link.name, sizeof(sit.name));
    netlink_copy(attributes.of[IFLA_GROUP], &sit.group, sizeof(sit.group));
    if (sit.is_sit && info.of[IFLA_INFO_DATA]) {
        netlink_copy(values.of[IFLA_IPTUN_LOCAL], &sit.local, sizeof(sit.local));
        netlink_copy(values.of[IFLA_IPTUN_REMOTE], &sit.remote, sizeof(sit.remote));
        netlink_copy(values.of[IFLA_IPTUN_TTL], &sit.ttl, sizeof(sit.ttl));
        netlink_copy(values.of[IFLA_IPTUN_PMTUDISC], &discovers, sizeof(discovers));
        sit.may_fragment = !discovers;
    }
    return array_append(list->items, list->count, &sit, sizeof(sit));
}

int rtnl_sits(struct rtnl *rtnl, const char *name, struct sit **out, size_t *count, struct error *e)
{
    struct netlink_list list = {.items = out, .count = count, .context = name};

    return dump_links(rtnl, read_sit, &list, e);
}

/*
 * A TTL in the request sets DF, whatever it says about path MTU discovery (ipip6_netlink_parms()):
 * so the kernel's default of 64 is not sent.
 */
static void put_sit_data(struct nlmsghdr *header, const struct sit *sit)
{
    struct nlattr *info = mnl_attr_nest_start(header, IFLA_LINKINFO);
    struct nlattr *data;

    mnl_attr_put_strz(header, IFLA_INFO_KIND, "sit");
    data = mnl_attr_nest_start(header, IFLA_INFO_DATA);
    mnl_attr_put(header, IFLA_IPTUN_LOCAL, sizeof(sit->local), &sit->local);
    if (sit->ttl != SIT_TTL)
        mnl_attr_put_u8(header, IFLA_IPTUN_TTL, sit->ttl);
    mnl_attr_put_u8(header, IFLA_IPTUN_PMTUDISC, !sit->may_fragment);
    mnl_attr_nest_end(header, data);
    mnl_attr_nest_end(header, info);
}

int rtnl_sit_set(struct rtnl *rtnl, const struct sit *sit, struct error *e)
{
    struct netlink_request request;

    begin_link(rtnl, &request, RTM_NEWLINK, sit->index);
    if (!sit->index) {
        request.header->nlmsg_flags |= NLM_F_CREATE | NLM_F_EXCL;
        mnl_attr_put_strz(request.header, IFLA_IFNAME, sit->name);
        mnl_attr_put_u32(request.header, IFLA_GROUP, sit->group);
    }
    mnl_attr_put_u32(request.header, IFLA_MTU, sit->mtu);
    put_sit_data(request.header, sit);
    return netlink_command(&rtnl->netlink, &request, e);
}

/* ---- addresses and routes ---- */

/* Copies an address of the message's family; IPv4 becomes IPv4-mapped. */
static bool copy_address(const struct nlattr *attribute, int family, struct in6_addr *out)
{
    struct in_addr ipv4;

    if (family == AF_INET6)
        return netlink_copy(attribute, out, sizeof(*out));
    if (!netlink_copy(attribute, &ipv4, sizeof(ipv4)))
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

static int read_address_message(const struct nlmsghdr *header, void *data)
{
    const struct ifaddrmsg *info = mnl_nlmsg_get_payload(header);
    struct netlink_list *list = data;
    struct netlink_attributes attributes;
    struct address address;

    if (header->nlmsg_type != RTM_NEWADDR)
        return -EBADMSG;
    if (!is_known_family(info->ifa_family, info->ifa_prefixlen))
        return 0;
    address = (struct address){
        .link = (int)info->ifa_index,
        .prefix.length = mapped_length(info->ifa_family, info->ifa_prefixlen),
        .flags = info->ifa_flags,
    };
    attributes = netlink_attributes(header, sizeof(*info));
    netlink_copy(attributes.of[IFA_FLAGS], &address.flags, sizeof(address.flags));
    netlink_copy(attributes.of[ATTRIBUTE_PROTO], &address.protocol, sizeof(address.protocol));
    /* if both exist, IFA_ADDRESS is the peer's */
    if (!copy_address(attributes.of[IFA_LOCAL], info->ifa_family, &address.prefix.address) &&
        !copy_address(attributes.of[IFA_ADDRESS], info->ifa_family, &address.prefix.address))
        return 0;
    return array_append(list->items, list->count, &address, sizeof(address));
}

/* A route with several next hops counts as one route for each. */
static int add_hops(struct netlink_list *list, const struct route *route, int family,
                    const struct nlattr *hops)
{
    size_t left = mnl_attr_get_payload_len(hops);
    const char *at = mnl_attr_get_payload(hops);
    int result = 0;

    while (result == 0 && left >= sizeof(struct rtnexthop)) {
        const struct rtnexthop *hop = (const void *)at;
        struct netlink_attributes attributes;
        struct route one = *route;
        size_t step;

        if (hop->rtnh_len < sizeof(*hop) || (size_t)hop->rtnh_len > left)
            return -EBADMSG;
        attributes = netlink_attributes_in(at + sizeof(*hop), (size_t)hop->rtnh_len - sizeof(*hop));
        one.link = hop->rtnh_ifindex;
        one.has_via = copy_address(attributes.of[RTA_GATEWAY], family, &one.via);
        result = array_append(list->items, list->count, &one, sizeof(one));
        step = ((size_t)hop->rtnh_len + RTNH_ALIGNTO - 1) / RTNH_ALIGNTO * RTNH_ALIGNTO;
        left -= step < left ? step : left;
        at += step;
    }
    return result;
}

static int read_route_message(const struct nlmsghdr *header, void *data)
{
    const struct rtmsg *info = mnl_nlmsg_get_payload(header);
    int family = info->rtm_family;
    struct netlink_list *list = data;
    const uint8_t *protocol = list->context;
    struct netlink_attributes attributes;
    struct route route;
    uint32_t table;

    if (header->nlmsg_type != RTM_NEWROUTE)
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
    attributes = netlink_attributes(header, sizeof(*info));
    copy_address(attributes.of[RTA_DST], family, &route.destination.address);
    netlink_copy(attributes.of[RTA_OIF], &route.link, sizeof(route.link));
    netlink_copy(attributes.of[RTA_PRIORITY], &route.metric, sizeof(route.metric));
    netlink_copy(attributes.of[RTA_TABLE], &table, sizeof(table));
    route.table = table == RT_TABLE_MAIN ? 0 : table;
    route.has_via = copy_address(attributes.of[RTA_GATEWAY], family, &route.via);
    route.has_source = copy_address(attributes.of[RTA_PREFSRC], family, &route.source);
    route.unreachable = info->rtm_type == RTN_UNREACHABLE;
    if ((info->rtm_type != RTN_UNICAST && !route.unreachable) || info->rtm_flags & RTM_F_CLONED ||
        (*protocol != ANY_PROTOCOL && route.protocol != *protocol))
        return 0;
    if (route.table != 0 && route.protocol != ANNOUNCE_PROTOCOL)
        return 0; /* in other tables than the main one, the suite has only announced routes */
    return attributes.of[RTA_MULTIPATH]
               ? add_hops(list, &route, family, attributes.of[RTA_MULTIPATH])
               : array_append(list->items, list->count, &route, sizeof(route));
}

int rtnl_addresses(struct rtnl *rtnl, int family, struct address **out, size_t *count,
                   struct error *e)
{
    struct netlink_list list = {.items = out, .count = count};
    struct netlink_request request;
    struct ifaddrmsg *info =
        netlink_begin(&rtnl->netlink, &request, RTM_GETADDR, NLM_F_DUMP, sizeof(*info));

    info->ifa_family = (uint8_t)family;
    return netlink_dump(&rtnl->netlink, &request, read_address_message, &list, e);
}

int rtnl_routes(struct rtnl *rtnl, int family, uint8_t protocol, struct route **out, size_t *count,
                struct error *e)
{
    struct netlink_list list = {.items = out, .count = count, .context = &protocol};
    struct netlink_request request;
    struct rtmsg *info =
        netlink_begin(&rtnl->netlink, &request, RTM_GETROUTE, NLM_F_DUMP, sizeof(*info));

    info->rtm_family = (uint8_t)family;
    info->rtm_protocol = protocol;
    info->rtm_table = protocol == ANNOUNCE_PROTOCOL ? RT_TABLE_UNSPEC : RT_TABLE_MAIN;
    return netlink_dump(&rtnl->netlink, &request, read_route_message, &list, e);
}

static int count_mark_rule(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;

    if (header->nlmsg_type == RTM_NEWRULE &&
        netlink_attributes(header, sizeof(struct fib_rule_hdr)).of[FRA_FWMARK])
        ++*list->count;
    return 0;
}

int rtnl_has_mark_rule(struct rtnl *rtnl, bool *found, struct error *e)
{
    size_t count = 0;
    struct netlink_list list = {.count = &count};
    struct netlink_request request;
    struct fib_rule_hdr *rule =
        netlink_begin(&rtnl->netlink, &request, RTM_GETRULE, NLM_F_DUMP, sizeof(*rule));
    int result;

    rule->family = AF_INET6;
    result = netlink_dump(&rtnl->netlink, &request, count_mark_rule, &list, e);
    *found = count > 0;
    return result;
}

/* ---- changes ---- */

static int family_of(const struct prefix *prefix)
{
    return prefix_is_ipv4(prefix) ? AF_INET : AF_INET6;
}

/* An address as the family has it: 16 bytes, or the 4 of an IPv4-mapped one. */
static void put_address(struct netlink_request *request, uint16_t type, int family,
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

static void begin_address(struct rtnl *rtnl, struct netlink_request *request, uint16_t type,
                          uint16_t flags, const struct address *address)
{
    struct ifaddrmsg *info = netlink_begin(&rtnl->netlink, request, type, flags, sizeof(*info));

    info->ifa_family = (uint8_t)family_of(&address->prefix);
    info->ifa_prefixlen = family_length(&address->prefix);
    info->ifa_index = (unsigned int)address->link;
    put_address(request, IFA_LOCAL, info->ifa_family, &address->prefix.address);
    put_address(request, IFA_ADDRESS, info->ifa_family, &address->prefix.address);
}

int rtnl_address_add(struct rtnl *rtnl, const struct address *address, bool replace,
                     struct error *e)
{
    struct netlink_request request;

    begin_address(rtnl, &request, RTM_NEWADDR,
                  (uint16_t)(NLM_F_CREATE | (replace ? NLM_F_REPLACE : NLM_F_EXCL)), address);
    mnl_attr_put_u32(request.header, IFA_FLAGS, IFA_F_PERMANENT | IFA_F_NODAD);
    mnl_attr_put_u32(request.header, ATTRIBUTE_RT_PRIORITY, address->metric);
    mnl_attr_put_u8(request.header, ATTRIBUTE_PROTO, address->protocol);
    return netlink_command(&rtnl->netlink, &request, e);
}

int rtnl_address_remove(struct rtnl *rtnl, const struct address *address, struct error *e)
{
    struct netlink_request request;

    begin_address(rtnl, &request, RTM_DELADDR, 0, address);
    return netlink_command(&rtnl->netlink, &request, e);
}

static int route_request(struct rtnl *rtnl, uint16_t type, uint16_t flags,
                         const struct route *route, struct error *e)
{
    struct netlink_request request;
    struct rtmsg *info = netlink_begin(&rtnl->netlink, &request, type, flags, sizeof(*info));
    int family = family_of(&route->destination);
    const uint32_t table = route->table ? route->table : RT_TABLE_MAIN;

    info->rtm_family = (uint8_t)family;
    info->rtm_dst_len = family_length(&route->destination);
    info->rtm_table = (uint8_t)(route->table > UINT8_MAX ? RT_TABLE_UNSPEC : table);
    info->rtm_protocol = route->protocol;
    if (type == RTM_DELROUTE)
        info->rtm_scope = RT_SCOPE_NOWHERE; /* any */
    else if (family == AF_INET && !route->has_via)
        info->rtm_scope = RT_SCOPE_LINK;
    info->rtm_type = route->unreachable ? RTN_UNREACHABLE : RTN_UNICAST;
    info->rtm_flags = route->onlink ? RTNH_F_ONLINK : 0;
    put_address(&request, RTA_DST, family, &route->destination.address);
    if (route->has_via)
        put_address(&request, RTA_GATEWAY, family, &route->via);
    if (route->has_source)
        put_address(&request, RTA_PREFSRC, family, &route->source);
    mnl_attr_put_u32(request.header, RTA_TABLE, table);
    mnl_attr_put_u32(request.header, RTA_OIF, (uint32_t)route->link);
    mnl_attr_put_u32(request.header, RTA_PRIORITY, route->metric);
    return netlink_command(&rtnl->netlink, &request, e);
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

/* ---- where a packet would go ---- */

static int read_route_link(const struct nlmsghdr *header, void *data)
{
    struct netlink_attributes attributes = netlink_attributes(header, sizeof(struct rtmsg));

    return netlink_copy(attributes.of[RTA_OIF], data, sizeof(int)) ? 0 : -EBADMSG;
}

/* INCOMING is the link of a packet that is forwarded. */
static int ask_route_link(struct rtnl *rtnl, const struct routed_packet *packet, int incoming,
                          int *index, struct error *e)
{
    struct netlink_answer answer = {.read = read_route_link, .data = index};
    struct netlink_request request;
    struct rtmsg *info = netlink_begin(&rtnl->netlink, &request, RTM_GETROUTE, 0, sizeof(*info));

    info->rtm_family = AF_INET6;
    info->rtm_dst_len = 128;
    put_address(&request, RTA_DST, AF_INET6, packet->destination);
    if (packet->mark)
        mnl_attr_put_u32(request.header, RTA_MARK, packet->mark);
    if (packet->source) {
        info->rtm_src_len = 128;
        put_address(&request, RTA_SRC, AF_INET6, packet->source);
        mnl_attr_put_u32(request.header, RTA_IIF, (uint32_t)incoming);
    }
    return netlink_ask(&rtnl->netlink, &request, &answer, e);
}

int rtnl_route_link(struct rtnl *rtnl, const struct routed_packet *packet, int *index,
                    struct error *e)
{
    const struct routed_packet back = {.destination = packet->source};
    int incoming = 0;
    int result = packet->source ? ask_route_link(rtnl, &back, 0, &incoming, e) : 0;

    return result < 0 ? result : ask_route_link(rtnl, packet, incoming, index, e);
}

/* ---- neighbours ---- */

static int read_neighbour(const struct nlmsghdr *header, void *data)
{
    const struct ndmsg *info = mnl_nlmsg_get_payload(header);
    struct netlink_list *list = data;
    struct netlink_attributes attributes;
    struct neighbour neighbour = {.address.length = 128};
    bool is_proxy;

    if (header->nlmsg_type != RTM_NEWNEIGH)
        return -EBADMSG;
    attributes = netlink_attributes(header, sizeof(*info));
    if (info->ndm_family != AF_INET6 ||
        !netlink_copy(attributes.of[NDA_DST], &neighbour.address.address,
                      sizeof(neighbour.address.address)))
        return 0;
    is_proxy = (info->ndm_flags & NTF_PROXY) != 0;
    neighbour.link = info->ndm_ifindex;
    neighbour.permanent = (info->ndm_state & NUD_PERMANENT) != 0;
    netlink_copy(attributes.of[ATTRIBUTE_NEIGHBOUR_PROTO], &neighbour.protocol,
                 sizeof(neighbour.protocol));
    netlink_copy(attributes.of[NDA_LLADDR], neighbour.mac, sizeof(neighbour.mac));
    if (!is_proxy && !neighbour.permanent && neighbour.protocol == 0)
        return 0;
    if (is_proxy && !if_indextoname((unsigned int)neighbour.link, neighbour.link_name))
        return 0; /* the link is gone, and its entries with it */
    return array_append(list->items, list->count, &neighbour, sizeof(neighbour));
}

int rtnl_neighbours(struct rtnl *rtnl, int link, bool proxy, struct neighbour **out, size_t *count,
                    struct error *e)
{
    struct netlink_list list = {.items = out, .count = count};
    struct netlink_request request;
    struct ndmsg *info =
        netlink_begin(&rtnl->netlink, &request, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*info));

    info->ndm_family = AF_INET6;
    info->ndm_flags = proxy ? NTF_PROXY : 0;
    if (link)
        mnl_attr_put_u32(request.header, NDA_IFINDEX, (uint32_t)link);
    return netlink_dump(&rtnl->netlink, &request, read_neighbour, &list, e);
}

static void begin_neighbour(struct rtnl *rtnl, struct netlink_request *request, uint16_t type,
                            uint16_t flags, const struct neighbour *neighbour, bool proxy)
{
    struct ndmsg *info = netlink_begin(&rtnl->netlink, request, type, flags, sizeof(*info));

    info->ndm_family = AF_INET6;
    info->ndm_ifindex = neighbour->link;
    info->ndm_state = NUD_PERMANENT;
    info->ndm_flags = proxy ? NTF_PROXY : 0;
    mnl_attr_put(request->header, NDA_DST, sizeof(neighbour->address.address),
                 &neighbour->address.address);
}

int rtnl_neighbour_set(struct rtnl *rtnl, const struct neighbour *neighbour, bool proxy,
                       struct error *e)
{
    struct netlink_request request;

    begin_neighbour(rtnl, &request, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour, proxy);
    if (!proxy)
        mnl_attr_put(request.header, NDA_LLADDR, sizeof(neighbour->mac), neighbour->mac);
    mnl_attr_put_u8(request.header, ATTRIBUTE_NEIGHBOUR_PROTO, neighbour->protocol);
    return netlink_command(&rtnl->netlink, &request, e);
}

int rtnl_neighbour_remove(struct rtnl *rtnl, const struct neighbour *neighbour, bool proxy,
                          struct error *e)
{
    struct netlink_request request;

    begin_neighbour(rtnl, &request, RTM_DELNEIGH, 0, neighbour, proxy);
    return netlink_command(&rtnl->netlink, &request, e);
}
