/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/guard.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domu/guest.h"
#include "sys/nft.h"

#define TABLE  "inet vif-route-ipv6"
#define FORM   "form-5" /* an empty set, whose name changes with the rules below */
#define SUBNET "and ffff:ffff:ffff:ffff:: "
#define DROP   "counter name dropped drop\n"
/*
 * dom0's link-local address on each vif, from the MAC address that netback gives all of them,
 * fe:ff:ff:ff:ff:ff. For fib it is not local while it is tentative.
 */
#define NETBACK_ADDRESS "fe80::fcff:ffff:feff:ffff"
/* IPv4 in IP, IPv6 in IP, GRE, IPIP, EtherIP, L2TP and MPLS in IP: a host may lack their names. */
#define TUNNELS "{ 4, 41, 47, 94, 97, 115, 137 }"

/* What the keys of a set consist of. */
enum element_kind { OF_LINK, OF_ADDRESS, OF_NETWORK, OF_PREFIX, OF_PREFIX4 };

static const struct {
    const char *name;
    enum element_kind kind;
} sets[GUARD_SETS] = {
    [GUARD_VIFS] = {"vifs", OF_LINK},
    [GUARD_GATEWAYS] = {"gateways", OF_ADDRESS},
    [GUARD_NETWORKS] = {"networks", OF_NETWORK},
    [GUARD_SOURCES] = {"sources", OF_PREFIX},
    [GUARD_OTHER_LENGTHS] = {"other-lengths", OF_LINK},
    [GUARD_ROUTED] = {"routed", OF_PREFIX},
    [GUARD_HOSTS] = {"hosts", OF_ADDRESS},
    [GUARD_VIFS4] = {"vifs4", OF_LINK},
    [GUARD_SOURCES4] = {"sources4", OF_PREFIX4},
};

/*
 * Loaded once. A table of another form, or with missing rules, is deleted and created again in one
 * transaction.
 *
 * The first hook comes before connection tracking and its defragmentation: so forged packets leave
 * no trace there, and the rules see the headers as they were sent. A fragment header may only be
 * the first extension header, directly before a transport header. Otherwise it, or a reassembly,
 * could hide the ICMPv6 type, and kernel and nft would read one packet in two ways. Nobody needs
 * atomic fragments (RFC 6946) any more (RFC 8021). Tunnelled packets that dom0 itself would unpack
 * are dropped: the inner packet would come from the tunnel, and not from the vif. (No chain can be
 * called "tunnel": since 1.1.7 at the latest, that is a word of nft's language.)
 *
 * A guest needs the source :: before its first address: for duplicate address detection (RFC 4862
 * 5.4.2), router solicitations (RFC 4861 4.1) and multicast reports (RFC 3590). Only DHCPv6 servers
 * send to port 546 (RFC 8415 7.2).
 *
 * The kernel has one neighbour table for all links, and evicts no entry in its first five seconds
 * (neigh_forced_gc()). Solicitations from new sources and packets to new destinations create
 * entries: both are limited, per vif and in total. These chains and sets do that:
 *
 * - "known" has the addresses that a vif has sent from. They have been judged: later packets from
 *   them go through the short chain "familiar", and packets to them are not limited.
 * - "learn" limits new sources. "sure" gives each vif one per second, whatever the other guests do;
 *   beyond that, "learning" limits each vif, and "learns" all of them together. A source that
 *   exceeds a limit goes to "unlearned": it may send, but not solicit.
 * - "asked" has the destinations that somebody has sent to, "hosts" those that need no limit.
 * - "home" limits what a guest sends into its own networks, and "scan" what it sends to other
 *   guests: both by "scanning" (each vif) and "scans" (all).
 * - "ask" limits what is sent to a guest: by "asking" (each vif), and "asks" (all that is not from
 *   a guest).
 * - "outward" limits what guests send to dom0's other links, as "scan" does. The kernel makes an
 *   entry for each next hop there: on a link as Ethernet, a router or a neighbour. "answered" has
 *   the neighbours that have answered dom0's solicitations: they need no limit.
 *
 * The sets of learnt addresses and limits use the link's index, so another link of the same name
 * starts without them.
 */
/* clang-format off */
#define ADD(kind) "add " #kind " " TABLE " "

static const char table_rules[] =
    ADD(table) "\n"
    ADD(counter) "dropped\n"
    ADD(limit) "learns { rate over 50/second burst 50 packets }\n"
    ADD(limit) "scans { rate over 50/second burst 50 packets }\n"
    ADD(limit) "asks { rate over 50/second burst 50 packets }\n"
    ADD(set) FORM " { type ifname; }\n"
    ADD(set) "vifs { type ifname; }\n"
    ADD(set) "gateways { type ifname . ipv6_addr; }\n"
    ADD(set) "networks { type ifname . ipv6_addr; }\n"
    ADD(set) "sources { type ifname . ipv6_addr; flags interval; }\n"
    ADD(set) "other-lengths { type ifname; }\n"
    ADD(set) "routed { type ifname . ipv6_addr; flags interval; }\n"
    ADD(set) "hosts { type ifname . ipv6_addr; }\n"
    ADD(set) "vifs4 { type ifname; }\n"
    ADD(set) "sources4 { type ifname . ipv4_addr; flags interval; }\n"
    ADD(set) "known { type iface_index . ipv6_addr; flags dynamic,timeout; timeout 5m; size "
            "65536; }\n"
    ADD(set) "asked { type iface_index . ipv6_addr; flags dynamic,timeout; timeout 10s; size "
            "65536; }\n"
    ADD(set) "answered { type iface_index . ipv6_addr; flags dynamic,timeout; timeout 5m; size "
            "65536; }\n"
    ADD(set) "sure { type iface_index; flags dynamic,timeout; timeout 1m; size 65536; }\n"
    ADD(set) "learning { type iface_index; flags dynamic,timeout; timeout 1m; size 65536; }\n"
    ADD(set) "scanning { type iface_index; flags dynamic,timeout; timeout 1m; size 65536; }\n"
    ADD(set) "asking { type iface_index; flags dynamic,timeout; timeout 1m; size 65536; }\n"
    ADD(chain) "from-domus { type filter hook prerouting priority -450; policy accept; }\n"
    ADD(chain) "to-domus { type filter hook forward priority 300; policy accept; }\n"
    ADD(chain) "dom0-to-domus { type filter hook output priority 300; policy accept; }\n"
    ADD(chain) "answers { type filter hook input priority 300; policy accept; }\n"
    ADD(chain) "familiar\n"
    ADD(chain) "domu\n"
    ADD(chain) "fragment\n"
    ADD(chain) "tunnelled\n"
    ADD(chain) "home\n"
    ADD(chain) "local\n"
    ADD(chain) "learn\n"
    ADD(chain) "remember\n"
    ADD(chain) "unlearned\n"
    ADD(chain) "domu4\n"
    ADD(chain) "to-domu\n"
    ADD(chain) "ask\n"
    ADD(chain) "scan\n"
    ADD(chain) "outward\n"
    ADD(rule) "from-domus meta nfproto ipv6 iif . ip6 saddr @known goto familiar\n"
    ADD(rule) "from-domus meta nfproto ipv6 iifname @vifs goto domu\n"
    ADD(rule) "from-domus meta nfproto ipv4 ip protocol " TUNNELS " iifname @vifs jump tunnelled\n"
    ADD(rule) "from-domus meta nfproto ipv4 iifname @vifs4 goto domu4\n"
    ADD(rule) "familiar iifname . ip6 daddr " SUBNET "@networks jump home\n"
    ADD(rule) "familiar iifname . ip6 daddr @hosts jump home\n"
    ADD(rule) "familiar iifname @other-lengths iifname . ip6 daddr @sources jump home\n"
    ADD(rule) "familiar ip6 saddr fe80::/10 goto domu\n"
    ADD(rule) "familiar ip6 nexthdr tcp accept\n"
    ADD(rule) "familiar ip6 nexthdr udp udp dport != 546 accept\n"
    ADD(rule) "familiar goto domu\n"
    ADD(rule) "domu exthdr frag exists jump fragment\n"
    ADD(rule) "domu icmpv6 type { nd-router-advert, nd-redirect } " DROP
    ADD(rule) "domu udp dport 546 " DROP
    ADD(rule) "domu meta l4proto " TUNNELS " jump tunnelled\n"
    ADD(rule) "domu iifname . ip6 saddr @gateways " DROP
    ADD(rule) "domu iifname . ip6 daddr " SUBNET "@networks jump home\n"
    ADD(rule) "domu iifname . ip6 daddr @hosts jump home\n"
    ADD(rule) "domu iifname @other-lengths iifname . ip6 daddr @sources jump home\n"
    ADD(rule) "domu ip6 saddr fe80::/10 goto local\n"
    ADD(rule) "domu iifname . ip6 saddr " SUBNET "@networks goto learn\n"
    ADD(rule) "domu iifname . ip6 saddr @hosts goto learn\n"
    ADD(rule) "domu iifname . ip6 saddr @sources goto learn\n"
    ADD(rule) "domu iifname . ip6 saddr @routed goto learn\n"
    ADD(rule) "domu ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, "
            "mld-listener-report, mld-listener-done, mld2-listener-report } accept\n"
    ADD(rule) "domu " DROP
    ADD(rule) "fragment ip6 nexthdr != ipv6-frag " DROP
    ADD(rule) "fragment frag nexthdr != { tcp, udp, dccp, esp, ipv6-icmp, sctp, udplite } " DROP
    ADD(rule) "fragment frag frag-off 0 frag more-fragments 0 " DROP
    ADD(rule) "tunnelled fib daddr type != unicast " DROP
    ADD(rule) "home iifname . ip6 daddr @gateways return\n"
    ADD(rule) "home iif . ip6 daddr @known return\n"
    ADD(rule) "home iif . ip6 daddr @asked return\n"
    ADD(rule) "home update @scanning { iif limit rate over 10/second burst 20 packets } " DROP
    ADD(rule) "home limit name scans " DROP
    ADD(rule) "home add @asked { iif . ip6 daddr }\n"
    ADD(rule) "local ip6 saddr " NETBACK_ADDRESS " " DROP
    ADD(rule) "local fib saddr . iif type local " DROP
    ADD(rule) "local goto learn\n"
    ADD(rule) "learn iif . ip6 saddr @known goto remember\n"
    ADD(rule) "learn update @sure { iif limit rate 1/second burst 4 packets } goto remember\n"
    ADD(rule) "learn update @learning { iif limit rate over 10/second burst 20 packets } goto "
            "unlearned\n"
    ADD(rule) "learn limit name learns goto unlearned\n"
    ADD(rule) "learn goto remember\n"
    ADD(rule) "remember update @known { iif . ip6 saddr } accept\n"
    ADD(rule) "remember accept\n"
    ADD(rule) "unlearned icmpv6 type { nd-neighbor-solicit, nd-router-solicit } " DROP
    ADD(rule) "unlearned accept\n"
    ADD(rule) "domu4 iifname . ip saddr @sources4 accept\n"
    ADD(rule) "domu4 " DROP
    ADD(rule) "to-domus meta nfproto ipv6 oifname @vifs goto to-domu\n"
    ADD(rule) "to-domus meta nfproto ipv6 meta oiftype ether goto outward\n"
    ADD(rule) "dom0-to-domus meta nfproto ipv6 oifname @vifs goto to-domu\n"
    ADD(rule) "to-domu oif . ip6 daddr @known accept\n"
    ADD(rule) "to-domu oif . ip6 daddr @asked accept\n"
    ADD(rule) "to-domu ip6 daddr ff00::/8 accept\n"
    ADD(rule) "to-domu ip6 hoplimit 255 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, "
            "nd-router-advert, nd-redirect } accept\n"
    ADD(rule) "to-domu oifname . ip6 daddr @hosts accept\n"
    ADD(rule) "to-domu oifname . ip6 daddr " SUBNET "@networks goto ask\n"
    ADD(rule) "to-domu oifname . ip6 daddr @sources goto ask\n"
    ADD(rule) "to-domu ip6 daddr fe80::/10 goto ask\n"
    ADD(rule) "ask update @asking { oif limit rate over 10/second burst 20 packets } " DROP
    ADD(rule) "ask iifname @vifs jump scan\n"
    ADD(rule) "ask limit name asks " DROP
    ADD(rule) "ask add @asked { oif . ip6 daddr } accept\n"
    ADD(rule) "scan update @scanning { iif limit rate over 10/second burst 20 packets } " DROP
    ADD(rule) "scan limit name scans " DROP
    ADD(rule) "scan add @asked { oif . ip6 daddr } accept\n"
    ADD(rule) "scan accept\n"
    ADD(rule) "outward rt ip6 nexthop fe80::/10 accept\n"
    ADD(rule) "outward oif . rt ip6 nexthop @answered accept\n"
    ADD(rule) "outward oif . rt ip6 nexthop @asked accept\n"
    ADD(rule) "outward iifname != @vifs accept\n"
    ADD(rule) "outward update @scanning { iif limit rate over 10/second burst 20 packets } " DROP
    ADD(rule) "outward limit name scans " DROP
    ADD(rule) "outward add @asked { oif . rt ip6 nexthop } accept\n"
    ADD(rule) "answers icmpv6 type nd-neighbor-advert iifname != @vifs update @answered { iif . "
            "ip6 saddr }\n";
/* clang-format on */

/* ---- what is wanted ---- */

static int append_guard_entry(struct guard *guard, const char *link, enum guard_set set,
                              const struct prefix *source)
{
    struct guard_entry *slot = array_add(&guard->entries, &guard->count, sizeof(*slot));

    if (!slot)
        return -ENOMEM;
    strncpy(slot->link, link, sizeof(slot->link) - 1);
    slot->set = set;
    if (source)
        slot->source = prefix_network(source);
    return 0;
}

/* The entries of one link, which begin at FIRST. */
struct addition {
    struct guard *guard;
    size_t first;
    const char *link;
};

/* Only the wider of two: the kernel refuses an interval within another. */
static int allow(const struct addition *to, enum guard_set set, const struct prefix *source)
{
    struct guard *guard = to->guard;
    size_t kept = to->first;

    if (address_is_link_local(&source->address))
        return 0;
    for (size_t i = to->first; i < guard->count; i++)
        if (guard->entries[i].set == set && guard->entries[i].source.length <= source->length &&
            prefix_contains(&guard->entries[i].source, &source->address))
            return 0;
    for (size_t i = to->first; i < guard->count; i++)
        if (guard->entries[i].set != set ||
            !prefix_contains(source, &guard->entries[i].source.address))
            guard->entries[kept++] = guard->entries[i];
    guard->count = kept;
    return append_guard_entry(guard, to->link, set, source);
}

/*
 * Adds a network whose addresses dom0 reaches by neighbour discovery. A lookup in the tree of
 * GUARD_SOURCES costs a packet more than several in a hash, and more with each network in it.
 */
static int add_on_link(const struct addition *to, const struct prefix *network)
{
    static const struct prefix unused = {.length = 0};
    int result;

    if (network->length == 64)
        return allow(to, GUARD_NETWORKS, network);
    if (network->length == 128)
        return allow(to, GUARD_HOSTS, network);
    result = allow(to, GUARD_SOURCES, network);
    return result == 0 ? allow(to, GUARD_OTHER_LENGTHS, &unused) : result;
}

/* Adds dom0's own address, and its network with the address that guest-config prints. */
static int add_gateway(const struct addition *to, const struct desired *desired,
                       const struct prefix *gateway)
{
    const struct prefix own = {.address = gateway->address, .length = 128};
    struct prefix host;
    int result = append_guard_entry(to->guard, to->link, GUARD_GATEWAYS, &own);

    if (result < 0 || address_is_link_local(&gateway->address))
        return result;
    result = add_on_link(to, gateway);
    if (result == 0 && guest_pick_host(desired, gateway, &host, NULL) == 0) {
        host.length = 128;
        result = allow(to, GUARD_HOSTS, &host);
    }
    return result;
}

int guard_add(struct guard *guard, const char *link, const struct desired *desired,
              const struct desired *ipv4, struct error *e)
{
    static const char can_be_quoted[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "0123456789._-+@:=";
    const struct addition to = {guard, guard->count, link};
    int result;

    if (link[strspn(link, can_be_quoted)])
        return fail(e, EINVAL, "%s: antispoof: no rule can hold this link's name", link);
    result = append_guard_entry(guard, link, GUARD_VIFS, NULL);
    /* an IPv4 gateway is dom0's address, not a network of the domU */
    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        if (!prefix_is_ipv4(&desired->gateways[i]))
            result = add_gateway(&to, desired, &desired->gateways[i]);
    for (size_t i = 0; i < desired->route_count && result == 0; i++) {
        const struct route_spec *route = &desired->routes[i];

        if (!prefix_is_ipv4(&route->destination))
            result = route->has_via ? allow(&to, GUARD_ROUTED, &route->destination)
                                    : add_on_link(&to, &route->destination);
    }
    if (result == 0 && ipv4)
        result = append_guard_entry(guard, link, GUARD_VIFS4, NULL);
    for (size_t i = 0; ipv4 && i < ipv4->route_count && result == 0; i++)
        if (prefix_is_ipv4(&ipv4->routes[i].destination))
            result = allow(&to, GUARD_SOURCES4, &ipv4->routes[i].destination);
    return result < 0 ? fail_memory(e) : 0;
}

/* ---- what is in force ---- */

/* Converts FIRST to LAST into a prefix; false if they are not one. */
static bool prefix_of_range(const uint8_t *first, const uint8_t *last, size_t size,
                            struct prefix *out)
{
    unsigned int length = 0;

    while (length < size * 8 && !((first[length / 8] ^ last[length / 8]) & (0x80 >> (length % 8))))
        length++;
    for (unsigned int i = length; i < size * 8; i++)
        if (first[i / 8] & (0x80 >> (i % 8)) || !(last[i / 8] & (0x80 >> (i % 8))))
            return false;
    if (size == sizeof(struct in_addr)) {
        struct in_addr ipv4;

        memcpy(&ipv4, first, sizeof(ipv4));
        *out = prefix_from_ipv4(ipv4, length);
    } else {
        memcpy(&out->address, first, sizeof(out->address));
        out->length = (uint8_t)length;
    }
    return true;
}

static int entry_of_element(struct guard *guard, enum guard_set set,
                            const struct nft_element *element)
{
    const enum element_kind kind = sets[set].kind;
    const size_t address = element->length - IF_NAMESIZE;
    char link[IF_NAMESIZE + 1] = "";
    struct prefix source = {.length = 0};

    if (element->length < IF_NAMESIZE)
        return 0;
    memcpy(link, element->key, IF_NAMESIZE);
    if (kind == OF_LINK)
        return append_guard_entry(guard, link, set, NULL);
    if (address != (kind == OF_PREFIX4 ? sizeof(struct in_addr) : sizeof(struct in6_addr)) ||
        !prefix_of_range(element->key + IF_NAMESIZE, element->end + IF_NAMESIZE, address, &source))
        return 0;
    if (kind == OF_NETWORK)
        source.length = 64;
    return append_guard_entry(guard, link, set, &source);
}

static int read_set(struct guard *out, enum guard_set set, struct error *e)
{
    AUTO_FREE struct nft_element *elements = NULL;
    size_t count = 0;
    int result = nft_elements(NFPROTO_INET, "vif-route-ipv6", sets[set].name, &elements, &count, e);

    for (size_t i = 0; i < count && result == 0; i++)
        if (entry_of_element(out, set, &elements[i]) < 0)
            result = fail_memory(e);
    return result;
}

/* Finds out whether the table lacks this version's rules, or has fewer or more. */
static int find_torn(struct guard *out, struct error *e)
{
    AUTO_FREE struct nft_element *none = NULL;
    size_t elements = 0;
    size_t wanted = 0;
    size_t count = 0;
    int result = nft_elements(NFPROTO_INET, "vif-route-ipv6", FORM, &none, &elements, e);

    out->is_torn = result == -ENOENT;
    if (result < 0)
        return result == -ENOENT ? 0 : result;
    result = nft_count_rules("vif-route-ipv6", &count, e);
    for (const char *rule = table_rules; (rule = strstr(rule, "add rule ")); rule++)
        wanted++;
    out->is_torn = count != wanted;
    return result;
}

int guard_read(struct guard *out, struct error *e)
{
    int result;

    *out = (struct guard){.entries = NULL};
    result = read_set(out, GUARD_VIFS, e);
    if (result == -ENOENT)
        return 0;
    for (int set = GUARD_VIFS + 1; set < GUARD_SETS && result == 0; set++) {
        result = read_set(out, (enum guard_set)set, e);
        if (result == -ENOENT) /* an older version had fewer sets */
            result = 0;
    }
    if (result == 0)
        result = find_torn(out, e);
    if (result == 0)
        return 0;
    guard_free(out);
    return fail_within(e, result, "reading the table " TABLE);
}

bool guard_is_in_force(const struct guard *guard, const char *link)
{
    for (size_t i = 0; i < guard->count && !guard->is_torn; i++)
        if (guard->entries[i].set == GUARD_VIFS && strcmp(guard->entries[i].link, link) == 0)
            return true;
    return false;
}

bool guard_is_part(const char *table, const char *set)
{
    if (strcmp(table, "vif-route-ipv6") != 0)
        return false;
    for (size_t i = 0; set && i < GUARD_SETS; i++)
        if (strcmp(set, sets[i].name) == 0)
            return true;
    return !set || strcmp(set, FORM) == 0;
}

bool guard_has_entries(const struct guard *guard, const char *link)
{
    for (size_t i = 0; i < guard->count; i++)
        if (strcmp(guard->entries[i].link, link) == 0)
            return true;
    return false;
}

void guard_free(struct guard *guard)
{
    free(guard->entries);
    *guard = (struct guard){.entries = NULL};
}

/* ---- the plan ---- */

static int compare_guard_entries(const void *a, const void *b)
{
    const struct guard_entry *left = a;
    const struct guard_entry *right = b;
    int order = strcmp(left->link, right->link);

    if (order == 0)
        order = (left->set > right->set) - (left->set < right->set);
    return order ? order : prefix_compare(&left->source, &right->source);
}

static void sort_guard(struct guard *guard)
{
    sort_array(guard->entries, guard->count, sizeof(*guard->entries), compare_guard_entries);
}

static bool guard_contains(const struct guard *guard, const struct guard_entry *entry)
{
    return guard->count > 0 && bsearch(entry, guard->entries, guard->count, sizeof(*entry),
                                       compare_guard_entries) != NULL;
}

/* Which links a plan is about. */
struct plan_scope {
    enum guard_scope (*scope)(const char *link, const void *data);
    const void *data;
};

static bool is_in_scope(const struct plan_scope *links, const char *link)
{
    return links->scope(link, links->data) != GUARD_OTHER;
}

/* Notes the entries of FROM that are not in TO. */
static int note_changes(const struct guard *from, const struct guard *to, bool added,
                        const struct plan_scope *links, struct guard_plan *plan)
{
    int result = 0;

    for (size_t i = 0; i < from->count && result == 0; i++) {
        const struct guard_entry *entry = &from->entries[i];
        struct link_change change = {.mark = '~'};

        if (!is_in_scope(links, entry->link) || guard_contains(to, entry))
            continue;
        if (entry->set == GUARD_VIFS)
            change.mark = added ? '+' : '-';
        memcpy(change.link, entry->link, sizeof(change.link));
        result = array_append(&plan->changes, &plan->change_count, &change, sizeof(change));
    }
    return result;
}

static int compare_changed_links(const void *a, const void *b)
{
    return strcmp(((const struct link_change *)a)->link, ((const struct link_change *)b)->link);
}

/* '+' and '-' say more than '~', and come before it. */
static int compare_changes(const void *a, const void *b)
{
    const int order = compare_changed_links(a, b);

    return order ? order
                 : ((const struct link_change *)a)->mark - ((const struct link_change *)b)->mark;
}

static void print_element(FILE *out, const char *verb, const struct guard_entry *entry)
{
    const enum element_kind kind = sets[entry->set].kind;
    char text[PREFIX_TEXT];

    fprintf(out, "%s element " TABLE " %s { \"%s\"", verb, sets[entry->set].name, entry->link);
    if (kind == OF_PREFIX || kind == OF_PREFIX4)
        fprintf(out, " . %s", prefix_print(&entry->source, text));
    else if (kind != OF_LINK)
        fprintf(out, " . %s", address_print(&entry->source.address, text));
    fprintf(out, " }\n");
}

/* The entries of FROM that are not in TO, of the links that the plan is about. */
static void print_entries(FILE *out, const char *verb, const struct guard *from,
                          const struct guard *to, const struct plan_scope *links)
{
    for (size_t i = 0; i < from->count; i++)
        if (is_in_scope(links, from->entries[i].link) && !guard_contains(to, &from->entries[i]))
            print_element(out, verb, &from->entries[i]);
}

/*
 * The entries of the links that the plan is not about. In a table of an older version, they lack
 * GUARD_OTHER_LENGTHS; an element that is added twice is no error.
 */
static void print_kept(FILE *out, const struct guard *actual, const struct plan_scope *links)
{
    for (size_t i = 0; i < actual->count; i++) {
        struct guard_entry entry = actual->entries[i];

        if (is_in_scope(links, entry.link))
            continue;
        print_element(out, "add", &entry);
        if (entry.set == GUARD_SOURCES) {
            entry.set = GUARD_OTHER_LENGTHS;
            print_element(out, "add", &entry);
        }
    }
}

static bool becomes_empty(const struct guard *wanted, const struct guard *actual,
                          const struct plan_scope *links)
{
    for (size_t i = 0; i < actual->count; i++)
        if (!is_in_scope(links, actual->entries[i].link))
            return false;
    return wanted->count == 0;
}

/*
 * Whether a known address may no longer be the guest's: its link stays, and loses a network or
 * gains a gateway. (A new link has a new index.)
 */
static bool must_forget_known(const struct guard *wanted, const struct guard *actual,
                              const struct plan_scope *links)
{
    for (size_t i = 0; i < actual->count; i++)
        if (links->scope(actual->entries[i].link, links->data) == GUARD_PRESENT &&
            !guard_contains(wanted, &actual->entries[i]))
            return true;
    for (size_t i = 0; i < wanted->count; i++) {
        struct guard_entry vif = {.set = GUARD_VIFS};

        memcpy(vif.link, wanted->entries[i].link, sizeof(vif.link));
        if (wanted->entries[i].set == GUARD_GATEWAYS && is_in_scope(links, vif.link) &&
            guard_contains(actual, &vif) && !guard_contains(actual, &wanted->entries[i]))
            return true;
    }
    return false;
}

static int print_guard_changes(const struct guard *wanted, const struct guard *actual,
                               const struct plan_scope *links, char **rules, struct error *e)
{
    static const struct guard nothing = {.entries = NULL};
    size_t size;
    FILE *out = open_memstream(rules, &size);

    if (!out)
        return fail_memory(e);
    if (becomes_empty(wanted, actual, links)) {
        fputs("delete table " TABLE "\n", out);
    } else if (actual->is_torn || actual->count == 0) {
        fputs("add table " TABLE "\ndelete table " TABLE "\n", out);
        fputs(table_rules, out);
        print_kept(out, actual, links);
        print_entries(out, "add", wanted, &nothing, links);
    } else {
        print_entries(out, "delete", actual, wanted, links);
        print_entries(out, "add", wanted, actual, links);
        if (must_forget_known(wanted, actual, links))
            fputs("flush set " TABLE " known\n", out);
    }
    return fclose(out) != 0 ? fail_memory(e) : 0;
}

int guard_plan(struct guard *wanted, struct guard *actual,
               enum guard_scope (*scope)(const char *link, const void *data), const void *data,
               struct guard_plan *out, struct error *e)
{
    const struct plan_scope links = {.scope = scope, .data = data};
    const struct guard nothing = {.entries = NULL};
    int result;

    *out = (struct guard_plan){.rules = NULL};
    sort_guard(wanted);
    sort_guard(actual);
    result = note_changes(actual, wanted, false, &links, out);
    if (result == 0)
        result = note_changes(wanted, actual->is_torn ? &nothing : actual, true, &links, out);
    if (result < 0)
        result = fail_memory(e);
    else if (out->change_count > 0)
        result = print_guard_changes(wanted, actual, &links, &out->rules, e);
    if (result < 0)
        guard_plan_free(out);
    /* keep one change per link */
    sort_array(out->changes, out->change_count, sizeof(*out->changes), compare_changes);
    out->change_count = drop_repeated(out->changes, out->change_count, sizeof(*out->changes),
                                      compare_changed_links);
    return result;
}

void guard_plan_free(struct guard_plan *plan)
{
    free(plan->rules);
    free(plan->changes);
    *plan = (struct guard_plan){.rules = NULL};
}

static enum guard_scope scope_present_link(const char *link, const void *data)
{
    return strcmp(link, data) == 0 ? GUARD_PRESENT : GUARD_OTHER;
}

static enum guard_scope scope_gone_link(const char *link, const void *data)
{
    return strcmp(link, data) == 0 ? GUARD_GONE : GUARD_OTHER;
}

int guard_set(const char *link, struct guard *wanted, struct error *e)
{
    CLEANUP(guard_free) struct guard actual = {.entries = NULL};
    CLEANUP(guard_plan_free) struct guard_plan plan = {.rules = NULL};
    int result = guard_read(&actual, e);

    if (result == 0 && wanted->count + actual.count == 0) /* most hosts have no antispoof */
        return 0;
    if (result == 0)
        result =
            guard_plan(wanted, &actual, if_nametoindex(link) ? scope_present_link : scope_gone_link,
                       link, &plan, e);
    if (result == 0 && plan.rules)
        result = nft_load(plan.rules, e);
    return result < 0 ? fail_within(e, result, "%s: antispoof", link) : 0;
}
