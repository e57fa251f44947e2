/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lines.h"
#include "base/shell.h"
#include "check/vif-lines.h"
#include "domu/vif.h"
#include "sys/advert.h"
#include "sys/conntrack.h"
#include "sys/program.h"
#include "sys/rtnl.h"
#include "sys/sysctl.h"

/* By its mode, and not by what this user may do: root runs the scripts. */
static enum script_state script_state(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0) /* a file that we may not see needs no warning */
        return errno == EACCES ? SCRIPT_EXECUTABLE : SCRIPT_MISSING;
    return S_ISREG(status.st_mode) && (status.st_mode & 0111) ? SCRIPT_EXECUTABLE
                                                              : SCRIPT_NOT_EXECUTABLE;
}

static void look_at_scripts(struct host *host)
{
    const char *common = HOST_SCRIPTS "/xen-hotplug-common.sh";

    host->scripts = access(HOST_SCRIPTS, F_OK) == 0 ? SCRIPTS_OPEN : SCRIPTS_MISSING;
    if (access(HOST_VIF_ROUTE, R_OK) < 0 && errno == EACCES)
        host->scripts = SCRIPTS_CLOSED;
    host->program = script_state(HOST_PROGRAM);
    host->hook = script_state(HOST_HOOK);
    host->has_vif_route = access(HOST_VIF_ROUTE, F_OK) == 0;
    host->runs_hooks = lines_mention(HOST_VIF_ROUTE, "call_hooks") &&
                       (access(common, R_OK) < 0 || lines_mention(common, "call_hooks"));
    host->patched = lines_mention(HOST_VIF_ROUTE, "vif-route-ipv6");
    host->uses_ifconfig = lines_mention(HOST_VIF_ROUTE, "ifconfig") ||
                          lines_mention(HOST_SCRIPTS "/vif-common.sh", "ifconfig");
}

/* Whether a vif is this program's, by its script= or by xl.conf. */
static int look_at_xl(const struct domu_files *files, struct host *host)
{
    int result = 0;

    host->has_domu_configs = files->count > 0;
    host->script_configured = is_this_program(domu_files_script(files));
    host->asks_eth0 = files->count == 0 && is_vif_route(domu_files_script(files));
    for (size_t i = 0; i < files->count; i++)
        for (size_t j = 0; j < files->files[i].vif_count && result == 0; j++) {
            AUTO_FREE char *script = NULL;
            AUTO_FREE char *netdev = NULL;
            const char *text = files->files[i].vifs[j].text;

            result = vif_option(text, "script", &script);
            if (result == 0)
                result = vif_option(text, "gatewaydev", &netdev);
            host->script_configured |= script && is_this_program(script);
            host->asks_eth0 |= !netdev && is_vif_route(script ? script : domu_files_script(files));
        }
    return result;
}

/* Whether the link is a vif: by its name, or by an address of the suite's. */
static bool is_vif_link(const struct link *link, const struct address *addresses, size_t count)
{
    unsigned int domid;
    unsigned int devid;

    if (sscanf(link->name, "vif%u.%u", &domid, &devid) == 2)
        return true;
    for (size_t i = 0; i < count; i++)
        if (addresses[i].link == link->index && addresses[i].protocol == SUITE_PROTOCOL)
            return true;
    return false;
}

/* What the kernel knows about links. */
struct network {
    struct link *links;
    size_t link_count;
    struct address *addresses;
    size_t address_count;
    struct route *routes; /* from router advertisements */
    size_t route_count;
};

static int look_at_vif(struct host *host, const struct network *network, const struct link *link)
{
    char *name = strdup(link->name);
    struct advertised advertised = {.what = NULL};

    if (!name || array_append(&host->vifs, &host->vif_count, &name, sizeof(name)) < 0) {
        free(name);
        return -ENOMEM;
    }
    memcpy(advertised.vif, link->name, sizeof(advertised.vif));
    if (advert_describe(link, network->routes, network->route_count, network->addresses,
                        network->address_count, &advertised.what) < 0)
        return -ENOMEM;
    if (advertised.what && array_append(&host->advertised, &host->advertised_count, &advertised,
                                        sizeof(advertised)) < 0) {
        free(advertised.what);
        return -ENOMEM;
    }
    return check_claims(host, link->name);
}

static int look_at_vifs(struct host *host, const struct network *network)
{
    int result = 0;

    for (size_t i = 0; i < network->link_count && result == 0; i++)
        if (!network->links[i].master &&
            is_vif_link(&network->links[i], network->addresses, network->address_count))
            result = look_at_vif(host, network, &network->links[i]);
    if (result == 0 && host->vif_count == 0)
        result = check_claims(host, "vif1.0"); /* as the first domU's will be called */
    return result;
}

/* A network is on-link where dom0 has an address with its length. */
static int look_at_networks(struct host *host, const struct network *network)
{
    for (size_t i = 0; i < network->address_count; i++) {
        const struct address *address = &network->addresses[i];
        struct uplink_network *slot =
            array_add(&host->on_link.items, &host->on_link.count, sizeof(*slot));

        if (!slot)
            return -ENOMEM;
        *slot = (struct uplink_network){.network = prefix_network(&address->prefix)};
        for (size_t j = 0; j < network->link_count; j++)
            if (network->links[j].index == address->link)
                memcpy(slot->link, network->links[j].name, sizeof(slot->link));
    }
    return 0;
}

/* Whose IPv4 address Xen's vif-route gives to the vifs (dom0_ip() of vif-common.sh). */
static int look_at_eth0(struct rtnl *rtnl, struct host *host, struct error *e)
{
    AUTO_FREE struct address *addresses = NULL;
    const int eth0 = (int)if_nametoindex("eth0");
    size_t count = 0;
    int result = rtnl_addresses(rtnl, AF_INET, &addresses, &count, e);

    for (size_t i = 0; i < count; i++)
        host->has_eth0_ipv4 |= addresses[i].link == eth0;
    return result;
}

static int look_at_links(struct host *host, struct error *e)
{
    struct network network = {.links = NULL};
    struct rtnl rtnl;
    int result = rtnl_open(&rtnl, e);

    if (result < 0)
        return result;
    result = advert_uplinks(&rtnl, &host->uplinks, &host->uplink_count, e);
    if (result == 0)
        result = rtnl_links(&rtnl, &network.links, &network.link_count, e);
    if (result == 0)
        result = rtnl_addresses(&rtnl, AF_INET6, &network.addresses, &network.address_count, e);
    if (result == 0)
        result = look_at_eth0(&rtnl, host, e);
    if (result == 0)
        result = advert_routes(&rtnl, &network.routes, &network.route_count, e);
    if (result == 0 && (look_at_vifs(host, &network) < 0 || look_at_networks(host, &network) < 0))
        result = fail_memory(e);
    free(network.links);
    free(network.addresses);
    free(network.routes);
    rtnl_close(&rtnl);
    return result < 0 ? fail_within(e, result, "reading links, addresses and routes") : 0;
}

static int sends_by_networkd(void *context, const char *path)
{
    (void)context;
    return lines_mention(path, "IPv6SendRA=");
}

/* Whether something runs that can send router advertisements. */
static bool sends_ra(void)
{
    static const char *const patterns[] = {"/etc/systemd/network/*.network",
                                           "/run/systemd/network/*.network"};

    return check_runs("radvd") || check_runs("dnsmasq") ||
           paths_visit(patterns, ARRAY_SIZE(patterns), sends_by_networkd, NULL) != 0;
}

/* Whether networkd manages the link: it then deletes proxy entries that it does not know. */
static bool is_networkds(unsigned int index)
{
    char path[64];

    snprintf(path, sizeof(path), "/run/systemd/netif/links/%u", index);
    return access(path, R_OK) == 0 && !lines_mention(path, "ADMIN_STATE=unmanaged");
}

static void judge_uplink(const struct section *section, const struct setting *setting,
                         const char *link, struct diagnostics *out)
{
    const unsigned int index = if_nametoindex(link);

    if (index == 0)
        diagnose(out, DIAGNOSTIC_BLOCKER, setting->line, section,
                 "uplink: %s does not exist on this host", link);
    else if (is_networkds(index))
        diagnose(out, DIAGNOSTIC_WARNING, setting->line, section,
                 "uplink: systemd-networkd manages %s, and may delete proxy entries that are "
                 "not its own: after networkctl reload, %s sync",
                 link, shell_own_command());
}

/* Rules compare the link's own name, while most of the kernel also takes an alternative one. */
static void judge_external(const struct section *section, struct diagnostics *out)
{
    const unsigned int index = if_nametoindex(section->name);
    char name[IF_NAMESIZE];

    if (index == 0)
        diagnose(out, DIAGNOSTIC_WARNING, section->line, section,
                 "interface %s does not exist at present: its rules wait for it", section->name);
    else if (if_indextoname(index, name) && strcmp(name, section->name) != 0)
        diagnose(out, DIAGNOSTIC_BLOCKER, section->line, section,
                 "interface %s is an alternative name of %s, and rules match only the latter: "
                 "write [pd-nat %s]",
                 section->name, name, name);
}

static void judge_links(const struct section *section, struct diagnostics *out)
{
    if (section->kind == SECTION_PD_NAT)
        judge_external(section, out);
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];

        for (size_t j = 0; setting->key == KEY_UPLINK && j < setting->count; j++)
            judge_uplink(section, setting, setting->links[j], out);
        if (setting->key == KEY_LAN && if_nametoindex(setting->link) == 0)
            diagnose(out, DIAGNOSTIC_WARNING, setting->line, section,
                     "lan.%s: link %s does not exist on this host", setting->link, setting->link);
    }
}

void check_links(const struct config *config, struct diagnostics *out)
{
    for (size_t i = 0; i < config->section_count; i++)
        judge_links(config->sections[i], out);
}

static int read_first_number(void *context, char *line)
{
    *(unsigned long *)context = strtoul(line, NULL, 10);
    return 1;
}

int check_host(const struct domu_files *files, struct host *host, struct error *e)
{
    host->has_nft = program_is_installed("nft");
    host->has_ip6tables =
        program_is_installed("ip6tables-save") && program_is_installed("ip6tables-restore");
    host->has_ifconfig = program_is_installed("ifconfig");
    host->has_radvd = program_is_installed("radvd");
    host->sends_ra = sends_ra();
    host->runs_ndppd = check_runs("ndppd");
    host->has_ipv6 = access("/proc/sys/net/ipv6/conf", F_OK) == 0;
    host->links_disabled = sysctl_is_on("ipv6", "all", "disable_ipv6");
    host->new_disabled = sysctl_is_on("ipv6", "default", "disable_ipv6");
    host->forwarding_off = sysctl_is_off("ipv6", "all", "forwarding");
    (void)conntrack_usage(&host->flows, &host->most_flows);
    (void)lines_visit("/proc/sys/net/ipv6/neigh/default/gc_thresh3", read_first_number,
                      &host->gc_thresh3);
    look_at_scripts(host);
    if (look_at_xl(files, host) < 0)
        return fail_memory(e);
    return look_at_links(host, e);
}
