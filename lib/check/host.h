/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `check` reports about the host: whether a correct configuration works here. Pure: the caller
 * passes the facts.
 */
#ifndef HOST_H
#define HOST_H

#include "check/domu-files.h"
#include "config/config.h"
#include "domu/uplink.h"
#include "sys/advert.h"
#include "sys/firewall.h"

#define HOST_PROGRAM   HOST_SCRIPTS "/vif-route-ipv6"
#define HOST_VIF_ROUTE HOST_SCRIPTS "/vif-route"
#define HOST_HOOK      HOST_SCRIPTS "/vif-post.d/50-vif-route-ipv6.hook"

/* The files that keep network managers away from vifs. */
#define HOST_NETWORK_DIRECTORY "/etc/systemd/network"
#define HOST_NETWORK_FILE      "05-vif-route-ipv6.network"
#define HOST_NM_DIRECTORY      "/etc/NetworkManager/conf.d"
#define HOST_NM_FILE           HOST_NM_DIRECTORY "/vif-route-ipv6.conf"

/* A network manager that would configure a vif. */
struct claim {
    char *file;            /* of systemd-networkd; NULL: NetworkManager, which needs none */
    char vif[IF_NAMESIZE]; /* the vif that it would handle */
};

/* A running vif that has an address or route from its guest's advertisements. */
struct advertised {
    char vif[IF_NAMESIZE];
    char *what; /* advert_describe() */
};

enum scripts_state { SCRIPTS_MISSING, SCRIPTS_CLOSED /* to this user */, SCRIPTS_OPEN };
enum script_state { SCRIPT_MISSING, SCRIPT_NOT_EXECUTABLE, SCRIPT_EXECUTABLE };

struct host {
    bool has_ipv6;       /* the kernel */
    bool links_disabled; /* net.ipv6.conf.all.disable_ipv6 */
    bool new_disabled;   /* net.ipv6.conf.default.disable_ipv6: a new vif's */
    bool forwarding_off; /* known to be */
    bool has_nft;
    bool has_ip6tables; /* ip6tables-save and -restore */
    bool has_ifconfig;
    bool has_radvd;
    bool runs_ndppd;
    bool sends_ra;              /* something runs that may send router advertisements */
    enum scripts_state scripts; /* unless they are open, nothing below is known */
    enum script_state program;
    enum script_state hook;
    bool has_vif_route;     /* Xen's */
    bool runs_hooks;        /* Xen's vif-route */
    bool patched;           /* vif-route */
    bool uses_ifconfig;     /* vif-route */
    bool has_domu_configs;  /* xl's */
    bool script_configured; /* script=vif-route-ipv6, for xl */
    bool asks_eth0;         /* a vif of Xen's vif-route has no gatewaydev= */
    bool has_eth0_ipv4;
    struct uplink *uplinks;
    size_t uplink_count;
    struct claim *claims;
    size_t claim_count;
    struct advertised *advertised;
    size_t advertised_count;
    struct uplink_networks on_link; /* dom0's own networks, with their links */
    struct firewall firewall;
    char **vifs; /* the links of those that run */
    size_t vif_count;
    unsigned long flows;      /* tracked connections, */
    unsigned long most_flows; /* and how many there may be; 0: not known */
    unsigned long gc_thresh3; /* net.ipv6.neigh.default.gc_thresh3; 0: not known */
};

void host_free(struct host *host);

/*
 * Adds to OUT what on HOST prevents CONFIG from working, as `OBJECT: WHY: REMEDY`, without a line.
 * Fails only for want of memory.
 */
int host_judge(const struct host *host, const struct config *config, struct diagnostics *out,
               struct error *e) MUST_CHECK;

#define HOST_ROUTES_NO_DOMUS "dom0 routes nothing for its domUs"

/*
 * The message that forwarding is off, with this CONSEQUENCE, and the commands that keep the default
 * route by UPLINKS. The caller frees it; NULL: out of memory.
 */
char *host_forwarding_off(const char *consequence, const struct uplink *uplinks,
                          size_t count) MUST_CHECK;

#endif
