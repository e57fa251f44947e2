/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "pd-nat/clients.h"

/*
 * Variables of one name come more than once (dhcpcd's dhcp6.c), so the environment is read as an
 * array. dhcpcd prints all four values of a prefix.
 */
#define IA_PD     "new_dhcp6_ia_pd"
#define OLD_IA_PD "old_dhcp6_ia_pd"

#define LONGEST_INDEX 6 /* digits of N and M: a packet has no room for a million prefixes */

enum part { PART_ADDRESS, PART_LENGTH, PART_PREFERRED, PART_VALID, PART_COUNT, PART_IAID };

/* new_dhcp6_ia_pdN_iaid, or new_dhcp6_ia_pdN_prefixM and what follows: dhcpcd's definitions.conf */
static const char *const suffixes[PART_COUNT] = {
    [PART_ADDRESS] = "",
    [PART_LENGTH] = "_length",
    [PART_PREFERRED] = "_pltime",
    [PART_VALID] = "_vltime",
};

struct variable {
    uint32_t ia;     /* N, which is no IAID and does not tell IA_PDs apart */
    uint32_t number; /* M, which goes on counting over the IA_PDs */
    enum part part;
    const char *value;
};

/* An IAID, and where the environment has it. */
struct iaid {
    char *const *place;
    uint32_t ia;
    uint32_t iaid;
};

/* A prefix while its variables are gathered, in whatever order they come. */
struct delegation {
    uint32_t ia;
    uint32_t number;
    bool has_iaid;
    uint32_t iaid;
    bool contradictory; /* two values for one variable */
    const char *values[PART_COUNT];
};

struct gathering {
    const char *head;              /* of the variables: IA_PD, OLD_IA_PD */
    struct lease_message *message; /* its BROKEN is the first variable that cannot be read */
    struct iaid *iaids;
    size_t iaid_count;
    struct delegation *delegations;
    size_t count;
};

static void free_gathering(const struct gathering *all)
{
    free(all->iaids);
    free(all->delegations);
}

/* ---- variables ---- */

/* Moves *CURSOR past TEXT, if it begins with it. */
static bool skip_text(const char **cursor, const char *text)
{
    size_t length = strlen(text);

    if (strncmp(*cursor, text, length) != 0)
        return false;
    *cursor += length;
    return true;
}

/* The number at *CURSOR, as dhcpcd counts: from 1 on. */
static bool skip_index(const char **cursor, uint32_t *out)
{
    size_t digits = strspn(*cursor, "0123456789");

    if (digits == 0 || digits > LONGEST_INDEX || **cursor == '0')
        return false;
    *out = (uint32_t)strtoul(*cursor, NULL, 10);
    *cursor += digits;
    return true;
}

/* Whether ENTRY is a variable of a delegated prefix, and which. */
static bool read_pd_variable(const char *head, const char *entry, struct variable *out)
{
    const char *equals = strchr(entry, '=');

    if (!equals)
        return false;
    *out = (struct variable){.part = PART_IAID, .value = equals + 1};
    if (!skip_text(&entry, head) || !skip_index(&entry, &out->ia) || !skip_text(&entry, "_"))
        return false;
    if (skip_text(&entry, "iaid="))
        return true;
    if (!skip_text(&entry, "prefix") || !skip_index(&entry, &out->number))
        return false;
    for (enum part part = 0; part < PART_COUNT; part++)
        if ((size_t)(equals - entry) == strlen(suffixes[part]) &&
            begins_with(entry, suffixes[part])) {
            out->part = part;
            return true;
        }
    return false;
}

/* Notes that a variable cannot be read, so that the others still are; -ENOMEM. */
static int note_failure(const struct gathering *all, int result, const struct error *e)
{
    return result < 0 && result != -ENOMEM ? lease_message_break(all->message, result, e) : result;
}

/* ---- which IA_PD a prefix belongs to ---- */

static int note_iaid(struct gathering *all, char *const *place, const struct variable *variable,
                     struct error *e)
{
    struct iaid iaid = {.place = place, .ia = variable->ia};

    if (strlen(variable->value) != 8 || strspn(variable->value, "0123456789abcdefABCDEF") != 8)
        return fail(e, EINVAL, IA_PD "%u_iaid: '%.64s' is no IAID: eight hexadecimal digits",
                    variable->ia, variable->value);
    iaid.iaid = (uint32_t)strtoul(variable->value, NULL, 16);
    return array_append(&all->iaids, &all->iaid_count, &iaid, sizeof(iaid)) < 0 ? fail_memory(e)
                                                                                : 0;
}

/*
 * Finds the IAID of a variable of IA at PLACE. If IA has one IAID, it counts wherever it is; of
 * several, the last before PLACE does. False: it is not known.
 */
static bool find_iaid(const struct gathering *all, uint32_t ia, char *const *place, uint32_t *out)
{
    const struct iaid *first = NULL;
    bool is_single = true;
    bool is_known = false;

    for (size_t i = 0; i < all->iaid_count; i++) {
        const struct iaid *iaid = &all->iaids[i];

        if (iaid->ia != ia)
            continue;
        first = first ? first : iaid;
        is_single &= iaid->iaid == first->iaid;
        if (iaid->place < place) {
            *out = iaid->iaid;
            is_known = true;
        }
    }
    if (first && is_single)
        *out = first->iaid;
    return is_known || (first && is_single);
}

/* ---- prefixes ---- */

/* The delegation that is WANTED, new if need be; NULL when memory is short. */
static struct delegation *find_or_add_delegation(struct gathering *all,
                                                 const struct delegation *wanted)
{
    struct delegation *delegation;

    for (size_t i = all->count; i-- > 0;) { /* mostly it is the last */
        delegation = &all->delegations[i];
        if (delegation->ia == wanted->ia && delegation->number == wanted->number &&
            delegation->has_iaid == wanted->has_iaid && delegation->iaid == wanted->iaid)
            return delegation;
    }
    delegation = array_add(&all->delegations, &all->count, sizeof(*delegation));
    if (delegation)
        *delegation = *wanted;
    return delegation;
}

static int fail_part(const struct delegation *delegation, enum part part, struct error *e,
                     const char *what)
{
    const char *value = delegation->values[part];

    if (!value)
        return fail(e, EINVAL, IA_PD "%u_prefix%u%s %s", delegation->ia, delegation->number,
                    suffixes[part], what);
    return fail(e, EINVAL, IA_PD "%u_prefix%u%s: '%.64s' %s", delegation->ia, delegation->number,
                suffixes[part], value, what);
}

static int note_prefix(struct gathering *all, char *const *place, const struct variable *variable,
                       struct error *e)
{
    struct delegation wanted = {.ia = variable->ia, .number = variable->number};
    struct delegation *delegation;
    const char **value;

    wanted.has_iaid = find_iaid(all, variable->ia, place, &wanted.iaid);
    delegation = find_or_add_delegation(all, &wanted);
    if (!delegation)
        return fail_memory(e);
    value = &delegation->values[variable->part];
    delegation->contradictory |= *value && strcmp(*value, variable->value) != 0;
    if (delegation->contradictory)
        return fail_part(delegation, variable->part, e, "is not its only value");
    *value = variable->value;
    return 0;
}

/* The IAIDs first: one may come after its prefix. */
static int gather(struct gathering *all, char *const *environment, bool iaids, struct error *e)
{
    struct variable variable;
    int result = 0;

    for (char *const *place = environment; *place && result == 0; place++)
        if (read_pd_variable(all->head, *place, &variable) &&
            (variable.part == PART_IAID) == iaids) {
            result =
                iaids ? note_iaid(all, place, &variable, e) : note_prefix(all, place, &variable, e);
            result = note_failure(all, result, e);
        }
    return result;
}

/* ---- values ---- */

static int read_part_number(const struct delegation *delegation, enum part part, uint32_t *out,
                            struct error *e)
{
    char source[LEASE_SOURCE];

    snprintf(source, sizeof(source), IA_PD "%u_prefix%u%s", delegation->ia, delegation->number,
             suffixes[part]);
    return client_read_number(source, delegation->values[part], out, e);
}

static int read_delegated_prefix(const struct delegation *delegation, struct prefix *out,
                                 struct error *e)
{
    const char *text = delegation->values[PART_ADDRESS];
    uint32_t length = 0;
    int result = read_part_number(delegation, PART_LENGTH, &length, e);

    if (!text)
        return fail_part(delegation, PART_ADDRESS, e, "is missing");
    if (address_parse(text, &out->address, NULL) < 0)
        return fail_part(delegation, PART_ADDRESS, e, "is not an IPv6 address");
    if (result < 0)
        return result;
    if (length == 0 || length > 128)
        return fail_part(delegation, PART_LENGTH, e, "is no length from 1 to 128");
    out->length = (uint8_t)length;
    return 0;
}

/* Of a prefix that ended, the lifetimes do not matter. */
static int add_delegation(const struct gathering *all, const struct delegation *delegation,
                          struct error *e)
{
    struct pd_nat_lease lease = {.has_iaid = delegation->has_iaid,
                                 .is_iaid_unclear = !delegation->has_iaid && all->iaid_count > 0,
                                 .iaid = delegation->iaid};
    int result = read_delegated_prefix(delegation, &lease.prefix, e);

    snprintf(lease.source, sizeof(lease.source), IA_PD "%u_prefix%u", delegation->ia,
             delegation->number);
    if (result == 0 && all->message->event != LEASE_OVER)
        result = read_part_number(delegation, PART_PREFERRED, &lease.preferred, e);
    if (result == 0 && all->message->event != LEASE_OVER)
        result = read_part_number(delegation, PART_VALID, &lease.valid, e);
    if (result < 0)
        return note_failure(all, result, e);
    return delegation->contradictory ? 0 : lease_message_add(all->message, &lease);
}

/* ---- what happened ---- */

/* dhcpcd-run-hooks(8). DEPARTED: the interface itself is gone. */
static const struct client_word reasons[] = {
    {"BOUND6", LEASE_BOUND},  {"RENEW6", LEASE_BOUND}, {"REBIND6", LEASE_BOUND},
    {"REBOOT6", LEASE_BOUND}, {"EXPIRE6", LEASE_OVER}, {"RELEASE6", LEASE_OVER},
    {"STOP6", LEASE_KEPT},    {"STOPPED", LEASE_KEPT}, {"TIMEOUT6", LEASE_KEPT},
    {"DEPARTED", LEASE_KEPT}, {NULL, LEASE_NO_NEWS},
};

static bool is_dhcpcd_call(const struct client_call *call)
{
    return client_variable(call, "reason") != NULL;
}

static int read_dhcpcd_call(const struct client_call *call, struct lease_message *out,
                            struct error *e)
{
    const struct client_word *known = client_find_word(reasons, client_variable(call, "reason"));
    const enum lease_event event = known ? known->event : LEASE_NO_NEWS;
    CLEANUP(free_gathering)
    struct gathering all = {.head = event == LEASE_OVER ? OLD_IA_PD : IA_PD, .message = out};
    int result;

    out->event = event;
    out->link = client_variable(call, "interface");
    out->is_whole = true;
    if (event != LEASE_BOUND && event != LEASE_OVER)
        return 0;
    result = gather(&all, call->environment, true, e);
    if (result == 0)
        result = gather(&all, call->environment, false, e);
    for (size_t i = 0; i < all.count && result == 0; i++)
        result = add_delegation(&all, &all.delegations[i], e);
    return result < 0 ? fail_memory(e) : 0;
}

/*
 * The configuration names no interface after the prefix: dhcpcd 9.4.1 warns of "-", and of each
 * interface that does not exist.
 */
const struct client client_dhcpcd = {
    .name = "dhcpcd",
    .recognise = is_dhcpcd_call,
    .read = read_dhcpcd_call,
    .conf =
        "# dhcpcd.conf for [pd-nat @w]: ask for a prefix there, and do nothing else.\n"
        "# Restart dhcpcd after a change.\n"
        "\n"
        "# Only here: given a second interface, dhcpcd would put addresses out of the prefix\n"
        "# on it. Each further interface needs a dhcpcd of its own: dhcpcd -f FILE INTERFACE.\n"
        "allowinterfaces @w\n"
        "ipv6only\n"
        "# Router advertisements are the kernel's; see below.\n"
        "noipv6rs\n"
        "# Takes the place of all of dhcpcd's own hooks. dhcpcd 9.1 and later want it up here.\n"
        "script " CLIENT_HOOK "\n"
        "@d"
        "slaac hwaddr\n"
        "# The interface keeps what it has when dhcpcd stops.\n"
        "persistent\n"
        "\n"
        "interface @w\n"
        "ia_pd @i/::/@l\n"
        "# dhcpcd asks for the provider's excluded prefix (RFC 6603) only if it gives out the\n"
        "# prefix itself. If a /64 of the delegation is the provider's link to you, pd-nat\n"
        "# status warns: choose another `part`, or do not use that subnet.\n"
        "# If the router sends Reconfigure when its own prefix changes, without authentication,\n"
        "# and all in this network are to be trusted:\n"
        "#noauthrequired\n",
};
