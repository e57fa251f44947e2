/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "6to4/gateway.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/address.h"

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* ---- words ---- */

/* As nft's scanner has it; whatever else stood there could be a rule. */
static bool is_nft_name(const char *text)
{
    return *text != '\0' && strchr(LETTERS "_.", *text) &&
           strspn(text, LETTERS DIGITS "/\\_.-") == strlen(text);
}

int gateway_parse_chain(const char *text, struct gateway_chain *out, struct error *e)
{
    int end = 0;

    if (sscanf(text, "%7s %127s %127s %n", out->family, out->table, out->name, &end) != 3 ||
        text[end] != '\0')
        return fail(e, EINVAL, "'%s' is not FAMILY TABLE CHAIN", text);
    if (strcmp(out->family, "inet") != 0 && strcmp(out->family, "ip") != 0)
        return fail(e, EINVAL, "family '%s' is neither inet nor ip", out->family);
    if (!is_nft_name(out->table) || !is_nft_name(out->name))
        return fail(e, EINVAL, "'%s' is not a name that nft takes",
                    is_nft_name(out->table) ? out->name : out->table);
    return 0;
}

bool gateway_usual_chain(size_t number, struct gateway_chain *out)
{
    static const struct gateway_chain usual[] = {
        {"inet", "filter", "forward"},
        {"ip", "filter", "forward"},
        {"ip", "filter", "FORWARD"},
    };

    if (number >= ARRAY_SIZE(usual))
        return false;
    *out = usual[number];
    return true;
}

/* ---- what the rules are made of ---- */

struct words {
    char public_ipv4[INET_ADDRSTRLEN];
    char target[INET_ADDRSTRLEN];
    char from_wan[IF_NAMESIZE + 16]; /* ends in a blank; empty: any interface */
    char to_wan[IF_NAMESIZE + 16];
};

/* IN and OUT come before an interface's name in a rule, and END after it. */
static struct words words_of(const struct gateway *gateway, const char *in, const char *out,
                             const char *end)
{
    struct words words = {.from_wan = ""};

    inet_ntop(AF_INET, &gateway->public_ipv4, words.public_ipv4, sizeof(words.public_ipv4));
    inet_ntop(AF_INET, &gateway->target, words.target, sizeof(words.target));
    if (*gateway->wan) {
        snprintf(words.from_wan, sizeof(words.from_wan), "%s%s%s ", in, gateway->wan, end);
        snprintf(words.to_wan, sizeof(words.to_wan), "%s%s%s ", out, gateway->wan, end);
    }
    return words;
}

static char *close_text(FILE *out, char **text)
{
    if (fclose(out) == 0)
        return *text;
    free(*text);
    return NULL;
}

/* ---- iptables ---- */

static bool take_line(const char **text, const char **line, size_t *length)
{
    *line = *text;
    *length = strcspn(*text, "\n");
    *text += *length + ((*text)[*length] == '\n');
    return **line != '\0';
}

/* Whether a rule jumps from FROM to TO, also under conditions that the administrator gave it. */
static bool has_jump(const char *saved, const char *from, const char *to)
{
    char first[64];
    char last[64];
    const char *line;
    size_t length;
    const size_t last_length = (size_t)snprintf(last, sizeof(last), " -j %s", to);

    snprintf(first, sizeof(first), "-A %s ", from);
    while (take_line(&saved, &line, &length))
        if (begins_with(line, first) && length >= last_length &&
            begins_with(line + length - last_length, last))
            return true;
    return false;
}

/* At the top, before a rule that drops or another NAT. */
static void print_jump(FILE *out, const char *saved, const char *from, const char *to)
{
    if (!has_jump(saved, from, to))
        fprintf(out, "-I %s -j %s\n", from, to);
}

char *gateway_iptables(const struct gateway *gateway, const char *saved)
{
    const struct words words = words_of(gateway, "-i ", "-o ", "");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out,
            "# 6to4 (protocol 41) behind NAT: %s is %s within\n"
            "# load once: iptables-restore --noflush\n"
            "*filter\n:" GATEWAY_FORWARD " - [0:0]\n",
            words.public_ipv4, words.target);
    fprintf(out, "-A " GATEWAY_FORWARD " %s-d %s -p 41 -j ACCEPT\n", words.from_wan, words.target);
    fprintf(out, "-A " GATEWAY_FORWARD " %s-s %s -p 41 -j ACCEPT\n", words.to_wan, words.target);
    print_jump(out, saved, "FORWARD", GATEWAY_FORWARD);
    fprintf(out, "COMMIT\n*nat\n:" GATEWAY_DNAT " - [0:0]\n:" GATEWAY_SNAT " - [0:0]\n");
    fprintf(out, "-A " GATEWAY_DNAT " %s-d %s -p 41 -j DNAT --to-destination %s\n", words.from_wan,
            words.public_ipv4, words.target);
    fprintf(out, "-A " GATEWAY_SNAT " %s-s %s -p 41 -j SNAT --to-source %s\n", words.to_wan,
            words.target, words.public_ipv4);
    print_jump(out, saved, "PREROUTING", GATEWAY_DNAT);
    print_jump(out, saved, "POSTROUTING", GATEWAY_SNAT);
    fprintf(out, "COMMIT\n");
    return close_text(out, &text);
}

char *gateway_iptables_undo(const char *saved)
{
    const char *line;
    size_t length;
    bool was_there = false;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out, "*filter\n");
    if (!has_jump(saved, "FORWARD", GATEWAY_FORWARD))
        fprintf(out, "-D FORWARD -j " GATEWAY_FORWARD "\n");
    while (take_line(&saved, &line, &length)) {
        const bool is_head = begins_with(line, ":" GATEWAY_FORWARD " ");

        was_there |= is_head;
        if (is_head || begins_with(line, "-A " GATEWAY_FORWARD " "))
            fprintf(out, "%.*s\n", (int)length, line);
    }
    if (!was_there)
        fprintf(out, "-F " GATEWAY_FORWARD "\n-X " GATEWAY_FORWARD "\n");
    fprintf(out, "COMMIT\n");
    return close_text(out, &text);
}

/* iptables-save of the nft backend says so of rules that nft made and iptables cannot express. */
bool gateway_is_hidden(const char *saved)
{
    return strstr(saved, "# Table `filter' is incompatible") ||
           strstr(saved, "# Table `nat' is incompatible");
}

/* ---- nft ---- */

static bool has_nft_jump(const char *listing)
{
    static const char jump[] = "jump " GATEWAY_NFT;
    const char *at = listing;

    while ((at = strstr(at, jump)) != NULL) {
        at += strlen(jump);
        if (*at == '\n' || *at == ' ')
            return true;
    }
    return false;
}

static void print_accepts(FILE *out, const struct words *words, const struct gateway_chain *chain,
                          const char *listing)
{
    char own[sizeof(*chain) + sizeof(GATEWAY_NFT)];

    snprintf(own, sizeof(own), "%s %s " GATEWAY_NFT, chain->family, chain->table);
    fprintf(out, "add chain %s\nflush chain %s\n", own, own);
    fprintf(out, "add rule %s %sip daddr %s ip protocol 41 accept\n", own, words->from_wan,
            words->target);
    fprintf(out, "add rule %s %sip saddr %s ip protocol 41 accept\n", own, words->to_wan,
            words->target);
    if (!has_nft_jump(listing))
        fprintf(out, "insert rule %s %s %s jump " GATEWAY_NFT "\n", chain->family, chain->table,
                chain->name);
}

/*
 * The table comes before other NAT at the same hooks, because the first mapping wins: a masquerade
 * of everything that leaves may choose another address than the public one.
 */
char *gateway_nft(const struct gateway *gateway, const struct gateway_chain *chain,
                  const char *listing)
{
    const struct words words = words_of(gateway, "iifname \"", "oifname \"", "\"");
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    fprintf(out,
            "# 6to4 (protocol 41) behind NAT: %s is %s within\n"
            "# load once: nft -f\n"
            "add table ip " GATEWAY_NFT "\ndelete table ip " GATEWAY_NFT "\n"
            "table ip " GATEWAY_NFT " {\n",
            words.public_ipv4, words.target);
    fprintf(out,
            "\tchain prerouting {\n"
            "\t\ttype nat hook prerouting priority dstnat - 1; policy accept;\n"
            "\t\t%sip daddr %s ip protocol 41 dnat to %s\n\t}\n",
            words.from_wan, words.public_ipv4, words.target);
    fprintf(out,
            "\tchain postrouting {\n"
            "\t\ttype nat hook postrouting priority srcnat - 1; policy accept;\n"
            "\t\t%sip saddr %s ip protocol 41 snat to %s\n\t}\n}\n",
            words.to_wan, words.target, words.public_ipv4);
    if (chain)
        print_accepts(out, &words, chain, listing);
    else
        fprintf(out, "# no forward chain was found, and none is needed if nothing drops;\n"
                     "# else name yours: --chain 'FAMILY TABLE CHAIN'\n");
    return close_text(out, &text);
}

/* ---- connections ---- */

static bool is_mapped_ipv4(const struct in6_addr *mapped, struct in_addr ipv4)
{
    return prefix_to_ipv4(mapped).s_addr == ipv4.s_addr;
}

bool gateway_is_stale(const struct conntrack_entry *entry, const void *data)
{
    const struct gateway *gateway = data;
    const bool by_target = is_mapped_ipv4(&entry->original.source, gateway->target);
    const bool to_public = is_mapped_ipv4(&entry->original.destination, gateway->public_ipv4);
    const bool answers_target = is_mapped_ipv4(&entry->reply.source, gateway->target);
    const bool as_public = is_mapped_ipv4(&entry->reply.destination, gateway->public_ipv4);

    if (entry->family != AF_INET || entry->protocol != IPPROTO_IPV6)
        return false;
    return (by_target && !as_public) || (to_public && !answers_target) || (as_public && !by_target);
}

char *gateway_describe(const struct conntrack_entry *entry)
{
    const struct in6_addr *const addresses[] = {&entry->original.source,
                                                &entry->original.destination, &entry->reply.source,
                                                &entry->reply.destination};
    char text[ARRAY_SIZE(addresses)][INET_ADDRSTRLEN];

    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        const struct in_addr ipv4 = prefix_to_ipv4(addresses[i]);

        inet_ntop(AF_INET, &ipv4, text[i], sizeof(text[i]));
    }
    return format_string("conntrack: protocol 41 from %s to %s, answered from %s to %s", text[0],
                         text[1], text[2], text[3]);
}
