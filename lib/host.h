/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `check` says of the host: whether a right configuration would also work here. Pure: the
 * facts are handed in.
 */
#ifndef HOST_H
#define HOST_H

#include "config.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

#define HOST_SCRIPTS   SYSCONFDIR "/xen/scripts"
#define HOST_PROGRAM   HOST_SCRIPTS "/vif-route-ipv6"
#define HOST_VIF_ROUTE HOST_SCRIPTS "/vif-route"
#define HOST_HOOK      HOST_SCRIPTS "/vif-post.d/50-vif-route-ipv6.hook"

#define HOST_FORWARDING_OFF                                                                        \
    "net.ipv6.conf.all.forwarding is 0, so dom0 routes nothing for its domUs: "                    \
    "sysctl -w net.ipv6.conf.all.forwarding=1, and a file below /etc/sysctl.d"

#define HOST_WARNINGS 6 /* at most */

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
    enum scripts_state scripts; /* unless they are open, nothing below is known */
    enum script_state program;
    enum script_state hook;
    bool has_vif_route;     /* Xen's */
    bool runs_hooks;        /* Xen's vif-route */
    bool patched;           /* vif-route */
    bool uses_ifconfig;     /* vif-route */
    bool has_domu_configs;  /* xl's */
    bool script_configured; /* script=vif-route-ipv6, for xl */
};

/* Puts into WARNINGS what of HOST is in CONFIG's way, with the remedy; returns how many. */
size_t host_judge(const struct host *host, const struct config *config,
                  const char *warnings[HOST_WARNINGS]);

#endif
