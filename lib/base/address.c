/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Copies what is before the '/' ("" if it is too long), and returns what follows, or NULL. */
static const char *split_prefix(const char *text, char address[static INET6_ADDRSTRLEN])
{
    const size_t length = strcspn(text, "/");
    const size_t copied = length < INET6_ADDRSTRLEN ? length : 0;

    memcpy(address, text, copied);
    address[copied] = '\0';
    return text[length] ? text + length + 1 : NULL;
}

/* Whether TEXT is an IPv4 address, with a length or without. */
static bool is_ipv4(const char *text)
{
    char address[INET6_ADDRSTRLEN];
    struct in_addr ipv4;

    (void)split_prefix(text, address);
    return inet_pton(AF_INET, address, &ipv4) == 1;
}

/* What is wrong with the groups of TEXT, if it consists of nothing else; "" if nothing is. */
static const char *mistake_in_groups(const char *text)
{
    const size_t length = strspn(text, "0123456789abcdefABCDEF:");
    const char *gap = strstr(text, "::");
    size_t groups = 0;

    if (text[length] != '\0' && text[length] != '/')
        return "";
    if (gap && gap + 1 < text + length && strstr(gap + 1, "::"))
        return ": '::' can be there only once";
    for (const char *at = text; at < text + length; at += *at == ':') {
        const size_t digits = strspn(at, "0123456789abcdefABCDEF");

        if (digits > 4)
            return ": a group has at most four digits";
        groups++;
        at += digits;
    }
    if (groups > 8)
        return ": more than eight groups";
    return groups > 1 && groups < 8 && !gap ? ": fewer than eight groups: write '::' for zeros"
                                            : "";
}

/* What in TEXT makes it no address, and what to write instead; "" if nothing is known. */
static const char *mistake_in(const char *text)
{
    const char *slash = strchr(text, '/');
    const char *blank = strpbrk(text, " \t");

    if (strstr(text, "\u00a0"))
        return ": leave out the no-break space, U+00A0";
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c >= 0x80)
            return ": leave out the character that is not ASCII";
    if (strpbrk(text, "\"'"))
        return ": leave out the quotation marks";
    if (*text == '=')
        return ": leave out the second '='";
    if (is_ipv4(text))
        return ": it is IPv4";
    if (strchr(text, ','))
        return ": only one can be here";
    if (strpbrk(text, "[]"))
        return ": leave out the brackets";
    if (strchr(text, '%'))
        return ": leave out the zone, from the '%' on";
    if (slash && (slash[-(slash > text)] == ' ' || slash[1] == ' '))
        return ": leave out the blank at the slash";
    if (blank)
        return strchr(blank, ':') ? ": separate addresses by commas"
                                  : ": leave out what is after the blank";
    return mistake_in_groups(text);
}

int address_parse(const char *text, struct in6_addr *out, struct error *e)
{
    char address[INET6_ADDRSTRLEN];

    if (inet_pton(AF_INET6, text, out) == 1)
        return 0;
    (void)split_prefix(text, address);
    return fail(e, EINVAL, "'%s' is not an IPv6 address%s", text,
                inet_pton(AF_INET6, address, out) == 1 && !*mistake_in(text)
                    ? ": leave out the length"
                    : mistake_in(text));
}

static int parse_length(const char *text, uint8_t *out)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value;

    if (digits == 0 || digits > 3 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
        return -EINVAL;
    value = strtoul(text, NULL, 10);
    if (value > 128)
        return -EINVAL;
    *out = (uint8_t)value;
    return 0;
}

int prefix_parse(const char *text, int default_length, struct prefix *out, struct error *e)
{
    char address[INET6_ADDRSTRLEN];
    const char *length = split_prefix(text, address);

    if (inet_pton(AF_INET6, address, &out->address) != 1)
        return fail(e, EINVAL, "'%s' is not an IPv6 address%s", text, mistake_in(text));
    if (length && parse_length(length, &out->length) < 0)
        return fail(e, EINVAL, "'%s': '%s' is not a length%s", text, length,
                    *mistake_in(text) ? mistake_in(text) : ": write a number, such as 64");
    if (!length && default_length < 0)
        return fail(e, EINVAL, "'%s' has no length: write PREFIX/LENGTH", text);
    if (!length)
        out->length = (uint8_t)default_length;
    return 0;
}

int prefix_parse_any(const char *text, struct prefix *out, struct error *e)
{
    char address[INET6_ADDRSTRLEN];
    const char *length = split_prefix(text, address);
    uint8_t bits = 32;
    struct in_addr ipv4;

    if (strchr(text, ':'))
        return prefix_parse(text, 128, out, e);
    if (inet_pton(AF_INET, address, &ipv4) != 1)
        return fail(e, EINVAL, "'%s' is not an IP address%s", text, mistake_in(text));
    if (length && (parse_length(length, &bits) < 0 || bits > 32))
        return fail(e, EINVAL, "'%s': '%s' is not a length: write a number up to 32", text, length);
    *out = prefix_from_ipv4(ipv4, bits);
    return 0;
}

bool prefix_is_ipv4(const struct prefix *prefix)
{
    return prefix->length >= 96 && IN6_IS_ADDR_V4MAPPED(&prefix->address);
}

struct prefix prefix_from_ipv4(struct in_addr address, unsigned int length)
{
    struct prefix prefix = {.length = (uint8_t)(96 + length)};

    prefix.address.s6_addr[10] = 0xff;
    prefix.address.s6_addr[11] = 0xff;
    memcpy(prefix.address.s6_addr + 12, &address, sizeof(address));
    return prefix;
}

struct in_addr prefix_to_ipv4(const struct in6_addr *mapped)
{
    struct in_addr address;

    memcpy(&address, mapped->s6_addr + 12, sizeof(address));
    return address;
}

const char *address_print(const struct in6_addr *address, char buffer[static INET6_ADDRSTRLEN])
{
    return inet_ntop(AF_INET6, address, buffer, INET6_ADDRSTRLEN);
}

const char *prefix_print(const struct prefix *prefix, char buffer[static PREFIX_TEXT])
{
    struct in_addr ipv4 = prefix_to_ipv4(&prefix->address);
    const unsigned int before = prefix_is_ipv4(prefix) ? 96 : 0;
    size_t length;

    if (before)
        inet_ntop(AF_INET, &ipv4, buffer, INET6_ADDRSTRLEN);
    else
        address_print(&prefix->address, buffer);
    length = strlen(buffer);
    snprintf(buffer + length, PREFIX_TEXT - length, "/%u", prefix->length - before);
    return buffer;
}

bool address_equal(const struct in6_addr *a, const struct in6_addr *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return a->length == b->length && address_equal(&a->address, &b->address);
}

int prefix_compare(const struct prefix *a, const struct prefix *b)
{
    int order = memcmp(&a->address, &b->address, sizeof(a->address));

    return order ? order : (a->length > b->length) - (a->length < b->length);
}

struct prefix prefix_network(const struct prefix *prefix)
{
    struct prefix network = *prefix;
    size_t byte = prefix->length / 8;

    if (byte < sizeof(network.address)) {
        network.address.s6_addr[byte] &= (uint8_t)(0xff00 >> (prefix->length % 8));
        memset(network.address.s6_addr + byte + 1, 0, sizeof(network.address) - byte - 1);
    }
    return network;
}

bool prefix_is_network(const struct prefix *prefix)
{
    struct prefix network = prefix_network(prefix);

    return address_equal(&network.address, &prefix->address);
}

bool prefix_is_anycast(const struct prefix *address)
{
    return address->length < 127 && prefix_is_network(address);
}

bool prefix_contains(const struct prefix *prefix, const struct in6_addr *address)
{
    struct prefix other = {*address, prefix->length};
    struct prefix theirs = prefix_network(&other);
    struct prefix ours = prefix_network(prefix);

    return address_equal(&ours.address, &theirs.address);
}

bool prefix_overlap(const struct prefix *a, const struct prefix *b)
{
    return a->length <= b->length ? prefix_contains(a, &b->address)
                                  : prefix_contains(b, &a->address);
}

bool address_is_link_local(const struct in6_addr *address)
{
    return IN6_IS_ADDR_LINKLOCAL(address);
}

bool address_is_ula(const struct in6_addr *address)
{
    return (address->s6_addr[0] & 0xfe) == 0xfc;
}

const char *address_refusal(const struct in6_addr *address)
{
    if (IN6_IS_ADDR_UNSPECIFIED(address))
        return "the unspecified address";
    if (IN6_IS_ADDR_LOOPBACK(address))
        return "the loopback address";
    if (IN6_IS_ADDR_MULTICAST(address))
        return "a multicast address";
    if (IN6_IS_ADDR_V4MAPPED(address))
        return "an IPv4-mapped address";
    return NULL;
}

int subnet_parse(const char *text, uint64_t *out, struct error *e)
{
    size_t digits = strspn(text, "0123456789abcdefABCDEF");

    if (digits == 0 || text[digits] != '\0')
        return fail(e, EINVAL, "'%s' is not a subnet number: %s", text,
                    strchr(text, ',')      ? "only one can be here"
                    : strpbrk(text, " \t") ? "separate numbers by commas"
                                           : "write hexadecimal digits, such as 1f");
    if (strlen(text + strspn(text, "0")) > 16)
        return fail(e, ERANGE, "the subnet number '%s' does not fit into 64 bits", text);
    *out = strtoull(text, NULL, 16);
    return 0;
}

int prefix_subnet(const struct prefix *prefix, uint64_t number, struct prefix *out)
{
    unsigned int room = SUBNET_LENGTH - prefix->length;

    if (room < 64 && number >> room)
        return -ERANGE;
    *out = prefix_network(prefix);
    for (int byte = 7; byte >= 0; byte--, number >>= 8)
        out->address.s6_addr[byte] |= (uint8_t)(number & 0xff);
    out->address.s6_addr[15] = 1;
    out->length = SUBNET_LENGTH;
    return 0;
}

struct prefix prefix_6to4(struct in_addr ipv4)
{
    struct prefix prefix = {.length = 48};

    prefix.address.s6_addr[0] = 0x20;
    prefix.address.s6_addr[1] = 0x02;
    memcpy(prefix.address.s6_addr + 2, &ipv4, sizeof(ipv4));
    return prefix;
}
