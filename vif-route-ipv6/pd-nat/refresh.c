/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat refresh: after the default route moved to another uplink.
 */
#include "base/lock.h"
#include "base/log.h"
#include "core.h"
#include "pd-nat.h"

int pd_nat_refresh(struct pd_nat *pd, const void *context, struct error *e)
{
    size_t count = 0;
    bool is_done;
    int lock = lock_take();
    int result = pd_nat_look(pd, e);

    (void)context;
    if (result == 0)
        result = pd_nat_map(pd, NULL, NULL, e);
    is_done = pd_nat_report(pd, NULL) == 0;
    if (result == 0)
        result = pd_nat_forget_moved(pd->mappings, pd->count, &count, e);
    close_fd(&lock);
    if (count > 0)
        log_info("pd-nat: %zu connections of another uplink are forgotten", count);
    return result == 0 && !is_done ? 1 : result;
}

static enum exit_status run_pd_nat_refresh(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_refresh;

    return no_options(command, argc, argv)
               ?: no_arguments(command, argc, argv)
               ?: pd_nat_run(command, options, pd_nat_refresh, NULL);
}

const struct command command_pd_nat_refresh = {
    .name = "pd-nat refresh",
    .arguments = "",
    .summary = "forget connections that leave by another uplink by now",
    .help = "With several uplinks, a connection keeps the external prefix of the uplink by\n"
            "which it began. After the default route moved, this forgets the connections\n"
            "whose packets now leave by another interface, and no others. A rule by marks\n"
            "(fwmark) counts if the connection has the mark, too (ct mark).\n"
            "Example: vif-route-ipv6 pd-nat refresh",
    .run = run_pd_nat_refresh,
};
