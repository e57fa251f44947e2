/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A 6to4 site: what is taken and refused, what follows from it, and in whose words it is told. */
#include "configs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "6to4/format.h"
#include "6to4/site.h"
#include "base/ipv4.h"

/* ---- addresses, without the code under test ---- */

/* IANA's blocks, by first and last address; their 6to4 prefix; a word of the reason. */
static const struct block {
    uint32_t first;
    uint32_t last;
    const char *prefix;
    const char *reason;
} blocks[] = {
    {0x00000000, 0x00ffffff, "2002::/24", "this network"},
    {0x0a000000, 0x0affffff, "2002:a00::/24", "private"},
    {0x64400000, 0x647fffff, "2002:6440::/26", "shared"},
    {0x7f000000, 0x7fffffff, "2002:7f00::/24", "loopback"},
    {0xa9fe0000, 0xa9feffff, "2002:a9fe::/32", "link-local"},
    {0xac100000, 0xac1fffff, "2002:ac10::/28", "private"},
    {0xc0000000, 0xc00000ff, "2002:c000::/40", "IETF"},
    {0xc0586300, 0xc05863ff, "2002:c058:6300::/40", "anycast"},
    {0xc0a80000, 0xc0a8ffff, "2002:c0a8::/32", "private"},
    {0xc6120000, 0xc613ffff, "2002:c612::/31", "benchmarking"},
    {0xe0000000, 0xefffffff, "2002:e000::/20", "multicast"},
    {0xf0000000, 0xffffffff, "2002:f000::/20", "reserved"},
};

#define ANYCAST 7 /* of the blocks */

static const struct block *block_of(uint32_t ipv4)
{
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
        if (ipv4 >= blocks[i].first && ipv4 <= blocks[i].last)
            return &blocks[i];
    return NULL;
}

/* Marsaglia's xorshift: each run sees the same addresses. */
static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static const char *dotted(uint32_t ipv4, char text[static INET_ADDRSTRLEN])
{
    snprintf(text, INET_ADDRSTRLEN, "%u.%u.%u.%u", ipv4 >> 24, ipv4 >> 16 & 255, ipv4 >> 8 & 255,
             ipv4 & 255);
    return text;
}

/* The /48 of RFC 3056 up to its last colon or digit: 2002:c000:204. The first byte is not 0. */
static char *written_prefix(uint32_t ipv4)
{
    if ((ipv4 & 0xffff) == 0)
        return format_string("2002:%x%02x", ipv4 >> 24, ipv4 >> 16 & 255);
    if ((ipv4 >> 8 & 255) == 0)
        return format_string("2002:%x%02x:%x", ipv4 >> 24, ipv4 >> 16 & 255, ipv4 & 255);
    return format_string("2002:%x%02x:%x%02x", ipv4 >> 24, ipv4 >> 16 & 255, ipv4 >> 8 & 255,
                         ipv4 & 255);
}

/* The LAN's 2002:V4ADDR:N::1/64, N being not 0. */
static char *written_lan(uint32_t ipv4, unsigned int subnet)
{
    AUTO_FREE char *prefix = written_prefix(ipv4);

    return format_string("%s:%s%x::1/64", prefix, (ipv4 & 0xffff) == 0 ? "0:" : "", subnet);
}

static struct sixtofour site_of(const char *public_ipv4)
{
    struct sixtofour site;
    struct error e = {""};

    sixtofour_init(&site);
    CHECK(ipv4_parse_public(public_ipv4, &site.public_ipv4, &e) == 0, "%s", e.text);
    site.local_ipv4 = site.public_ipv4;
    return site;
}

static void set_relay(struct sixtofour *site, const char *relay)
{
    struct error e = {""};

    CHECK(relay_parse(relay, &site->relay, &e) == 0, "%s", e.text);
    site->has_relay = true;
}

static void add_lan(struct sixtofour *site, const char *link, uint64_t subnet)
{
    struct error e = {""};

    CHECK(sixtofour_add_lan(site, link, subnet, &e) == 0, "%s", e.text);
}

/* ---- arithmetic ---- */

static void check_arithmetic(uint32_t ipv4, unsigned int subnet)
{
    char text[INET_ADDRSTRLEN];
    struct sixtofour site = site_of(dotted(ipv4, text));
    AUTO_FREE char *prefix = written_prefix(ipv4);
    AUTO_FREE char *network = format_string("%s::/48", prefix);
    AUTO_FREE char *tunnel = format_string("%s::1/16", prefix);
    AUTO_FREE char *lan = written_lan(ipv4, subnet);
    struct prefix seen[3];

    add_lan(&site, "eth1", subnet);
    seen[0] = sixtofour_prefix(&site);
    seen[1] = sixtofour_tunnel_address(&site);
    seen[2] = sixtofour_lan_address(&site, &site.lans[0]);
    CHECK(prints_as(&seen[0], network), "%s", text);
    CHECK(prints_as(&seen[1], tunnel), "%s", text);
    CHECK(prints_as(&seen[2], lan), "%s, subnet %x", text, subnet);
    sixtofour_free(&site);
}

static void the_addresses_follow_from_the_public_one_as_rfc_3056_writes_them(void **state)
{
    static const uint32_t edges[] = {0x01000000, 0x01000001, 0x010000ff, 0x01000100, 0x0100ffff,
                                     0x01010000, 0x08080404, 0xc0000204, 0xdfffffff, 0xdfff0000};
    uint32_t seed = 2002;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
        check_arithmetic(edges[i], 1);
        check_arithmetic(edges[i], 0xffff);
    }
    for (int i = 0; i < 20000; i++) {
        uint32_t ipv4 = next_random(&seed);
        unsigned int subnet = next_random(&seed) >> 16;

        if (!block_of(ipv4) && subnet > 0)
            check_arithmetic(ipv4, subnet);
    }
}

static void subnet_0_is_the_first_one(void **state)
{
    struct sixtofour site = site_of("192.0.2.4");
    struct prefix address;

    (void)state;
    add_lan(&site, "eth1", 0);
    address = sixtofour_lan_address(&site, &site.lans[0]);
    assert_true(prints_as(&address, "2002:c000:204::1/64"));
    sixtofour_free(&site);
}

/* ---- values ---- */

static void check_public(uint32_t ipv4)
{
    const struct block *block = block_of(ipv4);
    char text[INET_ADDRSTRLEN];
    struct in_addr out;
    struct error e = {""};
    int result = ipv4_parse_public(dotted(ipv4, text), &out, &e);

    CHECK(result == (block ? -EINVAL : 0), "%s: %d", text, result);
    if (block)
        CHECK(strstr(e.text, block->reason) && strstr(e.text, text), "%s: %s", text, e.text);
    else
        CHECK(ntohl(out.s_addr) == ipv4, "%s", text);
}

static void the_public_address_is_outside_each_special_block_to_its_edge(void **state)
{
    uint32_t seed = 1;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        check_public(blocks[i].first);
        check_public(blocks[i].first + 1);
        check_public(blocks[i].last);
        if (blocks[i].first > 0)
            check_public(blocks[i].first - 1);
        if (blocks[i].last < UINT32_MAX)
            check_public(blocks[i].last + 1);
    }
    for (int i = 0; i < 20000; i++)
        check_public(next_random(&seed));
}

static void the_local_address_may_be_private_but_has_to_be_a_hosts(void **state)
{
    static const struct {
        const char *text;
        bool taken;
    } rows[] = {
        {"10.0.0.5", true},         {"192.168.1.2", true},     {"172.16.0.1", true},
        {"100.64.0.1", true},       {"169.254.1.1", true},     {"192.0.2.4", true},
        {"8.8.4.4", true},          {"1.0.0.0", true},         {"126.255.255.255", true},
        {"128.0.0.0", true},        {"223.255.255.255", true}, {"0.0.0.0", false},
        {"0.255.255.255", false},   {"127.0.0.1", false},      {"127.255.255.255", false},
        {"224.0.0.0", false},       {"239.1.2.3", false},      {"240.0.0.0", false},
        {"255.255.255.255", false}, {"10.0.0", false},         {"host", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in_addr out;
        struct error e = {""};
        int result = ipv4_parse_own(rows[i].text, &out, &e);

        CHECK(result == (rows[i].taken ? 0 : -EINVAL), "%s: %d", rows[i].text, result);
        CHECK(rows[i].taken || strstr(e.text, rows[i].text), "%s: %s", rows[i].text, e.text);
    }
}

static void a_relay_has_a_6to4_address_that_a_tunnel_leads_to(void **state)
{
    static const struct {
        const char *text;
        const char *refusal; /* NULL: it is taken */
    } rows[] = {
        {"2002:c633:6401::1", NULL},
        {"2002:c633:6401::", NULL},
        {"2002:c058:6301::", NULL},
        {"2002:c058:63ff:1:2:3:4:5", NULL},
        {"2001:db8::1", "not a 6to4 address"},
        {"2003::1", "not a 6to4 address"},
        {"::198.51.100.1", "not a 6to4 address"},
        {"fe80::1", "not a 6to4 address"},
        {"2002:a00:1::1", "private"},
        {"2002:7f00:1::1", "loopback"},
        {"2002:e000:1::1", "multicast"},
        {"2002::1", "this network"},
        {"198.51.100.1", "not an IPv6 address"},
        {"2002:c633:6401::1/64", "not an IPv6 address"},
        {"2002:c633:6401::1%eth0", "not an IPv6 address"},
        {"", "not an IPv6 address"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in6_addr out;
        struct error e = {""};
        int result = relay_parse(rows[i].text, &out, &e);

        CHECK(result == (rows[i].refusal ? -EINVAL : 0), "%s: %d", rows[i].text, result);
        CHECK(!rows[i].refusal || strstr(e.text, rows[i].refusal), "%s: %s", rows[i].text, e.text);
    }
}

static void no_relay_is_in_a_special_block_but_the_anycast_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        const uint32_t rows[] = {blocks[i].first, blocks[i].last};

        for (size_t j = 0; j < ARRAY_SIZE(rows); j++) {
            AUTO_FREE char *text = format_string("2002:%x:%x::1", rows[j] >> 16, rows[j] & 0xffff);
            struct in6_addr out;
            struct error e = {""};
            int result = relay_parse(text, &out, &e);

            CHECK(result == (i == ANYCAST ? 0 : -EINVAL), "%s: %d", text, result);
        }
    }
}

static void the_relays_ipv4_address_makes_the_gateway(void **state)
{
    struct sixtofour site = site_of("192.0.2.4");
    struct in6_addr wanted = address_of("::198.51.100.1");
    struct in6_addr gateway;

    (void)state;
    set_relay(&site, "2002:c633:6401:9:8:7:6:5");
    gateway = sixtofour_gateway(&site);
    assert_true(address_equal(&gateway, &wanted));
}

static void mtu_and_ttl_are_decimal_and_in_their_range(void **state)
{
    static const struct {
        int (*parse)(const char *text, unsigned int *out, struct error *e);
        const char *text;
        unsigned int value; /* 0: refused */
    } rows[] = {
        {tunnel_parse_mtu, "1280", 1280},   {tunnel_parse_mtu, "1480", 1480},
        {tunnel_parse_mtu, "65515", 65515}, {tunnel_parse_mtu, "1279", 0},
        {tunnel_parse_mtu, "65516", 0},     {tunnel_parse_mtu, "0x500", 0},
        {tunnel_parse_mtu, "", 0},          {tunnel_parse_mtu, "-1280", 0},
        {tunnel_parse_mtu, " 1280", 0},     {tunnel_parse_mtu, "18446744073709552896", 0},
        {tunnel_parse_ttl, "1", 1},         {tunnel_parse_ttl, "64", 64},
        {tunnel_parse_ttl, "255", 255},     {tunnel_parse_ttl, "0", 0},
        {tunnel_parse_ttl, "256", 0},       {tunnel_parse_ttl, "inherit", 0},
        {tunnel_parse_ttl, "64 ", 0},       {tunnel_parse_ttl, "+64", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned int value = 0;
        struct error e = {""};
        int result = rows[i].parse(rows[i].text, &value, &e);

        CHECK(result == (rows[i].value > 0 ? 0 : -EINVAL), "'%s': %d", rows[i].text, result);
        CHECK(value == rows[i].value, "'%s': %u", rows[i].text, value);
    }
}

/* ---- the site ---- */

static void a_link_and_a_subnet_are_a_lans_only_once(void **state)
{
    struct sixtofour site = site_of("192.0.2.4");
    struct error e = {""};

    (void)state;
    add_lan(&site, "eth1", 1);
    add_lan(&site, "eth2", 0xffff);
    assert_int_equal(sixtofour_add_lan(&site, "eth1", 3, &e), -EINVAL);
    assert_string_equal(e.text, "eth1 has a subnet already");
    assert_int_equal(sixtofour_add_lan(&site, "eth3", 0xffff, &e), -EINVAL);
    assert_string_equal(e.text, "subnet ffff is that of eth2 already");
    assert_int_equal(sixtofour_add_lan(&site, "eth3", 0x10000, &e), -ERANGE);
    assert_int_equal(sixtofour_add_lan(&site, "eth3", UINT64_MAX, &e), -ERANGE);
    add_lan(&site, "eth3", 3);
    assert_int_equal(site.lan_count, 3);
    sixtofour_free(&site);
}

static void a_site_is_judged_as_a_whole(void **state)
{
    struct sixtofour site = site_of("192.0.2.4");
    struct error e = {""};

    (void)state;
    set_relay(&site, "2002:c633:6401::1");
    add_lan(&site, "eth1", 1);
    assert_int_equal(sixtofour_judge(&site, &e), 0);
    set_relay(&site, "2002:c000:204:77::1");
    assert_int_equal(sixtofour_judge(&site, &e), -EINVAL);
    assert_string_equal(
        e.text,
        "2002:c000:204:77::1: the relay is in the site's own prefix: name another, or none");
    set_relay(&site, "2002:c000:205::1");
    add_lan(&site, SIXTOFOUR_DEVICE, 2);
    assert_int_equal(sixtofour_judge(&site, &e), -EINVAL);
    assert_string_equal(e.text, "lan.tun6to4: that is the tunnel itself");
    sixtofour_free(&site);
}

static void the_warnings_are_two_at_most(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    struct error e;

    (void)state;
    assert_false(sixtofour_warning(&site, 0, &e));
    set_relay(&site, "2002:c058:6301::");
    assert_true(sixtofour_warning(&site, 0, &e) && strstr(e.text, "RFC 7526"));
    assert_false(sixtofour_warning(&site, 1, &e));
    site.public_ipv4 = site_of("203.0.113.1").public_ipv4;
    assert_true(sixtofour_warning(&site, 0, &e) && strstr(e.text, "RFC 5737"));
    assert_true(sixtofour_warning(&site, 1, &e) && strstr(e.text, "RFC 7526"));
    assert_false(sixtofour_warning(&site, 2, &e));
}

/* ---- what is unreachable ---- */

static bool is_unreachable(const struct sixtofour *site, uint32_t ipv4)
{
    struct prefix target = prefix_6to4((struct in_addr){.s_addr = htonl(ipv4)});
    struct prefix prefix;

    for (size_t i = 0; sixtofour_unreachable(site, i, &prefix); i++)
        if (prefix_contains(&prefix, &target.address))
            return true;
    return false;
}

static void each_special_block_is_unreachable_and_nothing_else(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    struct prefix prefix;
    uint32_t seed = 3964;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++) {
        assert_true(sixtofour_unreachable(&site, i, &prefix));
        assert_true(prints_as(&prefix, blocks[i].prefix));
        assert_true(prefix_is_network(&prefix));
        assert_true(is_unreachable(&site, blocks[i].first));
        assert_true(is_unreachable(&site, blocks[i].last));
        assert_int_equal(is_unreachable(&site, blocks[i].first - 1),
                         block_of(blocks[i].first - 1) != NULL);
        assert_int_equal(is_unreachable(&site, blocks[i].last + 1),
                         block_of(blocks[i].last + 1) != NULL);
    }
    assert_false(sixtofour_unreachable(&site, ARRAY_SIZE(blocks), &prefix));
    for (int i = 0; i < 20000; i++) {
        uint32_t ipv4 = next_random(&seed);

        CHECK(is_unreachable(&site, ipv4) == (block_of(ipv4) != NULL), "%x", ipv4);
    }
}

static void the_anycast_relay_is_reachable_for_who_asks_for_it(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    struct prefix prefix;

    (void)state;
    set_relay(&site, "2002:c058:6301::");
    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
        assert_int_equal(is_unreachable(&site, blocks[i].first), i != ANYCAST);
    assert_true(sixtofour_unreachable(&site, ARRAY_SIZE(blocks) - 2, &prefix));
    assert_false(sixtofour_unreachable(&site, ARRAY_SIZE(blocks) - 1, &prefix));
}

/* ---- [6to4] ---- */

static void the_section_has_a_key_for_each_part_of_the_site(void **state)
{
    struct config config = parse("[6to4]\n"
                                 "public_ipv4 = 192.0.2.4\n"
                                 "local_ipv4 = 10.0.0.5\n"
                                 "device = six\n"
                                 "mtu = 1472\n"
                                 "ttl = 255\n"
                                 "relay = 2002:c633:6401::1\n"
                                 "lan.eth1 = 1f\n"
                                 "lan.eth0.5 = 0\n");
    struct in6_addr relay = address_of("2002:c633:6401::1");
    struct sixtofour site;
    struct error e = {""};

    (void)state;
    CHECK(sixtofour_read(&config, &site, &e) == 0, "%s", e.text);
    assert_int_equal(ntohl(site.public_ipv4.s_addr), 0xc0000204);
    assert_int_equal(ntohl(site.local_ipv4.s_addr), 0x0a000005);
    assert_string_equal(site.device, "six");
    assert_int_equal(site.mtu, 1472);
    assert_int_equal(site.ttl, 255);
    assert_true(site.has_relay && address_equal(&site.relay, &relay));
    assert_int_equal(site.lan_count, 2);
    assert_string_equal(site.lans[0].link, "eth1");
    assert_int_equal(site.lans[0].subnet, 0x1f);
    assert_string_equal(site.lans[1].link, "eth0.5");
    assert_int_equal(site.lans[1].subnet, 0);
    sixtofour_free(&site);
    config_free(&config);
}

static void the_public_address_is_enough(void **state)
{
    struct config config = parse("[6to4]\npublic_ipv4=192.0.2.4\n");
    struct sixtofour site;
    struct error e = {""};

    (void)state;
    CHECK(sixtofour_read(&config, &site, &e) == 0, "%s", e.text);
    assert_int_equal(site.local_ipv4.s_addr, site.public_ipv4.s_addr);
    assert_string_equal(site.device, "tun6to4");
    assert_int_equal(site.mtu, 1280);
    assert_int_equal(site.ttl, 64);
    assert_false(site.has_relay);
    assert_int_equal(site.lan_count, 0);
    sixtofour_free(&site);
    config_free(&config);
}

static void without_the_section_there_is_no_site(void **state)
{
    struct config config = parse("ipv6_gateway_addr[a]=2001:db8::1/64\n");
    struct sixtofour site;
    struct error e = {""};

    (void)state;
    assert_int_equal(sixtofour_read(&config, &site, &e), -ENOENT);
    assert_string_equal(e.text, "ipv6.cfg: no section [6to4]: write one with public_ipv4");
    sixtofour_free(&site);
    assert_int_equal(sixtofour_check(&config, &config.diagnostics, &e), 0);
    assert_int_equal(config.diagnostics.count, 0);
    config_free(&config);
}

#define PUBLIC "[6to4]\npublic_ipv4 = 8.8.4.4\n"

static void a_mistake_in_the_section_is_told_with_its_line(void **state)
{
    static const struct {
        const char *text;
        unsigned int line;
        const char *words;
    } rows[] = {
        {"; none\n[6to4]\nmtu = 1280\n", 2, "no public_ipv4"},
        {"[6to4]\npublic_ipv4 = 10.0.0.1\n", 2, "private"},
        {"[6to4]\n\npublic_ipv4 = 192.0.2\n", 3, "not an IPv4 address"},
        {PUBLIC "local_ipv4 = 127.0.0.1\n", 3, "loopback"},
        {PUBLIC "device = a/b\n", 3, "cannot be the name of a link"},
        {PUBLIC "device = sixteen-letters-\n", 3, "cannot be the name of a link"},
        {PUBLIC "ttl = 64\nmtu = 1279\n", 4, "not a number from 1280 to 65515"},
        {PUBLIC "ttl = 0\n", 3, "not a number from 1 to 255"},
        {PUBLIC "relay = 2001:db8::1\n", 3, "not a 6to4 address"},
        {PUBLIC "relay = 2002:808:404:1::1\n", 1, "own prefix"},
        {PUBLIC "lan.tun6to4 = 1\n", 1, "the tunnel itself"},
        {PUBLIC "lan.eth1 = 1\nlan.eth2 = 1\n", 4, "that of eth1 already"},
        {PUBLIC "lan.eth1 = 10000\n", 3, "ffff at most"},
        {PUBLIC "lan.eth1 = x\n", 3, "hexadecimal"},
        {PUBLIC "lan = 1\n", 3, "lan"},
        {PUBLIC "lan. = 1\n", 3, "lan."},
        {PUBLIC "lan.eth1 =\n", 3, "no value"},
        {PUBLIC "public_ipv4 = 8.8.4.5\n", 3, "public_ipv4"},
        {PUBLIC "subnet = 1\n", 3, "subnet"},
        {PUBLIC "color = red\n", 3, "color"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO_FREE char *place = format_string("ipv6.cfg:%u: ", rows[i].line);
        struct config config = parse(rows[i].text);
        struct sixtofour site;
        struct error e = {""};
        int result = sixtofour_read(&config, &site, &e);

        CHECK(result == -EINVAL, "%s: %d", rows[i].text, result);
        CHECK(strncmp(e.text, place, strlen(place)) == 0 && strstr(e.text, rows[i].words),
              "%s--- is: %s\n--- wanted: %s%s", rows[i].text, e.text, place, rows[i].words);
        sixtofour_free(&site);
        config_free(&config);
    }
}

static void a_domus_mistake_is_not_the_sites(void **state)
{
    struct config config = parse("[domu a]\nipv6_gateway_addr = ff02::1\n" PUBLIC);
    struct sixtofour site;
    struct error e = {""};

    (void)state;
    CHECK(sixtofour_read(&config, &site, &e) == 0, "%s", e.text);
    sixtofour_free(&site);
    config_free(&config);
}

static void check_tells_of_the_sites_warnings(void **state)
{
    static const struct expected expected[] = {
        {2, "[6to4]", "RFC 5737"}, {2, "[6to4]", "RFC 7526"}, {0, NULL, NULL}};
    struct config config = parse("\n[6to4]\npublic_ipv4 = 192.0.2.4\nrelay = 2002:c058:6301::\n");
    struct error e = {""};

    (void)state;
    assert_int_equal(sixtofour_check(&config, &config.diagnostics, &e), 0);
    assert_true(says(&config.diagnostics, DIAGNOSTIC_WARNING, expected));
    config_free(&config);
}

/* ---- formats ---- */

#define UNREACHABLE(before, behind)                                                                \
    before "2002::/24" behind before "2002:a00::/24" behind before "2002:6440::/26" behind before  \
           "2002:7f00::/24" behind before "2002:a9fe::/32" behind before                           \
           "2002:ac10::/28" behind before "2002:c000::/40" behind before                           \
           "2002:c058:6300::/40" behind before "2002:c0a8::/32" behind before                      \
           "2002:c612::/31" behind before "2002:e000::/20" behind before "2002:f000::/20" behind
#define UP     UNREACHABLE("    up ip -6 route add unreachable ", "\n")
#define DOWN   UNREACHABLE("    down ip -6 route del unreachable ", "\n")
#define ROUTES UNREACHABLE("[Route]\nDestination=", "\nType=unreachable\n")

static char *print_site(const char *format, const struct sixtofour *site)
{
    char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    assert_non_null(out);
    sixtofour_format_find(format)->print(site, out);
    fclose(out);
    return printed;
}

/* Behind a NAT gateway, with all that can be said. */
static struct sixtofour full_site(void)
{
    struct sixtofour site = site_of("192.0.2.4");

    site.local_ipv4.s_addr = htonl(0x0a000005);
    site.mtu = 1472;
    site.ttl = 255;
    strcpy(site.device, "six");
    set_relay(&site, "2002:c633:6401::1");
    add_lan(&site, "eth1", 0x1f);
    add_lan(&site, "xenbr0", 0xa);
    return site;
}

static void ifupdown_gets_a_tunnel_to_anywhere(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    AUTO_FREE char *printed = print_site("ifupdown", &site);

    (void)state;
    assert_string_equal(
        printed,
        "# 6to4 of 8.8.4.4, 2002:808:404::/48, by vif-route-ipv6 6to4 interfaces.\n"
        "# To forward: net.ipv6.conf.all.forwarding=1 in /etc/sysctl.d, after accept_ra=2 for an\n"
        "# uplink whose default route comes from router advertisements.\n"
        "# /etc/network/interfaces.d/tun6to4\n"
        "auto tun6to4\n"
        "iface tun6to4 inet6 v4tunnel\n"
        "    address 2002:808:404::1/16\n"
        "    endpoint any\n"
        "    local 8.8.4.4\n"
        "    ttl 64\n"
        "    mtu 1280\n"
        "    # IPv4 addresses that are not global (RFC 3964).\n" UP DOWN);
    sixtofour_free(&site);
}

static void ifupdown_gets_the_relay_the_address_behind_nat_and_the_lans(void **state)
{
    struct sixtofour site = full_site();
    AUTO_FREE char *printed = print_site("ifupdown", &site);

    (void)state;
    assert_string_equal(
        printed,
        "# 6to4 of 192.0.2.4, 2002:c000:204::/48, by vif-route-ipv6 6to4 interfaces.\n"
        "# To forward: net.ipv6.conf.all.forwarding=1 in /etc/sysctl.d, after accept_ra=2 for an\n"
        "# uplink whose default route comes from router advertisements.\n"
        "# To announce the LANs' networks on them: radvd or dnsmasq.\n"
        "# /etc/network/interfaces.d/six\n"
        "auto six\n"
        "iface six inet6 v4tunnel\n"
        "    address 2002:c000:204::1/16\n"
        "    endpoint any\n"
        "    local 10.0.0.5\n"
        "    ttl 255\n"
        "    mtu 1472\n"
        "    # The relay 2002:c633:6401::1, as Linux's tunnel wants it.\n"
        "    gateway ::198.51.100.1\n"
        "    # IPv4 addresses that are not global (RFC 3964).\n" UP DOWN "\n"
        "auto eth1\n"
        "iface eth1 inet6 static\n"
        "    address 2002:c000:204:1f::1/64\n"
        "\n"
        "auto xenbr0\n"
        "iface xenbr0 inet6 static\n"
        "    address 2002:c000:204:a::1/64\n");
    sixtofour_free(&site);
}

static void networkd_gets_a_device_and_its_network(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    AUTO_FREE char *printed = print_site("networkd", &site);

    (void)state;
    assert_string_equal(
        printed,
        "# 6to4 of 8.8.4.4, 2002:808:404::/48, by vif-route-ipv6 6to4 interfaces.\n"
        "# To forward: net.ipv6.conf.all.forwarding=1 in /etc/sysctl.d, after accept_ra=2 for an\n"
        "# uplink whose default route comes from router advertisements.\n"
        "\n"
        "# /etc/systemd/network/30-tun6to4.netdev\n"
        "[NetDev]\n"
        "Name=tun6to4\n"
        "Kind=sit\n"
        "MTUBytes=1280\n"
        "\n"
        "[Tunnel]\n"
        "Independent=yes\n"
        "Local=8.8.4.4\n"
        "Remote=any\n"
        "TTL=64\n"
        "\n"
        "# /etc/systemd/network/30-tun6to4.network\n"
        "[Match]\n"
        "Name=tun6to4\n"
        "\n"
        "[Network]\n"
        "Address=2002:808:404::1/16\n"
        "\n"
        "# IPv4 addresses that are not global (RFC 3964).\n" ROUTES);
    sixtofour_free(&site);
}

static void networkd_gets_the_relay_and_a_file_for_each_lan(void **state)
{
    struct sixtofour site = full_site();
    AUTO_FREE char *printed = print_site("networkd", &site);

    (void)state;
    assert_string_equal(
        printed,
        "# 6to4 of 192.0.2.4, 2002:c000:204::/48, by vif-route-ipv6 6to4 interfaces.\n"
        "# To forward: net.ipv6.conf.all.forwarding=1 in /etc/sysctl.d, after accept_ra=2 for an\n"
        "# uplink whose default route comes from router advertisements.\n"
        "# To announce the LANs' networks on them: radvd or dnsmasq.\n"
        "\n"
        "# /etc/systemd/network/30-six.netdev\n"
        "[NetDev]\n"
        "Name=six\n"
        "Kind=sit\n"
        "MTUBytes=1472\n"
        "\n"
        "[Tunnel]\n"
        "Independent=yes\n"
        "Local=10.0.0.5\n"
        "Remote=any\n"
        "TTL=255\n"
        "\n"
        "# /etc/systemd/network/30-six.network\n"
        "[Match]\n"
        "Name=six\n"
        "\n"
        "[Network]\n"
        "Address=2002:c000:204::1/16\n"
        "\n"
        "[Route]\n"
        "# The relay 2002:c633:6401::1, as Linux's tunnel wants it.\n"
        "Gateway=::198.51.100.1\n"
        "GatewayOnLink=yes\n"
        "\n"
        "# IPv4 addresses that are not global (RFC 3964).\n" ROUTES "\n"
        "# /etc/systemd/network/30-eth1.network\n"
        "# networkd takes the first file that matches: if there is one, add this to it.\n"
        "[Match]\n"
        "Name=eth1\n"
        "\n"
        "[Network]\n"
        "IPv6AcceptRA=no\n"
        "Address=2002:c000:204:1f::1/64\n"
        "\n"
        "# /etc/systemd/network/30-xenbr0.network\n"
        "# networkd takes the first file that matches: if there is one, add this to it.\n"
        "[Match]\n"
        "Name=xenbr0\n"
        "\n"
        "[Network]\n"
        "IPv6AcceptRA=no\n"
        "Address=2002:c000:204:a::1/64\n");
    sixtofour_free(&site);
}

static void an_anycast_relay_is_the_gateway_and_not_unreachable(void **state)
{
    struct sixtofour site = site_of("8.8.4.4");
    AUTO_FREE char *printed = NULL;

    (void)state;
    set_relay(&site, "2002:c058:6301::");
    printed = print_site("ifupdown", &site);
    assert_non_null(strstr(printed, "gateway ::192.88.99.1\n"));
    assert_null(strstr(printed, "2002:c058:6300::/40"));
}

static void a_format_is_known_by_its_name_alone(void **state)
{
    (void)state;
    assert_non_null(sixtofour_format_find("ifupdown"));
    assert_non_null(sixtofour_format_find("networkd"));
    assert_null(sixtofour_format_find("network"));
    assert_null(sixtofour_format_find("Networkd"));
    assert_null(sixtofour_format_find("netplan"));
    assert_null(sixtofour_format_find(""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_addresses_follow_from_the_public_one_as_rfc_3056_writes_them),
        cmocka_unit_test(subnet_0_is_the_first_one),
        cmocka_unit_test(the_public_address_is_outside_each_special_block_to_its_edge),
        cmocka_unit_test(the_local_address_may_be_private_but_has_to_be_a_hosts),
        cmocka_unit_test(a_relay_has_a_6to4_address_that_a_tunnel_leads_to),
        cmocka_unit_test(no_relay_is_in_a_special_block_but_the_anycast_one),
        cmocka_unit_test(the_relays_ipv4_address_makes_the_gateway),
        cmocka_unit_test(mtu_and_ttl_are_decimal_and_in_their_range),
        cmocka_unit_test(a_link_and_a_subnet_are_a_lans_only_once),
        cmocka_unit_test(a_site_is_judged_as_a_whole),
        cmocka_unit_test(the_warnings_are_two_at_most),
        cmocka_unit_test(each_special_block_is_unreachable_and_nothing_else),
        cmocka_unit_test(the_anycast_relay_is_reachable_for_who_asks_for_it),
        cmocka_unit_test(the_section_has_a_key_for_each_part_of_the_site),
        cmocka_unit_test(the_public_address_is_enough),
        cmocka_unit_test(without_the_section_there_is_no_site),
        cmocka_unit_test(a_mistake_in_the_section_is_told_with_its_line),
        cmocka_unit_test(a_domus_mistake_is_not_the_sites),
        cmocka_unit_test(check_tells_of_the_sites_warnings),
        cmocka_unit_test(ifupdown_gets_a_tunnel_to_anywhere),
        cmocka_unit_test(ifupdown_gets_the_relay_the_address_behind_nat_and_the_lans),
        cmocka_unit_test(networkd_gets_a_device_and_its_network),
        cmocka_unit_test(networkd_gets_the_relay_and_a_file_for_each_lan),
        cmocka_unit_test(an_anycast_relay_is_the_gateway_and_not_unreachable),
        cmocka_unit_test(a_format_is_known_by_its_name_alone),
    };

    return cmocka_run_group_tests_name("6to4", tests, NULL, NULL);
}
