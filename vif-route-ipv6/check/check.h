/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command check asks the host, one file per question.
 */
#ifndef CHECK_H
#define CHECK_H

#include "check/domu-files.h"
#include "check/host.h"
#include "check/judge.h"

/* The names of the running domUs, and of those in xl's configurations, FILES. */
int check_names(const struct domu_files *files, struct names *names, struct error *e) MUST_CHECK;

/*
 * Adds to HOST, whose firewall is already read, the facts that decide whether a configuration works
 * here. FILES are the domUs'. Release with host_free().
 */
int check_host(const struct domu_files *files, struct host *host, struct error *e) MUST_CHECK;

/*
 * Adds to HOST's claims what a network manager that runs here would do with the link VIF. One claim
 * for each file is enough. Fails only for want of memory.
 */
int check_claims(struct host *host, const char *vif) MUST_CHECK;

/* Whether a process with this name, as the kernel keeps it (15 bytes), runs. */
bool check_runs(const char *name);

/* Adds a warning for each link of CONFIG that does not exist or that networkd manages. */
void check_links(const struct config *config, struct diagnostics *out);

#endif
