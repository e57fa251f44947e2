/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

#include "netlink.h"
#include "program.h"

/* ---- the program ---- */

bool nft_is_installed(void)
{
    return program_is_installed("nft");
}

int nft_load(const char *rules, struct error *e)
{
    static const char *const arguments[] = {"nft", "-f", "-", NULL};
    struct program_result said;
    int result = program_run(arguments, rules, &said, e);

    if (result == -ENOENT)
        return fail(e, ENOENT, "nft is not installed: apt-get install nftables");
    if (result < 0)
        return result;
    if (said.status != 0)
        result = program_failure("nft", &said, e);
    program_free(&said);
    return result;
}

static int print_list(const char *const *arguments, char **out, struct error *e)
{
    struct program_result said;
    int result = program_run(arguments, NULL, &said, e);

    *out = NULL;
    if (result < 0)
        return result;
    if (said.status == 0)
        *out = TAKE(said.out);
    else
        result = program_failure("nft", &said, e);
    program_free(&said);
    return result;
}

int nft_list_chain(const char *family, const char *table, const char *chain, char **out,
                   struct error *e)
{
    const char *const arguments[] = {"nft", "list", "chain", family, table, chain, NULL};

    return print_list(arguments, out, e);
}

int nft_list_table(const char *family, const char *table, char **out, struct error *e)
{
    const char *const arguments[] = {"nft", "-s", "list", "table", family, table, NULL};
    int result = print_list(arguments, out, e);

    return result == -EIO ? -ENOENT : result;
}

/* ---- sets ---- */

static void copy_key(const struct nlattr *attribute, uint8_t *key, size_t *length)
{
    const struct nlattr *value;

    if (!attribute)
        return;
    value = mnl_attr_get_payload(attribute); /* NFTA_DATA_VALUE, alone in it */
    if (mnl_attr_get_payload_len(attribute) < sizeof(*value) ||
        mnl_attr_get_type(value) != NFTA_DATA_VALUE ||
        value->nla_len > mnl_attr_get_payload_len(attribute) ||
        mnl_attr_get_payload_len(value) > ELEMENT_SIZE)
        return;
    *length = mnl_attr_get_payload_len(value);
    memcpy(key, mnl_attr_get_payload(value), *length);
}

struct keys {
    const struct nlattr *key;
    const struct nlattr *end;
};

static int find_keys(const struct nlattr *attribute, void *data)
{
    struct keys *keys = data;

    if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY)
        keys->key = attribute;
    if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY_END)
        keys->end = attribute;
    return MNL_CB_OK;
}

static int read_element(const struct nlattr *attribute, void *data)
{
    struct netlink_list *list = data;
    struct keys keys = {.key = NULL};
    struct nft_element *slot = array_add(&list->items, &list->count, sizeof(*slot));
    size_t end_length = 0;

    if (!slot)
        return MNL_CB_ERROR;
    (void)mnl_attr_parse_nested(attribute, find_keys, &keys);
    copy_key(keys.key, slot->key, &slot->length);
    copy_key(keys.end, slot->end, &end_length);
    if (end_length != slot->length)
        memcpy(slot->end, slot->key, sizeof(slot->end));
    return MNL_CB_OK;
}

static int read_elements(const struct nlmsghdr *header, void *data)
{
    struct netlink_attributes attributes = netlink_attributes(header, sizeof(struct nfgenmsg));
    const struct nlattr *elements = attributes.of[NFTA_SET_ELEM_LIST_ELEMENTS];

    if (elements && mnl_attr_parse_nested(elements, read_element, data) == MNL_CB_ERROR)
        return -ENOMEM;
    return 0;
}

/* What a kernel without nf_tables, or without this set, answers. */
static bool is_absent(int result)
{
    return result == -ENOENT || result == -EINVAL || result == -EOPNOTSUPP ||
           result == -EPROTONOSUPPORT || result == -EAFNOSUPPORT;
}

static int count_rule(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;

    (void)header;
    list->count++;
    return 0;
}

int nft_count_rules(const char *table, size_t *count, struct error *e)
{
    struct netlink netlink;
    struct netlink_request request;
    struct netlink_list list = {.items = NULL};
    struct nfgenmsg *family;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "nf_tables", e);

    if (result < 0)
        return is_absent(result) ? -ENOENT : result;
    family =
        netlink_begin(&netlink, &request, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE),
                      NLM_F_DUMP, sizeof(*family));
    family->nfgen_family = NFPROTO_INET;
    mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, table);
    result = netlink_dump(&netlink, &request, count_rule, &list, e);
    netlink_close(&netlink);
    *count = list.count;
    return is_absent(result) ? -ENOENT : result;
}

int nft_elements(const char *table, const char *set, struct nft_element **out, size_t *count,
                 struct error *e)
{
    struct netlink netlink;
    struct netlink_request request;
    struct netlink_list list = {.items = *out, .count = *count};
    struct nfgenmsg *family;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "nf_tables", e);

    if (result < 0)
        return is_absent(result) ? -ENOENT : result;
    family = netlink_begin(&netlink, &request,
                           (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM), NLM_F_DUMP,
                           sizeof(*family));
    family->nfgen_family = NFPROTO_INET;
    mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_TABLE, table);
    mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_SET, set);
    result = netlink_dump(&netlink, &request, read_elements, &list, e);
    netlink_close(&netlink);
    *out = list.items;
    *count = list.count;
    return is_absent(result) ? -ENOENT : result;
}
