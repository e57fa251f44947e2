/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OPNsense's dhcp6c: REASON, and its prefixes in PDINFO, "PREFIX/LENGTH ...", which some renewals
 * lack. It reports neither interface, IAID nor lifetimes. wide-dhcpv6-client, of which it is a
 * descendant, reports no prefixes at all.
 */
#include <errno.h>
#include <string.h>

#include "pd-nat/clients.h"

static bool recognise(const struct client_call *call)
{
    return call->argument_count == 0 &&
           (client_variable(call, "REASON") || client_variable(call, "PDINFO"));
}

static enum lease_event read_event(const char *reason)
{
    static const char *const bound[] = {"REQUEST", "RENEW", "REBIND", "SOLICIT", "INFOREQ"};

    for (size_t i = 0; i < ARRAY_SIZE(bound) && reason; i++)
        if (strcmp(reason, bound[i]) == 0)
            return LEASE_BOUND;
    if (reason && strcmp(reason, "RELEASE") == 0)
        return LEASE_OVER;
    return reason ? LEASE_KEPT : LEASE_BOUND;
}

static int read_prefixes(const char *prefixes, struct lease_message *out, struct error *e)
{
    AUTO_FREE char *text = strdup(prefixes);
    int result = text ? 0 : -ENOMEM;
    char *next;

    for (char *word = text ? strtok_r(text, " ,\t\n", &next) : NULL; word && result == 0;
         word = strtok_r(NULL, " ,\t\n", &next)) {
        struct pd_nat_lease lease = {.preferred = LEASE_FOREVER, .valid = LEASE_FOREVER};

        result = client_read_prefix("PDINFO", word, &lease, e);
        result = result < 0 ? lease_message_break(out, result, e) : lease_message_add(out, &lease);
    }
    return result < 0 ? fail_memory(e) : 0;
}

static int read_message(const struct client_call *call, struct lease_message *out, struct error *e)
{
    const char *reason = client_variable(call, "REASON");
    const char *prefixes = client_variable(call, "PDINFO");

    if (!prefixes && reason && (strcmp(reason, "NBI") == 0 || strcmp(reason, "OBI") == 0))
        return fail(e, EINVAL,
                    "pd-nat hook: this dhcp6c (wide-dhcpv6-client) reports no prefixes to its "
                    "script: use another client, see vif-route-ipv6 pd-nat client-conf --help");
    out->is_whole = true;
    out->event = read_event(reason);
    if (!prefixes)
        return 0;
    return out->event == LEASE_BOUND || out->event == LEASE_OVER ? read_prefixes(prefixes, out, e)
                                                                 : 0;
}

const struct client client_dhcp6c = {
    .name = "dhcp6c", .recognise = recognise, .read = read_message};
