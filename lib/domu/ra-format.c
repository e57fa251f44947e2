/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/ra-format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- radvd.conf ---- */

const char *ra_link_refusal(const char *link)
{
    /* of radvd's grammar, as far as they fit into a link's name (scanner.l, 2.19 and 2.20) */
    /* clang-format off */
    static const char *const words[] = {
        "interface", "prefix", "nat64prefix", "route", "RDNSS", "DNSSL", "clients", "lowpanco",
        "abro", "infinity", "on", "off", "low", "medium", "high", "IgnoreIfMissing", "UnicastOnly",
        "FlushRDNSS", "FlushDNSSL", "DeprecatePrefix", "RemoveRoute", "AutoIgnore",
        "Base6Interface", "ignoreprefixes"};
    /* clang-format on */
    static const char digits[] = "-._0123456789";
    static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "-._0123456789";

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (strcmp(words[i], link) == 0 || begins_with(link, "Adv"))
            return "which is a word of radvd.conf";
    if (!link[strspn(link, digits)])
        return "which it would take for a number";
    if (link[strspn(link, characters)])
        return "which has other characters than letters, digits, '-', '.' and '_'";
    return NULL;
}

static void print_radvd_item(const struct ra *ra, FILE *out)
{
    char text[PREFIX_TEXT];

    fprintf(out, "\ninterface %s {\n\t# link %d\n\tIgnoreIfMissing on;\n\tAdvSendAdvert on;\n",
            ra->link, ra->index);
    if (!ra->is_router)
        fputs("\tAdvDefaultLifetime 0;\n", out);
    if (ra->mtu > 0)
        fprintf(out, "\tAdvLinkMTU %u;\n", ra->mtu);
    for (size_t i = 0; i < ra->prefix_count; i++) {
        const struct ra_prefix *prefix = &ra->prefixes[i];

        if (prefix->removed != RA_IN_USE)
            fprintf(out, "\t# removed %ld\n", prefix->removed);
        fprintf(out, "\tprefix %s {\n%s\t};\n", prefix_print(&prefix->network, text),
                prefix->removed == RA_IN_USE
                    ? ""
                    : "\t\tAdvPreferredLifetime 0;\n\t\tAdvValidLifetime 0;\n");
    }
    for (size_t i = 0; i < ra->resolver_count; i++) /* radvd has room for three in one block */
        fprintf(out, "\tRDNSS %s {\n\t};\n", address_print(&ra->resolvers[i], text));
    for (size_t i = 0; i < ra->domain_count; i++)
        fprintf(out, "\tDNSSL %s {\n\t};\n", ra->domains[i].name);
    fputs("};\n", out);
}

static void print_radvd(const struct ra_table *table, FILE *out)
{
    fputs("# The router advertisements of Xen's domUs, by vif-route-ipv6. Do not edit: the next\n"
          "# domU that starts or stops, and vif-route-ipv6 sync, replace this file.\n",
          out);
    for (size_t i = 0; i < table->count; i++)
        print_radvd_item(&table->items[i], out);
}

char *ra_print_radvd(const struct ra_table *table)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return NULL;
    print_radvd(table, out);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* The text between WORD and " {", cut out in place; NULL: the line has another form. */
static char *argument(char *line, const char *word)
{
    const size_t length = strlen(word);
    char *end = strstr(line, " {");

    if (strncmp(line, word, length) != 0 || !end || end < line + length)
        return NULL;
    *end = '\0';
    return line + length;
}

/* Reads a line of an interface's block. *REMOVED is from the comment before a prefix. */
static int parse_inner(char *line, struct ra *ra, long *removed)
{
    struct ra_prefix prefix = {.removed = *removed};
    struct in6_addr resolver;
    struct domain domain = {.name = ""};
    const char *text;

    *removed = RA_IN_USE;
    if (sscanf(line, "\t# removed %ld", removed) == 1 ||
        sscanf(line, "\t# link %d", &ra->index) == 1 ||
        sscanf(line, "\tAdvLinkMTU %u", &ra->mtu) == 1)
        return 0;
    if (strcmp(line, "\tAdvDefaultLifetime 0;") == 0)
        ra->is_router = false;
    text = argument(line, "\tprefix ");
    if (text && prefix_parse(text, -1, &prefix.network, NULL) == 0)
        return array_append(&ra->prefixes, &ra->prefix_count, &prefix, sizeof(prefix));
    text = argument(line, "\tRDNSS ");
    if (text && address_parse(text, &resolver, NULL) == 0)
        return array_append(&ra->resolvers, &ra->resolver_count, &resolver, sizeof(resolver));
    text = argument(line, "\tDNSSL ");
    if (!text)
        return 0;
    snprintf(domain.name, sizeof(domain.name), "%s", text);
    return array_append(&ra->domains, &ra->domain_count, &domain, sizeof(domain));
}

static int parse_line(char *line, struct ra_table *out, bool *inside, long *removed)
{
    const char *link = argument(line, "interface ");
    struct ra *slot;

    if (!link && *inside)
        return parse_inner(line, &out->items[out->count - 1], removed);
    *inside = link && *link && strlen(link) < sizeof(slot->link);
    if (!*inside)
        return 0;
    slot = array_add(&out->items, &out->count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    snprintf(slot->link, sizeof(slot->link), "%s", link);
    slot->is_router = true;
    return 0;
}

int ra_parse_radvd(const char *text, struct ra_table *out)
{
    AUTO_FREE char *copy = strdup(text);
    char *rest = copy;
    bool inside = false;
    long removed = RA_IN_USE;
    int result = copy ? 0 : -ENOMEM;

    while (rest && result == 0)
        result = parse_line(strsep(&rest, "\n"), out, &inside, &removed);
    return result;
}

/* ---- systemd-networkd ---- */

/* Without a list of resolvers, networkd would advertise those of the uplink. */
static void print_networkd_item(const struct ra *ra, FILE *out)
{
    char text[PREFIX_TEXT];

    fprintf(out,
            "\n# /run/systemd/network/04-%s.network\n"
            "[Match]\nName=%s\n\n"
            "[Network]\nIPv6SendRA=yes\nIPv6AcceptRA=no\nLinkLocalAddressing=ipv6\n"
            "ConfigureWithoutCarrier=yes\nKeepConfiguration=yes\n\n"
            "[IPv6SendRA]\nUplinkInterface=:none\nEmitDNS=%s\nEmitDomains=%s\n",
            ra->link, ra->link, ra->resolver_count > 0 ? "yes" : "no",
            ra->domain_count > 0 ? "yes" : "no");
    if (!ra->is_router)
        fputs("RouterLifetimeSec=0\n", out);
    for (size_t i = 0; i < ra->resolver_count; i++)
        fprintf(out, "DNS=%s\n", address_print(&ra->resolvers[i], text));
    for (size_t i = 0; i < ra->domain_count; i++)
        fprintf(out, "Domains=%s\n", ra->domains[i].name);
    for (size_t i = 0; i < ra->prefix_count; i++)
        fprintf(out, "\n[IPv6Prefix]\nPrefix=%s\n%s", prefix_print(&ra->prefixes[i].network, text),
                ra->prefixes[i].removed == RA_IN_USE
                    ? ""
                    : "PreferredLifetimeSec=0\nValidLifetimeSec=0\n");
}

static void print_network_files(const struct ra_table *table, FILE *out)
{
    fputs(
        "# Router advertisements by systemd-networkd, by vif-route-ipv6 ra --format networkd.\n"
        "# One file per vif; it sorts before 05-vif-route-ipv6.network, which keeps networkd away\n"
        "# from vifs. networkd advertises the link's own MTU. Then: networkctl reload\n",
        out);
    for (size_t i = 0; i < table->count; i++)
        print_networkd_item(&table->items[i], out);
}

/* ---- dnsmasq ---- */

/* With constructor:, dnsmasq follows the gateways on the vif, and withdraws removed ones. */
static void print_dnsmasq_item(const struct ra *ra, FILE *out)
{
    char text[INET6_ADDRSTRLEN];

    fprintf(out, "\ninterface=%s\n", ra->link);
    if (!ra->is_router)
        fprintf(out, "ra-param=%s,mtu:%u,0,0\n", ra->link, ra->mtu);
    else
        fprintf(out, "dhcp-range=::,constructor:%s,ra-only\nra-param=%s,mtu:%u,0\n", ra->link,
                ra->link, ra->mtu);
    if (ra->resolver_count > 0)
        fprintf(out, "dhcp-option=tag:%s,option6:dns-server", ra->link);
    for (size_t i = 0; i < ra->resolver_count; i++)
        fprintf(out, ",[%s]%s", address_print(&ra->resolvers[i], text),
                i + 1 == ra->resolver_count ? "\n" : "");
    if (ra->domain_count > 0)
        fprintf(out, "dhcp-option=tag:%s,option6:domain-search", ra->link);
    for (size_t i = 0; i < ra->domain_count; i++)
        fprintf(out, ",%s%s", ra->domains[i].name, i + 1 == ra->domain_count ? "\n" : "");
}

static void print_dnsmasq(const struct ra_table *table, FILE *out)
{
    fputs("# Router advertisements by dnsmasq, by vif-route-ipv6 ra --format dnsmasq:\n"
          "# /etc/dnsmasq.d/vif-route-ipv6.conf, and then: systemctl restart dnsmasq\n"
          "# The first two lines are for a dnsmasq that does nothing else.\n"
          "port=0\nbind-dynamic\nenable-ra\n",
          out);
    for (size_t i = 0; i < table->count; i++)
        print_dnsmasq_item(&table->items[i], out);
}

static const struct ra_format formats[] = {
    {"radvd", print_radvd},
    {"networkd", print_network_files},
    {"dnsmasq", print_dnsmasq},
};

const struct ra_format *ra_format_find(const char *name)
{
    return find_by_name(name, formats, ARRAY_SIZE(formats), sizeof(formats[0]));
}
