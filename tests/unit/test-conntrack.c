/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/net/nf_conntrack tells of a connection, and the key that the kernel knows it by. */
#include "unit.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "sys/conntrack.h"
#include "sys/netlink.h"

#define THERE                                                                                      \
    "src=2001:0db8:0005:0000:0000:0000:0000:0005 dst=2001:0db8:0005:0000:0000:0000:0000:0006 "
#define BACK                                                                                       \
    "src=2001:0db8:0005:0000:0000:0000:0000:0006 dst=fd12:0000:0000:0000:0000:0000:0000:0005 "

static bool parse(const char *text, struct conntrack_entry *out)
{
    AUTO_FREE char *line = format_string("%s", text);

    assert_non_null(line);
    return conntrack_parse(line, out);
}

static void expect_address(const struct in6_addr *address, const char *expected)
{
    char text[INET6_ADDRSTRLEN];

    assert_string_equal(address_print(address, text), expected);
}

/* The attribute that OUTER and INNER lead to in the key, for which there is room in WHOLE. */
static const struct nlattr *find(const struct conntrack_entry *entry, struct nlattr *whole,
                                 uint16_t outer, uint16_t inner)
{
    *whole = (struct nlattr){.nla_len = (uint16_t)(sizeof(*whole) + entry->key_length)};
    memcpy(whole + 1, entry->key, entry->key_length);
    return netlink_nested(netlink_nested(whole).of[outer]).of[inner];
}

static void expect_number(const struct conntrack_entry *entry, uint16_t inner, unsigned int number)
{
    struct nlattr whole[1 + CONNTRACK_KEY_SIZE];
    const struct nlattr *found = find(entry, whole, CTA_TUPLE_PROTO, inner);

    assert_non_null(found);
    assert_int_equal(mnl_attr_get_payload_len(found) == 1 ? mnl_attr_get_u8(found)
                                                          : ntohs(mnl_attr_get_u16(found)),
                     number);
}

static void expect_bytes(const struct conntrack_entry *entry, uint16_t inner, const void *bytes,
                         size_t size)
{
    struct nlattr whole[1 + CONNTRACK_KEY_SIZE];
    const struct nlattr *found = find(entry, whole, CTA_TUPLE_IP, inner);

    assert_non_null(found);
    assert_int_equal(mnl_attr_get_payload_len(found), size);
    assert_memory_equal(mnl_attr_get_payload(found), bytes, size);
}

static void a_line_becomes_an_entry(void **state)
{
    struct conntrack_entry entry;

    (void)state;
    assert_true(parse("ipv6     10 udp      17 8999 " THERE "sport=5 dport=53 [UNREPLIED] " BACK
                      "sport=53 dport=5 [ASSURED] mark=0 zone=7 use=2\n",
                      &entry));
    assert_int_equal(entry.family, AF_INET6);
    assert_int_equal(entry.protocol, 17);
    expect_address(&entry.original.source, "2001:db8:5::5");
    expect_address(&entry.original.destination, "2001:db8:5::6");
    expect_address(&entry.reply.source, "2001:db8:5::6");
    expect_address(&entry.reply.destination, "fd12::5");
    assert_int_equal(entry.original.source_port, 5);
    assert_int_equal(entry.original.destination_port, 53);
    assert_int_equal(entry.reply.source_port, 53);
    assert_int_equal(ntohs(entry.zone), 7);
    expect_bytes(&entry, CTA_IP_V6_SRC, &entry.original.source, 16);
    expect_bytes(&entry, CTA_IP_V6_DST, &entry.original.destination, 16);
    expect_number(&entry, CTA_PROTO_NUM, 17);
    expect_number(&entry, CTA_PROTO_SRC_PORT, 5);
    expect_number(&entry, CTA_PROTO_DST_PORT, 53);
}

static void a_ping_has_an_id_and_no_ports(void **state)
{
    struct nlattr whole[1 + CONNTRACK_KEY_SIZE];
    struct conntrack_entry entry;

    (void)state;
    assert_true(parse("ipv6     10 icmpv6   58 29 " THERE "type=128 code=0 id=69 " BACK
                      "type=129 code=0 id=69 mark=0 zone=0 use=2",
                      &entry));
    expect_number(&entry, CTA_PROTO_ICMPV6_ID, 69);
    expect_number(&entry, CTA_PROTO_ICMPV6_TYPE, 128);
    expect_number(&entry, CTA_PROTO_ICMPV6_CODE, 0);
    assert_null(find(&entry, whole, CTA_TUPLE_PROTO, CTA_PROTO_SRC_PORT));
}

static void ipv4_and_other_protocols_have_keys(void **state)
{
    struct conntrack_entry entry;
    const uint8_t source[] = {192, 0, 2, 1};

    (void)state;
    assert_true(parse("ipv4     2 unknown  41 599 src=192.0.2.1 dst=198.51.100.2 src=198.51.100.2 "
                      "dst=203.0.113.9 mark=0 use=2",
                      &entry));
    assert_int_equal(entry.family, AF_INET);
    assert_int_equal(entry.protocol, 41);
    expect_address(&entry.reply.destination, "::ffff:203.0.113.9");
    expect_bytes(&entry, CTA_IP_V4_SRC, source, sizeof(source));
    expect_number(&entry, CTA_PROTO_NUM, 41);
}

/* A dump tells of these. */
static void what_cannot_be_told_is_refused(void **state)
{
    static const char *const lines[] = {
        "",
        "\n",
        "ipv6",
        "ipv6     10 udp      17",
        "ipv6     10 udp      17 8999 " THERE "sport=5 dport=53",
        "ipv6     10 udp      999 8999 " THERE "sport=5 dport=53 " BACK "sport=53 dport=5",
        "ipv6     10 udp      17 8999 " THERE "sport=5 dport=65536 " BACK "sport=53 dport=5",
        "ipv6     10 udp      17 8999 " THERE "sport=-5 dport=53 " BACK "sport=53 dport=5",
        "ipv6     10 udp      17 8999 src=junk dst=2001:db8::6 sport=5 dport=53 " BACK,
        "ipv4     2 udp      17 8999 " THERE "sport=5 dport=53 " BACK "sport=53 dport=5",
        "ipv6     10 icmpv6   58 29 " THERE "type=128 id=69 " BACK "type=129 id=69",
        "ipv6     10 gre      47 8999 " THERE "srckey=0x1 dstkey=0x1 " BACK
        "srckey=0x1 dstkey=0x1 mark=0",
        "ipv6     10 tcp      6 8999 " THERE "sport=1 dport=1 zone-orig=6 " BACK "sport=1 dport=1",
    };
    struct conntrack_entry entry;

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
        CHECK(!parse(lines[i], &entry), "%s", lines[i]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_becomes_an_entry),
        cmocka_unit_test(a_ping_has_an_id_and_no_ports),
        cmocka_unit_test(ipv4_and_other_protocols_have_keys),
        cmocka_unit_test(what_cannot_be_told_is_refused),
    };

    return cmocka_run_group_tests_name("conntrack", tests, NULL, NULL);
}
