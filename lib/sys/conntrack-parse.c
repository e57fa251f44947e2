/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <string.h>

#include "base/address.h"
#include "sys/conntrack.h"

enum word { SOURCE, DESTINATION, SOURCE_PORT, DESTINATION_PORT, TYPE, CODE, ID, ZONE, WORD_COUNT };

static const char *const heads[WORD_COUNT] = {
    [SOURCE] = "src=",
    [DESTINATION] = "dst=",
    [SOURCE_PORT] = "sport=",
    [DESTINATION_PORT] = "dport=",
    [TYPE] = "type=",
    [CODE] = "code=",
    [ID] = "id=",
    [ZONE] = "zone=",
};

/* A line's words: FAMILY NUMBER PROTOCOL NUMBER ..., and those of each direction, NULL: none. */
struct words {
    const char *family;
    const char *protocol;
    const char *of[2][WORD_COUNT]; /* original, reply */
};

/* The zone of one direction and the keys of GRE have other places in a key. */
static bool is_strange(const char *word)
{
    return begins_with(word, "zone-") || begins_with(word, "srckey=");
}

static void take_word(struct words *words, const char *word)
{
    for (size_t i = 0; i < WORD_COUNT; i++)
        if (begins_with(word, heads[i]))
            words->of[words->of[0][i] ? 1 : 0][i] = word + strlen(heads[i]);
}

static bool split(char *line, struct words *out)
{
    char *rest = NULL;
    const char *word = strtok_r(line, " \n", &rest);

    *out = (struct words){.family = word};
    for (size_t i = 0; word && !is_strange(word); i++) {
        if (i == 3)
            out->protocol = word;
        take_word(out, word);
        word = strtok_r(NULL, " \n", &rest);
    }
    return !word && out->protocol;
}

static bool parse_decimal(const char *text, unsigned long most, unsigned long *out)
{
    char *end;

    if (!text || strspn(text, "0123456789") == 0)
        return false;
    *out = strtoul(text, &end, 10);
    return *end == '\0' && *out <= most;
}

static bool parse_address(const char *text, uint8_t family, struct in6_addr *out)
{
    struct in_addr ipv4;

    if (!text || family == AF_INET6)
        return text && inet_pton(AF_INET6, text, out) == 1;
    if (inet_pton(AF_INET, text, &ipv4) != 1)
        return false;
    *out = prefix_from_ipv4(ipv4, 32).address;
    return true;
}

/* A protocol without ports has neither word. */
static bool parse_port(const char *text, uint16_t *out)
{
    unsigned long number = 0;
    const bool is_good = !text || parse_decimal(text, UINT16_MAX, &number);

    *out = (uint16_t)number;
    return is_good;
}

static bool parse_tuple(const char *const words[static WORD_COUNT], uint8_t family,
                        struct conntrack_tuple *out)
{
    return parse_address(words[SOURCE], family, &out->source) &&
           parse_address(words[DESTINATION], family, &out->destination) &&
           parse_port(words[SOURCE_PORT], &out->source_port) &&
           parse_port(words[DESTINATION_PORT], &out->destination_port);
}

/* ---- the key, as the kernel reads it ---- */

static void put_addresses(struct nlmsghdr *header, const struct conntrack_entry *entry)
{
    const struct conntrack_tuple *tuple = &entry->original;
    struct nlattr *nest = mnl_attr_nest_start(header, CTA_TUPLE_IP);

    if (entry->family == AF_INET6) {
        mnl_attr_put(header, CTA_IP_V6_SRC, sizeof(tuple->source), &tuple->source);
        mnl_attr_put(header, CTA_IP_V6_DST, sizeof(tuple->destination), &tuple->destination);
    } else {
        mnl_attr_put_u32(header, CTA_IP_V4_SRC, prefix_to_ipv4(&tuple->source).s_addr);
        mnl_attr_put_u32(header, CTA_IP_V4_DST, prefix_to_ipv4(&tuple->destination).s_addr);
    }
    mnl_attr_nest_end(header, nest);
}

static bool put_ping(struct nlmsghdr *header, const char *const words[static WORD_COUNT], bool ipv6)
{
    unsigned long type;
    unsigned long code;
    unsigned long id;

    if (!parse_decimal(words[TYPE], UINT8_MAX, &type) ||
        !parse_decimal(words[CODE], UINT8_MAX, &code) || !parse_decimal(words[ID], UINT16_MAX, &id))
        return false;
    mnl_attr_put_u16(header, ipv6 ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID, htons((uint16_t)id));
    mnl_attr_put_u8(header, ipv6 ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE, (uint8_t)type);
    mnl_attr_put_u8(header, ipv6 ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE, (uint8_t)code);
    return true;
}

static bool put_protocol(struct nlmsghdr *header, const struct conntrack_entry *entry,
                         const char *const words[static WORD_COUNT])
{
    struct nlattr *nest = mnl_attr_nest_start(header, CTA_TUPLE_PROTO);
    bool is_good = true;

    mnl_attr_put_u8(header, CTA_PROTO_NUM, entry->protocol);
    if (words[TYPE])
        is_good = put_ping(header, words, entry->family == AF_INET6);
    if (words[SOURCE_PORT] && words[DESTINATION_PORT]) {
        mnl_attr_put_u16(header, CTA_PROTO_SRC_PORT, htons(entry->original.source_port));
        mnl_attr_put_u16(header, CTA_PROTO_DST_PORT, htons(entry->original.destination_port));
    }
    mnl_attr_nest_end(header, nest);
    return is_good;
}

static bool make_key(struct conntrack_entry *entry, const char *const words[static WORD_COUNT])
{
    _Alignas(struct nlmsghdr) char buffer[sizeof(struct nlmsghdr) + CONNTRACK_KEY_SIZE] = {0};
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer); /* libmnl leaves the padding as it is */

    put_addresses(header, entry);
    if (!put_protocol(header, entry, words))
        return false;
    entry->key_length = (uint16_t)mnl_nlmsg_get_payload_len(header);
    memcpy(entry->key, mnl_nlmsg_get_payload(header), entry->key_length);
    return true;
}

bool conntrack_parse(char *line, struct conntrack_entry *out)
{
    unsigned long protocol;
    unsigned long zone = 0;
    struct words words;

    *out = (struct conntrack_entry){.id = 0};
    if (!split(line, &words) || !parse_decimal(words.protocol, UINT8_MAX, &protocol) ||
        (words.of[0][ZONE] && !parse_decimal(words.of[0][ZONE], UINT16_MAX, &zone)))
        return false;
    out->family = strcmp(words.family, "ipv6") == 0 ? AF_INET6 : AF_INET;
    out->protocol = (uint8_t)protocol;
    out->zone = htons((uint16_t)zone);
    return parse_tuple(words.of[0], out->family, &out->original) &&
           parse_tuple(words.of[1], out->family, &out->reply) && make_key(out, words.of[0]);
}
