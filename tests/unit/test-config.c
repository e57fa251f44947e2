/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ipv6.cfg: what its lines mean, and what is said of those that mean nothing. */
#include "configs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "render.h"

#define MAC  "00:16:3e:01:02:03"
#define UUID "01234567-89ab-cdef-0123-456789abcdef"

/* A text, what it comes to (render.h; NULL: nothing), and all the errors in it. */
struct row {
    const char *text;
    const char *settings;
    struct expected errors[6]; /* the last one is empty */
};

static void check_bytes(const char *bytes, size_t length, const char *settings,
                        const struct expected *errors)
{
    struct config config = parse_bytes(bytes, length, NULL);
    AUTO_FREE char *rendered = render_config(&config);

    CHECK(strcmp(rendered, settings ? settings : "") == 0,
          "--- in:\n%.400s\n--- is:\n%.400s\n--- should be:\n%.400s", bytes, rendered,
          settings ? settings : "nothing");
    CHECK(says(&config.diagnostics, DIAGNOSTIC_ERROR, errors), "--- in:\n%.400s", bytes);
    config_free(&config);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_bytes(rows[i].text, strlen(rows[i].text), rows[i].settings, rows[i].errors);
}

/* HEAD, COUNT times C, and TAIL. The caller frees the text. */
static char *stretched(const char *head, size_t count, char c, const char *tail)
{
    size_t length = strlen(head);
    char *text = malloc(length + count + strlen(tail) + 1);

    memcpy(text, head, length);
    memset(text + length, c, count);
    strcpy(text + length + count, tail);
    return text;
}

/* ---- what is there ---- */

static void the_three_forms_stand_in_one_file(void **state)
{
    static const struct row rows[] = {{
        "; 1. the recipe's one-line form: every existing file keeps working\n"
        "ipv6_gateway_addr[mydomu1]=2001:db8:0:1::1/64\n"
        "\n"
        "[defaults]\n"
        "prefix = 2001:db8::/48              ; or 6to4:192.0.2.4 for 2002:c000:204::/48\n"
        "antispoof = yes\n"
        "\n"
        "[domu mydomu2]                      ; 2. a section per domU; several addresses\n"
        "ipv6_gateway_addr = 2001:db8:0:2::1/64, fe80::1/64\n"
        "ipv6_gateway_addr.1 = 2001:db8:0:12::1/64   ; only for the vif with devid 1\n"
        "route = 2001:db8:0:200::/56 via 2001:db8:0:2::2\n"
        "\n"
        "[domu mydomu3]                      ; 3. a subnet number out of defaults' prefix\n"
        "subnet = 1f                         ; 2001:db8:0:1f::1/64: hexadecimal\n"
        "\n"
        "[mac 00:16:3e:01:02:03]             ; or [uuid ...]: survives renames\n"
        "ipv6_gateway_addr = 2001:db8:0:4::1/64\n",
        "[domu mydomu1]\n"
        "2 ipv6_gateway_addr* = 2001:db8:0:1::1/64\n"
        "[defaults]\n"
        "5 prefix = 2001:db8::/48\n"
        "6 antispoof = yes\n"
        "[domu mydomu2]\n"
        "9 ipv6_gateway_addr = 2001:db8:0:2::1/64, fe80::1/64\n"
        "10 ipv6_gateway_addr.1 = 2001:db8:0:12::1/64\n"
        "11 route = 2001:db8:0:200::/56 via 2001:db8:0:2::2\n"
        "[domu mydomu3]\n"
        "14 subnet = 1f\n"
        "[mac 00:16:3e:01:02:03]\n"
        "17 ipv6_gateway_addr = 2001:db8:0:4::1/64\n",
        {{0}},
    }};

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_file_that_says_nothing_is_no_mistake(void **state)
{
    static const struct row rows[] = {
        {"", NULL, {{0}}},
        {"\n", NULL, {{0}}},
        {"\n\n  \n\t\n", NULL, {{0}}},
        {"; a comment\n# another\n", NULL, {{0}}},
        {"[defaults]\n[domu a]\n", NULL, {{0}}},
        {"\xef\xbb\xbf", NULL, {{0}}},
        {"\r\n\r\n", NULL, {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void the_one_line_form_counts_wherever_it_stands(void **state)
{
    static const struct row rows[] = {
        {"[domu b]\n"
         "subnet = 2\n"
         "ipv6_gateway_addr[a]=2001:db8:0:1::1/64\n"
         "antispoof = no\n",
         "[domu b]\n2 subnet = 2\n4 antispoof = no\n"
         "[domu a]\n3 ipv6_gateway_addr* = 2001:db8:0:1::1/64\n",
         {{0}}},
        {"[domu a]\n" /* it adds to the section of the same domU */
         "ipv6_gateway_addr = 2001:db8:0:1::1\n"
         "ipv6_gateway_addr[a] = 2001:db8:0:2::1\n",
         "[domu a]\n2 ipv6_gateway_addr = 2001:db8:0:1::1/64\n"
         "3 ipv6_gateway_addr* = 2001:db8:0:2::1/64\n",
         {{0}}},
        {"[domu\nipv6_gateway_addr[a]=2001:db8::1\n", /* also behind a broken header */
         "[domu a]\n2 ipv6_gateway_addr* = 2001:db8::1/64\n",
         {{1, NULL, "closing"}}},
        {"IPv6_Gateway_Addr[a]=2001:db8::1\n", /* the recipe used grep -i */
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n",
         {{0}}},
        {"  ipv6_gateway_addr[a]  =  2001:db8::1 , 2001:db8:0:1::1/80  ; two\n",
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64, 2001:db8:0:1::1/80\n",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_name_in_the_one_line_form_is_text(void **state)
{
    static const char *const names[] = {
        "web",    "a:b",    "a=b", "a]b", "a b",         "a.*b",  "[a",
        "a;b",    "a ;b",   "a#b", "#a",  ";a",          "a::b:", "=",
        "]",      "a]]",    "=a",  ":",   "d\xc3\xb6mu", "a\tb",  "ipv6_gateway_addr[x",
        "domu a", "a%sb%n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        AUTO_FREE char *text = format_string("ipv6_gateway_addr[%s]=2001:db8::1/64\n", names[i]);
        AUTO_FREE char *settings =
            format_string("[domu %s]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n", names[i]);

        check_bytes(text, strlen(text), settings, (struct expected[]){{0}});
    }
}

static void an_empty_one_line_form_means_none_and_is_warned_of(void **state)
{
    static const struct expected warnings[] = {{1, "[domu a]", "no value"}, {0}};
    struct config config = parse("ipv6_gateway_addr[a]=\n");

    (void)state;
    assert_true(says(&config.diagnostics, DIAGNOSTIC_WARNING, warnings));
    assert_null(diagnostics_error(&config.diagnostics, section_of(&config, SECTION_DOMU, "a")));
    config_free(&config);
}

static void sections_of_one_name_are_one_section(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nsubnet = 1\n[domu b]\nsubnet = 2\n[domu a]\nantispoof = no\n",
         "[domu a]\n2 subnet = 1\n6 antispoof = no\n[domu b]\n4 subnet = 2\n",
         {{0}}},
        {"[domu a]\nsubnet = 1\n[domu A]\nsubnet = 2\n", /* names are compared exactly */
         "[domu a]\n2 subnet = 1\n[domu A]\n4 subnet = 2\n",
         {{0}}},
        {"[mac 00:16:3E:01:02:0A]\nsubnet = 1\n[mac 00:16:3e:01:02:0a]\nantispoof = no\n",
         "[mac 00:16:3e:01:02:0a]\n2 subnet = 1\n4 antispoof = no\n",
         {{0}}},
        {"[domu " MAC "]\nsubnet = 1\n[mac " MAC "]\nsubnet = 2\n",
         "[domu " MAC "]\n2 subnet = 1\n[mac " MAC "]\n4 subnet = 2\n",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_header_may_have_blanks_and_capitals(void **state)
{
    static const struct row rows[] = {
        {"  [domu a]\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[ domu \t a ]\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[DomU a]\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu my web]\nsubnet = 1\n", "[domu my web]\n2 subnet = 1\n", {{0}}},
        {"[domu a:b=c]\nsubnet = 1\n", "[domu a:b=c]\n2 subnet = 1\n", {{0}}},
        {"[domu a] ; comment ]\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu a];comment\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu a]\t# comment\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[Defaults]\nantispoof = no\n", "[defaults]\n2 antispoof = no\n", {{0}}},
        {"[uuid 01234567-89AB-CDEF-0123-456789ABCDEF]\nsubnet = 1\n",
         "[uuid " UUID "]\n2 subnet = 1\n",
         {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void blanks_line_ends_and_the_case_of_keys_do_not_matter(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\r\nsubnet = 1\r\nantispoof=no\r\n",
         "[domu a]\n2 subnet = 1\n3 antispoof = no\n",
         {{0}}},
        {"ipv6_gateway_addr[a]=2001:db8::1/64\r\n",
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n",
         {{0}}},
        {"[domu a]\nsubnet = 1", "[domu a]\n2 subnet = 1\n", {{0}}}, /* no newline at the end */
        {"[domu a]\nsubnet=1", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu a]\nsubnet\t=\t1\f\v\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu a]\nsubnet : 1\n", "[domu a]\n2 subnet = 1\n", {{0}}}, /* inih's other delimiter */
        {"[domu a]\nSubNet.1 = 1\n", "[domu a]\n2 subnet.1 = 1\n", {{0}}},
        {"[domu a]\nsubnet = 1 ; comment\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"[domu a]\n  ; comment\n\t# comment\nsubnet = 1\n", "[domu a]\n4 subnet = 1\n", {{0}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void an_indented_line_is_a_line_like_any_other(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\n"
         "  subnet = 1\n"
         "    antispoof = no\n"
         "\troute = 2001:db8:1::/48\n"
         "  [domu b]\n"
         "     subnet = 2\n"
         "     ipv6_gateway_addr[c]=2001:db8::1\n",
         "[domu a]\n2 subnet = 1\n3 antispoof = no\n4 route = 2001:db8:1::/48\n"
         "[domu b]\n6 subnet = 2\n"
         "[domu c]\n7 ipv6_gateway_addr* = 2001:db8::1/64\n",
         {{0}}},
        {"[domu a]\nipv6_gateway_addr = 2001:db8::1,\n  2001:db8:0:1::1\n", /* no continuation */
         NULL,
         {{2, "[domu a]", "empty item"}, {3, "[domu a]", "no '='"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_byte_order_mark_counts_only_at_the_start(void **state)
{
    static const struct row rows[] = {
        {"\xef\xbb\xbf[domu a]\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"\xef\xbb\xbf[domu a]\r\nsubnet = 1\r\n", "[domu a]\n2 subnet = 1\n", {{0}}},
        {"\xef\xbb\xbfipv6_gateway_addr[a]=2001:db8::1\n",
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n",
         {{0}}},
        {"\xef\xbb\xbf; comment\n[domu a]\nsubnet = 1\n", "[domu a]\n3 subnet = 1\n", {{0}}},
        {"[domu a]\n\xef\xbb\xbfsubnet = 1\n", NULL, {{2, "[domu a]", "unknown key"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

/* ---- keys ---- */

static void every_key_takes_its_values(void **state)
{
    static const struct {
        const char *line;
        const char *setting;
    } rows[] = {
        {"ipv6_gateway_addr = 2001:db8::1", "ipv6_gateway_addr = 2001:db8::1/64"},
        {"ipv6_gateway_addr = 2001:DB8::1/80", "ipv6_gateway_addr = 2001:db8::1/80"},
        {"ipv6_gateway_addr = 2001:db8::1/1", "ipv6_gateway_addr = 2001:db8::1/1"},
        {"ipv6_gateway_addr = 2001:db8::1/127", "ipv6_gateway_addr = 2001:db8::1/127"},
        {"ipv6_gateway_addr = 2001:db8::2/127", "ipv6_gateway_addr = 2001:db8::2/127"},
        {"ipv6_gateway_addr = fe80::1,fd00::1", "ipv6_gateway_addr = fe80::1/64, fd00::1/64"},
        {"ipv6_gateway_addr.0 = fe80::1", "ipv6_gateway_addr.0 = fe80::1/64"},
        {"ipv6_gateway_addr.65535 = fe80::1", "ipv6_gateway_addr.65535 = fe80::1/64"},
        {"subnet = 0", "subnet = 0"},
        {"subnet = 1F", "subnet = 1f"},
        {"subnet = 00000000000000000001f", "subnet = 1f"},
        {"subnet = ffffffffffffffff", "subnet = ffffffffffffffff"},
        {"subnet.7 = 1, 2,  3", "subnet.7 = 1, 2, 3"},
        {"route = 2001:db8::/32", "route = 2001:db8::/32"},
        {"route = 2001:db8::5/128", "route = 2001:db8::5/128"},
        {"route.2 = 2001:db8::/32 \t via  fe80::2", "route.2 = 2001:db8::/32 via fe80::2"},
        {"route = 2001:db8:1::/48 VIA fe80::2, 2001:db8:2::/48",
         "route = 2001:db8:1::/48 via fe80::2, 2001:db8:2::/48"},
        {"antispoof = yes", "antispoof = yes"},
        {"antispoof = No", "antispoof = no"},
        {"antispoof.1 = YES", "antispoof.1 = yes"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO_FREE char *text = format_string("[domu a]\n%s\n", rows[i].line);
        AUTO_FREE char *settings = format_string("[domu a]\n2 %s\n", rows[i].setting);

        check_bytes(text, strlen(text), settings, (struct expected[]){{0}});
    }
}

static void defaults_take_a_prefix_of_their_own_or_of_6to4(void **state)
{
    static const struct row rows[] = {
        {"[defaults]\nprefix = 2001:db8::/48\n", "[defaults]\n2 prefix = 2001:db8::/48\n", {{0}}},
        {"[defaults]\nprefix = 2001:db8::/64\n", "[defaults]\n2 prefix = 2001:db8::/64\n", {{0}}},
        {"[defaults]\nprefix = 2000::/1\n", NULL, {{2, "[defaults]", "host bits"}}},
        {"[defaults]\nprefix = fd00::/8\n", "[defaults]\n2 prefix = fd00::/8\n", {{0}}},
        {"[defaults]\nprefix = 6to4:192.0.2.4\n",
         "[defaults]\n2 prefix = 2002:c000:204::/48\n",
         {{0}}},
    };
    static const struct {
        const char *value;
        const char *words;
    } refused[] = {
        {"2001:db8::", "no length"},
        {"2001:db8::/0", "from 1 to 64"},
        {"2001:db8::/65", "from 1 to 64"},
        {"2001:db8::/129", "not a length"},
        {"2001:db8::1/48", "host bits"},
        {"2001:db8:0:1::/48", "host bits"},
        {"2001:db8::/48, 2001:db8:1::/48", "not a length"},
        {"ff00::/16", "multicast"},
        {"fe80::/64", "a link-local address"},
        {"::/16", "unspecified"},
        {"mydomu", "not an IPv6 address"},
        {"6to4:", "not an IPv4 address"},
        {"6to4:192.0.2", "not an IPv4 address"},
        {"6to4:192.0.2.4/24", "not an IPv4 address"},
        {"6to4:10.0.0.1", "private"},
        {"6to4:100.64.0.1", "shared"},
        {"6to4:192.88.99.1", "anycast"},
        {"6to4:127.0.0.1", "loopback"},
        {"6to4:224.0.0.1", "multicast"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
    for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
        AUTO_FREE char *text = format_string("[defaults]\nprefix = %s\n", refused[i].value);

        check_bytes(text, strlen(text), NULL,
                    (struct expected[]){{2, "[defaults]", refused[i].words}, {0}});
    }
}

static void a_value_that_cannot_be_is_an_error_of_its_section(void **state)
{
    static const struct {
        const char *key;
        const char *value;
        const char *words;
    } rows[] = {
        {"ipv6_gateway_addr", "ff02::1", "multicast"},
        {"ipv6_gateway_addr", "::", "unspecified"},
        {"ipv6_gateway_addr", "::1", "loopback"},
        {"ipv6_gateway_addr", "::ffff:192.0.2.1", "IPv4-mapped"},
        {"ipv6_gateway_addr", "2001:db8::1/0", "from 1 to 127"},
        {"ipv6_gateway_addr", "2001:db8::1/128", "from 1 to 127"},
        {"ipv6_gateway_addr", "2001:db8::1/129", "not a length"},
        {"ipv6_gateway_addr", "2001:db8::1/064", "not a length"},
        {"ipv6_gateway_addr", "2001:db8::1/-1", "not a length"},
        {"ipv6_gateway_addr", "2001:db8:0:1::/64", "anycast"},
        {"ipv6_gateway_addr", "2001:db8:0:1::", "anycast"},
        {"ipv6_gateway_addr", "2001:db8::4/126", "anycast"},
        {"ipv6_gateway_addr", "fe80::/64", "anycast"},
        {"ipv6_gateway_addr", "192.0.2.1", "not an IPv6 address"},
        {"ipv6_gateway_addr", "fe80::1%eth0", "not an IPv6 address"},
        {"ipv6_gateway_addr", "2001:db8::1 2001:db8::2", "not an IPv6 address"},
        {"ipv6_gateway_addr", "2001:db8::1,", "empty item"},
        {"ipv6_gateway_addr", ",2001:db8::1", "empty item"},
        {"ipv6_gateway_addr", "2001:db8::1, ,2001:db8:1::1", "empty item"},
        {"ipv6_gateway_addr", "2001:db8::1, ff02::1", "multicast"},
        {"ipv6_gateway_addr", "", "no value"},
        {"ipv6_gateway_addr", " ; a comment only", "no value"},
        {"ipv6_gateway_addr.1", "ff02::1", "ipv6_gateway_addr.1: "},
        {"subnet", "0x1f", "not a subnet number"},
        {"subnet", "1g", "not a subnet number"},
        {"subnet", "-1", "not a subnet number"},
        {"subnet", "+1", "not a subnet number"},
        {"subnet", "1 2", "not a subnet number"},
        {"subnet", "::1", "not a subnet number"},
        {"subnet", "1,,2", "empty item"},
        {"subnet", "10000000000000000", "64 bits"},
        {"subnet", "", "no value"},
        {"route", "2001:db8::", "no length"},
        {"route", "::/0", "everything"},
        {"route", "2001:db8::1/48", "host bits set: did you mean 2001:db8::/48?"},
        {"route", "ff00::/8", "multicast"},
        {"route", "fe80::/64", "a link-local address"},
        {"route", "::1/128", "loopback"},
        {"route", "2001:db8::/48 via", "via ADDRESS"},
        {"route", "2001:db8::/48 to fe80::2", "via ADDRESS"},
        {"route", "2001:db8::/48 via fe80::2 metric", "via ADDRESS"},
        {"route", "2001:db8::/48 via fe80::2/64", "not an IPv6 address"},
        {"route", "2001:db8::/48 via ff02::1", "multicast"},
        {"route", "2001:db8::/48 via ::", "unspecified"},
        {"route", "default via fe80::2", "not an IPv6 address"},
        {"route", "2001:db8::/48,", "empty item"},
        {"route", "", "no value"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO_FREE char *text =
            format_string("[domu b]\n\n[domu a]\n%s = %s\n", rows[i].key, rows[i].value);

        check_bytes(text, strlen(text), NULL,
                    (struct expected[]){{4, "[domu a]", rows[i].words}, {0}});
    }
}

static void a_bad_address_in_the_one_line_form_is_its_domus_mistake(void **state)
{
    static const struct row rows[] = {
        {"[domu b]\nipv6_gateway_addr[a]=ff02::1\n", NULL, {{2, "[domu a]", "multicast"}}},
        {"ipv6_gateway_addr[a]=nonsense\n", NULL, {{1, "[domu a]", "'nonsense' is not an IPv6"}}},
        {"ipv6_gateway_addr[a]=2001:db8::/64\n", NULL, {{1, "[domu a]", "anycast"}}},
        {"ipv6_gateway_addr[a]\n", NULL, {{1, "[domu a]", "'='"}}},
        {"ipv6_gateway_addr[a] 2001\n", NULL, {{1, "[domu a]", "'='"}}},
        {"ipv6_gateway_addr[a] ; = \n", NULL, {{1, "[domu a]", "'='"}}},
        {"ipv6_gateway_addr[]=2001:db8::1\n", NULL, {{1, NULL, "no domU's name"}}},
        {"ipv6_gateway_addr[a=2001:db8::1\n", NULL, {{1, NULL, "no domU's name"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void nothing_may_stand_between_the_one_line_forms_bracket_and_its_value(void **state)
{
    static const struct row rows[] = {
        {"ipv6_gateway_addr[a].1=2001:db8::1\n", NULL, {{1, "[domu a]", ""}}},
        {"ipv6_gateway_addr[a]x=2001:db8::1\n", NULL, {{1, "[domu a]", ""}}},
        {"ipv6_gateway_addr[a] b = 2001:db8::1\n", NULL, {{1, "[domu a]", ""}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_key_that_is_not_known_where_it_stands_is_an_error(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\ngateway = fe80::1\n", NULL, {{2, "[domu a]", "unknown key 'gateway'"}}},
        {"[domu a]\nprefix = 2001:db8::/48\n", NULL, {{2, "[domu a]", "in [defaults]"}}},
        {"[mac " MAC "]\nprefix = 2001:db8::/48\n", NULL, {{2, "[mac " MAC "]", "[defaults]"}}},
        {"[defaults]\nsubnet = 1\n", NULL, {{2, "[defaults]", "domU's section"}}},
        {"[defaults]\nroute = 2001:db8::/48\n", NULL, {{2, "[defaults]", "unknown key 'route'"}}},
        {"[defaults]\nipv6_gateway_addr = fe80::1\n", NULL, {{2, "[defaults]", "unknown key"}}},
        {"[defaults]\nantispoof.1 = yes\n", NULL, {{2, "[defaults]", "unknown key"}}},
        {"[defaults]\nprefix.1 = 2001:db8::/48\n", NULL, {{2, "[defaults]", "unknown key"}}},
        {"[domu a]\nsubnet. = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.'"}}},
        {"[domu a]\nsubnet.x = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.x'"}}},
        {"[domu a]\nsubnet.01 = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.01'"}}},
        {"[domu a]\nsubnet.-1 = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.-1'"}}},
        {"[domu a]\nsubnet.1.2 = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.1.2'"}}},
        {"[domu a]\nsubnet.65536 = 1\n", NULL, {{2, "[domu a]", "unknown key 'subnet.65536'"}}},
        {"[domu a]\nsubnet.4294967296 = 1\n", NULL, {{2, "[domu a]", "unknown key"}}},
        {"[domu a]\n.1 = 1\n", NULL, {{2, "[domu a]", "unknown key '.1'"}}},
        {"[domu a]\nsub net = 1\n", NULL, {{2, "[domu a]", "unknown key 'sub net'"}}},
        {"[domu a]\n= 1\n", NULL, {{2, "[domu a]", "no key before"}}},
        {"[domu a]\nsubnet 1\n", NULL, {{2, "[domu a]", "no '='"}}},
        {"[domu a]\nsubnet ; = 1\n", NULL, {{2, "[domu a]", "no '='"}}},
        {"[domu a]\n]\n", NULL, {{2, "[domu a]", "no '='"}}},
        {"[domu a]\nIPv6_Gateway_Addr [a] = 1\n", NULL, {{2, "[domu a]", "without blanks"}}},
        {"[domu a]\nIPv6_Gateway_Addr.1[b] = 1\n", NULL, {{2, "[domu a]", "write [domu b]"}}},
        {"subnet = 1\n[domu a]\n", NULL, {{1, NULL, "before any section"}}},
        {"subnet\n[domu a]\n", NULL, {{1, NULL, "no '='"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_repeated_key_is_reported_with_the_line_of_the_first(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nsubnet = 1\n\nsubnet = 2\n",
         "[domu a]\n2 subnet = 1\n",
         {{4, "[domu a]", "subnet is repeated: it is already in line 2"}}},
        {"[domu a]\nsubnet = 1\n[domu b]\nsubnet = 2\n[domu a]\nsubnet = 3\nsubnet = 4\n",
         "[domu a]\n2 subnet = 1\n[domu b]\n4 subnet = 2\n",
         {{6, "[domu a]", "line 2"}, {7, "[domu a]", "line 2"}}},
        {"[domu a]\nsubnet.1 = 1\nsubnet = 2\nSUBNET.1 = 3\n",
         "[domu a]\n2 subnet.1 = 1\n3 subnet = 2\n",
         {{4, "[domu a]", "line 2"}}},
        {"ipv6_gateway_addr[a]=2001:db8::1\nipv6_gateway_addr[b]=2001:db8:1::1\n"
         "ipv6_gateway_addr[a]=2001:db8:2::1\n",
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n"
         "[domu b]\n2 ipv6_gateway_addr* = 2001:db8:1::1/64\n",
         {{3, "[domu a]", "ipv6_gateway_addr is repeated: it is already in line 1"}}},
        {"[domu a]\nipv6_gateway_addr = fe80::1\nipv6_gateway_addr = fe80::2\n",
         "[domu a]\n2 ipv6_gateway_addr = fe80::1/64\n",
         {{3, "[domu a]", "line 2"}}},
        {"[domu a]\nroute = 2001:db8::/48\nroute = 2001:db8:1::/48\n",
         "[domu a]\n2 route = 2001:db8::/48\n",
         {{3, "[domu a]", "line 2"}}},
        {"[domu a]\nantispoof = no\nantispoof = yes\n",
         "[domu a]\n2 antispoof = no\n",
         {{3, "[domu a]", "line 2"}}},
        {"[defaults]\nprefix = 2001:db8::/48\nprefix = 2001:db8:1::/48\n",
         "[defaults]\n2 prefix = 2001:db8::/48\n",
         {{3, "[defaults]", "line 2"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_repetition_of_a_refused_key_is_reported_like_any_other(void **state)
{
    static const struct expected errors[] = {
        {2, "[domu a]", "not a subnet number"}, {3, "[domu a]", "line 2"}, {0}};
    struct config config = parse("[domu a]\nsubnet = x\nsubnet = 1\n");

    (void)state;
    assert_true(says(&config.diagnostics, DIAGNOSTIC_ERROR, errors));
    config_free(&config);
}

static void antispoof_that_cannot_be_read_is_an_error_and_means_yes(void **state)
{
    static const struct row rows[] = {
        {"[domu a]\nantispoof = maybe\n",
         "[domu a]\n2 antispoof = yes\n",
         {{2, "[domu a]", "neither yes nor no"}}},
        {"[defaults]\nantispoof = 0\n",
         "[defaults]\n2 antispoof = yes\n",
         {{2, "[defaults]", "neither yes nor no"}}},
        {"[defaults]\nantispoof =\n",
         "[defaults]\n2 antispoof = yes\n",
         {{2, "[defaults]", "no value"}}},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void all_mistakes_are_found_in_one_run_in_the_order_of_lines(void **state)
{
    static const struct row rows[] = {
        {"subnet = 1\n[domu a]\nsubnet = x\nfoo = 1\n[nonsense]\nfoo = 1\n[domu b]\nsubnet = 2\n"
         "route\n",
         "[domu b]\n8 subnet = 2\n",
         {{1, NULL, "before any section"},
          {3, "[domu a]", "not a subnet number"},
          {4, "[domu a]", "unknown key 'foo'"},
          {5, NULL, "unknown section [nonsense]"},
          {9, "[domu b]", "no '='"}}},
    };
    struct config config = parse_bytes(rows[0].text, strlen(rows[0].text), NULL);

    (void)state;
    /* Five errors fill the row, so its end is checked here. */
    assert_int_equal(config.diagnostics.count, 5);
    for (size_t i = 0; i < 5; i++)
        CHECK(is_expected(&config.diagnostics.items[i], &rows[0].errors[i]), "error %zu: %s", i,
              config.diagnostics.items[i].text);
    config_free(&config);
}

/* ---- headers ---- */

struct header {
    const char *header;
    const char *owner; /* whose hook has to fail; NULL: nobody's */
    const char *words;
};

/* Each header in a file between two good sections, which have to stay as they are. */
static void check_headers(const struct header *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_FREE char *text = format_string("[domu z]\nsubnet = 1\n%s\nsubnet = 2\nnonsense\n"
                                             "[domu y]\nsubnet = 3\n",
                                             rows[i].header);

        check_bytes(text, strlen(text), "[domu z]\n2 subnet = 1\n[domu y]\n7 subnet = 3\n",
                    (struct expected[]){{3, rows[i].owner, rows[i].words}, {0}});
    }
}

static void keys_behind_a_broken_header_belong_to_nobody(void **state)
{
    static const struct header rows[] = {
        {"[domu a", "[domu a]", "closing"},
        {"[ domu a ", "[domu a]", "closing"},
        {"[domu a] x", "[domu a]", "after"},
        {"[domu a] = 1", "[domu a]", "after"},
        {"[domu a]]", "[domu a]", "after"},
        {"[domu a][domu b]", "[domu a]", "after"},
        {"[domu]", NULL, "names no domU"},
        {"[domu ]", NULL, "names no domU"},
        {"[domu", NULL, "closing"},
        {"[", NULL, "closing"},
        {"[]", NULL, "unknown section"},
        {"[ ]", NULL, "unknown section"},
        {"[a]", NULL, "unknown section [a]"},
        {"[domus a]", NULL, "unknown section"},
        {"[domua]", NULL, "unknown section"},
        {"[defaults a]", NULL, "unknown section"},
        {"[mac]", NULL, "not a MAC address"},
        {"[mac 00:16:3e:01:02]", NULL, "not a MAC address"},
        {"[mac 00:16:3e:01:02:03:04]", NULL, "not a MAC address"},
        {"[mac 00-16-3e-01-02-03]", NULL, "not a MAC address"},
        {"[mac 00:16:3e:01:02:0g]", NULL, "not a MAC address"},
        {"[mac 01:00:5e:00:00:01]", NULL, "'01:00:5e:00:00:01' is a multicast MAC address"},
        {"[mac FF:FF:FF:FF:FF:FF]", NULL, "multicast MAC address"},
        {"[mac 3b:16:3e:01:02:03]", NULL, "multicast MAC address"},
        {"[mac 00:00:00:00:00:00]", NULL, "xl network-list DOMU"},
        {"[mac fe:ff:ff:ff:ff:ff]", NULL, "dom0's MAC address on every vif"},
        {"[uuid a]", NULL, "not a UUID"},
        {"[uuid 0123456789abcdef0123456789abcdef]", NULL, "not a UUID"},
        {"[uuid " UUID "0]", NULL, "not a UUID"},
    };

    (void)state;
    check_headers(rows, ARRAY_SIZE(rows));
}

static void a_broken_header_of_a_mac_address_or_uuid_is_that_sections_mistake(void **state)
{
    static const struct header rows[] = {
        {"[mac " MAC, "[mac " MAC "]", "closing"},
        {"[mac " MAC "] x", "[mac " MAC "]", "after"},
        {"[uuid " UUID, "[uuid " UUID "]", "closing"},
        {"[uuid " UUID "] = 1", "[uuid " UUID "]", "after"},
    };

    (void)state;
    check_headers(rows, ARRAY_SIZE(rows));
}

static void a_comment_is_no_part_of_the_name_in_a_broken_header(void **state)
{
    static const struct header rows[] = {
        {"[domu a ; the web server", "[domu a]", "closing"},
    };

    (void)state;
    check_headers(rows, ARRAY_SIZE(rows));
}

static void a_section_name_is_whole_or_an_error_of_that_domu(void **state)
{
    (void)state;
    for (size_t length = 1; length < 300; length++) {
        AUTO_FREE char *name = stretched("", length, 'n', "");
        AUTO_FREE char *text = format_string("[domu z]\n[domu %s]\nsubnet = 1\n", name);
        struct config config = parse(text);
        const struct section *section = section_of(&config, SECTION_DOMU, name);
        const struct diagnostic *error = diagnostics_error(&config.diagnostics, section);

        assert_int_equal(section_of(&config, SECTION_DOMU, "z")->setting_count, 0);
        assert_int_equal(config.section_count, 2);
        CHECK(section->setting_count == (error ? 0 : 1), "a name of %zu bytes", length);
        CHECK(!error || error->line == 2, "a name of %zu bytes: line %u", length, error->line);
        config_free(&config);
    }
}

static void a_huge_section_header_is_an_error_at_its_line(void **state)
{
    AUTO_FREE char *text = stretched("[domu a]\nsubnet = 1\n[domu ", 100000, 'x',
                                     "]\nsubnet = 2\n[domu b]\nsubnet = 3\n");
    struct config config = parse(text);
    AUTO_FREE char *rendered = render_config(&config);

    (void)state;
    assert_int_equal(config.diagnostics.count, 1);
    assert_int_equal(config.diagnostics.items[0].line, 3);
    assert_non_null(strstr(config.diagnostics.items[0].text, "too long"));
    assert_string_equal(rendered, "[domu a]\n2 subnet = 1\n[domu b]\n6 subnet = 3\n");
    config_free(&config);
}

/* ---- what a parser would cut ---- */

static void a_line_of_any_length_is_read_whole_or_an_error_at_its_line(void **state)
{
    (void)state;
    for (size_t zeros = 0; zeros < 400; zeros++) {
        AUTO_FREE char *text =
            stretched("[domu a]\n; line 2\nsubnet = ", zeros, '0', "1f\nantispoof = no\n");
        struct config config = parse(text);
        const struct section *section = section_of(&config, SECTION_DOMU, "a");
        bool wrong = config.diagnostics.count > 0;

        assert_int_equal(section->setting_count, wrong ? 1 : 2);
        assert_int_equal(section->settings[wrong ? 0 : 1].line, 4);
        if (wrong)
            CHECK(says(&config.diagnostics, DIAGNOSTIC_ERROR,
                       (struct expected[]){{3, "[domu a]", "too long"}, {0}}),
                  "%zu zeros", zeros);
        else
            CHECK(section->settings[0].count == 1 && section->settings[0].numbers[0] == 0x1f,
                  "%zu zeros", zeros);
        CHECK(!wrong || zeros > 150, "%zu zeros are too long already", zeros);
        config_free(&config);
    }
}

static void a_long_line_is_an_error_and_the_next_ones_are_read_with_their_numbers(void **state)
{
    static const size_t lengths[] = {300, 4096, 100000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        AUTO_FREE char *section_line = stretched("[domu a]\nroute = ", lengths[i], '1',
                                                 "\nsubnet = 1\n[domu b]\nsubnet = x\n");
        AUTO_FREE char *before = stretched("", lengths[i], 'k', " = 1\n[domu b]\nsubnet = x\n");

        check_bytes(section_line, strlen(section_line), "[domu a]\n3 subnet = 1\n",
                    (struct expected[]){
                        {2, "[domu a]", "too long"}, {5, "[domu b]", "not a subnet number"}, {0}});
        check_bytes(before, strlen(before), NULL,
                    (struct expected[]){
                        {1, NULL, "too long"}, {3, "[domu b]", "not a subnet number"}, {0}});
    }
}

static void a_long_one_line_form_is_an_error_of_its_domu_alone(void **state)
{
    static const size_t lengths[] = {300, 100000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        AUTO_FREE char *text = stretched("[domu b]\nipv6_gateway_addr[a]=", lengths[i], '2',
                                         "\nsubnet = 1\nantispoof = no\n");

        check_bytes(text, strlen(text), "[domu b]\n3 subnet = 1\n4 antispoof = no\n",
                    (struct expected[]){{2, "[domu a]", "too long"}, {0}});
    }
}

static void a_long_name_in_the_one_line_form_is_read_whole(void **state)
{
    (void)state;
    for (size_t length = 1; length < 500; length += 7) {
        AUTO_FREE char *name = stretched("", length, 'n', "");
        AUTO_FREE char *text = format_string("ipv6_gateway_addr[%s]=2001:db8::1\n", name);
        AUTO_FREE char *settings =
            format_string("[domu %s]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n", name);

        check_bytes(text, strlen(text), settings, (struct expected[]){{0}});
    }
}

static void a_comment_may_be_of_any_length(void **state)
{
    static const size_t lengths[] = {150, 180, 190, 200, 300, 100000};
    static const struct {
        const char *head;
        const char *tail;
        const char *settings;
    } rows[] = {
        {"; ", "\n[domu a]\nsubnet = 1\n", "[domu a]\n3 subnet = 1\n"},
        {"# ", "\n[domu a]\nsubnet = 1\n", "[domu a]\n3 subnet = 1\n"},
        {"  ; ", "\n[domu a]\nsubnet = 1\n", "[domu a]\n3 subnet = 1\n"},
        {"[domu a] ; ", "\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n"},
        {"[domu a] # ", "\nsubnet = 1\n", "[domu a]\n2 subnet = 1\n"},
        {"[domu a]\nsubnet = 1 ; ", "\nantispoof = no\n",
         "[domu a]\n2 subnet = 1\n3 antispoof = no\n"},
        {"[domu a]\nsubnet = 1\t;", "", "[domu a]\n2 subnet = 1\n"},
        {"ipv6_gateway_addr[a]=2001:db8::1 ; ", "\n",
         "[domu a]\n1 ipv6_gateway_addr* = 2001:db8::1/64\n"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (size_t j = 0; j < ARRAY_SIZE(lengths); j++) {
            AUTO_FREE char *text = stretched(rows[i].head, lengths[j], '=', rows[i].tail);

            check_bytes(text, strlen(text), rows[i].settings, (struct expected[]){{0}});
        }
}

#define BYTES(text) text, sizeof(text) - 1

static void a_nul_byte_is_an_error_at_its_line_but_in_a_comment(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *settings;
        struct expected errors[2];
    } rows[] = {
        {BYTES("[domu a]\nsubnet = 1\0f\nantispoof = no\n"),
         "[domu a]\n3 antispoof = no\n",
         {{2, "[domu a]", "NUL"}}},
        {BYTES("[domu a]\nsub\0net = 1\n"), NULL, {{2, "[domu a]", "NUL"}}},
        {BYTES("[domu a]\n\0subnet = 1\n"), NULL, {{2, "[domu a]", "NUL"}}},
        {BYTES("[domu a]\nsubnet = 1\0"), NULL, {{2, "[domu a]", "NUL"}}},
        {BYTES("[domu z]\n[domu a\0b]\nsubnet = 1\n"), NULL, {{2, "[domu a]", "NUL"}}},
        {BYTES("[domu z]\n[domu a]\0\nsubnet = 1\n"), NULL, {{2, "[domu a]", "NUL"}}},
        {BYTES("\0[domu a]\n"), NULL, {{1, NULL, "NUL"}}},
        {BYTES("ipv6_gateway_addr[a\0b]=2001:db8::1\n"), NULL, {{1, NULL, "name"}}},
        {BYTES("ipv6_gateway_addr[a]=2001:db8::1\0\n"), NULL, {{1, "[domu a]", "NUL"}}},
        {BYTES("; a\0b\n# \0\n[domu a]\nsubnet = 1\n"), "[domu a]\n4 subnet = 1\n", {{0}}},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        check_bytes(rows[i].bytes, rows[i].length, rows[i].settings,
                    (struct expected[]){rows[i].errors[0], rows[i].errors[1], {0}});
}

static void a_refused_one_line_form_leaves_the_next_line_to_its_section(void **state)
{
    static const char bytes[] = "[domu b]\nipv6_gateway_addr[a]=2001:db8::1\0\nsubnet = 1\n"
                                "ipv6_gateway_addr[a]=2001:db8::1\0\nnonsense\n";

    (void)state;
    check_bytes(
        BYTES(bytes), "[domu b]\n3 subnet = 1\n",
        (struct expected[]){
            {2, "[domu a]", "NUL"}, {4, "[domu a]", "NUL"}, {5, "[domu b]", "no '='"}, {0}});
}

/* ---- the parse for one domU ---- */

static char *outcome(const char *bytes, size_t length, const char *only, enum section_kind kind,
                     const char *name)
{
    struct config config = parse_bytes(bytes, length, only);
    char *text = render_outcome(&config, config_find(&config, kind, name));

    config_free(&config);
    return text;
}

static void check_only(const char *bytes, size_t length, const char *only, enum section_kind kind,
                       const char *name)
{
    AUTO_FREE char *whole = outcome(bytes, length, NULL, kind, name);
    AUTO_FREE char *part = outcome(bytes, length, only, kind, name);

    CHECK(strcmp(whole, part) == 0,
          "--- in:\n%.300s\n--- section '%.60s' of all:\n%.300s\n--- only for '%.60s':\n%.300s",
          bytes, name, whole, only, part);
}

/* NAME's own section, those in another case, and those that are looked up without a name. */
static void check_only_of(const char *bytes, size_t length, const char *name)
{
    struct config config = parse_bytes(bytes, length, NULL);

    check_only(bytes, length, name, SECTION_DOMU, name);
    for (size_t i = 0; i < config.section_count; i++) {
        const struct section *section = config.sections[i];

        if (section->kind != SECTION_DOMU || strcasecmp(section->name, name) == 0)
            check_only(bytes, length, name, section->kind, section->name);
    }
    config_free(&config);
}

static void a_parse_for_one_domu_says_of_it_what_a_full_one_says(void **state)
{
    static const char *const names[] = {"a", "A", "b", "ab", "a]b", "a b", "domu", "[", "]", "x"};
    static const struct {
        const char *bytes;
        size_t length;
    } rows[] = {
        {BYTES("")},
        {BYTES("ipv6_gateway_addr[a]=2001:db8::1\nipv6_gateway_addr[ab]=2001:db8:1::1\n"
               "ipv6_gateway_addr[A]=2001:db8:2::1\nipv6_gateway_addr[a]b]=2001:db8:3::1\n")},
        {BYTES("[domu a]\nsubnet = 1\n[domu b]\nsubnet = 2\n[domu A]\nsubnet = 3\n"
               "[domu a]\nsubnet = 4\nipv6_gateway_addr[b]=x\n[defaults]\nprefix = 2001::/16\n")},
        {BYTES("[domu b]\nipv6_gateway_addr[a]=x\nsubnet = 1\n[domu a\nsubnet = 2\n[domu b] x\n"
               "subnet = 3\n")},
        {BYTES("[domu a]\nsubnet = 1\n[nonsense]\nsubnet = 2\nipv6_gateway_addr[a]=fe80::1\n")},
        {BYTES("[ domu a ]\nsubnet = 1\n[DOMU\ta]\nroute = x\n[domu ab]\nsubnet = 1\n")},
        {BYTES("[mac " MAC "]\nsubnet = 1\n[domu b]\nx\n[uuid " UUID "]\nsubnet = y\n"
               "[mac 1]\nsubnet = 5\n")},
        {BYTES("subnet = 1\n[domu a b]\nsubnet = 2\n[domu []\nsubnet = 3\n[domu ]]\nsubnet = 4\n")},
        {BYTES("[domu b]\nsubnet = 1\0\nipv6_gateway_addr[a]=1\0\n[domu a\0]\nsubnet = 1\n")},
        {BYTES("\xef\xbb\xbf[domu a]\r\nsubnet = 1\r\n[domu b]\r\nsubnet = 2\r\nantispoof=?\r\n")},
        {BYTES("[domu b]\n ipv6_gateway_addr[a]\n x\n[domu a]\n]\n[\nsubnet=1\n[domu x] ;\n=")},
        {BYTES("ipv6_gateway_addr[a]b=2001:db8::1\nipv6_gateway_addr[a].1=2001:db8::1\n"
               "ipv6_gateway_addr[a]]=1\nipv6_gateway_addr[]]=2001:db8::1\n")},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        for (size_t j = 0; j < ARRAY_SIZE(names); j++)
            check_only_of(rows[i].bytes, rows[i].length, names[j]);
}

static void a_parse_for_one_domu_sees_its_overlong_lines_too(void **state)
{
    static const size_t lengths[] = {40, 60, 180, 210, 300, 5000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        AUTO_FREE char *name = stretched("", lengths[i], 'n', "");
        AUTO_FREE char *text =
            format_string("[domu a]\nroute = %s\nsubnet = 1\n[domu b]\nipv6_gateway_addr[a]=%s\n"
                          "subnet = 2\n[domu %s]\nsubnet = 3\nipv6_gateway_addr[%s]=fe80::1\n",
                          name, name, name, name);

        check_only_of(text, strlen(text), "a");
        check_only_of(text, strlen(text), "b");
        check_only_of(text, strlen(text), name);
    }
}

/* ---- the file ---- */

/* A file with these bytes that has no name any more. */
static int file_of(const char *bytes, size_t length)
{
    FILE *file = tmpfile();
    int fd;

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fflush(file), 0);
    fd = dup(fileno(file));
    fclose(file);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static char *render_file(const char *bytes, size_t length)
{
    struct config_text text = {.path = strdup("ipv6.cfg"),
                               .stream = fdopen(file_of(bytes, length), "r")};
    struct config config;
    struct error e = {""};
    char *rendered;

    CHECK(config_parse(&text, NULL, &config, &e) == 0, "%s", e.text);
    rendered = render_config(&config);
    config_free(&config);
    config_text_free(&text);
    return rendered;
}

/* A configuration of at least SIZE bytes, with a first line that shifts all that follow. */
static char *large_text(size_t size, size_t shift)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);

    assert_non_null(out);
    fprintf(out, ";%*s\n", (int)shift, "");
    for (unsigned int i = 0; ftello(out) < (off_t)size; i++)
        fprintf(out, "[domu d%u] ; %*s\nsubnet = %x\nipv6_gateway_addr[o%u]=2001:db8:%x::1\n", i,
                (int)(i % 50), "", i, i, i & 0xffff);
    fclose(out);
    return text;
}

static void a_file_read_in_pieces_says_what_its_bytes_say(void **state)
{
    (void)state;
    for (size_t shift = 0; shift < 60; shift++) { /* so that the pieces end at every place */
        AUTO_FREE char *text = large_text(200000, shift);
        struct config config = parse(text);
        AUTO_FREE char *whole = render_config(&config);
        AUTO_FREE char *pieces = render_file(text, strlen(text));

        assert_int_equal(config.diagnostics.count, 0);
        CHECK(strcmp(whole, pieces) == 0, "shift %zu", shift);
        config_free(&config);
    }
}

static void a_line_longer_than_a_piece_is_one_line(void **state)
{
    static const size_t lengths[] = {65000, 65535, 65536, 65537, 131072, 1000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
        AUTO_FREE char *text = stretched("[domu a]\n;", lengths[i], 'x', "\nsubnet = 1\n");
        AUTO_FREE char *rendered = render_file(text, strlen(text));

        CHECK(strcmp(rendered, "[domu a]\n3 subnet = 1\n") == 0, "%zu: %s", lengths[i], rendered);
    }
}

static void a_file_that_fails_while_it_is_read_fails_the_parse(void **state)
{
    struct config_text text = {.path = strdup("/etc/xen/ipv6.cfg"),
                               .stream = fdopen(open("/", O_RDONLY), "r")};
    struct config config;
    struct error e = {""};

    (void)state;
    assert_int_equal(config_parse(&text, NULL, &config, &e), -EISDIR);
    assert_non_null(strstr(e.text, "/etc/xen/ipv6.cfg: "));
    config_text_free(&text);
}

/* Loads PATH and returns the answer; the text has to name the path. */
static int load(const char *path)
{
    struct config_text text;
    struct error e = {""};
    int result = config_load(path, NULL, &text, &e);

    CHECK(result == 0 || strstr(e.text, path), "%s: '%s'", path, e.text);
    config_text_free(&text);
    return result;
}

static void only_a_regular_file_of_sane_size_is_loaded(void **state)
{
    char directory[] = "/tmp/unit-config-XXXXXX";
    AUTO_FREE char *path = NULL;

    (void)state;
    assert_non_null(mkdtemp(directory));
    path = format_string("%s/ipv6.cfg", directory);
    assert_int_equal(load(path), -ENOENT);
    assert_int_equal(load(directory), -EISDIR);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(load(path), -EINVAL); /* and it returns: a FIFO nobody writes to would hang */
    assert_int_equal(unlink(path), 0);
    close(open(path, O_WRONLY | O_CREAT, 0600));
    assert_int_equal(load(path), 0);
    assert_int_equal(truncate(path, 64 << 20), 0);
    assert_int_equal(load(path), 0);
    assert_int_equal(truncate(path, (64 << 20) + 1), 0);
    assert_int_equal(load(path), -EFBIG);
    unlink(path);
    rmdir(directory);
}

/* ---- diagnostics ---- */

static void diagnostics_are_sorted_by_line_and_said_once(void **state)
{
    struct config config = parse("[domu a]\nsubnet = 1\n");
    const struct section *section = section_of(&config, SECTION_DOMU, "a");

    (void)state;
    diagnose(&config.diagnostics, DIAGNOSTIC_ERROR, 7, section, "seven");
    diagnose(&config.diagnostics, DIAGNOSTIC_ERROR, 3, section, "b");
    diagnose(&config.diagnostics, DIAGNOSTIC_ERROR, 3, section, "a");
    diagnose(&config.diagnostics, DIAGNOSTIC_ERROR, 7, section, "%s", "seven");
    assert_true(
        says(&config.diagnostics, DIAGNOSTIC_ERROR,
             (struct expected[]){
                 {3, "[domu a]", "a"}, {3, "[domu a]", "b"}, {7, "[domu a]", "seven"}, {0}}));
    config_free(&config);
}

static void a_warning_is_no_error_of_its_owner(void **state)
{
    struct config config = parse("[domu a]\n[domu b]\n");
    const struct section *a = section_of(&config, SECTION_DOMU, "a");
    const struct section *b = section_of(&config, SECTION_DOMU, "b");

    (void)state;
    diagnose(&config.diagnostics, DIAGNOSTIC_WARNING, 1, a, "a warning");
    diagnose(&config.diagnostics, DIAGNOSTIC_ERROR, 2, b, "an error");
    assert_null(diagnostics_error(&config.diagnostics, a));
    assert_non_null(diagnostics_error(&config.diagnostics, b));
    assert_null(diagnostics_error(&config.diagnostics, NULL));
    config_free(&config);
}

static void the_configuration_knows_what_it_has(void **state)
{
    struct config config = parse("[mac " MAC "]\n[defaults]\nprefix = 2001:db8::/48\n");
    unsigned int line = 0;

    (void)state;
    assert_true(config_has(&config, SECTION_MAC));
    assert_true(config_has(&config, SECTION_DEFAULTS));
    assert_false(config_has(&config, SECTION_DOMU));
    assert_false(config_has(&config, SECTION_UUID));
    assert_null(config_find(&config, SECTION_UUID, MAC));
    assert_true(prints_as(config_prefix(&config, &line), "2001:db8::/48"));
    assert_int_equal(line, 3);
    config_free(&config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_stand_in_one_file),
        cmocka_unit_test(a_file_that_says_nothing_is_no_mistake),
        cmocka_unit_test(the_one_line_form_counts_wherever_it_stands),
        cmocka_unit_test(a_name_in_the_one_line_form_is_text),
        cmocka_unit_test(an_empty_one_line_form_means_none_and_is_warned_of),
        cmocka_unit_test(sections_of_one_name_are_one_section),
        cmocka_unit_test(a_header_may_have_blanks_and_capitals),
        cmocka_unit_test(blanks_line_ends_and_the_case_of_keys_do_not_matter),
        cmocka_unit_test(an_indented_line_is_a_line_like_any_other),
        cmocka_unit_test(a_byte_order_mark_counts_only_at_the_start),
        cmocka_unit_test(every_key_takes_its_values),
        cmocka_unit_test(defaults_take_a_prefix_of_their_own_or_of_6to4),
        cmocka_unit_test(a_value_that_cannot_be_is_an_error_of_its_section),
        cmocka_unit_test(a_bad_address_in_the_one_line_form_is_its_domus_mistake),
        cmocka_unit_test(nothing_may_stand_between_the_one_line_forms_bracket_and_its_value),
        cmocka_unit_test(a_key_that_is_not_known_where_it_stands_is_an_error),
        cmocka_unit_test(a_repeated_key_is_reported_with_the_line_of_the_first),
        cmocka_unit_test(a_repetition_of_a_refused_key_is_reported_like_any_other),
        cmocka_unit_test(antispoof_that_cannot_be_read_is_an_error_and_means_yes),
        cmocka_unit_test(all_mistakes_are_found_in_one_run_in_the_order_of_lines),
        cmocka_unit_test(keys_behind_a_broken_header_belong_to_nobody),
        cmocka_unit_test(a_broken_header_of_a_mac_address_or_uuid_is_that_sections_mistake),
        cmocka_unit_test(a_comment_is_no_part_of_the_name_in_a_broken_header),
        cmocka_unit_test(a_section_name_is_whole_or_an_error_of_that_domu),
        cmocka_unit_test(a_huge_section_header_is_an_error_at_its_line),
        cmocka_unit_test(a_line_of_any_length_is_read_whole_or_an_error_at_its_line),
        cmocka_unit_test(a_long_line_is_an_error_and_the_next_ones_are_read_with_their_numbers),
        cmocka_unit_test(a_long_one_line_form_is_an_error_of_its_domu_alone),
        cmocka_unit_test(a_long_name_in_the_one_line_form_is_read_whole),
        cmocka_unit_test(a_comment_may_be_of_any_length),
        cmocka_unit_test(a_nul_byte_is_an_error_at_its_line_but_in_a_comment),
        cmocka_unit_test(a_refused_one_line_form_leaves_the_next_line_to_its_section),
        cmocka_unit_test(a_parse_for_one_domu_says_of_it_what_a_full_one_says),
        cmocka_unit_test(a_parse_for_one_domu_sees_its_overlong_lines_too),
        cmocka_unit_test(a_file_read_in_pieces_says_what_its_bytes_say),
        cmocka_unit_test(a_line_longer_than_a_piece_is_one_line),
        cmocka_unit_test(a_file_that_fails_while_it_is_read_fails_the_parse),
        cmocka_unit_test(only_a_regular_file_of_sane_size_is_loaded),
        cmocka_unit_test(diagnostics_are_sorted_by_line_and_said_once),
        cmocka_unit_test(a_warning_is_no_error_of_its_owner),
        cmocka_unit_test(the_configuration_knows_what_it_has),
    };

    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
