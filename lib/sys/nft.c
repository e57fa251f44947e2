/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>

#include "sys/program.h"

#define NAME_SIZE NFT_NAME_MAXLEN
#define LINE_SIZE 320 /* the user's data of a rule has up to 256 bytes */

/* ---- the program ---- */

int nft_load(const char *rules, struct error *e)
{
    static const char *const arguments[] = {"nft", "-f", "-", NULL};
    struct program_result said;
    int result = program_run(arguments, rules, &said, e);

    if (result == -ENOENT)
        return fail(e, ENOENT, "nft: not installed: apt-get install nftables");
    return result < 0 ? result : program_output("nft", &said, NULL, e);
}

int nft_list_chain(const char *family, const char *table, const char *chain, char **out,
                   struct error *e)
{
    const char *const arguments[] = {"nft", "list", "chain", family, table, chain, NULL};
    struct program_result said;
    int result = program_run(arguments, NULL, &said, e);

    *out = NULL;
    if (result < 0)
        return result;
    if (said.status != 0 && strstr(said.err, strerror(ENOENT))) {
        program_free(&said);
        return 0;
    }
    return program_output("nft", &said, out, e);
}

/* ---- what the kernel has ---- */

/* The answers of a kernel without nf_tables, or without this table or set. */
static bool is_absent(int result)
{
    return result == -ENOENT || result == -EINVAL || result == -EOPNOTSUPP ||
           result == -EPROTONOSUPPORT || result == -EAFNOSUPPORT;
}

/* An attribute of a request that selects objects. */
struct selector {
    uint16_t attribute;
    const char *text;
};

/* Asks for one object, or with NLM_F_DUMP for all; -ENOENT if there is none. */
static int query(uint8_t family, enum nf_tables_msg_types message, uint16_t flags,
                 const struct selector selectors[static 2], netlink_reader read,
                 struct netlink_list *list, struct error *e)
{
    struct netlink netlink;
    struct netlink_request request;
    struct netlink_answer answer = {.read = read, .data = list};
    struct nfgenmsg *header;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "nf_tables", e);

    if (result < 0)
        return is_absent(result) ? -ENOENT : result;
    header = netlink_begin(&netlink, &request, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message),
                           flags, sizeof(*header));
    header->nfgen_family = family;
    for (size_t i = 0; i < 2 && selectors[i].text; i++)
        mnl_attr_put_strz(request.header, selectors[i].attribute, selectors[i].text);
    result = (flags & NLM_F_DUMP) ? netlink_dump(&netlink, &request, read, list, e)
                                  : netlink_ask(&netlink, &request, &answer, e);
    netlink_close(&netlink);
    return is_absent(result) ? -ENOENT : result;
}

int nft_dump(enum nf_tables_msg_types message, netlink_reader read, struct netlink_list *list,
             struct error *e)
{
    return query(NFPROTO_UNSPEC, message, NLM_F_DUMP, (const struct selector[2]){{0, NULL}}, read,
                 list, e);
}

/* ---- sets ---- */

static int list_element(const struct nlattr *attribute, void *data)
{
    const struct netlink_attributes element = netlink_nested(attribute);
    const struct netlink_attributes key = netlink_nested(element.of[NFTA_SET_ELEM_KEY]);
    const struct netlink_attributes end = netlink_nested(element.of[NFTA_SET_ELEM_KEY_END]);
    const struct nlattr *value = key.of[NFTA_DATA_VALUE];
    struct netlink_list *list = data;
    struct nft_element *slot = array_add(list->items, list->count, sizeof(*slot));

    if (!slot)
        return MNL_CB_ERROR;
    if (!value || mnl_attr_get_payload_len(value) > ELEMENT_SIZE)
        return MNL_CB_OK;
    slot->is_end = netlink_number(element.of[NFTA_SET_ELEM_FLAGS]) & NFT_SET_ELEM_INTERVAL_END;
    slot->length = mnl_attr_get_payload_len(value);
    memcpy(slot->key, mnl_attr_get_payload(value), slot->length);
    if (!netlink_copy(end.of[NFTA_DATA_VALUE], slot->end, slot->length))
        memcpy(slot->end, slot->key, sizeof(slot->end));
    return MNL_CB_OK;
}

static int read_elements(const struct nlmsghdr *header, void *data)
{
    struct netlink_attributes attributes = netlink_attributes(header, sizeof(struct nfgenmsg));
    const struct nlattr *elements = attributes.of[NFTA_SET_ELEM_LIST_ELEMENTS];

    if (elements && mnl_attr_parse_nested(elements, list_element, data) == MNL_CB_ERROR)
        return -ENOMEM;
    return 0;
}

int nft_elements(uint8_t family, const char *table, const char *set, struct nft_element **out,
                 size_t *count, struct error *e)
{
    const struct selector selectors[] = {{NFTA_SET_ELEM_LIST_TABLE, table},
                                         {NFTA_SET_ELEM_LIST_SET, set}};
    struct netlink_list list = {.items = out, .count = count};

    return query(family, NFT_MSG_GETSETELEM, NLM_F_DUMP, selectors, read_elements, &list, e);
}

/* ---- rules ---- */

static int count_rule(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;

    (void)header;
    ++*list->count;
    return 0;
}

int nft_count_rules(const char *table, size_t *count, struct error *e)
{
    const struct selector selectors[2] = {{NFTA_RULE_TABLE, table}};
    struct netlink_list list = {.count = count};

    *count = 0;
    return query(NFPROTO_INET, NFT_MSG_GETRULE, NLM_F_DUMP, selectors, count_rule, &list, e);
}

/* ---- a table ---- */

/* A line of a listing: of the table (no chain), of a chain, or of a rule in it. */
struct line {
    char chain[NAME_SIZE];
    char text[LINE_SIZE];
};

static struct line *add_line(struct netlink_list *listing, const char *chain)
{
    struct line *line = array_add(listing->items, listing->count, sizeof(*line));

    if (line)
        snprintf(line->chain, sizeof(line->chain), "%s", chain);
    return line;
}

static int list_table(const struct nlmsghdr *header, void *data)
{
    const struct netlink_attributes table = netlink_attributes(header, sizeof(struct nfgenmsg));
    const uint32_t flags = netlink_number(table.of[NFTA_TABLE_FLAGS]);
    struct line *line;

    if (flags == 0)
        return 0;
    line = add_line(data, "");
    if (!line)
        return -ENOMEM;
    snprintf(line->text, sizeof(line->text), "flags 0x%" PRIx32, flags);
    return 0;
}

static void print_hook(const struct netlink_attributes *chain, struct line *line)
{
    static const char *const hooks[] = {"prerouting", "input", "forward", "output", "postrouting"};
    const struct netlink_attributes hook = netlink_nested(chain->of[NFTA_CHAIN_HOOK]);
    const uint32_t number = netlink_number(hook.of[NFTA_HOOK_HOOKNUM]);
    const char *type = netlink_text(chain->of[NFTA_CHAIN_TYPE]);

    snprintf(line->text, sizeof(line->text), "type %.32s hook %s priority %" PRId32 "; policy %s;",
             type ? type : "?", number < ARRAY_SIZE(hooks) ? hooks[number] : "?",
             (int32_t)netlink_number(hook.of[NFTA_HOOK_PRIORITY]),
             netlink_number(chain->of[NFTA_CHAIN_POLICY]) == NF_ACCEPT ? "accept" : "drop");
}

/* Old kernels dump the chains of all tables. */
static bool is_of_listed_table(const struct netlink_list *listing, const struct nlattr *table)
{
    const char *name = netlink_text(table);

    return name && strcmp(name, listing->context) == 0;
}

static int list_chain(const struct nlmsghdr *header, void *data)
{
    const struct netlink_attributes chain = netlink_attributes(header, sizeof(struct nfgenmsg));
    const char *name = netlink_text(chain.of[NFTA_CHAIN_NAME]);
    struct line *line;

    if (!name || !is_of_listed_table(data, chain.of[NFTA_CHAIN_TABLE]))
        return 0;
    line = add_line(data, name);
    if (!line)
        return -ENOMEM;
    if (chain.of[NFTA_CHAIN_HOOK])
        print_hook(&chain, line);
    return 0;
}

/* nft stores a comment in the user data: a sequence of type, length and value. */
static const char *find_comment(const struct nlattr *attribute)
{
    enum { COMMENT = 0 }; /* NFTNL_UDATA_RULE_COMMENT */
    const uint8_t *data = attribute ? mnl_attr_get_payload(attribute) : NULL;
    size_t left = attribute ? mnl_attr_get_payload_len(attribute) : 0;

    while (left > 2 && data[1] <= left - 2) {
        if (data[0] == COMMENT && memchr(data + 2, '\0', data[1]))
            return (const char *)data + 2;
        left -= 2U + data[1];
        data += 2U + data[1];
    }
    return NULL;
}

static int list_rule(const struct nlmsghdr *header, void *data)
{
    const struct netlink_attributes rule = netlink_attributes(header, sizeof(struct nfgenmsg));
    const char *chain = netlink_text(rule.of[NFTA_RULE_CHAIN]);
    const char *comment = find_comment(rule.of[NFTA_RULE_USERDATA]);
    struct line *line;

    if (!chain || !is_of_listed_table(data, rule.of[NFTA_RULE_TABLE]))
        return 0;
    line = add_line(data, chain);
    if (!line)
        return -ENOMEM;
    if (comment)
        snprintf(line->text, sizeof(line->text), "rule comment \"%s\"", comment);
    else
        snprintf(line->text, sizeof(line->text), "rule");
    return 0;
}

/* The first CHAINS lines are of the table and its chains, the rest of rules. */
static int print_listing(const char *table, const struct line *lines, size_t chains, size_t count,
                         char **out, struct error *e)
{
    size_t size;
    FILE *stream = open_memstream(out, &size);

    if (!stream)
        return fail_memory(e);
    fprintf(stream, "table ip6 %s {\n", table);
    for (size_t i = 0; i < chains; i++) {
        if (*lines[i].chain)
            fprintf(stream, "\tchain %s {\n", lines[i].chain);
        fprintf(stream, "\t\t%s\n", lines[i].text);
        for (size_t j = chains; *lines[i].chain && j < count; j++)
            if (strcmp(lines[j].chain, lines[i].chain) == 0)
                fprintf(stream, "\t\t%s\n", lines[j].text);
        if (*lines[i].chain)
            fputs("\t}\n", stream);
    }
    fputs("}\n", stream);
    if (fclose(stream) == 0)
        return 0;
    free(TAKE(*out));
    return fail_memory(e);
}

bool nft_lacks_chain(const char *table, const char *chain)
{
    const struct selector selectors[2] = {{NFTA_CHAIN_TABLE, table}, {NFTA_CHAIN_NAME, chain}};

    return query(NFPROTO_IPV6, NFT_MSG_GETCHAIN, 0, selectors, NULL, NULL, NULL) == -ENOENT;
}

int nft_list_table(const char *table, char **out, struct error *e)
{
    const struct selector by_name[2] = {{NFTA_TABLE_NAME, table}};
    AUTO_FREE struct line *lines = NULL;
    size_t count = 0;
    size_t chains;
    struct netlink_list list = {.items = &lines, .count = &count, .context = table};
    int result = query(NFPROTO_IPV6, NFT_MSG_GETTABLE, 0, by_name, list_table, &list, e);

    *out = NULL;
    if (result == 0)
        result = query(NFPROTO_IPV6, NFT_MSG_GETCHAIN, NLM_F_DUMP, by_name, list_chain, &list, e);
    chains = count;
    if (result == 0)
        result = query(NFPROTO_IPV6, NFT_MSG_GETRULE, NLM_F_DUMP, by_name, list_rule, &list, e);
    return result < 0 ? result : print_listing(table, lines, chains, count, out, e);
}
