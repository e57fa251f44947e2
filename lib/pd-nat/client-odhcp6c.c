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

static const struct {
    const char *state;
    enum lease_event event;
} states[] = {
    {"bound", LEASE_BOUND},      {"updated", LEASE_BOUND},   {"rebound", LEASE_BOUND},
    {"ra-updated", LEASE_BOUND}, {"informed", LEASE_BOUND},  {"unbound", LEASE_OVER},
    {"stopped", LEASE_KEPT},     {"started", LEASE_NO_NEWS},
};

static bool recognise(const struct client_call *call)
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
        struct pd_nat_lease excluded;
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
            result = client_read_seconds("PREFIXES: T1 or T2", word, &ignored, e);
        }
        if (result < 0)
            return result;
    }
    return 0;
}

static int read_entry(char *entry, struct pd_nat_lease *out, struct error *e)
{
    char *prefix = strsep(&entry, ",");
    char *preferred = strsep(&entry, ",");
    char *valid = strsep(&entry, ",");
    int result = client_read_prefix("PREFIXES", prefix, out, e);

    out->has_iaid = true;
    out->iaid = 1;
    if (result == 0)
        result = client_read_seconds("PREFIXES: preferred lifetime", preferred, &out->preferred, e);
    if (result == 0)
        result = client_read_seconds("PREFIXES: valid lifetime", valid, &out->valid, e);
    return result == 0 && entry ? read_rest(entry, out, e) : result;
}

static int read_prefixes(const char *prefixes, struct lease_message *out, struct error *e)
{
    AUTO_FREE char *text = strdup(prefixes);
    int result = text ? 0 : -ENOMEM;
    char *next;

    for (char *entry = text ? strtok_r(text, " \t\n", &next) : NULL; entry && result == 0;
         entry = strtok_r(NULL, " \t\n", &next)) {
        struct pd_nat_lease lease = {.valid = 0};

        result = read_entry(entry, &lease, e);
        result = result < 0 ? lease_message_break(out, result, e) : lease_message_add(out, &lease);
    }
    return result < 0 ? fail_memory(e) : 0;
}

static int read_message(const struct client_call *call, struct lease_message *out, struct error *e)
{
    const char *prefixes = client_variable(call, "PREFIXES");

    out->is_whole = true;
    out->event = LEASE_BOUND;
    if (call->argument_count == 2) {
        const char *state = call->arguments[1];
        bool known = false;

        out->link = call->arguments[0];
        for (size_t i = 0; i < ARRAY_SIZE(states); i++)
            if (strcmp(state, states[i].state) == 0) {
                out->event = states[i].event;
                known = true;
            }
        if (!known || !is_link_name(out->link))
            return fail(e, EINVAL,
                        "pd-nat hook: '%s %s' is not an interface and a state of odhcp6c",
                        call->arguments[0], state);
    }
    return prefixes && out->event == LEASE_BOUND ? read_prefixes(prefixes, out, e) : 0;
}

const struct client client_odhcp6c = {
    .name = "odhcp6c", .recognise = recognise, .read = read_message};
