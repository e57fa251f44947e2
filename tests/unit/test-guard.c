/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way from one guard to another, as nft reads it. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "guard.h"

#define TABLE "inet vif-route-ipv6"

/* What comes first, whatever changes. */
static const char table[] =
    "add table " TABLE "\n"
    "add counter " TABLE " dropped\n"
    "add set " TABLE " vifs { type ifname; }\n"
    "add set " TABLE " sources { type ifname . ipv6_addr; flags interval; }\n"
    "add set " TABLE " vifs4 { type ifname; }\n"
    "add set " TABLE " sources4 { type ifname . ipv4_addr; flags interval; }\n"
    "add chain " TABLE " domus { type filter hook prerouting priority raw; policy accept; }\n"
    "add chain " TABLE " domu\n"
    "add chain " TABLE " domu4\n"
    "add chain " TABLE " first\n"
    "flush chain " TABLE " domus\n"
    "flush chain " TABLE " domu\n"
    "flush chain " TABLE " domu4\n"
    "flush chain " TABLE " first\n"
    "add rule " TABLE " domus meta nfproto ipv6 iifname @vifs goto domu\n"
    "add rule " TABLE " domus meta nfproto ipv4 iifname @vifs4 goto domu4\n"
    "add rule " TABLE " domu icmpv6 type { nd-router-advert, nd-redirect } counter name dropped "
    "drop\n"
    "add rule " TABLE " domu udp dport 546 counter name dropped drop\n"
    "add rule " TABLE " domu frag frag-off 0 jump first\n"
    "add rule " TABLE " domu iifname . ip6 saddr @sources accept\n"
    "add rule " TABLE " domu ip6 saddr fe80::/10 accept\n"
    "add rule " TABLE " domu ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, "
    "mld-listener-report, mld-listener-done, mld2-listener-report } accept\n"
    "add rule " TABLE " domu counter name dropped drop\n"
    "add rule " TABLE " domu4 iifname . ip saddr @sources4 accept\n"
    "add rule " TABLE " domu4 counter name dropped drop\n"
    "add rule " TABLE " first @th,0,32 != 0 return\n"
    "add rule " TABLE " first counter name dropped drop\n";

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

static bool all(const char *link, const void *data)
{
    (void)link;
    (void)data;
    return true;
}

static bool only(const char *link, const void *data)
{
    return strcmp(link, data) == 0;
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

/* ELEMENTS is what follows the table's rules; NULL: nothing is to be done. */
static void check_rules(const char *rules, const char *elements)
{
    if (!elements) {
        CHECK(!rules, "nothing was expected:\n%s", rules);
        return;
    }
    CHECK(rules, "expected:\n%s", elements);
    CHECK(strncmp(rules, table, strlen(table)) == 0, "other rules:\n%s", rules);
    CHECK(strcmp(rules + strlen(table), elements) == 0, "%s--- should be:\n%s",
          rules + strlen(table), elements);
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
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
                  ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:9::/80")
                      ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:200::/56"));
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
              ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64"));
}

static void those_out_of_scope_stay(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:7::1/64"}}), VIFS(web, mail), "vif1.0",
          "~vif1.0",
          ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:7::/64"));
}

static void networks_are_swapped_in_one_transaction(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:2::1/64"}},
               {.link = "vif2.0", .gateways = {"2001:db8:0:1::1/64"}}),
          VIFS(web, mail), NULL, "~vif1.0 ~vif2.0",
          ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
              ELEMENT("delete", "sources", "\"vif2.0\" . 2001:db8:0:2::/64")
                  ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8:0:2::/64")
                      ELEMENT("add", "sources", "\"vif2.0\" . 2001:db8:0:1::/64"));
}

static void one_comes_and_one_goes(void **state)
{
    (void)state;
    check(VIFS(mail), VIFS(web), NULL, "-vif1.0 +vif2.0",
          ELEMENT("delete", "vifs", "\"vif1.0\"")
              ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
                  ELEMENT("add", "vifs", "\"vif2.0\"")
                      ELEMENT("add", "sources", "\"vif2.0\" . 2001:db8:0:2::/64"));
}

static void a_link_that_is_renamed_is_another(void **state)
{
    (void)state;
    check(VIFS({.link = "web0", .gateways = {"2001:db8:0:1::1/64"}}), VIFS(web), NULL,
          "-vif1.0 +web0",
          ELEMENT("delete", "vifs", "\"vif1.0\"")
              ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
                  ELEMENT("add", "vifs", "\"web0\"")
                      ELEMENT("add", "sources", "\"web0\" . 2001:db8:0:1::/64"));
}

static void of_nested_networks_the_widest_is_enough(void **state)
{
    static const char expected[] = ELEMENT("add", "vifs", "\"vif1.0\"")
        ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48");

    (void)state;
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8:0:1::1/64", "2001:db8:0:1::2/64"},
                .routes = {"2001:db8:0:2::/64", "2001:db8::/48", "2001:db8:0:3::/64"}}),
          NOBODY, NULL, "+vif1.0", expected);
    check(VIFS({.link = "vif1.0",
                .gateways = {"2001:db8::1/48"},
                .routes = {"2001:db8::/48", "2001:db8:0:ffff::/128"}}),
          NOBODY, NULL, "+vif1.0", expected);
    /* another vif's are another matter */
    check(VIFS({.link = "vif1.0", .routes = {"2001:db8::/48"}},
               {.link = "vif2.0", .routes = {"2001:db8:0:2::/64"}}),
          NOBODY, NULL, "+vif1.0 +vif2.0",
          ELEMENT("add", "vifs", "\"vif1.0\"")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48")
                  ELEMENT("add", "vifs", "\"vif2.0\"")
                      ELEMENT("add", "sources", "\"vif2.0\" . 2001:db8:0:2::/64"));
}

static void a_wider_network_takes_the_place_of_a_narrower(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"2001:db8:0:1::1/48"}}), VIFS(web), NULL, "~vif1.0",
          ELEMENT("delete", "sources", "\"vif1.0\" . 2001:db8:0:1::/64")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::/48"));
}

static void ipv4_counts_only_where_it_is_served(void **state)
{
    (void)state;
    check(VIFS({.link = "vif1.0", .gateways = {"192.0.2.1"}, .routes = {"2001:db8::7"}}), NOBODY,
          NULL, "+vif1.0",
          ELEMENT("add", "vifs", "\"vif1.0\"")
              ELEMENT("add", "sources", "\"vif1.0\" . 2001:db8::7/128"));
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

static void out_of_a_torn_table_all_comes_anew(void **state)
{
    struct guard actual = VIFS(web, mail);

    (void)state;
    actual.is_torn = true;
    check(VIFS(web, mail), actual, NULL, "+vif1.0 +vif2.0", "");
    actual = VIFS(web, mail);
    actual.is_torn = true;
    check(VIFS(web), actual, "vif1.0", "+vif1.0", "");
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
    assert_true(guard_has(&guard, "web_0"));
    assert_false(guard_has(&guard, "web_"));
    guard_free(&guard);
    assert_false(guard_has(&guard, "web_0"));
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
        cmocka_unit_test(of_nested_networks_the_widest_is_enough),
        cmocka_unit_test(a_wider_network_takes_the_place_of_a_narrower),
        cmocka_unit_test(ipv4_counts_only_where_it_is_served),
        cmocka_unit_test(out_of_a_torn_table_all_comes_anew),
        cmocka_unit_test(names_that_no_rule_can_hold_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
