/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The subcommands of `pd-nat`, one file each.
 */
#ifndef SUITE_PD_NAT_H
#define SUITE_PD_NAT_H

#include "command.h"

extern const struct command command_pd_nat_hook;
extern const struct command command_pd_nat_watch;
extern const struct command command_pd_nat_apply;
extern const struct command command_pd_nat_restore;
extern const struct command command_pd_nat_refresh;
extern const struct command command_pd_nat_status;
extern const struct command command_pd_nat_map;
extern const struct command command_pd_nat_remove;
extern const struct command command_pd_nat_failover;
extern const struct command command_pd_nat_client_conf;
extern const struct command command_pd_nat_dhcpcd_conf;

struct pd_nat;

#define PD_NAT_PATIENCE 20 /* seconds for one change */

/* Reads the interface that COMMAND may be given as its only argument; NULL: none. */
enum exit_status pd_nat_link_argument(const struct command *command, int argc, char **argv,
                                      const char **link);

/*
 * Runs WORK with ipv6.cfg and CONTEXT, and reports its failure. WORK returns 0, a negative errno
 * with the reason, or 1 for a failure that it has reported itself.
 */
enum exit_status pd_nat_run(const struct command *command, const struct options *options,
                            int (*work)(struct pd_nat *pd, const void *context, struct error *e),
                            const void *context);

/* The same for the interface that COMMAND may be given: CONTEXT is its name; NULL: none. */
enum exit_status pd_nat_run_on_link(const struct command *command, const struct options *options,
                                    int argc, char **argv,
                                    int (*work)(struct pd_nat *pd, const void *context,
                                                struct error *e));

/* WORK of pd-nat refresh, which pd-nat watch does as well. Takes no context. */
int pd_nat_refresh(struct pd_nat *pd, const void *context, struct error *e) MUST_CHECK;

#endif
