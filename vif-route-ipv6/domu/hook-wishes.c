/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hook.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>

#include "base/log.h"
#include "domu/gather.h"

/* ---- out of ipv6.cfg ---- */

/* Fills hook->desired; *FOUND says whether the file has a section for this vif. */
static int read_desired(struct hook *hook, bool *found, struct error *e)
{
    const struct section *section = NULL;
    struct vif *vif = &hook->vif;
    struct error notice;
    int result = vif_read_ids(&hook->store, vif, e);

    notice.text[0] = '\0';
    log_about(vif->link, vif->name);
    if (result == 0)
        result = config_parse(&hook->text, vif->name ? vif->name : "", &hook->config, e);
    if (result == 0)
        result = gather_section(&hook->store, &hook->config, vif, &section, &notice, e);
    if (result < 0)
        return result;
    *found = section != NULL;
    if (!section && vif->is_nameless) /* libxl writes the name before the vif */
        return fail(e, ENOENT, "%s", notice.text);
    if (notice.text[0])
        log_warning("%s", notice.text);
    if (!section && !vif->name)
        log_warning("%s: the name of domU %u cannot be read here (a driver domain?): only [mac] "
                    "sections of %s count",
                    hook->link.name, vif->domid, hook->config.path);
    hook->is_judged = true;
    if (section) {
        const struct vif_config where = {&hook->config, section, (int)vif->devid};

        result = desired_require(&where, &hook->desired, e);
        return result < 0 ? result : ra_build(&where, &hook->desired, &hook->link, &hook->ra, e);
    }
    hook->desired.antispoof =
        desired_unmatched_wants_antispoof(&hook->config, vif->name, (int)vif->devid);
    return 0;
}

/* ---- out of ip= ---- */

/* With XENBUS_PATH, the caller's `script` names the script; otherwise the backend's node does. */
bool hook_may_have_our_script(const struct hook *hook)
{
    const char *script = environment("script");

    return hook->is_script || !environment("XENBUS_PATH") || (script && is_this_program(script));
}

int hook_find_script(struct hook *hook, struct error *e)
{
    if (!hook->is_script && !environment("XENBUS_PATH"))
        return vif_read_script(&hook->store, &hook->vif, &hook->has_our_script, e);
    hook->has_our_script = hook_may_have_our_script(hook);
    return 0;
}

/* Finds the first IPv4 address of netdev; *FOUND says whether there is one. */
static int find_source(struct hook *hook, struct in_addr *source, bool *found, struct error *e)
{
    const char *netdev = hook->netdev ? hook->netdev : "eth0";
    AUTO_FREE struct address *addresses = NULL;
    size_t count = 0;
    struct link link;
    int result = rtnl_link_by_name(&hook->rtnl, netdev, &link, e);

    *found = false;
    if (result == 0)
        result = rtnl_addresses(&hook->rtnl, AF_INET, &addresses, &count, e);
    for (size_t i = 0; result == 0 && i < count && !*found; i++)
        if (addresses[i].link == link.index && !(addresses[i].flags & IFA_F_SECONDARY)) {
            *source = prefix_to_ipv4(&addresses[i].prefix.address);
            *found = true;
        }
    if (!*found && hook->netdev && (result == 0 || result == -ENODEV))
        log_warning("%s: netdev %s has no IPv4 address, so the domU's routes have no source",
                    hook->link.name, netdev);
    return result == -ENODEV ? 0 : result;
}

/* Adds what the vif's ip= asks for. */
static int read_ip(struct hook *hook, struct error *e)
{
    AUTO_FREE char *ip = NULL;
    struct in_addr source;
    bool found = false;
    int result = vif_read_ip(&hook->store, &hook->vif, &ip, e);

    if (result == 0)
        result = find_source(hook, &source, &found, e);
    if (result < 0)
        return result;
    result = desired_add_ip(&hook->desired, ip, found ? &source : NULL, e);
    return result < 0 ? fail_within(e, result, "%s: ip", hook->link.name) : 0;
}

int hook_read_wishes(struct hook *hook, bool *found, struct error *e)
{
    int result = 0;

    *found = false;
    if (hook->text.path)
        result = read_desired(hook, found, e);
    if (result == 0 && !*found)
        log_info("%s: no entry for domU %s in %s", hook->link.name,
                 hook->vif.name ? hook->vif.name : "?", hook->options->config);
    if (result == 0 && hook->has_our_script) {
        *found = true;
        result = read_ip(hook, e);
    }
    return result;
}
