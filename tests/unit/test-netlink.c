/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dumps over netlink, by a kernel that says that a change came between the parts. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "sys/netlink.h"
#include "unit.h"

static struct {
    unsigned int sequence;
    unsigned int dumps;       /* asked for so far */
    unsigned int interrupted; /* how many of them are */
    int answers;              /* what the next read finds: a message, then the end */
} kernel;

/* ---- libmnl's socket ---- */

ssize_t mnl_socket_sendto(const struct mnl_socket *socket, const void *request, size_t size)
{
    (void)socket;
    kernel.sequence = ((const struct nlmsghdr *)request)->nlmsg_seq;
    kernel.dumps++;
    kernel.answers = 0;
    return (ssize_t)size;
}

ssize_t mnl_socket_recvfrom(const struct mnl_socket *socket, void *buffer, size_t room)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);

    (void)socket;
    (void)room;
    header->nlmsg_type = kernel.answers++ == 0 ? RTM_NEWLINK : NLMSG_DONE;
    header->nlmsg_flags = NLM_F_MULTI;
    header->nlmsg_seq = kernel.sequence;
    if (kernel.dumps <= kernel.interrupted)
        header->nlmsg_flags |= NLM_F_DUMP_INTR;
    mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
    return (ssize_t)header->nlmsg_len;
}

/* ---- the tests ---- */

static int count_message(const struct nlmsghdr *header, void *data)
{
    (void)header;
    ++*((struct netlink_list *)data)->count;
    return 0;
}

static int dump(unsigned int interrupted, size_t *count, struct error *e)
{
    char buffer[32768];
    struct netlink netlink = {.name = "rtnetlink", .buffer = buffer};
    struct netlink_list list = {.count = count};
    struct netlink_request request;

    memset(&kernel, 0, sizeof(kernel));
    kernel.interrupted = interrupted;
    netlink_begin(&netlink, &request, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
    return netlink_dump(&netlink, &request, count_message, &list, e);
}

static void a_disturbed_dump_is_read_again(void **state)
{
    size_t count = 3;
    struct error e = {""};

    (void)state;
    CHECK(dump(2, &count, &e) == 0, "%s", e.text);
    CHECK(kernel.dumps == 3, "%u dumps", kernel.dumps);
    CHECK(count == 4, "%zu items", count);
}

static void a_dump_that_is_always_disturbed_fails(void **state)
{
    size_t count = 3;
    struct error e = {""};
    int result;

    (void)state;
    result = dump(UINT32_MAX, &count, &e);
    CHECK(result == -EAGAIN, "%d", result);
    CHECK(strcmp(e.text, "rtnetlink: the list changed each of the 16 times that it was read: "
                         "try again") == 0,
          "%s", e.text);
    CHECK(kernel.dumps == 16, "%u dumps", kernel.dumps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disturbed_dump_is_read_again),
        cmocka_unit_test(a_dump_that_is_always_disturbed_fails),
    };

    return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
