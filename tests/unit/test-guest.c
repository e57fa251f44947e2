/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a domU is told to configure, and in whose words. */
#include "configs.h"

#include <errno.h>
#include <stdio.h>

#include "domu/guest-format.h"

/* [domu a] with these lines, planned with --address ADDRESS for the vif 0. */
struct row {
    const char *lines;
    const char *address;
    const char *wanted; /* as render() has it, or words of the error */
};

/* "2001:db8::2/64, fe80::2/64 by fe80::1": the caller frees it. */
static char *render(const struct guest_config *guest)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    char gateway[INET6_ADDRSTRLEN];

    assert_non_null(out);
    for (size_t i = 0; i < guest->address_count; i++) {
        char address[PREFIX_TEXT];

        fprintf(out, "%s%s", i > 0 ? ", " : "", prefix_print(&guest->addresses[i], address));
    }
    fprintf(out, " by %s", address_print(&guest->gateway, gateway));
    fclose(out);
    return text;
}

/* What is planned for a section of LINES, as text, or the error. */
static char *plan(const char *lines, const char *wished, int devid)
{
    AUTO_FREE char *text = format_string("[domu a]\n%s\n", lines);
    struct config config = parse(text);
    const struct section *section = section_of(&config, SECTION_DOMU, "a");
    struct prefix address = wished ? prefix_of(wished) : (struct prefix){.length = 0};
    struct guest_wish wish = {.devid = devid,
                              .address = wished ? &address : NULL,
                              .has_length = wished && strchr(wished, '/')};
    struct desired desired;
    struct guest_config guest;
    struct error e = {""};
    char *result;

    CHECK(desired_require(&(struct vif_config){&config, section, devid}, &desired, &e) == 0, "%s",
          e.text);
    if (guest_plan(section, &desired, &wish, &guest, &e) == 0) {
        result = render(&guest);
        guest_free(&guest);
    } else {
        result = strdup(e.text);
    }
    desired_free(&desired);
    config_free(&config);
    return result;
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *planned = plan(rows[i].lines, rows[i].address, 0);

        CHECK(strcmp(planned, rows[i].wanted) == 0, "%s\n--address %s\n--- is: %s\n--- wanted: %s",
              rows[i].lines, rows[i].address ? rows[i].address : "-", planned, rows[i].wanted);
    }
}

static void check_refusals(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *planned = plan(rows[i].lines, rows[i].address, 0);

        CHECK(strstr(planned, rows[i].wanted), "%s\n--address %s\n--- is: %s\n--- wanted: %s",
              rows[i].lines, rows[i].address ? rows[i].address : "-", planned, rows[i].wanted);
    }
}

#define ONE "ipv6_gateway_addr = 2001:db8:0:1::1/64"
#define TWO "ipv6_gateway_addr = 2001:db8:0:1::1/64, 2001:db8:0:2::1/80"
#define LL  "ipv6_gateway_addr = fe80::1/64"

static void the_domu_has_2_in_each_gateways_network(void **state)
{
    static const struct row rows[] = {
        {ONE, NULL, "2001:db8:0:1::2/64 by 2001:db8:0:1::1"},
        {TWO, NULL, "2001:db8:0:1::2/64, 2001:db8:0:2::2/80 by 2001:db8:0:1::1"},
        {"ipv6_gateway_addr = 2001:db8::ffff:0:0:1/64", NULL,
         "2001:db8::2/64 by 2001:db8::ffff:0:0:1"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_a_gateway_has_the_domu_has_not(void **state)
{
    static const struct row rows[] = {
        {"ipv6_gateway_addr = 2001:db8::2/64", NULL, "2001:db8::3/64 by 2001:db8::2"},
        {"ipv6_gateway_addr = 2001:db8::1, 2001:db8::2, 2001:db8::3", NULL,
         "2001:db8::4/64 by 2001:db8::1"},
        {"ipv6_gateway_addr = 2001:db8::1/127", NULL, "2001:db8::/127 by 2001:db8::1"},
        {"ipv6_gateway_addr = 2001:db8::9/126", NULL, "2001:db8::a/126 by 2001:db8::9"},
        {"ipv6_gateway_addr = 2001:db8::a/126", NULL, "2001:db8::b/126 by 2001:db8::a"},
        {"ipv6_gateway_addr = 2001:db8::a/126, 2001:db8::b/126", NULL,
         "2001:db8::9/126 by 2001:db8::a"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
    check_refusals(&(struct row){"ipv6_gateway_addr = 2001:db8::9/126, 2001:db8::a/126, "
                                 "2001:db8::b/126",
                                 NULL, "no address of 2001:db8::8/126"},
                   1);
}

static void an_address_takes_the_place_of_2_in_its_own_network(void **state)
{
    static const struct row rows[] = {
        {ONE, "2001:db8:0:1::5", "2001:db8:0:1::5/64 by 2001:db8:0:1::1"},
        {ONE, "2001:db8:0:1::5/64", "2001:db8:0:1::5/64 by 2001:db8:0:1::1"},
        {TWO, "2001:db8:0:1::5", "2001:db8:0:1::5/64, 2001:db8:0:2::2/80 by 2001:db8:0:1::1"},
        {TWO, "2001:db8:0:2::5", "2001:db8:0:1::2/64, 2001:db8:0:2::5/80 by 2001:db8:0:1::1"},
        {"ipv6_gateway_addr = 2001:db8::1/127", "2001:db8::", "2001:db8::/127 by 2001:db8::1"},
        {"ipv6_gateway_addr = 2001:db8::1/48, 2001:db8::5/64", "2001:db8::7",
         "2001:db8::2/48, 2001:db8::7/64 by 2001:db8::1"},
        {"ipv6_gateway_addr = 2001:db8::1, 2001:db8::5", "2001:db8::7",
         "2001:db8::7/64 by 2001:db8::1"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void an_address_that_cannot_be_is_refused_with_the_reason(void **state)
{
    static const struct row rows[] = {
        {ONE, "2001:db8:0:9::5", "in none of the domU's networks: 2001:db8:0:1::/64"},
        {TWO, "2001:db8:0:9::5", "2001:db8:0:1::/64, 2001:db8:0:2::/80"},
        {ONE, "2001:db8:0:1::1", "the gateway itself"},
        {ONE, "2001:db8:0:1::", "anycast"},
        {ONE, "2001:db8:0:1::5/128", "length has to be that of its network, 2001:db8:0:1::/64"},
        {ONE, "2001:db8:0:1::5/48", "length"},
        {ONE, "ff02::1", "multicast"},
        {ONE, "::", "unspecified"},
        {ONE "\nroute = 2001:db8:0:5::/64", "2001:db8:0:5::5", "none of the domU's networks"},
        {LL "\nroute = 2001:db8:0:5::/64", "2001:db8:0:6::5", "fe80::/64, 2001:db8:0:5::/64"},
        {LL "\nroute = 2001:db8:0:5::/64", "2001:db8:0:5::5/48", "length"},
        {LL "\nroute = 2001:db8:0:5::/64", "2001:db8:0:5::", "anycast"},
    };

    (void)state;
    check_refusals(rows, ARRAY_SIZE(rows));
}

static void a_link_local_gateway_leaves_the_global_address_to_the_routes(void **state)
{
    static const struct row rows[] = {
        {LL "\nroute = 2001:db8:0:5::/64", NULL, "2001:db8:0:5::2/64 by fe80::1"},
        {LL "\nroute = 2001:db8:0:500::/56", NULL, "2001:db8:0:500::2/56 by fe80::1"},
        {LL "\nroute = 2001:db8:0:5::7/128", NULL, "2001:db8:0:5::7/128 by fe80::1"},
        {LL "\nroute = 2001:db8:0:5::/127", NULL, "2001:db8:0:5::/127 by fe80::1"},
        {LL "\nroute = 2001:db8:0:5::/64, 2001:db8:0:6::/64", "2001:db8:0:6::5",
         "2001:db8:0:6::5/64 by fe80::1"},
        {LL "\nroute = 2001:db8:0:5::/64", "2001:db8:0:5::5/128", "2001:db8:0:5::5/128 by fe80::1"},
        {LL "\nroute = 2001:db8:0:5::/64", "fe80::5", "fe80::5/64, 2001:db8:0:5::2/64 by fe80::1"},
        {LL "\nroute = 2001:db8:0:6::/64 via fe80::2, 2001:db8:0:5::/64", NULL,
         "2001:db8:0:5::2/64, fe80::2/64 by fe80::1"},
        {LL "\nroute = 2001:db8:0:6::/64 via fe80::2", NULL,
         "2001:db8:0:6::2/64, fe80::2/64 by fe80::1"},
        {"ipv6_gateway_addr = fe80::1, 2001:db8:0:1::1\nroute = 2001:db8:0:5::/64", NULL,
         "2001:db8:0:1::2/64 by fe80::1"},
        {"ipv6_gateway_addr = 2001:db8:0:1::1, fe80::1", NULL,
         "2001:db8:0:1::2/64 by 2001:db8:0:1::1"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void the_addresses_that_dom0_routes_to_are_the_domus_too(void **state)
{
    static const struct row rows[] = {
        {ONE "\nroute = 2001:db8:1::/48 via 2001:db8:0:1::2", NULL,
         "2001:db8:0:1::2/64 by 2001:db8:0:1::1"},
        {ONE "\nroute = 2001:db8:1::/48 via 2001:db8:0:1::7, 2001:db8:2::/48 via 2001:db8:0:1::7",
         NULL, "2001:db8:0:1::2/64, 2001:db8:0:1::7/64 by 2001:db8:0:1::1"},
        {ONE "\nroute = 2001:db8:1::/48 via 2001:db8:0:1::2", "2001:db8:0:1::5",
         "2001:db8:0:1::5/64, 2001:db8:0:1::2/64 by 2001:db8:0:1::1"},
        {ONE "\nroute = 2001:db8:1::/48 via fe80::2", NULL,
         "2001:db8:0:1::2/64, fe80::2/64 by 2001:db8:0:1::1"},
        {ONE "\nroute = 2001:db8:1::/48 via fe80::216:3eff:fe01:203", NULL,
         "2001:db8:0:1::2/64 by 2001:db8:0:1::1"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void without_a_gateway_or_an_address_there_is_no_configuration(void **state)
{
    static const struct row rows[] = {
        {"ipv6_gateway_addr.1 = 2001:db8::1", NULL, "no gateway for the vif with devid 0"},
        {"route = 2001:db8::/64", NULL, "no gateway"},
        {LL, NULL, "route = PREFIX/LENGTH"},
    };

    (void)state;
    check_refusals(rows, ARRAY_SIZE(rows));
}

static void each_vif_has_its_own(void **state)
{
    AUTO_FREE char *second = plan(ONE "\nipv6_gateway_addr.1 = 2001:db8:0:9::1", NULL, 1);

    (void)state;
    assert_string_equal(second, "2001:db8:0:9::2/64 by 2001:db8:0:9::1");
}

/* ---- formats ---- */

/* The section of TEXT, planned for the vif 1, as the format has it. */
static void check_format(const char *format, const char *text, enum section_kind kind,
                         const char *name, const char *wanted)
{
    struct config config = parse(text);
    const struct section *section = section_of(&config, kind, name);
    struct desired desired;
    struct guest_config guest;
    struct error e = {""};
    AUTO_FREE char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    assert_int_equal(desired_require(&(struct vif_config){&config, section, 1}, &desired, &e), 0);
    assert_int_equal(guest_plan(section, &desired, &(struct guest_wish){.devid = 1}, &guest, &e),
                     0);
    guest_format_find(format)->print(&guest, out);
    fclose(out);
    assert_string_equal(printed, wanted);
    guest_free(&guest);
    desired_free(&desired);
    config_free(&config);
}

#define LINK_LOCAL "[domu a]\n" LL "\nroute = 2001:db8:0:5::/64, 2001:db8:1::/48 via fe80::2\n"
#define BY_MAC     "[mac 00:16:3e:01:02:03]\n" ONE "\n"

static void ifupdown_gets_a_stanza_for_each_address(void **state)
{
    (void)state;
    check_format("ifupdown", LINK_LOCAL, SECTION_DOMU, "a",
                 "# IPv6 for [domu a], by vif-route-ipv6 guest-config.\n"
                 "# dom0 expects all of 2001:db8:0:5::/64 on this link.\n"
                 "# dom0 routes 2001:db8:1::/48 to fe80::2.\n"
                 "# Inside the domU: /etc/network/interfaces.d/eth1-ipv6\n"
                 "# Newer systemd names the interface enX1: then change it here.\n"
                 "auto eth1\n"
                 "\n"
                 "iface eth1 inet6 static\n"
                 "    address 2001:db8:0:5::2/64\n"
                 "    gateway fe80::1\n"
                 "    accept_ra 0\n"
                 "\n"
                 "iface eth1 inet6 static\n"
                 "    address fe80::2/64\n");
}

static void networkd_matches_by_both_names_or_by_the_mac_address(void **state)
{
    (void)state;
    check_format("networkd", LINK_LOCAL, SECTION_DOMU, "a",
                 "# IPv6 for [domu a], by vif-route-ipv6 guest-config.\n"
                 "# dom0 expects all of 2001:db8:0:5::/64 on this link.\n"
                 "# dom0 routes 2001:db8:1::/48 to fe80::2.\n"
                 "# Inside the domU: /etc/systemd/network/10-eth1.network\n"
                 "# Of all files that match an interface networkd takes the first: IPv4 goes here "
                 "too.\n"
                 "[Match]\n"
                 "Name=eth1 enX1\n"
                 "\n"
                 "[Network]\n"
                 "IPv6AcceptRA=no\n"
                 "Address=2001:db8:0:5::2/64\n"
                 "Address=fe80::2/64\n"
                 "\n"
                 "[Route]\n"
                 "Gateway=fe80::1\n"
                 "GatewayOnLink=yes\n");
    check_format("networkd", BY_MAC, SECTION_MAC, "00:16:3e:01:02:03",
                 "# IPv6 for [mac 00:16:3e:01:02:03], by vif-route-ipv6 guest-config.\n"
                 "# Inside the domU: /etc/systemd/network/10-eth1.network\n"
                 "# Of all files that match an interface networkd takes the first: IPv4 goes here "
                 "too.\n"
                 "[Match]\n"
                 "MACAddress=00:16:3e:01:02:03\n"
                 "\n"
                 "[Network]\n"
                 "IPv6AcceptRA=no\n"
                 "Address=2001:db8:0:1::2/64\n"
                 "\n"
                 "[Route]\n"
                 "Gateway=2001:db8:0:1::1\n");
}

static void netplan_gets_a_mapping(void **state)
{
    (void)state;
    check_format("netplan", BY_MAC, SECTION_MAC, "00:16:3e:01:02:03",
                 "# IPv6 for [mac 00:16:3e:01:02:03], by vif-route-ipv6 guest-config.\n"
                 "# Inside the domU, mode 600: /etc/netplan/60-eth1-ipv6.yaml\n"
                 "network:\n"
                 "  version: 2\n"
                 "  ethernets:\n"
                 "    eth1:\n"
                 "      match:\n"
                 "        macaddress: \"00:16:3e:01:02:03\"\n"
                 "      accept-ra: false\n"
                 "      addresses:\n"
                 "        - \"2001:db8:0:1::2/64\"\n"
                 "      routes:\n"
                 "        - to: \"::/0\"\n"
                 "          via: \"2001:db8:0:1::1\"\n");
}

static void a_format_is_known_by_its_name_alone(void **state)
{
    (void)state;
    assert_non_null(guest_format_find("networkd"));
    assert_null(guest_format_find("network"));
    assert_null(guest_format_find("Netplan"));
    assert_null(guest_format_find(""));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_domu_has_2_in_each_gateways_network),
        cmocka_unit_test(what_a_gateway_has_the_domu_has_not),
        cmocka_unit_test(an_address_takes_the_place_of_2_in_its_own_network),
        cmocka_unit_test(an_address_that_cannot_be_is_refused_with_the_reason),
        cmocka_unit_test(a_link_local_gateway_leaves_the_global_address_to_the_routes),
        cmocka_unit_test(the_addresses_that_dom0_routes_to_are_the_domus_too),
        cmocka_unit_test(without_a_gateway_or_an_address_there_is_no_configuration),
        cmocka_unit_test(each_vif_has_its_own),
        cmocka_unit_test(ifupdown_gets_a_stanza_for_each_address),
        cmocka_unit_test(networkd_matches_by_both_names_or_by_the_mac_address),
        cmocka_unit_test(netplan_gets_a_mapping),
        cmocka_unit_test(a_format_is_known_by_its_name_alone),
    };

    return cmocka_run_group_tests_name("guest", tests, NULL, NULL);
}
