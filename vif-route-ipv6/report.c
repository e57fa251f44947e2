/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <getopt.h>

enum exit_status report_options(const struct command *command, int argc, char **argv,
                                enum report *out, bool *watch)
{
    const struct option long_options[] = {
        {"json", no_argument, NULL, 'j'},
        {"prometheus", no_argument, NULL, 'p'},
        {watch ? "watch" : NULL, no_argument, NULL, 'w'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *out = REPORT_TABLE;
    while ((option = next_option(command, long_options, argc, argv)) > 0) {
        const enum report wanted = option == 'j' ? REPORT_JSON : REPORT_PROMETHEUS;

        if (watch && option == 'w') {
            *watch = true;
            continue;
        }
        if (*out != REPORT_TABLE && *out != wanted)
            return usage_error(command, "either --json or --prometheus");
        *out = wanted;
    }
    return option < 0 ? EXIT_USAGE : EXIT_DONE;
}
