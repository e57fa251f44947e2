/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dumps over netlink, by a kernel that says that a change came between the parts; and attributes
 * within attributes, also such as no kernel sends.
 */
#include <arpa/inet.h>
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

/* ---- attributes ---- */

#define OUTER 3
#define TEXT  1
#define WORD  2

/* A message with an attribute OUTER, in which are a text, a number, and one of an unknown type. */
static struct nlmsghdr *nested_message(char *buffer)
{
    struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
    struct nlattr *outer;

    mnl_nlmsg_put_extra_header(header, sizeof(struct ifinfomsg));
    outer = mnl_attr_nest_start(header, OUTER);
    mnl_attr_put_strz(header, TEXT, "vif1.0");
    mnl_attr_put_u32(header, WORD, htonl(7));
    mnl_attr_put_u32(header, 64, 1);
    mnl_attr_nest_end(header, outer);
    return header;
}

static void attributes_within_an_attribute_are_found(void **state)
{
    char buffer[256] __attribute__((aligned(8)));
    const struct nlmsghdr *header = nested_message(buffer);
    const struct netlink_attributes outer = netlink_attributes(header, sizeof(struct ifinfomsg));
    const struct netlink_attributes inner = netlink_nested(outer.of[OUTER]);
    const struct netlink_attributes same = netlink_attributes_in(
        mnl_attr_get_payload(outer.of[OUTER]), mnl_attr_get_payload_len(outer.of[OUTER]));

    (void)state;
    for (size_t type = 0; type < ARRAY_SIZE(inner.of); type++) {
        CHECK((inner.of[type] != NULL) == (type == TEXT || type == WORD), "type %zu", type);
        CHECK(same.of[type] == inner.of[type], "type %zu", type);
        CHECK((outer.of[type] != NULL) == (type == OUTER), "type %zu", type);
    }
    assert_string_equal(netlink_text(inner.of[TEXT]), "vif1.0");
    CHECK(netlink_number(inner.of[WORD]) == 7, "%u", netlink_number(inner.of[WORD]));
}

static void what_is_not_nested_holds_nothing(void **state)
{
    const struct netlink_attributes none = netlink_nested(NULL);
    uint32_t value = 5;

    (void)state;
    for (size_t type = 0; type < ARRAY_SIZE(none.of); type++)
        assert_null(none.of[type]);
    assert_null(netlink_text(none.of[TEXT]));
    CHECK(netlink_number(none.of[WORD]) == 0, "a number");
    CHECK(!netlink_copy(none.of[WORD], &value, sizeof(value)) && value == 5, "a value");
}

/* Inner attributes that are cut short, or claim to be longer than the outer one. */
static void a_nested_attribute_does_not_reach_beyond_its_own(void **state)
{
    (void)state;
    for (uint16_t length = 0; length < 40; length++) {
        char buffer[256] __attribute__((aligned(8)));
        const struct nlmsghdr *header = nested_message(buffer);
        struct netlink_attributes outer = netlink_attributes(header, sizeof(struct ifinfomsg));
        struct nlattr *text = mnl_attr_get_payload(outer.of[OUTER]);
        const char *end = (const char *)mnl_nlmsg_get_payload_tail(header);

        text->nla_len = length;
        outer = netlink_nested(outer.of[OUTER]);
        for (size_t type = 0; type < ARRAY_SIZE(outer.of); type++)
            CHECK(!outer.of[type] || (const char *)outer.of[type] + outer.of[type]->nla_len <= end,
                  "length %u, type %zu", length, type);
        if (length < sizeof(*text) || length > 28)
            CHECK(!outer.of[TEXT], "length %u", length);
        else if (length < sizeof(*text) + sizeof("vif1.0"))
            CHECK(!netlink_text(outer.of[TEXT]), "length %u: a text without its end", length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_disturbed_dump_is_read_again),
        cmocka_unit_test(a_dump_that_is_always_disturbed_fails),
        cmocka_unit_test(attributes_within_an_attribute_are_found),
        cmocka_unit_test(what_is_not_nested_holds_nothing),
        cmocka_unit_test(a_nested_attribute_does_not_reach_beyond_its_own),
    };

    return cmocka_run_group_tests_name("netlink", tests, NULL, NULL);
}
