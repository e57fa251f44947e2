/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/host.h"

#include <errno.h>
#include <string.h>

#include "pd-nat/section.h"

/* ---- what the configuration needs ---- */

static bool needs_ipv6(const struct config *config)
{
    return config_has(config, SECTION_DOMU) || config_has(config, SECTION_MAC) ||
           config_has(config, SECTION_UUID);
}

/* ---- what prevents it: a warning, or NULL ---- */

static const char *judge_ipv6(const struct host *host)
{
    if (!host->has_ipv6)
        return "the kernel: it has no IPv6 (ipv6.disable=1 on its command line?): boot one that "
               "has";
    if (host->links_disabled)
        return "net.ipv6.conf.all.disable_ipv6: it is 1, so dom0 has no IPv6: "
               "sysctl -w net.ipv6.conf.all.disable_ipv6=0, and find out who sets it "
               "(a file below /etc/sysctl.d?)";
    if (host->new_disabled)
        return "net.ipv6.conf.default.disable_ipv6: it is 1, so a new vif has no IPv6: "
               "sysctl -w net.ipv6.conf.default.disable_ipv6=0, and find out who sets it "
               "(a file below /etc/sysctl.d?)";
    return NULL;
}

static bool runs_under_vif_route(const struct host *host)
{
    return host->patched || (host->hook == SCRIPT_EXECUTABLE && host->runs_hooks);
}

/* Whether anything calls the program, in any of its ways. */
static const char *judge_ways(const struct host *host, const struct config *config)
{
    /* any host can use 6to4 and pd-nat; a file without both is a dom0's */
    const bool needs_xen = needs_ipv6(config) || !(config_has(config, SECTION_6TO4) ||
                                                   config_has(config, SECTION_PD_NAT));

    if (host->scripts == SCRIPTS_CLOSED)
        return NULL;
    /* make install creates the directory, so only vif-route or a configured script shows Xen */
    if (host->scripts == SCRIPTS_MISSING || !(host->has_vif_route || host->script_configured))
        return needs_xen ? HOST_VIF_ROUTE ": does not exist on this host: is Xen installed?" : NULL;
    if (host->program != SCRIPT_EXECUTABLE && host->hook == SCRIPT_MISSING && !host->patched &&
        !host->script_configured)
        return "vif-route-ipv6: nothing calls it: neither the hook file " HOST_HOOK
               " nor a patched vif-route nor the script " HOST_PROGRAM
               " exists: make install, or choose a way of vif-route-ipv6(8)";
    if (host->program != SCRIPT_EXECUTABLE)
        return HOST_PROGRAM ": missing or not executable, and every way in runs it: make install";
    /* with the script or the patch in use, the hook file may be disabled on purpose */
    if (runs_under_vif_route(host) || host->script_configured)
        return NULL;
    if (host->hook == SCRIPT_NOT_EXECUTABLE)
        return HOST_HOOK ": not executable, so vif-route ignores it: chmod +x " HOST_HOOK;
    if (host->hook == SCRIPT_EXECUTABLE)
        return HOST_VIF_ROUTE ": it runs no hook files (Xen 4.2 and later do): patch it, or use "
                              "script=vif-route-ipv6, see vif-route-ipv6(8)";
    if (host->has_domu_configs) /* otherwise their files are elsewhere, and may name the script */
        return "vif-route-ipv6: nothing calls it: there is no hook file " HOST_HOOK
               ", vif-route is not patched, and no domU in /etc/xen/*.cfg has "
               "script=vif-route-ipv6: make install, or choose a way of vif-route-ipv6(8)";
    return NULL;
}

/* What is not installed, or does not run, although the configuration needs it. */
static void judge_needs(const struct host *host, const struct config *config,
                        struct diagnostics *out)
{
    /* whether vif-route has a domU to serve: one of xl's files, or, without such files, ours */
    const bool has_domus = host->has_domu_configs || needs_ipv6(config);
    const bool runs_vif_route =
        host->scripts == SCRIPTS_OPEN && runs_under_vif_route(host) && !host->script_configured;
    const bool needs_guard = config_asks_for(config, KEY_ANTISPOOF);
    const bool needs_ra = config_asks_for(config, KEY_RA) && !host->sends_ra;
    const struct {
        bool is_missing;
        const char *warning;
    } needs[] = {
        {runs_vif_route && has_domus && host->uses_ifconfig && !host->has_ifconfig,
         "ifconfig: not installed, and vif-route needs it: apt-get install net-tools, or use "
         "script=vif-route-ipv6, see vif-route-ipv6(8)"},
        {has_domus && host->asks_eth0 && !host->has_eth0_ipv4,
         "eth0: it has no IPv4 address, and Xen's vif-route needs one: name dom0's link by "
         "gatewaydev= in the vif line, or use script=vif-route-ipv6"},
        {needs_guard && !host->has_nft,
         "nft: not installed, and antispoof needs it: apt-get install nftables"},
        {!needs_guard && !host->has_nft && pd_nat_uses(config, BACKEND_NFT),
         "nft: not installed, and pd-nat needs it: apt-get install nftables"},
        {!host->has_ip6tables && pd_nat_uses(config, BACKEND_IP6TABLES),
         "ip6tables-restore: not installed, and backend = ip6tables needs it: apt-get install "
         "iptables"},
        {needs_ra && !host->has_radvd,
         "radvd: not installed, and ra needs it: apt-get install radvd && systemctl enable --now "
         "vif-route-ipv6-radvd"},
        {needs_ra && host->has_radvd,
         "ra: nothing sends router advertisements: systemctl enable --now vif-route-ipv6-radvd"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(needs); i++)
        if (needs[i].is_missing)
            diagnose(out, DIAGNOSTIC_BLOCKER, 0, NULL, "%s", needs[i].warning);
}

/* ---- findings that name links, chains and files ---- */

/* Takes TEXT over; NULL: out of memory. */
static void add_finding(struct diagnostics *out, enum severity severity, char *text)
{
    if (text)
        diagnose(out, severity, 0, NULL, "%s", text);
    else
        out->out_of_memory = true;
    free(text);
}

char *host_forwarding_off(const char *consequence, const struct uplink *uplinks, size_t count)
{
    AUTO_FREE char *remedy = advert_remedy(uplinks, count, true);

    return remedy ? format_string("net.ipv6.conf.all.forwarding: it is 0, so %s%s: %s", consequence,
                                  count > 0 ? " (accept_ra=2 comes first: otherwise forwarding "
                                              "removes the default route)"
                                            : "",
                                  remedy)
                  : NULL;
}

static bool needs_forwarding(const struct config *config)
{
    return needs_ipv6(config) || config_has(config, SECTION_PD_NAT) ||
           config_asks_for(config, KEY_LAN);
}

static void judge_forwarding(const struct host *host, const struct config *config,
                             struct diagnostics *out)
{
    if (!host->forwarding_off || !needs_forwarding(config))
        return;
    add_finding(out, DIAGNOSTIC_BLOCKER,
                host_forwarding_off(needs_ipv6(config)
                                        ? HOST_ROUTES_NO_DOMUS
                                        : "this host routes nothing for those behind it",
                                    host->uplinks, host->uplink_count));
}

static char *describe_uplink(const struct uplink *uplink)
{
    AUTO_FREE char *remedy = advert_remedy(uplink, 1, false);

    if (!remedy)
        return NULL;
    if (uplink->state == UPLINK_EXPIRING)
        return format_string("%s: this host forwards and accept_ra is 1 here, so the default route "
                             "from router advertisements is about to expire: %s",
                             uplink->name, remedy);
    return format_string("%s: router advertisements arrive, but this host forwards and accept_ra "
                         "is 1 here, so it has no default route from them; after the remedy the "
                         "router's next advertisement brings it back: %s",
                         uplink->name, remedy);
}

static void judge_uplinks(const struct host *host, const struct config *config,
                          struct diagnostics *out)
{
    for (size_t i = 0; needs_forwarding(config) && i < host->uplink_count; i++)
        if (host->uplinks[i].state != UPLINK_AT_RISK)
            add_finding(out, DIAGNOSTIC_BLOCKER, describe_uplink(&host->uplinks[i]));
}

static char *describe_claim(const struct claim *claim)
{
    const char *name = claim->file ? strrchr(claim->file, '/') : NULL;
    const bool is_usual = begins_with(claim->vif, "vif");

    if (!claim->file)
        return format_string(
            "NetworkManager: it runs, and none of its files says that vifs are "
            "not its own: mkdir -p " HOST_NM_DIRECTORY
            " && printf '%%s\\n' '[device-vif-route-ipv6]' "
            "'match-device=interface-name:vif*;driver:vif' managed=0 >" HOST_NM_FILE
            " && nmcli general reload");
    if (name && strcmp(name + 1, HOST_NETWORK_FILE) < 0)
        return format_string("%s: by this file systemd-networkd handles %s, and takes its guest's "
                             "router advertisements: rename the file, so that its name sorts "
                             "after " HOST_NETWORK_FILE ", and then: networkctl reload",
                             claim->file, claim->vif);
    return format_string("%s: by this file systemd-networkd handles %s, and takes its guest's "
                         "router advertisements: mkdir -p " HOST_NETWORK_DIRECTORY
                         " && printf '%%s\\n' '[Match]' 'Name=%s' '[Link]' Unmanaged=yes "
                         ">" HOST_NETWORK_DIRECTORY "/%s && networkctl reload",
                         claim->file, claim->vif, is_usual ? "vif* *-emu" : claim->vif,
                         is_usual ? HOST_NETWORK_FILE : "05-renamed-vifs.network");
}

static void judge_vifs(const struct host *host, const struct config *config,
                       struct diagnostics *out)
{
    if (!needs_ipv6(config))
        return;
    for (size_t i = 0; i < host->claim_count; i++)
        add_finding(out, DIAGNOSTIC_WARNING, describe_claim(&host->claims[i]));
    for (size_t i = 0; i < host->advertised_count; i++) /* that guest may now be dom0's router */
        add_finding(out, DIAGNOSTIC_BLOCKER,
                    format_string("%s: %s", host->advertised[i].vif, host->advertised[i].what));
}

/* Whether CHAIN drops packets from running vifs or, if none runs, from any future vif. */
static bool drops_vifs(const struct host *host, const struct firewall_chain *chain)
{
    bool drops = host->vif_count == 0 && !firewall_accepts(chain, "vif*");

    for (size_t i = 0; i < host->vif_count; i++)
        drops |= !firewall_accepts(chain, host->vifs[i]);
    return drops;
}

/* Internal hosts are behind vifs and behind links with a network in the internal prefix. */
static bool drops_pd_nat(const struct host *host, const struct firewall_chain *chain,
                         const struct pd_nat_section *nat)
{
    bool accepts = firewall_accepts(chain, nat->link) || firewall_accepts(chain, "vif*");

    for (size_t i = 0; i < host->vif_count; i++)
        accepts |= firewall_accepts(chain, host->vifs[i]);
    for (size_t i = 0; i < host->on_link.count; i++)
        accepts |= prefix_overlap(&host->on_link.items[i].network, &nat->internal) &&
                   firewall_accepts(chain, host->on_link.items[i].link);
    return !accepts;
}

static void judge_drops(const struct host *host, const struct config *config,
                        const struct firewall_chain *chain, struct diagnostics *out)
{
    const char *const *vifs = (const char *const *)host->vifs;
    struct pd_nat_section nat;
    char internal[PREFIX_TEXT];
    const char *link;

    if (needs_ipv6(config) && drops_vifs(host, chain))
        add_finding(out, DIAGNOSTIC_BLOCKER, firewall_drop_message(chain, vifs, host->vif_count));
    for (size_t i = 0; (link = pd_nat_link(config, i)) != NULL; i++)
        if (pd_nat_read(config, link, &nat, NULL) == 0 && drops_pd_nat(host, chain, &nat))
            add_finding(out, DIAGNOSTIC_BLOCKER,
                        firewall_pd_nat_message(chain, prefix_print(&nat.internal, internal)));
}

static void judge_firewall(const struct host *host, const struct config *config,
                           struct diagnostics *out)
{
    for (size_t i = 0; i < host->firewall.count; i++) {
        const struct firewall_chain *chain = &host->firewall.chains[i];

        if (chain->fault == FIREWALL_DROPS)
            judge_drops(host, config, chain, out);
        else if (pd_nat_is_open(config))
            add_finding(out, DIAGNOSTIC_WARNING, firewall_dnat_message(chain));
    }
}

/*
 * Each domU has a link-local address, one or two fixed ones, and the temporary ones of a week (RFC
 * 8981). dom0's own networks need some entries as well.
 */
#define NEIGHBOURS_OF_DOMU 16
#define NEIGHBOURS_OF_DOM0 512

static void judge_neighbours(const struct host *host, const struct config *config,
                             struct diagnostics *out)
{
    const size_t domus = config_count_domus(config);
    const size_t most = domus > host->vif_count ? domus : host->vif_count;
    const size_t needed = NEIGHBOURS_OF_DOM0 + most * NEIGHBOURS_OF_DOMU;
    size_t wise = 4096;

    if (host->gc_thresh3 == 0 || domus == 0 || host->gc_thresh3 >= needed)
        return;
    while (wise < 2 * needed)
        wise *= 2;
    add_finding(out, DIAGNOSTIC_WARNING,
                format_string(
                    "net.ipv6.neigh.default.gc_thresh3: %lu is too small a neighbour table for %zu "
                    "domUs (at least %zu): sysctl -w net.ipv6.neigh.default.gc_thresh3=%zu "
                    "net.ipv6.neigh.default.gc_thresh2=%zu; and for each boot: printf '%%s\\n' "
                    "net.ipv6.neigh.default.gc_thresh3=%zu net.ipv6.neigh.default.gc_thresh2=%zu "
                    ">>" SYSCTL_FILE,
                    host->gc_thresh3, most, needed, wise, wise / 2, wise, wise / 2));
}

static bool is_on_link(const struct host *host, const struct uplink_network *item)
{
    for (size_t i = 0; i < host->on_link.count; i++) {
        const struct uplink_network *own = &host->on_link.items[i];

        if (strcmp(own->link, item->link) == 0 && own->network.length <= item->network.length &&
            prefix_contains(&own->network, &item->network.address))
            return true;
    }
    return false;
}

/* Networks of domUs inside one that is on-link at their uplink: outside hosts ask for each address.
 */
static int judge_on_link_networks(const struct host *host, const struct config *config,
                                  struct diagnostics *out, struct error *e)
{
    struct uplink_networks networks;
    char text[PREFIX_TEXT];
    int result = uplink_networks(config, &networks, e);

    for (size_t i = 0; i < networks.count && !host->runs_ndppd; i++)
        if (is_on_link(host, &networks.items[i]))
            add_finding(out, DIAGNOSTIC_BLOCKER,
                        format_string("%s: it is on-link at %s, where nobody answers for a whole "
                                      "network: apt-get install ndppd; vif-route-ipv6 "
                                      "uplink-config >/etc/ndppd.conf; systemctl restart ndppd",
                                      prefix_print(&networks.items[i].network, text),
                                      networks.items[i].link));
    uplink_networks_free(&networks);
    return result;
}

/*
 * All hosts share the table of connections; once it is full, new connections fail. The module must
 * be loaded before its limit can be set at boot.
 */
static void judge_flows(const struct host *host, const struct config *config,
                        struct diagnostics *out)
{
    const char *link = pd_nat_link(config, 0);
    const unsigned long wise = 2 * host->most_flows;

    if (!link || host->most_flows == 0)
        return;
    if (host->flows >= host->most_flows / 4 * 3)
        add_finding(
            out, DIAGNOSTIC_WARNING,
            format_string(
                "connection tracking: it holds %lu of at most %lu connections, and new ones "
                "fail when it is full; flow_limit in [pd-nat %s] keeps one host from "
                "taking all: sysctl -w net.netfilter.nf_conntrack_max=%lu; and for each "
                "boot: echo nf_conntrack >/etc/modules-load.d/90-vif-route-ipv6.conf; echo "
                "net.netfilter.nf_conntrack_max=%lu >>" SYSCTL_FILE,
                host->flows, host->most_flows, link, wise, wise));
    for (size_t i = 0; (link = pd_nat_link(config, i)) != NULL; i++) {
        struct pd_nat_section nat;

        if (pd_nat_read(config, link, &nat, NULL) == 0 && nat.flow_limit >= host->most_flows)
            add_finding(out, DIAGNOSTIC_WARNING,
                        format_string("[pd-nat %s]: flow_limit = %u limits nothing: there are at "
                                      "most %lu connections (net.netfilter.nf_conntrack_max): "
                                      "write a smaller number, such as %lu",
                                      link, nat.flow_limit, host->most_flows,
                                      host->most_flows / 16));
    }
}

/* ---- all of it ---- */

int host_judge(const struct host *host, const struct config *config, struct diagnostics *out,
               struct error *e)
{
    const char *ipv6 = needs_ipv6(config) ? judge_ipv6(host) : NULL;
    const char *ways = judge_ways(host, config);

    if (ipv6)
        diagnose(out, DIAGNOSTIC_BLOCKER, 0, NULL, "%s", ipv6);
    if (ways)
        diagnose(out, DIAGNOSTIC_BLOCKER, 0, NULL, "%s", ways);
    judge_needs(host, config, out);
    if (host->scripts == SCRIPTS_CLOSED)
        diagnose(out, DIAGNOSTIC_WARNING, 0, NULL,
                 HOST_SCRIPTS ": cannot be read, so it is not known whether anything calls "
                              "vif-route-ipv6: run check as root");
    judge_forwarding(host, config, out);
    judge_uplinks(host, config, out);
    judge_vifs(host, config, out);
    judge_firewall(host, config, out);
    judge_neighbours(host, config, out);
    judge_flows(host, config, out);
    if (judge_on_link_networks(host, config, out, e) < 0)
        return -ENOMEM;
    return out->out_of_memory ? fail_memory(e) : 0;
}

void host_free(struct host *host)
{
    for (size_t i = 0; i < host->claim_count; i++)
        free(host->claims[i].file);
    for (size_t i = 0; i < host->advertised_count; i++)
        free(host->advertised[i].what);
    for (size_t i = 0; host->vifs && i < host->vif_count; i++)
        free(host->vifs[i]);
    free(host->vifs);
    free(host->uplinks);
    free(host->claims);
    free(host->advertised);
    uplink_networks_free(&host->on_link);
    firewall_free(&host->firewall);
    *host = (struct host){.uplinks = NULL};
}
