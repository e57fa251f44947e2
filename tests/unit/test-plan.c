/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wanted on a vif and what is there make the changes. Each row is a situation; its plan is
 * compared, then carried out on a model of the kernel, after which nothing may be left to do.
 */
#include "configs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>

#include "domu/plan.h"

#define VIF       3 /* index of the link that is planned for */
#define SOUND     IFA_F_PERMANENT, SUITE_PROTOCOL
#define UNMARKED  IFA_F_PERMANENT, 0
#define MOST      8 /* addresses or routes of one kind in a row */
#define KERNEL_LL "fe80::fcff:ffff:feff:ffff/64", IFA_F_PERMANENT, 3 /* IFAPROT_KERNEL_LL */

struct on_vif {
    const char *prefix;
    unsigned int flags;
    uint8_t protocol;
};

struct route_on_vif {
    const char *destination;
    const char *via;
    const char *source;
    uint32_t metric;
};

struct holding_row {
    enum relation relation;
    const char *link;
    const char *prefix;
    const char *via; /* of a route */
    uint32_t metric;
    bool unmarked;    /* of a route: not the suite's */
    uint8_t protocol; /* of a route, if it is neither the suite's nor boot */
};

#define HELD_ADDRESS(by, on, what)                                                                 \
    {                                                                                              \
        .relation = (by), .link = (on), .prefix = (what)                                           \
    }
#define HELD_ROUTE(by, on, to, through, number)                                                    \
    {                                                                                              \
        .relation = (by), .link = (on), .prefix = (to), .via = (through), .metric = (number)       \
    }
#define UNMARKED_ROUTE(by, on, to, through, number)                                                \
    {                                                                                              \
        .relation = (by), .link = (on), .prefix = (to), .via = (through), .metric = (number),      \
        .unmarked = true                                                                           \
    }

/* A situation. Lists end with an empty element. */
struct row {
    const char *name;
    const char *section; /* of ipv6.cfg; NULL: nothing is wanted */
    struct on_vif addresses[MOST];
    struct route_on_vif routes[MOST];
    struct holding_row held_addresses[MOST];
    struct holding_row held_routes[MOST];
    const char *changes;   /* a line each; FIX and MARK have a word of their own for '~' */
    const char *conflicts; /* a line each; NULL: none */
    const char *ip;        /* what ip= asks for */
    const char *source;
    bool tap;
    bool no_marks;
};

/* What a kernel has, for a plan to be made from and carried out on. */
struct model {
    struct entry own[2 * MOST];
    struct held held[2 * MOST];
    struct actual actual;
};

static struct entry *model_add(struct model *model, enum entry_kind kind)
{
    struct entry *entry = &model->own[model->actual.own.count++];

    *entry = (struct entry){.kind = kind};
    return entry;
}

static void model_addresses(struct model *model, const struct on_vif *list)
{
    for (; list->prefix; list++) {
        struct address *address = &model_add(model, ENTRY_ADDRESS)->address;

        CHECK(prefix_parse_any(list->prefix, &address->prefix, NULL) == 0, "%s", list->prefix);
        address->link = VIF;
        address->flags = list->flags;
        address->protocol = list->protocol;
    }
}

static struct prefix any(const char *text)
{
    struct prefix prefix;

    CHECK(prefix_parse_any(text, &prefix, NULL) == 0, "%s", text);
    return prefix;
}

static struct route route_of(const char *destination, const char *via, uint32_t metric)
{
    struct route route = {.protocol = SUITE_PROTOCOL, .metric = metric, .link = VIF};

    CHECK(prefix_parse_any(destination, &route.destination, NULL) == 0, "%s", destination);
    route.has_via = via != NULL;
    if (via)
        route.via = any(via).address;
    return route;
}

static void model_routes(struct model *model, const struct route_on_vif *list)
{
    for (; list->destination; list++) {
        struct route *route = &model_add(model, ENTRY_ROUTE)->route;
        struct prefix source;

        *route = route_of(list->destination, list->via, list->metric);
        route->has_source = list->source != NULL;
        if (list->source) {
            assert_int_equal(prefix_parse_any(list->source, &source, NULL), 0);
            route->source = source.address;
        }
    }
}

static struct holder holder_of(const struct holding_row *held)
{
    struct holder holder = {.relation = held->relation, .domu = "domU other"};

    strcpy(holder.link, held->link);
    return holder;
}

static void model_held(struct model *model, const struct holding_row *addresses,
                       const struct holding_row *routes)
{
    for (; addresses->prefix; addresses++)
        model->held[model->actual.held_count++] = (struct held){
            .entry = {.kind = ENTRY_ADDRESS,
                      .address = {.prefix = any(addresses->prefix),
                                  .link = 9,
                                  .flags = IFA_F_PERMANENT,
                                  .protocol = SUITE_PROTOCOL}},
            .holder = holder_of(addresses),
        };
    for (; routes->prefix; routes++) {
        struct held *held = &model->held[model->actual.held_count++];

        held->entry.kind = ENTRY_ROUTE;
        held->entry.route = route_of(routes->prefix, routes->via, routes->metric);
        held->entry.route.link = 9;
        held->entry.route.protocol = routes->protocol   ? routes->protocol
                                     : routes->unmarked ? 3
                                                        : SUITE_PROTOCOL; /* RTPROT_BOOT */
        held->holder = holder_of(routes);
    }
}

static void model_make(struct model *model, const struct row *row)
{
    memset(model, 0, sizeof(*model));
    model->actual.own.items = model->own;
    model->actual.held = model->held;
    model->actual.has_marks = !row->no_marks;
    model_addresses(model, row->addresses);
    model_routes(model, row->routes);
    model_held(model, row->held_addresses, row->held_routes);
}

/* ---- the model's side of a change ---- */

/* Takes the element I out of an array in place. */
#define DROP(array, count, i)                                                                      \
    memmove(&(array)[i], &(array)[(i) + 1], (--(count) - (i)) * sizeof((array)[0]))

static bool is_here(const struct entry *a, const struct entry *b)
{
    return entry_is_same(a, b) && prefix_equal(entry_prefix(a), entry_prefix(b));
}

static bool remove_entry(struct model *model, const struct entry *entry, const char *link)
{
    struct actual *actual = &model->actual;

    for (size_t i = 0; strcmp(link, "vif3.0") == 0 && i < actual->own.count; i++)
        if (is_here(&model->own[i], entry)) {
            DROP(model->own, actual->own.count, i);
            return true;
        }
    for (size_t i = 0; i < actual->held_count; i++)
        if (is_here(&model->held[i].entry, entry) &&
            strcmp(model->held[i].holder.link, link) == 0) {
            DROP(model->held, actual->held_count, i);
            return true;
        }
    return false;
}

static void add_entry(struct model *model, const struct entry *entry, const char *name)
{
    CHECK(!entries_find(&model->actual.own, entry), "%s: an entry is added twice", name);
    CHECK(entry_is_marked(entry) && entry_link(entry) == VIF,
          "%s: an entry without the mark, or on no link", name);
    *model_add(model, entry->kind) = *entry;
    if (entry->kind == ENTRY_ADDRESS)
        model->own[model->actual.own.count - 1].address.flags = IFA_F_PERMANENT;
}

static void carry_out_change(struct model *model, const struct change *change, const char *name)
{
    const struct entry *present = entries_find(&model->actual.own, &change->entry);

    switch (change->kind) {
    case CHANGE_FIX:
        CHECK(change->entry.kind == ENTRY_ADDRESS, "%s: a route is put right in place", name);
        CHECK(remove_entry(model, &change->before, change->link),
              "%s: what is to be put right is not as it is said to be", name);
        add_entry(model, &change->entry, name);
        break;
    case CHANGE_ADD:
        add_entry(model, &change->entry, name);
        break;
    case CHANGE_MARK:
        CHECK(present && is_here(present, &change->entry) && present->kind == ENTRY_ADDRESS,
              "%s: what is to be marked is not there", name);
        model->own[present - model->own].address.protocol = SUITE_PROTOCOL;
        break;
    case CHANGE_REMOVE:
        CHECK(remove_entry(model, &change->entry, change->link), "%s: what is removed is not there",
              name);
        break;
    }
}

static void carry_out(struct model *model, const struct plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->change_count; i++)
        carry_out_change(model, &plan->changes[i], name);
}

/* ---- the plan as text ---- */

static char *render_changes(const struct plan *plan)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < plan->change_count; i++) {
        const struct change *change = &plan->changes[i];
        char line[CHANGE_TEXT];

        change_print(change, line);
        if (change->kind == CHANGE_FIX || change->kind == CHANGE_MARK) {
            CHECK(line[0] == '~', "%s", line);
            fprintf(out, "%s%s\n", change->kind == CHANGE_FIX ? "fix" : "mark", line + 1);
        } else {
            fprintf(out, "%s\n", line);
        }
    }
    fclose(out);
    return text;
}

static char *render_conflicts(const struct plan *plan)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    for (size_t i = 0; i < plan->conflict_count; i++) {
        struct error e = {""};

        assert_int_equal(conflict_fail(&plan->conflicts[i], "domU web", "vif3.0", &e), -EADDRINUSE);
        fprintf(out, "%s\n", e.text);
    }
    fclose(out);
    return text;
}

/* ---- the check of a row ---- */

static struct plan make_plan(const struct row *row, const struct desired *desired,
                             const struct model *model)
{
    const struct link link = {.index = VIF, .name = "vif3.0", .up = true};
    const struct target target = target_vif(&link, &(struct vif){.domid = 0}, row->tap);
    struct plan plan;
    struct error e = {""};

    CHECK(plan_link(&target, desired, &model->actual, &plan, &e) == 0, "%s: %s", row->name, e.text);
    return plan;
}

static void check_plan(const struct row *row, const struct plan *plan, const char *expected)
{
    const uint32_t metric = row->tap ? METRIC_TAP : METRIC_VIF;
    AUTO_FREE char *changes = render_changes(plan);
    AUTO_FREE char *conflicts = render_conflicts(plan);

    CHECK(strcmp(changes, expected) == 0, "%s: changes:\n%s--- should be:\n%s", row->name, changes,
          expected);
    CHECK(strcmp(conflicts, row->conflicts ? row->conflicts : "") == 0,
          "%s: conflicts:\n%s--- should be:\n%s", row->name, conflicts,
          row->conflicts ? row->conflicts : "none");
    for (size_t i = 0; i < plan->change_count; i++)
        if (plan->changes[i].kind != CHANGE_REMOVE)
            CHECK((plan->changes[i].entry.kind == ENTRY_ROUTE
                       ? plan->changes[i].entry.route.metric
                       : plan->changes[i].entry.address.metric) == metric,
                  "%s: the metric of change %zu", row->name, i);
}

static void desired_of(const struct row *row, struct desired *desired)
{
    AUTO_FREE char *text = format_string("[domu web]\n%s", row->section);
    struct config config = parse(text);
    struct in_addr source;
    struct error e = {""};

    CHECK(
        desired_require(&(struct vif_config){&config, section_of(&config, SECTION_DOMU, "web"), 0},
                        desired, &e) == 0,
        "%s", e.text);
    if (row->source)
        assert_int_equal(inet_pton(AF_INET, row->source, &source), 1);
    if (row->ip)
        CHECK(desired_add_ip(desired, row->ip, row->source ? &source : NULL, &e) == 0, "%s",
              e.text);
    config_free(&config);
}

static void check_row(const struct row *row)
{
    struct desired desired = {.gateways = NULL};
    struct model model;
    struct plan plan;

    model_make(&model, row);
    if (row->section)
        desired_of(row, &desired);
    plan = make_plan(row, row->section ? &desired : NULL, &model);
    check_plan(row, &plan, row->changes);
    carry_out(&model, &plan, row->name);
    plan_free(&plan);
    plan = make_plan(row, row->section ? &desired : NULL, &model);
    check_plan(row, &plan, ""); /* what is done need not be done again; conflicts stay */
    plan_free(&plan);
    desired_free(&desired);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i]);
}

#define GATEWAY "ipv6_gateway_addr = 2001:db8:0:3::1\n"
#define ROUTE   GATEWAY "route = 2001:db8:1::/48 via 2001:db8:0:3::2\n"

/* ---- addresses ---- */

static void what_is_missing_is_added_and_what_is_there_is_left_alone(void **state)
{
    static const struct row rows[] = {
        {"nothing wanted, nothing there", .section = "", .changes = ""},
        {"one missing", .section = GATEWAY, .changes = "+ vif3.0 2001:db8:0:3::1/64\n"},
        {"two missing", .section = "ipv6_gateway_addr = 2001:db8:0:3::1/80, fe80::1\n",
         .changes = "+ vif3.0 2001:db8:0:3::1/80\n+ vif3.0 fe80::1/64\n"},
        {"all there", .section = GATEWAY, .addresses = {{"2001:db8:0:3::1/64", SOUND}, {KERNEL_LL}},
         .changes = ""},
        {"one of two there", .section = "ipv6_gateway_addr = 2001:db8:0:3::1, fe80::1\n",
         .addresses = {{"fe80::1/64", SOUND}}, .changes = "+ vif3.0 2001:db8:0:3::1/64\n"},
        {"a flag that does no harm", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", IFA_F_PERMANENT | IFA_F_NODAD, SUITE_PROTOCOL}},
         .changes = ""},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void an_address_that_is_not_as_it_should_be_is_put_right(void **state)
{
    static const struct row rows[] = {
        {"another length", .section = GATEWAY, .addresses = {{"2001:db8:0:3::1/80", SOUND}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"another length, and not ours", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/128", UNMARKED}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"tentative", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", IFA_F_PERMANENT | IFA_F_TENTATIVE, SUITE_PROTOCOL}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"dadfailed", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", IFA_F_PERMANENT | IFA_F_DADFAILED, SUITE_PROTOCOL}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"dadfailed and tentative", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", IFA_F_PERMANENT | IFA_F_DADFAILED | IFA_F_TENTATIVE,
                        SUITE_PROTOCOL}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"not for ever", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", 0, SUITE_PROTOCOL}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n"},
        {"on a kernel without marks too", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/80", UNMARKED}},
         .changes = "fix vif3.0 2001:db8:0:3::1/64\n", .no_marks = true},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_right_address_without_the_mark_is_only_marked(void **state)
{
    static const struct row rows[] = {
        {"no mark", .section = GATEWAY, .addresses = {{"2001:db8:0:3::1/64", UNMARKED}},
         .changes = "mark vif3.0 2001:db8:0:3::1/64\n"},
        {"another's mark", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", IFA_F_PERMANENT, SUITE_PROTOCOL + 1}},
         .changes = "mark vif3.0 2001:db8:0:3::1/64\n"},
        {"a kernel that keeps no marks", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", UNMARKED}}, .changes = "", .no_marks = true},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_is_the_suites_and_no_longer_wanted_goes_and_nothing_else(void **state)
{
    static const struct row rows[] = {
        {"ours goes, others' stay", .section = "",
         .addresses = {{"2001:db8:0:3::1/64", SOUND},
                       {"2001:db8:0:4::1/64", UNMARKED},
                       {"2001:db8:0:5::1/64", IFA_F_PERMANENT, SUITE_PROTOCOL - 1},
                       {KERNEL_LL}},
         .changes = "- vif3.0 2001:db8:0:3::1/64\n"},
        {"as it is, not as it was wanted", .section = "",
         .addresses = {{"2001:db8:0:3::1/80", IFA_F_DADFAILED, SUITE_PROTOCOL}},
         .changes = "- vif3.0 2001:db8:0:3::1/80\n"},
        {"another address in the same subnet", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::9/64", SOUND}},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n- vif3.0 2001:db8:0:3::9/64\n"},
        {"nothing is wanted at all", .section = NULL,
         .addresses = {{"fe80::1/64", SOUND}, {"2001:db8:0:3::1/64", SOUND}, {KERNEL_LL}},
         .routes = {{"2001:db8:1::/48", "2001:db8:0:3::2", .metric = METRIC_VIF}},
         .changes = "- vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 fe80::1/64\n- vif3.0 2001:db8:0:3::1/64\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

/* ---- who else has it ---- */

static void what_another_live_domu_holds_is_a_conflict_that_names_it(void **state)
{
    static const struct row rows[] = {
        {"the same address", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 is held by domU other (vif2.0)\n"},
        {"the same subnet", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:0:3::2/64")},
         .changes = "",
         .conflicts = "domU web vif3.0: the subnet of 2001:db8:0:3::1/64 is held by domU other "
                      "(vif2.0 has 2001:db8:0:3::2/64)\n"},
        {"a wider subnet", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8::1/48")}, .changes = "",
         .conflicts = "domU web vif3.0: the subnet of 2001:db8:0:3::1/64 is held by domU other "
                      "(vif2.0 has 2001:db8::1/48)\n"},
        {"a narrower subnet", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:0:3:8000::1/80")},
         .changes = "",
         .conflicts = "domU web vif3.0: the subnet of 2001:db8:0:3::1/64 is held by domU other "
                      "(vif2.0 has 2001:db8:0:3:8000::1/80)\n"},
        {"a neighbouring subnet", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:0:2::1/64")},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n"},
        {"a link-local one is each link's own", .section = "ipv6_gateway_addr = fe80::1\n",
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "fe80::1/64")},
         .changes = "+ vif3.0 fe80::1/64\n"},
        {"the others are added all the same",
         .section = "ipv6_gateway_addr = 2001:db8:0:3::1, 2001:db8:0:4::1\n",
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "+ vif3.0 2001:db8:0:4::1/64\n",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 is held by domU other (vif2.0)\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_is_left_on_another_vif_moves_over_the_new_coming_first(void **state)
{
    static const struct row rows[] = {
        {"the same domU migrates", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_SELF, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n- vif2.0 2001:db8:0:3::1/64\n"},
        {"a domU that is gone", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_GONE, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n- vif2.0 2001:db8:0:3::1/64\n"},
        {"the subnet of a domU that is gone", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_GONE, "vif2.0", "2001:db8::9/48")},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n- vif2.0 2001:db8::9/48\n"},
        {"what is here already is still taken off there", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .held_addresses = {HELD_ADDRESS(HELD_BY_SELF, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "- vif2.0 2001:db8:0:3::1/64\n"},
        {"it is taken off one vif once",
         .section = "ipv6_gateway_addr = 2001:db8:0:3::1, 2001:db8:0:3::8\n",
         .held_addresses = {HELD_ADDRESS(HELD_BY_GONE, "vif2.0", "2001:db8:0:3::1/64")},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n+ vif3.0 2001:db8:0:3::8/64\n"
                    "- vif2.0 2001:db8:0:3::1/64\n"},
        {"a link-local one stays where it is", .section = "ipv6_gateway_addr = fe80::1\n",
         .held_addresses = {HELD_ADDRESS(HELD_BY_SELF, "vif2.0", "fe80::1/64")},
         .changes = "+ vif3.0 fe80::1/64\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_a_tap_or_a_sibling_has_is_there_twice(void **state)
{
    static const enum relation relations[] = {HELD_BY_SIBLING, HELD_BY_SAME_CARD};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(relations); i++) {
        const struct row row = {
            "both have it",
            .section = ROUTE,
            .held_addresses = {HELD_ADDRESS(relations[i], "other", "2001:db8:0:3::1/64")},
            .held_routes = {HELD_ROUTE(relations[i], "other", "2001:db8:1::/48", "2001:db8:0:3::2",
                                       METRIC_VIF)},
            .changes = "+ vif3.0 2001:db8:0:3::1/64\n"
                       "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n",
        };

        check_row(&row);
    }
}

/* ---- routes ---- */

static void routes_come_after_the_addresses_and_go_before_them(void **state)
{
    static const struct row rows[] = {
        {"all is new", .section = ROUTE,
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n"
                    "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"},
        {"all is there", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/48", "2001:db8:0:3::2", .metric = METRIC_VIF}}, .changes = ""},
        {"without a via", .section = "route = 2001:db8:1::/48\n",
         .changes = "+ vif3.0 route 2001:db8:1::/48\n"},
        {"all is other", .section = ROUTE,
         .addresses = {{"2001:db8:0:8::1/64", SOUND}, {"2001:db8:0:9::1/64", SOUND}},
         .routes = {{"2001:db8:8::/48", "2001:db8:0:8::2", .metric = METRIC_VIF},
                    {"2001:db8:9::/48", NULL, .metric = METRIC_VIF}},
         .held_addresses = {HELD_ADDRESS(HELD_BY_SELF, "vif2.0", "2001:db8:0:3::1/64")},
         .held_routes = {HELD_ROUTE(HELD_BY_SELF, "vif2.0", "2001:db8:1::/48", "2001:db8:0:3::2",
                                    METRIC_VIF)},
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n"
                    "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:8::/48 via 2001:db8:0:8::2\n"
                    "- vif3.0 route 2001:db8:9::/48\n"
                    "- vif2.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 2001:db8:0:8::1/64\n"
                    "- vif3.0 2001:db8:0:9::1/64\n"
                    "- vif2.0 2001:db8:0:3::1/64\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_route_that_differs_is_another_route(void **state)
{
    static const struct row rows[] = {
        {"another via", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/48", "2001:db8:0:3::9", .metric = METRIC_VIF}},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::9\n"},
        {"a via where there was none", .section = ROUTE,
         .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/48", NULL, .metric = METRIC_VIF}},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:1::/48\n"},
        {"another length", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/56", "2001:db8:0:3::2", .metric = METRIC_VIF}},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:1::/56 via 2001:db8:0:3::2\n"},
        {"the tap's metric", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/48", "2001:db8:0:3::2", .metric = METRIC_TAP}},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_route_of_another_live_domu_is_a_conflict_and_a_left_one_moves(void **state)
{
    static const struct row rows[] = {
        {"another live domU's", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "2001:db8:1::/48", NULL, METRIC_VIF)},
         .changes = "",
         .conflicts =
             "domU web vif3.0: the route 2001:db8:1::/48 is held by domU other (vif2.0)\n"},
        {"a domU's that is gone", .section = ROUTE, .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .held_routes = {HELD_ROUTE(HELD_BY_GONE, "vif2.0", "2001:db8:1::/48", NULL, METRIC_VIF)},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif2.0 route 2001:db8:1::/48\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void routes_and_subnets_of_two_domus_may_not_overlap(void **state)
{
    static const struct row rows[] = {
        {"a subnet inside another's routed prefix", .section = GATEWAY,
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "2001:db8::/40", NULL, METRIC_VIF)},
         .changes = "",
         .conflicts = "domU web vif3.0: the subnet of 2001:db8:0:3::1/64 is held by domU other "
                      "(vif2.0 has 2001:db8::/40)\n"},
        {"a routed prefix around another's subnet", .section = "route = 2001:db8:1::/48\n",
         .held_addresses = {HELD_ADDRESS(HELD_BY_OTHER, "vif2.0", "2001:db8:1:7::1/64")},
         .changes = "",
         .conflicts = "domU web vif3.0: some of 2001:db8:1::/48 is held by domU other "
                      "(vif2.0 has 2001:db8:1:7::1/64)\n"},
        {"a routed prefix inside another's", .section = "route = 2001:db8:1:8000::/49\n",
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "2001:db8:1::/48", NULL, METRIC_VIF)},
         .changes = "",
         .conflicts = "domU web vif3.0: some of 2001:db8:1:8000::/49 is held by domU other "
                      "(vif2.0 has 2001:db8:1::/48)\n"},
        {"a routed prefix beside another's", .section = "route = 2001:db8:1:8000::/49\n",
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "2001:db8:1::/49", NULL, METRIC_VIF)},
         .changes = "+ vif3.0 route 2001:db8:1:8000::/49\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_left_vifs_route_that_is_not_the_suites_and_only_near_stays(void **state)
{
    static const struct row rows[] = {
        {"a network around the domU's address", .section = "", .ip = "192.0.2.5",
         .held_routes = {UNMARKED_ROUTE(HELD_BY_GONE, "vif2.0", "192.0.2.0/24", NULL, 0)},
         .changes = "+ vif3.0 route 192.0.2.5/32\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_taps_routes_have_the_metric_that_wins(void **state)
{
    static const struct row rows[] = {
        {"a tap", .section = ROUTE,
         .changes = "+ vif3.0 2001:db8:0:3::1/64\n"
                    "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n",
         .tap = true},
        {"a tap with the vif's metric", .section = ROUTE,
         .addresses = {{"2001:db8:0:3::1/64", SOUND}},
         .routes = {{"2001:db8:1::/48", "2001:db8:0:3::2", .metric = METRIC_VIF}},
         .changes = "+ vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n"
                    "- vif3.0 route 2001:db8:1::/48 via 2001:db8:0:3::2\n",
         .tap = true},
    };

    (void)state;
    assert_true(METRIC_TAP < METRIC_VIF);
    check_rows(rows, ARRAY_SIZE(rows));
}

/* ---- IPv4 ---- */

static void ipv4_of_ip_goes_with_dom0s_address_which_all_vifs_share(void **state)
{
    static const struct row rows[] = {
        {"all is new", .section = "", .ip = "192.0.2.5 2001:db8::5", .source = "198.51.100.1",
         .changes = "+ vif3.0 198.51.100.1/32\n+ vif3.0 route 192.0.2.5/32\n"
                    "+ vif3.0 route 2001:db8::5/128\n"},
        {"without an IPv4 address on dom0", .section = "", .ip = "192.0.2.5",
         .changes = "+ vif3.0 route 192.0.2.5/32\n"},
        {"all is there", .section = "", .ip = "192.0.2.5", .source = "198.51.100.1",
         .addresses = {{"198.51.100.1/32", SOUND}},
         .routes = {{"192.0.2.5/32", NULL, "198.51.100.1", METRIC_VIF}}, .changes = ""},
        {"an unmarked IPv4 address stays as it is", .section = "", .ip = "192.0.2.5",
         .source = "198.51.100.1", .addresses = {{"198.51.100.1/32", UNMARKED}},
         .routes = {{"192.0.2.5/32", NULL, "198.51.100.1", METRIC_VIF}}, .changes = ""},
        {"another source", .section = "", .ip = "192.0.2.5", .source = "198.51.100.1",
         .addresses = {{"198.51.100.1/32", SOUND}},
         .routes = {{"192.0.2.5/32", NULL, "198.51.100.9", METRIC_VIF}},
         .changes = "+ vif3.0 route 192.0.2.5/32\n- vif3.0 route 192.0.2.5/32\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void an_ipv4_route_competes_only_with_its_equal(void **state)
{
    static const struct row rows[] = {
        {"another live domU's", .section = "", .ip = "192.0.2.5",
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "192.0.2.5/32", NULL, METRIC_VIF + 7)},
         .changes = "",
         .conflicts = "domU web vif3.0: the route 192.0.2.5/32 is held by domU other (vif2.0)\n"},
        {"a longer route inside another live domU's", .section = "", .ip = "192.0.2.5",
         .held_routes = {HELD_ROUTE(HELD_BY_OTHER, "vif2.0", "192.0.2.0/24", NULL, METRIC_VIF)},
         .changes = "+ vif3.0 route 192.0.2.5/32\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

/* ---- dom0's own networks ---- */

#define OWN(text) .held_addresses = {HELD_ADDRESS(HELD_BY_HOST, "eth0", text)}
#define OWN_ROUTE(to, through)                                                                     \
    .held_routes = {UNMARKED_ROUTE(HELD_BY_HOST, "eth0", to, through, 256)}
#define WAY_OUT                                                                                    \
    ": give the domU another network, or a longer prefix that contains no address and no router "  \
    "of dom0\n"
#define ADDED "+ vif3.0 2001:db8:0:3::1/64\n"

static void what_covers_a_network_of_dom0_is_a_conflict_that_names_both(void **state)
{
    static const struct row rows[] = {
        {"the same network", .section = GATEWAY, OWN("2001:db8:0:3::77/64"), .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 covers dom0's own network "
                      "2001:db8:0:3::/64 on eth0" WAY_OUT},
        {"an address in it", .section = GATEWAY, OWN("2001:db8:0:3::77/128"), .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 contains dom0's own address "
                      "2001:db8:0:3::77 on eth0" WAY_OUT},
        {"dom0's address in the longer prefix", .section = GATEWAY, OWN("2001:db8:0:3::77/48"),
         .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 contains dom0's own address "
                      "2001:db8:0:3::77 on eth0" WAY_OUT},
        {"a route around it", .section = "route = 2001:db8:1::/48\n", OWN("2001:db8:1:3::77/64"),
         .changes = "",
         .conflicts = "domU web vif3.0: the route 2001:db8:1::/48 covers dom0's own network "
                      "2001:db8:1:3::/64 on eth0" WAY_OUT},
        {"a static route", .section = GATEWAY, OWN_ROUTE("2001:db8:0:3::/64", "fe80::1"),
         .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 covers dom0's own network "
                      "2001:db8:0:3::/64 on eth0" WAY_OUT},
        {"the router", .section = GATEWAY, OWN_ROUTE("::/0", "2001:db8:0:3::fe"), .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 contains dom0's own router "
                      "2001:db8:0:3::fe on eth0" WAY_OUT},
        {"once for each link", .section = GATEWAY,
         .held_addresses = {HELD_ADDRESS(HELD_BY_HOST, "eth0", "2001:db8:0:3::77/64"),
                            HELD_ADDRESS(HELD_BY_HOST, "eth0", "2001:db8:0:3::78/64")},
         .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 covers dom0's own network "
                      "2001:db8:0:3::/64 on eth0" WAY_OUT},
        {"what is there is left there", .section = GATEWAY,
         .addresses = {{"2001:db8:0:3::1/64", SOUND}}, OWN("2001:db8:0:3::77/64"), .changes = "",
         .conflicts = "domU web vif3.0: 2001:db8:0:3::1/64 covers dom0's own network "
                      "2001:db8:0:3::/64 on eth0" WAY_OUT},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_costs_dom0_nothing_is_no_conflict(void **state)
{
    static const struct row rows[] = {
        {"a longer prefix in dom0's network", .section = GATEWAY, OWN("2001:db8::77/32"),
         .changes = ADDED},
        {"the default route", .section = GATEWAY, OWN_ROUTE("::/0", "fe80::1"), .changes = ADDED},
        {"a router elsewhere", .section = GATEWAY, OWN_ROUTE("::/0", "2001:db8::1"),
         .changes = ADDED},
        {"link-local on both sides", .section = "ipv6_gateway_addr = fe80::1\n", OWN("fe80::1/64"),
         .changes = "+ vif3.0 fe80::1/64\n"},
        {"what a routing daemon learnt", .section = GATEWAY,
         .held_routes = {{.relation = HELD_BY_HOST,
                          .link = "eth0",
                          .prefix = "2001:db8:0:3::/64",
                          .protocol = 12}},
         .changes = ADDED},
        {"the other family", .section = "", .ip = "192.0.2.5", OWN("2001:db8::1/64"),
         .changes = "+ vif3.0 route 192.0.2.5/32\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void dom0s_own_ipv4_is_refused_in_ip_at_the_domu_that_has_it(void **state)
{
    static const struct row rows[] = {
        {"its address", .section = "", .ip = "192.0.2.1", .source = "192.0.2.1",
         OWN("192.0.2.1/24"), .changes = "+ vif3.0 192.0.2.1/32\n",
         .conflicts = "domU web vif3.0: the route 192.0.2.1/32 is dom0's own address 192.0.2.1 on "
                      "eth0: give the domU another address\n"},
        {"its router", .section = "", .ip = "192.0.2.254", OWN_ROUTE("0.0.0.0/0", "192.0.2.254"),
         .changes = "",
         .conflicts = "domU web vif3.0: the route 192.0.2.254/32 is dom0's own router 192.0.2.254 "
                      "on eth0: give the domU another address\n"},
        {"its network", .section = "", .ip = "192.0.2.0/24", OWN("192.0.2.1/24"), .changes = "",
         .conflicts = "domU web vif3.0: the route 192.0.2.0/24 covers dom0's own network "
                      "192.0.2.0/24 on eth0" WAY_OUT},
        {"an address in its network", .section = "", .ip = "192.0.2.5", .source = "192.0.2.1",
         OWN("192.0.2.1/24"), .changes = "+ vif3.0 192.0.2.1/32\n+ vif3.0 route 192.0.2.5/32\n"},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_added_and_what_is_there_is_left_alone),
        cmocka_unit_test(an_address_that_is_not_as_it_should_be_is_put_right),
        cmocka_unit_test(a_right_address_without_the_mark_is_only_marked),
        cmocka_unit_test(what_is_the_suites_and_no_longer_wanted_goes_and_nothing_else),
        cmocka_unit_test(what_another_live_domu_holds_is_a_conflict_that_names_it),
        cmocka_unit_test(what_is_left_on_another_vif_moves_over_the_new_coming_first),
        cmocka_unit_test(what_a_tap_or_a_sibling_has_is_there_twice),
        cmocka_unit_test(routes_come_after_the_addresses_and_go_before_them),
        cmocka_unit_test(a_route_that_differs_is_another_route),
        cmocka_unit_test(a_route_of_another_live_domu_is_a_conflict_and_a_left_one_moves),
        cmocka_unit_test(routes_and_subnets_of_two_domus_may_not_overlap),
        cmocka_unit_test(a_left_vifs_route_that_is_not_the_suites_and_only_near_stays),
        cmocka_unit_test(a_taps_routes_have_the_metric_that_wins),
        cmocka_unit_test(ipv4_of_ip_goes_with_dom0s_address_which_all_vifs_share),
        cmocka_unit_test(an_ipv4_route_competes_only_with_its_equal),
        cmocka_unit_test(what_covers_a_network_of_dom0_is_a_conflict_that_names_both),
        cmocka_unit_test(what_costs_dom0_nothing_is_no_conflict),
        cmocka_unit_test(dom0s_own_ipv4_is_refused_in_ip_at_the_domu_that_has_it),
    };

    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
