/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of an external prefix, and the executables in /etc/vif-route-ipv6/prefix.d that follow
 * them. An event is a file next to the stored prefix until each of them has succeeded.
 */
#ifndef PD_NAT_EVENT_H
#define PD_NAT_EVENT_H

#include "pd-nat/rules.h"

/* Stores the change of MAPPING's link from OLD (NULL: no prefix before). Under the lock. */
int event_store(const struct pd_nat_mapping *mapping, const struct pd_nat_mapping *old,
                struct error *e) MUST_CHECK;

/*
 * If the event that is still to be run is of another external prefix than MAPPING's, because that
 * one could not be stored, replaces it by the change back. Under the lock.
 */
int event_correct(const struct pd_nat_mapping *mapping, struct error *e) MUST_CHECK;

/*
 * Runs what is still to be run for the event of LINK, if there is one: without the lock and without
 * a deadline, as each may take 10 s and call this program. A failure is reported, kept for the next
 * call, and stops no other executable; false if there was one.
 */
bool event_run(const char *link);

#endif
