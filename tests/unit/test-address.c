/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv6 addresses and prefixes: what is read, how it is printed, and how they lie to each other. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

static void every_spelling_of_an_address_is_read_and_printed_in_the_one_of_rfc_5952(void **state)
{
    static const struct {
        const char *text;
        const char *printed;
    } rows[] = {
        {"2001:db8::1", "2001:db8::1"},
        {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
        {"2001:DB8::ABCD", "2001:db8::abcd"},
        {"2001:db8:0:1:0:0:0:1", "2001:db8:0:1::1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},          /* the longest run of zeros shrinks, */
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},    /* the first of two equal ones, */
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, /* and never a single one */
        {"::", "::"},
        {"::1", "::1"},
        {"fe80::1", "fe80::1"},
        {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
        {"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char buffer[INET6_ADDRSTRLEN];
        struct in6_addr address;
        struct error e = {""};

        CHECK(address_parse(rows[i].text, &address, &e) == 0, "%s: %s", rows[i].text, e.text);
        assert_string_equal(address_print(&address, buffer), rows[i].printed);
    }
}

static void what_is_no_address_is_refused_and_quoted(void **state)
{
    static const char *const rows[] = {
        "",
        "1",
        "2001:db8::1%eth0",
        "2001:db8::1/64",
        " 2001:db8::1",
        "2001:db8::1 ",
        "2001:db8:::1",
        "2001:db8::1::2",
        "2001:db8:1",
        "12345::1",
        "2001:db8::g",
        "192.0.2.1",
        "[2001:db8::1]",
        "::256.1.1.1",
        "1:2:3:4:5:6:7:8:9",
        ":1",
        "1:",
        "2001:db8::1\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in6_addr address;
        struct error e = {""};

        CHECK(address_parse(rows[i], &address, &e) == -EINVAL, "'%s' was read", rows[i]);
        CHECK(strstr(e.text, rows[i]), "'%s' is not in: %s", rows[i], e.text);
        CHECK(address_parse(rows[i], &address, NULL) == -EINVAL, "'%s' without a text", rows[i]);
    }
}

static void a_prefix_has_its_own_length_or_the_default_one(void **state)
{
    static const struct {
        const char *text;
        int default_length;
        const char *printed; /* NULL: refused */
    } rows[] = {
        {"2001:db8::1", 64, "2001:db8::1/64"},
        {"2001:db8::1", 48, "2001:db8::1/48"},
        {"2001:db8::1", 0, "2001:db8::1/0"},
        {"2001:db8::1", -1, NULL},
        {"2001:db8::1/56", 64, "2001:db8::1/56"},
        {"2001:db8::1/56", -1, "2001:db8::1/56"},
        {"::/0", 64, "::/0"},
        {"2001:db8::1/128", 64, "2001:db8::1/128"},
        {"2001:db8::1/129", 64, NULL},
        {"2001:db8::1/", 64, NULL},
        {"2001:db8::1/64/64", 64, NULL},
        {"2001:db8::1/064", 64, NULL},
        {"2001:db8::1/00", 64, NULL},
        {"2001:db8::1/+64", 64, NULL},
        {"2001:db8::1/-1", 64, NULL},
        {"2001:db8::1/ 64", 64, NULL},
        {"2001:db8::1/64 ", 64, NULL},
        {"2001:db8::1 /64", 64, NULL},
        {"2001:db8::1/0x40", 64, NULL},
        {"2001:db8::1/4294967360", 64, NULL}, /* 64 modulo 2^32 */
        {"2001:db8::1/320", 64, NULL},        /* 64 modulo 2^8 */
        {"2001:db8::1/ffff:ffff::", 64, NULL},
        {"/64", 64, NULL},
        {"", 64, NULL},
        {"0000:0000:0000:0000:0000:0000:255.255.255.255/64", 64, "::255.255.255.255/64"},
        {"0000:0000:0000:0000:0000:0000:0255.255.255.255/64", 64, NULL},
        {"2001:db8::1                                                      /64", 64, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix prefix;
        struct error e = {""};
        int result = prefix_parse(rows[i].text, rows[i].default_length, &prefix, &e);

        CHECK(result == (rows[i].printed ? 0 : -EINVAL), "'%s': %d %s", rows[i].text, result,
              e.text);
        if (rows[i].printed)
            CHECK(prints_as(&prefix, rows[i].printed), "'%s'", rows[i].text);
        else
            CHECK(e.text[0] && strstr(e.text, rows[i].text), "'%s': %s", rows[i].text, e.text);
    }
}

static void prefixes_are_equal_only_with_the_same_length(void **state)
{
    struct prefix a = prefix_of("2001:db8::1/64");
    struct prefix same = prefix_of("2001:db8:0::1/64");
    struct prefix longer = prefix_of("2001:db8::1/65");
    struct prefix other = prefix_of("2001:db8::2/64");

    (void)state;
    assert_true(prefix_equal(&a, &same));
    assert_false(prefix_equal(&a, &longer));
    assert_false(prefix_equal(&a, &other));
    assert_true(address_equal(&a.address, &longer.address));
    assert_false(address_equal(&a.address, &other.address));
}

static void prefixes_sort_by_address_and_the_wider_comes_first(void **state)
{
    static const char *const sorted[] = {
        "::/0",     "2001:db8::/32", "2001:db8::/48", "2001:db8::1/128", "2001:db8:1::/48",
        "fe80::/10"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
        for (size_t j = 0; j < ARRAY_SIZE(sorted); j++) {
            struct prefix a = prefix_of(sorted[i]);
            struct prefix b = prefix_of(sorted[j]);
            int order = prefix_compare(&a, &b);

            CHECK((order > 0) - (order < 0) == (i > j) - (i < j), "%s %s: %d", sorted[i], sorted[j],
                  order);
        }
}

static void a_network_has_no_host_bits_at_any_length(void **state)
{
    struct prefix ones = prefix_of("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128");

    (void)state;
    for (unsigned int length = 0; length <= 128; length++) {
        struct prefix network;

        ones.length = (uint8_t)length;
        network = prefix_network(&ones);
        assert_int_equal(network.length, length);
        for (unsigned int bit = 0; bit < 128; bit++) {
            bool set = network.address.s6_addr[bit / 8] >> (7 - bit % 8) & 1;

            CHECK(set == (bit < length), "bit %u of a /%u", bit, length);
        }
        assert_true(prefix_is_network(&network));
        CHECK(prefix_is_network(&ones) == (length == 128), "/%u", length);
    }
}

static void a_prefix_contains_what_shares_its_leading_bits(void **state)
{
    static const struct {
        const char *prefix;
        const char *address;
        bool contained;
    } rows[] = {
        {"2001:db8:0:1::/64", "2001:db8:0:1::", true},
        {"2001:db8:0:1::/64", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
        {"2001:db8:0:1::/64", "2001:db8:0:2::", false},
        {"2001:db8:0:1::/64", "2001:db8::ffff:ffff:ffff:ffff", false},
        {"2001:db8:0:1::99/64", "2001:db8:0:1::1", true}, /* host bits of the prefix do not count */
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"::/0", "ffff::1", true},
        {"2001:db8::1/128", "2001:db8::1", true},
        {"2001:db8::1/128", "2001:db8::", false},
        {"2001:db8::/127", "2001:db8::1", true},
        {"2001:db8::/127", "2001:db8::2", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix prefix = prefix_of(rows[i].prefix);
        struct in6_addr address = address_of(rows[i].address);

        CHECK(prefix_contains(&prefix, &address) == rows[i].contained, "%s %s", rows[i].prefix,
              rows[i].address);
    }
}

static void prefixes_overlap_when_the_wider_contains_the_other(void **state)
{
    static const struct {
        const char *a;
        const char *b;
        bool overlap;
    } rows[] = {
        {"2001:db8::1/64", "2001:db8::2/64", true},
        {"2001:db8::1/48", "2001:db8:0:ffff::1/64", true},
        {"2001:db8::1/48", "2001:db8:1::1/64", false},
        {"2001:db8::1/64", "2001:db8:0:1::1/64", false},
        {"2001:db8::1/63", "2001:db8:0:1::1/64", true},
        {"2001:db8::1/128", "2001:db8::2/128", false},
        {"::/0", "2001:db8::1/128", true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix a = prefix_of(rows[i].a);
        struct prefix b = prefix_of(rows[i].b);

        CHECK(prefix_overlap(&a, &b) == rows[i].overlap, "%s %s", rows[i].a, rows[i].b);
        CHECK(prefix_overlap(&b, &a) == rows[i].overlap, "%s %s", rows[i].b, rows[i].a);
    }
}

static void link_local_is_fe80_slash_10(void **state)
{
    static const struct {
        const char *address;
        bool link_local;
    } rows[] = {
        {"fe80::1", true},  {"febf:ffff::1", true}, {"fec0::1", false},
        {"fe7f::1", false}, {"fd00::1", false},     {"2001:db8::1", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in6_addr address = address_of(rows[i].address);

        CHECK(address_is_link_local(&address) == rows[i].link_local, "%s", rows[i].address);
    }
}

static void multicast_unspecified_loopback_and_v4_mapped_are_refused_with_their_name(void **state)
{
    static const struct {
        const char *address;
        const char *reason; /* a word of it; NULL: not refused */
    } rows[] = {
        {"::", "unspecified"},
        {"::1", "loopback"},
        {"ff02::1", "multicast"},
        {"ff00::", "multicast"},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "multicast"},
        {"::ffff:192.0.2.1", "IPv4-mapped"},
        {"::2", NULL},
        {"2001:db8::1", NULL},
        {"2002:c000:204::1", NULL},
        {"fe80::1", NULL},
        {"fd00::1", NULL},
        {"feff::1", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in6_addr address = address_of(rows[i].address);
        const char *reason = address_refusal(&address);

        CHECK(!reason == !rows[i].reason, "%s: %s", rows[i].address, reason ? reason : "accepted");
        if (rows[i].reason)
            CHECK(strstr(reason, rows[i].reason), "%s: %s", rows[i].address, reason);
    }
}

static void a_subnet_number_lands_in_front_of_the_host_part(void **state)
{
    static const struct {
        const char *prefix;
        uint64_t number;
        const char *gateway; /* NULL: it does not fit */
    } rows[] = {
        {"2001:db8::/48", 0x1f, "2001:db8:0:1f::1/64"},
        {"2001:db8::/48", 0, "2001:db8::1/64"},
        {"2001:db8::/48", 0xffff, "2001:db8:0:ffff::1/64"},
        {"2001:db8::/48", 0x10000, NULL},
        {"2001:db8::/56", 0xff, "2001:db8:0:ff::1/64"},
        {"2001:db8::/56", 0x100, NULL},
        {"2001:db8:0:a0::/60", 0xf, "2001:db8:0:af::1/64"},
        {"2001:db8:0:a0::/60", 0x10, NULL},
        {"2001:db8:0:4::/63", 1, "2001:db8:0:5::1/64"},
        {"2001:db8:0:4::/63", 2, NULL},
        {"2001:db8:0:4::/64", 0, "2001:db8:0:4::1/64"},
        {"2001:db8:0:4::/64", 1, NULL},
        {"2001:db8::/32", 0xffffffff, "2001:db8:ffff:ffff::1/64"},
        {"2001:db8::/32", 0x100000000, NULL},
        {"2000::/3", 0x1fffffffffffffff, "3fff:ffff:ffff:ffff::1/64"},
        {"2000::/3", 0x2000000000000000, NULL},
        {"2001:db8::/48", UINT64_MAX, NULL},
        {"2002:c000:204::/48", 1, "2002:c000:204:1::1/64"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix prefix = prefix_of(rows[i].prefix);
        struct prefix gateway;
        int result = prefix_subnet(&prefix, rows[i].number, &gateway);

        CHECK(result == (rows[i].gateway ? 0 : -ERANGE), "%s %llx: %d", rows[i].prefix,
              (unsigned long long)rows[i].number, result);
        if (rows[i].gateway)
            CHECK(prints_as(&gateway, rows[i].gateway), "%s", rows[i].prefix);
    }
}

static void the_6to4_prefix_holds_the_ipv4_address(void **state)
{
    struct prefix prefix = prefix_6to4((struct in_addr){.s_addr = htonl(0xc0000204)});

    (void)state;
    assert_true(prints_as(&prefix, "2002:c000:204::/48"));
    assert_true(prefix_is_network(&prefix));
}

static void ipv4_is_read_printed_and_told_apart_as_a_mapped_prefix(void **state)
{
    static const struct {
        const char *text;
        const char *printed; /* NULL: refused */
        bool ipv4;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1/32", true},
        {"192.0.2.0/24", "192.0.2.0/24", true},
        {"0.0.0.0/0", "0.0.0.0/0", true},
        {"255.255.255.255/32", "255.255.255.255/32", true},
        {"2001:db8::1", "2001:db8::1/128", false},
        {"2001:db8::/48", "2001:db8::/48", false},
        {"192.0.2.1/33", NULL, false},
        {"192.0.2.1/", NULL, false},
        {"192.0.2.1/08", NULL, false},
        {"192.0.2.256", NULL, false},
        {"192.0.2.00000000000001", NULL, false},
        {"2001:db8::/129", NULL, false},
        {"web", NULL, false},
        {"", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct prefix prefix;
        struct error e = {""};
        int result = prefix_parse_any(rows[i].text, &prefix, &e);

        CHECK(result == (rows[i].printed ? 0 : -EINVAL), "'%s': %d %s", rows[i].text, result,
              e.text);
        if (!rows[i].printed)
            continue;
        CHECK(prints_as(&prefix, rows[i].printed), "'%s'", rows[i].text);
        CHECK(prefix_is_ipv4(&prefix) == rows[i].ipv4, "'%s'", rows[i].text);
    }
}

static void an_ipv4_address_comes_back_out_of_its_mapped_prefix(void **state)
{
    struct in_addr address = {.s_addr = htonl(0xc0000204)};
    struct prefix prefix = prefix_from_ipv4(address, 24);
    struct prefix network = prefix_network(&prefix);

    (void)state;
    assert_int_equal(prefix_to_ipv4(&prefix.address).s_addr, address.s_addr);
    assert_true(prints_as(&prefix, "192.0.2.4/24"));
    assert_true(prints_as(&network, "192.0.2.0/24"));
    prefix.length = 95; /* wider than all of IPv4, so it is none */
    assert_false(prefix_is_ipv4(&prefix));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_an_address_is_read_and_printed_in_the_one_of_rfc_5952),
        cmocka_unit_test(what_is_no_address_is_refused_and_quoted),
        cmocka_unit_test(a_prefix_has_its_own_length_or_the_default_one),
        cmocka_unit_test(prefixes_are_equal_only_with_the_same_length),
        cmocka_unit_test(prefixes_sort_by_address_and_the_wider_comes_first),
        cmocka_unit_test(a_network_has_no_host_bits_at_any_length),
        cmocka_unit_test(a_prefix_contains_what_shares_its_leading_bits),
        cmocka_unit_test(prefixes_overlap_when_the_wider_contains_the_other),
        cmocka_unit_test(link_local_is_fe80_slash_10),
        cmocka_unit_test(multicast_unspecified_loopback_and_v4_mapped_are_refused_with_their_name),
        cmocka_unit_test(a_subnet_number_lands_in_front_of_the_host_part),
        cmocka_unit_test(the_6to4_prefix_holds_the_ipv4_address),
        cmocka_unit_test(ipv4_is_read_printed_and_told_apart_as_a_mapped_prefix),
        cmocka_unit_test(an_ipv4_address_comes_back_out_of_its_mapped_prefix),
    };

    return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
