/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anything as the kernel's answer over netlink: links, addresses, routes, sit devices, tracked
 * connections and nf_tables are read out of it without a byte beyond its end. The first byte says
 * who reads; libmnl's socket is replaced by one that answers with the rest.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <sanitizer/asan_interface.h>
#include <stdio.h>
#include <string.h>

#include "sys/conntrack.h"
#include "sys/nft.h"
#include "sys/rtnl.h"

static struct {
    const uint8_t *data;
    size_t size;
    uint32_t sequence; /* of the request */
    char *buffer;      /* the reader's, of which only the answer may be read */
    size_t room;
} kernel;

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-netlink: %s\n", what);
    abort();
}

/* ---- libmnl's socket ---- */

static void open_up_buffer(void)
{
    if (kernel.buffer)
        ASAN_UNPOISON_MEMORY_REGION(kernel.buffer, kernel.room);
    kernel.buffer = NULL;
}

struct mnl_socket *mnl_socket_open2(int bus, int flags)
{
    (void)bus;
    (void)flags;
    return (struct mnl_socket *)&kernel;
}

int mnl_socket_bind(struct mnl_socket *socket, unsigned int groups, pid_t pid)
{
    (void)socket;
    (void)groups;
    (void)pid;
    return 0;
}

int mnl_socket_setsockopt(const struct mnl_socket *socket, int type, void *value, socklen_t size)
{
    (void)socket;
    (void)type;
    (void)value;
    (void)size;
    return 0;
}

int mnl_socket_close(struct mnl_socket *socket)
{
    (void)socket;
    open_up_buffer();
    return 0;
}

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request, size_t size)
{
    const struct nlmsghdr *header = request;

    (void)socket;
    kernel.sequence = header->nlmsg_seq;
    return (ssize_t)size;
}

/* The input, once, its messages numbered like the request; then the kernel is gone. */
ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t room)
{
    const size_t size = kernel.size < room ? kernel.size : room; /* ROOM is a multiple of 4 */
    struct nlmsghdr *header = buffer;
    int left = (int)size;

    (void)socket;
    open_up_buffer();
    if (!kernel.data) {
        errno = ENOTCONN;
        return -1;
    }
    memset(buffer, 0, MNL_ALIGN(size));
    if (size > 0)
        memcpy(buffer, kernel.data, size);
    kernel.data = NULL;
    for (; mnl_nlmsg_ok(header, left) && header->nlmsg_len <= (unsigned int)left;
         header = mnl_nlmsg_next(header, &left))
        header->nlmsg_seq = kernel.sequence;
    /* libmnl counts the padding of a message in, which the kernel sends as well */
    kernel.buffer = (char *)buffer + MNL_ALIGN(size);
    kernel.room = room - MNL_ALIGN(size);
    ASAN_POISON_MEMORY_REGION(kernel.buffer, kernel.room);
    return (ssize_t)size;
}

/* ---- the readers ---- */

static bool want_all(const struct conntrack_entry *entry, const void *data)
{
    (void)data;
    demand(entry->key_length > 0 && entry->key_length <= CONNTRACK_KEY_SIZE, "a key of no length");
    return true;
}

static int read_conntrack(struct error *e)
{
    struct conntrack_entry *entries = NULL;
    size_t count = 0;
    int result = conntrack_list(AF_INET6, want_all, NULL, &entries, &count, e);

    free(entries);
    return result;
}

static int read_elements(struct error *e)
{
    struct nft_element *elements = NULL;
    size_t count = 0;
    int result = nft_elements(NFPROTO_INET, "table", "set", &elements, &count, e);

    for (size_t i = 0; i < count; i++)
        demand(elements[i].length <= ELEMENT_SIZE, "a key that is too long");
    free(elements);
    return result;
}

static int read_rules(struct error *e)
{
    size_t count = 0;

    return nft_count_rules("table", &count, e);
}

static int read_table(struct error *e)
{
    char *listing = NULL;
    int result = nft_list_table("pd-nat", &listing, e);

    free(listing);
    return result;
}

static int read_links(struct rtnl *rtnl, struct error *e)
{
    struct link *links = NULL;
    size_t count = 0;
    int result = rtnl_links(rtnl, &links, &count, e);

    for (size_t i = 0; i < count; i++)
        demand(memchr(links[i].name, '\0', sizeof(links[i].name)) != NULL, "a name without end");
    free(links);
    return result;
}

static int read_link(struct rtnl *rtnl, struct error *e)
{
    struct link link;

    return rtnl_link_by_name(rtnl, "vif1.0", &link, e);
}

static int read_addresses(struct rtnl *rtnl, int family, struct error *e)
{
    struct address *addresses = NULL;
    size_t count = 0;
    int result = rtnl_addresses(rtnl, family, &addresses, &count, e);

    for (size_t i = 0; i < count; i++)
        demand(addresses[i].prefix.length <= 128, "a length over 128");
    free(addresses);
    return result;
}

static int read_routes(struct rtnl *rtnl, int family, struct error *e)
{
    struct route *routes = NULL;
    size_t count = 0;
    int result = rtnl_routes(rtnl, family, ANY_PROTOCOL, &routes, &count, e);

    for (size_t i = 0; i < count; i++)
        demand(routes[i].destination.length <= 128, "a length over 128");
    free(routes);
    return result;
}

static int read_sits(struct rtnl *rtnl, struct error *e)
{
    struct sit *sits = NULL;
    size_t count = 0;
    int result = rtnl_sits(rtnl, "tun6to4", &sits, &count, e);

    free(sits);
    return result;
}

static int read_route_link(struct rtnl *rtnl, struct error *e)
{
    const struct in6_addr address = {{{0x20, 1}}};
    int index;

    return rtnl_route_link(rtnl, &(struct routed_packet){&address, &address, 0}, &index, e);
}

static int read_with(struct rtnl *rtnl, unsigned int reader, struct error *e)
{
    switch (reader) {
    case 0:
        return read_links(rtnl, e);
    case 1:
        return read_link(rtnl, e);
    case 2:
    case 3:
        return read_addresses(rtnl, reader == 2 ? AF_INET6 : AF_INET, e);
    case 4:
    case 5:
        return read_routes(rtnl, reader == 4 ? AF_INET6 : AF_INET, e);
    case 6:
        return read_sits(rtnl, e);
    case 7:
        return read_route_link(rtnl, e);
    case 8:
        return read_conntrack(e);
    case 9:
        return read_elements(e);
    case 10:
        return read_rules(e);
    default:
        return read_table(e);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct rtnl rtnl;
    struct error e = {""};

    if (size == 0)
        return 0;
    kernel.data = data + 1;
    kernel.size = size - 1;
    demand(rtnl_open(&rtnl, &e) == 0, "the socket");
    demand(read_with(&rtnl, data[0] % 12, &e) <= 0, "neither done nor failed");
    rtnl_close(&rtnl);
    return 0;
}
