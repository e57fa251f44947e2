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

const struct client client_udhcpc6 = {.recognise = is_udhcpc6_call, .read = read_udhcpc6_call};
