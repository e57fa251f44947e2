/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and prefixes out of any text: what is read is what inet_pton() reads, and what is
 * printed is read back as the same.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/address.h"
#include "base/ipv4.h"

static void demand(bool condition, const char *what, const char *text)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-address: %s: '%s'\n", what, text);
    abort();
}

/* The length of a prefix by the rule: decimal, in range, no sign, no leading zeros; or -1. */
static int length_of(const char *text, int most)
{
    int value = 0;

    if (*text == '\0' || (text[0] == '0' && text[1] != '\0'))
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        value = value * 10 + (*text - '0');
        if (value > most)
            return -1;
    }
    return value;
}

/* Splits TEXT at its first slash and reads both halves; the length, or -1 if TEXT is no prefix. */
static int read_prefix(const char *text, int family, int most, int default_length, void *address)
{
    char *copy = strdup(text);
    char *slash = copy ? strchr(copy, '/') : NULL;
    int length = default_length;

    if (!copy)
        abort();
    if (slash) {
        *slash = '\0';
        length = length_of(slash + 1, most);
    }
    if (inet_pton(family, copy, address) != 1)
        length = -1;
    free(copy);
    return length;
}

static void check_address(const char *text)
{
    char buffer[INET6_ADDRSTRLEN];
    struct in6_addr expected;
    struct in6_addr seen;
    struct in6_addr again;
    bool valid = inet_pton(AF_INET6, text, &expected) == 1;

    demand((address_parse(text, &seen, NULL) == 0) == valid, "inet_pton() disagrees", text);
    if (!valid)
        return;
    demand(address_equal(&seen, &expected), "inet_pton() reads another address", text);
    demand(address_parse(address_print(&seen, buffer), &again, NULL) == 0, "cannot be read back",
           buffer);
    demand(address_equal(&seen, &again), "is read back as another address", buffer);
    (void)address_refusal(&seen);
}

/* What holds of any prefix and its network. */
static void check_network(const struct prefix *prefix, const char *text)
{
    struct prefix network = prefix_network(prefix);

    demand(prefix_is_network(&network), "a network with host bits", text);
    demand(prefix_is_network(prefix) == prefix_equal(prefix, &network), "is it a network?", text);
    demand(prefix_contains(prefix, &network.address), "its network is outside", text);
    demand(prefix_contains(&network, &prefix->address), "it is outside its network", text);
    demand(prefix_overlap(prefix, &network), "it does not overlap its network", text);
    demand(prefix_compare(&network, prefix) <= 0, "its network sorts behind it", text);
}

static void check_subnet(const struct prefix *prefix, const char *text)
{
    struct prefix subnet;

    for (uint64_t number = 0; prefix->length <= SUBNET_LENGTH && number < 300; number += 23) {
        unsigned int room = SUBNET_LENGTH - prefix->length;
        bool fits = room > 8 || number < 1ULL << room;

        demand((prefix_subnet(prefix, number, &subnet) == 0) == fits || room > 8,
               "does the number fit?", text);
        demand(!fits || prefix_subnet(prefix, number, &subnet) < 0 ||
                   prefix_contains(prefix, &subnet.address),
               "a subnet outside its prefix", text);
    }
}

static void check_prefix(const char *text, int default_length)
{
    char buffer[PREFIX_TEXT];
    struct in6_addr address;
    struct prefix seen;
    struct prefix again;
    int length = read_prefix(text, AF_INET6, 128, default_length, &address);

    demand((prefix_parse(text, default_length, &seen, NULL) == 0) == (length >= 0),
           "is it a prefix?", text);
    if (length < 0)
        return;
    demand(seen.length == length && address_equal(&seen.address, &address), "another prefix", text);
    demand(prefix_parse_any(prefix_print(&seen, buffer), &again, NULL) == 0, "cannot be read back",
           buffer);
    demand(prefix_equal(&seen, &again), "is read back as another prefix", buffer);
    check_network(&seen, text);
    check_subnet(&seen, text);
}

static void check_ipv4(const char *text)
{
    char buffer[PREFIX_TEXT];
    struct in_addr expected;
    struct in_addr seen;
    struct prefix prefix;
    struct prefix again;
    int length = read_prefix(text, AF_INET, 32, 32, &expected);

    if (!strchr(text, ':'))
        demand((prefix_parse_any(text, &prefix, NULL) == 0) == (length >= 0), "is it IPv4?", text);
    if (length >= 0) {
        demand(prefix_is_ipv4(&prefix), "IPv4 that is none", text);
        demand(prefix_to_ipv4(&prefix.address).s_addr == expected.s_addr, "another address", text);
        demand(prefix_parse_any(prefix_print(&prefix, buffer), &again, NULL) == 0 &&
                   prefix_equal(&prefix, &again),
               "IPv4 is not read back", buffer);
    }
    demand((ipv4_parse(text, &seen, NULL) == 0) == (inet_pton(AF_INET, text, &expected) == 1),
           "inet_pton() disagrees on IPv4", text);
}

/* The bytes themselves as an address, so that printing sees more than a text can lead to. */
static void check_bytes(const uint8_t *data, size_t size)
{
    char buffer[PREFIX_TEXT];
    struct prefix prefix;
    struct prefix again;

    if (size < sizeof(prefix.address) + 1)
        return;
    memcpy(&prefix.address, data, sizeof(prefix.address));
    prefix.length = data[sizeof(prefix.address)] % 129;
    demand(prefix_parse_any(prefix_print(&prefix, buffer), &again, NULL) == 0,
           "cannot be read back", buffer);
    demand(prefix_equal(&prefix, &again), "is read back as another prefix", buffer);
    check_network(&prefix, buffer);
    check_subnet(&prefix, buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (!text)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_address(text);
    check_prefix(text, SUBNET_LENGTH);
    check_prefix(text, -1);
    check_ipv4(text);
    check_bytes(data, size);
    free(text);
    return 0;
}
