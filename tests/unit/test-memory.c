/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every allocation of the pure parts fails in turn: the answer is -ENOMEM with a word, never a
 * crash, a leak (a sanitizer looks) or a success without the result. Linked with --wrap for the
 * functions below, so that it is the suite's own calls that fail, not cmocka's or the C library's.
 */
#include "configs.h"

#include <errno.h>
#include <stdio.h>

#include "6to4/site.h"
#include "check/judge.h"
#include "config/match.h"
#include "domu/desired.h"
#include "domu/guard.h"
#include "domu/guest-format.h"
#include "domu/plan.h"
#include "pd-nat/backend.h"
#include "pd-nat/clients.h"

static unsigned int calls;   /* of the wrapped functions, since they were counted last */
static unsigned int failing; /* the number of the one that fails; 0: none */

static bool fails(void)
{
    if (++calls != failing)
        return false;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_reallocarray(void *block, size_t count, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t length);
FILE *__real_open_memstream(char **text, size_t *size);
int __real_vasprintf(char **text, const char *format, va_list args);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_reallocarray(void *block, size_t count, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t length);
FILE *__wrap_open_memstream(char **text, size_t *size);
int __wrap_vasprintf(char **text, const char *format, va_list args);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_reallocarray(void *block, size_t count, size_t size)
{
    return fails() ? NULL : __real_reallocarray(block, count, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t length)
{
    return fails() ? NULL : __real_strndup(text, length);
}

FILE *__wrap_open_memstream(char **text, size_t *size)
{
    return fails() ? NULL : __real_open_memstream(text, size);
}

int __wrap_vasprintf(char **text, const char *format, va_list args)
{
    return fails() ? -1 : __real_vasprintf(text, format, args);
}

/* ---- what is done ---- */

static const char file[] = "ipv6_gateway_addr[web]=2001:db8:0:1::1/64\n"
                           "[defaults]\n"
                           "prefix = 2001:db8::/48\n"
                           "antispoof = yes\n"
                           "[domu web]\n"
                           "ipv6_gateway_addr.1 = 2001:db8:0:11::1/64, fe80::1/64\n"
                           "route = 2001:db8:0:200::/56 via 2001:db8:0:1::2\n"
                           "[domu db]\n"
                           "subnet = 1f, 20\n"
                           "subnet = 21\n" /* a mistake is a diagnostic, and takes memory too */
                           "nosuch = 1\n"
                           "[mac 00:16:3e:01:02:03]\n"
                           "subnet = 22\n"
                           "[6to4]\n"
                           "public_ipv4 = 203.0.113.5\n"
                           "lan.eth1 = 1\n"
                           "[pd-nat eth0]\n"
                           "internal_prefix = fd12:3456:789a::/58\n"
                           "[pd-nat eth1]\n"
                           "internal_prefix = fd12:3456:789a::/57\n"
                           "backend = ip6tables\n";

static int parse_file(struct config *config, struct error *e)
{
    struct config_text text = {.path = __real_strdup("ipv6.cfg"),
                               .stream = fmemopen((char *)file, sizeof(file) - 1, "r")};
    int result = -ENOMEM;

    *config = (struct config){.path = NULL};
    if (text.path && text.stream)
        result = config_parse(&text, NULL, config, e);
    config_text_free(&text);
    return result;
}

static int do_parse(struct config *config, struct error *e)
{
    (void)config;
    (void)e;
    return 0;
}

static int do_judge(struct config *config, struct error *e)
{
    struct names names = {.known = true};
    struct diagnostics found = {.items = NULL};
    int result = names_add(&names, "web");

    if (result == 0)
        result = judge(config, &names, &found, e);
    else
        result = fail_memory(e);
    diagnostics_free(&found);
    names_free(&names);
    return result;
}

static int do_match(struct config *config, struct error *e)
{
    const struct identity identity = {.name = "WEB"};
    struct error notice;

    (void)e;
    assert_non_null(match_section(config, &identity, &notice));
    return 0;
}

static int want(struct config *config, struct desired *desired, struct error *e)
{
    const struct section *section = config_find(config, SECTION_DOMU, "web");

    assert_non_null(section);
    return desired_require(&(struct vif_config){config, section, 1}, desired, e);
}

static int do_plan(struct config *config, struct error *e)
{
    const struct link link = {.index = 7, .name = "vif1.0"};
    const struct target target = target_vif(&link, &(struct vif){.domid = 0}, false);
    struct actual actual = {.has_marks = true};
    struct desired desired = {.gateways = NULL};
    struct plan plan;
    int result = want(config, &desired, e);

    if (result == 0)
        result = plan_link(&target, &desired, &actual, &plan, e);
    if (result == 0) {
        assert_int_equal(plan.change_count, desired.gateway_count + desired.route_count);
        plan_free(&plan);
    }
    desired_free(&desired);
    return result;
}

static enum guard_scope everything(const char *link, const void *data)
{
    (void)link;
    (void)data;
    return GUARD_GONE;
}

static int do_guard(struct config *config, struct error *e)
{
    struct guard wanted = {.entries = NULL};
    struct guard actual = {.entries = NULL};
    struct guard_plan plan = {.rules = NULL};
    struct desired desired = {.gateways = NULL};
    int result = want(config, &desired, e);

    if (result == 0)
        result = guard_add(&wanted, "vif1.0", &desired, NULL, e);
    if (result == 0)
        result = guard_plan(&wanted, &actual, everything, NULL, &plan, e);
    if (result == 0) {
        assert_non_null(plan.rules);
        guard_plan_free(&plan);
    }
    guard_free(&wanted);
    guard_free(&actual);
    desired_free(&desired);
    return result;
}

static int do_guest(struct config *config, struct error *e)
{
    const struct section *section = config_find(config, SECTION_DOMU, "web");
    const struct guest_wish wish = {.devid = 1};
    struct guest_config guest;
    struct desired desired = {.gateways = NULL};
    int result = want(config, &desired, e);

    if (result == 0)
        result = guest_plan(section, &desired, &wish, &guest, e);
    if (result == 0) {
        assert_int_equal(guest.address_count, 1);
        guest_free(&guest);
    }
    desired_free(&desired);
    return result;
}

static int do_sixtofour(struct config *config, struct error *e)
{
    struct sixtofour site;
    int result = sixtofour_read(config, &site, e);

    if (result == 0) {
        assert_int_equal(site.lan_count, 1);
        sixtofour_free(&site);
    }
    return result;
}

static int map(struct config *config, struct pd_nat_mapping mappings[static 2], struct error *e)
{
    const struct prefix delegated = prefix_of("2001:db8:1200::/56");
    int result = 0;

    for (size_t i = 0; i < 2 && result == 0; i++) {
        result = pd_nat_read(config, i == 0 ? "eth0" : "eth1", &mappings[i].nat, e);
        if (result == 0)
            result = pd_nat_external(&mappings[i].nat, &delegated, &mappings[i].external, e);
    }
    return result;
}

static int do_rules(struct config *config, struct error *e)
{
    struct pd_nat_mapping mappings[2];
    int result = map(config, mappings, e);

    for (int backend = BACKEND_NFT; backend <= BACKEND_IP6TABLES && result == 0; backend++) {
        char *rules = NULL;

        result = pd_nat_rules_print(mappings, 2, (enum pd_nat_backend_id)backend, &rules, e);
        assert_true(result < 0 || (rules && *rules));
        free(rules);
    }
    return result;
}

static int do_rules_judge(struct config *config, struct error *e)
{
    struct pd_nat_mapping mappings[2];
    enum pd_nat_table table = TABLE_IN_FORCE;
    struct pd_nat_jump missing;
    bool in_force = true;
    int result = map(config, mappings, e);

    if (result == 0)
        result = pd_nat_nft_judge(mappings, 2, "table ip6 pd-nat {\n}\n", &table, e);
    assert_true(result < 0 || table == TABLE_ODD);
    if (result == 0)
        result = pd_nat_ip6tables_jumps("*nat\n-A POSTROUTING -j external_snat\n", &in_force,
                                        &missing, e);
    assert_true(result < 0 || !in_force);
    return result;
}

static int do_rules_in_force(struct config *config, struct error *e)
{
    const struct pd_nat_rules rules = {
        .of[BACKEND_NFT] = (char *)"rule comment \"out: eth0 fd12::/58 2001:db8::/58\"\n"
                                   "rule comment \"open: eth1 nft fd12::7/128\"\n"
                                   "rule comment \"out: eth1 fd12::/58 2001:db8:1::/58\"\n",
        .of[BACKEND_IP6TABLES] =
            (char *)"-A external_snat -s fd12::/58 -o eth2 -j NETMAP --to 2001:db8:2::/58\n"};
    struct pd_nat_mapping *mappings = NULL;
    size_t count = 0;
    int result = pd_nat_rules_in_force(&rules, &mappings, &count, e);

    (void)config;
    assert_true(result < 0 || count == 3);
    pd_nat_mappings_free(mappings, count);
    return result;
}

static int do_lease(struct config *config, struct error *e)
{
    char *const environment[] = {
        (char *)"reason=BOUND6",
        (char *)"new_dhcp6_ia_pd1_iaid=00000001",
        (char *)"new_dhcp6_ia_pd1_prefix1=2001:db8::",
        (char *)"new_dhcp6_ia_pd1_prefix1_length=56",
        (char *)"new_dhcp6_ia_pd1_prefix1_pltime=10",
        (char *)"new_dhcp6_ia_pd1_prefix1_vltime=20",
        NULL,
    };
    const struct client_call call = {.environment = environment};
    struct lease_message message;
    int result = client_read(&call, &message, e);

    (void)config;
    assert_true(result < 0 || message.count == 1);
    lease_message_free(&message);
    return result;
}

static int do_odhcp6c(struct config *config, struct error *e)
{
    char *const environment[] = {(char *)"PREFIXES=2001:db8::/56,10,20 2001:db8:1::/56,10,20",
                                 NULL};
    char *const arguments[] = {(char *)"eth0", (char *)"bound"};
    const struct client_call call = {
        .environment = environment, .arguments = arguments, .argument_count = 2};
    struct lease_message message;
    int result = client_read(&call, &message, e);

    (void)config;
    assert_true(result < 0 || message.count == 2);
    lease_message_free(&message);
    return result;
}

/* ---- with less and less refused ---- */

typedef int (*doing)(struct config *config, struct error *e);

/* Whether the refusal of call NUMBER was felt. */
static bool try_without(doing deed, unsigned int number)
{
    struct config config;
    struct error e = {""};
    bool reached;
    int result;

    calls = 0;
    failing = number;
    result = parse_file(&config, &e);
    if (result == 0)
        result = deed(&config, &e);
    reached = calls >= number;
    failing = 0;
    if (reached)
        CHECK(result == -ENOMEM && e.text[0], "call %u refused: %d, '%s'", number, result, e.text);
    else
        CHECK(result == 0, "call %u: %d, '%s'", number, result, e.text);
    config_free(&config);
    return reached;
}

static void refuse_all(doing deed)
{
    unsigned int number = 1;

    while (try_without(deed, number))
        number++;
    CHECK(number > 10, "only %u calls were seen", number);
}

#define TEST(name)                                                                                 \
    static void memory_is_refused_to_##name(void **state)                                          \
    {                                                                                              \
        (void)state;                                                                               \
        refuse_all(do_##name);                                                                     \
    }

TEST(parse)
TEST(judge)
TEST(match)
TEST(plan)
TEST(guard)
TEST(guest)
TEST(sixtofour)
TEST(rules)
TEST(rules_judge)
TEST(rules_in_force)
TEST(lease)
TEST(odhcp6c)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_refused_to_parse),
        cmocka_unit_test(memory_is_refused_to_judge),
        cmocka_unit_test(memory_is_refused_to_match),
        cmocka_unit_test(memory_is_refused_to_plan),
        cmocka_unit_test(memory_is_refused_to_guard),
        cmocka_unit_test(memory_is_refused_to_guest),
        cmocka_unit_test(memory_is_refused_to_sixtofour),
        cmocka_unit_test(memory_is_refused_to_rules),
        cmocka_unit_test(memory_is_refused_to_rules_judge),
        cmocka_unit_test(memory_is_refused_to_rules_in_force),
        cmocka_unit_test(memory_is_refused_to_lease),
        cmocka_unit_test(memory_is_refused_to_odhcp6c),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
