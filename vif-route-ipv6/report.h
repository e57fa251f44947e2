/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of all `status` commands: the form of their output.
 */
#ifndef REPORT_H
#define REPORT_H

#include "command.h"

enum report {
    REPORT_TABLE,      /* for people */
    REPORT_JSON,       /* --json */
    REPORT_PROMETHEUS, /* --prometheus */
};

/* For the help of each of them. */
#define REPORT_HELP                                                                                \
    "  --json        the same as an array of objects, for programs\n"                              \
    "  --prometheus  as metrics, for node_exporter's text-file collector\n"

/*
 * Reads the options; argv[optind] is then the first argument after them. WATCH is NULL where a
 * command has no --watch.
 */
enum exit_status report_options(const struct command *command, int argc, char **argv,
                                enum report *out, bool *watch);

#endif
