/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/ndisc.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define HOP_LIMIT 255 /* RFC 4861 7.1.2: it shows that no router has forwarded it */

static int read_mac(struct ndisc *ndisc, const char *name)
{
    struct ifreq request = {.ifr_ifindex = 0};

    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    if (ioctl(ndisc->socket, SIOCGIFHWADDR, &request) < 0)
        return -errno;
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return -EOPNOTSUPP;
    memcpy(ndisc->mac, request.ifr_hwaddr.sa_data, sizeof(ndisc->mac));
    return 0;
}

int ndisc_open(struct ndisc *ndisc, const char *name, int index, struct error *e)
{
    const int hops = HOP_LIMIT;
    int result = 0;

    *ndisc = (struct ndisc){.link = index};
    ndisc->socket = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);
    if (ndisc->socket < 0 ||
        setsockopt(ndisc->socket, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0)
        result = -errno;
    if (result == 0)
        result = read_mac(ndisc, name);
    if (result == 0)
        return 0;
    ndisc_close(ndisc);
    return fail(e, result, "%s: %s", name, strerror(-result));
}

void ndisc_close(struct ndisc *ndisc)
{
    close_fd(&ndisc->socket);
    ndisc->socket = -1;
}

int ndisc_announce(const struct ndisc *ndisc, const struct in6_addr *address, struct error *e)
{
    const struct sockaddr_in6 all_nodes = {
        .sin6_family = AF_INET6,
        .sin6_addr.s6_addr = {0xff, 0x02, [15] = 1},
        .sin6_scope_id = (uint32_t)ndisc->link,
    };
    struct {
        struct nd_neighbor_advert advert;
        struct nd_opt_hdr option;
        unsigned char mac[sizeof(ndisc->mac)];
    } message = {
        .advert = {.nd_na_hdr.icmp6_type = ND_NEIGHBOR_ADVERT,
                   .nd_na_flags_reserved = ND_NA_FLAG_ROUTER | ND_NA_FLAG_OVERRIDE,
                   .nd_na_target = *address},
        .option = {.nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1},
    };

    memcpy(message.mac, ndisc->mac, sizeof(message.mac));
    if (sendto(ndisc->socket, &message, sizeof(message), 0, (const struct sockaddr *)&all_nodes,
               sizeof(all_nodes)) >= 0)
        return 0;
    return fail(e, errno, "%s", strerror(errno));
}
