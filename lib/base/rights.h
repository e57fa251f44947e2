/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the process may do as root. A command that has opened its files gives up the rest: a mistake
 * in what follows, which reads what the XenStore and the kernel say, can do no more than that.
 */
#ifndef RIGHTS_H
#define RIGHTS_H

#include <linux/capability.h>
#include <stdint.h>

#define RIGHTS_NONE    UINT64_C(0)
#define RIGHTS_NETWORK (UINT64_C(1) << CAP_NET_ADMIN)       /* addresses, routes, nf_tables */
#define RIGHTS_READ    (UINT64_C(1) << CAP_DAC_READ_SEARCH) /* files that are not root's */

/*
 * Keeps, of the capabilities that there are, those in RIGHTS, for good: no program that is started
 * from here has more. What cannot be given up is kept, as it would have been anyway.
 */
void rights_keep(uint64_t rights);

#endif
