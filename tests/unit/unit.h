/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the unit tests share: cmocka, a check that says which row of a table failed, and addresses
 * out of text.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's macro would take the place of the suite's function */

#include "base/address.h"

/* Fails the running test unless CONDITION holds, with a printf() text that names the row. */
#define CHECK(condition, ...)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            print_error(__VA_ARGS__);                                                              \
            print_error("\nnot so: %s\n", #condition);                                             \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

/* The address in TEXT, which has to be one. */
static inline struct in6_addr address_of(const char *text)
{
    struct in6_addr address;
    struct error e = {""};

    CHECK(address_parse(text, &address, &e) == 0, "the test's own '%s': %s", text, e.text);
    return address;
}

/* The prefix in TEXT, which has to be one. */
static inline struct prefix prefix_of(const char *text)
{
    struct prefix prefix;
    struct error e = {""};

    CHECK(prefix_parse(text, SUBNET_LENGTH, &prefix, &e) == 0, "the test's own '%s': %s", text,
          e.text);
    return prefix;
}

/* Whether PREFIX is printed as TEXT; on stderr what it is if it is not. */
static inline bool prints_as(const struct prefix *prefix, const char *text)
{
    char buffer[PREFIX_TEXT];

    if (strcmp(prefix_print(prefix, buffer), text) == 0)
        return true;
    print_error("%s instead of %s\n", buffer, text);
    return false;
}

#endif
