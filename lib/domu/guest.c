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

/* ---- the networks a domU can have an address of ---- */

struct planner {
    const struct desired *desired;
    const struct guest_wish *wish;
    struct prefix *networks;
    size_t network_count;
    size_t gateway_networks;     /* the number of them, at the front, that are gateways' */
    struct prefix wished;        /* the address of --address, with its length */
    const struct prefix *within; /* its network; NULL: there is no such address */
    struct guest_config *out;
};

static int add_network(struct planner *planner, const struct prefix *prefix, struct error *e)
{
    const struct prefix network = prefix_network(prefix);

    return array_append(&planner->networks, &planner->network_count, &network, sizeof(network)) < 0
               ? fail_memory(e)
               : 0;
}

/*
 * The networks of its gateways and its `address`es. If all gateways are link-local, a global
 * address can only be in a prefix that is routed to the domU. desired_build() makes sure that each
 * such route is on the link or via a link-local address, so it needs no other address.
 */
static int list_networks(struct planner *planner, struct error *e)
{
    const struct desired *desired = planner->desired;
    size_t routes = desired->route_count;
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++) {
        if (!address_is_link_local(&desired->gateways[i].address))
            routes = desired->address_count;
        result = add_network(planner, &desired->gateways[i], e);
    }
    planner->gateway_networks = planner->network_count;
    for (size_t i = 0; i < routes && result == 0; i++)
        result = add_network(planner, &desired->routes[i].destination, e);
    return result;
}

/* The smallest network that contains ADDRESS, or NULL. */
static const struct prefix *find_network(const struct planner *planner,
                                         const struct in6_addr *address)
{
    const struct prefix *found = NULL;

    for (size_t i = 0; i < planner->network_count; i++) {
        const struct prefix *network = &planner->networks[i];

        if (prefix_contains(network, address) && (!found || network->length > found->length))
            found = network;
    }
    return found;
}

/* ---- the address that --address names ---- */

static int refuse_outside(const struct planner *planner, const char *address, struct error *e)
{
    AUTO_FREE char *list = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&list, &size);

    if (!out)
        return fail_memory(e);
    for (size_t i = 0; i < planner->network_count; i++) {
        char text[PREFIX_TEXT];

        fprintf(out, "%s%s", i > 0 ? ", " : "", prefix_print(&planner->networks[i], text));
    }
    if (fclose(out) != 0)
        return fail_memory(e);
    return fail(e, EINVAL, "--address %s is in none of the domU's networks: %s", address, list);
}

static int judge_wished(const struct planner *planner, struct error *e)
{
    const struct prefix *wished = &planner->wished;
    const struct prefix *within = planner->within;
    const size_t index = (size_t)(within - planner->networks);
    char text[INET6_ADDRSTRLEN];
    char network[PREFIX_TEXT];

    address_print(&wished->address, text);
    prefix_print(within, network);
    if (desired_find_gateway(planner->desired, &wished->address))
        return fail(e, EINVAL, "--address %s is the gateway itself, dom0's address", text);
    if (prefix_is_anycast(&(struct prefix){wished->address, within->length}))
        return fail(e, EINVAL,
                    "--address %s is the subnet-router anycast address of %s (all host bits are "
                    "zero)",
                    text, network);
    /* with another length, the gateway would be off the link, or networks of others on it */
    if (wished->length != within->length &&
        (index < planner->gateway_networks || wished->length < within->length))
        return fail(e, EINVAL, "--address %s/%u: the length has to be that of its network, %s",
                    text, wished->length, network);
    return 0;
}

static int read_wish(struct planner *planner, struct error *e)
{
    const struct prefix *address = planner->wish->address;
    char text[INET6_ADDRSTRLEN];
    const char *refusal;

    if (!address)
        return 0;
    address_print(&address->address, text);
    refusal = address_refusal(&address->address);
    if (refusal)
        return fail(e, EINVAL, "--address %s is %s", text, refusal);
    planner->within = find_network(planner, &address->address);
    if (!planner->within)
        return refuse_outside(planner, text, e);
    planner->wished = *address;
    if (!planner->wish->has_length)
        planner->wished.length = planner->within->length;
    return judge_wished(planner, e);
}

/* ---- the addresses ---- */

static int add_address(struct planner *planner, const struct prefix *address, struct error *e)
{
    struct guest_config *out = planner->out;

    for (size_t i = 0; i < out->address_count; i++)
        if (address_equal(&out->addresses[i].address, &address->address))
            return 0;
    return array_append(&out->addresses, &out->address_count, address, sizeof(*address)) < 0
               ? fail_memory(e)
               : 0;
}

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
static int add_by_gateways(struct planner *planner, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < planner->gateway_networks && result == 0; i++) {
        const struct prefix *network = &planner->networks[i];
        struct prefix address = planner->wished;

        if (!planner->within || !prefix_equal(planner->within, network)) {
            if (address_is_link_local(&network->address) ||
                autoconfigures_in(planner->out, network))
                continue;
            result = guest_pick_host(planner->desired, network, &address, e);
        }
        if (result == 0)
            result = add_address(planner, &address, e);
    }
    return result;
}

/* A global address for a domU whose gateways are link-local. */
static int add_by_routes(struct planner *planner, struct error *e)
{
    const struct desired *desired = planner->desired;
    const struct guest_config *out = planner->out;
    const struct prefix *routed = desired->route_count > 0 ? &desired->routes[0].destination : NULL;
    struct prefix address;
    int result = planner->within ? add_address(planner, &planner->wished, e) : 0;

    for (size_t i = 0; i < desired->address_count && result == 0 && !planner->within; i++)
        result = add_address(planner, &desired->routes[i].destination, e);
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
    return result < 0 ? result : add_address(planner, &address, e);
}

/* Whether the guest's kernel makes the address (RFC 4291 appendix A): ifupdown fails to add it. */
static bool is_made_of_mac(const struct in6_addr *address)
{
    return address_is_link_local(address) && address->s6_addr[11] == 0xff &&
           address->s6_addr[12] == 0xfe;
}

/* The domU needs each address that dom0 routes via. */
static int add_by_vias(struct planner *planner, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < planner->desired->route_count && result == 0; i++) {
        const struct route_spec *route = &planner->desired->routes[i];
        const struct prefix *network = find_network(planner, &route->via);
        struct prefix address = {route->via, network ? network->length : SUBNET_LENGTH};

        if (route->has_via && !is_made_of_mac(&route->via))
            result = add_address(planner, &address, e);
    }
    return result;
}

static int add_addresses(struct planner *planner, struct error *e)
{
    const struct guest_config *out = planner->out;
    int result = list_networks(planner, e);

    if (result == 0)
        result = read_wish(planner, e);
    if (result == 0)
        result = add_by_gateways(planner, e);
    if (result == 0 && !guest_hears(out))
        result = add_by_routes(planner, e);
    if (result == 0)
        result = add_by_vias(planner, e);
    if (result == 0 && out->address_count == 0 && !guest_hears(out))
        result = fail(e, EINVAL,
                      "a link-local gateway gives the domU no address: add route = PREFIX/LENGTH "
                      "for the prefix that is routed to it");
    return result;
}

int guest_plan(const struct section *section, const struct desired *desired,
               const struct guest_wish *wish, struct guest_config *out, struct error *e)
{
    struct planner planner = {.desired = desired, .wish = wish, .out = out};
    int result;

    *out = (struct guest_config){.section = section, .devid = wish->devid, .ra = wish->ra};
    if (desired->gateway_count == 0)
        return fail(e, EINVAL, "no gateway for the vif with devid %d", wish->devid);
    out->gateway = desired->gateways[0].address;
    out->routes = desired->routes;
    out->route_count = desired->route_count;
    result = add_addresses(&planner, e);
    free(planner.networks);
    if (result < 0)
        guest_free(out);
    return result;
}

void guest_free(struct guest_config *guest)
{
    free(guest->addresses);
    *guest = (struct guest_config){.addresses = NULL};
}
