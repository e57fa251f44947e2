/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * BusyBox's udhcpc6 (d6_dhcpc.c): called with a word, and with its one prefix in `ipv6prefix` and
 * the valid lifetime in `ipv6prefix_lease`. It reports neither an IAID nor the preferred lifetime.
 */
#include <string.h>

#include "pd-nat/clients.h"

static const struct client_word words[] = {
    {"bound", LEASE_BOUND},       {"renew", LEASE_BOUND}, {"deconfig", LEASE_NO_NEWS},
    {"leasefail", LEASE_NO_NEWS}, {"nak", LEASE_NO_NEWS}, {NULL, LEASE_NO_NEWS},
};

static bool is_udhcpc6_call(const struct client_call *call)
{
    if (call->argument_count == 0)
        return client_variable(call, "ipv6prefix") != NULL;
    return call->argument_count == 1 && client_find_word(words, call->arguments[0]);
}

static int read_udhcpc6_call(const struct client_call *call, struct lease_message *out,
                             struct error *e)
{
    const char *prefix = client_variable(call, "ipv6prefix");
    struct pd_nat_lease lease = {.valid = 0};
    int result;

    out->is_whole = true;
    out->event = LEASE_BOUND;
    out->link = client_variable(call, "interface");
    if (call->argument_count == 1)
        out->event = client_find_word(words, call->arguments[0])->event;
    if (out->event != LEASE_BOUND || !prefix)
        return 0;
    result = client_read_prefix("ipv6prefix", prefix, &lease, e);
    if (result == 0)
        result = client_read_number("ipv6prefix_lease", client_variable(call, "ipv6prefix_lease"),
                                    &lease.valid, e);
    lease.preferred = lease.valid;
    return result < 0 ? lease_message_break(out, result, e) : lease_message_add(out, &lease);
}

/*
 * A reply that renumbers has the new prefix, and the old one with lifetime 0. BusyBox puts both
 * into one variable, so its script sees only the last one, and it renews both for ever
 * (d6_dhcpc.c).
 */
const struct client client_udhcpc6 = {
    .name = "udhcpc6",
    .recognise = is_udhcpc6_call,
    .read = read_udhcpc6_call,
    .conf =
        "#!/bin/sh\n"
        "# Runs BusyBox's udhcpc6 for [pd-nat @w]: it asks for a prefix (-d). It also asks for an\n"
        "# address, which nobody configures: without one (-r no), BusyBox 1.37 crashes when it\n"
        "# renews the prefix. It cannot ask for a length, and reports no IAID.\n"
        "#\n"
        "# udhcpc6 runs this file at its events, too. When the provider renumbers, it reports "
        "only\n"
        "# the old prefix, with lifetime 0: it has to release the lease and ask anew.\n"
        "[ -x \"$0\" ] || { echo \"$0: make it executable: chmod +x $0\" >&2; exit 1; }\n"
        "[ $# -gt 0 ] || exec udhcpc6 -f -i @w -d -s \"$(readlink -f \"$0\")\"\n" CLIENT_HOOK
        " \"$@@\"\n"
        "[ \"$ipv6prefix_lease\" != 0 ] || { kill -USR2 $PPID; kill -USR1 $PPID; }\n",
};
