/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from one guard to another, as nft reads it. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "domu/guard.h"

#define TABLE "inet vif-route-ipv6"

#define MOST 8

/* A vif: its gateways, its routes, and, unless NULL, the IPv4 of its ip=; each list ends in NULL.
 */
struct vif_row {
    const char *link;
    const char *gateways[MOST];
    const char *routes[MOST];
    const char *ipv4[MOST];
    bool has_ipv4;
};

static struct prefix any_prefix_of(const char *text)
{
    struct prefix prefix;
    struct error e = {""};

    CHECK(prefix_parse_any(text, &prefix, &e) == 0, "the test's own '%s': %s", text, e.text);
    return prefix;
}

static int add_row(struct guard *guard, const struct vif_row *row, struct error *e)
{
    struct prefix gateways[MOST];
    struct route_spec routes[MOST] = {{.has_via = false}};
    struct route_spec ipv4_routes[MOST] = {{.has_via = false}};
    struct desired desired = {.gateways = gateways, .routes = routes};
    struct desired ipv4 = {.routes = ipv4_routes};

    for (; row->gateways[desired.gateway_count]; desired.gateway_count++)
        gateways[desired.gateway_count] = any_prefix_of(row->gateways[desired.gateway_count]);
    for (; row->routes[desired.route_count]; desired.route_count++)
        routes[desired.route_count].destination = any_prefix_of(row->routes[desired.route_count]);
    for (; row->ipv4[ipv4.route_count]; ipv4.route_count++)
        ipv4_routes[ipv4.route_count].destination = any_prefix_of(row->ipv4[ipv4.route_count]);
    return guard_add(guard, row->link, &desired, row->has_ipv4 ? &ipv4 : NULL, e);
}

/* The guard of these vifs; the list ends with a link that is NULL. */
static struct guard guard_of(const struct vif_row *rows)
{
    struct guard guard = {.entries = NULL};
    struct error e = {""};

    for (; rows && rows->link; rows++)
        CHECK(add_row(&guard, rows, &e) == 0, "%s", e.text);
    return guard;
}

static enum guard_scope all(const char *link, const void *data)
{
    (void)link;
    (void)data;
    return GUARD_GONE;
}

static enum guard_scope only(const char *link, const void *data)
{
    return strcmp(link, data) == 0 ? GUARD_GONE : GUARD_OTHER;
}

static enum guard_scope present(const char *link, const void *data)
{
    (void)link;
    (void)data;
    return GUARD_PRESENT;
}

/* "+vif1.0 -vif2.0", in the plan's order. */
static char *render_changes(const struct guard_plan *plan)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < plan->change_count; i++)
        fprintf(out, "%s%c%s", i > 0 ? " " : "", plan->changes[i].mark, plan->changes[i].link);
    fclose(out);
    return text;
}

/* The lines of RULES that change elements, but for those of the sets "gateways" and "hosts". */
static char *select_elements(const char *rules)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (const char *line = rules; *line; line = strchr(line, '\n') + 1) {
        const int length = (int)(strchr(line, '\n') + 1 - line);
        const char *set = strstr(line, TABLE);

        if ((strncmp(line, "add element", 11) == 0 || strncmp(line, "delete element", 14) == 0) &&
            strncmp(set, TABLE " gateways", strlen(TABLE " gateways")) != 0 &&
            strncmp(set, TABLE " hosts", strlen(TABLE " hosts")) != 0)
            fprintf(out, "%.*s", length, line);
    }
    fclose(out);
    return text;
}

/* ELEMENTS: what is expected of select_elements(); NULL: nothing is to be done. */
static void check_rules(const char *rules, const char *elements)
{
    char *seen;

    if (!elements) {
        CHECK(!rules, "nothing was expected:\n%s", rules);
        return;
    }
    CHECK(rules, "expected:\n%s", elements);
    seen = select_elements(rules);
    CHECK(strcmp(seen, elements) == 0, "%s--- should be:\n%s", seen, elements);
    free(seen);
}

/* LINK: the one that is in scope, or NULL for all. */
static void check(struct guard wanted, struct guard actual, const char *link, const char *changes,
                  const char *elements)
{
    struct guard_plan plan;
    struct error e = {""};
    char *text;

    CHECK(guard_plan(&wanted, &actual, link ? only : all, link, &plan, &e) == 0, "%s", e.text);
    text = render_changes(&plan);
    CHECK(strcmp(text, changes) == 0, "changes: %s, should be: %s", text, changes);
    check_rules(plan.rules, elements);
    free(text);
    guard_plan_free(&plan);
    guard_free(&wanted);
    guard_free(&actual);
}

static void check_delete(struct guard actual, const char *link, const char *changes)
{
    struct guard wanted = {.entries = NULL};
    struct guard_plan plan;
    struct error e = {""};
    char *text;

    assert_int_equal(guard_plan(&wanted, &actual, link ? only : all, link, &plan, &e), 0);
    text = render_changes(&plan);
    assert_string_equal(text, changes);
    assert_string_equal(plan.rules, "delete table " TABLE "\n");
    free(text);
    guard_plan_free(&plan);
    guard_free(&actual);
}

#define VIFS(...)               guard_of((const struct vif_row[]){__VA_ARGS__, {.link = NULL}})
#define NOBODY                  ((struct guard){.entries = NULL})
#define ELEMENT(verb, set, key) verb " element " TABLE " " set " { " key " }\n"

static const struct vif_row web = {.link = "vif1.0", .gateways = {"2001:db8:0:1::1/64"}};
static const struct vif_row mail = {.link = "vif2.0", .gateways = {"2001:db8:0:2::1/64"}};

static void a_vif_comes_with_its_networks(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8:0:1::1/64", "2001:db8:0:9::7/80", "fe80::1/64"},
                .routes = {"2001:db8:0:200::/56"}}),
          NOBODY, NULL, "+vif1.0",
          ELEMENT("add", "vifs", "\"vif1.0\"")
              ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::")
                  ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:9::/80")
                      ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:200::/56")
                          ELEMENT("add", "other-lengths", "\"vif1.0\""));
}

static void a_vif_without_networks_is_guarded_all_the_same(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0"}), NOBODY, NULL, "+vif1.0", ELEMENT("add", "vifs", "\"vif1.0\""));
}

static void nothing_to_do_is_nothing(void **state)
{
    (void)state;
    check(NOBODY, NOBODY, NULL, "", NULL);
    check(VIFS(web, mail), VIFS(mail, web), NULL, "", NULL);
    check(NOBODY, VIFS(web), "vif9.0", "", NULL);
}

static void the_last_one_takes_the_table_along(void **state)
{
    (void)state;
    check_delete(VIFS(web), NULL, "-vif1.0");
    check_delete(VIFS(web), "vif1.0", "-vif1.0");
    check_delete(VIFS(web, mail), NULL, "-vif1.0 -vif2.0");
    check(NOBODY, VIFS(web, mail), "vif1.0", "-vif1.0",
          ELEMENT("delete", "vifs", "\"vif1.0\"")
              ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::"));
}

static void those_out_of_scope_stay(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:7::1/64"}}), VIFS(web, mail), "vif1.0",
          "~vif1.0",
          ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::")
              ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:7::"));
}

static void networks_are_swapped_in_one_transaction(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:2::1/64"}},
               {.link = "vif2.0", .gateways = {"2001:db8:0:1::1/64"}}),
          VIFS(web, mail), NULL, "~vif1.0 ~vif2.0",
          ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::")
              ELEMENT("delete", "networks", "\"vif2.0\" . 2001:db8:0:2::")
                  ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:2::")
                      ELEMENT("add", "networks", "\"vif2.0\" . 2001:db8:0:1::"));
}

static void one_comes_and_one_goes(void **state)
{
    (void)state;
    check(VIFS(mail), VIFS(web), NULL, "-vif1.0 +vif2.0",
          ELEMENT("delete", "vifs", "\"vif1.0\"")
              ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::")
                  ELEMENT("add", "vifs", "\"vif2.0\"")
                      ELEMENT("add", "networks", "\"vif2.0\" . 2001:db8:0:2::"));
}

static void a_link_that_is_renamed_is_another(void **state)
{
    (void)state;
    check(VIFS({.link = "web0", .gateways = {"2001:db8:0:1::1/64"}}), VIFS(web), NULL,
          "-vif1.0 +web0",
          ELEMENT("delete", "vifs", "\"vif1.0\"")
              ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::")
                  ELEMENT("add", "vifs", "\"web0\"")
                      ELEMENT("add", "networks", "\"web0\" . 2001:db8:0:1::"));
}

/* Those of length 64 stay: a lookup in their set is the quick one. */
static void of_nested_networks_in_one_set_the_widest_is_enough(void **state)
{
    static const char wide[] = ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48")
        ELEMENT("add", "other-lengths", "\"vif1.0\"");
    static const char vif[] = ELEMENT("add", "vifs", "\"vif1.0\"");
    char expected[512];

    (void)state;
    snprintf(expected, sizeof(expected), "%s%s%s", vif,
             ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::"), wide);
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8:0:1::1/64", "2001:db8:0:1::2/64"},
                .routes = {"2001:db8:0:2::/60", "2001:db8::/48", "2001:db8:0:3::/80"}}),
          NOBODY, NULL, "+vif1.0", expected);
    snprintf(expected, sizeof(expected), "%s%s", vif, wide);
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8::1/48"},
                .routes = {"2001:db8::/48", "2001:db8:0:ffff::/128"}}),
          NOBODY, NULL, "+vif1.0", expected);
    /* another vif's are another matter */
    check(VIFS({.link = "vif1.0", .routes = {"2001:db8::/48"}},
               {.link = "vif2.0", .routes = {"2001:db8:0:20::/60"}}),
          NOBODY, NULL, "+vif1.0 +vif2.0",
          ELEMENT("add", "vifs", "\"vif1.0\"")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48")
                  ELEMENT("add", "other-lengths", "\"vif1.0\"") ELEMENT("add", "vifs", "\"vif2.0\"")
                      ELEMENT("add", "sources", "\"vif2.0\" . 2001:db8:0:20::/60")
                          ELEMENT("add", "other-lengths", "\"vif2.0\""));
}

static void a_wider_network_takes_the_place_of_a_narrower(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:1::1/48"}}), VIFS(web), NULL, "~vif1.0",
          ELEMENT("delete", "networks", "\"vif1.0\" . 2001:db8:0:1::")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48")
                  ELEMENT("add", "other-lengths", "\"vif1.0\""));
}

static void ipv4_counts_only_where_it_is_served(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"192.0.2.1"}, .routes = {"2001:db8:0:1::/64"}}),
          NOBODY, NULL, "+vif1.0",
          ELEMENT("add", "vifs", "\"vif1.0\"")
              ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::"));
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8:0:1::1/64"},
                .ipv4 = {"192.0.2.31", "192.0.2.0/28", "192.0.2.3"},
                .has_ipv4 = true}),
          VIFS(web), NULL, "~vif1.0",
          ELEMENT("add", "vifs4", "\"vif1.0\"")
              ELEMENT("add", "sources4", "\"vif1.0\" . 192.0.2.0/28")
                  ELEMENT("add", "sources4", "\"vif1.0\" . 192.0.2.31/32"));
    check(VIFS({.link = "vif1.0", .has_ipv4 = true}), NOBODY, NULL, "+vif1.0",
          ELEMENT("add", "vifs", "\"vif1.0\"") ELEMENT("add", "vifs4", "\"vif1.0\""));
}

static void a_torn_table_is_made_anew_with_what_others_have(void **state)
{
    static const char both[] = ELEMENT("add", "vifs", "\"vif1.0\"")
        ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::")
            ELEMENT("add", "vifs", "\"vif2.0\"")
                ELEMENT("add", "networks", "\"vif2.0\" . 2001:db8:0:2::");
    static const char others_first[] = ELEMENT("add", "vifs", "\"vif2.0\"")
        ELEMENT("add", "networks", "\"vif2.0\" . 2001:db8:0:2::")
            ELEMENT("add", "vifs", "\"vif1.0\"")
                ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::");
    struct guard actual = VIFS(web, mail);

    (void)state;
    actual.is_torn = true;
    check(VIFS(web, mail), actual, NULL, "+vif1.0 +vif2.0", both);
    actual = VIFS(web, mail);
    actual.is_torn = true;
    check(VIFS(web), actual, "vif1.0", "+vif1.0", others_first);
}

static char *plan_of(struct guard wanted, struct guard actual,
                     enum guard_scope (*scope)(const char *link, const void *data))
{
    struct guard_plan plan;
    struct error e = {""};
    char *rules;

    CHECK(guard_plan(&wanted, &actual, scope, NULL, &plan, &e) == 0, "%s", e.text);
    rules = plan.rules;
    plan.rules = NULL;
    guard_plan_free(&plan);
    guard_free(&wanted);
    guard_free(&actual);
    return rules;
}

static void check_flush(char *rules, bool wanted)
{
    CHECK(rules && (strstr(rules, "flush set " TABLE " known\n") != NULL) == wanted, "%s", rules);
    free(rules);
}

static void what_others_have_in_an_older_table_gets_its_mark(void **state)
{
    static const char expected[] = ELEMENT("add", "vifs", "\"vif2.0\"")
        ELEMENT("add", "sources", "\"vif2.0\" . 2001:db8:0:9::/80")
            ELEMENT("add", "other-lengths", "\"vif2.0\"") ELEMENT("add", "vifs", "\"vif1.0\"")
                ELEMENT("add", "networks", "\"vif1.0\" . 2001:db8:0:1::");
    struct guard actual = VIFS({.link = "vif2.0", .gateways = {"2001:db8:0:9::7/80"}});

    (void)state;
    for (size_t i = 0; i < actual.count; i++)
        if (actual.entries[i].set == GUARD_OTHER_LENGTHS)
            actual.entries[i] = actual.entries[--actual.count];
    actual.is_torn = true;
    check(VIFS(web), actual, "vif1.0", "+vif1.0", expected);
}

/* What a guest was known by may no longer be its own. */
static void what_is_known_is_forgotten_when_a_link_loses_something(void **state)
{
    static const struct vif_row moved = {.link = "vif1.0", .gateways = {"2001:db8:0:7::1/64"}};
    static const struct vif_row wider = {
        .link = "vif1.0", .gateways = {"2001:db8:0:1::1/64"}, .routes = {"2001:db8:0:200::/56"}};
    static const struct vif_row second = {.link = "vif1.0",
                                          .gateways = {"2001:db8:0:1::1/64", "2001:db8:0:1::9/64"}};

    (void)state;
    check_flush(plan_of(VIFS(moved), VIFS(web), present), true);
    check_flush(plan_of(VIFS(second), VIFS(web), present), true);
    check_flush(plan_of(VIFS(wider), VIFS(web), present), false);
    check_flush(plan_of(VIFS(web, mail), VIFS(web), present), false);
    check_flush(plan_of(VIFS(mail), VIFS(web, mail), present), true);
    check_flush(plan_of(VIFS(mail), VIFS(web, mail), all), false); /* gone, with its number */
}

/* The tree of the other lengths is slower, the more it has. */
static void a_single_address_is_looked_up_in_the_hash(void **state)
{
    char *rules = plan_of(VIFS({.link = "vif1.0", .routes = {"2001:db8:0:9::7/128"}}), NOBODY, all);

    (void)state;
    CHECK(rules && strstr(rules, ELEMENT("add", "hosts", "\"vif1.0\" . 2001:db8:0:9::7")) &&
              !strstr(rules, "add element " TABLE " sources") &&
              !strstr(rules, "add element " TABLE " other-lengths"),
          "%s", rules);
    free(rules);
}

static void gateways_and_the_guests_usual_addresses_are_named(void **state)
{
    char *rules = plan_of(VIFS({.link = "vif1.0",
                                .gateways = {"2001:db8:0:1::1/64", "fe80::1/64"},
                                .routes = {"2001:db8:0:9::7/128"}}),
                          NOBODY, all);

    (void)state;
    CHECK(rules && strstr(rules, ELEMENT("add", "gateways", "\"vif1.0\" . 2001:db8:0:1::1")) &&
              strstr(rules, ELEMENT("add", "gateways", "\"vif1.0\" . fe80::1")) &&
              strstr(rules, ELEMENT("add", "hosts", "\"vif1.0\" . 2001:db8:0:1::2")) &&
              strstr(rules, ELEMENT("add", "hosts", "\"vif1.0\" . 2001:db8:0:9::7")),
          "%s", rules);
    free(rules);
}

static void a_guard_holds_only_with_its_vif_and_rules(void **state)
{
    struct guard guard = VIFS(web);

    (void)state;
    assert_true(guard_is_in_force(&guard, "vif1.0"));
    assert_false(guard_is_in_force(&guard, "vif2.0"));
    guard.is_torn = true;
    assert_false(guard_is_in_force(&guard, "vif1.0"));
    assert_true(guard_has_entries(&guard, "vif1.0"));
    guard_free(&guard);
}

static void names_that_no_rule_can_hold_are_refused(void **state)
{
    static const char *const bad[] = {"a\"b", "a b",  "a}b",  "vif*",
                                      "a;b",  "a\\b", "a\nb", "\xc3\xa9"};
    static const char *const good[] = {"vif1.0", "vif1.0-emu", "web_0", "a+b",
                                       "x@y",    "k=v",        "a:b",   "vif65535.65535"};
    struct guard guard = {.entries = NULL};
    struct error e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        e.text[0] = '\0';
        CHECK(add_row(&guard, &(struct vif_row){.link = bad[i]}, &e) == -EINVAL, "'%s'", bad[i]);
        CHECK(strstr(e.text, "no rule can hold"), "%s", e.text);
    }
    assert_int_equal(guard.count, 0);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        CHECK(add_row(&guard, &(struct vif_row){.link = good[i]}, &e) == 0, "'%s'", good[i]);
    assert_true(guard_has_entries(&guard, "web_0"));
    assert_false(guard_has_entries(&guard, "web_"));
    guard_free(&guard);
    assert_false(guard_has_entries(&guard, "web_0"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_vif_comes_with_its_networks),
        cmocka_unit_test(a_vif_without_networks_is_guarded_all_the_same),
        cmocka_unit_test(nothing_to_do_is_nothing),
        cmocka_unit_test(the_last_one_takes_the_table_along),
        cmocka_unit_test(those_out_of_scope_stay),
        cmocka_unit_test(networks_are_swapped_in_one_transaction),
        cmocka_unit_test(one_comes_and_one_goes),
        cmocka_unit_test(a_link_that_is_renamed_is_another),
        cmocka_unit_test(of_nested_networks_in_one_set_the_widest_is_enough),
        cmocka_unit_test(a_wider_network_takes_the_place_of_a_narrower),
        cmocka_unit_test(a_single_address_is_looked_up_in_the_hash),
        cmocka_unit_test(ipv4_counts_only_where_it_is_served),
        cmocka_unit_test(a_torn_table_is_made_anew_with_what_others_have),
        cmocka_unit_test(what_others_have_in_an_older_table_gets_its_mark),
        cmocka_unit_test(what_is_known_is_forgotten_when_a_link_loses_something),
        cmocka_unit_test(gateways_and_the_guests_usual_addresses_are_named),
        cmocka_unit_test(a_guard_holds_only_with_its_vif_and_rules),
        cmocka_unit_test(names_that_no_rule_can_hold_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
