/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/firewall.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/xt_conntrack.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/lines.h"
#include "sys/iptables.h"
#include "sys/nft.h"

#define IPV6_SOURCE 8  /* offset in the header, with the destination after it */
#define IPV6_END    40 /* of the header */

/* ---- one rule ---- */

/* What the register holds for the next comparison. */
enum loaded { LOADED_OTHER, LOADED_LINK, LOADED_ADDRESS, LOADED_PROTOCOL, LOADED_STATUS };

enum verdict {
    VERDICT_NONE,
    VERDICT_ACCEPT,
    VERDICT_DROP,
    VERDICT_ELSEWHERE /* a jump or a map */
};

#define NAMES_SIZE 1024

/* Names of links that rules accept, each after a line feed; a final '*' matches any rest. */
struct names {
    char text[NAMES_SIZE];
    bool are_too_many; /* some did not fit */
};

/* The matches of a rule, and its verdict. */
struct rule {
    uint8_t family;
    const char *table;
    const char *chain;
    enum loaded loaded;
    bool by_link; /* matches a link */
    bool by_name; /* by the names LINKS; otherwise by an index */
    struct names links;
    bool by_address; /* matches the source or destination */
    bool by_dnat;    /* matches a translated destination */
    bool by_more;    /* matches anything else */
    enum verdict verdict;
};

/* Adds NAME of up to SIZE bytes, with END after it. */
static void add_name(struct names *names, const char *name, size_t size, const char *end)
{
    const size_t length = strlen(names->text);
    const int added =
        snprintf(names->text + length, NAMES_SIZE - length, "\n%.*s%s", (int)size, name, end);

    if (added < 0 || (size_t)added >= NAMES_SIZE - length) {
        names->text[length] = '\0';
        names->are_too_many = true;
    }
}

static void add_names(struct names *names, const struct names *more)
{
    if (*more->text)
        add_name(names, more->text + 1, NAMES_SIZE, "");
    names->are_too_many |= more->are_too_many;
}

/* The value in NFTA_..._DATA, or NULL. */
static const struct nlattr *value_of(const struct nlattr *data)
{
    return netlink_nested(data).of[NFTA_DATA_VALUE];
}

static void read_meta(struct rule *rule, const struct netlink_attributes *meta)
{
    if (!meta->of[NFTA_META_DREG])
        return; /* it sets something */
    switch (netlink_number(meta->of[NFTA_META_KEY])) {
    case NFT_META_IIFNAME:
    case NFT_META_OIFNAME:
    case NFT_META_IIF:
    case NFT_META_OIF:
        rule->loaded = LOADED_LINK;
        rule->by_name = netlink_number(meta->of[NFTA_META_KEY]) == NFT_META_IIFNAME ||
                        netlink_number(meta->of[NFTA_META_KEY]) == NFT_META_OIFNAME;
        break;
    case NFT_META_NFPROTO:
    case NFT_META_PROTOCOL:
        rule->loaded = LOADED_PROTOCOL;
        break;
    default:
        rule->loaded = LOADED_OTHER;
    }
}

static void read_ct(struct rule *rule, const struct netlink_attributes *ct)
{
    if (ct->of[NFTA_CT_DREG])
        rule->loaded =
            netlink_number(ct->of[NFTA_CT_KEY]) == NFT_CT_STATUS ? LOADED_STATUS : LOADED_OTHER;
}

static void read_payload(struct rule *rule, const struct netlink_attributes *payload)
{
    const uint32_t offset = netlink_number(payload->of[NFTA_PAYLOAD_OFFSET]);

    if (!payload->of[NFTA_PAYLOAD_DREG])
        return;
    rule->loaded = netlink_number(payload->of[NFTA_PAYLOAD_BASE]) == NFT_PAYLOAD_NETWORK_HEADER &&
                           offset >= IPV6_SOURCE && offset < IPV6_END
                       ? LOADED_ADDRESS
                       : LOADED_OTHER;
}

static void read_bitwise(struct rule *rule, const struct netlink_attributes *bitwise)
{
    uint32_t mask = 0;

    if (rule->loaded != LOADED_STATUS)
        return;
    if (!netlink_copy(value_of(bitwise->of[NFTA_BITWISE_MASK]), &mask, sizeof(mask)) ||
        !(mask & IPS_DST_NAT))
        rule->loaded = LOADED_OTHER;
}

static void read_cmp(struct rule *rule, const struct netlink_attributes *cmp)
{
    const struct nlattr *value = value_of(cmp->of[NFTA_CMP_DATA]);
    const char *bytes = value ? mnl_attr_get_payload(value) : "";
    const size_t size = value ? mnl_attr_get_payload_len(value) : 0;
    const bool equal = netlink_number(cmp->of[NFTA_CMP_OP]) == NFT_CMP_EQ;
    uint32_t status = 0;

    switch (rule->loaded) {
    case LOADED_LINK: /* a value with a NUL is a name; one without is the beginning of names */
        rule->by_link = true;
        if (equal && rule->by_name)
            add_name(&rule->links, bytes, size, memchr(bytes, '\0', size) ? "" : "*");
        break;
    case LOADED_ADDRESS:
        rule->by_address = true;
        break;
    case LOADED_STATUS: /* after a mask: 'not 0', or equal to a value */
        (void)netlink_copy(value, &status, sizeof(status));
        if (equal ? (status & IPS_DST_NAT) != 0 : status == 0)
            rule->by_dnat = true;
        else
            rule->by_more = true;
        break;
    case LOADED_PROTOCOL:
        break;
    case LOADED_OTHER:
        rule->by_more = true;
    }
}

/* The first key that is not in the interval that begins with FIRST; NULL: none does. */
static const char *end_of_interval(const struct nft_element *elements, size_t count,
                                   const uint8_t *first)
{
    const uint8_t *end = NULL;

    for (size_t i = 0; i < count; i++)
        if (elements[i].is_end && memcmp(elements[i].key, first, IF_NAMESIZE) > 0 &&
            (!end || memcmp(elements[i].key, end, IF_NAMESIZE) < 0))
            end = elements[i].key;
    return (const char *)end;
}

/*
 * Adds the names of ELEMENT, one of the ELEMENTS of a set. nft(8) writes "web*" as the interval
 * from "web" to "wec", which is not in it; auto-merge joins "web1*" and "web2*" to one from "web1"
 * to "web3". In a concatenation, "web*" ends with "web", filled up with 0xff.
 */
static void add_set_names(struct names *names, const struct nft_element *elements, size_t count,
                          const struct nft_element *element)
{
    const char *end = end_of_interval(elements, count, element->key);
    char name[IF_NAMESIZE + 1] = "";
    size_t length;

    memcpy(name, element->key, IF_NAMESIZE);
    length = strlen(name);
    if (element->is_end)
        return;
    if (end && length > 0 && strnlen(end, IF_NAMESIZE) == length &&
        memcmp(name, end, length - 1) == 0 && name[length - 1] != end[length - 1])
        for (; name[length - 1] != end[length - 1]; name[length - 1]++)
            add_name(names, name, length, "*");
    else
        add_name(names, name, length, element->end[length] == 0xff ? "*" : "");
}

static void read_lookup(struct rule *rule, const struct netlink_attributes *lookup)
{
    const char *set = netlink_text(lookup->of[NFTA_LOOKUP_SET]);
    const bool negated = netlink_number(lookup->of[NFTA_LOOKUP_FLAGS]) & NFT_LOOKUP_F_INV;
    const bool has_names = rule->loaded == LOADED_LINK && rule->by_name;
    AUTO_FREE struct nft_element *elements = NULL;
    size_t count = 0;
    bool has_dnat = false;

    if (set && !negated && (has_names || rule->loaded == LOADED_STATUS) &&
        nft_elements(rule->family, rule->table, set, &elements, &count, NULL) < 0)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        uint32_t status;

        memcpy(&status, elements[i].key, sizeof(status));
        has_dnat |= (status & IPS_DST_NAT) != 0;
        if (has_names)
            add_set_names(&rule->links, elements, count, &elements[i]);
    }
    rule->by_link |= rule->loaded == LOADED_LINK;
    rule->by_address |= rule->loaded == LOADED_ADDRESS;
    rule->by_dnat |= rule->loaded == LOADED_STATUS && has_dnat;
    rule->by_more |= rule->loaded == LOADED_PROTOCOL || rule->loaded == LOADED_OTHER ||
                     (rule->loaded == LOADED_STATUS && !has_dnat);
    if (lookup->of[NFTA_LOOKUP_DREG])
        rule->verdict = VERDICT_ELSEWHERE;
}

/* ip6tables-nft keeps some matches in xtables' form. */
static void read_match(struct rule *rule, const struct netlink_attributes *match)
{
    const char *name = netlink_text(match->of[NFTA_MATCH_NAME]);
    const struct nlattr *info = match->of[NFTA_MATCH_INFO];
    struct xt_conntrack_mtinfo3 conntrack;

    if (name && strcmp(name, "comment") == 0)
        return;
    rule->by_more = true;
    if (!name || strcmp(name, "conntrack") != 0 || !info ||
        mnl_attr_get_payload_len(info) < sizeof(conntrack))
        return;
    memcpy(&conntrack, mnl_attr_get_payload(info), sizeof(conntrack));
    if (conntrack.match_flags == XT_CONNTRACK_STATE && conntrack.invert_flags == 0 &&
        conntrack.state_mask & XT_CONNTRACK_STATE_DNAT) {
        rule->by_more = false;
        rule->by_dnat = true;
    }
}

static void read_immediate(struct rule *rule, const struct netlink_attributes *immediate)
{
    const struct netlink_attributes data = netlink_nested(immediate->of[NFTA_IMMEDIATE_DATA]);
    const struct netlink_attributes verdict = netlink_nested(data.of[NFTA_DATA_VERDICT]);

    if (!verdict.of[NFTA_VERDICT_CODE])
        return;
    switch ((int32_t)netlink_number(verdict.of[NFTA_VERDICT_CODE])) {
    case NF_ACCEPT:
        rule->verdict = VERDICT_ACCEPT;
        break;
    case NF_DROP:
        rule->verdict = VERDICT_DROP;
        break;
    case NFT_JUMP:
    case NFT_GOTO:
        rule->verdict = VERDICT_ELSEWHERE;
        break;
    default:
        rule->verdict = VERDICT_NONE;
    }
}

static void read_reject(struct rule *rule, const struct netlink_attributes *reject)
{
    (void)reject;
    rule->verdict = VERDICT_DROP;
}

static void read_target(struct rule *rule, const struct netlink_attributes *target)
{
    const char *name = netlink_text(target->of[NFTA_TARGET_NAME]);

    if (name && strcmp(name, "REJECT") == 0)
        rule->verdict = VERDICT_DROP;
}

static int read_expression(const struct nlattr *element, void *data)
{
    static const struct {
        const char *name;
        void (*read)(struct rule *rule, const struct netlink_attributes *attributes);
    } kinds[] = {
        {"meta", read_meta},
        {"ct", read_ct},
        {"payload", read_payload},
        {"bitwise", read_bitwise},
        {"cmp", read_cmp},
        {"lookup", read_lookup},
        {"match", read_match},
        {"reject", read_reject},
        {"target", read_target},
        {"immediate", read_immediate},
        /* these decide nothing: */
        {"counter", NULL},
        {"log", NULL},
        {"notrack", NULL},
        {"objref", NULL},
    };
    const struct netlink_attributes expression = netlink_nested(element);
    const struct netlink_attributes attributes = netlink_nested(expression.of[NFTA_EXPR_DATA]);
    const char *name = netlink_text(expression.of[NFTA_EXPR_NAME]);
    struct rule *rule = data;

    for (size_t i = 0; name && i < ARRAY_SIZE(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0) {
            if (kinds[i].read)
                kinds[i].read(rule, &attributes);
            return MNL_CB_OK;
        }
    if (name) {
        rule->by_more = true;
        rule->loaded = LOADED_OTHER;
    }
    return MNL_CB_OK;
}

/* ---- the chains ---- */

struct chain {
    uint8_t family;
    bool legacy;
    char table[NFT_NAME_MAXLEN];
    char name[NFT_NAME_MAXLEN];
    bool is_base;
    bool forwards; /* a base chain of the filter kind at the forward hook */
    bool by_policy;
    bool drops;
    bool accepts_all;
    bool accepts_addresses;
    struct names accepted;
    bool accepts_dnat;
};

/* The suite's tables are checked elsewhere. */
static bool is_own(const char *table)
{
    return strcmp(table, "vif-route-ipv6") == 0 || strcmp(table, "pd-nat") == 0;
}

static int read_chain(const struct nlmsghdr *header, void *data)
{
    const struct nfgenmsg *message = mnl_nlmsg_get_payload(header);
    const struct netlink_attributes chain = netlink_attributes(header, sizeof(*message));
    const struct netlink_attributes hook = netlink_nested(chain.of[NFTA_CHAIN_HOOK]);
    const char *table = netlink_text(chain.of[NFTA_CHAIN_TABLE]);
    const char *name = netlink_text(chain.of[NFTA_CHAIN_NAME]);
    const char *type = netlink_text(chain.of[NFTA_CHAIN_TYPE]);
    struct netlink_list *list = data;
    struct chain *slot;

    if (!table || !name || is_own(table) ||
        (message->nfgen_family != NFPROTO_INET && message->nfgen_family != NFPROTO_IPV6))
        return 0;
    slot = array_add(list->items, list->count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    slot->family = message->nfgen_family;
    snprintf(slot->table, sizeof(slot->table), "%s", table);
    snprintf(slot->name, sizeof(slot->name), "%s", name);
    slot->is_base = chain.of[NFTA_CHAIN_HOOK] != NULL;
    slot->forwards = slot->is_base && type && strcmp(type, "filter") == 0 &&
                     netlink_number(hook.of[NFTA_HOOK_HOOKNUM]) == NF_INET_FORWARD;
    slot->by_policy = slot->forwards && chain.of[NFTA_CHAIN_POLICY] &&
                      netlink_number(chain.of[NFTA_CHAIN_POLICY]) == NF_DROP;
    slot->drops = slot->by_policy;
    return 0;
}

static struct chain *find_chain(const struct netlink_list *list, const struct rule *rule)
{
    struct chain **chains = list->items;

    for (size_t i = 0; i < *list->count; i++) {
        struct chain *chain = &(*chains)[i];

        if (chain->family == rule->family && strcmp(chain->table, rule->table) == 0 &&
            strcmp(chain->name, rule->chain) == 0)
            return chain;
    }
    return NULL;
}

static void judge_rule(struct chain *chain, const struct rule *rule)
{
    const bool of_all = !rule->by_link && !rule->by_address && !rule->by_dnat && !rule->by_more;
    const bool passes = rule->verdict == VERDICT_ACCEPT || rule->verdict == VERDICT_ELSEWHERE;

    chain->accepts_all |=
        of_all && rule->verdict == VERDICT_ACCEPT && (chain->by_policy || !chain->drops);
    chain->drops |= chain->forwards && of_all && rule->verdict == VERDICT_DROP;
    if (passes && !rule->by_dnat && !rule->by_more) {
        chain->accepts_addresses |= rule->by_address;
        add_names(&chain->accepted, &rule->links);
    }
    chain->accepts_dnat |=
        rule->by_dnat && !rule->by_address && !rule->by_more && rule->verdict == VERDICT_ACCEPT;
}

static int read_rule(const struct nlmsghdr *header, void *data)
{
    const struct nfgenmsg *message = mnl_nlmsg_get_payload(header);
    const struct netlink_attributes attributes = netlink_attributes(header, sizeof(*message));
    struct rule rule = {
        .family = message->nfgen_family,
        .table = netlink_text(attributes.of[NFTA_RULE_TABLE]),
        .chain = netlink_text(attributes.of[NFTA_RULE_CHAIN]),
    };
    struct chain *chain = rule.table && rule.chain ? find_chain(data, &rule) : NULL;

    if (!chain || (chain->is_base && !chain->forwards) || !attributes.of[NFTA_RULE_EXPRESSIONS])
        return 0;
    (void)mnl_attr_parse_nested(attributes.of[NFTA_RULE_EXPRESSIONS], read_expression, &rule);
    judge_rule(chain, &rule);
    return 0;
}

/* Any base chain of the table may jump to a chain that is not a base chain. */
static bool reaches(const struct chain *base, const struct chain *chain)
{
    return base == chain || (!chain->is_base && base->family == chain->family &&
                             strcmp(base->table, chain->table) == 0);
}

/* ---- the verdict ---- */

static int add_firewall_chain(struct firewall *out, enum firewall_fault fault,
                              const struct chain *chain, const char *accepted)
{
    struct firewall_chain *slot = array_add(&out->chains, &out->count, sizeof(*slot));

    if (!slot)
        return -ENOMEM;
    *slot = (struct firewall_chain){
        .fault = fault,
        .by_policy = chain->by_policy,
        .legacy = chain->legacy,
        .family = strdup(chain->family == NFPROTO_INET ? "inet" : "ip6"),
        .table = strdup(chain->table),
        .name = strdup(chain->name),
        .accepted = strdup(accepted),
    };
    return slot->family && slot->table && slot->name && slot->accepted ? 0 : -ENOMEM;
}

/* Adds the faults of the base chain and of the chains that it may jump to. */
static int add_base(struct firewall *out, const struct chain *chains, size_t count,
                    const struct chain *base)
{
    const struct chain *dnat = NULL;
    struct names accepted = {.text = ""};
    bool accepts_some = base->accepts_all;
    int result = 0;

    for (size_t i = 0; i < count; i++)
        if (reaches(base, &chains[i])) {
            add_names(&accepted, &chains[i].accepted);
            accepts_some |= chains[i].accepts_addresses || accepted.are_too_many;
            if (!dnat && chains[i].accepts_dnat)
                dnat = &chains[i];
        }
    if (base->drops && !accepts_some)
        result = add_firewall_chain(out, FIREWALL_DROPS, base, accepted.text);
    if (result == 0 && dnat)
        result = add_firewall_chain(out, FIREWALL_ACCEPTS_DNAT, dnat, "");
    return result;
}

static int read_nf_tables(struct firewall *out, struct error *e)
{
    AUTO_FREE struct chain *chains = NULL;
    size_t count = 0;
    struct netlink_list list = {.items = &chains, .count = &count};
    int result = nft_dump(NFT_MSG_GETCHAIN, read_chain, &list, e);

    if (result == 0 && count > 0)
        result = nft_dump(NFT_MSG_GETRULE, read_rule, &list, e);
    for (size_t i = 0; i < count && result == 0; i++)
        if (chains[i].forwards && add_base(out, chains, count, &chains[i]) < 0)
            result = fail_memory(e);
    return result == -ENOENT ? 0 : result;
}

/* ---- ip6tables-legacy ---- */

/* Whether the rule has no match at all. */
static bool is_for_all(const char *line)
{
    return strcmp(line, "-A FORWARD -j ACCEPT") == 0 || strcmp(line, "-A FORWARD -j DROP") == 0 ||
           begins_with(line, "-A FORWARD -j REJECT");
}

static bool accepts(const char *line)
{
    return strstr(line, " -j ACCEPT") != NULL;
}

/* Whether the rule accepts "--ctstate DNAT", maybe among other states, without other matches. */
static bool accepts_dnat(const char *line)
{
    static const char word[] = " -m conntrack --ctstate ";
    const char *states = strstr(line, word);
    size_t length;

    if (!states || !accepts(line) || strstr(line, " --dport ") || strstr(line, " -d ") ||
        strstr(line, " -s "))
        return false;
    states += strlen(word);
    length = strcspn(states, " ");
    return memmem(states, length, "DNAT", strlen("DNAT")) != NULL;
}

/* Adds the link that OPTION names in the line of a rule; "vif+" is any that begins so. */
static void add_link_of(struct names *names, const char *line, const char *option)
{
    const char *name = strstr(line, option);
    size_t length;

    if (!name || (name - line >= 2 && begins_with(name - 2, " !")))
        return;
    name += strlen(option);
    length = strcspn(name, " +");
    add_name(names, name, length, name[length] == '+' ? "*" : "");
}

/* Reads a line of table filter, as ip6tables-save(8) prints it. */
static void read_legacy_line(struct chain *forward, const char *line)
{
    if (begins_with(line, ":FORWARD DROP"))
        forward->drops = forward->by_policy = true;
    if (!begins_with(line, "-A ") || begins_with(line, "-A INPUT ") ||
        begins_with(line, "-A OUTPUT "))
        return;
    if (is_for_all(line) && accepts(line))
        forward->accepts_all |= !forward->drops || forward->by_policy;
    else if (is_for_all(line))
        forward->drops = true;
    if (accepts(line)) {
        add_link_of(&forward->accepted, line, " -i ");
        add_link_of(&forward->accepted, line, " -o ");
    }
    forward->accepts_dnat |= accepts_dnat(line);
}

static int read_legacy(struct firewall *out, struct error *e)
{
    struct chain forward = {
        .family = NFPROTO_IPV6, .legacy = true, .table = "filter", .name = "FORWARD"};
    bool in_filter = false;
    AUTO_FREE char *text = NULL;
    char *rest;

    if (!lines_mention("/proc/net/ip6_tables_names", "filter") ||
        ip6tables_legacy_save(&text, NULL) < 0)
        return 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (*line == '*')
            in_filter = strcmp(line, "*filter") == 0;
        if (in_filter)
            read_legacy_line(&forward, line);
    }
    return add_base(out, &forward, 1, &forward) < 0 ? fail_memory(e) : 0;
}

/* ---- what others call ---- */

int firewall_read(struct firewall *out, struct error *e)
{
    int result;

    *out = (struct firewall){.chains = NULL};
    result = read_nf_tables(out, e);
    return result == 0 ? read_legacy(out, e) : result;
}

void firewall_free(struct firewall *firewall)
{
    for (size_t i = 0; i < firewall->count; i++) {
        free(firewall->chains[i].family);
        free(firewall->chains[i].table);
        free(firewall->chains[i].name);
        free(firewall->chains[i].accepted);
    }
    free(firewall->chains);
    *firewall = (struct firewall){.chains = NULL};
}

const struct firewall_chain *firewall_find(const struct firewall *firewall,
                                           enum firewall_fault fault)
{
    for (size_t i = 0; i < firewall->count; i++)
        if (firewall->chains[i].fault == fault)
            return &firewall->chains[i];
    return NULL;
}

/* A rule for one vif is assumed to have similar ones for the others. */
bool firewall_accepts(const struct firewall_chain *chain, const char *link)
{
    const bool is_vif = begins_with(link, "vif");
    const char *name = chain->accepted;

    while ((name = strchr(name, '\n')) != NULL) {
        const size_t length = strcspn(++name, "\n");
        const bool is_prefix = length > 0 && name[length - 1] == '*';

        if ((is_vif && begins_with(name, "vif")) ||
            (strncmp(name, link, is_prefix ? length - 1 : length) == 0 &&
             (is_prefix || link[length] == '\0')))
            return true;
    }
    return false;
}

/* ---- messages ---- */

/* How firewalls write what they accept in both directions: links, or addresses. */
struct acceptance {
    const char *zone;       /* firewalld's new zone */
    const char *option;     /* of firewalld's zone */
    const char *nft[2];     /* matches: coming from there, and going there */
    const char *options[2]; /* the same for ip6tables */
    const char *quote;      /* around a word of nft's */
};

static const struct acceptance by_link = {
    "domus", "--add-interface", {"iifname", "oifname"}, {"-i", "-o"}, "\""};
static const struct acceptance by_prefix = {
    "pd-nat", "--add-source", {"ip6 saddr", "ip6 daddr"}, {"-s", "-d"}, ""};

/*
 * Each word may end in '*'. firewall-cmd makes one change of a policy per call. The zone 'trusted'
 * would open dom0 itself to its guests.
 */
static void print_firewalld(FILE *out, const struct acceptance *what, const char *const *words,
                            size_t count)
{
    const char *zone = what->zone;

    fprintf(out, "firewall-cmd --permanent --new-zone=%s", zone);
    for (size_t i = 0; i < count; i++) {
        const size_t length = strcspn(words[i], "*");

        fprintf(out, " && firewall-cmd --permanent --zone=%s %s=%.*s%s", zone, what->option,
                (int)length, words[i], words[i][length] ? "+" : "");
    }
    for (int i = 0; i < 2; i++) {
        const char *side = i == 0 ? "from" : "to";

        fprintf(out,
                " && firewall-cmd --permanent --new-policy=%s-%s"
                " && firewall-cmd --permanent --policy=%s-%s --set-target=ACCEPT"
                " && firewall-cmd --permanent --policy=%s-%s --add-ingress-zone=%s"
                " && firewall-cmd --permanent --policy=%s-%s --add-egress-zone=%s",
                side, zone, side, zone, side, zone, i == 0 ? zone : "ANY", side, zone,
                i == 0 ? "ANY" : zone);
    }
    fputs(" && firewall-cmd --reload", out);
}

static void print_ip6tables(FILE *out, const char *ip6tables, const struct acceptance *what,
                            const char *const *words, size_t count)
{
    for (size_t i = 0; i < 2 * count; i++) {
        const char *word = words[i / 2];
        const size_t length = strcspn(word, "*");

        fprintf(out, "%s%s -I FORWARD %s %.*s%s -j ACCEPT", i > 0 ? " && " : "", ip6tables,
                what->options[i % 2], (int)length, word, word[length] ? "+" : "");
    }
    fputs(", and the same in the firewall's own configuration", out);
}

static void print_nft(FILE *out, const struct firewall_chain *chain, const struct acceptance *what,
                      const char *const *words, size_t count)
{
    fputs("nft '", out);
    for (size_t i = 0; i < 2 * count; i++)
        fprintf(out, "%sinsert rule %s %s %s %s %s%s%s accept", i > 0 ? "; " : "", chain->family,
                chain->table, chain->name, what->nft[i % 2], what->quote, words[i / 2],
                what->quote);
    fputs("', and the same in the file that loads the chain", out);
}

/* WHY says who is cut off; the remedy accepts WORDS. */
static char *drop_message(const struct firewall_chain *chain, const char *why,
                          const struct acceptance *what, const char *const *words, size_t count)
{
    const bool is_ip6tables = strcmp(chain->family, "ip6") == 0 &&
                              strcmp(chain->table, "filter") == 0 &&
                              strcmp(chain->name, "FORWARD") == 0;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "%s %s %s: this forward chain drops by its %s, and %s: ",
            chain->legacy ? "ip6tables-legacy" : chain->family, chain->table, chain->name,
            chain->by_policy ? "policy" : "last rule", why);
    if (strcmp(chain->table, "firewalld") == 0)
        print_firewalld(out, what, words, count);
    else if (is_ip6tables)
        print_ip6tables(out, chain->legacy ? "ip6tables-legacy" : "ip6tables", what, words, count);
    else
        print_nft(out, chain, what, words, count);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

char *firewall_drop_message(const struct firewall_chain *chain, const char *const *vifs,
                            size_t count)
{
    AUTO_FREE const char **words = calloc(count + 1, sizeof(*words));
    size_t word_count = 0;
    bool has_usual = false;

    if (!words)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        const bool is_usual = begins_with(vifs[i], "vif");

        if (firewall_accepts(chain, vifs[i]) || (is_usual && has_usual))
            continue;
        words[word_count++] = is_usual ? "vif*" : vifs[i];
        has_usual |= is_usual;
    }
    if (word_count == 0)
        words[word_count++] = "vif*";
    return drop_message(
        chain, "no rule names the vifs, so the domUs are cut off unless other rules accept them",
        &by_link, words, word_count);
}

char *firewall_pd_nat_message(const struct firewall_chain *chain, const char *internal)
{
    AUTO_FREE char *why =
        format_string("no rule names the links of the internal hosts of pd-nat (%s), so they are "
                      "cut off unless other rules accept them",
                      internal);

    return why ? drop_message(chain, why, &by_prefix, &internal, 1) : NULL;
}

char *firewall_dnat_message(const struct firewall_chain *chain)
{
    return format_string(
        "%s %s %s: a rule here accepts every connection whose destination was translated "
        "(ct status dnat), so pd-nat opens all internal hosts to the world: limit 'inbound' in "
        "the [pd-nat] section, see ipv6.cfg(5), or narrow the rule",
        chain->legacy ? "ip6tables-legacy" : chain->family, chain->table, chain->name);
}
