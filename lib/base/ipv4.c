/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/ipv4.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#define IPV4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

struct block {
    uint32_t network; /* host byte order */
    unsigned int length;
    const char *what;
};

/* https://www.iana.org/assignments/iana-ipv4-special-registry, and multicast (RFC 5771). */
static const struct block special[] = {
    {IPV4(0, 0, 0, 0), 8, "\"this network\", RFC 791"},
    {IPV4(10, 0, 0, 0), 8, "private, RFC 1918"},
    {IPV4(100, 64, 0, 0), 10, "shared address space, RFC 6598"},
    {IPV4(127, 0, 0, 0), 8, "loopback, RFC 1122"},
    {IPV4(169, 254, 0, 0), 16, "link-local, RFC 3927"},
    {IPV4(172, 16, 0, 0), 12, "private, RFC 1918"},
    {IPV4(192, 0, 0, 0), 24, "IETF protocol assignments, RFC 6890"},
    {IPV4(192, 88, 99, 0), 24, "6to4 relay anycast, RFC 7526"},
    {IPV4(192, 168, 0, 0), 16, "private, RFC 1918"},
    {IPV4(198, 18, 0, 0), 15, "benchmarking, RFC 2544"},
    {IPV4(224, 0, 0, 0), 4, "multicast, RFC 5771"},
    {IPV4(240, 0, 0, 0), 4, "reserved, RFC 1112"},
};

static const struct block documentation[] = {
    /* RFC 5737 */
    {IPV4(192, 0, 2, 0), 24, "TEST-NET-1"},
    {IPV4(198, 51, 100, 0), 24, "TEST-NET-2"},
    {IPV4(203, 0, 113, 0), 24, "TEST-NET-3"},
};

int ipv4_parse(const char *text, struct in_addr *out, struct error *e)
{
    if (inet_pton(AF_INET, text, out) == 1)
        return 0;
    return fail(e, EINVAL, "'%s' is not an IPv4 address%s", text,
                strchr(text, ':')       ? ": it is IPv6"
                : strpbrk(text, ", \t") ? ": only one can be here"
                : strchr(text, '/')     ? ": leave out the length"
                                        : "");
}

static const char *find_block(const struct block *blocks, size_t count, struct in_addr address)
{
    uint32_t value = ntohl(address.s_addr);

    for (size_t i = 0; i < count; i++)
        if ((value ^ blocks[i].network) >> (32 - blocks[i].length) == 0)
            return blocks[i].what;
    return NULL;
}

const char *ipv4_refusal(struct in_addr address)
{
    return find_block(special, ARRAY_SIZE(special), address);
}

bool ipv4_special_block(size_t number, struct in_addr *network, unsigned int *length)
{
    if (number >= ARRAY_SIZE(special))
        return false;
    network->s_addr = htonl(special[number].network);
    *length = special[number].length;
    return true;
}

bool ipv4_is_documentation(struct in_addr address)
{
    return find_block(documentation, ARRAY_SIZE(documentation), address) != NULL;
}

bool ipv4_is_relay_anycast(struct in_addr address)
{
    return ntohl(address.s_addr) >> 8 == IPV4(192, 88, 99, 0) >> 8;
}

struct in_addr ipv4_of_6to4(const struct in6_addr *address)
{
    struct in_addr ipv4;

    memcpy(&ipv4, address->s6_addr + 2, sizeof(ipv4));
    return ipv4;
}

/* ---- values of a 6to4 site ---- */

int ipv4_parse_public(const char *text, struct in_addr *out, struct error *e)
{
    int result = ipv4_parse(text, out, e);
    const char *refusal = result == 0 ? ipv4_refusal(*out) : NULL;

    if (refusal)
        return fail(e, EINVAL, "%s: not a public address (%s), and 6to4 needs one", text, refusal);
    return result;
}

/* A host behind a NAT gateway may well have a private or shared address. */
int ipv4_parse_own(const char *text, struct in_addr *out, struct error *e)
{
    int result = ipv4_parse(text, out, e);
    uint32_t first;

    if (result < 0)
        return result;
    first = ntohl(out->s_addr) >> 24;
    if (first == 0 || first == 127 || first >= 224)
        return fail(e, EINVAL, "%s: not an address that a host can have (%s)", text,
                    ipv4_refusal(*out));
    return 0;
}

int relay_parse(const char *text, struct in6_addr *out, struct error *e)
{
    static const struct prefix all_6to4 = {.address.s6_addr = {0x20, 0x02}, .length = 16};
    int result = address_parse(text, out, e);
    const char *refusal;

    if (result < 0)
        return result;
    if (!prefix_contains(&all_6to4, out))
        return fail(e, EINVAL,
                    "%s: not a 6to4 address (2002::/16), so no tunnel leads to this relay", text);
    refusal = ipv4_refusal(ipv4_of_6to4(out));
    if (refusal && !ipv4_is_relay_anycast(ipv4_of_6to4(out)))
        return fail(e, EINVAL,
                    "%s: the IPv4 address of this relay is not global (%s; RFC 3964 4.2)", text,
                    refusal);
    return 0;
}

static int parse_number(const char *text, unsigned int least, unsigned int most, unsigned int *out,
                        struct error *e)
{
    unsigned long number = strtoul(text, NULL, 10);

    if (*text == '\0' || text[strspn(text, "0123456789")] != '\0' || strlen(text) > 5 ||
        number < least || number > most)
        return fail(e, EINVAL, "'%s' is not a number from %u to %u", text, least, most);
    *out = (unsigned int)number;
    return 0;
}

int tunnel_parse_mtu(const char *text, unsigned int *out, struct error *e)
{
    return parse_number(text, TUNNEL_LEAST_MTU, TUNNEL_MOST_MTU, out, e);
}

int tunnel_parse_ttl(const char *text, unsigned int *out, struct error *e)
{
    return parse_number(text, 1, 255, out, e);
}
