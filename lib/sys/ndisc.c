/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/ndisc.h"

#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAC_SIZE  6
#define HOP_LIMIT 255 /* RFC 4861 7.1.2: it shows that no router has forwarded it */

int ndisc_open(void)
{
    const int hops = HOP_LIMIT;
    struct icmp6_filter nothing;
    int ndisc = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6);

    ICMP6_FILTER_SETBLOCKALL(&nothing);
    if (ndisc >= 0 &&
        (setsockopt(ndisc, IPPROTO_ICMPV6, ICMP6_FILTER, &nothing, sizeof(nothing)) < 0 ||
         setsockopt(ndisc, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof(hops)) < 0)) {
        close(ndisc);
        return -1;
    }
    return ndisc;
}

static int read_mac(int ndisc, const char *name, unsigned char mac[static MAC_SIZE])
{
    struct ifreq request = {.ifr_ifindex = 0};

    strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
    if (ioctl(ndisc, SIOCGIFHWADDR, &request) < 0)
        return -errno;
    if (request.ifr_hwaddr.sa_family != ARPHRD_ETHER)
        return -EOPNOTSUPP;
    memcpy(mac, request.ifr_hwaddr.sa_data, MAC_SIZE);
    return 0;
}

int ndisc_announce(int ndisc, const char *name, int index, const struct in6_addr *address,
                   struct error *e)
{
    const struct sockaddr_in6 all_nodes = {
        .sin6_family = AF_INET6,
        .sin6_addr.s6_addr = {0xff, 0x02, [15] = 1},
        .sin6_scope_id = (uint32_t)index,
    };
    struct {
        struct nd_neighbor_advert advert;
        struct nd_opt_hdr option;
        unsigned char mac[MAC_SIZE];
    } message = {
        .advert = {.nd_na_hdr.icmp6_type = ND_NEIGHBOR_ADVERT,
                   .nd_na_flags_reserved = ND_NA_FLAG_ROUTER | ND_NA_FLAG_OVERRIDE,
                   .nd_na_target = *address},
        .option = {.nd_opt_type = ND_OPT_TARGET_LINKADDR, .nd_opt_len = 1},
    };

    int result = read_mac(ndisc, name, message.mac);

    if (result == 0 && sendto(ndisc, &message, sizeof(message), 0,
                              (const struct sockaddr *)&all_nodes, sizeof(all_nodes)) < 0)
        result = -errno;
    return result < 0 ? fail_errno(e, result, name) : 0;
}
