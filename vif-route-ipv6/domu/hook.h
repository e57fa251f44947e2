/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call of the vif hotplug hook. hook.c takes the call apart; what the vif is to have is in
 * hook-wishes.c, putting it there in hook-online.c, taking it off in hook-offline.c.
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

/* Together less than the 10 s in which the hook answers whatever hangs. */
#define DEADLINE       8
#define DEADLINE_EXTRA 2 /* for what an offline does after the kernel is cleared */

/*
 * One call of the hook, and what it has open. A vif whose script is this program itself is one it
 * serves whole: then it also does what Xen's vif-route does for the vif's ip= and vifname.
 */
struct hook {
    const struct options *options;
    const char *netdev; /* whose IPv4 address is dom0's; NULL: nobody said, so eth0 */
    bool is_script;     /* libxl runs this program as the vif's script, and wants an answer */
    bool is_judged;     /* the file was read, and desired.antispoof is known */
    bool serves_whole;  /* the vif's script is this program, whoever runs it now */
    struct vif vif;
    struct link link;
    struct link *uplinks; /* those of desired.uplinks that exist */
    size_t uplink_count;
    int ndisc; /* announces addresses there; -1: not open */
    struct store store;
    struct rtnl rtnl;
    struct config_text text;
    struct config config;
    struct desired desired;
    struct ra ra; /* what the guest is to be told */
};

void hook_free(struct hook *hook);

/* A variable of the environment; NULL where it is empty, too. */
const char *environment(const char *name);

/*
 * Whether the vif's script is this program: as far as the call tells, without the XenStore, and for
 * certain, once that is open and the vif is read.
 */
bool hook_may_be_script(const struct hook *hook);
bool hook_serves_whole(const struct hook *hook);

/*
 * Fills hook->desired with all that is wanted on the vif, out of ipv6.cfg and, for a vif that is
 * served whole, ip=. *FOUND tells whether anything is to be done at all.
 */
int hook_read_wishes(struct hook *hook, bool *found, struct error *e) MUST_CHECK;

/* Makes the changes of a plan, and tells of each when verbose. */
int hook_apply(struct hook *hook, const struct plan *plan, struct error *e) MUST_CHECK;

/* Brings the vif online, without an answer to libxl. */
int hook_bring_online(struct hook *hook, struct error *e) MUST_CHECK;

/* online and offline as a whole, with messages and answers. */
enum exit_status hook_online(struct hook *hook);
enum exit_status hook_offline(struct hook *hook);

#endif
