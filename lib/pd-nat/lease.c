/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/lease.h"

#include <errno.h>

/* ---- messages ---- */

void lease_message_free(struct lease_message *message)
{
    free(TAKE(message->prefixes));
    message->count = 0;
}

int lease_message_add(struct lease_message *message, const struct pd_nat_lease *lease)
{
    return array_append(&message->prefixes, &message->count, lease, sizeof(*lease));
}

int lease_message_break(struct lease_message *message, int code, const struct error *why)
{
    if (message->broken == 0) {
        message->broken = code;
        message->why = *why;
    }
    return 0;
}

/* ---- choice ---- */

static bool has_valid_lifetimes(const struct pd_nat_lease *lease)
{
    return lease->valid > 0 && lease->preferred <= lease->valid;
}

static int compare_numbers(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static bool serves(const struct pd_nat_section *nat, const struct prefix *prefix)
{
    struct prefix external;

    return pd_nat_external(nat, prefix, &external, NULL) == 0;
}

/* How much better A serves NAT than B: over 0, under 0, or 0 for the same prefix and lifetimes. */
static int compare_leases(const struct pd_nat_section *nat, const struct prefix *in_use,
                          const struct pd_nat_lease *a, const struct pd_nat_lease *b)
{
    bool a_stays = in_use && prefix_equal(&a->prefix, in_use);
    bool b_stays = in_use && prefix_equal(&b->prefix, in_use);
    int order = serves(nat, &a->prefix) - serves(nat, &b->prefix);

    if (order == 0)
        order = (a_stays && a->preferred > 0) - (b_stays && b->preferred > 0);
    if (order == 0)
        order = compare_numbers(a->preferred, b->preferred);
    if (order == 0)
        order = compare_numbers(a->valid, b->valid);
    if (order == 0)
        order = a_stays - b_stays;
    /* The packet's order is not promised, so it must not decide between equals. */
    return order ? order : prefix_compare(&b->prefix, &a->prefix);
}

int lease_choose(const struct pd_nat_section *nat, const struct pd_nat_lease *leases, size_t count,
                 const struct prefix *in_use, struct pd_nat_lease *out, bool *found,
                 struct error *e)
{
    const struct pd_nat_lease *best = NULL;
    char text[INET6_ADDRSTRLEN];

    for (size_t i = 0; i < count; i++) {
        const struct pd_nat_lease *lease = &leases[i];
        const char *refusal = delegation_refusal(&lease->prefix);

        if (!has_valid_lifetimes(lease) ||
            (nat->has_iaid &&
             (lease->is_iaid_unclear || (lease->has_iaid && lease->iaid != nat->iaid))))
            continue;
        if (refusal)
            return fail(e, EINVAL, "%s: '%s' %s", lease->source,
                        address_print(&lease->prefix.address, text), refusal);
        if (!best || compare_leases(nat, in_use, lease, best) > 0)
            best = lease;
    }
    *found = best != NULL;
    if (best)
        *out = *best;
    return 0;
}

/* ---- what a message says of a prefix that was delegated before ---- */

/* Of two IA_PDs with the same prefix, the one that keeps it valid for longer counts. */
static enum lease_report report_on_bound(const struct lease_message *message,
                                         const struct prefix *prefix, struct pd_nat_lease *out)
{
    enum lease_report report = LEASE_NOT_REPORTED;
    bool named = false;
    bool others = false;

    for (size_t i = 0; i < message->count; i++) {
        const struct pd_nat_lease *lease = &message->prefixes[i];
        const bool is_valid = has_valid_lifetimes(lease);

        if (!prefix_equal(&lease->prefix, prefix)) {
            others |= is_valid && !delegation_refusal(&lease->prefix);
            continue;
        }
        named = true;
        if (lease->valid == 0 && report == LEASE_NOT_REPORTED)
            report = LEASE_LOST;
        if (is_valid && (report != LEASE_RENEWED || lease->valid > out->valid)) {
            *out = *lease;
            report = LEASE_RENEWED;
        }
    }
    return message->is_whole && message->broken == 0 && !named && others ? LEASE_LOST : report;
}

static enum lease_report report_on_over(const struct lease_message *message,
                                        const struct prefix *prefix)
{
    bool lost = message->count == 0 && message->broken == 0;

    for (size_t i = 0; i < message->count; i++)
        lost |= prefix_equal(&message->prefixes[i].prefix, prefix);
    return lost ? LEASE_LOST : LEASE_NOT_REPORTED;
}

enum lease_report lease_report_on(const struct lease_message *message, const struct prefix *prefix,
                                  struct pd_nat_lease *out)
{
    if (message->event == LEASE_OVER)
        return report_on_over(message, prefix);
    return message->event == LEASE_BOUND ? report_on_bound(message, prefix, out)
                                         : LEASE_NOT_REPORTED;
}
