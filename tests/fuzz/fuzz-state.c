/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stored prefix out of anything, as it is and with a checksum that fits, which fuzzing does not
 * find: what is read is printed as the same bytes.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pd-nat/state.h"

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-state: %s\n", what);
    abort();
}

static void check(const char *text, size_t length)
{
    struct pd_nat_state state;
    struct error e = {""};
    char printed[STATE_TEXT];

    if (state_parse(text, length, &state, &e) < 0) {
        demand(e.text[0], "a failure without a word");
        return;
    }
    state_print(&state, printed);
    demand(strlen(printed) == length && memcmp(printed, text, length) == 0,
           "it is printed otherwise");
    demand(state.in_use.preferred_until >= 0 &&
               state.in_use.preferred_until <= state.in_use.valid_until,
           "lifetimes");
    demand(prefix_is_network(&state.in_use.prefix) && prefix_is_network(&state.internal),
           "host bits");
}

/* The text of DATA with a last line that fits, by an FNV-1a of our own. */
static void check_signed(const uint8_t *data, size_t size)
{
    size_t room = size + sizeof("checksum=0123456789abcdef\n");
    char *text = malloc(room);
    uint64_t hash = 14695981039346656037U;

    demand(text != NULL, "out of memory");
    for (size_t i = 0; i < size; i++) {
        text[i] = (char)data[i];
        hash ^= data[i];
        hash *= 1099511628211U;
    }
    snprintf(text + size, room - size, "checksum=%016" PRIx64 "\n", hash);
    check(text, room - 1);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check((const char *)data, size);
    check_signed(data, size);
    return 0;
}
