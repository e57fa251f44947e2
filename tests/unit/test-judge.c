/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `check` says beyond each line's own mistakes. */
#include "configs.h"

#include <stdio.h>

#include "check/judge.h"

/* The names of domUs that a test has; the list ends with NULL. */
static struct names names_of(const char *const *list)
{
    struct names names = {.known = list != NULL};

    for (; list && *list; list++)
        assert_int_equal(names_add(&names, *list), 0);
    return names;
}

/* Judges TEXT and checks all that is said, SEVERITY being that of each. */
static void check_judgement(const char *text, const char *const *list, enum severity severity,
                            const struct expected *expected)
{
    struct names names = names_of(list);
    struct config config = parse(text);
    struct diagnostics found = {.items = NULL};
    struct error e = {""};

    CHECK(judge(&config, &names, &found, &e) == 0, "%s", e.text);
    CHECK(says(&found, severity, expected), "--- in:\n%s", text);
    diagnostics_free(&found);
    config_free(&config);
    names_free(&names);
}

struct row {
    const char *text;
    struct expected warnings[4];
};

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_judgement(rows[i].text, NULL, DIAGNOSTIC_WARNING, rows[i].warnings);
}

static void a_6to4_prefix_of_the_manual_is_warned_of(void **state)
{
    static const struct row rows[] = {
        {"\n[defaults]\nprefix = 6to4:192.0.2.4\n",
         {{3, "[defaults]", "prefix: 192.0.2.4 is a documentation address (RFC 5737)"}}},
        {"[defaults]\nprefix = 6to4:198.51.100.1\n", {{2, "[defaults]", "198.51.100.1"}}},
        {"[defaults]\nprefix = 2002:cb00:7105::/48\n", {{2, "[defaults]", "203.0.113.5"}}},
        {"[defaults]\nprefix = 6to4:8.8.4.4\n", {{0}}},
        {"[defaults]\nprefix = 2002::/16\n", {{0}}},
        {"[defaults]\nprefix = 2001:db8::/48\n", {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void advertisements_without_a_64_are_warned_of(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/64\nra = yes\n", {{0}}},
        {"[domu a]\nipv6_gateway_addr = fe80::1/64\nroute = 2001:db8::/64\nra = yes\n",
         {{1, "[domu a]", "ra: nothing is advertised"}}},
        {"[defaults]\nra = yes\n[domu a]\nipv6_gateway_addr = 2001:db8::1/80\n",
         {{3, "[domu a]", "ra: nothing is advertised"}, {4, "[domu a]", "not a /64"}}},
        {"[defaults]\nra = yes\n[domu a]\nipv6_gateway_addr = 2001:db8::1/80\nra = no\n",
         {{4, "[domu a]", "not a /64"}}},
        {"[domu a]\nra = yes\nipv6_gateway_addr = 2001:db8::1/80, 2001:db8:1::1/64\n",
         {{3, "[domu a]", "not a /64"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_length_other_than_64_is_warned_of(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/64\n", {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/80\n",
         {{2, "[domu a]", "2001:db8::1/80: not a /64"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/56\n",
         {{2, "[domu a]", "2001:db8::1/56: not a /64"}}},
        {"ipv6_gateway_addr[a]=2001:db8::1/80\n", {{1, "[domu a]", "not a /64"}}},
        {"[mac 00:16:3e:01:02:03]\nipv6_gateway_addr.1 = fe80::1/10\n",
         {{2, "[mac 00:16:3e:01:02:03]", "fe80::1/10"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1, 2001:db8:1::1/80, 2001:db8:2::1/96\n",
         {{2, "[domu a]", "2001:db8:1::1/80"}, {2, "[domu a]", "2001:db8:2::1/96"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void subnets_of_two_domus_that_overlap_are_warned_of_at_the_later_line(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:1::1\n"
         "[domu b]\nipv6_gateway_addr = 2001:db8:0:2::1\n",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:1::1\n"
         "[domu b]\nipv6_gateway_addr = 2001:db8:0:1::1\n",
         {{4, "[domu b]", "overlaps 2001:db8:0:1::/64 of [domu a] in line 2"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:1::1\n" /* another address of one subnet */
         "[domu b]\nipv6_gateway_addr = 2001:db8:0:1::2\n",
         {{4, "[domu b]", "overlaps 2001:db8:0:1::/64 of [domu a] in line 2"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:1::1\n"
         "ipv6_gateway_addr[b]=2001:db8:0:1::2\n",
         {{3, "[domu b]", "of [domu a] in line 2"}}},
        {"[defaults]\nprefix = 2001:db8::/48\n[domu b]\nsubnet = 1\n"
         "[domu a]\nipv6_gateway_addr.3 = 2001:db8:0:1::9\n",
         {{6, "[domu a]", "of [domu b] in line 4"}}},
        {"[defaults]\nprefix = 2001:db8::/48\n[domu a]\nsubnet = 1, 2\n[domu b]\nsubnet = 3, 2\n",
         {{6, "[domu b]", "2001:db8:0:2::/64 overlaps"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/64\n" /* an equal address, not at the start */
         "[domu b]\nipv6_gateway_addr = 2001:db8:1::1, 2001:db8::1\n",
         {{4, "[domu b]", "2001:db8::/64 overlaps"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_subnet_inside_another_domus_is_found_whatever_stands_between(void **state)
{
    static const struct expected between[] = {
        {1, "[domu wide]", "not a /64"},
        {3, "[domu last]", "of [domu wide] in line 1"},
        {0},
    };
    static const struct expected nested[] = {
        {1, "[domu a]", "not a /64"},
        {3, "[domu a]", "not a /64"},
        {4, "[domu b]", "overlaps"},
        {0},
    };
    static const struct expected own_between[] = {
        {1, "[domu a]", "not a /64"},
        {2, "[domu b]", "overlaps 2001:db8::/48 of [domu a] in line 1"},
        {2, "[domu b]", "not a /64"},
        {4, "[domu a]", "overlaps 2001:db8:0:100::/56 of [domu b] in line 2"},
        {0},
    };

    (void)state;
    check_judgement("ipv6_gateway_addr[wide]=2001:db8::1/48\n"
                    "ipv6_gateway_addr[other]=2001:db8:1::1/64\n"
                    "ipv6_gateway_addr[last]=2001:db8:0:ffff::1/64\n",
                    NULL, DIAGNOSTIC_WARNING, between);
    check_judgement("ipv6_gateway_addr[a]=2001:db8::1/48\n"
                    "[domu a]\nipv6_gateway_addr = 2001:db8:0:1::1/56\n"
                    "ipv6_gateway_addr[b]=2001:db8:0:2::1/64\n",
                    NULL, DIAGNOSTIC_WARNING, nested);
    check_judgement("ipv6_gateway_addr[a]=2001:db8::1/48\n"
                    "ipv6_gateway_addr[b]=2001:db8:0:100::1/56\n"
                    "[domu a]\nipv6_gateway_addr = 2001:db8:0:101::1\n",
                    NULL, DIAGNOSTIC_WARNING, own_between);
}

static void subnets_of_one_domu_and_link_local_ones_may_overlap(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr.0 = 2001:db8:0:1::1\n"
         "ipv6_gateway_addr.1 = 2001:db8:0:1::2\n",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr = fe80::1\n[domu b]\nipv6_gateway_addr = fe80::1\n", {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_routed_prefix_counts_like_a_subnet(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nroute = 2001:db8:1::/48\n[domu b]\nroute = 2001:db8:2::/48\n", {{0}}},
        {"[domu a]\nroute = 2001:db8:1::/48\n[domu b]\nroute = 2001:db8:1:8000::/49\n",
         {{4, "[domu b]", "2001:db8:1:8000::/49 overlaps 2001:db8:1::/48 of [domu a] in line 2"}}},
        {"[domu a]\nroute = 2001:db8:1::/48\n[domu b]\nipv6_gateway_addr = 2001:db8:1::1\n",
         {{4, "[domu b]", "2001:db8:1::/64 overlaps 2001:db8:1::/48 of [domu a] in line 2"}}},
        {"[domu a]\nroute = 2001:db8:1::/48\nipv6_gateway_addr = 2001:db8:1::1\n", {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void many_domus_with_subnets_of_their_own_are_no_overlap(void **state)
{
    AUTO_FREE char *text = malloc(300 * 64);
    size_t length = 0;
    struct names names = {.known = false};
    struct config config;
    struct diagnostics found = {.items = NULL};
    struct error e = {""};

    (void)state;
    assert_non_null(text);
    for (unsigned int i = 0; i < 300; i++)
        length += (size_t)snprintf(text + length, 64, "ipv6_gateway_addr[d%u]=2001:db8:0:%x::1\n",
                                   i, i * 7919 % 65536);
    config = parse(text);
    assert_int_equal(judge(&config, &names, &found, &e), 0);
    assert_int_equal(found.count, 0);
    config_free(&config);
}

static void a_name_that_no_domu_bears_is_warned_of(void **state)
{
    static const char text[] = "[domu web]\n[domu mail]\nipv6_gateway_addr[db]=fe80::1\n";
    static const char *const all[] = {"web", "db", "mail", "other", NULL};
    static const char *const some[] = {"mail", "other", NULL};
    static const char *const none[] = {NULL};
    static const char *const in_capitals[] = {"WEB", "Mail", "dB", NULL};
    static const char *const longer[] = {"web1", "mail.example.org", "db-", "we", NULL};

    (void)state;
    check_judgement(text, all, DIAGNOSTIC_WARNING, (struct expected[]){{0}});
    check_judgement(text, NULL, DIAGNOSTIC_WARNING, (struct expected[]){{0}}); /* nobody to ask */
    check_judgement(text, in_capitals, DIAGNOSTIC_WARNING,
                    (struct expected[]){{1, "[domu web]", "'WEB'"},
                                        {2, "[domu mail]", "'Mail'"},
                                        {3, "[domu db]", "'dB'"},
                                        {0}});
    check_judgement(text, some, DIAGNOSTIC_WARNING,
                    (struct expected[]){{1, "[domu web]", "'web'"}, {3, "[domu db]", "'db'"}, {0}});
    check_judgement(text, none, DIAGNOSTIC_WARNING,
                    (struct expected[]){{1, "[domu web]", "'web'"},
                                        {2, "[domu mail]", "'mail'"},
                                        {3, "[domu db]", "'db'"},
                                        {0}});
    check_judgement(text, longer, DIAGNOSTIC_WARNING,
                    (struct expected[]){{1, "[domu web]", "'web'"},
                                        {2, "[domu mail]", "'mail'"},
                                        {3, "[domu db]", "'db'"},
                                        {0}});
}

static void mac_addresses_uuids_and_defaults_bear_no_name(void **state)
{
    static const char *const none[] = {NULL};

    (void)state;
    check_judgement("[defaults]\n[mac 00:16:3e:01:02:03]\n"
                    "[uuid 01234567-89ab-cdef-0123-456789abcdef]\n",
                    none, DIAGNOSTIC_WARNING, (struct expected[]){{0}});
}

static void what_shows_only_on_a_vif_is_an_error_of_each_section(void **state)
{
    (void)state;
    check_judgement("[domu a]\nsubnet = 1\n[mac 00:16:3e:01:02:03]\nsubnet.1 = 2\n[domu b]\n"
                    "ipv6_gateway_addr = 2001:db8::1, 2001:db8::1\n",
                    NULL, DIAGNOSTIC_ERROR,
                    (struct expected[]){{2, "[domu a]", "no valid prefix"},
                                        {4, "[mac 00:16:3e:01:02:03]", "no valid prefix"},
                                        {6, "[domu b]", "twice"},
                                        {0}});
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_length_other_than_64_is_warned_of),
        cmocka_unit_test(subnets_of_two_domus_that_overlap_are_warned_of_at_the_later_line),
        cmocka_unit_test(a_subnet_inside_another_domus_is_found_whatever_stands_between),
        cmocka_unit_test(subnets_of_one_domu_and_link_local_ones_may_overlap),
        cmocka_unit_test(a_routed_prefix_counts_like_a_subnet),
        cmocka_unit_test(many_domus_with_subnets_of_their_own_are_no_overlap),
        cmocka_unit_test(a_name_that_no_domu_bears_is_warned_of),
        cmocka_unit_test(mac_addresses_uuids_and_defaults_bear_no_name),
        cmocka_unit_test(what_shows_only_on_a_vif_is_an_error_of_each_section),
        cmocka_unit_test(a_6to4_prefix_of_the_manual_is_warned_of),
        cmocka_unit_test(advertisements_without_a_64_are_warned_of),
    };

    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
