// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * addr-owner LINK: prints `ADDRESS/LENGTH PROTO` for each IPv6 address of the link, PROTO being
 * IFA_PROTO, which says who put the address there (0: nobody said). Debian 12's ip shows it not.
 */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

/* Not in the headers of kernels before 5.18. */
enum { ADDR_PROTO = 11 };

struct address {
    char text[INET6_ADDRSTRLEN];
    unsigned int proto;
};

static int read_attribute(const struct nlattr *attr, void *data)
{
    struct address *address = data;

    if (mnl_attr_get_type(attr) == IFA_ADDRESS)
        inet_ntop(AF_INET6, mnl_attr_get_payload(attr), address->text, sizeof(address->text));
    else if (mnl_attr_get_type(attr) == ADDR_PROTO)
        address->proto = mnl_attr_get_u8(attr);
    return MNL_CB_OK;
}

static int print_address(const struct nlmsghdr *nlh, void *data)
{
    const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
    const unsigned int *link = data;
    struct address address = {0};

    if (ifa->ifa_index != *link)
        return MNL_CB_OK;
    mnl_attr_parse(nlh, sizeof(*ifa), read_attribute, &address);
    printf("%s/%u %u\n", address.text, (unsigned int)ifa->ifa_prefixlen, address.proto);
    return MNL_CB_OK;
}

static int dump_addresses(struct mnl_socket *nl, unsigned int link)
{
    static char buffer[1 << 15];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    int more;

    nlh->nlmsg_type = RTM_GETADDR;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    ifa->ifa_family = AF_INET6;
    if (mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
        return -1;
    do {
        ssize_t length = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));

        if (length < 0)
            return -1;
        more = mnl_cb_run(buffer, (size_t)length, 0, 0, print_address, &link);
    } while (more > 0);
    return more;
}

int main(int argc, char **argv)
{
    unsigned int link = argc == 2 ? if_nametoindex(argv[1]) : 0;
    struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);

    if (!link || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0) {
        fprintf(stderr, "addr-owner: no link, or no netlink\n");
        return EXIT_FAILURE;
    }
    int result = dump_addresses(nl, link);

    mnl_socket_close(nl);
    return result < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
