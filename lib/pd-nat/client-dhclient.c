/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ISC dhclient -6 -P, dhclient-script(8) and its dhc6.c: one call for each prefix of a reply, and
 * with -N one for each address, which is no news of a prefix. A renumbering comes as the new
 * prefix, then the old one with max_life 0.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "pd-nat/clients.h"

static const struct client_word reasons[] = {
    {"BOUND6", LEASE_BOUND},  {"RENEW6", LEASE_BOUND}, {"REBIND6", LEASE_BOUND},
    {"DEPREF6", LEASE_BOUND}, {"EXPIRE6", LEASE_OVER}, {"RELEASE6", LEASE_OVER},
    {NULL, LEASE_NO_NEWS},
};

static bool is_dhclient_call(const struct client_call *call)
{
    static const char *const names[] = {
        "new_ip6_prefix",  "cur_ip6_prefix",  "old_ip6_prefix",
        "new_ip6_address", "cur_ip6_address", "old_ip6_address",
    };

    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        if (client_variable(call, names[i]))
            return client_variable(call, "reason") != NULL;
    return false;
}

/*
 * Four bytes as print_hex() of dhclient's print.c has them: in hexadecimal, "0:0:0:1", or as
 * characters in quotation marks if all can be printed, as of the MAC address 00:16:3e:41:42:43.
 */
static bool parse_iaid(const char *text, uint32_t *out)
{
    unsigned char bytes[4];
    int end = 0;

    if (strlen(text) == 6 && text[0] == '"' && text[5] == '"')
        memcpy(bytes, text + 1, sizeof(bytes));
    else if (strspn(text, "0123456789abcdefABCDEF:") != strlen(text) ||
             sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx%n", &bytes[0], &bytes[1], &bytes[2], &bytes[3],
                    &end) != 4 ||
             text[end] != '\0')
        return false;
    *out = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
    return true;
}

/* dhclient repeats the lifetimes that the prefix had at STARTS, in seconds since the epoch. */
static int deprecate(const char *starts, struct pd_nat_lease *lease, struct error *e)
{
    const int64_t now = time(NULL);
    uint32_t began = 0;
    int result = starts ? client_read_number("cur_life_starts", starts, &began, e) : 0;

    lease->preferred = 0;
    if (!starts || result < 0 || lease->valid == LEASE_FOREVER || began > now)
        return result;
    lease->valid = now - began < lease->valid ? lease->valid - (uint32_t)(now - began) : 0;
    return 0;
}

/* Reads the prefix whose variables begin with HEAD. */
static int read_named_lease(const struct client_call *call, const char *head,
                            enum lease_event event, struct pd_nat_lease *out, struct error *e)
{
    char name[LEASE_SOURCE];
    const char *iaid;
    int result;

    snprintf(name, sizeof(name), "%sip6_prefix", head);
    result = client_read_prefix(name, client_variable(call, name), out, e);
    if (result < 0)
        return result;
    snprintf(name, sizeof(name), "%siaid", head);
    iaid = client_variable(call, name);
    out->has_iaid = iaid != NULL;
    if (iaid && !parse_iaid(iaid, &out->iaid))
        return fail(e, EINVAL, "%s: '%.64s' is not an IAID", name, iaid);
    if (event == LEASE_OVER)
        return 0;
    snprintf(name, sizeof(name), "%smax_life", head);
    result = client_read_number(name, client_variable(call, name), &out->valid, e);
    snprintf(name, sizeof(name), "%spreferred_life", head);
    if (result == 0)
        result = client_read_number(name, client_variable(call, name), &out->preferred, e);
    if (result == 0 && strcmp(head, "cur_") == 0) /* DEPREF6 */
        result = deprecate(client_variable(call, "cur_life_starts"), out, e);
    return result;
}

static int read_dhclient_call(const struct client_call *call, struct lease_message *out,
                              struct error *e)
{
    const char *reason = client_variable(call, "reason");
    const struct client_word *known = client_find_word(reasons, reason);
    const char *head = "new_";
    struct pd_nat_lease lease = {.valid = 0};
    char name[LEASE_SOURCE];
    int result;

    out->link = client_variable(call, "interface");
    if (known && known->event == LEASE_OVER)
        head = "old_";
    else if (known && strcmp(reason, "DEPREF6") == 0)
        head = "cur_";
    snprintf(name, sizeof(name), "%sip6_prefix", head);
    if (!known || !client_variable(call, name))
        return 0; /* of an address, or without a prefix */
    out->event = known->event;
    result = read_named_lease(call, head, out->event, &lease, e);
    return result < 0 ? lease_message_break(out, result, e) : lease_message_add(out, &lease);
}

const struct client client_dhclient = {
    .name = "dhclient",
    .recognise = is_dhclient_call,
    .read = read_dhclient_call,
    .conf =
        "# dhclient.conf for [pd-nat @w]: ask for a prefix there, and do nothing else. For\n"
        "#\n"
        "#     dhclient -6 -P --prefix-len-hint @l -cf FILE \\\n"
        "#         -lf /var/lib/dhcp/dhclient6-pd.@w.leases \\\n"
        "#         -pf /run/dhclient6-pd.@w.pid @w\n"
        "#\n"
        "# dhclient makes the IAID out of the MAC address, so leave `iaid` out of the section.\n"
        "# It sends nothing before the interface is up and has its link-local address.\n"
        "script \"" CLIENT_HOOK "\";\n"
        "request;\n",
};
