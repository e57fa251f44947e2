/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/guest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define USUAL_HOST 2 /* the gateway is ::1 */

/* ---- addresses of a network ---- */

/* The address of NETWORK with this number; one too large for it begins anew at zero. */
static struct prefix number_host(const struct prefix *network, uint32_t host)
{
    struct prefix address = prefix_network(network);
    unsigned int bits = 128U - address.length;

    if (bits < 32)
        host &= (UINT32_C(1) << bits) - 1;
    for (int byte = 15; byte > 11; byte--, host >>= 8)
        address.address.s6_addr[byte] |= (uint8_t)(host & 0xff);
    return address;
}

int guest_pick_host(const struct desired *desired, const struct prefix *network, struct prefix *out,
                    struct error *e)
{
    char text[PREFIX_TEXT];
    struct prefix whole = prefix_network(network);

    /* only the gateways and the anycast address are taken */
    for (uint32_t i = 0; i < desired->gateway_count + 2; i++) {
        *out = number_host(network, USUAL_HOST + i);
        if (!prefix_is_anycast(out) && !desired_find_gateway(desired, &out->address))
            return 0;
    }
    return fail(e, EINVAL, "the gateways leave no address of %s to the domU",
                prefix_print(&whole, text));
}

static int add_address(struct guest_config *guest, const struct prefix *address, struct error *e)
{
    for (size_t i = 0; i < guest->address_count; i++)
        if (address_equal(&guest->addresses[i].address, &address->address))
            return 0;
    return array_append(&guest->addresses, &guest->address_count, address, sizeof(*address)) < 0
               ? fail_memory(e)
               : 0;
}

/* ---- the networks a domU can have an address of ---- */

struct networks {
    struct prefix *networks;
    size_t count;
    size_t on_gateways; /* the number of them, at the front, that are gateways' */
};

static int add_network(struct networks *networks, const struct prefix *prefix, struct error *e)
{
    const struct prefix network = prefix_network(prefix);

    return array_append(&networks->networks, &networks->count, &network, sizeof(network)) < 0
               ? fail_memory(e)
               : 0;
}

static bool has_global_gateway(const struct desired *desired)
{
    for (size_t i = 0; i < desired->gateway_count; i++)
        if (!address_is_link_local(&desired->gateways[i].address))
            return true;
    return false;
}

/*
 * The networks of its gateways and its `address`es. If all gateways are link-local, a global
 * address can only be in a prefix that is routed to the domU. desired_build() makes sure that each
 * such route is on the link or via a link-local address, so it needs no other address.
 */
static int list_networks(const struct desired *desired, struct networks *networks, struct error *e)
{
    const size_t routes =
        has_global_gateway(desired) ? desired->address_count : desired->route_count;
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        result = add_network(networks, &desired->gateways[i], e);
    networks->on_gateways = networks->count;
    for (size_t i = 0; i < routes && result == 0; i++)
        result = add_network(networks, &desired->routes[i].destination, e);
    return result;
}

/* The smallest network that contains ADDRESS, or NULL. */
static const struct prefix *find_network(const struct networks *networks,
                                         const struct in6_addr *address)
{
    const struct prefix *found = NULL;

    for (size_t i = 0; i < networks->count; i++) {
        const struct prefix *network = &networks->networks[i];

        if (prefix_contains(network, address) && (!found || network->length > found->length))
            found = network;
    }
    return found;
}

/* ---- the address that --address names ---- */

static int refuse_outside(const struct networks *networks, const char *address, struct error *e)
{
    AUTO_FREE char *list = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&list, &size);

    if (!out)
        return fail_memory(e);
    for (size_t i = 0; i < networks->count; i++) {
        char text[PREFIX_TEXT];

        fprintf(out, "%s%s", i > 0 ? ", " : "", prefix_print(&networks->networks[i], text));
    }
    if (fclose(out) != 0)
        return fail_memory(e);
    return fail(e, EINVAL, "--address %s is in none of the domU's networks: %s", address, list);
}

struct wished {
    struct prefix address;        /* with its length */
    const struct prefix *network; /* NULL: no address is wished */
};

static int judge_wished(const struct desired *desired, const struct networks *networks,
                        const struct wished *wished, struct error *e)
{
    const struct in6_addr *address = &wished->address.address;
    const size_t index = (size_t)(wished->network - networks->networks);
    char text[INET6_ADDRSTRLEN];
    char network[PREFIX_TEXT];

    address_print(address, text);
    prefix_print(wished->network, network);
    if (desired_find_gateway(desired, address))
        return fail(e, EINVAL, "--address %s is the gateway itself, dom0's address", text);
    if (prefix_is_anycast(&(struct prefix){*address, wished->network->length}))
        return fail(e, EINVAL,
                    "--address %s is the subnet-router anycast address of %s (all host bits are "
                    "zero)",
                    text, network);
    /* with another length, the gateway would be off the link, or networks of others on it */
    if (wished->address.length != wished->network->length &&
        (index < networks->on_gateways || wished->address.length < wished->network->length))
        return fail(e, EINVAL, "--address %s/%u: the length has to be that of its network, %s",
                    text, wished->address.length, network);
    return 0;
}

static int read_wish(const struct desired *desired, const struct networks *networks,
                     const struct guest_wish *wish, struct wished *out, struct error *e)
{
    char text[INET6_ADDRSTRLEN];
    const char *refusal;

    *out = (struct wished){.network = NULL};
    if (!wish->address)
        return 0;
    address_print(&wish->address->address, text);
    refusal = address_refusal(&wish->address->address);
    if (refusal)
        return fail(e, EINVAL, "--address %s is %s", text, refusal);
    out->address = *wish->address;
    out->network = find_network(networks, &wish->address->address);
    if (!out->network)
        return refuse_outside(networks, text, e);
    if (!wish->has_length)
        out->address.length = out->network->length;
    return judge_wished(desired, networks, out, e);
}

/* ---- the addresses ---- */

/* Whether the guest configures an address in NETWORK by itself. */
static bool autoconfigures_in(const struct guest_config *guest, const struct prefix *network)
{
    for (size_t i = 0; guest_hears(guest) && i < guest->ra->prefix_count; i++)
        if (prefix_equal(&guest->ra->prefixes[i].network, network))
            return true;
    return false;
}

/*
 * The wished address in its network, ::2 in the others. A link-local gateway needs none: the
 * guest's kernel makes a link-local address.
 */
static int add_by_gateways(const struct desired *desired, const struct networks *networks,
                           const struct wished *wished, struct guest_config *out, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < networks->on_gateways && result == 0; i++) {
        const struct prefix *network = &networks->networks[i];
        struct prefix address = wished->address;

        if (!wished->network || !prefix_equal(wished->network, network)) {
            if (address_is_link_local(&network->address) || autoconfigures_in(out, network))
                continue;
            result = guest_pick_host(desired, network, &address, e);
        }
        if (result == 0)
            result = add_address(out, &address, e);
    }
    return result;
}

/* A global address for a domU whose gateways are link-local. */
static int add_by_routes(const struct desired *desired, const struct wished *wished,
                         struct guest_config *out, struct error *e)
{
    const struct prefix *routed = desired->route_count > 0 ? &desired->routes[0].destination : NULL;
    struct prefix address;
    int result = wished->network ? add_address(out, &wished->address, e) : 0;

    for (size_t i = 0; i < desired->address_count && result == 0 && !wished->network; i++)
        result = add_address(out, &desired->routes[i].destination, e);
    for (size_t i = 0; i < out->address_count; i++)
        if (!address_is_link_local(&out->addresses[i].address))
            return result;
    /* a prefix on the link is better: dom0 looks for the address there */
    for (size_t i = desired->route_count; i > 0; i--)
        if (!desired->routes[i - 1].has_via)
            routed = &desired->routes[i - 1].destination;
    if (result < 0 || !routed)
        return result;
    result = guest_pick_host(desired, routed, &address, e);
    return result < 0 ? result : add_address(out, &address, e);
}

/* Whether the guest's kernel makes the address (RFC 4291 appendix A): ifupdown fails to add it. */
static bool is_made_of_mac(const struct in6_addr *address)
{
    return address_is_link_local(address) && address->s6_addr[11] == 0xff &&
           address->s6_addr[12] == 0xfe;
}

/* The domU needs each address that dom0 routes via. */
static int add_by_vias(const struct desired *desired, const struct networks *networks,
                       struct guest_config *out, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < desired->route_count && result == 0; i++) {
        const struct route_spec *route = &desired->routes[i];
        const struct prefix *network = find_network(networks, &route->via);
        struct prefix address = {route->via, network ? network->length : SUBNET_LENGTH};

        if (route->has_via && !is_made_of_mac(&route->via))
            result = add_address(out, &address, e);
    }
    return result;
}

static int add_addresses(const struct desired *desired, const struct guest_wish *wish,
                         struct networks *networks, struct guest_config *out, struct error *e)
{
    struct wished wished;
    int result = list_networks(desired, networks, e);

    if (result == 0)
        result = read_wish(desired, networks, wish, &wished, e);
    if (result == 0)
        result = add_by_gateways(desired, networks, &wished, out, e);
    if (result == 0 && !guest_hears(out))
        result = add_by_routes(desired, &wished, out, e);
    if (result == 0)
        result = add_by_vias(desired, networks, out, e);
    if (result == 0 && out->address_count == 0 && !guest_hears(out))
        result = fail(e, EINVAL,
                      "a link-local gateway gives the domU no address: add route = PREFIX/LENGTH "
                      "for the prefix that is routed to it");
    return result;
}

int guest_plan(const struct section *section, const struct desired *desired,
               const struct guest_wish *wish, struct guest_config *out, struct error *e)
{
    struct networks networks = {.networks = NULL};
    int result;

    *out = (struct guest_config){.section = section, .devid = wish->devid, .ra = wish->ra};
    if (desired->gateway_count == 0)
        return fail(e, EINVAL, "no gateway for the vif with devid %d", wish->devid);
    out->gateway = desired->gateways[0].address;
    out->routes = desired->routes;
    out->route_count = desired->route_count;
    result = add_addresses(desired, wish, &networks, out, e);
    free(networks.networks);
    if (result < 0)
        guest_free(out);
    return result;
}

void guest_free(struct guest_config *guest)
{
    free(guest->addresses);
    *guest = (struct guest_config){.addresses = NULL};
}
