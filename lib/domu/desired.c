/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/desired.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "domu/relation.h"

/* A subnet is another way to write a gateway: KEY.DEVID of the one overrides both. */
static enum key_id topic(enum key_id key)
{
    return key == KEY_SUBNET ? KEY_GATEWAY : key;
}

/* Whether SETTING, which no KEY.DEVID of the section overrides, is for the vif with DEVID. */
static bool applies_to_vif(const struct section *section, const struct setting *setting, int devid)
{
    if (setting->devid == devid || setting->devid != ANY_DEVID)
        return setting->devid == devid;
    for (size_t i = 0; i < section->setting_count; i++)
        if (topic(section->settings[i].key) == topic(setting->key) &&
            section->settings[i].devid == devid)
            return false;
    return true;
}

struct builder {
    const struct vif_config *vif;
    struct desired *out;
    struct diagnostics *mistakes; /* NULL: nobody asks for them */
};

#define MISTAKE(builder, setting, ...)                                                             \
    diagnose((builder)->mistakes, DIAGNOSTIC_ERROR, (setting)->line, (builder)->vif->section,      \
             __VA_ARGS__)

static int add_wanted_gateway(struct builder *builder, const struct setting *setting,
                              const struct prefix *gateway)
{
    struct desired *out = builder->out;
    char text[PREFIX_TEXT];

    if (desired_find_gateway(out, &gateway->address)) {
        MISTAKE(builder, setting, "%s appears twice for one vif", prefix_print(gateway, text));
        return 0;
    }
    return array_append(&out->gateways, &out->gateway_count, gateway, sizeof(*gateway));
}

static int add_subnet(struct builder *builder, const struct setting *setting, uint64_t number)
{
    unsigned int line = 0;
    const struct prefix *prefix = config_prefix(builder->vif->config, &line);
    struct prefix gateway;
    char text[PREFIX_TEXT];
    char place[LINE_TEXT];

    if (prefix && prefix_subnet(prefix, number, &gateway) == 0)
        return add_wanted_gateway(builder, setting, &gateway);
    if (!prefix)
        MISTAKE(builder, setting, "subnet: [defaults] has no valid prefix to take it out of");
    else
        MISTAKE(builder, setting, "subnet: %llx does not fit between %s (%s) and a /64",
                (unsigned long long)number, prefix_print(prefix, text),
                config_line(builder->vif->config, line, setting->line, place));
    return 0;
}

static bool are_subnets_of(const struct prefix *subnets, size_t count, const struct in6_addr *via)
{
    for (size_t i = 0; i < count; i++)
        if (prefix_contains(&subnets[i], via))
            return true;
    return false;
}

/* Whether a mistake hides a subnet of the domU. */
static bool lacks_subnets(const struct vif_config *vif)
{
    const struct section *section = vif->section;

    for (size_t i = 0; i < section->setting_count; i++)
        if ((section->settings[i].key == KEY_GATEWAY && section->settings[i].broken) ||
            (section->settings[i].key == KEY_SUBNET &&
             (section->settings[i].broken || !config_prefix(vif->config, NULL))))
            return true;
    return false;
}

/* Whether any of the domU's vifs has the subnet of VIA. */
static bool is_on_any_link(const struct vif_config *vif, const struct in6_addr *via)
{
    const struct prefix *prefix = config_prefix(vif->config, NULL);
    struct prefix subnet;

    for (size_t i = 0; i < vif->section->setting_count; i++) {
        const struct setting *setting = &vif->section->settings[i];

        if (setting->key == KEY_GATEWAY && are_subnets_of(setting->prefixes, setting->count, via))
            return true;
        for (size_t j = 0; setting->key == KEY_SUBNET && prefix && j < setting->count; j++)
            if (prefix_subnet(prefix, setting->numbers[j], &subnet) == 0 &&
                prefix_contains(&subnet, via))
                return true;
    }
    return false;
}

const struct prefix *desired_find_gateway(const struct desired *desired,
                                          const struct in6_addr *address)
{
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (address_equal(&desired->gateways[i].address, address))
            return &desired->gateways[i];
    return NULL;
}

bool desired_has_route(const struct desired *desired, const struct prefix *destination)
{
    for (size_t i = 0; i < desired->route_count; i++)
        if (prefix_equal(&desired->routes[i].destination, destination))
            return true;
    return false;
}

/*
 * Whether the route belongs to this vif: the kernel refuses a route whose via is not on the link. A
 * route without a devid is for the vif that has the via's subnet.
 */
static bool judge_route(struct builder *builder, const struct setting *setting,
                        const struct route_spec *route)
{
    const struct desired *desired = builder->out;
    char via[INET6_ADDRSTRLEN];

    if (!route->has_via || address_is_link_local(&route->via))
        return true;
    if (desired_find_gateway(desired, &route->via)) {
        MISTAKE(builder, setting, "route: via %s is the gateway itself, not the domU",
                address_print(&route->via, via));
        return false;
    }
    if (are_subnets_of(desired->gateways, desired->gateway_count, &route->via))
        return true;
    if ((setting->devid != ANY_DEVID || !is_on_any_link(builder->vif, &route->via)) &&
        !lacks_subnets(builder->vif))
        MISTAKE(builder, setting, "route: via %s is in none of the domU's subnets",
                address_print(&route->via, via));
    return false;
}

static int add_wanted_route(struct builder *builder, const struct setting *setting,
                            const struct route_spec *route)
{
    struct desired *out = builder->out;
    char text[PREFIX_TEXT];

    if (!judge_route(builder, setting, route))
        return 0;
    if (desired_has_route(out, &route->destination)) {
        MISTAKE(builder, setting, "route: %s appears twice",
                prefix_print(&route->destination, text));
        return 0;
    }
    return array_append(&out->routes, &out->route_count, route, sizeof(*route));
}

static int add_wanted_address(struct builder *builder, const struct setting *setting,
                              const struct prefix *address)
{
    struct desired *out = builder->out;
    const struct route_spec route = {.destination = *address, .is_address = true};
    char text[INET6_ADDRSTRLEN];
    const char *fault = NULL;

    for (size_t i = 0; i < out->gateway_count; i++)
        if (reserved_address(address, &out->gateways[i]))
            fault = "is the subnet-router anycast address of the gateway's network: dom0 has it";
    if (desired_find_gateway(out, &address->address))
        fault = "is the gateway itself, dom0's address";
    else if (desired_has_route(out, address))
        fault = "appears twice";
    if (fault) {
        MISTAKE(builder, setting, "address: %s %s", address_print(&address->address, text), fault);
        return 0;
    }
    out->address_count++;
    return array_append(&out->routes, &out->route_count, &route, sizeof(route));
}

static int add_element(struct builder *builder, const struct setting *setting, size_t element)
{
    switch (setting->key) {
    case KEY_GATEWAY:
        return add_wanted_gateway(builder, setting, &setting->prefixes[element]);
    case KEY_SUBNET:
        return add_subnet(builder, setting, setting->numbers[element]);
    case KEY_ADDRESS:
        return add_wanted_address(builder, setting, &setting->prefixes[element]);
    case KEY_ROUTE:
        return add_wanted_route(builder, setting, &setting->routes[element]);
    default:
        return 0;
    }
}

/* Adds what the section's settings of KEY have for this vif, in the order of the file. */
static int add_settings(struct builder *builder, enum key_id key)
{
    const struct section *section = builder->vif->section;
    int result = 0;

    for (size_t i = 0; i < section->setting_count && result == 0; i++)
        if (topic(section->settings[i].key) == key &&
            applies_to_vif(section, &section->settings[i], builder->vif->devid))
            for (size_t j = 0; j < section->settings[i].count && result == 0; j++)
                result = add_element(builder, &section->settings[i], j);
    return result;
}

static const struct setting *section_setting(const struct section *section, enum key_id key,
                                             int devid)
{
    for (size_t i = 0; section && i < section->setting_count; i++)
        if (section->settings[i].key == key &&
            applies_to_vif(section, &section->settings[i], devid))
            return &section->settings[i];
    return NULL;
}

const struct setting *desired_setting(const struct vif_config *vif, enum key_id key)
{
    const struct setting *setting = section_setting(vif->section, key, vif->devid);

    return setting ? setting : section_setting(vif->config->defaults, key, vif->devid);
}

/* The number of KEY that counts for VIF, or OTHERWISE. Sets *BROKEN if it cannot be read. */
static uint32_t number_of(const struct vif_config *vif, enum key_id key, uint32_t otherwise,
                          bool *broken)
{
    const struct setting *setting = desired_setting(vif, key);

    *broken |= setting && setting->broken;
    return setting && setting->count > 0 ? (uint32_t)setting->numbers[0] : otherwise;
}

struct announce desired_announce(const struct vif_config *vif)
{
    const struct setting *setting = desired_setting(vif, KEY_ANNOUNCE);
    struct announce announce = {.is_broken = setting && setting->broken};

    announce.metric = number_of(vif, KEY_METRIC, ANNOUNCE_METRIC, &announce.is_broken);
    announce.table = number_of(vif, KEY_TABLE, 0, &announce.is_broken);
    announce.wanted = setting && setting->flag && !announce.is_broken;
    if (announce.table == RT_TABLE_MAIN)
        announce.table = 0;
    return announce;
}

bool can_be_announced(const struct prefix *network)
{
    return !prefix_is_ipv4(network) && !address_is_link_local(&network->address);
}

/*
 * Whether antispoof covers VIF. A value that cannot be read means yes. So does a key after a broken
 * header that looks like [defaults].
 */
static bool wants_antispoof(const struct vif_config *vif)
{
    const struct setting *setting = desired_setting(vif, KEY_ANTISPOOF);

    return setting ? setting->flag : vif->config->lost_default_guard;
}

bool desired_unmatched_wants_antispoof(const struct config *config, const char *name, int devid)
{
    for (size_t i = 0; name && i < config->section_count; i++) {
        const struct section *section = config->sections[i];

        if (section->kind == SECTION_DOMU && strcasecmp(section->name, name) == 0 &&
            wants_antispoof(&(struct vif_config){config, section, devid}))
            return true;
    }
    return wants_antispoof(&(struct vif_config){config, NULL, devid});
}

/* On which uplinks dom0 answers for the addresses, and whether they get neighbour entries. */
static int add_neighbours_and_uplinks(struct builder *builder)
{
    const struct setting *neighbor = desired_setting(builder->vif, KEY_NEIGHBOR);
    const struct setting *proxy = desired_setting(builder->vif, KEY_PROXY_NDP);
    const struct setting *uplink = desired_setting(builder->vif, KEY_UPLINK);
    struct desired *out = builder->out;

    out->has_neighbours = out->address_count > 0 && (!neighbor || neighbor->flag);
    if (!proxy || proxy->broken || !proxy->flag)
        return 0;
    if (!uplink || uplink->broken) {
        MISTAKE(builder, proxy, PROXY_NEEDS_UPLINK);
        return 0;
    }
    if (out->address_count == 0)
        return 0;
    out->uplinks = calloc(uplink->count, sizeof(*out->uplinks));
    if (!out->uplinks)
        return -ENOMEM;
    memcpy(out->uplinks, uplink->links, uplink->count * sizeof(*out->uplinks));
    out->uplink_count = uplink->count;
    return 0;
}

static int build(struct builder *builder, struct error *e)
{
    static const struct prefix usual_gateway = {.address.s6_addr = {0xfe, 0x80, [15] = 1},
                                                .length = SUBNET_LENGTH};
    struct desired *out = builder->out;
    int result;

    *out = (struct desired){.gateways = NULL};
    result = add_settings(builder, KEY_GATEWAY);
    if (result == 0)
        result = add_settings(builder, KEY_ADDRESS);
    /* the guest needs a next hop, and an `address` has no network with one */
    if (result == 0 && out->address_count > 0 && out->gateway_count == 0)
        result = array_append(&out->gateways, &out->gateway_count, &usual_gateway,
                              sizeof(usual_gateway));
    if (result == 0)
        result = add_settings(builder, KEY_ROUTE);
    if (result == 0)
        result = add_neighbours_and_uplinks(builder);
    out->antispoof = wants_antispoof(builder->vif);
    out->announce = desired_announce(builder->vif);
    if (result == 0)
        return 0;
    desired_free(out);
    return fail_memory(e);
}

int desired_build(const struct vif_config *vif, struct desired *out, struct error *e)
{
    return build(&(struct builder){vif, out, NULL}, e);
}

int desired_visit(const struct config *config, desired_visitor visit, void *data, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < config->section_count && result == 0; i++) {
        struct vif_config vif = {config, config->sections[i], ANY_DEVID};

        if (!section_is_domu(vif.section))
            continue;
        do {
            result = visit(&vif, data, e);
            vif.devid = section_next_devid(vif.section, vif.devid);
        } while (vif.devid != ANY_DEVID && result == 0);
    }
    return result;
}

int desired_require(const struct vif_config *vif, struct desired *out, struct error *e)
{
    struct diagnostics mistakes = {.items = NULL};
    int result = build(&(struct builder){vif, out, &mistakes}, e);

    if (result == 0)
        result = config_refuse(vif->config, vif->section, &mistakes, e);
    if (result < 0) {
        desired_free(out);
        out->antispoof = wants_antispoof(vif);
    }
    diagnostics_free(&mistakes);
    return result;
}

/* Why no domU can have a route to PREFIX, or NULL. The reasons are those of ipv6.cfg. */
static const char *route_refusal(const struct prefix *prefix, bool is_ipv6)
{
    uint32_t ipv4 = ntohl(prefix_to_ipv4(&prefix->address).s_addr) >> 24;

    if (is_ipv6)
        return address_is_link_local(&prefix->address) ? "a link-local address"
                                                       : address_refusal(&prefix->address);
    if (ipv4 == 0)
        return "an unspecified address";
    if (ipv4 == 127)
        return "a loopback address";
    return ipv4 >= 224 ? "a multicast or reserved address" : NULL;
}

/* Reads a word of ip= as a route's destination. Names the usual mistakes. */
static int parse_ip(const char *word, struct prefix *out, struct error *e)
{
    struct prefix network;
    const char *refusal;
    char text[PREFIX_TEXT];
    int result;

    if (strchr(word, '='))
        return fail(e, EINVAL,
                    "'%s' is not an IP address: in the vif line, a comma goes before %.*s", word,
                    (int)(strchr(word, '=') - word + 1), word);
    if (strpbrk(word, ",;"))
        return fail(e, EINVAL, "'%s' is not an IP address: separate addresses by blanks", word);
    result = prefix_parse_any(word, out, e);
    if (result < 0)
        return result;
    network = prefix_network(out);
    if (!prefix_equal(&network, out))
        return fail(e, EINVAL,
                    "'%s' is an address in a network: write %.*s for the address, or %s for the "
                    "whole network",
                    word, (int)strcspn(word, "/"), word, prefix_print(&network, text));
    refusal = route_refusal(out, strchr(word, ':') != NULL);
    return refusal ? fail(e, EINVAL, "'%s' is %s, and no domU can have it", word, refusal) : 0;
}

int desired_add_ip(struct desired *desired, const char *ip, const struct in_addr *source,
                   struct error *e)
{
    AUTO_FREE char *words = NULL;
    char *save = NULL;
    int result = 0;

    if (source) {
        const struct prefix own = prefix_from_ipv4(*source, 32);

        if (array_append(&desired->gateways, &desired->gateway_count, &own, sizeof(own)) < 0)
            return fail_memory(e);
        desired->source = *source;
        desired->has_source = true;
    }
    words = strdup(ip);
    if (!words)
        return fail_memory(e);
    for (char *word = strtok_r(words, " \t\n", &save); word && result == 0;
         word = strtok_r(NULL, " \t\n", &save)) {
        struct route_spec route = {.is_address = false};

        result = parse_ip(word, &route.destination, e);
        if (result == 0 && !desired_has_route(desired, &route.destination) &&
            array_append(&desired->routes, &desired->route_count, &route, sizeof(route)) < 0)
            result = fail_memory(e);
    }
    return result;
}

int desired_split_ipv4(struct desired *from, struct desired *out, struct error *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < from->route_count; i++) {
        const struct route_spec *route = &from->routes[i];

        if (!prefix_is_ipv4(&route->destination))
            from->routes[kept++] = *route;
        else if (array_append(&out->routes, &out->route_count, route, sizeof(*route)) < 0)
            return fail_memory(e);
    }
    from->route_count = kept;
    return 0;
}

static bool has_family(const struct desired *desired, bool ipv4)
{
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (prefix_is_ipv4(&desired->gateways[i]) == ipv4)
            return true;
    for (size_t i = 0; i < desired->route_count; i++)
        if (prefix_is_ipv4(&desired->routes[i].destination) == ipv4)
            return true;
    return false;
}

bool desired_has_ipv6(const struct desired *desired)
{
    return has_family(desired, false);
}

bool desired_has_ipv4(const struct desired *desired)
{
    return has_family(desired, true);
}

void desired_free(struct desired *desired)
{
    free(desired->gateways);
    free(desired->routes);
    free(desired->uplinks);
    *desired = (struct desired){.gateways = NULL};
}

int desired_judge(const struct config *config, const struct section *section,
                  struct diagnostics *mistakes, struct error *e)
{
    struct vif_config vif = {config, section, ANY_DEVID};
    int result;

    do {
        struct desired desired;

        result = build(&(struct builder){&vif, &desired, mistakes}, e);
        if (result == 0)
            desired_free(&desired);
        vif.devid = section_next_devid(section, vif.devid);
    } while (vif.devid != ANY_DEVID && result == 0);
    return result;
}
