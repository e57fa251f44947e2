/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/uplink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "domu/desired.h"

static int add_uplink_network(struct uplink_networks *networks, const struct setting *uplink,
                              const struct prefix *network)
{
    int result = 0;

    if (!can_be_announced(network)) /* nobody outside asks for it */
        return 0;
    for (size_t i = 0; i < uplink->count && result == 0; i++) {
        struct uplink_network item = {.network = prefix_network(network)};

        memcpy(item.link, uplink->links[i], sizeof(item.link));
        result = array_append(&networks->items, &networks->count, &item, sizeof(item));
    }
    return result;
}

/* The `address`es are missing: the kernel answers for them. */
static int add_networks_of_vif(const struct vif_config *vif, void *data, struct error *e)
{
    const struct setting *proxy = desired_setting(vif, KEY_PROXY_NDP);
    const struct setting *uplink = desired_setting(vif, KEY_UPLINK);
    struct desired desired;
    int result = 0;

    if (!proxy || !proxy->flag || !uplink)
        return 0;
    if (desired_build(vif, &desired, e) < 0)
        return -ENOMEM;
    for (size_t i = 0; i < desired.gateway_count && result == 0; i++)
        result = add_uplink_network(data, uplink, &desired.gateways[i]);
    for (size_t i = 0; i < desired.route_count && result == 0; i++)
        if (!desired.routes[i].is_address)
            result = add_uplink_network(data, uplink, &desired.routes[i].destination);
    desired_free(&desired);
    return result < 0 ? fail_memory(e) : 0;
}

static int compare_uplink_networks(const void *a, const void *b)
{
    const struct uplink_network *one = a;
    const struct uplink_network *other = b;
    const int order = strcmp(one->link, other->link);

    return order ? order : prefix_compare(&one->network, &other->network);
}

int uplink_networks(const struct config *config, struct uplink_networks *out, struct error *e)
{
    int result;

    *out = (struct uplink_networks){.items = NULL};
    result = desired_visit(config, add_networks_of_vif, out, e);
    if (result < 0)
        uplink_networks_free(out);
    sort_array(out->items, out->count, sizeof(*out->items), compare_uplink_networks);
    out->count =
        drop_repeated(out->items, out->count, sizeof(*out->items), compare_uplink_networks);
    return result;
}

void uplink_networks_free(struct uplink_networks *networks)
{
    free(networks->items);
    *networks = (struct uplink_networks){.items = NULL};
}

/*
 * `auto` finds the vif by the kernel's routes, which ndppd reads each second (route-ttl): so it
 * never answers for a domU that does not run. For the ttl, ndppd also remembers that a guest did
 * not answer, for example while it boots: hence 5 s instead of its default of 30.
 */
void uplink_print_ndppd(const struct uplink_networks *networks, FILE *out)
{
    char text[PREFIX_TEXT];

    fputs("# The domUs' networks that lie on-link at the uplink, by vif-route-ipv6 uplink-config.\n"
          "# /etc/ndppd.conf, and then: systemctl restart ndppd\n"
          "# Print it again after a change of ipv6.cfg. The kernel answers for `address`es.\n"
          "route-ttl 1000\n",
          out);
    for (size_t i = 0; i < networks->count; i++) {
        const struct uplink_network *item = &networks->items[i];
        const bool ends = i + 1 == networks->count || strcmp(item[1].link, item->link) != 0;

        if (i == 0 || strcmp(item[-1].link, item->link) != 0)
            fprintf(out, "proxy %s {\n\trouter yes\n\ttimeout 1000\n\tttl 5000\n", item->link);
        fprintf(out, "\trule %s {\n\t\tauto\n\t}\n%s", prefix_print(&item->network, text),
                ends ? "}\n" : "");
    }
}
