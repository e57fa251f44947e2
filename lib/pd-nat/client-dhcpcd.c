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

/* What N stands for at this point of the environment. */
struct ia {
    uint32_t number;
    uint32_t iaid;
    bool several; /* IAIDs: a prefix belongs to the last before it */
    bool reached; /* the first of them */
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
    struct ia *ias;
    size_t ia_count;
    struct delegation *delegations;
    size_t count;
};

static void free_gathering(const struct gathering *all)
{
    free(all->ias);
    free(all->delegations);
}

/* ---- variables ---- */

/* Moves *CURSOR behind TEXT, if it stands there. */
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

/* Whether ENTRY is a variable of a delegated prefix; any other is none of ours. */
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

/* Eight hexadecimal digits: the option's four bytes. */
static int read_iaid_digits(const struct variable *variable, uint32_t *out, struct error *e)
{
    if (strlen(variable->value) != 8 || strspn(variable->value, "0123456789abcdefABCDEF") != 8)
        return fail(e, EINVAL, IA_PD "%u_iaid: '%.64s' is no IAID: eight hexadecimal digits",
                    variable->ia, variable->value);
    *out = (uint32_t)strtoul(variable->value, NULL, 16);
    return 0;
}

/* A variable that cannot be read is noted, and the others are read. */
static int note_failure(const struct gathering *all, int result, const struct error *e)
{
    return result < 0 && result != -ENOMEM ? lease_message_break(all->message, result, e) : result;
}

/* ---- which IA_PD a prefix belongs to ---- */

static struct ia *find_ia(const struct gathering *all, uint32_t number)
{
    for (size_t i = 0; i < all->ia_count; i++)
        if (all->ias[i].number == number)
            return &all->ias[i];
    return NULL;
}

static int note_iaid(struct gathering *all, const struct variable *variable, struct error *e)
{
    struct ia *ia = find_ia(all, variable->ia);
    uint32_t iaid = 0;
    int result = read_iaid_digits(variable, &iaid, e);

    if (result < 0)
        return result;
    if (ia) {
        ia->several |= ia->iaid != iaid;
        return 0;
    }
    ia = array_add(&all->ias, &all->ia_count, sizeof(*ia));
    if (!ia)
        return fail_memory(e);
    *ia = (struct ia){.number = variable->ia, .iaid = iaid};
    return 0;
}

/* Tells beforehand which N have but one IAID: theirs is known wherever it stands. */
static int gather_iaids(struct gathering *all, char *const *environment, struct error *e)
{
    struct variable variable;
    int result = 0;

    for (; *environment && result == 0; environment++)
        if (read_pd_variable(all->head, *environment, &variable) && variable.part == PART_IAID)
            result = note_failure(all, note_iaid(all, &variable, e), e);
    return result;
}

/* ---- prefixes ---- */

static bool same_delegation(const struct delegation *a, const struct delegation *b)
{
    return a->ia == b->ia && a->number == b->number && a->has_iaid == b->has_iaid &&
           a->iaid == b->iaid;
}

/* The delegation that is WANTED, new if need be; NULL when memory is short. */
static struct delegation *demand_delegation(struct gathering *all, const struct delegation *wanted)
{
    struct delegation *delegation;

    for (size_t i = all->count; i-- > 0;) /* mostly it is the last */
        if (same_delegation(&all->delegations[i], wanted))
            return &all->delegations[i];
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

static int note_prefix(struct gathering *all, const struct variable *variable, struct error *e)
{
    const struct ia *ia = find_ia(all, variable->ia);
    bool known = ia && (!ia->several || ia->reached);
    struct delegation wanted = {.ia = variable->ia,
                                .number = variable->number,
                                .has_iaid = known,
                                .iaid = known ? ia->iaid : 0};
    struct delegation *delegation = demand_delegation(all, &wanted);
    const char **value;

    if (!delegation)
        return fail_memory(e);
    value = &delegation->values[variable->part];
    delegation->contradictory |= *value && strcmp(*value, variable->value) != 0;
    if (delegation->contradictory)
        return fail_part(delegation, variable->part, e, "is not its only value");
    *value = variable->value;
    return 0;
}

static int gather_variable(struct gathering *all, const struct variable *variable, struct error *e)
{
    struct ia *ia;

    if (variable->part != PART_IAID)
        return note_prefix(all, variable, e);
    ia = find_ia(all, variable->ia);
    if (!ia) /* it was broken the first time through, too */
        return 0;
    ia->reached = true;
    return read_iaid_digits(variable, &ia->iaid, e);
}

static int gather_prefixes(struct gathering *all, char *const *environment, struct error *e)
{
    struct variable variable;
    int result = 0;

    for (; *environment && result == 0; environment++)
        if (read_pd_variable(all->head, *environment, &variable))
            result = note_failure(all, gather_variable(all, &variable, e), e);
    return result;
}

/* ---- values ---- */

static int read_part_number(const struct delegation *delegation, enum part part, uint32_t *out,
                            struct error *e)
{
    const char *text = delegation->values[part];
    size_t digits = text ? strspn(text, "0123456789") : 0;
    unsigned long long value;

    if (!text)
        return fail_part(delegation, part, e, "is missing");
    if (digits == 0 || digits > 10 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
        return fail_part(delegation, part, e, "is no number");
    value = strtoull(text, NULL, 10);
    if (value > UINT32_MAX)
        return fail_part(delegation, part, e, "is over 32 bits");
    *out = (uint32_t)value;
    return 0;
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

static int read_delegated_lease(const struct gathering *all, const struct delegation *delegation,
                                struct pd_nat_lease *out, struct error *e)
{
    int result = read_delegated_prefix(delegation, &out->prefix, e);

    out->has_iaid = delegation->has_iaid;
    out->is_iaid_unclear = !delegation->has_iaid && all->ia_count > 0;
    out->iaid = delegation->iaid;
    snprintf(out->source, sizeof(out->source), IA_PD "%u_prefix%u", delegation->ia,
             delegation->number);
    if (result == 0)
        result = read_part_number(delegation, PART_PREFERRED, &out->preferred, e);
    return result == 0 ? read_part_number(delegation, PART_VALID, &out->valid, e) : result;
}

/* Of a prefix that ended, the lifetimes do not matter. */
static int add_delegation(const struct gathering *all, const struct delegation *delegation,
                          struct error *e)
{
    struct pd_nat_lease lease = {.valid = 0};
    int result = all->message->event == LEASE_OVER
                     ? read_delegated_prefix(delegation, &lease.prefix, e)
                     : read_delegated_lease(all, delegation, &lease, e);

    if (result < 0)
        return note_failure(all, result, e);
    return delegation->contradictory ? 0 : lease_message_add(all->message, &lease);
}

/* ---- what happened ---- */

/* dhcpcd-run-hooks(8). DEPARTED stands for STOPPED where the interface itself is gone. */
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
    result = gather_iaids(&all, call->environment, e);
    if (result == 0)
        result = gather_prefixes(&all, call->environment, e);
    for (size_t i = 0; i < all.count && result == 0; i++)
        result = add_delegation(&all, &all.delegations[i], e);
    return result < 0 ? fail_memory(e) : 0;
}

const struct client client_dhcpcd = {
    .name = "dhcpcd", .recognise = is_dhcpcd_call, .read = read_dhcpcd_call};
