/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/rights.h"

#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* capget(2): two words of 32 bits in version 3. */
#define WORDS _LINUX_CAPABILITY_U32S_3

void rights_keep(uint64_t rights)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[WORDS] = {{0}};
    bool has_more = false;

    /* Without it, root's programs would get all back by execve(2). */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || syscall(SYS_capget, &header, data) < 0)
        return;
    for (unsigned int i = 0; i < WORDS; i++) {
        const uint32_t kept = (uint32_t)(rights >> (32 * i));

        has_more |= ((data[i].permitted | data[i].inheritable) & ~kept) != 0;
        data[i].effective &= kept;
        data[i].permitted &= kept;
        data[i].inheritable &= kept;
    }
    /* A service that has no more has no need of the call, and its filter may forbid it. */
    if (has_more)
        (void)syscall(SYS_capset, &header, data);
}
