/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/nearest.h"

#include <stdio.h>

#include "unit.h"

static void test_finds_the_nearest_word(void **state)
{
    static const char *const words[] = {
        "uplink-config",     "up", "status", "sync", "pd-nat", "guest-config", "6to4", "subnet",
        "ipv6_gateway_addr", "add"};
    static const struct {
        const char *word;
        const char *expected; /* NULL: none is near */
    } rows[] = {
        {"staus", "status"},
        {"up", "up"}, /* it is also the beginning of another */
        {"upl", "uplink-config"},
        {"stauts", "status"},
        {"STATUS", "status"},
        {"stat", "status"},
        {"pdnat", "pd-nat"},
        {"pd_nat", "pd-nat"},
        {"guestconfig", "guest-config"},
        {"subnett", "subnet"},
        {"ipv6_gateway_adr", "ipv6_gateway_addr"},
        {"gateway", "ipv6_gateway_addr"},
        {"6in4", "6to4"},
        {"syn", "sync"},
        {"ad", "add"},
        {"a", NULL},
        {"", NULL},
        {"frobnicate", NULL},
        {"mydomu1", NULL},
        {"an-extremely-long-word-that-no-table-will-ever-hold", NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct nearest nearest = nearest_to(rows[i].word);
        char expected[96] = "";

        for (size_t j = 0; j < ARRAY_SIZE(words); j++)
            nearest_offer(&nearest, words[j], NULL);
        if (rows[i].expected)
            snprintf(expected, sizeof(expected), ": did you mean '%s'?", rows[i].expected);
        CHECK(strcmp(nearest_hint(&nearest), expected) == 0, "%s%s", rows[i].word, nearest.hint);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_finds_the_nearest_word)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
