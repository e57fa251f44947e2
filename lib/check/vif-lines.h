/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `check` says of the vif lines in the domUs' own configurations. Pure: the files are read.
 */
#ifndef VIF_LINES_H
#define VIF_LINES_H

#include "check/domu-files.h"
#include "check/judge.h"
#include "config/config.h"
#include "domu/relation.h"

/*
 * Puts into OUT what is wrong with the vifs of FILE: a script that does not exist or does not route
 * although CONFIG has an entry for the domU, a bridge= that has no effect, IPv6 in ip= for Xen's
 * vif-route, and ip= that the hook would refuse, or that takes what dom0 itself has, HELD. SCRIPT
 * is that of a vif that names none. Fails only for want of memory.
 */
int judge_domu_file(const struct domu_file *file, const char *script, const struct config *config,
                    const struct held *held, size_t count, struct diagnostics *out,
                    struct error *e) MUST_CHECK;

/*
 * Warns of each KEY.DEVID of CONFIG whose domU has no such vif: neither in FILES nor,
 * if it runs, among the vifs that it has (NAMES). In a [mac] section, only the card with that MAC
 * address counts.
 */
void judge_devids(const struct config *config, const struct domu_files *files,
                  const struct names *names, struct diagnostics *out);

/*
 * Warns of each [mac] and [uuid] section of CONFIG whose MAC address or UUID no domU has: neither
 * in FILES nor running (NAMES).
 */
void judge_owners(const struct config *config, const struct domu_files *files,
                  const struct names *names, struct diagnostics *out);

/* Whether SCRIPT, a path or a name, is Xen's vif-route. */
bool is_vif_route(const char *script);

#endif
