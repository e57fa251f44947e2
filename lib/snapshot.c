/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/utsname.h>

void snapshot_free(struct snapshot *snapshot)
{
    free(snapshot->addresses);
    free(snapshot->routes);
    *snapshot = (struct snapshot){.addresses = NULL};
}

int snapshot_take(struct rtnl *rtnl, bool with_ipv4, struct snapshot *out, struct error *e)
{
    int result;

    *out = (struct snapshot){.addresses = NULL};
    result = rtnl_addresses(rtnl, AF_INET6, &out->addresses, &out->address_count, e);
    if (result == 0)
        result = rtnl_routes(rtnl, AF_INET6, SUITE_PROTOCOL, &out->routes, &out->route_count, e);
    if (result == 0 && with_ipv4)
        result = rtnl_addresses(rtnl, AF_INET, &out->addresses, &out->address_count, e);
    if (result == 0 && with_ipv4)
        result = rtnl_routes(rtnl, AF_INET, ANY_PROTOCOL, &out->routes, &out->route_count, e);
    if (result < 0) {
        snapshot_free(out);
        (void)fail_within(e, result, "reading addresses and routes");
        return result;
    }
    return 0;
}

bool snapshot_keeps_marks(const struct snapshot *snapshot)
{
    struct utsname system;
    unsigned long major;
    unsigned long minor;
    char *rest;

    for (size_t i = 0; i < snapshot->address_count; i++)
        if (snapshot->addresses[i].protocol != 0)
            return true;
    if (uname(&system) < 0)
        return false;
    major = strtoul(system.release, &rest, 10);
    minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return major > 5 || (major == 5 && minor >= 18);
}

static bool is_configured(const struct config *config, const struct prefix *prefix)
{
    const struct prefix *base = config_prefix(config, NULL);
    struct prefix subnet;

    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count; j++) {
            const struct setting *setting = &config->sections[i]->settings[j];

            for (size_t k = 0; k < setting->count; k++)
                if ((setting->key == KEY_GATEWAY && prefix_equal(&setting->prefixes[k], prefix)) ||
                    (setting->key == KEY_SUBNET && base &&
                     prefix_subnet(base, setting->numbers[k], &subnet) == 0 &&
                     prefix_equal(&subnet, prefix)))
                    return true;
        }
    return false;
}

void claim_configured(const struct config *config, struct address *addresses, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_configured(config, &addresses[i].prefix))
            addresses[i].protocol = SUITE_PROTOCOL;
}
