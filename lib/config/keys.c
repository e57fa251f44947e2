/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/keys.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/ipv4.h"

#define IN_DEFAULTS (1U << SECTION_DEFAULTS)
#define IN_DOMUS    (1U << SECTION_DOMU | 1U << SECTION_MAC | 1U << SECTION_UUID)
#define IN_6TO4     (1U << SECTION_6TO4)
#define IN_PD_NAT   (1U << SECTION_PD_NAT)

#define LARGEST_DEVID 65535

/* Adds an element of SIZE bytes to the setting's array. */
static int append_element(struct setting *setting, const void *element, size_t size,
                          struct error *e)
{
    return array_append(&setting->elements, &setting->count, element, size) < 0 ? fail_memory(e)
                                                                                : 0;
}

/* In a network, the bits after the length are zero. */
static int judge_host_bits(const char *text, const struct prefix *prefix, struct error *e)
{
    const struct prefix network = prefix_network(prefix);
    char meant[PREFIX_TEXT];

    if (prefix_is_network(prefix))
        return 0;
    return fail(e, EINVAL, "'%s' has host bits set: did you mean %s?", text,
                prefix_print(&network, meant));
}

/* Calls READ_ITEM for each item of a list with commas. */
static int read_items(char *value, struct setting *setting, struct error *e,
                      int (*read_item)(char *item, struct setting *setting, struct error *e))
{
    char *rest = value;
    int result = 0;

    while (result == 0 && rest) {
        char *item = trim(strsep(&rest, ","));

        result = *item ? read_item(item, setting, e)
                       : fail(e, EINVAL, "an empty item in the list: remove a comma");
    }
    return result;
}

/* What no gateway address may be: ipv6.cfg(5); anycast is RFC 4291 2.6.1. */
static int read_gateway(char *item, struct setting *setting, struct error *e)
{
    struct prefix gateway;
    int result = prefix_parse(item, SUBNET_LENGTH, &gateway, e);
    const char *refusal = result == 0 ? address_refusal(&gateway.address) : NULL;

    if (result < 0)
        return result;
    if (refusal)
        return fail(e, EINVAL, "'%s' is %s", item, refusal);
    if (gateway.length < 1 || gateway.length > 127)
        return fail(e, EINVAL, "'%s': the length must be from 1 to 127", item);
    if (prefix_is_anycast(&gateway))
        return fail(e, EINVAL,
                    "'%s' is the subnet-router anycast address (all host bits are zero): the "
                    "gateway needs one of its own, such as ...::1",
                    item);
    return append_element(setting, &gateway, sizeof(gateway), e);
}

/* A network that can be routed to domUs. */
static int judge_network(const char *text, const struct prefix *network, struct error *e)
{
    const char *refusal = address_is_link_local(&network->address)
                              ? "a link-local address"
                              : address_refusal(&network->address);

    if (refusal)
        return fail(e, EINVAL, "'%s' cannot be routed: it begins with %s", text, refusal);
    return judge_host_bits(text, network, e);
}

static int read_network(char *value, struct setting *setting, struct error *e)
{
    struct prefix prefix;
    int result = prefix_parse(value, -1, &prefix, e);

    if (result < 0)
        return result;
    if (prefix.length < 1 || prefix.length > SUBNET_LENGTH)
        return fail(e, EINVAL, "'%s': the length must be from 1 to 64, to have room for a /64",
                    value);
    result = judge_network(value, &prefix, e);
    return result < 0 ? result : append_element(setting, &prefix, sizeof(prefix), e);
}

/* PREFIX/LENGTH, or 6to4:ADDRESS. */
static int read_base_prefix(char *value, struct setting *setting, struct error *e)
{
    struct prefix prefix;
    struct in_addr ipv4;
    int result;

    if (strncasecmp(value, "6to4:", strlen("6to4:")) != 0)
        return read_network(value, setting, e);
    result = ipv4_parse_public(trim(value + strlen("6to4:")), &ipv4, e);
    if (result < 0)
        return result;
    prefix = prefix_6to4(ipv4);
    return append_element(setting, &prefix, sizeof(prefix), e);
}

static int read_subnet(char *item, struct setting *setting, struct error *e)
{
    uint64_t number;
    int result = subnet_parse(item, &number, e);

    return result < 0 ? result : append_element(setting, &number, sizeof(number), e);
}

static int read_via(const char *text, struct route_spec *route, struct error *e)
{
    int result = address_parse(text, &route->via, e);
    const char *refusal;

    if (result < 0)
        return result;
    refusal = address_refusal(&route->via);
    if (refusal)
        return fail(e, EINVAL, "via '%s' is %s", text, refusal);
    route->has_via = true;
    return 0;
}

/* "PREFIX", or "PREFIX via ADDRESS". */
static int read_domu_route(char *item, struct setting *setting, struct error *e)
{
    struct route_spec route = {.has_via = false};
    char *rest = NULL;
    const char *destination = strtok_r(item, BLANKS, &rest);
    const char *word = strtok_r(NULL, BLANKS, &rest);
    const char *via = word ? strtok_r(NULL, BLANKS, &rest) : NULL;
    int result;

    if (word && (strcasecmp(word, "via") != 0 || !via || strtok_r(NULL, BLANKS, &rest)))
        return fail(e, EINVAL, "'%s': write nothing after the prefix, or: via ADDRESS",
                    destination);
    result = prefix_parse(destination, -1, &route.destination, e);
    if (result == 0 && route.destination.length == 0)
        result = fail(e, EINVAL, "'%s' would route everything to the domU", destination);
    if (result == 0)
        result = judge_network(destination, &route.destination, e);
    if (result == 0 && via)
        result = read_via(via, &route, e);
    return result < 0 ? result : append_element(setting, &route, sizeof(route), e);
}

/* A single address, out of a network that dom0 is on: ipv6.cfg(5). */
static int read_own_address(char *item, struct setting *setting, struct error *e)
{
    struct prefix address;
    const char *refusal;
    int result = prefix_parse(item, 128, &address, e);

    if (result < 0)
        return result;
    refusal = address_refusal(&address.address);
    if (refusal)
        return fail(e, EINVAL, "'%s' is %s", item, refusal);
    if (address_is_link_local(&address.address))
        return fail(e, EINVAL, "'%s' is a link-local address: the guest has one by itself", item);
    if (address.length != 128)
        return fail(e, EINVAL,
                    "'%s': an address has no length, or 128: for a whole network, write route = "
                    "PREFIX/LENGTH",
                    item);
    return append_element(setting, &address, sizeof(address), e);
}

static int read_neighbor(char *value, struct setting *setting, struct error *e)
{
    setting->flag = strcasecmp(value, "dynamic") != 0;
    if (setting->flag && strcasecmp(value, "permanent") != 0)
        return fail(e, EINVAL, "'%s' is neither permanent nor dynamic", value);
    return 0;
}

static int read_uplink(char *item, struct setting *setting, struct error *e)
{
    char name[IF_NAMESIZE];

    if (!is_link_name(item))
        return fail(e, EINVAL, "'%s' cannot be the name of a link%s", item,
                    strpbrk(item, BLANKS) ? ": separate links by commas" : "");
    if (strcmp(item, "lo") == 0)
        return fail(e, EINVAL, "'lo' is the loopback interface: name the provider's, such as eth0");
    for (size_t i = 0; i < setting->count; i++)
        if (strcmp(setting->links[i], item) == 0)
            return fail(e, EINVAL, "'%s' appears twice", item);
    snprintf(name, sizeof(name), "%s", item);
    return append_element(setting, name, sizeof(name), e);
}

static int read_flag(char *value, struct setting *setting, struct error *e)
{
    setting->flag = strcasecmp(value, "no") != 0;
    if (setting->flag && strcasecmp(value, "yes") != 0)
        return fail(e, EINVAL, "'%s' is neither yes nor no", value);
    return 0;
}

/* ---- router advertisements ---- */

static int read_resolver(char *item, struct setting *setting, struct error *e)
{
    struct prefix resolver = {.length = 128};
    int result = address_parse(item, &resolver.address, e);
    const char *refusal = result == 0 ? address_refusal(&resolver.address) : NULL;

    if (refusal)
        return fail(e, EINVAL, "'%s' is %s", item, refusal);
    return result < 0 ? result : append_element(setting, &resolver, sizeof(resolver), e);
}

/* A label of a host's name: RFC 1123 2.1. */
static bool is_label(const char *label)
{
    const size_t length = strlen(label);

    return length >= 1 && length <= 63 && label[0] != '-' && label[length - 1] != '-' &&
           strspn(label, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

/* The last label of a domain is never a number, or the name would look like an IPv4 address. */
static bool is_domain(const char *name)
{
    char copy[sizeof(((struct domain *)NULL)->name)];
    char *rest = copy;
    const char *label = NULL;

    if (strlen(name) >= sizeof(copy))
        return false;
    snprintf(copy, sizeof(copy), "%s", name);
    while (rest) {
        label = strsep(&rest, ".");
        if (!is_label(label))
            return false;
    }
    return label[strspn(label, "0123456789")] != '\0';
}

static int read_domain(char *item, struct setting *setting, struct error *e)
{
    struct domain domain = {.name = ""};

    lower_case(item);
    if (has_suffix(item, "."))
        item[strlen(item) - 1] = '\0';
    if (!is_domain(item))
        return fail(e, EINVAL, "'%s' is not a domain name: %s", item,
                    strpbrk(item, BLANKS)
                        ? "separate domains by commas"
                        : "write letters, digits, '-' and '.', as in example.org");
    snprintf(domain.name, sizeof(domain.name), "%s", item);
    return append_element(setting, &domain, sizeof(domain), e);
}

/* ---- [6to4] ---- */

static int append_ipv4(struct setting *setting, struct in_addr ipv4, struct error *e)
{
    struct prefix prefix = prefix_from_ipv4(ipv4, 32);

    return append_element(setting, &prefix, sizeof(prefix), e);
}

/* An address, or the interface that has it. */
static int read_public_ipv4(char *value, struct setting *setting, struct error *e)
{
    struct in_addr ipv4;
    int result;

    if (is_link_name(value) && value[strspn(value, "0123456789.")] != '\0') {
        strncpy(setting->link, value, sizeof(setting->link) - 1);
        return 0;
    }
    result = ipv4_parse_public(value, &ipv4, e);
    return result < 0 ? result : append_ipv4(setting, ipv4, e);
}

static int read_local_ipv4(char *value, struct setting *setting, struct error *e)
{
    struct in_addr ipv4;
    int result = ipv4_parse_own(value, &ipv4, e);

    return result < 0 ? result : append_ipv4(setting, ipv4, e);
}

static int read_device_name(char *value, struct setting *setting, struct error *e)
{
    if (!is_link_name(value))
        return fail(e, EINVAL, "'%s' cannot be the name of a link", value);
    if (strcmp(value, "sit0") == 0 || strcmp(value, "lo") == 0)
        return fail(e, EINVAL, "'%s' is the kernel's own link: choose another, such as tun6to4",
                    value);
    setting->text = strdup(value);
    return setting->text ? 0 : fail_memory(e);
}

static int read_mtu(char *value, struct setting *setting, struct error *e)
{
    unsigned int mtu;
    int result = tunnel_parse_mtu(value, &mtu, e);
    const uint64_t number = result == 0 ? mtu : 0;

    return result < 0 ? result : append_element(setting, &number, sizeof(number), e);
}

static int read_ttl(char *value, struct setting *setting, struct error *e)
{
    unsigned int ttl;
    int result = tunnel_parse_ttl(value, &ttl, e);
    const uint64_t number = result == 0 ? ttl : 0;

    return result < 0 ? result : append_element(setting, &number, sizeof(number), e);
}

static int read_relay_address(char *value, struct setting *setting, struct error *e)
{
    struct prefix relay = {.length = 128};
    int result = relay_parse(value, &relay.address, e);

    return result < 0 ? result : append_element(setting, &relay, sizeof(relay), e);
}

/* ---- [pd-nat] ---- */

bool can_be_internal(const struct prefix *prefix)
{
    static const struct prefix ula = {.address.s6_addr = {0xfd}, .length = 8};
    static const struct prefix global = {.address.s6_addr = {0x20}, .length = 3};
    static const struct prefix sixtofour = {.address.s6_addr = {0x20, 0x02}, .length = 16};

    return (prefix_contains(&ula, &prefix->address) && prefix->length >= ula.length) ||
           (prefix_contains(&global, &prefix->address) && prefix->length >= global.length &&
            !prefix_overlap(&sixtofour, prefix));
}

static int read_internal_prefix(char *value, struct setting *setting, struct error *e)
{
    struct prefix prefix;
    int result = prefix_parse(value, -1, &prefix, e);

    if (result < 0)
        return result;
    if (!can_be_internal(&prefix))
        return fail(
            e, EINVAL,
            "'%s' is neither your own ULA prefix, out of fd00::/8 (RFC 4193), nor a global prefix "
            "other than 6to4's, which changes with the IPv4 address",
            value);
    if (prefix.length > SUBNET_LENGTH)
        return fail(e, EINVAL, "'%s': the length must be at most 64, to have room for a /64",
                    value);
    result = judge_host_bits(value, &prefix, e);
    return result < 0 ? result : append_element(setting, &prefix, sizeof(prefix), e);
}

/* A number of 32 bits; with BASE 0, it may be hexadecimal (0x), but not octal. */
static int read_u32(const char *value, int base, const char *what, struct setting *setting,
                    struct error *e)
{
    char *end;
    uint64_t number;

    errno = 0;
    number = strtoull(value, &end, base);
    if (!isdigit((unsigned char)*value) || *end != '\0' || errno != 0 || number > UINT32_MAX ||
        (base == 0 && *value == '0' && isdigit((unsigned char)value[1])))
        return fail(e, EINVAL, "'%s' is not %s", value, what);
    return append_element(setting, &number, sizeof(number), e);
}

static int read_decimal_iaid(char *value, struct setting *setting, struct error *e)
{
    return read_u32(value, 10, "an IAID: a decimal number up to 4294967295", setting, e);
}

/* 0 means: not set. */
static int read_nonzero(const char *value, const char *what, struct setting *setting,
                        struct error *e)
{
    int result = read_u32(value, 10, what, setting, e);

    return result == 0 && setting->numbers[0] == 0 ? fail(e, EINVAL, "'%s' is not %s", value, what)
                                                   : result;
}

static int read_metric(char *value, struct setting *setting, struct error *e)
{
    return read_nonzero(value, "a metric: a decimal number from 1 to 4294967295", setting, e);
}

static int read_table_number(char *value, struct setting *setting, struct error *e)
{
    return read_nonzero(value, "a routing table: a decimal number from 1 to 4294967295", setting,
                        e);
}

static int read_flow_limit(char *value, struct setting *setting, struct error *e)
{
    return read_nonzero(value, "a number of connections: a decimal number from 1 to 4294967295",
                        setting, e);
}

/* VALUE, or VALUE/MASK: the other bits of a packet's mark stay as they are. */
static int read_mark(char *value, struct setting *setting, struct error *e)
{
    static const char what[] = "a mark: a number of 32 bits (not 0), or VALUE/MASK";
    char *mask = strchr(value, '/');
    int result;

    if (mask)
        *mask++ = '\0';
    result = read_u32(value, 0, what, setting, e);
    if (result == 0 && setting->numbers[0] == 0)
        return fail(e, EINVAL, "'%s' cannot be the mark: unmarked packets have it", value);
    if (result < 0 || !mask)
        return result;
    result = read_u32(mask, 0, what, setting, e);
    if (result == 0 && (setting->numbers[0] & ~setting->numbers[1]) != 0)
        return fail(e, EINVAL, "'%s/%s': the value has bits outside of the mask", value, mask);
    return result;
}

/* Which parts exist depends on the delegated prefix. */
static int read_part(char *value, struct setting *setting, struct error *e)
{
    const size_t length = strlen(value);
    uint64_t number;

    if (length == 0 || length > 16 || strspn(value, "0123456789abcdefABCDEF") != length)
        return fail(e, EINVAL, "'%s' is not a part: write a hexadecimal number, such as 3f", value);
    number = strtoull(value, NULL, 16);
    return append_element(setting, &number, sizeof(number), e);
}

const char *const pd_nat_backend_names[BACKEND_COUNT] = {"nft", "ip6tables"};

static int read_backend(char *value, struct setting *setting, struct error *e)
{
    for (uint64_t i = 0; i < BACKEND_COUNT; i++)
        if (strcasecmp(value, pd_nat_backend_names[i]) == 0)
            return append_element(setting, &i, sizeof(i), e);
    return fail(e, EINVAL, "'%s' is neither nft nor ip6tables", value);
}

/* An internal host or network. Whether internal_prefix contains it is checked later. */
static int read_open(char *item, struct setting *setting, struct error *e)
{
    struct prefix open;
    int result = prefix_parse(item, 128, &open, e);

    if (result < 0)
        return result;
    if (open.length == 0)
        return fail(e, EINVAL, "'%s' is every address: write inbound = yes", item);
    result = judge_host_bits(item, &open, e);
    return result < 0 ? result : append_element(setting, &open, sizeof(open), e);
}

/* yes stores ::/0, and no an empty list. */
static int read_inbound(char *value, struct setting *setting, struct error *e)
{
    static const struct prefix everything = {.length = 0};

    if (strcasecmp(value, "no") == 0)
        return 0;
    if (strcasecmp(value, "yes") == 0)
        return append_element(setting, &everything, sizeof(everything), e);
    return read_items(value, setting, e, read_open);
}

static const struct key keys[] = {
    {"prefix", KEY_PREFIX, IN_DEFAULTS, SUFFIX_NONE, read_base_prefix},
    {"antispoof", KEY_ANTISPOOF, IN_DEFAULTS | IN_DOMUS | KEY_GUARDS, SUFFIX_DEVID, read_flag},
    {"ipv6_gateway_addr", KEY_GATEWAY, IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_gateway},
    {"subnet", KEY_SUBNET, IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_subnet},
    {"route", KEY_ROUTE, IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_domu_route},
    {"address", KEY_ADDRESS, IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_own_address},
    {"neighbor", KEY_NEIGHBOR, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_neighbor},
    {"uplink", KEY_UPLINK, IN_DEFAULTS | IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_uplink},
    {"proxy_ndp", KEY_PROXY_NDP, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_flag},
    {"announce", KEY_ANNOUNCE, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_flag},
    {"metric", KEY_METRIC, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_metric},
    {"table", KEY_TABLE, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_table_number},
    {"aggregate", KEY_AGGREGATE, IN_DEFAULTS, SUFFIX_NONE, read_network},
    {"ra", KEY_RA, IN_DEFAULTS | IN_DOMUS, SUFFIX_DEVID, read_flag},
    {"dns", KEY_DNS, IN_DEFAULTS | IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_resolver},
    {"search", KEY_SEARCH, IN_DEFAULTS | IN_DOMUS | KEY_LIST, SUFFIX_DEVID, read_domain},
    {"public_ipv4", KEY_PUBLIC_IPV4, IN_6TO4, SUFFIX_NONE, read_public_ipv4},
    {"local_ipv4", KEY_LOCAL_IPV4, IN_6TO4, SUFFIX_NONE, read_local_ipv4},
    {"device", KEY_DEVICE, IN_6TO4, SUFFIX_NONE, read_device_name},
    {"mtu", KEY_MTU, IN_6TO4, SUFFIX_NONE, read_mtu},
    {"ttl", KEY_TTL, IN_6TO4, SUFFIX_NONE, read_ttl},
    {"relay", KEY_RELAY, IN_6TO4, SUFFIX_NONE, read_relay_address},
    {"lan", KEY_LAN, IN_6TO4, SUFFIX_LINK, read_subnet},
    {"internal_prefix", KEY_INTERNAL_PREFIX, IN_PD_NAT, SUFFIX_NONE, read_internal_prefix},
    {"iaid", KEY_IAID, IN_PD_NAT, SUFFIX_NONE, read_decimal_iaid},
    {"part", KEY_PART, IN_PD_NAT, SUFFIX_NONE, read_part},
    {"backend", KEY_BACKEND, IN_PD_NAT, SUFFIX_NONE, read_backend},
    {"hairpin", KEY_HAIRPIN, IN_PD_NAT, SUFFIX_NONE, read_flag},
    {"guard", KEY_GUARD, IN_PD_NAT, SUFFIX_NONE, read_flag},
    {"inbound", KEY_INBOUND, IN_PD_NAT, SUFFIX_NONE, read_inbound},
    {"flow_limit", KEY_FLOW_LIMIT, IN_PD_NAT, SUFFIX_NONE, read_flow_limit},
    {"mark", KEY_HAIRPIN_MARK, IN_PD_NAT, SUFFIX_NONE, read_mark},
};

const struct key *key_find(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (strlen(keys[i].name) == length && strncasecmp(keys[i].name, name, length) == 0)
            return &keys[i];
    return NULL;
}

const struct key *key_by_id(enum key_id id)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i].id == id)
            return &keys[i];
    return NULL;
}

int key_read(const struct key *key, char *value, struct setting *setting, struct error *e)
{
    return (key->sections & KEY_LIST) ? read_items(value, setting, e, key->read)
                                      : key->read(value, setting, e);
}

bool devid_parse(const char *text, int *out)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value = strtoul(text, NULL, 10);

    if (digits == 0 || digits > 5 || text[digits] != '\0' || (digits > 1 && *text == '0') ||
        value > LARGEST_DEVID)
        return false;
    *out = (int)value;
    return true;
}

const struct key *key_split(const char *text, struct setting *setting)
{
    const char *dot = strchr(text, '.');
    const struct key *key = key_find(text, dot ? (size_t)(dot - text) : strlen(text));

    setting->devid = ANY_DEVID;
    setting->link[0] = '\0';
    if (!key)
        return NULL;
    if (key->suffix == SUFFIX_LINK) {
        if (!dot || !is_link_name(dot + 1))
            return NULL;
        snprintf(setting->link, sizeof(setting->link), "%s", dot + 1);
    } else if (dot && (key->suffix == SUFFIX_NONE || !devid_parse(dot + 1, &setting->devid))) {
        return NULL;
    }
    return key;
}

void keys_offer(struct nearest *nearest, enum section_kind kind)
{
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (keys[i].sections & 1U << kind)
            nearest_offer(nearest, keys[i].name, NULL);
}

void setting_free(struct setting *setting)
{
    free(setting->elements);
    setting->elements = NULL;
    setting->count = 0;
}
