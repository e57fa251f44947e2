/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a section of ipv6.cfg asks for on one vif. */
#include "configs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>

#include "domu/desired.h"

/* The section [domu a] of TEXT for the vif DEVID: what is wanted there, and all that is wrong. */
struct row {
    const char *text;
    int devid;
    const char *wanted; /* as render() has it */
    struct expected errors[4];
};

/* "2001:db8::1/64, 2001:db8:1::/48 via fe80::2, antispoof": the caller frees it. */
static char *render(const struct desired *desired)
{
    const char *separator = "";
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < desired->gateway_count; i++, separator = ", ") {
        char gateway[PREFIX_TEXT];

        fprintf(out, "%s%s", separator, prefix_print(&desired->gateways[i], gateway));
    }
    for (size_t i = 0; i < desired->route_count; i++, separator = ", ") {
        const struct route_spec *route = &desired->routes[i];
        char destination[PREFIX_TEXT];
        char via[INET6_ADDRSTRLEN];

        fprintf(out, "%sto %s", separator, prefix_print(&route->destination, destination));
        if (route->has_via)
            fprintf(out, " via %s", address_print(&route->via, via));
    }
    fprintf(out, "%s%s", desired->antispoof ? separator : "",
            desired->antispoof ? "antispoof" : "");
    fclose(out);
    return text;
}

static void check_row(const struct row *row)
{
    struct config config = parse(row->text);
    const struct section *section = section_of(&config, SECTION_DOMU, "a");
    struct desired desired;
    struct error e = {""};
    AUTO_FREE char *wanted = NULL;

    CHECK(desired_build(&(struct vif_config){&config, section, row->devid}, &desired, &e) == 0,
          "%s", e.text);
    CHECK(desired_judge(&config, section, &config.diagnostics, &e) == 0, "%s", e.text);
    wanted = render(&desired);
    CHECK(strcmp(wanted, row->wanted) == 0, "--- in:\n%s--- devid %d is:\n%s\n--- should be:\n%s",
          row->text, row->devid, wanted, row->wanted);
    CHECK(says(&config.diagnostics, DIAGNOSTIC_ERROR, row->errors), "--- in:\n%s", row->text);
    desired_free(&desired);
    config_free(&config);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
}

static void addresses_come_in_the_order_of_the_file(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1, fe80::1\n",
         0,
         "2001:db8:0:2::1/64, fe80::1/64",
         {{0}}},
        {"ipv6_gateway_addr[a]=2001:db8:0:9::1\n[defaults]\nprefix = 2001:db8::/48\n"
         "[domu a]\nsubnet = 1f, 2\nipv6_gateway_addr = fe80::1\n",
         0,
         "2001:db8:0:9::1/64, 2001:db8:0:1f::1/64, 2001:db8:0:2::1/64, fe80::1/64",
         {{0}}},
        {"[domu a]\n", 0, "", {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1/80\n", ANY_DEVID, "2001:db8::1/80", {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_key_with_the_vifs_devid_takes_the_place_of_the_one_without(void **state)
{
    static const char text[] = "[defaults]\nprefix = 2001:db8::/48\nantispoof = yes\n"
                               "[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
                               "ipv6_gateway_addr.1 = 2001:db8:0:12::1\nsubnet = a\nsubnet.2 = b\n"
                               "antispoof = yes\nantispoof.3 = no\n"
                               "route = 2001:db8:1::/48\nroute.4 = 2001:db8:2::/48\n";
    /* A gateway and a subnet are two ways to say one thing, so either takes the place of both. */
    static const struct row rows[] = {
        {text, 0, "2001:db8:0:2::1/64, 2001:db8:0:a::1/64, to 2001:db8:1::/48, antispoof", {{0}}},
        {text,
         ANY_DEVID,
         "2001:db8:0:2::1/64, 2001:db8:0:a::1/64, to 2001:db8:1::/48, antispoof",
         {{0}}},
        {text, 1, "2001:db8:0:12::1/64, to 2001:db8:1::/48, antispoof", {{0}}},
        {text, 2, "2001:db8:0:b::1/64, to 2001:db8:1::/48, antispoof", {{0}}},
        {text, 3, "2001:db8:0:2::1/64, 2001:db8:0:a::1/64, to 2001:db8:1::/48", {{0}}},
        {text, 4, "2001:db8:0:2::1/64, 2001:db8:0:a::1/64, to 2001:db8:2::/48, antispoof", {{0}}},
        {text, 10, "2001:db8:0:2::1/64, 2001:db8:0:a::1/64, to 2001:db8:1::/48, antispoof", {{0}}},
        {"ipv6_gateway_addr[a]=fe80::1\n[domu a]\nipv6_gateway_addr.1 = fe80::2\n",
         1,
         "fe80::2/64",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr.1 = fe80::2\nroute.11 = 2001:db8:1::/48\n",
         11,
         "to 2001:db8:1::/48",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void antispoof_is_the_sections_word_or_else_that_of_defaults(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\n", 0, "", {{0}}},
        {"[domu a]\nantispoof = yes\n", 0, "antispoof", {{0}}},
        {"[defaults]\nantispoof = yes\n[domu a]\n", 0, "antispoof", {{0}}},
        {"[domu a]\n[defaults]\nantispoof = yes\n", 0, "antispoof", {{0}}},
        {"[defaults]\nantispoof = yes\n[domu a]\nantispoof = no\n", 0, "", {{0}}},
        {"[defaults]\nantispoof = no\n[domu a]\nantispoof = yes\n", 0, "antispoof", {{0}}},
        {"[defaults]\nantispoof = yes\n[domu a]\nantispoof.1 = no\n", 0, "antispoof", {{0}}},
        {"[defaults]\nantispoof = yes\n[domu a]\nantispoof.1 = no\n", 1, "", {{0}}},
        {"[defaults]\nantispoof = never\n[domu a]\n", /* on the safe side */
         0,
         "antispoof",
         {{2, "[defaults]", "neither"}}},
        {"[defaults]\nantispoof =\n[domu a]\n", 0, "antispoof", {{2, "[defaults]", "no value"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_subnet_needs_a_prefix_and_has_to_fit(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nsubnet = 1\n", 0, "", {{2, "[domu a]", "no valid prefix"}}},
        {"[defaults]\nprefix = 2001:db8::1/48\n[domu a]\nsubnet = 1\n",
         0,
         "",
         {{2, "[defaults]", "host bits"}, {4, "[domu a]", "no valid prefix"}}},
        {"[defaults]\nprefix = 2001:db8:0:f0::/60\n[domu a]\nsubnet = f\nantispoof = yes\n",
         0,
         "2001:db8:0:ff::1/64, antispoof",
         {{0}}},
        {"[defaults]\nprefix = 2001:db8:0:f0::/60\n[domu a]\nsubnet = f, 10, e\n",
         0,
         "2001:db8:0:ff::1/64, 2001:db8:0:fe::1/64",
         {{4, "[domu a]", "10 does not fit between 2001:db8:0:f0::/60 (line 2) and a /64"}}},
        {"[domu a]\nsubnet = 1\n[defaults]\nprefix = 6to4:192.0.2.4\n", /* in any order */
         0,
         "2002:c000:204:1::1/64",
         {{0}}},
        {"[defaults]\nprefix = 2001:db8::/64\n[domu a]\nsubnet = 0\n", 0, "2001:db8::1/64", {{0}}},
        {"[defaults]\nprefix = 2001:db8::/64\n[domu a]\nsubnet = 1\n",
         0,
         "",
         {{4, "[domu a]", "does not fit"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void one_address_twice_on_a_vif_is_an_error(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1, 2001:db8::1/80\n",
         0,
         "2001:db8::1/64",
         {{2, "[domu a]", "2001:db8::1/80 appears twice"}}},
        {"ipv6_gateway_addr[a]=2001:db8::1\n[domu a]\nipv6_gateway_addr = 2001:db8::1\n",
         0,
         "2001:db8::1/64",
         {{3, "[domu a]", "twice"}}},
        {"[defaults]\nprefix = 2001:db8::/48\n[domu a]\nsubnet = 1\n"
         "ipv6_gateway_addr = 2001:db8:0:1::1\n",
         0,
         "2001:db8:0:1::1/64",
         {{5, "[domu a]", "twice"}}},
        {"[domu a]\nipv6_gateway_addr = fe80::1\nipv6_gateway_addr.1 = fe80::1\n",
         1,
         "fe80::1/64",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_routes_via_is_on_the_link_and_not_the_gateway_itself(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
         "route = 2001:db8:1::/48 via 2001:db8:0:2::2\n",
         0,
         "2001:db8:0:2::1/64, to 2001:db8:1::/48 via 2001:db8:0:2::2",
         {{0}}},
        {"[domu a]\nroute = 2001:db8:1::/48 via 2001:db8:0:2::2\n" /* also before the address */
         "ipv6_gateway_addr = 2001:db8:0:2::1\n",
         0,
         "2001:db8:0:2::1/64, to 2001:db8:1::/48 via 2001:db8:0:2::2",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
         "route = 2001:db8:1::/48 via fe80::2, 2001:db8:2::/48\n",
         0,
         "2001:db8:0:2::1/64, to 2001:db8:1::/48 via fe80::2, to 2001:db8:2::/48",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
         "route = 2001:db8:1::/48 via 2001:db8:0:3::2\n",
         0,
         "2001:db8:0:2::1/64",
         {{3, "[domu a]", "2001:db8:0:3::2 is in none of the domU's subnets"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
         "route = 2001:db8:1::/48 via 2001:db8:0:2::1\n",
         0,
         "2001:db8:0:2::1/64",
         {{3, "[domu a]", "the gateway itself"}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8:0:2::1\n"
         "route = 2001:db8:1::/48, 2001:db8:1::/48 via fe80::2\n",
         0,
         "2001:db8:0:2::1/64, to 2001:db8:1::/48",
         {{3, "[domu a]", "2001:db8:1::/48 appears twice"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_route_belongs_to_the_vif_with_its_vias_subnet(void **state)
{
    static const char text[] = "[domu a]\nipv6_gateway_addr.0 = 2001:db8:0:2::1\n"
                               "ipv6_gateway_addr.1 = 2001:db8:0:3::1\n"
                               "route = 2001:db8:1::/48 via 2001:db8:0:3::2\n";
    static const char bound[] = "[domu a]\nipv6_gateway_addr.0 = 2001:db8:0:2::1\n"
                                "ipv6_gateway_addr.1 = 2001:db8:0:3::1\n"
                                "route.0 = 2001:db8:1::/48 via 2001:db8:0:3::2\n";
    static const struct row rows[] = {
        {text, 0, "2001:db8:0:2::1/64", {{0}}},
        {text, 1, "2001:db8:0:3::1/64, to 2001:db8:1::/48 via 2001:db8:0:3::2", {{0}}},
        {text, 2, "", {{0}}},
        {bound, 0, "2001:db8:0:2::1/64", {{4, "[domu a]", "none of the domU's subnets"}}},
        {bound, 1, "2001:db8:0:3::1/64", {{4, "[domu a]", "none of the domU's subnets"}}},
        {"[defaults]\nprefix = 2001:db8::/48\n[domu a]\nsubnet.0 = 1\nsubnet.1 = 2\n"
         "route = 2001:db8:1::/48 via 2001:db8:0:2::2\n",
         0,
         "2001:db8:0:1::1/64",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_mistake_of_one_vif_does_not_stop_another(void **state)
{
    struct config config = parse("[domu a]\nipv6_gateway_addr.0 = 2001:db8:0:2::1\n"
                                 "ipv6_gateway_addr.1 = 2001:db8:0:3::1\n"
                                 "route.0 = 2001:db8:1::/48 via 2001:db8:0:3::2\n");
    const struct section *section = section_of(&config, SECTION_DOMU, "a");
    struct desired desired;
    struct error e = {""};

    (void)state;
    assert_int_equal(desired_require(&(struct vif_config){&config, section, 0}, &desired, &e),
                     -EINVAL);
    assert_non_null(strstr(e.text, ":4: route: via 2001:db8:0:3::2 is in none of"));
    CHECK(desired_require(&(struct vif_config){&config, section, 1}, &desired, &e) == 0, "%s",
          e.text);
    desired_free(&desired);
    config_free(&config);
}

static void a_judgement_looks_at_every_vif_and_says_a_thing_once(void **state)
{
    static const struct expected errors[] = {
        {2, "[domu a]", "twice"}, {3, "[domu a]", "twice"}, {4, "[domu a]", "none of"}, {0}};
    struct config config = parse("[domu a]\nipv6_gateway_addr = fe80::1, fe80::1\n"
                                 "ipv6_gateway_addr.1 = fe80::2, fe80::2\n"
                                 "route.2 = 2001:db8:1::/48 via 2001:db8::2\n");
    struct error e = {""};

    (void)state;
    assert_int_equal(
        desired_judge(&config, section_of(&config, SECTION_DOMU, "a"), &config.diagnostics, &e), 0);
    assert_true(says(&config.diagnostics, DIAGNOSTIC_ERROR, errors));
    config_free(&config);
}

/* ---- ip= ---- */

static void check_ip(const char *ip, const char *source, const char *wanted)
{
    struct desired desired = {.gateways = NULL};
    struct in_addr address;
    struct error e = {""};
    AUTO_FREE char *text = NULL;

    if (source)
        assert_int_equal(inet_pton(AF_INET, source, &address), 1);
    CHECK(desired_add_ip(&desired, ip, source ? &address : NULL, &e) == 0, "'%s': %s", ip, e.text);
    text = render(&desired);
    CHECK(strcmp(text, wanted) == 0, "'%s': '%s' instead of '%s'", ip, text, wanted);
    assert_int_equal(desired.has_source, source != NULL);
    desired_free(&desired);
}

static void a_vifs_ip_words_become_routes_of_both_families(void **state)
{
    (void)state;
    check_ip("192.0.2.5", NULL, "to 192.0.2.5/32");
    check_ip("192.0.2.5", "198.51.100.1", "198.51.100.1/32, to 192.0.2.5/32");
    check_ip(" 192.0.2.5  2001:db8::5\t192.0.2.64/26 2001:db8:1::/48 ", NULL,
             "to 192.0.2.5/32, to 2001:db8::5/128, to 192.0.2.64/26, to 2001:db8:1::/48");
    check_ip("192.0.2.5 192.0.2.5/32", NULL, "to 192.0.2.5/32");
    check_ip("", NULL, "");
    check_ip("", "198.51.100.1", "198.51.100.1/32");
}

static void an_ip_word_that_is_none_is_refused_and_quoted(void **state)
{
    static const char *const words[] = {
        "web",
        "fe80::2",
        "::",
        "ff02::1",
        "0.0.0.0/0",
        "127.0.0.1",
        "224.0.0.1",
        "192.0.2",
        "192.0.2.5/33",
        "192.0.2.5/24",
        "192.0.2.5/",
        "192.0.2.5/032",
        "2001:db8::1/48",
        "2001:db8::/129",
        "192.0.2.5,192.0.2.6",
        "192.0.2.0000000000005",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        AUTO_FREE char *ip = format_string("192.0.2.9 %s", words[i]);
        struct desired desired = {.gateways = NULL};
        struct error e = {""};

        CHECK(desired_add_ip(&desired, ip, NULL, &e) == -EINVAL, "'%s' was taken", words[i]);
        CHECK(strstr(e.text, words[i]), "'%s' is not in: %s", words[i], e.text);
        desired_free(&desired);
    }
}

static void it_is_known_which_families_are_wanted(void **state)
{
    static const struct {
        const char *ip;
        const char *source;
        bool ipv4;
        bool ipv6;
    } rows[] = {
        {"", NULL, false, false},
        {"", "198.51.100.1", true, false},
        {"192.0.2.5", NULL, true, false},
        {"2001:db8::5", NULL, false, true},
        {"2001:db8::5 192.0.2.5", NULL, true, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct desired desired = {.gateways = NULL};
        struct in_addr source = {.s_addr = htonl(0xc6336401)};
        struct error e = {""};

        assert_int_equal(desired_add_ip(&desired, rows[i].ip, rows[i].source ? &source : NULL, &e),
                         0);
        CHECK(desired_has_ipv4(&desired) == rows[i].ipv4, "'%s'", rows[i].ip);
        CHECK(desired_has_ipv6(&desired) == rows[i].ipv6, "'%s'", rows[i].ip);
        desired_free(&desired);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_in_the_order_of_the_file),
        cmocka_unit_test(a_key_with_the_vifs_devid_takes_the_place_of_the_one_without),
        cmocka_unit_test(antispoof_is_the_sections_word_or_else_that_of_defaults),
        cmocka_unit_test(a_subnet_needs_a_prefix_and_has_to_fit),
        cmocka_unit_test(one_address_twice_on_a_vif_is_an_error),
        cmocka_unit_test(a_routes_via_is_on_the_link_and_not_the_gateway_itself),
        cmocka_unit_test(a_route_belongs_to_the_vif_with_its_vias_subnet),
        cmocka_unit_test(a_mistake_of_one_vif_does_not_stop_another),
        cmocka_unit_test(a_judgement_looks_at_every_vif_and_says_a_thing_once),
        cmocka_unit_test(a_vifs_ip_words_become_routes_of_both_families),
        cmocka_unit_test(an_ip_word_that_is_none_is_refused_and_quoted),
        cmocka_unit_test(it_is_known_which_families_are_wanted),
    };

    return cmocka_run_group_tests_name("desired", tests, NULL, NULL);
}
