/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/link.h"

#include <errno.h>

#include "base/shell.h"
#include "sys/sysctl.h"

/*
 * No guest decides over dom0's addresses. accept_dad also counts for the link-local address that
 * the kernel makes itself: while that is tentative, up to two seconds, radvd answers nobody, and a
 * guest asks for the second time after four (RFC 4861, section 6.3.7).
 */
static int harden(const struct link *link, const struct desired *desired, bool has_our_script,
                  struct error *e)
{
    static const char *const switches[] = {"accept_ra", "autoconf", "accept_redirects",
                                           "accept_dad"};
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(switches) && !link->ignores_guest && result == 0; i++)
        result = sysctl_set("ipv6", link->name, switches[i], '0', e);
    if (result == -ENOENT && !desired_has_ipv6(desired))
        result = 0; /* a kernel without IPv6 can still serve ip= */
    if (result == 0 && has_our_script)
        result = sysctl_set("ipv4", link->name, "proxy_arp", '1', e);
    return result;
}

int link_raise(struct rtnl *rtnl, const struct link *link, const struct desired *desired,
               bool has_our_script, struct error *e)
{
    char word[SHELL_WORD];
    int result;

    if (link->mtu < LEAST_MTU && desired_has_ipv6(desired))
        return fail(e, EINVAL, "%s: its MTU is %u, and IPv6 needs 1280: ip link set %s mtu 1280",
                    link->name, link->mtu, shell_word(link->name, word));
    result = harden(link, desired, has_our_script, e);
    if (result < 0 || link->up)
        return result;
    result = rtnl_link_up(rtnl, link->index, e);
    return result < 0 ? fail_within(e, result, "%s: setting it up", link->name) : 0;
}

int link_need_carrier(const struct link *link, struct error *e)
{
    static const char *const families[] = {"ipv6", "ipv4"};
    int result = 0;

    for (size_t i = 0; i < ARRAY_SIZE(families) && result == 0; i++) {
        result = sysctl_set(families[i], link->name, "ignore_routes_with_linkdown", '1', e);
        if (result == -ENOENT)
            result = 0;
    }
    return result;
}

/* The default delay is up to 0.8 s. */
int link_answer(const struct link *link, struct error *e)
{
    int result = sysctl_set("ipv6", link->name, "proxy_ndp", '1', e);

    return result == 0 ? sysctl_set_neigh(link->name, "proxy_delay", '0', e) : result;
}
