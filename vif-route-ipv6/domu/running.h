/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands about running vifs share: the XenStore, rtnetlink, ipv6.cfg, the survey of all
 * vifs, and the caller's words that name some of them.
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
    bool is_repeated; /* unknown words have been reported before */
    struct store store;
    struct rtnl rtnl;
    struct config_text text;
    struct config config;
    struct diagnostics mistakes; /* of all its entries, by line */
    struct survey survey;
};

/*
 * Reads ipv6.cfg, with the mistakes of all sections, and the vifs from the XenStore. Freezes a vif
 * whose section has a mistake or may be hidden by a broken line, or whose domU migrates. Without a
 * file, text.path is NULL: -ENOENT if needs_file, otherwise like an empty file. Release with
 * running_free() in any case.
 */
int running_read(struct running *running, const struct options *options,
                 struct error *e) MUST_CHECK;

/* Takes the words from argv[optind] on; an empty one is wrong usage of COMMAND. */
enum exit_status running_words(struct running *running, const struct command *command, int argc,
                               char **argv);

/* Whether the caller meant this vif, or this section: by its name, MAC address or UUID. */
bool running_is_selected(const struct running *running, const struct survey_vif *vif);
bool running_means_section(const struct running *running, const struct section *section);

/* Reports all errors of the file, and returns whether there was one. */
bool running_report_mistakes(const struct running *running);

/*
 * Reports each word that is neither a running domU or vif nor a domU of the file, and returns
 * whether there was one.
 */
bool running_report_unknown(const struct running *running);

/*
 * Adds to WANTED the sources that antispoof allows to the vif's LINK: those of its section without
 * the conflicts of PLAN, and of the suite's entries in KEPT (NULL: none). -EINVAL as guard_add().
 */
int running_guard(const struct survey_vif *vif, const struct link *link, const struct plan *plan,
                  const struct actual *kept, struct guard *wanted, struct error *e) MUST_CHECK;

void running_free(struct running *running);

#endif
