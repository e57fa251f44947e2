/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 addresses: what is read, and which ones can be nobody's public address. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/ipv4.h"

static struct in_addr ipv4_of(const char *text)
{
    struct in_addr address;
    struct error e = {""};

    CHECK(ipv4_parse(text, &address, &e) == 0, "the test's own '%s': %s", text, e.text);
    return address;
}

static void dotted_decimals_are_read(void **state)
{
    (void)state;
    assert_int_equal(ntohl(ipv4_of("192.0.2.4").s_addr), 0xc0000204);
    assert_int_equal(ntohl(ipv4_of("0.0.0.0").s_addr), 0);
    assert_int_equal(ntohl(ipv4_of("255.255.255.255").s_addr), 0xffffffff);
}

static void what_is_no_ipv4_address_is_refused_and_quoted(void **state)
{
    static const char *const rows[] = {
        "",           "1",          "192.0.2",     "192.0.2.4.5",  "192.0.2.256", "192.0.2.04",
        "0xc0000204", " 192.0.2.4", "192.0.2.4 ",  "192.0.2.4/24", "192.0.2.-1",  "192.0.2.a",
        "::1",        "192..2.4",   "192.0.2.4\n", "3221225988",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in_addr address;
        struct error e = {""};

        CHECK(ipv4_parse(rows[i], &address, &e) == -EINVAL, "'%s' was read", rows[i]);
        CHECK(e.text[0] && strstr(e.text, rows[i]), "'%s' is not in: %s", rows[i], e.text);
    }
}

/* Each block by its first and its last address, and by its neighbours on both sides. */
static void special_purpose_addresses_are_refused_to_the_edge_of_their_block(void **state)
{
    static const struct {
        const char *before; /* a neighbour that can be public; NULL: another block is there */
        const char *first;
        const char *last;
        const char *behind;
        const char *reason;
    } rows[] = {
        {NULL, "0.0.0.0", "0.255.255.255", "1.0.0.0", "this network"},
        {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0", "private"},
        {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0", "shared"},
        {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0", "loopback"},
        {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0", "link-local"},
        {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0", "private"},
        {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0", "IETF"},
        {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0", "anycast"},
        {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0", "private"},
        {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0", "benchmarking"},
        {"223.255.255.255", "224.0.0.0", "239.255.255.255", NULL, "multicast"},
        {NULL, "240.0.0.0", "255.255.255.255", NULL, "reserved"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const char *first = ipv4_refusal(ipv4_of(rows[i].first));
        const char *last = ipv4_refusal(ipv4_of(rows[i].last));

        CHECK(first && strstr(first, rows[i].reason), "%s", rows[i].first);
        CHECK(last && strstr(last, rows[i].reason), "%s", rows[i].last);
        if (rows[i].before)
            CHECK(!ipv4_refusal(ipv4_of(rows[i].before)), "%s", rows[i].before);
        if (rows[i].behind)
            CHECK(!ipv4_refusal(ipv4_of(rows[i].behind)), "%s", rows[i].behind);
    }
}

static void documentation_addresses_are_not_refused_but_known(void **state)
{
    static const struct {
        const char *address;
        bool documentation;
    } rows[] = {
        {"192.0.2.0", true},      {"192.0.2.255", true},    {"192.0.1.255", false},
        {"192.0.3.0", false},     {"198.51.100.0", true},   {"198.51.100.255", true},
        {"198.51.99.255", false}, {"198.51.101.0", false},  {"203.0.113.0", true},
        {"203.0.113.255", true},  {"203.0.112.255", false}, {"203.0.114.0", false},
        {"8.8.8.8", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct in_addr address = ipv4_of(rows[i].address);

        CHECK(!ipv4_refusal(address), "%s", rows[i].address);
        CHECK(ipv4_is_documentation(address) == rows[i].documentation, "%s", rows[i].address);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(dotted_decimals_are_read),
        cmocka_unit_test(what_is_no_ipv4_address_is_refused_and_quoted),
        cmocka_unit_test(special_purpose_addresses_are_refused_to_the_edge_of_their_block),
        cmocka_unit_test(documentation_addresses_are_not_refused_but_known),
    };

    return cmocka_run_group_tests_name("ipv4", tests, NULL, NULL);
}
