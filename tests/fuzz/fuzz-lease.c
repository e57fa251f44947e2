/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's call out of anything, split at NULs into environment and arguments: what is chosen is
 * a prefix that NAT can have, and chosen again when it is in use.
 */
#include <stdio.h>
#include <string.h>

#include "pd-nat/clients.h"

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-lease: %s\n", what);
    abort();
}

static char **split(char *bytes, size_t size)
{
    char **environment = NULL;
    size_t count = 0;

    for (size_t at = 0; at < size; at += strlen(bytes + at) + 1) {
        char **entry = array_add(&environment, &count, sizeof(*entry));

        demand(entry != NULL, "out of memory");
        *entry = bytes + at;
    }
    demand(array_add(&environment, &count, sizeof(*environment)) != NULL, "out of memory");
    return environment;
}

static void check(const struct pd_nat_section *nat, const struct lease_message *message)
{
    struct pd_nat_lease lease = {.valid = 0};
    struct pd_nat_lease again = {.valid = 0};
    struct error e = {""};
    bool found = false;
    int result = lease_choose(nat, message->prefixes, message->count, NULL, &lease, &found, &e);

    demand(result == 0 || (e.text[0] && !found), "a failure without a word, or with a prefix");
    if (!found)
        return;
    demand(!delegation_refusal(&lease.prefix) && lease.prefix.length > 0, "no prefix for NAT");
    demand(lease.valid > 0 && lease.preferred <= lease.valid, "a lifetime that does not count");
    demand(!nat->has_iaid || !lease.has_iaid || lease.iaid == nat->iaid, "another IAID");
    demand(lease_choose(nat, message->prefixes, message->count, &lease.prefix, &again, &found,
                        &e) == 0 &&
               found && prefix_equal(&lease.prefix, &again.prefix),
           "the choice does not stay");
}

/* The first ARGUMENTS of the entries are the call's own, the others its environment. */
static void call(char **entries, int arguments)
{
    const struct client_call call = {
        .environment = entries + arguments, .arguments = entries, .argument_count = arguments};
    struct pd_nat_section nat = {.internal = {{{{0xfd}}}, 58}};
    struct lease_message message;
    struct pd_nat_lease told;
    struct error e = {""};
    int result = client_read(&call, &message, &e);

    demand(result == 0 || e.text[0], "a failure without a word");
    demand(message.broken == 0 || message.why.text[0], "a broken variable without a word");
    check(&nat, &message);
    nat.has_iaid = true;
    nat.iaid = 1;
    check(&nat, &message);
    for (size_t i = 0; i < message.count; i++)
        (void)lease_report_on(&message, &message.prefixes[i].prefix, &told);
    lease_message_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *bytes = malloc(size + 1);
    char **entries;

    demand(bytes != NULL, "out of memory");
    if (size > 0)
        memcpy(bytes, data, size);
    bytes[size] = '\0';
    entries = split(bytes, size);
    for (int arguments = 0; arguments < 4 && (arguments == 0 || entries[arguments - 1]);
         arguments++)
        call(entries, arguments);
    free(entries);
    free(bytes);
    return 0;
}
