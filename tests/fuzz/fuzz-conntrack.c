/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anything as a line of /proc/net/nf_conntrack: the key that is made of it is whole, and of the
 * entry's own addresses and protocol. The same text as rules in force makes whole mappings or none.
 */
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <stdio.h>
#include <string.h>

#include "pd-nat/rules.h"
#include "sys/conntrack.h"
#include "sys/netlink.h"

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-conntrack: %s\n", what);
    abort();
}

static void check_key(const struct conntrack_entry *entry)
{
    struct nlattr whole[1 + CONNTRACK_KEY_SIZE] = {
        {.nla_len = (uint16_t)(sizeof(whole[0]) + entry->key_length)}};
    struct netlink_attributes key;
    struct netlink_attributes addresses;
    uint8_t protocol;

    demand(entry->key_length > 0 && entry->key_length <= sizeof(entry->key), "no key");
    memcpy(whole + 1, entry->key, entry->key_length);
    key = netlink_nested(whole);
    addresses = netlink_nested(key.of[CTA_TUPLE_IP]);
    demand(netlink_copy(netlink_nested(key.of[CTA_TUPLE_PROTO]).of[CTA_PROTO_NUM], &protocol, 1) &&
               protocol == entry->protocol,
           "another protocol");
    demand(addresses.of[entry->family == AF_INET6 ? CTA_IP_V6_SRC : CTA_IP_V4_SRC] &&
               addresses.of[entry->family == AF_INET6 ? CTA_IP_V6_DST : CTA_IP_V4_DST],
           "no addresses");
}

/* What rules in force say is whole, whatever they say. */
static void check_rules(char *text)
{
    const struct pd_nat_rules rules = {.of = {text, text}};
    struct pd_nat_mapping *mappings = NULL;
    size_t count = 0;

    demand(pd_nat_rules_in_force(&rules, &mappings, &count, NULL) == 0, "no rules in force");
    for (size_t i = 0; i < count; i++)
        demand(*mappings[i].nat.link && mappings[i].external.length <= 128 &&
                   mappings[i].external.length == mappings[i].nat.internal.length,
               "half a mapping");
    pd_nat_mappings_free(mappings, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *line = malloc(size + 1);
    struct conntrack_entry entry;

    demand(line != NULL, "out of memory");
    if (size > 0)
        memcpy(line, data, size);
    line[size] = '\0';
    check_rules(line);
    if (conntrack_parse(line, &entry))
        check_key(&entry);
    free(line);
    return 0;
}
