/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What leads from the kernel's state to a 6to4 site, without a kernel. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>

#include "6to4/tunnel.h"

enum { LO = 1, LAN, OTHER, TUNNEL };

static const struct link all_links[] = {
    {.index = LO, .name = "lo"},
    {.index = LAN, .name = "eth1"},
    {.index = OTHER, .name = "eth2"},
    {.index = TUNNEL, .name = "tun6to4"},
};

static struct in_addr ipv4(const char *text)
{
    struct in_addr address;

    CHECK(inet_pton(AF_INET, text, &address) == 1, "the test's own '%s'", text);
    return address;
}

static struct sixtofour site_of(const char *public_ipv4, const char *lan)
{
    struct sixtofour site;
    struct error e;

    sixtofour_init(&site);
    site.public_ipv4 = site.local_ipv4 = ipv4(public_ipv4);
    if (lan)
        CHECK(sixtofour_add_lan(&site, lan, 1, &e) == 0, "%s", e.text);
    return site;
}

/* The links up to COUNT, and nothing on them. */
static struct tunnel_actual bare(size_t count)
{
    return (struct tunnel_actual){
        .links = (struct link *)all_links, .link_count = count, .has_marks = true};
}

static bool has_change(const struct plan *plan, const char *wanted)
{
    for (size_t i = 0; i < plan->change_count; i++) {
        char text[CHANGE_TEXT];

        if (strcmp(change_print(&plan->changes[i], text), wanted) == 0)
            return true;
    }
    return false;
}

/* Plays PLAN on an empty kernel: what is there after it. */
static void carry_out(const struct plan *plan, struct tunnel_actual *actual)
{
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *change = &plan->changes[i];

        if (change->entry.kind == ENTRY_ROUTE) {
            struct route *slot = array_add(&actual->routes, &actual->route_count, sizeof(*slot));

            *slot = change->entry.route;
        } else {
            struct address *slot =
                array_add(&actual->addresses, &actual->address_count, sizeof(*slot));

            *slot = change->entry.address;
            slot->flags = IFA_F_PERMANENT | IFA_F_NODAD;
        }
    }
}

static struct plan plan_for(const struct sixtofour *site, const struct tunnel_actual *actual)
{
    struct plan plan;
    struct error e;

    CHECK(tunnel_plan(site, actual, &plan, &e) == 0, "%s", e.text);
    return plan;
}

static void forget(struct tunnel_actual *actual)
{
    free(actual->addresses);
    free(actual->routes);
}

static void a_site_gets_its_addresses_and_unreachable_routes(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", "eth1");
    struct tunnel_actual actual = bare(4);
    struct plan plan = plan_for(&site, &actual);

    (void)state;
    CHECK(has_change(&plan, "+ tun6to4 2002:cb00:7105::1/16"), "the tunnel's address");
    CHECK(has_change(&plan, "+ eth1 2002:cb00:7105:1::1/64"), "the LAN's address");
    CHECK(has_change(&plan, "+ lo route unreachable 2002:a00::/24"), "10.0.0.0/8");
    CHECK(!has_change(&plan, "+ tun6to4 route ::/0"), "a route without a relay");
    for (size_t i = 0; i < plan.change_count; i++)
        CHECK(entry_protocol(&plan.changes[i].entry) == SIXTOFOUR_PROTOCOL,
              "change %zu lacks the mark", i);
    plan_free(&plan);
    sixtofour_free(&site);
}

static void a_relay_gets_the_default_route(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", NULL);
    struct tunnel_actual actual = bare(4);
    struct plan plan;

    (void)state;
    site.has_relay = true;
    site.relay = address_of("2002:c633:6401::1");
    plan = plan_for(&site, &actual);
    CHECK(has_change(&plan, "+ tun6to4 route ::/0 via ::198.51.100.1"), "no default route");
    plan_free(&plan);
}

static void what_is_there_stays_as_it_is(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", "eth1");
    struct tunnel_actual actual = bare(4);
    struct plan plan = plan_for(&site, &actual);

    (void)state;
    carry_out(&plan, &actual);
    plan_free(&plan);
    plan = plan_for(&site, &actual);
    CHECK(plan.change_count == 0, "%zu changes the second time", plan.change_count);
    plan_free(&plan);
    forget(&actual);
    sixtofour_free(&site);
}

static void a_new_public_address_comes_before_the_old_one_goes(void **state)
{
    struct sixtofour old = site_of("203.0.113.5", "eth1");
    struct sixtofour new = site_of("203.0.113.6", "eth2");
    struct tunnel_actual actual = bare(4);
    struct plan plan = plan_for(&old, &actual);
    bool removing = false;

    (void)state;
    carry_out(&plan, &actual);
    plan_free(&plan);
    plan = plan_for(&new, &actual);
    CHECK(has_change(&plan, "+ tun6to4 2002:cb00:7106::1/16"), "the new address");
    CHECK(has_change(&plan, "- tun6to4 2002:cb00:7105::1/16"), "the old address");
    CHECK(has_change(&plan, "+ eth2 2002:cb00:7106:1::1/64"), "the new LAN");
    CHECK(has_change(&plan, "- eth1 2002:cb00:7105:1::1/64"), "the old LAN");
    for (size_t i = 0; i < plan.change_count; i++) {
        CHECK(!removing || plan.changes[i].kind == CHANGE_REMOVE, "change %zu comes too late", i);
        removing |= plan.changes[i].kind == CHANGE_REMOVE;
    }
    plan_free(&plan);
    forget(&actual);
    sixtofour_free(&old);
    sixtofour_free(&new);
}

static void without_a_site_all_that_is_the_suites_goes(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", "eth1");
    struct tunnel_actual actual = bare(4);
    struct plan plan = plan_for(&site, &actual);
    size_t made = plan.change_count;
    struct address *foreign;

    (void)state;
    carry_out(&plan, &actual);
    plan_free(&plan);
    foreign = array_add(&actual.addresses, &actual.address_count, sizeof(*foreign));
    *foreign = (struct address){
        .prefix = prefix_of("2002:cb00:7105:9::1/64"), .link = LAN, .protocol = SUITE_PROTOCOL};
    plan = plan_for(NULL, &actual);
    CHECK(plan.change_count == made, "%zu of %zu go", plan.change_count, made);
    CHECK(!has_change(&plan, "- eth1 2002:cb00:7105:9::1/64"), "a domU's address goes");
    plan_free(&plan);
    forget(&actual);
    sixtofour_free(&site);
}

static void a_lan_without_a_link_is_named(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", "eth9");
    struct tunnel_actual actual = bare(4);
    const struct sixtofour_lan *lan = tunnel_missing_lan(&site, &actual, 0);

    (void)state;
    CHECK(lan && strcmp(lan->link, "eth9") == 0, "not named");
    CHECK(!tunnel_missing_lan(&site, &actual, 1), "there is a second one");
    sixtofour_free(&site);
}

/* The device that FOUND is, and what is to be done about it. */
static int plan_device(const struct sixtofour *site, struct sit *found, struct device_plan *out)
{
    struct tunnel_actual actual = bare(4);
    struct error e;

    actual.sits = found;
    actual.sit_count = found ? 1 : 0;
    return tunnel_plan_device(site, &actual, out, &e);
}

static struct sit right_device(const struct sixtofour *site)
{
    struct device_plan plan;
    struct sit sit;

    CHECK(plan_device(site, NULL, &plan) == 0 && plan.wanted.index == 0, "a device to be made");
    sit = plan.wanted;
    sit.index = TUNNEL;
    sit.up = true;
    return sit;
}

static void the_device_is_made_changed_raised_or_left(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", NULL);
    struct sit sit = right_device(&site);
    struct device_plan plan;

    (void)state;
    CHECK(plan_device(&site, &sit, &plan) == 0 && !plan.change && !plan.raise, "it is right");
    sit.up = false;
    CHECK(plan_device(&site, &sit, &plan) == 0 && !plan.change && plan.raise, "it is down");
    sit.up = true;
    sit.mtu = 1480;
    CHECK(plan_device(&site, &sit, &plan) == 0 && plan.change, "another MTU");
    sit.mtu = 1280;
    sit.local = ipv4("192.168.1.2");
    CHECK(plan_device(&site, &sit, &plan) == 0 && plan.change && plan.wanted.index == TUNNEL,
          "another address");
    sit.local = site.local_ipv4;
    sit.may_fragment = false;
    CHECK(plan_device(&site, &sit, &plan) == 0 && plan.change, "DF is a path-MTU trap");
}

static void a_device_that_is_not_the_suites_is_refused(void **state)
{
    struct sixtofour site = site_of("203.0.113.5", NULL);
    struct sit sit = right_device(&site);
    struct device_plan plan;

    (void)state;
    sit.group = 0;
    CHECK(plan_device(&site, &sit, &plan) == -EEXIST, "another one's tunnel");
    sit.group = TUNNEL_GROUP;
    sit.is_sit = false;
    CHECK(plan_device(&site, &sit, &plan) == -EEXIST, "no tunnel at all");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_site_gets_its_addresses_and_unreachable_routes),
        cmocka_unit_test(a_relay_gets_the_default_route),
        cmocka_unit_test(what_is_there_stays_as_it_is),
        cmocka_unit_test(a_new_public_address_comes_before_the_old_one_goes),
        cmocka_unit_test(without_a_site_all_that_is_the_suites_goes),
        cmocka_unit_test(a_lan_without_a_link_is_named),
        cmocka_unit_test(the_device_is_made_changed_raised_or_left),
        cmocka_unit_test(a_device_that_is_not_the_suites_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
