/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of prefix NAT, whole, and whether what is there is what is wanted. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "pd-nat/backend.h"

#define INT "fd12:3456:789a::/58"
#define EXT "2001:db8:0:40::/58"

static struct pd_nat_mapping mapping_of(const char *link, const char *internal,
                                        const char *external, enum pd_nat_backend_id backend)
{
    struct pd_nat_mapping mapping = {
        .nat = {.internal = prefix_of(internal),
                .backend = backend,
                .hairpin = true,
                .ula_guard = true,
                .mark = PD_NAT_MARK},
        .external = prefix_of(external),
    };

    strcpy(mapping.nat.link, link);
    return mapping;
}

static char *print(const struct pd_nat_mapping *mappings, size_t count,
                   enum pd_nat_backend_id backend)
{
    char *text = NULL;
    struct error e = {""};

    CHECK(pd_nat_rules_print(mappings, count, backend, &text, &e) == 0, "%s", e.text);
    return text;
}

static void expect_rules(const struct pd_nat_mapping *mappings, size_t count,
                         enum pd_nat_backend_id backend, const char *expected)
{
    AUTO_FREE char *text = print(mappings, count, backend);

    assert_string_equal(text, expected);
}

/* ---- the external prefix ---- */

static void the_external_prefix_is_the_part(void **state)
{
    static const struct {
        const char *internal;
        const char *delegated;
        uint64_t part;
        const char *external; /* or the words of the refusal */
    } rows[] = {
        {INT, "2001:db8::/56", 0, "2001:db8::/58"},
        {INT, "2001:db8::/56", 1, "2001:db8:0:40::/58"},
        {INT, "2001:db8::/56", 3, "2001:db8:0:c0::/58"},
        {INT, "2001:db8::/56", 4, "does not contain part = 4: the highest part is 3"},
        {INT, "2001:db8::/58", 0, "2001:db8::/58"},
        {INT, "2001:db8::/58", 1, "does not contain part = 1: the highest part is 0"},
        {INT, "2001:db8::/59", 0, "is smaller than internal_prefix"},
        {INT, "2001:db8::/59", 1, "is smaller than internal_prefix"},
        {"fd12::/64", "2001:db8::/32", 0xffffffff, "2001:db8:ffff:ffff::/64"},
        {"fd12::/64", "2001:db8::/32", UINT64_MAX, "the highest part is ffffffff"},
        {"fd12::/64", "2001:db8:0:ff00::/56", 0x1f, "2001:db8:0:ff1f::/64"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const struct pd_nat_section nat = {.internal = prefix_of(rows[i].internal),
                                           .part = rows[i].part};
        const struct prefix delegated = prefix_of(rows[i].delegated);
        struct prefix external;
        struct error e = {""};
        char text[PREFIX_TEXT];

        if (pd_nat_external(&nat, &delegated, &external, &e) == 0)
            CHECK(strcmp(prefix_print(&external, text), rows[i].external) == 0, "row %zu: %s", i,
                  text);
        else
            CHECK(strstr(e.text, rows[i].external), "row %zu: %s", i, e.text);
    }
}

/* ---- nft ---- */

static const char common_frame[] =
    "add table ip6 pd-nat\n"
    "add chain ip6 pd-nat guard_in { type filter hook prerouting priority raw; policy accept; }\n"
    "add chain ip6 pd-nat guard_out { type filter hook postrouting priority srcnat + 10; policy "
    "accept; }\n"
    "add chain ip6 pd-nat inbound { type filter hook prerouting priority dstnat - 2; policy "
    "accept; }\n"
    "add chain ip6 pd-nat flows { type filter hook prerouting priority dstnat - 2; policy accept; "
    "}\n"
    "flush chain ip6 pd-nat guard_in\n"
    "flush chain ip6 pd-nat guard_out\n"
    "flush chain ip6 pd-nat inbound\n"
    "flush chain ip6 pd-nat flows\n";

static const char nft_frame[] =
    "add table ip6 pd-nat\n"
    "add chain ip6 pd-nat guard_in { type filter hook prerouting priority raw; policy accept; }\n"
    "add chain ip6 pd-nat prerouting { type nat hook prerouting priority dstnat - 1; policy "
    "accept; }\n"
    "add chain ip6 pd-nat output { type nat hook output priority -101; policy accept; }\n"
    "add chain ip6 pd-nat postrouting { type nat hook postrouting priority srcnat - 1; policy "
    "accept; }\n"
    "add chain ip6 pd-nat guard_out { type filter hook postrouting priority srcnat + 10; policy "
    "accept; }\n"
    "add chain ip6 pd-nat inbound { type filter hook prerouting priority dstnat - 2; policy "
    "accept; }\n"
    "add chain ip6 pd-nat flows { type filter hook prerouting priority dstnat - 2; policy accept; "
    "}\n"
    "flush chain ip6 pd-nat guard_in\n"
    "flush chain ip6 pd-nat prerouting\n"
    "flush chain ip6 pd-nat output\n"
    "flush chain ip6 pd-nat postrouting\n"
    "flush chain ip6 pd-nat guard_out\n"
    "flush chain ip6 pd-nat inbound\n"
    "flush chain ip6 pd-nat flows\n";

#define NOT_THIS_HOST " fib daddr type != local fib daddr type != anycast"
#define NOT_LOCAL     " -m addrtype ! --dst-type LOCAL,ANYCAST"

static void expect_table(const struct pd_nat_mapping *mappings, size_t count, const char *frame,
                         const char *rules)
{
    AUTO_FREE char *expected = format_string("%s%s", frame, rules);

    assert_non_null(expected);
    expect_rules(mappings, count, BACKEND_NFT, expected);
}

static void expect_nft(const struct pd_nat_mapping *mappings, size_t count, const char *rules)
{
    expect_table(mappings, count, nft_frame, rules);
}

static void nft_gets_a_table_and_a_rule_for_each_way(void **state)
{
    const struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_NFT);

    (void)state;
    expect_nft(&mapping, 1,
               "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 saddr fc00::/7 drop "
               "comment \"ula source: eth0 nft\"\n"
               "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 daddr fc00::/7 drop "
               "comment \"ula destination: eth0 nft\"\n"
               "add rule ip6 pd-nat prerouting iifname \"eth0\" ip6 daddr " EXT NOT_THIS_HOST
               " dnat ip6 prefix to " INT " comment \"inside: eth0 " INT " " EXT "\"\n"
               "add rule ip6 pd-nat prerouting iifname != \"eth0\" ip6 saddr " INT
               " ip6 daddr " EXT NOT_THIS_HOST " dnat ip6 prefix to " INT
               " comment \"hairpin inside: eth0 " INT " " EXT "\"\n"
               "add rule ip6 pd-nat output ip6 daddr " EXT " rt ip6 nexthop != " EXT NOT_THIS_HOST
               " dnat ip6 prefix to " INT " comment \"from router: eth0 " INT " " EXT "\"\n"
               "add rule ip6 pd-nat postrouting oifname \"eth0\" ip6 saddr " INT
               " snat ip6 prefix to " EXT " comment \"out: eth0 " INT " " EXT "\"\n"
               "add rule ip6 pd-nat postrouting iifname != \"eth0\" ip6 saddr " INT
               " ct status dnat ct original ip6 daddr " EXT " snat ip6 prefix to " EXT
               " comment \"hairpin: eth0 " INT " " EXT "\"\n"
               "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 saddr fc00::/7 drop "
               "comment \"ula source: eth0 nft\"\n"
               "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 daddr fc00::/7 drop "
               "comment \"ula destination: eth0 nft\"\n");
}

static void nft_gets_several_interfaces_each_as_it_wants(void **state)
{
    struct pd_nat_mapping mappings[] = {
        mapping_of("eth0", INT, EXT, BACKEND_NFT),
        mapping_of("eth9", "fd00::/56", "2001:db8:9::/56", BACKEND_IP6TABLES),
        mapping_of("eth1", "fd77::/48", "2001:db8:1::/48", BACKEND_NFT),
    };

    (void)state;
    mappings[0].nat.hairpin = mappings[0].nat.ula_guard = mappings[1].nat.ula_guard = false;
    mappings[2].nat.hairpin = false;
    expect_nft(
        mappings, 3,
        "add rule ip6 pd-nat guard_in iifname \"eth1\" ip6 saddr fc00::/7 drop "
        "comment \"ula source: eth1 nft\"\n"
        "add rule ip6 pd-nat guard_in iifname \"eth1\" ip6 daddr fc00::/7 drop "
        "comment \"ula destination: eth1 nft\"\n"
        "add rule ip6 pd-nat prerouting iifname \"eth0\" ip6 daddr " EXT NOT_THIS_HOST
        " dnat ip6 prefix to " INT " comment \"inside: eth0 " INT " " EXT "\"\n"
        "add rule ip6 pd-nat prerouting iifname \"eth1\" ip6 daddr 2001:db8:1::/48" NOT_THIS_HOST
        " dnat ip6 prefix to fd77::/48 comment \"inside: eth1 fd77::/48 2001:db8:1::/48\"\n"
        "add rule ip6 pd-nat postrouting oifname \"eth0\" ip6 saddr " INT " snat ip6 prefix to " EXT
        " comment \"out: eth0 " INT " " EXT "\"\n"
        "add rule ip6 pd-nat postrouting oifname \"eth1\" ip6 saddr fd77::/48 snat ip6 "
        "prefix to 2001:db8:1::/48 comment \"out: eth1 fd77::/48 2001:db8:1::/48\"\n"
        "add rule ip6 pd-nat guard_out oifname \"eth1\" ip6 saddr fc00::/7 drop "
        "comment \"ula source: eth1 nft\"\n"
        "add rule ip6 pd-nat guard_out oifname \"eth1\" ip6 daddr fc00::/7 drop "
        "comment \"ula destination: eth1 nft\"\n");
}

static void without_a_mapping_the_table_goes(void **state)
{
    (void)state;
    expect_rules(NULL, 0, BACKEND_NFT, "add table ip6 pd-nat\ndelete table ip6 pd-nat\n");
    expect_rules(NULL, 0, BACKEND_IP6TABLES, "");
}

/* As nft 1.0.6 prints it, for a mapping with neither hairpin nor guard. */
#define LISTED_CHAIN(name, type, rules)                                                            \
    "\tchain " name " {\n\t\t" type "; policy accept;\n" rules "\t}\n\n"
#define LISTED_IN                                                                                  \
    "\t\tiifname \"eth0\" ip6 daddr " EXT " dnat prefix to " INT " comment \"inside: eth0 " INT    \
    " " EXT "\"\n"
#define LISTED_OUT                                                                                 \
    "\t\toifname \"eth0\" ip6 saddr " INT " snat prefix to " EXT " comment \"out: eth0 " INT       \
    " " EXT "\"\n"
#define LISTED(first, prerouting, postrouting)                                                     \
    "table ip6 pd-nat {\n" first LISTED_CHAIN("guard_in",                                          \
                                              "type filter hook prerouting priority raw", "")      \
        LISTED_CHAIN("prerouting", "type nat hook prerouting priority dstnat - 1", prerouting)     \
            LISTED_CHAIN("output", "type nat hook output priority -101", "") LISTED_CHAIN(         \
                "postrouting", "type nat hook postrouting priority srcnat - 1", postrouting)       \
                LISTED_CHAIN("guard_out", "type filter hook postrouting priority srcnat + 10", "") \
                    LISTED_CHAIN("inbound", "type filter hook prerouting priority dstnat - 2", "") \
                        LISTED_CHAIN("flows", "type filter hook prerouting priority dstnat - 2",   \
                                     "") "}\n"

static void a_table_is_judged_by_its_listing(void **state)
{
    static const struct {
        const char *what;
        const char *listing;
        enum pd_nat_table table;
    } rows[] = {
        {"as wanted", LISTED("", LISTED_IN, LISTED_OUT), TABLE_IN_FORCE},
        {"none", NULL, TABLE_TO_LOAD},
        {"empty", "table ip6 pd-nat {\n}\n", TABLE_ODD},
        {"flushed", LISTED("", "", ""), TABLE_TO_LOAD},
        {"a rule too few", LISTED("", LISTED_IN, ""), TABLE_TO_LOAD},
        {"a rule twice", LISTED("", LISTED_IN LISTED_IN, LISTED_OUT), TABLE_TO_LOAD},
        {"a rule of another's", LISTED("", LISTED_IN "\t\taccept\n", LISTED_OUT), TABLE_ODD},
        {"in the wrong chains", LISTED("", LISTED_OUT, LISTED_IN), TABLE_TO_LOAD},
        {"dormant", LISTED("\tflags dormant\n", LISTED_IN, LISTED_OUT), TABLE_ODD},
    };
    struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_NFT);

    (void)state;
    mapping.nat.hairpin = mapping.nat.ula_guard = false;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        enum pd_nat_table table = TABLE_ODD;
        struct error e = {""};

        CHECK(pd_nat_nft_judge(&mapping, 1, rows[i].listing, &table, &e) == 0, "%s", e.text);
        CHECK(table == rows[i].table, "%s", rows[i].what);
        CHECK(pd_nat_nft_judge(NULL, 0, rows[i].listing, &table, &e) == 0, "%s", e.text);
        CHECK(table == (rows[i].listing ? TABLE_TO_LOAD : TABLE_IN_FORCE), "%s, none wanted",
              rows[i].what);
    }
}

/* ---- ip6tables ---- */

static const char recipe[] =
    "-A external_dnat -d " EXT " -i eth0" NOT_LOCAL " -j NETMAP --to " INT "\n"
    "-A external_dnat -s " INT " -d " EXT " ! -i eth0" NOT_LOCAL
    " -j MARK --set-xmark 0x8aebe875/0xffffffff\n"
    "-A external_dnat -s " INT " -d " EXT " ! -i eth0" NOT_LOCAL " -j NETMAP --to " INT "\n"
    ":external_snat - [0:0]\n"
    "-A external_snat -s " INT " -o eth0 -j NETMAP --to " EXT "\n"
    "-A external_snat -s " INT " ! -i eth0 -m mark --mark 0x8aebe875 -j NETMAP --to " EXT "\n"
    "COMMIT\n";

static void ip6tables_gets_the_recipes_chains_and_a_guard_of_nft(void **state)
{
    const struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES);
    AUTO_FREE char *expected = format_string("*nat\n:external_dnat - [0:0]\n%s", recipe);

    (void)state;
    assert_non_null(expected);
    expect_rules(&mapping, 1, BACKEND_IP6TABLES, expected);
    expect_table(&mapping, 1, common_frame,
                 "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 saddr fc00::/7 drop "
                 "comment \"ula source: eth0 ip6tables\"\n"
                 "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 daddr fc00::/7 drop "
                 "comment \"ula destination: eth0 ip6tables\"\n"
                 "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 saddr fc00::/7 drop "
                 "comment \"ula source: eth0 ip6tables\"\n"
                 "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 daddr fc00::/7 drop "
                 "comment \"ula destination: eth0 ip6tables\"\n");
}

/* The ULA guard needs no prefix, and what is closed is closed before there is one. */
static void without_a_prefix_there_are_the_guard_and_inbound(void **state)
{
    struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_NFT);

    (void)state;
    mapping.external.length = 0;
    mapping.nat.is_closed = true;
    expect_nft(&mapping, 1,
               "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 saddr fc00::/7 drop "
               "comment \"ula source: eth0 nft\"\n"
               "add rule ip6 pd-nat guard_in iifname \"eth0\" ip6 daddr fc00::/7 drop "
               "comment \"ula destination: eth0 nft\"\n"
               "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 saddr fc00::/7 drop "
               "comment \"ula source: eth0 nft\"\n"
               "add rule ip6 pd-nat guard_out oifname \"eth0\" ip6 daddr fc00::/7 drop "
               "comment \"ula destination: eth0 nft\"\n"
               "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr " INT
               " ct state new" NOT_THIS_HOST " drop comment \"closed: eth0 nft " INT "\"\n");
}

static void inbound_lets_in_what_it_names(void **state)
{
    struct prefix open[] = {prefix_of("fd12:3456:789a::10/128"),
                            prefix_of("fd12:3456:789a:1::/64")};
    struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES);

    (void)state;
    mapping.nat.ula_guard = mapping.nat.hairpin = false;
    mapping.nat.is_closed = true;
    mapping.nat.open = open;
    mapping.nat.open_count = ARRAY_SIZE(open);
    expect_table(&mapping, 1, common_frame,
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr fd12:3456:789a::10/128 "
                 "accept comment \"open: eth0 ip6tables fd12:3456:789a::10/128\"\n"
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr fd12:3456:789a:1::/64 "
                 "accept comment \"open: eth0 ip6tables fd12:3456:789a:1::/64\"\n"
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr 2001:db8:0:40::10/128 "
                 "accept comment \"open outside: eth0 ip6tables 2001:db8:0:40::10/128\"\n"
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr 2001:db8:0:41::/64 "
                 "accept comment \"open outside: eth0 ip6tables 2001:db8:0:41::/64\"\n"
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr " INT
                 " ct state new" NOT_THIS_HOST " drop comment \"closed: eth0 ip6tables " INT "\"\n"
                 "add rule ip6 pd-nat inbound iifname \"eth0\" ip6 daddr " EXT
                 " ct state new" NOT_THIS_HOST " drop comment \"closed outside: eth0 ip6tables " EXT
                 "\"\n");
    expect_rules(&mapping, 1, BACKEND_IP6TABLES,
                 "*nat\n:external_dnat - [0:0]\n"
                 "-A external_dnat -d 2001:db8:0:40::10/128 -i eth0" NOT_LOCAL
                 " -j NETMAP --to fd12:3456:789a::10/128\n"
                 "-A external_dnat -d 2001:db8:0:41::/64 -i eth0" NOT_LOCAL
                 " -j NETMAP --to fd12:3456:789a:1::/64\n"
                 ":external_snat - [0:0]\n"
                 "-A external_snat -s " INT " -o eth0 -j NETMAP --to " EXT "\nCOMMIT\n");
}

static void ip6tables_gets_several_interfaces_each_as_it_wants(void **state)
{
    struct pd_nat_mapping mappings[] = {
        mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES),
        mapping_of("eth1", "fd77::/48", "2001:db8:1::/48", BACKEND_IP6TABLES),
    };

    (void)state;
    mappings[0].nat.ula_guard = mappings[1].nat.ula_guard = mappings[0].nat.hairpin = false;
    mappings[1].nat.mark = 7;
    expect_rules(mappings, 2, BACKEND_IP6TABLES,
                 "*nat\n"
                 ":external_dnat - [0:0]\n"
                 "-A external_dnat -d " EXT " -i eth0" NOT_LOCAL " -j NETMAP --to " INT "\n"
                 "-A external_dnat -d 2001:db8:1::/48 -i eth1" NOT_LOCAL
                 " -j NETMAP --to fd77::/48\n"
                 "-A external_dnat -s fd77::/48 -d 2001:db8:1::/48 ! -i eth1" NOT_LOCAL
                 " -j MARK --set-xmark 0x7/0xffffffff\n"
                 "-A external_dnat -s fd77::/48 -d 2001:db8:1::/48 ! -i eth1" NOT_LOCAL
                 " -j NETMAP --to fd77::/48\n"
                 ":external_snat - [0:0]\n"
                 "-A external_snat -s " INT " -o eth0 -j NETMAP --to " EXT "\n"
                 "-A external_snat -s fd77::/48 -o eth1 -j NETMAP --to 2001:db8:1::/48\n"
                 "-A external_snat -s fd77::/48 ! -i eth1 -m mark --mark 0x7 -j NETMAP --to "
                 "2001:db8:1::/48\n"
                 "COMMIT\n");
}

static void expect_plan(const struct pd_nat_mapping *mapping, const char *saved,
                        const char *expected)
{
    AUTO_FREE char *plan = NULL;
    struct error e = {""};

    CHECK(pd_nat_ip6tables_plan(mapping, mapping ? 1 : 0, saved, false, &plan, &e) == 0, "%s",
          e.text);
    assert_string_equal(plan, expected);
}

#define SAVED_RAW                                                                                  \
    "*raw\n:PREROUTING ACCEPT [9:9]\n:external_guard - [0:0]\n"                                    \
    "-A PREROUTING -j external_guard\n-A external_guard -s fc00::/7 -i eth0 -j DROP\n"             \
    "-A external_guard -d fc00::/7 -i eth0 -j DROP\nCOMMIT\n"
#define SAVED_NAT(more)                                                                            \
    "*nat\n:PREROUTING ACCEPT [0:0]\n:external_dnat - [0:0]\n:external_dnat2 - [0:0]\n"            \
    ":external_snat - [0:0]\n-A PREROUTING -j external_dnat\n"                                     \
    "-A external_dnat -d " EXT " -i eth0" NOT_LOCAL " -j NETMAP --to " INT                         \
    "\n-A external_dnat2 -j ACCEPT\n"                                                              \
    "-A external_snat -s " INT " -o eth0 -j NETMAP --to " EXT "\n" more "COMMIT\n"

static void chains_that_are_as_they_should_be_are_not_touched(void **state)
{
    struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES);

    (void)state;
    mapping.nat.hairpin = mapping.nat.ula_guard = false;
    expect_plan(&mapping, SAVED_NAT(""), "");
    expect_plan(&mapping, SAVED_NAT("-A external_snat -j ACCEPT\n"),
                "*nat\n:external_snat - [0:0]\n-A external_snat -s " INT
                " -o eth0 -j NETMAP --to " EXT "\nCOMMIT\n");
    expect_plan(&mapping, SAVED_RAW SAVED_NAT(""),
                "*raw\n-D PREROUTING -j external_guard\n-F external_guard\n-X external_guard\n"
                "COMMIT\n");
}

static void without_a_mapping_only_the_suites_own_goes(void **state)
{
    (void)state;
    expect_plan(NULL, "", "");
    expect_plan(NULL, "*nat\n:external_dnat - [0:0]\n:external_snat - [0:0]\nCOMMIT\n", "");
    expect_plan(NULL, SAVED_NAT(""),
                "*nat\n:external_dnat - [0:0]\n:external_snat - [0:0]\nCOMMIT\n");
    expect_plan(NULL,
                "*raw\n:external_guard - [0:0]\n-A PREROUTING -i eth7 -j external_guard\n"
                "-A PREROUTING -j external_guard\n-A PREROUTING -j external_guard\nCOMMIT\n",
                "*raw\n-D PREROUTING -j external_guard\n-D PREROUTING -j external_guard\n"
                ":external_guard - [0:0]\nCOMMIT\n");
}

/* ---- both ---- */

static void an_interface_that_could_be_a_rule_is_refused(void **state)
{
    static const char *const links[] = {"eth0\" drop", "eth+", "eth*", "a b"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(links); i++)
        for (int backend = BACKEND_NFT; backend <= BACKEND_IP6TABLES; backend++) {
            const struct pd_nat_mapping mapping =
                mapping_of(links[i], INT, EXT, (enum pd_nat_backend_id)backend);
            char *text = NULL;
            struct error e = {""};

            CHECK(pd_nat_rules_print(&mapping, 1, mapping.nat.backend, &text, &e) == -EINVAL, "%s",
                  links[i]);
            assert_null(text);
        }
}

/* ---- what is in force ---- */

/* As nft_list_table() lists what was printed for nft(8). */
static char *listing_of(const char *rules)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    fputs("table ip6 pd-nat {\n\tchain guard_in {\n", out);
    for (const char *line = rules; *line; line += strcspn(line, "\n") + 1) {
        const char *comment = strstr(line, " comment \"");

        if (comment && comment < strchr(line, '\n'))
            fprintf(out, "\t\trule%.*s\n", (int)strcspn(comment, "\n"), comment);
    }
    fputs("\t}\n}\n", out);
    fclose(out);
    return text;
}

static void expect_in_force(const struct pd_nat_rules *rules, const struct pd_nat_mapping *expected,
                            size_t expected_count)
{
    struct pd_nat_mapping *found = NULL;
    size_t count = 0;
    struct error e = {""};

    CHECK(pd_nat_rules_in_force(rules, &found, &count, &e) == 0, "%s", e.text);
    assert_int_equal(count, expected_count);
    for (size_t i = 0; i < count && found; i++) {
        assert_string_equal(found[i].nat.link, expected[i].nat.link);
        assert_int_equal(found[i].nat.backend, expected[i].nat.backend);
        assert_true(prefix_equal(&found[i].nat.internal, &expected[i].nat.internal));
        assert_true(prefix_equal(&found[i].external, &expected[i].external));
        assert_int_equal(found[i].nat.hairpin, expected[i].nat.hairpin);
        assert_int_equal(found[i].nat.ula_guard, expected[i].nat.ula_guard);
        assert_int_equal(found[i].nat.mark, expected[i].nat.mark);
        assert_int_equal(found[i].nat.is_closed, expected[i].nat.is_closed);
        assert_int_equal(found[i].nat.flow_limit, expected[i].nat.flow_limit);
        assert_int_equal(found[i].nat.open_count, expected[i].nat.open_count);
        for (size_t j = 0; j < found[i].nat.open_count && found[i].nat.open; j++)
            assert_true(prefix_equal(&found[i].nat.open[j], &expected[i].nat.open[j]));
    }
    pd_nat_mappings_free(found, count);
}

/* Whatever is printed can be read back, in the order of the first rule of each. */
static void a_limit_has_sets_that_start_anew(void **state)
{
    struct pd_nat_mapping mapping = mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES);
    AUTO_FREE char *frame = NULL;

    (void)state;
    mapping.nat.ula_guard = false;
    mapping.nat.flow_limit = 4294967295U;
    frame = format_string("%sadd set ip6 pd-nat guests { type iface_index; size 65535; flags "
                          "dynamic; }\nflush set ip6 pd-nat guests\n"
                          "add set ip6 pd-nat hosts { type ipv6_addr; size 65535; flags "
                          "dynamic; }\nflush set ip6 pd-nat hosts\n",
                          common_frame);
    assert_non_null(frame);
    expect_table(&mapping, 1, frame,
                 "add rule ip6 pd-nat flows iifname \"vif*\" ip6 saddr " INT
                 " ct state new add @guests { iif ct count over 4294967295 } drop comment \"flows "
                 "of a domU: eth0 ip6tables 4294967295\"\n"
                 "add rule ip6 pd-nat flows iifname != \"eth0\" iifname != \"vif*\" "
                 "ether daddr fe:ff:ff:ff:ff:ff ip6 saddr " INT
                 " ct state new add @guests { iif ct count over 4294967295 } drop comment \"flows "
                 "of a renamed vif: eth0 ip6tables 4294967295\"\n"
                 "add rule ip6 pd-nat flows iifname != \"eth0\" iifname != \"vif*\" ip6 saddr " INT
                 " ct state new add @hosts { ip6 saddr ct count over 4294967295 } drop comment "
                 "\"flows of a host: eth0 ip6tables 4294967295\"\n");
}

static void rules_in_force_tell_what_they_were_made_for(void **state)
{
    struct prefix open[] = {prefix_of("fd78::7/128"), prefix_of("fd78::100/120")};
    struct pd_nat_mapping mappings[] = {
        mapping_of("eth0", INT, EXT, BACKEND_NFT),
        mapping_of("eth1", INT, "2001:db8:1:40::/58", BACKEND_IP6TABLES),
        mapping_of("ppp0", "fd77::/48", "2001:db8:77::/48", BACKEND_NFT),
        mapping_of("wan.7", "fd78::/64", "2001:db8:78::/64", BACKEND_IP6TABLES),
        mapping_of("wan.8", "fd79::/64", "2001:db8:79::/64", BACKEND_IP6TABLES),
    };
    AUTO_FREE char *nft = NULL;
    struct pd_nat_rules rules;

    (void)state;
    mappings[1].nat.mark = 7;
    mappings[2].nat.hairpin = mappings[2].nat.ula_guard = false;
    mappings[3].nat.hairpin = mappings[3].nat.ula_guard = false;
    mappings[3].nat.is_closed = true;
    mappings[3].nat.open = open;
    mappings[3].nat.open_count = ARRAY_SIZE(open);
    mappings[4].nat.ula_guard = false;
    mappings[4].nat.flow_limit = 4294967295U;
    mappings[2].nat.flow_limit = 1;
    nft = print(mappings, ARRAY_SIZE(mappings), BACKEND_NFT);
    rules.of[BACKEND_NFT] = listing_of(nft);
    rules.of[BACKEND_IP6TABLES] = print(mappings, ARRAY_SIZE(mappings), BACKEND_IP6TABLES);
    expect_in_force(&rules, mappings, ARRAY_SIZE(mappings));
    pd_nat_rules_free(&rules);
    expect_in_force(&rules, NULL, 0);
}

/* A ULA guard, and no more: without a prefix, and with the recipe's rules beside it. */
static void a_guard_in_force_makes_no_rules_of_others_the_suites(void **state)
{
    const struct pd_nat_rules rules = {
        .of[BACKEND_NFT] = (char *)"\t\trule comment \"ula source: eth0 nft\"\n",
        .of[BACKEND_IP6TABLES] =
            (char *)"-A external_snat -s " INT " -o eth0 -j NETMAP --to " EXT "\n"};
    struct pd_nat_mapping expected[] = {
        {.nat = {.link = "eth0", .backend = BACKEND_NFT, .ula_guard = true, .mark = PD_NAT_MARK}},
        mapping_of("eth0", INT, EXT, BACKEND_IP6TABLES),
    };

    (void)state;
    expected[1].nat.ula_guard = expected[1].nat.hairpin = false;
    expect_in_force(&rules, expected, ARRAY_SIZE(expected));
}

static void rules_of_version_1_0_are_read(void **state)
{
    const struct pd_nat_rules rules = {
        .of[BACKEND_NFT] = (char *)"\t\trule comment \"ula source: eth0 " INT " " EXT "\"\n"
                                   "\t\trule comment \"in: eth0 " INT " " EXT "\"\n"
                                   "\t\trule comment \"hairpin: eth0 " INT " " EXT "\"\n",
        .of[BACKEND_IP6TABLES] =
            (char *)"*raw\n-A external_guard -s fc00::/7 -i eth1 -j DROP\nCOMMIT\n*nat\n"
                    "-A external_snat -s " INT " -o eth1 -j NETMAP --to " EXT "\nCOMMIT\n"};
    struct pd_nat_mapping expected[] = {
        mapping_of("eth0", INT, EXT, BACKEND_NFT),
        mapping_of("eth1", INT, EXT, BACKEND_IP6TABLES),
    };

    (void)state;
    expected[1].nat.hairpin = false;
    expect_in_force(&rules, expected, ARRAY_SIZE(expected));
}

static void rules_of_others_are_none_in_force(void **state)
{
    static const char listing[] =
        "table ip6 pd-nat {\n\tchain out {\n\t\trule\n\t\trule comment \"out: eth0\"\n"
        "\t\trule comment \"out: eth0 fd00::/129 2001:db8::/58\"\n"
        "\t\trule comment \"out: eth0 fd00::/58 2001:db8::/56\"\n"
        "\t\trule comment \"out: a-name-that-no-link-has fd00::/58 2001:db8::/58\"\n\t}\n}\n";
    static const char saved[] = "*nat\n:POSTROUTING ACCEPT [0:0]\n"
                                "-A POSTROUTING -s fd00::/8 -o eth0 -j MASQUERADE\n"
                                "-A POSTROUTING -s fd00::/58 -o eth0 -j NETMAP --to 2001::/58\n"
                                "-A external_snat -s junk -o eth0 -j NETMAP --to 2001:db8::/58\n"
                                "-A external_snat -s fd00::/8 -o eth0 -j RETURN\nCOMMIT\n"
                                "*raw\n-A external_guard -s fc00::/7 -i eth0 -j DROP\nCOMMIT";
    const struct pd_nat_rules rules = {.of[BACKEND_NFT] = (char *)listing,
                                       .of[BACKEND_IP6TABLES] = (char *)saved};

    (void)state;
    expect_in_force(&rules, NULL, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_external_prefix_is_the_part),
        cmocka_unit_test(nft_gets_a_table_and_a_rule_for_each_way),
        cmocka_unit_test(nft_gets_several_interfaces_each_as_it_wants),
        cmocka_unit_test(without_a_mapping_the_table_goes),
        cmocka_unit_test(a_table_is_judged_by_its_listing),
        cmocka_unit_test(ip6tables_gets_the_recipes_chains_and_a_guard_of_nft),
        cmocka_unit_test(without_a_prefix_there_are_the_guard_and_inbound),
        cmocka_unit_test(a_limit_has_sets_that_start_anew),
        cmocka_unit_test(inbound_lets_in_what_it_names),
        cmocka_unit_test(ip6tables_gets_several_interfaces_each_as_it_wants),
        cmocka_unit_test(chains_that_are_as_they_should_be_are_not_touched),
        cmocka_unit_test(without_a_mapping_only_the_suites_own_goes),
        cmocka_unit_test(an_interface_that_could_be_a_rule_is_refused),
        cmocka_unit_test(rules_in_force_tell_what_they_were_made_for),
        cmocka_unit_test(a_guard_in_force_makes_no_rules_of_others_the_suites),
        cmocka_unit_test(rules_of_version_1_0_are_read),
        cmocka_unit_test(rules_of_others_are_none_in_force),
    };

    return cmocka_run_group_tests_name("pd-nat-rules", tests, NULL, NULL);
}
