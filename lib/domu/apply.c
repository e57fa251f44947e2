/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/apply.h"

#include <errno.h>
#include <string.h>

/* What the kernel answers when what is to be removed, or its link, is not there (addrconf.c). */
static bool is_gone(int result)
{
    return result == -EADDRNOTAVAIL || result == -ENODEV || result == -ENXIO || result == -ESRCH ||
           result == -ENOENT;
}

static int add_address(struct rtnl *rtnl, const struct change *change, bool replace,
                       struct error *e)
{
    int result = rtnl_address_add(rtnl, &change->address, change->metric, replace, e);

    if (result == -EEXIST) /* since we looked: it becomes ours and as it should be */
        result = rtnl_address_add(rtnl, &change->address, change->metric, true, e);
    return result;
}

static int remove_address(struct rtnl *rtnl, const struct address *address, struct error *e)
{
    int result = rtnl_address_remove(rtnl, address, e);

    return is_gone(result) ? 0 : result;
}

static int change_address(struct rtnl *rtnl, const struct change *change, struct error *e)
{
    int result = 0;

    switch (change->kind) {
    case CHANGE_ADD:
        return add_address(rtnl, change, false, e);
    case CHANGE_MARK:
        return add_address(rtnl, change, true, e);
    case CHANGE_FIX: /* a replacement would keep the old length (addrconf.c) */
        result = remove_address(rtnl, &change->before, e);
        return result < 0 ? result : add_address(rtnl, change, false, e);
    case CHANGE_REMOVE:
        break;
    }
    return remove_address(rtnl, &change->address, e);
}

static int change_route(struct rtnl *rtnl, const struct change *change, struct error *e)
{
    int result;

    if (change->kind == CHANGE_REMOVE) {
        result = rtnl_route_remove(rtnl, &change->route, e);
        return is_gone(result) ? 0 : result;
    }
    result = rtnl_route_add(rtnl, &change->route, e);
    return result == -EEXIST ? 0 : result;
}

/* How to mend what the kernel refuses, where that is known. */
static const char *remedy(const struct change *change, int result)
{
    if (change->is_route)
        return result == -EHOSTUNREACH || result == -ENETUNREACH ? " (is the via on the link?)"
                                                                 : "";
    if (result == -EACCES)
        return ": sysctl -w net.ipv6.conf.default.disable_ipv6=0, then start the domU again";
    if (result == -EINVAL)
        return " (is its MTU below 1280, the least for IPv6?)";
    if (result == -EPERM)
        return " (this needs root)";
    return "";
}

int apply_change(struct rtnl *rtnl, const struct change *change, struct error *e)
{
    char text[CHANGE_TEXT];
    struct error reason = {""};
    int result = change->is_route ? change_route(rtnl, change, &reason)
                                  : change_address(rtnl, change, &reason);

    if (result == 0)
        return 0;
    change_print(change, text);
    return fail(e, result, "%s: %s: %s%s", change->link, text + 3 + strlen(change->link),
                reason.text, remedy(change, result));
}
