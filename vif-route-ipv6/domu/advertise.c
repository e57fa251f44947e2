/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "advertise.h"

int advertise_link(struct advertising *advertising, const struct survey_vif *vif,
                   const struct link *link, const struct plan *plan, struct error *e)
{
    struct running *running = advertising->running;
    struct ra wanted;
    int result = ra_build(&(struct vif_config){&running->config, vif->section, (int)vif->vif.devid},
                          &vif->desired, link, &wanted, e);

    for (size_t i = 0; i < plan->conflict_count; i++)
        ra_leave_out(&wanted, &plan->conflicts[i].wanted);
    if (result == 0 && wanted.is_router)
        wanted.mtu = ra_mtu(&running->rtnl, link);
    if (result == 0) {
        result = ra_table_set(&advertising->table, &wanted, ra_now());
        if (result < 0)
            result = fail_memory(e);
    }
    ra_free(&wanted);
    return result;
}

const char *advertise_find_gone(const struct advertising *advertising)
{
    const struct ra_table *table = &advertising->table;

    for (size_t i = 0; i < table->count; i++)
        if (!survey_has_link(&advertising->running->survey, table->items[i].link))
            return table->items[i].link;
    return NULL;
}
