/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenWrt's odhcp6c (script.c): called with INTERFACE STATE, with its whole lease in PREFIXES as
 * "PREFIX/LENGTH,PREFERRED,VALID[,T1,T2][,class=IAID][,excluded=PREFIX/LENGTH] ...". The class is
 * left out for IAID 1. It sends SIGTERM to a script that still runs at the next event, which has
 * the whole lease again.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pd-nat/clients.h"

static const struct client_word states[] = {
    {"bound", LEASE_BOUND},      {"updated", LEASE_BOUND},   {"rebound", LEASE_BOUND},
    {"ra-updated", LEASE_BOUND}, {"informed", LEASE_BOUND},  {"unbound", LEASE_OVER},
    {"stopped", LEASE_KEPT},     {"started", LEASE_NO_NEWS}, {NULL, LEASE_NO_NEWS},
};

static bool is_odhcp6c_call(const struct client_call *call)
{
    return call->argument_count == 2 ||
           (call->argument_count == 0 && client_variable(call, "PREFIXES"));
}

/* What follows the lifetimes of an entry. */
static int read_rest(char *rest, struct pd_nat_lease *lease, struct error *e)
{
    char *next;

    for (char *word = strtok_r(rest, ",", &next); word; word = strtok_r(NULL, ",", &next)) {
        const char *iaid = word + strlen("class=");
        struct pd_nat_lease excluded = {.valid = 0};
        uint32_t ignored;
        int result = 0;

        if (begins_with(word, "class=")) {
            if (strlen(iaid) > 8 || *iaid == '\0' ||
                strspn(iaid, "0123456789abcdefABCDEF") != strlen(iaid))
                return fail(e, EINVAL, "PREFIXES: class: '%.64s' is not an IAID", iaid);
            lease->iaid = (uint32_t)strtoul(iaid, NULL, 16);
        } else if (begins_with(word, "excluded=")) {
            result =
                client_read_prefix("PREFIXES: excluded", word + strlen("excluded="), &excluded, e);
        } else if (!strchr(word, '=')) {
            result = client_read_number("PREFIXES: T1 or T2", word, &ignored, e);
        }
        if (result < 0)
            return result;
    }
    return 0;
}

static int read_odhcp6c_entry(char *entry, struct pd_nat_lease *out, struct error *e)
{
    char *prefix = strsep(&entry, ",");
    char *preferred = strsep(&entry, ",");
    char *valid = strsep(&entry, ",");
    int result = client_read_prefix("PREFIXES", prefix, out, e);

    out->has_iaid = true;
    out->iaid = 1;
    if (result == 0)
        result = client_read_number("PREFIXES: preferred lifetime", preferred, &out->preferred, e);
    if (result == 0)
        result = client_read_number("PREFIXES: valid lifetime", valid, &out->valid, e);
    return result == 0 && entry ? read_rest(entry, out, e) : result;
}

static int read_odhcp6c_call(const struct client_call *call, struct lease_message *out,
                             struct error *e)
{
    const char *prefixes = client_variable(call, "PREFIXES");

    out->is_whole = true;
    out->event = LEASE_BOUND;
    if (call->argument_count == 2) {
        const char *state = call->arguments[1];
        const struct client_word *known = client_find_word(states, state);

        out->link = call->arguments[0];
        if (!known || !is_link_name(out->link))
            return fail(e, EINVAL,
                        "pd-nat hook: '%s %s' is not an interface and a state of odhcp6c",
                        call->arguments[0], state);
        out->event = known->event;
    }
    return prefixes && out->event == LEASE_BOUND
               ? client_read_prefixes(prefixes, " \t\n", read_odhcp6c_entry, out, e)
               : 0;
}

const struct client client_odhcp6c = {
    .name = "odhcp6c",
    .recognise = is_odhcp6c_call,
    .read = read_odhcp6c_call,
    .conf =
        "#!/bin/sh\n"
        "# Runs odhcp6c for [pd-nat @w]: it asks for a prefix, and does nothing else. Its IAID\n"
        "# is 1 unless the command says otherwise.\n"
        "exec odhcp6c -N none -P @l -s " CLIENT_HOOK " @w\n",
};
