/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Router advertisements: what is wanted of an entry, and the file that remembers it. */
#include "configs.h"

#include <stdio.h>

#include "domu/ra-format.h"

static const struct link vif = {.index = 7, .name = "vif1.0", .mtu = 1500};

/* What the first section of TEXT with a domU wants on LINK. */
static struct ra wanted(const char *text, const struct link *link)
{
    struct config config = parse(text);
    struct vif_config where = {&config, NULL, 0};
    struct desired desired;
    struct ra ra;
    struct error e = {""};

    for (size_t i = 0; i < config.section_count && !where.section; i++)
        if (section_is_domu(config.sections[i]))
            where.section = config.sections[i];
    CHECK(where.section && desired_build(&where, &desired, &e) == 0, "%s", e.text);
    CHECK(ra_build(&where, &desired, link, &ra, &e) == 0, "%s", e.text);
    ra.mtu = ra.is_router ? 1492 : 0;
    desired_free(&desired);
    config_free(&config);
    return ra;
}

/* Puts what TEXT wants into the table, at NOW; it is to be such a change. */
static void set(struct ra_table *table, const char *text, const struct link *link, long now,
                int change)
{
    struct ra ra = wanted(text, link);
    int result = ra_table_set(table, &ra, now);

    CHECK(result == change, "%d instead of %d for %s", result, change, text);
    ra_free(&ra);
}

static void expect_text(const struct ra_table *table, const char *expected)
{
    char *text = ra_print_radvd(table);
    const char *body = text ? strstr(text, "\ninterface") : NULL;

    CHECK(text && strcmp(body ? body : "", expected) == 0, "%s", text);
    free(text);
}

#define TWO                                                                                        \
    "[domu a]\nra = yes\ndns = 2001:db8::53\nsearch = Lan.\n"                                      \
    "ipv6_gateway_addr = 2001:db8:0:1::1/64, 2001:db8:0:2::1/64, fe80::1/64, 2001:db8:0:2::9\n"
#define ONE "[domu a]\nra = yes\nipv6_gateway_addr = 2001:db8:0:1::1/64\n"

#define HEAD  "\ninterface vif1.0 {\n\t# link 7\n\tIgnoreIfMissing on;\n\tAdvSendAdvert on;\n"
#define FIRST "\tprefix 2001:db8:0:1::/64 {\n\t};\n"
#define GONE(time, prefix)                                                                         \
    "\t# removed " time "\n\tprefix " prefix " {\n\t\tAdvPreferredLifetime 0;\n"                   \
    "\t\tAdvValidLifetime 0;\n\t};\n"

static void the_file_has_what_the_entry_wants(void **state)
{
    struct ra_table table = {.items = NULL};

    (void)state;
    set(&table, TWO, &vif, 100, '+');
    expect_text(&table, HEAD "\tAdvLinkMTU 1492;\n" FIRST "\tprefix 2001:db8:0:2::/64 {\n\t};\n"
                             "\tRDNSS 2001:db8::53 {\n\t};\n\tDNSSL lan {\n\t};\n};\n");
    set(&table, TWO, &vif, 100, 0);
    ra_table_free(&table);
}

static void a_removed_prefix_is_remembered_for_two_hours(void **state)
{
    struct ra_table table = {.items = NULL};

    (void)state;
    set(&table, TWO, &vif, 100, '+');
    set(&table, ONE, &vif, 200, '~');
    expect_text(&table, HEAD "\tAdvLinkMTU 1492;\n" FIRST GONE("200", "2001:db8:0:2::/64") "};\n");
    set(&table, ONE, &vif, 200 + 7199, 0);
    set(&table, ONE, &vif, 200 + 7200, '~');
    expect_text(&table, HEAD "\tAdvLinkMTU 1492;\n" FIRST "};\n");
    set(&table, TWO, &vif, 9000, '~'); /* it comes back */
    set(&table, "[domu a]\nra = no\nipv6_gateway_addr = 2001:db8:0:1::1/64\n", &vif, 9100, '-');
    expect_text(&table, HEAD "\tAdvDefaultLifetime 0;\n\tAdvLinkMTU 1492;\n" GONE(
                            "9100", "2001:db8:0:1::/64") GONE("9100", "2001:db8:0:2::/64") "};\n");
    set(&table, ONE, &vif, 9200, '+');
    ra_table_free(&table);
}

static void a_new_link_is_another_guests(void **state)
{
    const struct link anew = {.index = 8, .name = "vif1.0", .mtu = 1500};
    struct ra_table table = {.items = NULL};

    (void)state;
    set(&table, TWO, &vif, 100, '+');
    set(&table, ONE, &anew, 200, '+');
    CHECK(table.items[0].prefix_count == 1, "%zu", table.items[0].prefix_count);
    set(&table, "[domu a]\nipv6_gateway_addr = 2001:db8::1\n", &vif, 300, '-');
    CHECK(table.count == 0, "%zu", table.count);
    ra_table_free(&table);
}

static void the_file_is_read_as_it_was_written(void **state)
{
    const struct link other = {.index = 9, .name = "web_0", .mtu = 1500};
    struct ra_table table = {.items = NULL};
    struct ra_table again = {.items = NULL};
    char *text;
    char *same;

    (void)state;
    set(&table, TWO, &vif, 100, '+');
    set(&table, ONE, &vif, 200, '~');
    set(&table, TWO, &other, 200, '+');
    set(&table, "[domu a]\nipv6_gateway_addr = fe80::1\n", &other, 300, '-');
    text = ra_print_radvd(&table);
    CHECK(text && ra_parse_radvd(text, &again) == 0, "parse");
    same = ra_print_radvd(&again);
    CHECK(same && strcmp(text, same) == 0, "%s\n%s", text, same);
    ra_table_drop(&again, "vif1.0");
    CHECK(again.count == 1 && strcmp(again.items[0].link, "web_0") == 0, "%zu", again.count);
    free(text);
    free(same);
    ra_table_free(&table);
    ra_table_free(&again);
}

static void any_text_is_read(void **state)
{
    static const char *const texts[] = {
        "",
        "interface",
        "interface  {",
        "interface a {",
        "\tprefix 2001:db8::/64 {",
        "interface abcdefghijklmnopqrst {\n\tprefix 2001:db8::/64 {\n",
        "interface a {\n\tprefix x {\n\tprefix 2001:db8::/64 {\n\tRDNSS y {\n\tDNSSL  {\n\t# "
        "removed z",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct ra_table table = {.items = NULL};

        CHECK(ra_parse_radvd(texts[i], &table) == 0, "%s", texts[i]);
        CHECK(table.count <= 1, "%s", texts[i]);
        ra_table_free(&table);
    }
}

static void names_that_radvd_takes_for_something_else(void **state)
{
    static const char *const bad[] = {"on",  "off", "prefix", "interface", "AdvLinkMTU",
                                      "12",  "1.5", "-1",     "a{",        "a;b",
                                      "a#b", "a\"", "a/b",    "\xc3\xa4"};
    static const char *const good[] = {"vif1.0", "web", "web_0", "1a", "On", "vif1.0-emu"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
        CHECK(ra_link_refusal(bad[i]), "%s", bad[i]);
    for (size_t i = 0; i < ARRAY_SIZE(good); i++)
        CHECK(!ra_link_refusal(good[i]), "%s", good[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_has_what_the_entry_wants),
        cmocka_unit_test(a_removed_prefix_is_remembered_for_two_hours),
        cmocka_unit_test(a_new_link_is_another_guests),
        cmocka_unit_test(the_file_is_read_as_it_was_written),
        cmocka_unit_test(any_text_is_read),
        cmocka_unit_test(names_that_radvd_takes_for_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
