/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the command check asks its host, a file for each question.
 */
#ifndef CHECK_H
#define CHECK_H

#include "host.h"
#include "judge.h"

/* Where xl's configurations of domUs are looked for; ipv6.cfg itself is in there too. */
#define DOMU_CONFIGS "/etc/xen/*.cfg"

/* The names of the domUs that run or that xl has a configuration of. */
int check_names(struct names *names, struct error *e) MUST_CHECK;

/* The facts that decide whether a configuration works here. */
struct host check_host(void);

#endif
