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

/* A value with a NUL is a name; one without is the beginning of names. */
static void add_compared_name(struct names *names, const struct nlattr *value)
{
    const char *name = value ? mnl_attr_get_payload(value) : "";
    const size_t size = value ? mnl_attr_get_payload_len(value) : 0;

    add_name(names, name, size, memchr(name, '\0', size) ? "" : "*");
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
    const bool equal = netlink_number(cmp->of[NFTA_CMP_OP]) == NFT_CMP_EQ;
    uint32_t status = 0;

    (void)netlink_copy(value, &status, sizeof(status));
    switch (rule->loaded) {
    case LOADED_LINK:
        rule->by_link = true;
        if (equal && rule->by_name)
            add_compared_name(&rule->links, value);
        break;
    case LOADED_ADDRESS:
        rule->by_address = true;
        break;
    case LOADED_STATUS: /* after a mask: 'not 0', or equal to a value */
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

/* Reads the names in the set; "vif*", an interval, begins with an element "vif". */
static void read_names_of_set(struct rule *rule, const char *set)
{
    AUTO_FREE struct nft_element *elements = NULL;
    size_t count = 0;

    if (nft_elements(rule->family, rule->table, set, &elements, &count, NULL) < 0)
        return;
    for (size_t i = 0; i < count; i++)
        add_name(&rule->links, (const char *)elements[i].key, IF_NAMESIZE, "");
}

/* Whether a number in the set has DNAT's bit. */
static bool set_has_dnat(const struct rule *rule, const char *set)
{
    AUTO_FREE struct nft_element *elements = NULL;
    size_t count = 0;
    bool found = false;

    if (nft_elements(rule->family, rule->table, set, &elements, &count, NULL) == 0)
        for (size_t i = 0; i < count && !found; i++) {
            uint32_t status;

            memcpy(&status, elements[i].key, sizeof(status));
            found = (status & IPS_DST_NAT) != 0;
        }
    return found;
}

static void read_lookup(struct rule *rule, const struct netlink_attributes *lookup)
{
    const char *set = netlink_text(lookup->of[NFTA_LOOKUP_SET]);
    const bool negated = netlink_number(lookup->of[NFTA_LOOKUP_FLAGS]) & NFT_LOOKUP_F_INV;

    if (rule->loaded == LOADED_LINK) {
        rule->by_link = true;
        if (set && !negated && rule->by_name)
            read_names_of_set(rule, set);
    } else if (rule->loaded == LOADED_ADDRESS) {
        rule->by_address = true;
    } else if (rule->loaded == LOADED_STATUS && set && !negated && set_has_dnat(rule, set)) {
        rule->by_dnat = true;
    } else {
        rule->by_more = true;
    }
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

static void ignore_expression(struct rule *rule, const struct netlink_attributes *any)
{
    (void)rule;
    (void)any;
}

static void read_expression(struct rule *rule, const char *name,
                            const struct netlink_attributes *attributes)
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
        {"counter", ignore_expression},
        {"log", ignore_expression},
        {"notrack", ignore_expression},
        {"objref", ignore_expression},
    };

    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strcmp(name, kinds[i].name) == 0) {
            kinds[i].read(rule, attributes);
            return;
        }
    rule->by_more = true;
    rule->loaded = LOADED_OTHER;
}

static int visit_expression(const struct nlattr *element, void *data)
{
    const struct netlink_attributes expression = netlink_nested(element);
    const char *name = netlink_text(expression.of[NFTA_EXPR_NAME]);
    const struct netlink_attributes attributes = netlink_nested(expression.of[NFTA_EXPR_DATA]);

    if (name)
        read_expression(data, name, &attributes);
    return MNL_CB_OK;
}

/* ---- the chains ---- */

struct chain {
    uint8_t family;
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

static const char *family_name(uint8_t family)
{
    return family == NFPROTO_INET ? "inet" : "ip6";
}

/* The suite's tables are checked elsewhere. */
static bool is_own(const char *table)
{
    return strcmp(table, "vif-route-ipv6") == 0 || strcmp(table, "pd-nat") == 0;
}

static int read_base_chain(const struct nlmsghdr *header, void *data)
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
    slot = array_add(&list->items, &list->count, sizeof(*slot));
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
    struct chain *chains = list->items;

    for (size_t i = 0; i < list->count; i++)
        if (chains[i].family == rule->family && strcmp(chains[i].table, rule->table) == 0 &&
            strcmp(chains[i].name, rule->chain) == 0)
            return &chains[i];
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

static int read_firewall_rule(const struct nlmsghdr *header, void *data)
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
    (void)mnl_attr_parse_nested(attributes.of[NFTA_RULE_EXPRESSIONS], visit_expression, &rule);
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

static int add_firewall_chain(struct firewall *out, struct firewall_chain chain,
                              const char *accepted, const char *family, const char *table,
                              const char *name)
{
    struct firewall_chain *slot = array_add(&out->chains, &out->count, sizeof(*slot));

    if (!slot)
        return -ENOMEM;
    *slot = chain;
    slot->family = strdup(family);
    slot->table = strdup(table);
    slot->name = strdup(name);
    slot->accepted = strdup(accepted);
    return slot->family && slot->table && slot->name && slot->accepted ? 0 : -ENOMEM;
}

static int add_base(struct firewall *out, const struct chain *chains, size_t count,
                    const struct chain *base)
{
    const struct chain *dnat = NULL;
    struct names accepted = {.text = ""};
    bool accepts_some = base->accepts_all;
    int result = 0;

    for (size_t i = 0; i < count; i++) {
        if (reaches(base, &chains[i])) {
            add_names(&accepted, &chains[i].accepted);
            accepts_some |= chains[i].accepts_addresses || accepted.are_too_many;
        }
        if (!dnat && chains[i].accepts_dnat && reaches(base, &chains[i]))
            dnat = &chains[i];
    }
    if (base->drops && !accepts_some)
        result = add_firewall_chain(
            out, (struct firewall_chain){.fault = FIREWALL_DROPS, .by_policy = base->by_policy},
            accepted.text, family_name(base->family), base->table, base->name);
    if (result == 0 && dnat)
        result = add_firewall_chain(out, (struct firewall_chain){.fault = FIREWALL_ACCEPTS_DNAT},
                                    "", family_name(dnat->family), dnat->table, dnat->name);
    return result;
}

static int read_nf_tables(struct firewall *out, struct error *e)
{
    struct netlink_list list = {.items = NULL};
    int result = nft_dump(NFT_MSG_GETCHAIN, read_base_chain, &list, e);
    const struct chain *chains = list.items;

    if (result == 0 && list.count > 0) {
        const size_t count = list.count;

        result = nft_dump(NFT_MSG_GETRULE, read_firewall_rule, &list, e);
        list.count = count;
    }
    for (size_t i = 0; i < list.count && result == 0; i++)
        if (chains[i].forwards && add_base(out, chains, list.count, &chains[i]) < 0)
            result = fail_memory(e);
    free(list.items);
    return result == -ENOENT ? 0 : result;
}

/* ---- ip6tables-legacy ---- */

struct legacy {
    bool in_filter;
    bool drops;
    bool by_policy;
    bool accepts_all;
    struct names accepted;
    bool accepts_dnat;
};

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

static void read_legacy_line(struct legacy *legacy, const char *line)
{
    if (*line == '*')
        legacy->in_filter = strcmp(line, "*filter") == 0;
    if (!legacy->in_filter)
        return;
    if (begins_with(line, ":FORWARD DROP"))
        legacy->drops = legacy->by_policy = true;
    if (strncmp(line, "-A ", 3) != 0 || strncmp(line, "-A INPUT ", 9) == 0 ||
        strncmp(line, "-A OUTPUT ", 10) == 0)
        return;
    if (is_for_all(line) && accepts(line))
        legacy->accepts_all |= !legacy->drops || legacy->by_policy;
    else if (is_for_all(line))
        legacy->drops = true;
    if (accepts(line)) {
        add_link_of(&legacy->accepted, line, " -i ");
        add_link_of(&legacy->accepted, line, " -o ");
    }
    legacy->accepts_dnat |= accepts_dnat(line);
}

static int add_legacy(struct firewall *out, const struct legacy *legacy)
{
    const struct firewall_chain drops = {
        .fault = FIREWALL_DROPS, .by_policy = legacy->by_policy, .legacy = true};
    const struct firewall_chain dnat = {.fault = FIREWALL_ACCEPTS_DNAT, .legacy = true};

    if (legacy->drops && !legacy->accepts_all && !legacy->accepted.are_too_many &&
        add_firewall_chain(out, drops, legacy->accepted.text, "ip6", "filter", "FORWARD") < 0)
        return -ENOMEM;
    return legacy->accepts_dnat ? add_firewall_chain(out, dnat, "", "ip6", "filter", "FORWARD") : 0;
}

static int read_old_ip6tables(struct firewall *out, struct error *e)
{
    struct legacy legacy = {.in_filter = false};
    AUTO_FREE char *text = NULL;
    char *rest;

    if (!lines_mention("/proc/net/ip6_tables_names", "filter") ||
        ip6tables_legacy_save(&text, NULL) < 0)
        return 0;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        read_legacy_line(&legacy, line);
    return add_legacy(out, &legacy) < 0 ? fail_memory(e) : 0;
}

/* ---- all of it ---- */

int firewall_read(struct firewall *out, struct error *e)
{
    int result;

    *out = (struct firewall){.chains = NULL};
    result = read_nf_tables(out, e);
    return result == 0 ? read_old_ip6tables(out, e) : result;
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

/* The ip6tables program that made the chain, by its names, or NULL. */
static const char *ip6tables_of(const struct firewall_chain *chain)
{
    if (chain->legacy)
        return "ip6tables-legacy";
    return strcmp(chain->family, "ip6") == 0 && strcmp(chain->table, "filter") == 0 &&
                   strcmp(chain->name, "FORWARD") == 0
               ? "ip6tables"
               : NULL;
}

/*
 * firewall-cmd makes one change of a policy per call. The zone 'trusted' would open dom0 itself to
 * its guests.
 */
#define OPEN_POLICY(NAME, FROM, TO)                                                                \
    " && firewall-cmd --permanent --new-policy=" NAME                                              \
    " && firewall-cmd --permanent --policy=" NAME " --set-target=ACCEPT"                           \
    " && firewall-cmd --permanent --policy=" NAME " --add-ingress-zone=" FROM                      \
    " && firewall-cmd --permanent --policy=" NAME " --add-egress-zone=" TO

/* How firewalls write what they accept in both directions: links, or addresses. */
struct acceptance {
    const char *zone;       /* firewalld's new zone */
    const char *nft[2];     /* matches: coming from there, and going there */
    const char *options[2]; /* the same for ip6tables */
    const char *firewalld;  /* the option of a zone */
};

static const struct acceptance by_link = {
    "domus", {"iifname", "oifname"}, {"-i", "-o"}, "--add-interface"};
static const struct acceptance by_prefix = {
    "pd-nat", {"ip6 saddr", "ip6 daddr"}, {"-s", "-d"}, "--add-source"};

/* The commands that accept WORDS, of which a name may end in '*'. */
static void print_firewalld(FILE *out, const struct acceptance *what, const char *const *words,
                            size_t count)
{
    fprintf(out, "firewall-cmd --permanent --new-zone=%s", what->zone);
    for (size_t i = 0; i < count; i++) {
        const size_t length = strcspn(words[i], "*");

        fprintf(out, " && firewall-cmd --permanent --zone=%s %s=%.*s%s", what->zone,
                what->firewalld, (int)length, words[i], words[i][length] ? "+" : "");
    }
    fprintf(out, what == &by_link ? OPEN_POLICY("from-domus", "domus", "ANY")
                                        OPEN_POLICY("to-domus", "ANY", "domus")
                                  : OPEN_POLICY("from-pd-nat", "pd-nat", "ANY")
                                        OPEN_POLICY("to-pd-nat", "ANY", "pd-nat"));
    fputs(" && firewall-cmd --reload", out);
}

static void print_ip6tables_accepts(FILE *out, const char *ip6tables, const struct acceptance *what,
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

static void print_nft_accepts(FILE *out, const struct firewall_chain *chain,
                              const struct acceptance *what, const char *const *words, size_t count)
{
    const char *quote = what == &by_link ? "\"" : "";

    fputs("nft '", out);
    for (size_t i = 0; i < 2 * count; i++)
        fprintf(out, "%sinsert rule %s %s %s %s %s%s%s accept", i > 0 ? "; " : "", chain->family,
                chain->table, chain->name, what->nft[i % 2], quote, words[i / 2], quote);
    fputs("', and the same in the file that loads the chain", out);
}

static char *drop_message(const struct firewall_chain *chain, const struct acceptance *what,
                          const char *const *words, size_t count)
{
    const char *ip6tables = ip6tables_of(chain);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "%s %s %s: this forward chain drops by its %s, and ",
            chain->legacy ? "ip6tables-legacy" : chain->family, chain->table, chain->name,
            chain->by_policy ? "policy" : "last rule");
    if (what == &by_link)
        fputs("no rule names the vifs, so the domUs are cut off unless other rules accept them: ",
              out);
    else
        fprintf(out,
                "no rule names the links of the internal hosts of pd-nat (%s), so they are "
                "cut off unless other rules accept them: ",
                words[0]);
    if (strcmp(chain->table, "firewalld") == 0)
        print_firewalld(out, what, words, count);
    else if (ip6tables)
        print_ip6tables_accepts(out, ip6tables, what, words, count);
    else
        print_nft_accepts(out, chain, what, words, count);
    if (fclose(out) == 0)
        return text;
    free(text);
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

char *firewall_drop_message(const struct firewall_chain *chain, const char *const *vifs,
                            size_t count)
{
    const char **words = calloc(count + 1, sizeof(*words));
    size_t word_count = 0;
    bool has_usual = false;
    char *message;

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
    message = drop_message(chain, &by_link, words, word_count);
    free(words);
    return message;
}

char *firewall_pd_nat_message(const struct firewall_chain *chain, const char *internal)
{
    return drop_message(chain, &by_prefix, &internal, 1);
}

char *firewall_dnat_message(const struct firewall_chain *chain)
{
    return format_string(
        "%s %s %s: a rule here accepts every connection whose destination was translated "
        "(ct status dnat), so pd-nat opens all internal hosts to the world: limit 'inbound' in "
        "the [pd-nat] section, see ipv6.cfg(5), or narrow the rule",
        chain->legacy ? "ip6tables-legacy" : chain->family, chain->table, chain->name);
}
