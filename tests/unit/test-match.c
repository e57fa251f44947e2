/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which section of ipv6.cfg is a domU's. */
#include "configs.h"

#include "config/match.h"

#define MAC  "00:16:3e:01:02:03"
#define UUID "01234567-89ab-cdef-0123-456789abcdef"

/* Checks which section IDENTITY gets out of TEXT, and that the notice has NOTICE's words in it. */
static void check_match(const char *text, const struct identity *identity, const char *title,
                        const char *notice_words)
{
    struct config config = parse(text);
    struct error notice = {"not written"};
    const struct section *section = match_section(&config, identity, &notice);
    char buffer[TITLE_TEXT] = "none";

    if (section)
        section_title(section, buffer);
    CHECK(strcmp(buffer, title) == 0, "%s instead of %s in:\n%s", buffer, title, text);
    if (notice_words)
        CHECK(strstr(notice.text, notice_words), "'%s' instead of '%s'", notice.text, notice_words);
    else
        CHECK(notice.text[0] == '\0', "a notice in:\n%s: %s", text, notice.text);
    config_free(&config);
}

static void the_most_specific_section_wins_wherever_it_stands(void **state)
{
    static const char text[] = "[domu web]\nsubnet = 1\n"
                               "[uuid " UUID "]\nsubnet = 2\n"
                               "[mac " MAC "]\nsubnet = 3\n";
    static const struct {
        struct identity identity;
        const char *title;
    } rows[] = {
        {{.name = "web", .uuid = UUID, .mac = MAC}, "[mac " MAC "]"},
        {{.name = "web", .mac = MAC}, "[mac " MAC "]"},
        {{.mac = MAC}, "[mac " MAC "]"},
        {{.name = "web", .uuid = UUID}, "[uuid " UUID "]"},
        {{.name = "web", .uuid = UUID, .mac = "00:16:3e:01:02:04"}, "[uuid " UUID "]"},
        {{.uuid = UUID}, "[uuid " UUID "]"},
        {{.name = "web"}, "[domu web]"},
        {{.name = "web", .uuid = "11234567-89ab-cdef-0123-456789abcdef"}, "[domu web]"},
        {{.name = "other"}, "none"},
        {{.name = NULL}, "none"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_match(text, &rows[i].identity, rows[i].title, NULL);
}

static void mac_addresses_and_uuids_match_in_any_case_of_the_file(void **state)
{
    const struct identity by_mac = {.mac = "00:16:3e:0a:0b:0c"};
    const struct identity by_uuid = {.uuid = UUID};

    (void)state;
    check_match("[mac 00:16:3E:0A:0b:0C]\n", &by_mac, "[mac 00:16:3e:0a:0b:0c]", NULL);
    check_match("[UUID 01234567-89AB-CDEF-0123-456789ABCDEF]\n", &by_uuid, "[uuid " UUID "]", NULL);
}

static void a_name_is_compared_exactly_first(void **state)
{
    const struct identity identity = {.name = "web"};

    (void)state;
    check_match("[domu WEB]\n[domu web]\n[domu Web]\n", &identity, "[domu web]", NULL);
}

static void a_single_name_in_another_case_counts_with_a_notice(void **state)
{
    const struct identity identity = {.name = "web"};

    (void)state;
    check_match("[domu other]\n\n[domu Web]\n", &identity, "[domu Web]",
                "ipv6.cfg:3: 'Web' is taken for domU web");
    check_match("ipv6_gateway_addr[WEB]=2001:db8::1\n", &identity, "[domu WEB]",
                "ipv6.cfg:1: 'WEB'");
}

static void several_names_in_another_case_are_no_match_and_both_are_named(void **state)
{
    const struct identity identity = {.name = "web"};
    static const char text[] = "[domu WEB]\n[domu Web]\n";

    (void)state;
    check_match(text, &identity, "none", "'WEB' (line 1)");
    check_match(text, &identity, "none", "'Web' (line 2)");
}

static void a_name_is_text_and_never_a_pattern(void **state)
{
    static const struct {
        const char *text;
        const char *name;
    } rows[] = {
        {"[domu w.b]\n", "web"},  {"[domu w*]\n", "web"},    {"[domu web]\n", "w.b"},
        {"[domu web1]\n", "web"}, {"[domu web]\n", "web1"},  {"[domu myweb]\n", "web"},
        {"[domu .*]\n", "web"},   {"[domu we[ab]\n", "web"}, {"[domu web]\n", ""},
        {"[domu web]\n", "^web"}, {"[domu web|x]\n", "web"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct identity identity = {.name = rows[i].name};

        check_match(rows[i].text, &identity, "none", NULL);
    }
}

static void a_name_in_a_mac_section_is_no_name(void **state)
{
    const struct identity identity = {.name = MAC};

    (void)state;
    check_match("[mac " MAC "]\n", &identity, "none", NULL);
    check_match("[defaults]\n", &(struct identity){.name = ""}, "none", NULL);
}

static void the_suffix_of_a_migration_is_cut_once_and_only_at_the_end(void **state)
{
    static const struct {
        const char *name;
        const char *cut;
    } rows[] = {
        {"web--incoming", "web"},
        {"web--migratedaway", "web"},
        {"web", "web"},
        {"web--incoming--incoming", "web--incoming"},
        {"web--incoming2", "web--incoming2"},
        {"web-incoming", "web-incoming"},
        {"--incoming", "--incoming"}, /* else nothing would be left */
        {"", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char name[64];

        strcpy(name, rows[i].name);
        domu_name_cut(name);
        assert_string_equal(name, rows[i].cut);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_specific_section_wins_wherever_it_stands),
        cmocka_unit_test(mac_addresses_and_uuids_match_in_any_case_of_the_file),
        cmocka_unit_test(a_name_is_compared_exactly_first),
        cmocka_unit_test(a_single_name_in_another_case_counts_with_a_notice),
        cmocka_unit_test(several_names_in_another_case_are_no_match_and_both_are_named),
        cmocka_unit_test(a_name_is_text_and_never_a_pattern),
        cmocka_unit_test(a_name_in_a_mac_section_is_no_name),
        cmocka_unit_test(the_suffix_of_a_migration_is_cut_once_and_only_at_the_end),
    };

    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
