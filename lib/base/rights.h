/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The capabilities of the process. A command that has opened its files gives up those that it no
 * longer needs: then a mistake in reading what XenStore and the kernel say does less harm.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <linux/capability.h>
#include <stdint.h>

#define RIGHTS_NONE    UINT64_C(0)
#define RIGHTS_NETWORK (UINT64_C(1) << CAP_NET_ADMIN)       /* addresses, routes, nf_tables */
#define RIGHTS_READ    (UINT64_C(1) << CAP_DAC_READ_SEARCH) /* files that are not root's */

/*
 * Gives up all capabilities but RIGHTS, for this process and the programs that it starts. A failure
 * is ignored: then the process keeps what it had.
 */
void rights_keep(uint64_t rights);

#endif
