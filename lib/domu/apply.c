/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/apply.h"

#include <errno.h>
#include <string.h>

#include "base/shell.h"
#include "sys/sysctl.h"

/* The kernel's answers if what is to be removed, or its link, does not exist (addrconf.c). */
static bool means_absent(int result)
{
    return result == -EADDRNOTAVAIL || result == -ENODEV || result == -ENXIO || result == -ESRCH ||
           result == -ENOENT;
}

static int apply_addition(struct rtnl *rtnl, const struct entry *entry, bool replace,
                          struct error *e)
{
    int result;

    switch (entry->kind) {
    case ENTRY_ROUTE:
        result = rtnl_route_add(rtnl, &entry->route, e);
        return result == -EEXIST ? 0 : result;
    case ENTRY_NEIGHBOUR:
    case ENTRY_PROXY:
        return rtnl_neighbour_set(rtnl, &entry->neighbour, entry->kind == ENTRY_PROXY, e);
    case ENTRY_ADDRESS:
    case ENTRY_KINDS:
        break;
    }
    result = rtnl_address_add(rtnl, &entry->address, replace, e);
    if (result == -EEXIST) /* somebody added it meanwhile */
        result = rtnl_address_add(rtnl, &entry->address, true, e);
    return result;
}

static int remove_entry(struct rtnl *rtnl, const struct entry *entry, struct error *e)
{
    int result = 0;

    switch (entry->kind) {
    case ENTRY_ROUTE:
        result = rtnl_route_remove(rtnl, &entry->route, e);
        break;
    case ENTRY_NEIGHBOUR:
    case ENTRY_PROXY:
        result = rtnl_neighbour_remove(rtnl, &entry->neighbour, entry->kind == ENTRY_PROXY, e);
        break;
    case ENTRY_ADDRESS:
    case ENTRY_KINDS:
        result = rtnl_address_remove(rtnl, &entry->address, e);
        break;
    }
    return means_absent(result) ? 0 : result;
}

/* A new vif gets the default; without it, somebody disabled IPv6 on this link only. */
static int fail_disabled(const struct change *change, struct error *e)
{
    char word[SHELL_WORD];

    if (sysctl_is_on("ipv6", "default", "disable_ipv6"))
        return fail(e, EACCES,
                    "%s: IPv6 is disabled on new links: sysctl -w "
                    "net.ipv6.conf.default.disable_ipv6=0, then start the domU again",
                    change->link);
    return fail(e, EACCES,
                "%s: IPv6 is disabled on this link: sysctl -w net/ipv6/conf/%s/disable_ipv6=0",
                change->link, shell_word(change->link, word));
}

/* The remedy for the kernel's error, if it is known. */
static const char *remedy_of_errno(const struct change *change, int result)
{
    if (change->entry.kind == ENTRY_ROUTE)
        return result == -EHOSTUNREACH || result == -ENETUNREACH ? " (is the via on the link?)"
                                                                 : "";
    if (result == -EINVAL && change->entry.kind == ENTRY_ADDRESS)
        return " (is its MTU below 1280, the least for IPv6?)";
    if (result == -EPERM)
        return " (this needs root)";
    return "";
}

int apply_change(struct rtnl *rtnl, const struct change *change, struct error *e)
{
    char text[CHANGE_TEXT];
    struct error reason = {""};
    int result = 0;

    /* a replacement would keep the old length (addrconf.c) */
    if (change->kind == CHANGE_FIX && change->entry.kind == ENTRY_ADDRESS)
        result = remove_entry(rtnl, &change->before, &reason);
    if (result == 0)
        result = change->kind == CHANGE_REMOVE
                     ? remove_entry(rtnl, &change->entry, &reason)
                     : apply_addition(rtnl, &change->entry, change->kind == CHANGE_MARK, &reason);
    if (result == 0)
        return 0;
    if (result == -EACCES && change->entry.kind == ENTRY_ADDRESS)
        return fail_disabled(change, e);
    change_print(change, text);
    return fail(e, result, "%s: %s: %s%s", change->link, text + 3 + strlen(change->link),
                reason.text, remedy_of_errno(change, result));
}
