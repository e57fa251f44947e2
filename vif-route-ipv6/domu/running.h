/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands about running vifs have open: the XenStore, rtnetlink, ipv6.cfg, and the survey
 * of all vifs; and the words by which the caller named some of them.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include "command.h"
#include "config/config.h"
#include "domu/guard.h"
#include "domu/plan.h"
#include "domu/survey.h"
#include "sys/rtnl.h"
#include "sys/store.h"

struct running {
    char *const *words; /* domUs and vifs; none: all */
    size_t word_count;
    bool needs_file;
    struct store store;
    struct rtnl rtnl;
    struct config_text text;
    struct config config;
    struct diagnostics mistakes; /* of all its entries, by line */
    struct survey survey;
};

/*
 * Reads ipv6.cfg, with the mistakes of all its entries, and the vifs out of the XenStore. Those are
 * frozen whose entry has a mistake, may be what a broken line hides, or whose domU migrates.
 * If there is no file, text.path is NULL: -ENOENT if needs_file, otherwise a file without entries.
 * Release with running_free() in any case.
 */
int running_read(struct running *running, const struct options *options,
                 struct error *e) MUST_CHECK;

/* Then reads what the kernel has, anew at each call. */
int running_look(struct running *running, struct error *e) MUST_CHECK;

/* Takes the words from argv[optind] on; one that is empty is a wrong call of COMMAND. */
enum exit_status running_words(struct running *running, const struct command *command, int argc,
                               char **argv);

/* Whether the caller meant this vif, or this section: by its name, MAC address or UUID. */
bool running_is_meant(const struct running *running, const struct survey_vif *vif);
bool running_means_section(const struct running *running, const struct section *section);

/* Reports all errors of the file, and tells whether there was one: the vifs concerned are frozen.
 */
bool running_report_mistakes(const struct running *running);

/*
 * Reports each word that is neither a running domU or vif, nor a domU that the file knows (then it
 * just does not run). Tells whether there was one.
 */
bool running_report_unknown(const struct running *running);

/*
 * Adds to WANTED what antispoof lets the vif's LINK send from: what its entry says, but not what
 * PLAN finds with another domU, and, with KEPT, what the suite has on the link. -EINVAL as
 * guard_add().
 */
int running_guard(const struct survey_vif *vif, const struct link *link, const struct plan *plan,
                  const struct actual *kept, struct guard *wanted, struct error *e) MUST_CHECK;

void running_free(struct running *running);

#endif
