/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who holds what, seen from a vif, and which link is a vif's. */
#include "unit.h"

#include <stdio.h>

#include "domu/relation.h"

struct row {
    const char *name;
    struct vif vif;
    struct vif other;
    enum relation relation;
};

#define VIF(id, number, owned_by, called, unique, card)                                            \
    {                                                                                              \
        .domid = (id), .devid = (number), .owner = (owned_by), .name = (called), .uuid = (unique), \
        .mac = (card)                                                                              \
    }

static void uuids_decide_then_names_then_mac_addresses(void **state)
{
    static const struct row rows[] = {
        {"itself", VIF(1, 0, 1, "web", "u1", "m"), VIF(1, 0, 1, "web", "u1", "m"),
         HELD_BY_SAME_CARD},
        {"another vif of it", VIF(1, 0, 1, "web", "u1", NULL), VIF(1, 1, 1, "web", "u1", NULL),
         HELD_BY_SIBLING},
        {"both equal", VIF(1, 0, 1, "web", "u1", NULL), VIF(2, 0, 2, "web", "u1", NULL),
         HELD_BY_SELF},
        {"another name", VIF(1, 0, 1, "web", "u1", NULL), VIF(2, 0, 2, "db", "u1", NULL),
         HELD_BY_SELF},
        {"another UUID", VIF(1, 0, 1, "web", "u1", NULL), VIF(2, 0, 2, "web", "u2", NULL),
         HELD_BY_OTHER},
        {"another UUID, one MAC address", VIF(1, 0, 1, "web", "u1", "m"),
         VIF(2, 0, 2, "web", "u2", "m"), HELD_BY_OTHER},
        {"one UUID is missing", VIF(1, 0, 1, "web", NULL, NULL), VIF(2, 0, 2, "web", "u2", NULL),
         HELD_BY_SELF},
        {"one UUID is missing, another name", VIF(1, 0, 1, "web", NULL, NULL),
         VIF(2, 0, 2, "db", "u2", NULL), HELD_BY_OTHER},
        {"in a driver domain", VIF(1, 0, 1, NULL, NULL, "m"), VIF(2, 0, 2, NULL, NULL, "m"),
         HELD_BY_SELF},
        {"in a driver domain, another card", VIF(1, 0, 1, NULL, NULL, "m"),
         VIF(2, 0, 2, NULL, NULL, "n"), HELD_BY_OTHER},
        {"nothing is known", VIF(1, 0, 1, NULL, NULL, NULL), VIF(2, 0, 2, NULL, NULL, NULL),
         HELD_BY_OTHER},
        {"one name only, one MAC address", VIF(1, 0, 1, "web", NULL, "m"),
         VIF(2, 0, 2, NULL, NULL, "m"), HELD_BY_OTHER},
        {"the stubdomain", VIF(5, 0, 5, "win", "u5", NULL), VIF(6, 0, 5, "win", "u5", NULL),
         HELD_BY_SAME_CARD},
        {"the stubdomain's other vif", VIF(5, 0, 5, "win", "u5", NULL),
         VIF(6, 1, 5, "win", "u5", NULL), HELD_BY_SIBLING},
        {"only named as a stubdomain", VIF(5, 0, 5, "win", "u5", NULL),
         VIF(6, 0, 6, "win-dm", "u6", NULL), HELD_BY_OTHER},
        {"the stubdomain, in a driver domain",
         {.domid = 5, .owner = 5, .mac = (char *)"m", .is_ioemu = true},
         VIF(6, 0, 6, NULL, NULL, "m"),
         HELD_BY_SAME_CARD},
    };
    const struct entry entry = {.kind = ENTRY_ADDRESS};
    const struct link link = {.name = "link"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct holder there = find_holder(&rows[i].vif, &rows[i].other, &link, &entry);
        struct holder back = find_holder(&rows[i].other, &rows[i].vif, &link, &entry);

        CHECK(there.relation == rows[i].relation, "%s: %d", rows[i].name, there.relation);
        CHECK(back.relation == rows[i].relation, "%s, seen from there: %d", rows[i].name,
              back.relation);
    }
}

static void without_a_live_vif_the_name_or_the_mark_makes_a_leftover(void **state)
{
    static const struct vif vif = VIF(1, 0, 1, "web", "u1", NULL);
    static const struct {
        struct link link;
        bool marked;
        enum relation relation;
    } rows[] = {
        {{.name = "vif9.0"}, false, HELD_BY_GONE},
        {{.name = "vif9.0"}, true, HELD_BY_GONE},
        {{.name = "vif9.1-emu"}, false, HELD_BY_GONE},
        {{.name = "web0"}, true, HELD_BY_GONE},
        {{.name = "web0"}, false, HELD_BY_HOST},
        {{.name = "eth0"}, false, HELD_BY_HOST},
        {{.name = "vif09.0"}, false, HELD_BY_HOST},
        {{.name = "vif9"}, false, HELD_BY_HOST},
        {{.name = "web0", .bus = "xen-backend"}, false, HELD_BY_GONE},
        {{.name = "eth0", .bus = "pci"}, false, HELD_BY_HOST},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        const uint8_t protocol = rows[i].marked ? SUITE_PROTOCOL : 0;
        const struct entry address = {.kind = ENTRY_ADDRESS, .address.protocol = protocol};
        const struct entry route = {.kind = ENTRY_ROUTE, .route.protocol = protocol};

        CHECK(find_holder(&vif, NULL, &rows[i].link, &address).relation == rows[i].relation,
              "an address on %s", rows[i].link.name);
        CHECK(find_holder(&vif, NULL, &rows[i].link, &route).relation == rows[i].relation,
              "a route on %s", rows[i].link.name);
    }
}

static void only_a_link_that_can_be_the_vif_is_chosen(void **state)
{
    static const struct vif vif = VIF(1, 0, 1, "web", NULL, NULL);
    static const struct link own = {.index = 3, .name = "vif1.0", .kind = "veth"};
    static const struct link netback = {
        .index = 4, .name = "lan0", .bus = "xen-backend", .device = "vif-1-0"};
    static const struct link others = {
        .index = 4, .name = "lan0", .bus = "xen-backend", .device = "vif-1-1"};
    static const struct link card = {
        .index = 4, .name = "lan0", .bus = "pci", .device = "0000:00:02.0"};
    static const struct link veth = {.index = 4, .name = "lan0", .kind = "veth"};
    static const struct link tap = {.index = 4, .name = "lan0", .kind = "tun"};
    static const struct link old = {.index = 4, .name = "lan0"};
    static const struct link bridge = {.index = 4, .name = "lan0", .kind = "bridge"};
    static const struct link lo = {.index = 1, .name = "lo"};
    static const struct link another = {.index = 5, .name = "vif7.0", .kind = "veth"};
    static const struct link none = {.index = 0};

    (void)state;
    assert_int_equal(choose_link(&vif, NULL, &another), LINK_FOREIGN);
    assert_int_equal(choose_link(&vif, &own, NULL), LINK_OWN);
    assert_int_equal(choose_link(&vif, &own, &own), LINK_OWN);
    assert_int_equal(choose_link(&vif, &own, &veth), LINK_TAKEN);
    assert_int_equal(choose_link(&vif, &own, &netback), LINK_TAKEN);
    assert_int_equal(choose_link(&vif, &none, &none), LINK_NONE);
    assert_int_equal(choose_link(&vif, NULL, NULL), LINK_NONE);
    assert_int_equal(choose_link(&vif, &none, &netback), LINK_RENAMED);
    assert_int_equal(choose_link(&vif, NULL, &veth), LINK_RENAMED);
    assert_int_equal(choose_link(&vif, NULL, &tap), LINK_RENAMED);
    assert_int_equal(choose_link(&vif, NULL, &old), LINK_RENAMED);
    assert_int_equal(choose_link(&vif, NULL, &others), LINK_FOREIGN);
    assert_int_equal(choose_link(&vif, NULL, &card), LINK_FOREIGN);
    assert_int_equal(choose_link(&vif, NULL, &bridge), LINK_FOREIGN);
    assert_int_equal(choose_link(&vif, NULL, &lo), LINK_FOREIGN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(uuids_decide_then_names_then_mac_addresses),
        cmocka_unit_test(without_a_live_vif_the_name_or_the_mark_makes_a_leftover),
        cmocka_unit_test(only_a_link_that_can_be_the_vif_is_chosen),
    };

    return cmocka_run_group_tests_name("relation", tests, NULL, NULL);
}
