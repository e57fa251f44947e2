// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bare FILE: the least that a hook in C can do over the suite's libraries. Two XenStore reads, one
 * parse of the file, one RTM_NEWADDR; XENBUS_PATH and vif come from the environment. No checks of
 * what is there, no messages worth the name: it is the floor that the program is measured against.
 */
#include <arpa/inet.h>
#include <ini.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

struct search {
    char key[256];
    char address[64];
};

static char *domu_name(struct xs_handle *xs, const char *backend)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/frontend-id", backend);
    char *id = xs_read(xs, XBT_NULL, path, NULL);

    if (!id)
        return NULL;
    snprintf(path, sizeof(path), "/local/domain/%s/name", id);
    free(id);
    return xs_read(xs, XBT_NULL, path, NULL);
}

static int match(void *user, const char *section, const char *name, const char *value)
{
    struct search *search = user;

    if (!*section && strcmp(name, search->key) == 0)
        snprintf(search->address, sizeof(search->address), "%s", value);
    return 1;
}

static int add_address(unsigned int link, unsigned char length, const struct in6_addr *address)
{
    char buffer[4096];
    struct nlmsghdr *nlh = mnl_nlmsg_put_header(buffer);
    struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
    struct mnl_socket *nl = mnl_socket_open(NETLINK_ROUTE);

    nlh->nlmsg_type = RTM_NEWADDR;
    nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
    ifa->ifa_family = AF_INET6;
    ifa->ifa_prefixlen = length;
    ifa->ifa_flags = IFA_F_NODAD;
    ifa->ifa_index = link;
    mnl_attr_put(nlh, IFA_LOCAL, sizeof(*address), address);
    if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0 ||
        mnl_socket_sendto(nl, nlh, nlh->nlmsg_len) < 0)
        return -1;
    ssize_t got = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));

    if (got < 0 || mnl_cb_run(buffer, (size_t)got, 0, 0, NULL, NULL) < 0)
        return -1;
    return mnl_socket_close(nl);
}

int main(int argc, char **argv)
{
    const char *backend = getenv("XENBUS_PATH"), *vif = getenv("vif");
    struct xs_handle *xs = xs_open(0);
    char *name = argc == 2 && xs && backend && vif ? domu_name(xs, backend) : NULL;
    struct search search = {.address = ""};
    struct in6_addr address;

    if (!name)
        return EXIT_FAILURE;
    snprintf(search.key, sizeof(search.key), "ipv6_gateway_addr[%s]", name);
    free(name);
    xs_close(xs);
    if (ini_parse(argv[1], match, &search) != 0)
        return EXIT_FAILURE;
    char *slash = strchr(search.address, '/');

    if (!slash)
        return EXIT_FAILURE;
    *slash = '\0';
    if (inet_pton(AF_INET6, search.address, &address) != 1)
        return EXIT_FAILURE;
    return add_address(if_nametoindex(vif), (unsigned char)atoi(slash + 1), &address) < 0;
}
