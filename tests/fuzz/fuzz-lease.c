/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dhcpcd's environment out of anything, split at NULs: what is chosen is a prefix that NAT can
 * have, out of the environment, and chosen again when it is in use.
 */
#include <stdio.h>
#include <string.h>

#include "pd-nat/lease.h"

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

static void check(const struct pd_nat_section *nat, char *const *environment)
{
    struct pd_nat_lease lease = {0};
    struct pd_nat_lease again = {0};
    struct error e = {""};
    bool found = false;
    int result = lease_choose(nat, environment, NULL, &lease, &found, &e);

    demand(result == 0 || (e.text[0] && !found), "a failure without a word, or with a prefix");
    if (!found)
        return;
    demand(!lease_refusal(&lease.prefix) && lease.prefix.length > 0, "no prefix for NAT");
    demand(lease.valid > 0 && lease.preferred <= lease.valid, "a lifetime that does not count");
    demand(!nat->has_iaid || lease.iaid == nat->iaid, "another IAID");
    demand(lease_choose(nat, environment, &lease.prefix, &again, &found, &e) == 0 && found &&
               prefix_equal(&lease.prefix, &again.prefix),
           "the choice does not stay");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pd_nat_section nat = {.internal = {{{{0xfd}}}, 58}};
    char *bytes = malloc(size + 1);
    char **environment;

    demand(bytes != NULL, "out of memory");
    if (size > 0)
        memcpy(bytes, data, size);
    bytes[size] = '\0';
    environment = split(bytes, size);
    check(&nat, environment);
    nat.has_iaid = true;
    nat.iaid = 1;
    check(&nat, environment);
    (void)lease_event(environment);
    (void)lease_interface(environment);
    free(environment);
    free(bytes);
    return 0;
}
