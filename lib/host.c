/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "host.h"

#include "pdnat.h"

/* ---- what the configuration needs ---- */

static bool needs_ipv6(const struct config *config)
{
    return config_has(config, SECTION_DOMU) || config_has(config, SECTION_MAC) ||
           config_has(config, SECTION_UUID);
}

/* 6to4 and pd-nat are for any host; a file without them is taken for a dom0's. */
static bool needs_xen(const struct config *config)
{
    return needs_ipv6(config) ||
           !(config_has(config, SECTION_6TO4) || config_has(config, SECTION_PD_NAT));
}

/* The first setting of KEY that can be read, or NULL. */
static const struct setting *find_setting(const struct section *section, enum key_id key)
{
    for (size_t i = 0; i < section->setting_count; i++)
        if (section->settings[i].key == key && !section->settings[i].broken)
            return &section->settings[i];
    return NULL;
}

static bool asks_for_antispoof(const struct section *section)
{
    const struct setting *setting = find_setting(section, KEY_ANTISPOOF);

    return setting && setting->flag;
}

/* Whether others send through this host, by what a section makes it. */
static bool makes_a_router(const struct section *section)
{
    return section->kind == SECTION_PD_NAT || find_setting(section, KEY_LAN);
}

static bool any_section(const struct config *config, bool (*answers)(const struct section *section))
{
    for (size_t i = 0; i < config->section_count; i++)
        if (answers(config->sections[i]))
            return true;
    return false;
}

/* ---- what is in its way: a warning, or NULL ---- */

static const char *judge_ipv6(const struct host *host)
{
    if (!host->has_ipv6)
        return "this kernel has no IPv6 (ipv6.disable=1 on its command line?): boot one that has";
    if (host->links_disabled)
        return "net.ipv6.conf.all.disable_ipv6 is 1, so dom0 has no IPv6: "
               "sysctl -w net.ipv6.conf.all.disable_ipv6=0, and find out who sets it "
               "(a file below /etc/sysctl.d?)";
    if (host->new_disabled)
        return "net.ipv6.conf.default.disable_ipv6 is 1, so a new vif has no IPv6: "
               "sysctl -w net.ipv6.conf.default.disable_ipv6=0, and find out who sets it "
               "(a file below /etc/sysctl.d?)";
    return NULL;
}

static const char *judge_forwarding(const struct host *host, const struct config *config)
{
    if (!host->forwarding_off)
        return NULL;
    if (needs_ipv6(config))
        return HOST_FORWARDING_OFF;
    return any_section(config, makes_a_router)
               ? "net.ipv6.conf.all.forwarding is 0, so this host routes nothing for those behind "
                 "it: sysctl -w net.ipv6.conf.all.forwarding=1, and a file below /etc/sysctl.d"
               : NULL;
}

static bool runs_under_vif_route(const struct host *host)
{
    return host->patched || (host->hook == SCRIPT_EXECUTABLE && host->runs_hooks);
}

static const char *judge_program(const struct host *host)
{
    if (host->program == SCRIPT_EXECUTABLE)
        return NULL;
    if (host->hook == SCRIPT_MISSING && !host->patched && !host->script_configured)
        return "nothing calls vif-route-ipv6: neither the hook file " HOST_HOOK
               " nor a patched vif-route nor the script " HOST_PROGRAM
               " is there: make install, or choose a way of vif-route-ipv6(8)";
    return HOST_PROGRAM " is missing or not executable, and every way in runs it: make install";
}

/* Whoever chose the script or the patch may have put the hook file out of action on purpose. */
static const char *judge_callers(const struct host *host)
{
    if (runs_under_vif_route(host) || host->script_configured)
        return NULL;
    if (host->hook == SCRIPT_NOT_EXECUTABLE)
        return HOST_HOOK " is not executable, so vif-route passes it over: chmod +x " HOST_HOOK;
    if (host->hook == SCRIPT_EXECUTABLE)
        return "vif-route runs no hook files here (they came with Xen 4.2): patch it, or use "
               "script=vif-route-ipv6, see vif-route-ipv6(8)";
    if (host->has_domu_configs) /* else the domUs' are elsewhere, and may have the script */
        return "nothing calls vif-route-ipv6: there is no hook file " HOST_HOOK
               ", vif-route is not patched, and no domU in /etc/xen/*.cfg has "
               "script=vif-route-ipv6: make install, or choose a way of vif-route-ipv6(8)";
    return NULL;
}

/* The program brings the directory and its own part of it along: vif-route is Xen's. */
static bool has_xens_scripts(const struct host *host)
{
    return host->scripts != SCRIPTS_MISSING && (host->has_vif_route || host->script_configured);
}

static const char *judge_ways(const struct host *host, const struct config *config)
{
    const char *warning;

    if (host->scripts == SCRIPTS_CLOSED)
        return HOST_SCRIPTS " cannot be read, so whether anything calls vif-route-ipv6 is not "
                            "known: check as root";
    if (!has_xens_scripts(host))
        return needs_xen(config) ? "this host has no " HOST_VIF_ROUTE ": is Xen installed?" : NULL;
    warning = judge_program(host);
    return warning ? warning : judge_callers(host);
}

static const char *judge_vif_route(const struct host *host)
{
    if (host->scripts != SCRIPTS_OPEN || !runs_under_vif_route(host) || host->script_configured ||
        !host->uses_ifconfig || host->has_ifconfig)
        return NULL;
    return "vif-route needs ifconfig, which is not installed: apt-get install net-tools, or use "
           "script=vif-route-ipv6, see vif-route-ipv6(8)";
}

static const char *judge_nft(const struct host *host, const struct config *config)
{
    if (host->has_nft)
        return NULL;
    if (any_section(config, asks_for_antispoof))
        return "antispoof needs nft, which is not installed: apt-get install nftables";
    return pdnat_uses(config, BACKEND_NFT)
               ? "pd-nat needs nft, which is not installed: apt-get install nftables, or use "
                 "backend = ip6tables, see ipv6.cfg(5)"
               : NULL;
}

static const char *judge_ip6tables(const struct host *host, const struct config *config)
{
    if (host->has_ip6tables || !pdnat_uses(config, BACKEND_IP6TABLES))
        return NULL;
    return "backend = ip6tables needs ip6tables-restore, which is not installed: apt-get install "
           "iptables";
}

size_t host_judge(const struct host *host, const struct config *config,
                  const char *warnings[HOST_WARNINGS])
{
    const char *const found[HOST_WARNINGS] = {
        needs_ipv6(config) ? judge_ipv6(host) : NULL,
        judge_forwarding(host, config),
        judge_ways(host, config),
        judge_vif_route(host),
        judge_nft(host, config),
        judge_ip6tables(host, config),
    };
    size_t count = 0;

    for (size_t i = 0; i < HOST_WARNINGS; i++)
        if (found[i])
            warnings[count++] = found[i];
    return count;
}
