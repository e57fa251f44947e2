/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "6to4/site.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/ipv4.h"

/* ---- a site ---- */

void sixtofour_init(struct sixtofour *site)
{
    *site =
        (struct sixtofour){.device = SIXTOFOUR_DEVICE, .mtu = SIXTOFOUR_MTU, .ttl = SIXTOFOUR_TTL};
}

void sixtofour_free(struct sixtofour *site)
{
    free(site->lans);
    site->lans = NULL;
    site->lan_count = 0;
}

int sixtofour_add_lan(struct sixtofour *site, const char *link, uint64_t subnet, struct error *e)
{
    struct sixtofour_lan lan = {.subnet = subnet};

    if (subnet > UINT16_MAX)
        return fail(e, ERANGE, "subnet %llx does not fit between a /48 and a /64: ffff at most",
                    (unsigned long long)subnet);
    for (size_t i = 0; i < site->lan_count; i++) {
        if (strcmp(site->lans[i].link, link) == 0)
            return fail(e, EINVAL, "%s has a subnet already", link);
        if (site->lans[i].subnet == subnet)
            return fail(e, EINVAL, "subnet %llx is that of %s already", (unsigned long long)subnet,
                        site->lans[i].link);
    }
    strncpy(lan.link, link, sizeof(lan.link) - 1);
    return array_append(&site->lans, &site->lan_count, &lan, sizeof(lan)) < 0 ? fail_memory(e) : 0;
}

int sixtofour_judge(const struct sixtofour *site, struct error *e)
{
    char text[INET6_ADDRSTRLEN];

    if (site->has_relay && ipv4_of_6to4(&site->relay).s_addr == site->public_ipv4.s_addr)
        return fail(e, EINVAL, "%s: the relay is in the site's own prefix: name another, or none",
                    address_print(&site->relay, text));
    for (size_t i = 0; i < site->lan_count; i++)
        if (strcmp(site->lans[i].link, site->device) == 0)
            return fail(e, EINVAL, "lan.%s: that is the tunnel itself", site->device);
    return 0;
}

bool sixtofour_warning(const struct sixtofour *site, size_t number, struct error *out)
{
    char text[INET_ADDRSTRLEN];
    char relay[INET6_ADDRSTRLEN];

    if (ipv4_is_documentation(site->public_ipv4) && number-- == 0) {
        inet_ntop(AF_INET, &site->public_ipv4, text, sizeof(text));
        (void)fail(out, EINVAL, "%s: a documentation address (RFC 5737): replace it by yours",
                   text);
        return true;
    }
    if (site->has_relay && ipv4_is_relay_anycast(ipv4_of_6to4(&site->relay)) && number == 0) {
        (void)fail(out, EINVAL,
                   "%s: the anycast relay 192.88.99.1 is no longer in operation (RFC 7526): name "
                   "a relay that you have agreed on, or none",
                   address_print(&site->relay, relay));
        return true;
    }
    return false;
}

/* ---- what follows ---- */

struct prefix sixtofour_prefix(const struct sixtofour *site)
{
    return prefix_6to4(site->public_ipv4);
}

/*
 * A /16, so that all of 6to4 is on the link. Behind a NAT gateway Linux takes only what is for the
 * prefix of an address on the tunnel itself (ipip6_rcv() in sit.c), so it must be there.
 */
struct prefix sixtofour_tunnel_address(const struct sixtofour *site)
{
    struct prefix address = sixtofour_prefix(site);

    address.address.s6_addr[15] = 1;
    address.length = 16;
    return address;
}

struct prefix sixtofour_lan_address(const struct sixtofour *site, const struct sixtofour_lan *lan)
{
    const struct prefix prefix = sixtofour_prefix(site);
    struct prefix address = prefix;

    /* cannot fail: sixtofour_add_lan() has seen to it that the subnet fits */
    (void)!prefix_subnet(&prefix, lan->subnet, &address);
    return address;
}

struct in6_addr sixtofour_gateway(const struct sixtofour *site)
{
    struct in_addr ipv4 = ipv4_of_6to4(&site->relay);
    struct in6_addr gateway = IN6ADDR_ANY_INIT;

    memcpy(gateway.s6_addr + 12, &ipv4, sizeof(ipv4));
    return gateway;
}

bool sixtofour_unreachable(const struct sixtofour *site, size_t number, struct prefix *out)
{
    struct in_addr network;
    unsigned int length;

    for (size_t block = 0; ipv4_special_block(block, &network, &length); block++) {
        /* a relay that somebody insists on is to be reached */
        if (ipv4_is_relay_anycast(network) && site->has_relay &&
            ipv4_is_relay_anycast(ipv4_of_6to4(&site->relay)))
            continue;
        if (number-- > 0)
            continue;
        *out = prefix_6to4(network);
        out->length = (uint8_t)(16 + length);
        return true;
    }
    return false;
}

/* ---- [6to4] ---- */

/* A LAN that cannot be added becomes a diagnostic; MISTAKES may be NULL. -ENOMEM. */
static int read_site_setting(const struct section *section, const struct setting *setting,
                             struct sixtofour *out, struct diagnostics *mistakes)
{
    struct error why;
    int result = 0;

    switch (setting->key) {
    case KEY_PUBLIC_IPV4:
        memcpy(out->public_link, setting->link, sizeof(out->public_link));
        if (setting->count > 0)
            out->public_ipv4 = prefix_to_ipv4(&setting->prefixes[0].address);
        break;
    case KEY_LOCAL_IPV4:
        out->local_ipv4 = prefix_to_ipv4(&setting->prefixes[0].address);
        break;
    case KEY_DEVICE:
        strncpy(out->device, setting->text, sizeof(out->device) - 1);
        break;
    case KEY_MTU:
        out->mtu = (unsigned int)setting->numbers[0];
        break;
    case KEY_TTL:
        out->ttl = (unsigned int)setting->numbers[0];
        break;
    case KEY_RELAY:
        out->has_relay = true;
        out->relay = setting->prefixes[0].address;
        break;
    case KEY_LAN:
        result = sixtofour_add_lan(out, setting->link, setting->numbers[0], &why);
        if (result < 0 && result != -ENOMEM)
            diagnose(mistakes, DIAGNOSTIC_ERROR, setting->line, section, "lan.%s: %s",
                     setting->link, why.text);
        break;
    default:
        break;
    }
    return result == -ENOMEM ? result : 0;
}

/* Fills OUT with the settings that are not broken, and MISTAKES with what no single line shows. */
static int read_site_section(const struct section *section, struct sixtofour *out,
                             struct diagnostics *mistakes)
{
    struct error why;
    int result = 0;

    sixtofour_init(out);
    for (size_t i = 0; i < section->setting_count && result == 0; i++)
        if (!section->settings[i].broken)
            result = read_site_setting(section, &section->settings[i], out, mistakes);
    if (!section_has(section, KEY_LOCAL_IPV4))
        out->local_ipv4 = out->public_ipv4;
    if (!section_has(section, KEY_PUBLIC_IPV4))
        diagnose(mistakes, DIAGNOSTIC_ERROR, section->line, section,
                 "[6to4]: no public_ipv4, from which its prefix is made");
    else if (result == 0 && sixtofour_judge(out, &why) < 0)
        diagnose(mistakes, DIAGNOSTIC_ERROR, section->line, section, "%s", why.text);
    return result;
}

int sixtofour_read(const struct config *config, struct sixtofour *out, struct error *e)
{
    const struct section *section = config_find(config, SECTION_6TO4, "");
    struct diagnostics mistakes = {.items = NULL};
    int result;

    sixtofour_init(out);
    if (!section)
        return fail(e, ENOENT, "%s: no section [6to4]: write one with public_ipv4", config->path);
    result = read_site_section(section, out, &mistakes);
    result = result < 0 ? fail_memory(e) : config_refuse(config, section, &mistakes, e);
    diagnostics_free(&mistakes);
    return result;
}

int sixtofour_check(const struct config *config, struct diagnostics *mistakes, struct error *e)
{
    const struct section *section = config_find(config, SECTION_6TO4, "");
    struct sixtofour site;
    struct error warning;
    int result;

    if (!section)
        return 0;
    result = read_site_section(section, &site, mistakes);
    for (size_t i = 0; sixtofour_warning(&site, i, &warning); i++)
        diagnose(mistakes, DIAGNOSTIC_WARNING, section->line, section, "%s", warning.text);
    sixtofour_free(&site);
    return result < 0 ? fail_memory(e) : 0;
}
