/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `check` reports about a configuration, besides the mistakes of single lines. Pure: the
 * caller passes the names of the domUs that exist.
 */
#ifndef JUDGE_H
#define JUDGE_H

#include "config/config.h"
#include "domu/relation.h"

struct running_domu {
    char *name;
    char *uuid;
    char *vifs; /* devids and MAC addresses: "0=00:16:3e:00:01:00 1=00:16:3e:00:01:01 " */
};

/* The names of domUs, running or configured. Free with names_free(). */
struct names {
    char **names;
    size_t count;
    bool known; /* whether this host has a source of names */
    struct running_domu *running;
    size_t running_count;
};

/* Add a name, and a running domU with its name; -1: out of memory. */
int names_add(struct names *names, const char *name) MUST_CHECK;
int names_add_running(struct names *names, const char *name, const char *uuid,
                      const char *vifs) MUST_CHECK;
void names_free(struct names *names);

/*
 * Fill OUT with the diagnostics of CONFIG by line, each once: judge_entries() with the mistakes of
 * single lines and those that desired_judge() finds in the domUs' sections, judge() also with those
 * of [6to4] and [pd-nat], lengths other than 64, overlapping subnets of two domUs, and names that
 * no domU of NAMES has. They fail only for want of memory. Release with diagnostics_free(), after a
 * failure too.
 */
int judge_entries(const struct config *config, struct diagnostics *out, struct error *e) MUST_CHECK;
int judge(const struct config *config, const struct names *names, struct diagnostics *out,
          struct error *e) MUST_CHECK;

/*
 * Adds to OUT an error for each gateway, subnet and route of CONFIG's domUs that takes what dom0
 * itself has, HELD, by the policy of is_conflict().
 */
int judge_own_networks(const struct config *config, const struct held *held, size_t count,
                       struct diagnostics *out, struct error *e) MUST_CHECK;

#endif
