/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the DHCPv6 clients report: what happened, and which prefix is NAT's. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "pd-nat/clients.h"

#define IA         "new_dhcp6_ia_pd1_"
#define IAID(text) IA "iaid=" text, IA "t1=100", IA "t2=160"
/* In dhcpcd's order: its option has the address last. */
#define PREFIX(m, address, length, preferred, valid)                                               \
    IA "prefix" m "_pltime=" preferred, IA "prefix" m "_vltime=" valid,                            \
        IA "prefix" m "_length=" length, IA "prefix" m "=" address
#define MOST 24

/* What dhcpcd reports for REASON in ENVIRONMENT. */
static struct lease_message read_dhcpcd(const char *reason, const char *const *environment)
{
    const char *all[MOST + 2] = {reason};
    const struct client_call call = {.environment = (char *const *)all};
    struct lease_message message = {.count = 0};
    struct error e;

    for (size_t i = 0; i < MOST && environment[i]; i++)
        all[i + 1] = environment[i];
    CHECK(client_dhcpcd.read(&call, &message, &e) == 0, "%s", e.text);
    return message;
}

/* As the hook does. */
static int choose(const struct pd_nat_section *nat, const char *const *environment,
                  const struct prefix *in_use, struct pd_nat_lease *out, bool *found,
                  struct error *e)
{
    struct lease_message message = read_dhcpcd("reason=RENEW6", environment);
    int result = message.broken < 0
                     ? fail(e, message.broken, "%s", message.why.text)
                     : lease_choose(nat, message.prefixes, message.count, in_use, out, found, e);

    lease_message_free(&message);
    return result;
}

static void the_reason_tells_what_happened(void **state)
{
    static const struct {
        const char *first;
        enum lease_event event;
    } rows[] = {
        {"reason=BOUND6", LEASE_BOUND},
        {"reason=RENEW6", LEASE_BOUND},
        {"reason=REBIND6", LEASE_BOUND},
        {"reason=REBOOT6", LEASE_BOUND},
        {"reason=EXPIRE6", LEASE_OVER},
        {"reason=STOP6", LEASE_KEPT},
        {"reason=RELEASE6", LEASE_OVER},
        {"reason=STOPPED", LEASE_KEPT},
        {"reason=TIMEOUT6", LEASE_KEPT},
        {"reason=DEPARTED", LEASE_KEPT},
        {"reason=DELEGATED6", LEASE_NO_NEWS},
        {"reason=BOUND", LEASE_NO_NEWS},
        {"reason=ROUTERADVERT", LEASE_NO_NEWS},
        {"reason=", LEASE_NO_NEWS},
        {"reason", LEASE_NO_NEWS},
        {"reasons=BOUND6", LEASE_NO_NEWS},
        {"reason=bound6", LEASE_NO_NEWS},
        {"reason=BOUND6 ", LEASE_NO_NEWS},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char *environment[] = {(char *)"interfaces=x", (char *)rows[i].first,
                               (char *)"interface=eth0", NULL};

        const struct client_call call = {.environment = environment};
        struct lease_message message = {.count = 0};
        struct error e;

        CHECK(client_dhcpcd.read(&call, &message, &e) == 0, "%s", e.text);
        CHECK(message.event == rows[i].event, "%s", rows[i].first);
        assert_string_equal(message.link, "eth0");
        environment[2] = NULL;
        CHECK(client_dhcpcd.read(&call, &message, &e) == 0, "%s", e.text);
        assert_null(message.link);
    }
}

static const struct {
    const char *what;
    const char *in_use;
    int iaid; /* under 0: none */
    const char *environment[MOST];
    const char *prefix; /* NULL: none */
    uint32_t preferred;
    uint32_t valid;
} the_prefix_is_chosen_rows[] = {
    {"nothing", NULL, -1, {"reason=RENEW6"}, NULL, 0, 0},
    {"one",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"old ones do not count",
     NULL,
     -1,
     {"old_dhcp6_ia_pd1_prefix1=junk", "old_dhcp6_ia_pd1_iaid=junk",
      "new_delegated_dhcp6_prefix=2001:db8::1/64"},
     NULL,
     0,
     0},
    {"IAID 1",
     NULL,
     1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000002"),
      PREFIX("2", "2001:db8:2::", "56", "30", "40")},
     "2001:db8:1::/56",
     10,
     20},
    {"IAID 2",
     NULL,
     2,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "30", "40"), IAID("00000002"),
      PREFIX("2", "2001:db8:2::", "56", "10", "20")},
     "2001:db8:2::/56",
     10,
     20},
    {"IAID 3",
     NULL,
     3,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000002"),
      PREFIX("2", "2001:db8:2::", "56", "30", "40")},
     NULL,
     0,
     0},
    {"no IAID: the longest preferred",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "90"), IAID("00000002"),
      PREFIX("2", "2001:db8:2::", "56", "30", "40")},
     "2001:db8:2::/56",
     30,
     40},
    {"an IAID is hexadecimal",
     NULL,
     0x1f,
     {IAID("0000001F"), PREFIX("1", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"M starts anew",
     NULL,
     2,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000002"),
      PREFIX("1", "2001:db8:2::", "60", "10", "20")},
     "2001:db8:2::/60",
     10,
     20},
    {"an IAID behind its prefix, by a shell",
     NULL,
     1,
     {PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000001")},
     "2001:db8:1::/56",
     10,
     20},
    {"an IAID amid its prefix, twice",
     NULL,
     1,
     {IA "prefix1=2001:db8:1::", IA "prefix1_length=56", IAID("00000001"), IA "prefix1_vltime=20",
      IA "prefix1_vltime=20", IAID("00000001"), IA "prefix1_pltime=10"},
     "2001:db8:1::/56",
     10,
     20},
    {"before the first of several, none is known",
     NULL,
     1,
     {PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000001"), IAID("00000002")},
     NULL,
     0,
     0},
    {"a client that names no IAID",
     NULL,
     1,
     {PREFIX("1", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"a client that names no IAID, none wanted",
     NULL,
     -1,
     {PREFIX("1", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"another N has its own",
     NULL,
     1,
     {IAID("00000001"),
      "new_dhcp6_ia_pd2_prefix1=2001:db8:1::", "new_dhcp6_ia_pd2_prefix1_length=56",
      "new_dhcp6_ia_pd2_prefix1_pltime=10", "new_dhcp6_ia_pd2_prefix1_vltime=20"},
     NULL,
     0,
     0},
    {"renumbering",
     "2001:db8:2::/56",
     1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20"),
      PREFIX("2", "2001:db8:2::", "56", "0", "0")},
     "2001:db8:1::/56",
     10,
     20},
    {"renumbering, the old one first",
     "2001:db8:2::/56",
     1,
     {IAID("00000001"), PREFIX("1", "2001:db8:2::", "56", "0", "0"),
      PREFIX("2", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"withdrawn",
     "2001:db8:2::/56",
     1,
     {IAID("00000001"), PREFIX("1", "2001:db8:2::", "56", "0", "0")},
     NULL,
     0,
     0},
    {"infinite",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "86400", "86400"),
      PREFIX("2", "2001:db8:2::", "56", "4294967295", "4294967295")},
     "2001:db8:2::/56",
     LEASE_FOREVER,
     LEASE_FOREVER},
    {"in use while preferred",
     "2001:db8:1::/56",
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "1", "1"),
      PREFIX("2", "2001:db8:2::", "56", "30", "40")},
     "2001:db8:1::/56",
     1,
     1},
    {"in use, but deprecated",
     "2001:db8:1::/56",
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "0", "90"),
      PREFIX("2", "2001:db8:2::", "56", "3", "4")},
     "2001:db8:2::/56",
     3,
     4},
    {"in use of another IAID",
     "2001:db8:1::/56",
     2,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "10", "20"), IAID("00000002"),
      PREFIX("2", "2001:db8:2::", "56", "1", "2")},
     "2001:db8:2::/56",
     1,
     2},
    {"all deprecated: the longest valid",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "0", "20"),
      PREFIX("2", "2001:db8:2::", "56", "0", "21")},
     "2001:db8:2::/56",
     0,
     21},
    {"all alike: the one in use",
     "2001:db8:2::/56",
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "0", "20"),
      PREFIX("2", "2001:db8:2::", "56", "0", "20")},
     "2001:db8:2::/56",
     0,
     20},
    {"all alike: not the packet's order",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:2::", "56", "10", "20"),
      PREFIX("2", "2001:db8:1::", "56", "10", "20")},
     "2001:db8:1::/56",
     10,
     20},
    {"preferred over valid",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "21", "20"),
      PREFIX("2", "2001:db8:2::", "56", "1", "2")},
     "2001:db8:2::/56",
     1,
     2},
    {"too long only for want of another",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "64", "90", "90"),
      PREFIX("2", "2001:db8:2::", "58", "1", "2")},
     "2001:db8:2::/58",
     1,
     2},
    {"too long",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "64", "90", "90")},
     "2001:db8:1::/64",
     90,
     90},
    {"a ULA",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "fd00:1::", "56", "10", "20")},
     "fd00:1::/56",
     10,
     20},
    {"unfit, but withdrawn",
     NULL,
     -1,
     {IAID("00000001"), PREFIX("1", "fe80::", "64", "0", "0")},
     NULL,
     0,
     0},
    {"unfit, but another's",
     NULL,
     2,
     {IAID("00000001"), PREFIX("1", "fe80::", "64", "1", "1")},
     NULL,
     0,
     0},
    {"other names",
     NULL,
     -1,
     {IAID("00000001"), IA "status_code=x", IA "prefix1_status_code=x", IA "prefix=x",
      IA "prefix0=x", IA "prefix01=x", IA "prefix1234567=x", "new_dhcp6_ia_pd_iaid=x",
      "new_dhcp6_ia_pd1iaid=x", IA "iaidx=x", "new_dhcp6_ia_pd1_prefix1", ""},
     NULL,
     0,
     0},
};

static void the_prefix_is_chosen(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(the_prefix_is_chosen_rows); i++) {
        struct pd_nat_section nat = {.internal = prefix_of("fd12::/58"),
                                     .has_iaid = the_prefix_is_chosen_rows[i].iaid >= 0,
                                     .iaid = (uint32_t)the_prefix_is_chosen_rows[i].iaid};
        struct prefix in_use = prefix_of(
            the_prefix_is_chosen_rows[i].in_use ? the_prefix_is_chosen_rows[i].in_use : "::/64");
        struct pd_nat_lease lease;
        struct error e = {""};
        bool found = !the_prefix_is_chosen_rows[i].prefix;

        CHECK(choose(&nat, the_prefix_is_chosen_rows[i].environment,
                     the_prefix_is_chosen_rows[i].in_use ? &in_use : NULL, &lease, &found, &e) == 0,
              "%s: %s", the_prefix_is_chosen_rows[i].what, e.text);
        CHECK(found == (the_prefix_is_chosen_rows[i].prefix != NULL), "%s: found: %d",
              the_prefix_is_chosen_rows[i].what, found);
        if (!found)
            continue;
        CHECK(prints_as(&lease.prefix, the_prefix_is_chosen_rows[i].prefix), "%s",
              the_prefix_is_chosen_rows[i].what);
        CHECK(lease.preferred == the_prefix_is_chosen_rows[i].preferred &&
                  lease.valid == the_prefix_is_chosen_rows[i].valid,
              "%s: %u %u", the_prefix_is_chosen_rows[i].what, lease.preferred, lease.valid);
        CHECK(the_prefix_is_chosen_rows[i].iaid < 0 || !lease.has_iaid ||
                  lease.iaid == (uint32_t)the_prefix_is_chosen_rows[i].iaid,
              "%s", the_prefix_is_chosen_rows[i].what);
    }
}

#define ONE(address, length, preferred, valid)                                                     \
    {                                                                                              \
        IAID("00000001"), PREFIX("1", address, length, preferred, valid)                           \
    }

static const struct {
    const char *environment[MOST];
    const char *text;
} a_broken_environment_changes_nothing_and_says_why_rows[] = {
    {ONE("2001:db8:1::/56", "56", "1", "2"),
     IA "prefix1: '2001:db8:1::/56' is not an IPv6 address"},
    {ONE("", "56", "1", "2"), IA "prefix1: '' is not an IPv6 address"},
    {ONE("192.0.2.1", "56", "1", "2"), "is not an IPv6 address"},
    {ONE("2001:db8:1::", "0", "1", "2"), IA "prefix1_length: '0' is no length from 1 to 128"},
    {ONE("2001:db8:1::", "129", "1", "2"), "'129' is no length"},
    {ONE("2001:db8:1::", "abc", "1", "2"), IA "prefix1_length: 'abc' is not a number"},
    {ONE("2001:db8:1::", "-1", "1", "2"), "'-1' is not a number"},
    {ONE("2001:db8:1::", "056", "1", "2"), "'056' is not a number"},
    {ONE("2001:db8:1::", "", "1", "2"), "'' is not a number"},
    {ONE("2001:db8:1::", "56", "", "2"), IA "prefix1_pltime: '' is not a number"},
    {ONE("2001:db8:1::", "56", "1", "2s"), IA "prefix1_vltime: '2s' is not a number"},
    {ONE("2001:db8:1::", "56", "1", "4294967296"), "_vltime: '4294967296' is over 32 bits"},
    {ONE("2001:db8:1::", "56", "1", "11111111111111111111111"), "is not a number"},
    {ONE("2001:db8:1:1::", "56", "1", "2"), IA "prefix1: '2001:db8:1:1::' has bits beyond"},
    {ONE("fe80::", "64", "1", "2"), "link-local"},
    {ONE("fe00::", "8", "1", "2"), "link-local"},
    {ONE("ff05::", "64", "1", "2"), "multicast"},
    {ONE("8000::", "1", "1", "2"), "link-local"},
    {ONE("::", "64", "1", "2"), "reserved"},
    {ONE("::ffff:192.0.2.0", "120", "1", "2"), "reserved"},
    {{IA "iaid=1"}, IA "iaid: '1' is no IAID: eight hexadecimal digits"},
    {{IA "iaid=0000000g"}, "is no IAID"},
    {{IA "iaid=000000001"}, "is no IAID"},
    {{IA "iaid=0x000001"}, "is no IAID"},
    {{IA "prefix1=2001:db8::"}, IA "prefix1_length is missing"},
    {{IA "prefix1_length=56"}, IA "prefix1 is missing"},
    {{IA "prefix1=2001:db8::", IA "prefix1_length=56", IA "prefix1_vltime=1"},
     IA "prefix1_pltime is missing"},
    {{IA "prefix1=2001:db8::", IA "prefix1_length=56", IA "prefix1_pltime=1"},
     IA "prefix1_vltime is missing"},
    {{IA "prefix12=2001:db8::", IA "prefix12=2001:db8:1::"},
     IA "prefix12: '2001:db8::' is not its only value"},
    {{IAID("00000001"), PREFIX("1", "2001:db8::", "56", "10", "20"),
      PREFIX("2", "junk", "56", "0", "0")},
     IA "prefix2: 'junk'"},
};

static void a_broken_environment_changes_nothing_and_says_why(void **state)
{
    static const struct pd_nat_lease before = {.iaid = 7};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(a_broken_environment_changes_nothing_and_says_why_rows);
         i++) {
        struct pd_nat_section nat = {.internal = prefix_of("fd12::/58")};
        struct pd_nat_lease lease = before;
        struct error e = {""};
        bool found = true;

        CHECK(choose(&nat, a_broken_environment_changes_nothing_and_says_why_rows[i].environment,
                     NULL, &lease, &found, &e) == -EINVAL,
              "%s", a_broken_environment_changes_nothing_and_says_why_rows[i].text);
        CHECK(strstr(e.text, a_broken_environment_changes_nothing_and_says_why_rows[i].text),
              "'%s' is not in: %s", a_broken_environment_changes_nothing_and_says_why_rows[i].text,
              e.text);
        CHECK(found && memcmp(&lease, &before, sizeof(lease)) == 0, "%s",
              a_broken_environment_changes_nothing_and_says_why_rows[i].text);
    }
}

#define OLD(text) "old_dhcp6_ia_pd1_" text

static const struct {
    const char *what;
    enum lease_event event;
    const char *environment[MOST];
    enum lease_report report;
    uint32_t preferred;
    uint32_t valid;
} what_is_said_of_a_prefix_of_before_is_seen_rows[] = {
    {"nothing is said", LEASE_BOUND, {"reason=RENEW6"}, LEASE_NOT_REPORTED, 0, 0},
    {"valid", LEASE_BOUND, {PREFIX("1", "2001:db8:1::", "56", "0", "20")}, LEASE_RENEWED, 0, 20},
    {"for ever",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "4294967295", "4294967295")},
     LEASE_RENEWED,
     LEASE_FOREVER,
     LEASE_FOREVER},
    {"over", LEASE_BOUND, {PREFIX("1", "2001:db8:1::", "56", "0", "0")}, LEASE_LOST, 0, 0},
    {"preferred over valid",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "9", "8")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"preferred over valid 0",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "9", "0")},
     LEASE_LOST,
     0,
     0},
    {"preferred over valid, beside another",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "9", "8"), PREFIX("2", "2001:db8:2::", "56", "9", "9")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"another is over",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:2::", "56", "0", "0")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"another length is over",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "57", "0", "0")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"missing beside a valid one",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:2::", "60", "9", "9")},
     LEASE_LOST,
     0,
     0},
    {"missing beside one of another length",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "60", "9", "9")},
     LEASE_LOST,
     0,
     0},
    {"missing beside a broken one",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:2::", "60", "9", "9"), PREFIX("2", "junk", "60", "9", "9")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"missing beside a broken IAID",
     LEASE_BOUND,
     {IA "iaid=x", PREFIX("1", "2001:db8:2::", "60", "9", "9")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"over beside an unfit one",
     LEASE_BOUND,
     {PREFIX("1", "fe80::", "64", "9", "9"), PREFIX("2", "2001:db8:1::", "56", "0", "0")},
     LEASE_LOST,
     0,
     0},
    {"over beside broken ones",
     LEASE_BOUND,
     {IA "iaid=x", IA "prefix3=1", IA "prefix3=2", PREFIX("1", "junk", "129", "x", ""),
      PREFIX("2", "2001:db8:1::", "56", "0", "0"), IA "prefix4_length=z"},
     LEASE_LOST,
     0,
     0},
    {"two values for its lifetime",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "0", "0"), IA "prefix1_vltime=9"},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"over in one IA_PD, valid in the other",
     LEASE_BOUND,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "0", "0"), IAID("00000002"),
      PREFIX("2", "2001:db8:1::", "56", "5", "6")},
     LEASE_RENEWED,
     5,
     6},
    {"valid in both",
     LEASE_BOUND,
     {IAID("00000001"), PREFIX("1", "2001:db8:1::", "56", "7", "8"), IAID("00000002"),
      PREFIX("2", "2001:db8:1::", "56", "5", "6")},
     LEASE_RENEWED,
     7,
     8},
    {"broken",
     LEASE_BOUND,
     {PREFIX("1", "2001:db8:1::", "56", "0", "junk")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"kept", LEASE_KEPT, {PREFIX("1", "2001:db8:1::", "56", "0", "0")}, LEASE_NOT_REPORTED, 0, 0},
    {"over, and no names", LEASE_OVER, {"reason=EXPIRE6"}, LEASE_LOST, 0, 0},
    {"over: it was it",
     LEASE_OVER,
     {OLD("prefix1=2001:db8:1::"), OLD("prefix1_length=56"), OLD("prefix1_vltime=60")},
     LEASE_LOST,
     0,
     0},
    {"over: it was another",
     LEASE_OVER,
     {OLD("prefix1=2001:db8:2::"), OLD("prefix1_length=56"), OLD("prefix1_vltime=60")},
     LEASE_NOT_REPORTED,
     0,
     0},
    {"over: one of two",
     LEASE_OVER,
     {OLD("iaid=00000001"), OLD("prefix1=2001:db8:2::"), OLD("prefix1_length=56"),
      OLD("iaid=00000002"), OLD("prefix2=2001:db8:1::"), OLD("prefix2_length=56")},
     LEASE_LOST,
     0,
     0},
    {"over: it was it, beside a broken one",
     LEASE_OVER,
     {OLD("iaid=x"), OLD("prefix1=junk"), OLD("prefix1_length=56"), OLD("prefix2=2001:db8:1::"),
      OLD("prefix2_length=56")},
     LEASE_LOST,
     0,
     0},
    {"over: broken",
     LEASE_OVER,
     {OLD("prefix1=junk"), OLD("prefix1_length=56")},
     LEASE_NOT_REPORTED,
     0,
     0},
};

static void what_is_said_of_a_prefix_of_before_is_seen(void **state)
{
    const struct prefix prefix = prefix_of("2001:db8:1::/56");

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(what_is_said_of_a_prefix_of_before_is_seen_rows); i++) {
        struct pd_nat_lease told = {.valid = 0};
        const char *reason =
            what_is_said_of_a_prefix_of_before_is_seen_rows[i].event == LEASE_BOUND
                ? "reason=RENEW6"
            : what_is_said_of_a_prefix_of_before_is_seen_rows[i].event == LEASE_OVER
                ? "reason=EXPIRE6"
                : "reason=STOP6";
        struct lease_message message =
            read_dhcpcd(reason, what_is_said_of_a_prefix_of_before_is_seen_rows[i].environment);
        enum lease_report report = lease_report_on(&message, &prefix, &told);

        lease_message_free(&message);
        CHECK(report == what_is_said_of_a_prefix_of_before_is_seen_rows[i].report, "%s: %d",
              what_is_said_of_a_prefix_of_before_is_seen_rows[i].what, (int)report);
        CHECK(told.preferred == what_is_said_of_a_prefix_of_before_is_seen_rows[i].preferred &&
                  told.valid == what_is_said_of_a_prefix_of_before_is_seen_rows[i].valid,
              "%s: %u %u", what_is_said_of_a_prefix_of_before_is_seen_rows[i].what, told.preferred,
              told.valid);
    }
}

static void a_prefix_that_contains_the_part_is_preferred(void **state)
{
    struct pd_nat_section nat = {.internal = prefix_of("fd12::/58"), .part = 1};
    const char *const environment[MOST] = {
        IA "prefix1=2001:db8:1::", IA "prefix1_length=58",    IA "prefix1_pltime=90",
        IA "prefix1_vltime=90",    IA "prefix2=2001:db8:2::", IA "prefix2_length=57",
        IA "prefix2_pltime=10",    IA "prefix2_vltime=20",    NULL};
    struct pd_nat_lease lease;
    struct error e = {""};
    bool found = false;

    (void)state;
    CHECK(choose(&nat, environment, NULL, &lease, &found, &e) == 0, "%s", e.text);
    assert_true(found);
    assert_int_equal(lease.prefix.length, 57);
    nat.part = 0;
    CHECK(choose(&nat, environment, NULL, &lease, &found, &e) == 0, "%s", e.text);
    assert_int_equal(lease.prefix.length, 58);
}

static const struct {
    const char *arguments[3];
    const char *environment[MOST];
    int event; /* under 0: the call is refused */
    bool is_whole;
    const char *link;
    const char *prefixes; /* "PREFIX IAID PREFERRED VALID, ..." */
    const char *broken;   /* or why not all could be read */
} each_client_is_recognised_and_read_rows[] = {
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/56,30,60"},
     LEASE_BOUND,
     true,
     "wan0",
     "2001:db8:1::/56 1 30 60",
     NULL},
    {{"wan0", "updated"},
     {"PREFIXES=2001:db8:1::/56,30,60,15,24,class=0000000a,excluded=2001:db8:1::/64 "
      "2001:db8:2::/60,0,0,0,0 "},
     LEASE_BOUND,
     true,
     "wan0",
     "2001:db8:1::/56 a 30 60,2001:db8:2::/60 1 0 0",
     NULL},
    {{"wan0", "ra-updated"}, {"RA_ADDRESSES=x"}, LEASE_BOUND, true, "wan0", "", NULL},
    {{"wan0", "bound"}, {"PREFIXES="}, LEASE_BOUND, true, "wan0", "", NULL},
    {{"wan0", "unbound"}, {"PREFIXES=junk"}, LEASE_OVER, true, "wan0", "", NULL},
    {{"wan0", "stopped"}, {""}, LEASE_KEPT, true, "wan0", "", NULL},
    {{"wan0", "started"}, {""}, LEASE_NO_NEWS, true, "wan0", "", NULL},
    {{NULL},
     {"PREFIXES=2001:db8:1::/56,4294967295,4294967295"},
     LEASE_BOUND,
     true,
     NULL,
     "2001:db8:1::/56 1 4294967295 4294967295",
     NULL},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/56,30 2001:db8:2::/56,1,2"},
     LEASE_BOUND,
     true,
     "wan0",
     "2001:db8:2::/56 1 1 2",
     "PREFIXES: valid lifetime is missing"},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::,30,60"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "PREFIXES: '2001:db8:1::' is not a prefix"},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/0,30,60"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "has no length from 1 to 128"},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/56,-1,60"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "PREFIXES: preferred lifetime: '-1' is not a number"},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/56,1,4294967296"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "'4294967296' is over 32 bits"},
    {{"wan0", "bound"},
     {"PREFIXES=2001:db8:1::/56,1,2,class=0x1"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "class: '0x1' is not an IAID"},
    {{"wan0", "dhcp6-change"}, {"PREFIXES=2001:db8:1::/56,1,2"}, -1, true, NULL, "", NULL},
    {{"a/b", "bound"}, {""}, -1, true, NULL, "", NULL},
    {{NULL},
     {"reason=BOUND6", "interface=wan0", "new_ip6_prefix=2001:db8:1::/56", "new_preferred_life=30",
      "new_max_life=60", "new_iaid=0:0:0:a"},
     LEASE_BOUND,
     false,
     "wan0",
     "2001:db8:1::/56 a 30 60",
     NULL},
    {{NULL},
     {"reason=RENEW6", "interface=wan0", "old_ip6_prefix=2001:db8:2::/56",
      "new_ip6_prefix=2001:db8:1::/56", "new_preferred_life=0", "new_max_life=0"},
     LEASE_BOUND,
     false,
     "wan0",
     "2001:db8:1::/56 - 0 0",
     NULL},
    {{NULL},
     {"reason=EXPIRE6", "interface=wan0", "old_ip6_prefix=2001:db8:1::/56"},
     LEASE_OVER,
     false,
     "wan0",
     "2001:db8:1::/56 - 0 0",
     NULL},
    {{NULL},
     {"reason=DEPREF6", "interface=wan0", "cur_ip6_prefix=2001:db8:1::/56", "cur_preferred_life=30",
      "cur_max_life=60"},
     LEASE_BOUND,
     false,
     "wan0",
     "2001:db8:1::/56 - 0 60",
     NULL},
    {{NULL},
     {"reason=EXPIRE6", "interface=wan0", "old_ip6_address=2001:db8::5", "old_ip6_prefixlen=64"},
     LEASE_NO_NEWS,
     false,
     "wan0",
     "",
     NULL},
    {{NULL},
     {"reason=STOP6", "interface=wan0", "old_ip6_prefix=2001:db8:1::/56"},
     LEASE_NO_NEWS,
     false,
     "wan0",
     "",
     NULL},
    {{NULL},
     {"reason=BOUND6", "interface=wan0", "new_ip6_prefix=2001:db8:1::/56", "new_preferred_life=30"},
     LEASE_BOUND,
     false,
     "wan0",
     "",
     "new_max_life is missing"},
    {{NULL},
     {"reason=BOUND6", "interface=wan0", "new_ip6_prefix=2001:db8:1::/56", "new_preferred_life=30",
      "new_max_life=60", "new_iaid=0:0:1"},
     LEASE_BOUND,
     false,
     "wan0",
     "",
     "new_iaid: '0:0:1' is not an IAID"},
    {{"bound"},
     {"interface=wan0", "ipv6prefix=2001:0db8:0001:0000:0000:0000:0000:0000/56",
      "ipv6prefix_lease=60"},
     LEASE_BOUND,
     true,
     "wan0",
     "2001:db8:1::/56 - 60 60",
     NULL},
    {{"renew"}, {"interface=wan0"}, LEASE_BOUND, true, "wan0", "", NULL},
    {{"deconfig"}, {"interface=wan0", "ipv6prefix=junk"}, LEASE_NO_NEWS, true, "wan0", "", NULL},
    {{"bound"},
     {"interface=wan0", "ipv6prefix=2001:db8:1::/56"},
     LEASE_BOUND,
     true,
     "wan0",
     "",
     "ipv6prefix_lease is missing"},
    {{NULL},
     {"REASON=REQUEST", "PDINFO=2001:db8:1::/56 2001:db8:2::/64"},
     LEASE_BOUND,
     true,
     NULL,
     "2001:db8:1::/56 - 4294967295 4294967295,2001:db8:2::/64 - 4294967295 4294967295",
     NULL},
    {{NULL}, {"REASON=RENEW"}, LEASE_BOUND, true, NULL, "", NULL},
    {{NULL}, {"REASON=RELEASE"}, LEASE_OVER, true, NULL, "", NULL},
    {{NULL}, {"REASON=EXIT"}, LEASE_KEPT, true, NULL, "", NULL},
    {{NULL}, {"REASON=NBI"}, -1, true, NULL, "", NULL},
    {{NULL}, {"REASON=RENEW", "PDINFO=x"}, LEASE_BOUND, true, NULL, "", "PDINFO: 'x'"},
    {{NULL}, {"PATH=/bin", "IFACE=wan0"}, -1, true, NULL, "", NULL},
    {{"up"}, {"IFACE=wan0"}, -1, true, NULL, "", NULL},
    {{NULL}, {""}, -1, true, NULL, "", NULL},
};

static void each_client_is_recognised_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(each_client_is_recognised_and_read_rows); i++) {
        struct client_call call = {
            .environment = (char *const *)each_client_is_recognised_and_read_rows[i].environment,
            .arguments = (char *const *)each_client_is_recognised_and_read_rows[i].arguments};
        struct lease_message message;
        struct error e = {""};
        char seen[512] = "";
        char prefix[PREFIX_TEXT];
        int result;

        while (each_client_is_recognised_and_read_rows[i].arguments[call.argument_count])
            call.argument_count++;
        result = client_read(&call, &message, &e);
        CHECK((result < 0) == (each_client_is_recognised_and_read_rows[i].event < 0),
              "row %zu: %d %s", i, result, e.text);
        CHECK(result == 0 || strstr(e.text, "pd-nat hook: ") == e.text, "row %zu: %s", i, e.text);
        for (size_t j = 0; j < message.count; j++) {
            const struct pd_nat_lease *lease = &message.prefixes[j];
            const size_t length = strlen(seen);

            snprintf(seen + length, sizeof(seen) - length, lease->has_iaid ? "%s%s %x" : "%s%s -",
                     j > 0 ? "," : "", prefix_print(&lease->prefix, prefix), lease->iaid);
            snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), " %u %u", lease->preferred,
                     lease->valid);
        }
        CHECK(strcmp(seen, each_client_is_recognised_and_read_rows[i].prefixes) == 0, "row %zu: %s",
              i, seen);
        if (result == 0) {
            CHECK((int)message.event == each_client_is_recognised_and_read_rows[i].event,
                  "row %zu: %d", i, (int)message.event);
            CHECK(message.is_whole == each_client_is_recognised_and_read_rows[i].is_whole,
                  "row %zu", i);
            CHECK(each_client_is_recognised_and_read_rows[i].link
                      ? message.link && strcmp(message.link,
                                               each_client_is_recognised_and_read_rows[i].link) == 0
                      : !message.link,
                  "row %zu: %s", i, message.link);
            CHECK((message.broken < 0) ==
                      (each_client_is_recognised_and_read_rows[i].broken != NULL),
                  "row %zu: %s", i, message.why.text);
            CHECK(!each_client_is_recognised_and_read_rows[i].broken ||
                      strstr(message.why.text, each_client_is_recognised_and_read_rows[i].broken),
                  "row %zu: %s", i, message.why.text);
        }
        lease_message_free(&message);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_prefix_that_contains_the_part_is_preferred),
        cmocka_unit_test(each_client_is_recognised_and_read),
        cmocka_unit_test(the_reason_tells_what_happened),
        cmocka_unit_test(the_prefix_is_chosen),
        cmocka_unit_test(a_broken_environment_changes_nothing_and_says_why),
        cmocka_unit_test(what_is_said_of_a_prefix_of_before_is_seen),
    };

    return cmocka_run_group_tests_name("pd-nat-lease", tests, NULL, NULL);
}
