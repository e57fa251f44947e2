/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rules of a NAT gateway before a 6to4 host, whole, and which connections do not go by them. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>

#include "6to4/gateway.h"

static struct gateway gateway_of(const char *wan)
{
    struct gateway gateway = {.wan = ""};

    CHECK(inet_pton(AF_INET, "192.0.2.4", &gateway.public_ipv4) == 1, "public");
    CHECK(inet_pton(AF_INET, "192.168.1.2", &gateway.target) == 1, "target");
    strcpy(gateway.wan, wan);
    return gateway;
}

static void expect_text(char *text, const char *expected)
{
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

/* ---- iptables ---- */

static void iptables_gets_chains_and_the_jumps_to_them(void **state)
{
    const struct gateway gateway = gateway_of("");

    (void)state;
    expect_text(gateway_iptables(&gateway, ""),
                "# 6to4 (protocol 41) behind NAT: 192.0.2.4 is 192.168.1.2 within\n"
                "# load once: iptables-restore --noflush\n"
                "*filter\n"
                ":6to4-forward - [0:0]\n"
                "-A 6to4-forward -d 192.168.1.2 -p 41 -j ACCEPT\n"
                "-A 6to4-forward -s 192.168.1.2 -p 41 -j ACCEPT\n"
                "-I FORWARD -j 6to4-forward\n"
                "COMMIT\n"
                "*nat\n"
                ":6to4-dnat - [0:0]\n"
                ":6to4-snat - [0:0]\n"
                "-A 6to4-dnat -d 192.0.2.4 -p 41 -j DNAT --to-destination 192.168.1.2\n"
                "-A 6to4-snat -s 192.168.1.2 -p 41 -j SNAT --to-source 192.0.2.4\n"
                "-I PREROUTING -j 6to4-dnat\n"
                "-I POSTROUTING -j 6to4-snat\n"
                "COMMIT\n");
}

static const char saved_with_all[] = "*filter\n"
                                     ":FORWARD DROP [0:0]\n"
                                     ":6to4-forward - [0:0]\n"
                                     "-A FORWARD -s 10.0.0.0/8 -j 6to4-forward\n"
                                     "-A FORWARD -j other\n"
                                     "-A 6to4-forward -d 10.9.9.9/32 -p ipv6 -j ACCEPT\n"
                                     "COMMIT\n"
                                     "*nat\n"
                                     ":PREROUTING ACCEPT [0:0]\n"
                                     ":6to4-dnat - [0:0]\n"
                                     "-A PREROUTING -j 6to4-dnat\n"
                                     "-A POSTROUTING -j 6to4-snat\n"
                                     "COMMIT\n";

static void a_jump_that_is_there_is_not_made_again(void **state)
{
    const struct gateway gateway = gateway_of("eth0");

    (void)state;
    expect_text(gateway_iptables(&gateway, saved_with_all),
                "# 6to4 (protocol 41) behind NAT: 192.0.2.4 is 192.168.1.2 within\n"
                "# load once: iptables-restore --noflush\n"
                "*filter\n"
                ":6to4-forward - [0:0]\n"
                "-A 6to4-forward -i eth0 -d 192.168.1.2 -p 41 -j ACCEPT\n"
                "-A 6to4-forward -o eth0 -s 192.168.1.2 -p 41 -j ACCEPT\n"
                "COMMIT\n"
                "*nat\n"
                ":6to4-dnat - [0:0]\n"
                ":6to4-snat - [0:0]\n"
                "-A 6to4-dnat -i eth0 -d 192.0.2.4 -p 41 -j DNAT --to-destination 192.168.1.2\n"
                "-A 6to4-snat -o eth0 -s 192.168.1.2 -p 41 -j SNAT --to-source 192.0.2.4\n"
                "COMMIT\n");
}

static void what_only_looks_like_the_jump_is_none(void **state)
{
    static const char *const rows[] = {
        "-A FORWARD -j 6to4-forward2\n",
        "-A FORWARD2 -j 6to4-forward\n",
        "-A INPUT -j 6to4-forward\n",
        "-A FORWARD -j my6to4-forward\n",
        "# -A FORWARD -j 6to4-forward\n",
        "-A FORWARD -j\n6to4-forward\n",
        "\n",
    };
    const struct gateway gateway = gateway_of("");

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *rules = gateway_iptables(&gateway, rows[i]);

        CHECK(rules && strstr(rules, "-I FORWARD -j 6to4-forward\n"), "%s", rows[i]);
        free(rules);
    }
}

static void undoing_takes_away_what_was_not_there(void **state)
{
    (void)state;
    expect_text(gateway_iptables_undo("*filter\n:FORWARD DROP [0:0]\nCOMMIT\n"),
                "*filter\n"
                "-D FORWARD -j 6to4-forward\n"
                "-F 6to4-forward\n"
                "-X 6to4-forward\n"
                "COMMIT\n");
}

static void undoing_brings_back_what_was_there(void **state)
{
    (void)state;
    expect_text(gateway_iptables_undo(saved_with_all),
                "*filter\n"
                ":6to4-forward - [0:0]\n"
                "-A 6to4-forward -d 10.9.9.9/32 -p ipv6 -j ACCEPT\n"
                "COMMIT\n");
}

static void rules_that_iptables_cannot_show_are_noticed(void **state)
{
    (void)state;
    assert_true(gateway_is_hidden("# Table `nat' is incompatible, use 'nft' tool.\n"));
    assert_true(gateway_is_hidden("*nat\n# Table `filter' is incompatible, use 'nft' tool.\n"));
    assert_false(gateway_is_hidden("# Table `mangle' is incompatible, use 'nft' tool.\n"));
    assert_false(gateway_is_hidden(saved_with_all));
}

/* ---- nft ---- */

#define NFT_HEAD                                                                                   \
    "# 6to4 (protocol 41) behind NAT: 192.0.2.4 is 192.168.1.2 within\n"                           \
    "# load once: nft -f\n"                                                                        \
    "add table ip vif-route-ipv6-6to4\n"                                                           \
    "delete table ip vif-route-ipv6-6to4\n"                                                        \
    "table ip vif-route-ipv6-6to4 {\n"                                                             \
    "\tchain prerouting {\n"                                                                       \
    "\t\ttype nat hook prerouting priority dstnat - 1; policy accept;\n"
#define NFT_MIDDLE                                                                                 \
    "\t}\n"                                                                                        \
    "\tchain postrouting {\n"                                                                      \
    "\t\ttype nat hook postrouting priority srcnat - 1; policy accept;\n"

static void nft_gets_a_table_and_accepts_in_the_users_chain(void **state)
{
    const struct gateway gateway = gateway_of("");
    const struct gateway_chain chain = {"inet", "filter", "forward"};

    (void)state;
    expect_text(gateway_nft(&gateway, &chain, ""),
                NFT_HEAD "\t\tip daddr 192.0.2.4 ip protocol 41 dnat to 192.168.1.2\n" NFT_MIDDLE
                         "\t\tip saddr 192.168.1.2 ip protocol 41 snat to 192.0.2.4\n\t}\n}\n"
                         "add chain inet filter vif-route-ipv6-6to4\n"
                         "flush chain inet filter vif-route-ipv6-6to4\n"
                         "add rule inet filter vif-route-ipv6-6to4 ip daddr 192.168.1.2 "
                         "ip protocol 41 accept\n"
                         "add rule inet filter vif-route-ipv6-6to4 ip saddr 192.168.1.2 "
                         "ip protocol 41 accept\n"
                         "insert rule inet filter forward jump vif-route-ipv6-6to4\n");
}

static void nft_names_the_link_and_leaves_a_jump_that_is_there(void **state)
{
    const struct gateway gateway = gateway_of("eth0");
    const struct gateway_chain chain = {"ip", "fw", "fwd"};

    (void)state;
    expect_text(
        gateway_nft(&gateway, &chain, "\t\tcounter jump vif-route-ipv6-6to4 comment \"\"\n"),
        NFT_HEAD "\t\tiifname \"eth0\" ip daddr 192.0.2.4 ip protocol 41 "
                 "dnat to 192.168.1.2\n" NFT_MIDDLE
                 "\t\toifname \"eth0\" ip saddr 192.168.1.2 ip protocol 41 "
                 "snat to 192.0.2.4\n\t}\n}\n"
                 "add chain ip fw vif-route-ipv6-6to4\n"
                 "flush chain ip fw vif-route-ipv6-6to4\n"
                 "add rule ip fw vif-route-ipv6-6to4 iifname \"eth0\" ip daddr 192.168.1.2 "
                 "ip protocol 41 accept\n"
                 "add rule ip fw vif-route-ipv6-6to4 oifname \"eth0\" ip saddr 192.168.1.2 "
                 "ip protocol 41 accept\n");
}

static void without_a_forward_chain_there_is_a_word_instead(void **state)
{
    const struct gateway gateway = gateway_of("");

    (void)state;
    expect_text(gateway_nft(&gateway, NULL, ""),
                NFT_HEAD "\t\tip daddr 192.0.2.4 ip protocol 41 dnat to 192.168.1.2\n" NFT_MIDDLE
                         "\t\tip saddr 192.168.1.2 ip protocol 41 snat to 192.0.2.4\n\t}\n}\n"
                         "# no forward chain was found, and none is needed if nothing drops;\n"
                         "# else name yours: --chain 'FAMILY TABLE CHAIN'\n");
}

/* ---- words ---- */

static void a_chain_is_three_words_that_can_be_no_rule(void **state)
{
    static const char *const wrong[] = {
        "",
        "inet",
        "inet filter",
        "inet filter forward more",
        "ip6 filter forward",
        "bridge filter forward",
        "arp filter forward",
        "INET filter forward",
        "inet fil;ter forward",
        "inet filter 6forward",
        "inet filter {",
        "inet filter -x",
        "inet \"filter\" forward",
        "inetinet filter forward",
    };
    struct gateway_chain chain;
    struct error e;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
        CHECK(gateway_parse_chain(wrong[i], &chain, &e) == -EINVAL && e.text[0], "%s", wrong[i]);
    assert_int_equal(gateway_parse_chain("  ip  my-fw\tF.o_r/w ", &chain, &e), 0);
    assert_string_equal(chain.family, "ip");
    assert_string_equal(chain.table, "my-fw");
    assert_string_equal(chain.name, "F.o_r/w");
}

/* ---- connections ---- */

static struct in6_addr mapped(const char *text)
{
    struct in_addr ipv4;

    CHECK(inet_pton(AF_INET, text, &ipv4) == 1, "the test's own '%s'", text);
    return prefix_from_ipv4(ipv4, 32).address;
}

static struct conntrack_entry entry_of(const char *const addresses[static 4])
{
    return (struct conntrack_entry){
        .family = AF_INET,
        .protocol = IPPROTO_IPV6,
        .original = {.source = mapped(addresses[0]), .destination = mapped(addresses[1])},
        .reply = {.source = mapped(addresses[2]), .destination = mapped(addresses[3])},
    };
}

static void an_entry_with_another_mapping_is_stale(void **state)
{
    static const struct {
        const char *addresses[4]; /* original source, destination; reply source, destination */
        bool stale;
    } rows[] = {
        {{"192.168.1.2", "203.0.113.9", "203.0.113.9", "192.0.2.4"}, false},
        {{"192.168.1.2", "203.0.113.9", "203.0.113.9", "192.168.1.2"}, true},
        {{"192.168.1.2", "203.0.113.9", "203.0.113.9", "192.0.2.5"}, true},
        {{"203.0.113.9", "192.0.2.4", "192.168.1.2", "203.0.113.9"}, false},
        {{"203.0.113.9", "192.0.2.4", "192.0.2.4", "203.0.113.9"}, true},
        {{"203.0.113.9", "192.0.2.4", "192.168.1.3", "203.0.113.9"}, true},
        {{"192.168.1.3", "203.0.113.9", "203.0.113.9", "192.0.2.4"}, true},
        {{"192.0.2.4", "203.0.113.9", "203.0.113.9", "192.0.2.4"}, true},
        {{"192.168.1.3", "203.0.113.9", "203.0.113.9", "192.0.2.5"}, false},
        {{"203.0.113.9", "192.0.2.5", "192.168.1.3", "203.0.113.9"}, false},
    };
    const struct gateway gateway = gateway_of("");

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct conntrack_entry entry = entry_of(rows[i].addresses);

        CHECK(gateway_is_stale(&entry, &gateway) == rows[i].stale, "row %zu", i);
        entry.protocol = IPPROTO_GRE;
        CHECK(!gateway_is_stale(&entry, &gateway), "row %zu as GRE", i);
    }
}

static void an_entry_is_told_in_words(void **state)
{
    static const char *const addresses[] = {"192.168.1.2", "203.0.113.9", "203.0.113.9",
                                            "192.0.2.5"};
    const struct conntrack_entry entry = entry_of(addresses);

    (void)state;
    expect_text(gateway_describe(&entry), "conntrack: protocol 41 from 192.168.1.2 to 203.0.113.9, "
                                          "answered from 203.0.113.9 to 192.0.2.5");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(iptables_gets_chains_and_the_jumps_to_them),
        cmocka_unit_test(a_jump_that_is_there_is_not_made_again),
        cmocka_unit_test(what_only_looks_like_the_jump_is_none),
        cmocka_unit_test(undoing_takes_away_what_was_not_there),
        cmocka_unit_test(undoing_brings_back_what_was_there),
        cmocka_unit_test(rules_that_iptables_cannot_show_are_noticed),
        cmocka_unit_test(nft_gets_a_table_and_accepts_in_the_users_chain),
        cmocka_unit_test(nft_names_the_link_and_leaves_a_jump_that_is_there),
        cmocka_unit_test(without_a_forward_chain_there_is_a_word_instead),
        cmocka_unit_test(a_chain_is_three_words_that_can_be_no_rule),
        cmocka_unit_test(an_entry_with_another_mapping_is_stale),
        cmocka_unit_test(an_entry_is_told_in_words),
    };

    return cmocka_run_group_tests_name("6to4-gateway", tests, NULL, NULL);
}
