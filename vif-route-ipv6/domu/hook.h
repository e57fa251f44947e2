/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call of the vif hotplug hook. hook.c reads the call, hook-wishes.c reads what the vif is to
 * have, hook-online.c adds it, and hook-offline.c removes it.
 */
#ifndef HOOK_H
#define HOOK_H

#include "base/model.h"
#include "command.h"
#include "config/config.h"
#include "domu/desired.h"
#include "domu/plan.h"
#include "domu/ra.h"
#include "domu/vif.h"
#include "sys/rtnl.h"
#include "sys/store.h"

/* The hook finishes within 10 s, whatever hangs. */
#define DEADLINE       8
#define DEADLINE_EXTRA 2 /* for the second part of offline, which needs XenStore */

/*
 * One call of the hook, and what it has open. If this program is the vif's script, it also does
 * what Xen's vif-route does for the vif's ip= and vifname.
 */
struct hook {
    const struct options *options;
    const char *netdev;  /* the link with dom0's IPv4 address; NULL: eth0 */
    bool is_script;      /* libxl has called this program as the vif's script */
    bool is_judged;      /* the file has been read: desired.antispoof is known */
    bool is_running;     /* its domU runs: called by hand, or to undo a migration */
    bool has_our_script; /* this program is the vif's script, whoever runs it now */
    struct vif vif;
    struct link link;
    struct link *uplinks; /* those of desired.uplinks that exist */
    size_t uplink_count;
    int ndisc; /* to announce addresses there; -1: not open */
    struct store store;
    struct rtnl rtnl;
    struct config_text text;
    struct config config;
    struct desired desired;
    struct ra ra; /* what dom0 advertises to the guest */
};

void hook_free(struct hook *hook);

/* A variable of the environment; NULL if it is unset or empty. */
const char *environment(const char *name);

/*
 * Whether this program may be the vif's script, as far as the call shows; and, into
 * has_our_script, whether it is, for which XenStore must be open and the vif read.
 */
bool hook_may_have_our_script(const struct hook *hook);
int hook_find_script(struct hook *hook, struct error *e) MUST_CHECK;

/*
 * Fills hook->desired from ipv6.cfg and, if this program is the vif's script, from ip=. *FOUND says
 * whether either applies to the vif.
 */
int hook_read_wishes(struct hook *hook, bool *found, struct error *e) MUST_CHECK;

/* What the vif's link is called: as the caller says, or vifD.N if that is another link's name. */
int hook_link_name(struct hook *hook, char name[static IF_NAMESIZE], struct error *e) MUST_CHECK;

/* Makes the changes of a plan, and reports each with -v. */
int hook_apply(struct hook *hook, const struct plan *plan, struct error *e) MUST_CHECK;

/* Brings the vif online without answering libxl. */
int hook_bring_online(struct hook *hook, struct error *e) MUST_CHECK;

/* The commands online and offline, with messages and answers to libxl. */
enum exit_status hook_online(struct hook *hook);
enum exit_status hook_offline(struct hook *hook);

#endif
