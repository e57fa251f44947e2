/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of many networks overlap one. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "domu/holdings.h"

static struct prefix any(const char *text)
{
    struct prefix prefix;
    struct error e = {""};

    CHECK(prefix_parse_any(text, &prefix, &e) == 0, "the test's own '%s': %s", text, e.text);
    return prefix;
}

static void hold(struct holdings *holdings, const char *text, int link)
{
    const struct entry entry = {.kind = ENTRY_ADDRESS,
                                .address = {.prefix = any(text), .link = link}};

    assert_int_equal(holdings_add(holdings, &entry), 0);
}

static void hold_route(struct holdings *holdings, const char *text, int link)
{
    const struct entry entry = {.kind = ENTRY_ROUTE,
                                .route = {.destination = any(text), .link = link}};

    assert_int_equal(holdings_add(holdings, &entry), 0);
}

/* What the walk finds, a link each: "1 r2". */
static int note(const struct entry *entry, void *data)
{
    char *text = data;
    size_t length = strlen(text);

    snprintf(text + length, 256 - length, "%s%s%d", length > 0 ? " " : "",
             entry->kind == ENTRY_ROUTE ? "r" : "", entry_link(entry));
    return 0;
}

static void check(struct holdings *holdings, const char *wanted, const char *expected)
{
    const struct prefix prefix = any(wanted);
    char text[256] = "";

    assert_int_equal(holdings_overlapping(holdings, &prefix, note, text), 0);
    CHECK(strcmp(text, expected) == 0, "%s: '%s' instead of '%s'", wanted, text, expected);
}

static void a_foreign_route_is_found_by_its_router_too(void **state)
{
    struct holdings holdings = {.items = NULL};
    struct entry entry = {.kind = ENTRY_ROUTE, .route = {.link = 1, .has_via = true}};

    (void)state;
    entry.route.destination = any("2001:db8:9::/48");
    entry.route.via = any("2001:db8::1").address;
    assert_int_equal(holdings_add(&holdings, &entry), 0);
    check(&holdings, "2001:db8::/64", "r1");
    check(&holdings, "2001:db8:9::/64", "r1");
    check(&holdings, "2001:db8:0:1::/64", "");
    entry.route.protocol = SUITE_PROTOCOL;
    entry.route.link = 2;
    assert_int_equal(holdings_add(&holdings, &entry), 0);
    check(&holdings, "2001:db8::/64", "r1");
    holdings_free(&holdings);
}

static void none_are_found_among_none(void **state)
{
    struct holdings holdings = {.items = NULL};

    (void)state;
    check(&holdings, "2001:db8::/32", "");
    check(&holdings, "::/0", "");
    holdings_free(&holdings);
}

static void wider_equal_and_narrower_ones_are_found(void **state)
{
    struct holdings holdings = {.items = NULL};

    (void)state;
    hold(&holdings, "2001:db8:0:1::1/64", 1);
    hold(&holdings, "2001:db8:0:2::1/64", 2);
    hold(&holdings, "2001:db8:0:2::7/128", 3);
    hold_route(&holdings, "2001:db8:0:200::/56", 4);
    hold_route(&holdings, "2001:db9::/32", 5);
    check(&holdings, "2001:db8:0:1::1/64", "1");
    check(&holdings, "2001:db8:0:1::99/128", "1");
    check(&holdings, "2001:db8:0:2::1/64", "2 3");
    check(&holdings, "2001:db8:0:2::7/128", "2 3");
    check(&holdings, "2001:db8:0:2::8/128", "2");
    check(&holdings, "2001:db8:0:2ff::/64", "r4");
    check(&holdings, "2001:db8::/48", "1 2 3 r4");
    check(&holdings, "2001:db8::/31", "1 2 3 r4 r5");
    check(&holdings, "::/0", "1 2 3 r4 r5");
    check(&holdings, "2001:db8:0:3::/64", "");
    check(&holdings, "2001:db8:0:300::/64", "");
    check(&holdings, "ffff::/16", "");
    holdings_free(&holdings);
}

static void the_ends_of_the_space_are_in_it(void **state)
{
    struct holdings holdings = {.items = NULL};

    (void)state;
    hold_route(&holdings, "::/0", 1);
    hold(&holdings, "::/128", 2);
    hold(&holdings, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", 3);
    check(&holdings, "::/128", "r1 2");
    check(&holdings, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128", "r1 3");
    check(&holdings, "8000::/1", "r1 3");
    check(&holdings, "2001:db8::/64", "r1");
    holdings_free(&holdings);
}

static void all_that_have_the_same_are_found(void **state)
{
    struct holdings holdings = {.items = NULL};
    char text[256] = "";
    const struct prefix wanted = any("2001:db8:0:1::5/64");

    (void)state;
    for (int link = 1; link <= 5; link++)
        hold(&holdings, "2001:db8:0:1::1/64", link);
    hold_route(&holdings, "2001:db8:0:1::/64", 6);
    assert_int_equal(holdings_overlapping(&holdings, &wanted, note, text), 0);
    for (const char *name = "12345"; *name; name++)
        CHECK(strchr(text, *name), "%c is not in %s", *name, text);
    CHECK(strstr(text, "r6"), "%s", text);
    holdings_free(&holdings);
}

static int refuse(const struct entry *entry, void *data)
{
    (void)entry;
    ++*(int *)data;
    return -ENOMEM;
}

static void a_failure_ends_the_walk(void **state)
{
    struct holdings holdings = {.items = NULL};
    const struct prefix wanted = any("2001:db8:0:1::/64");
    int calls = 0;

    (void)state;
    hold(&holdings, "2001:db8::1/32", 1);
    hold(&holdings, "2001:db8:0:1::1/64", 2);
    hold(&holdings, "2001:db8:0:1::2/64", 3);
    assert_int_equal(holdings_overlapping(&holdings, &wanted, refuse, &calls), -ENOMEM);
    assert_int_equal(calls, 1);
    holdings_free(&holdings);
}

/* ---- against the plain way ---- */

static int count(const struct entry *entry, void *data)
{
    (void)entry;
    ++*(int *)data;
    return 0;
}

/* Few bits and lengths, so that many overlap. */
static struct prefix random_prefix(void)
{
    static const uint8_t lengths[] = {0,  1,  16, 24, 28, 31, 32,  33,
                                      48, 56, 63, 64, 65, 80, 127, 128};
    struct prefix prefix = {.length = lengths[(size_t)rand() % ARRAY_SIZE(lengths)]};

    for (size_t i = 0; i < sizeof(prefix.address); i++)
        prefix.address.s6_addr[i] = (uint8_t)(rand() % 8 ? 0 : rand() % 4 * 0x55);
    return prefix;
}

/* As a crowd and then one by one, asked in between. */
static void as_many_are_found_as_there_are(void **state)
{
    (void)state;
    srand(1);
    for (int round = 0; round < 50; round++) {
        struct holdings holdings = {.items = NULL};
        struct entry all[300];
        size_t held = 0;

        while (held < ARRAY_SIZE(all)) {
            size_t more = held == 0 || rand() % 8 == 0 ? (size_t)rand() % 40 : 1;
            struct prefix wanted = random_prefix();
            int expected = 0;
            int found = 0;

            for (; more > 0 && held < ARRAY_SIZE(all); more--) {
                all[held] =
                    (struct entry){.kind = ENTRY_ADDRESS, .address.prefix = random_prefix()};
                assert_int_equal(holdings_add(&holdings, &all[held++]), 0);
            }
            for (size_t i = 0; i < held; i++)
                expected += prefix_overlap(entry_prefix(&all[i]), &wanted);
            assert_int_equal(holdings_overlapping(&holdings, &wanted, count, &found), 0);
            CHECK(found == expected, "round %d, %zu held: %d found of %d", round, held, found,
                  expected);
        }
        holdings_free(&holdings);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(none_are_found_among_none),
        cmocka_unit_test(a_foreign_route_is_found_by_its_router_too),
        cmocka_unit_test(wider_equal_and_narrower_ones_are_found),
        cmocka_unit_test(the_ends_of_the_space_are_in_it),
        cmocka_unit_test(all_that_have_the_same_are_found),
        cmocka_unit_test(a_failure_ends_the_walk),
        cmocka_unit_test(as_many_are_found_as_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
