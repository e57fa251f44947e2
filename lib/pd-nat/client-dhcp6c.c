/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OPNsense's dhcp6c: REASON, and its prefixes in PDINFO, "PREFIX/LENGTH ...", which some renewals
 * lack. It reports neither interface, IAID nor lifetimes. wide-dhcpv6-client, of which it is a
 * descendant, reports no prefixes at all.
 */
#include <errno.h>
#include <string.h>

#include "pd-nat/clients.h"

static bool is_dhcp6c_call(const struct client_call *call)
{
    return call->argument_count == 0 &&
           (client_variable(call, "REASON") || client_variable(call, "PDINFO"));
}

static const struct client_word reasons[] = {
    {"REQUEST", LEASE_BOUND}, {"RENEW", LEASE_BOUND},   {"REBIND", LEASE_BOUND},
    {"SOLICIT", LEASE_BOUND}, {"INFOREQ", LEASE_BOUND}, {"RELEASE", LEASE_OVER},
    {NULL, LEASE_KEPT},
};

static int read_pdinfo_entry(char *entry, struct pd_nat_lease *out, struct error *e)
{
    *out = (struct pd_nat_lease){
        .preferred = LEASE_FOREVER, .valid = LEASE_FOREVER, .is_untimed = true};
    return client_read_prefix("PDINFO", entry, out, e);
}

static int read_dhcp6c_call(const struct client_call *call, struct lease_message *out,
                            struct error *e)
{
    const char *reason = client_variable(call, "REASON");
    const char *prefixes = client_variable(call, "PDINFO");
    const struct client_word *known = client_find_word(reasons, reason);

    if (!prefixes && reason && (strcmp(reason, "NBI") == 0 || strcmp(reason, "OBI") == 0))
        return fail(e, EINVAL,
                    "pd-nat hook: this dhcp6c (wide-dhcpv6-client) reports no prefixes to its "
                    "script: use another client, see vif-route-ipv6 pd-nat client-conf --help");
    out->is_whole = true;
    if (reason)
        out->event = known ? known->event : LEASE_KEPT;
    else
        out->event = LEASE_BOUND;
    if (!prefixes || out->event == LEASE_KEPT)
        return 0;
    return client_read_prefixes(prefixes, " ,\t\n", read_pdinfo_entry, out, e);
}

const struct client client_dhcp6c = {
    .name = "dhcp6c",
    .recognise = is_dhcp6c_call,
    .read = read_dhcp6c_call,
    .conf =
        "# dhcp6c.conf for [pd-nat @w], for OPNsense's dhcp6c. The wide-dhcpv6-client of Debian\n"
        "# does not report prefixes to its script. This client reports neither its interface nor\n"
        "# lifetimes: have only one section.\n"
        "interface @w {\n"
        "    send ia-pd @i;\n"
        "    script \"" CLIENT_HOOK "\";\n"
        "};\n"
        "id-assoc pd @i {\n"
        "    prefix ::/@l infinity;\n"
        "};\n",
};
