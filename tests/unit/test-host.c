/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `check` says of a host, by the facts. */
#include "configs.h"

#include <stdio.h>

#include "check/host.h"

#define NAT  "[pd-nat eth0]\ninternal_prefix = fd12::/48\n"
#define DOMU "ipv6_gateway_addr[a]=2001:db8::1\n"

/* A host on which everything works, by the hook file. */
static const struct host right = {
    .has_ipv6 = true,
    .has_nft = true,
    .has_ip6tables = true,
    .has_ifconfig = true,
    .has_radvd = true,
    .sends_ra = true,
    .scripts = SCRIPTS_OPEN,
    .program = SCRIPT_EXECUTABLE,
    .hook = SCRIPT_EXECUTABLE,
    .has_vif_route = true,
    .runs_hooks = true,
    .uses_ifconfig = true,
    .has_domu_configs = true,
};

/* Judges HOST under the configuration TEXT; WORDS are part of the only warning, NULL: of none. */
static void check_one(const struct host *host, const char *text, const char *words)
{
    struct config config = parse(text);
    struct diagnostics warnings = {.items = NULL};
    struct error e = {""};

    CHECK(host_judge(host, &config, &warnings, &e) == 0, "%s", e.text);
    config_free(&config);
    CHECK(warnings.count == (words ? 1 : 0), "%s: %zu warnings, the first: %s",
          words ? words : "right", warnings.count,
          warnings.count > 0 ? warnings.items[0].text : "-");
    CHECK(!words || strstr(warnings.items[0].text, words), "%s instead of: %s",
          warnings.items[0].text, words);
    diagnostics_free(&warnings);
}

static void what_sends_advertisements(void **state)
{
    struct host host = right;

    (void)state;
    check_one(&host, DOMU "[defaults]\nra = yes\n", NULL);
    host.sends_ra = false;
    check_one(&host, DOMU, NULL);
    check_one(&host, DOMU "[defaults]\nra = no\n", NULL);
    check_one(&host, DOMU "[defaults]\nra = yes\n",
              ": systemctl enable --now vif-route-ipv6-radvd");
    host.has_radvd = false;
    check_one(&host, DOMU "[domu b]\nipv6_gateway_addr = 2001:db8:1::1\nra = yes\n",
              "apt-get install radvd");
    check_one(&host, DOMU, NULL);
}

static void a_right_host_is_passed_over_in_silence(void **state)
{
    (void)state;
    check_one(&right, "", NULL);
    check_one(&right, DOMU "[defaults]\nantispoof = yes\n", NULL);
}

static void forwarding_counts_where_a_domu_is_configured(void **state)
{
    struct host host = right;

    (void)state;
    host.forwarding_off = true;
    check_one(&host, DOMU, "forwarding: it is 0");
    check_one(&host, DOMU, ": sysctl -w net.ipv6.conf.all.forwarding=1");
    check_one(&host, "[mac 00:16:3e:01:02:03]\n", "forwarding: it is 0");
    check_one(&host, "[uuid 01234567-89ab-cdef-0123-456789abcdef]\n", "forwarding: it is 0");
    check_one(&host, "", NULL);
    check_one(&host, "[defaults]\nprefix = 2001:db8::/48\n", NULL);
}

static void disabled_ipv6_is_told_once_by_its_widest_reason(void **state)
{
    struct host host = right;

    (void)state;
    host.new_disabled = true;
    check_one(&host, DOMU, "sysctl -w net.ipv6.conf.default.disable_ipv6=0");
    host.links_disabled = true;
    check_one(&host, DOMU, "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
    host.has_ipv6 = false;
    check_one(&host, DOMU, "ipv6.disable=1");
    check_one(&host, "", NULL);
}

/* A host that has just these: PROGRAM, HOOK, and a vif-route that is PATCHED. */
static struct host host_with(enum script_state program, enum script_state hook, bool patched)
{
    struct host host = right;

    host.program = program;
    host.hook = hook;
    host.patched = patched;
    return host;
}

static void each_way_in_serves_and_the_want_of_one_has_its_remedy(void **state)
{
    static const enum script_state none = SCRIPT_MISSING, closed = SCRIPT_NOT_EXECUTABLE,
                                   ready = SCRIPT_EXECUTABLE;
    static const struct {
        enum script_state program;
        enum script_state hook;
        bool patched;
        const char *words;
    } rows[] = {
        {ready, ready, false, NULL},
        {ready, none, true, NULL},
        {ready, closed, true, NULL},
        {ready, ready, true, NULL},
        {none, none, false, "vif-route-ipv6: nothing calls it"},
        {closed, none, false, "vif-route-ipv6: nothing calls it"},
        {none, ready, false, "scripts/vif-route-ipv6: missing"},
        {closed, none, true, "scripts/vif-route-ipv6: missing"},
        {ready, closed, false, ": chmod +x " HOST_HOOK},
        {ready, none, false, "no domU in /etc/xen/*.cfg has script=vif-route-ipv6"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct host host = host_with(rows[i].program, rows[i].hook, rows[i].patched);

        check_one(&host, "", rows[i].words);
    }
}

static void the_script_is_a_way_where_xl_names_it_or_may(void **state)
{
    struct host host = host_with(SCRIPT_EXECUTABLE, SCRIPT_MISSING, false);

    (void)state;
    host.has_domu_configs = false; /* they are elsewhere */
    check_one(&host, "", NULL);
    host.has_domu_configs = true;
    host.script_configured = true;
    check_one(&host, "", NULL);
    host.hook = SCRIPT_NOT_EXECUTABLE;
    check_one(&host, "", NULL);
    host.program = SCRIPT_MISSING;
    check_one(&host, "", "scripts/vif-route-ipv6: missing");
}

static void a_vif_route_that_runs_no_hooks_makes_the_hook_file_useless(void **state)
{
    struct host host = right;

    (void)state;
    host.runs_hooks = false;
    check_one(&host, "", "runs no hook files");
    host.patched = true;
    check_one(&host, "", NULL);
}

static void scripts_that_are_not_there_or_closed_are_all_that_is_told_of_the_ways(void **state)
{
    struct host host = {.has_ipv6 = true, .has_nft = true};

    (void)state;
    host.scripts = SCRIPTS_MISSING;
    check_one(&host, DOMU, "is Xen installed?");
    host.scripts = SCRIPTS_CLOSED;
    check_one(&host, DOMU, "run check as root");
}

/* As the program alone leaves a host. */
static void without_xen_6to4_and_pd_nat_are_enough(void **state)
{
    static const char *const any[] = {"[6to4]\npublic_ipv4 = 198.51.99.4\n",
                                      "[pd-nat eth0]\ninternal_prefix = fd12::/48\n"};
    struct host host = right;

    (void)state;
    host.has_vif_route = host.runs_hooks = host.uses_ifconfig = host.has_ifconfig = false;
    host.has_domu_configs = false;
    for (size_t i = 0; i < ARRAY_SIZE(any); i++) {
        char both[128];

        check_one(&host, any[i], NULL);
        snprintf(both, sizeof(both), DOMU "%s", any[i]);
        check_one(&host, both, "is Xen installed?");
    }
    check_one(&host, "", "is Xen installed?");
    host.scripts = SCRIPTS_MISSING;
    check_one(&host, any[0], NULL);
}

static void net_tools_count_where_vif_route_uses_them(void **state)
{
    struct host host = right;

    (void)state;
    host.has_ifconfig = false;
    check_one(&host, "", ": apt-get install net-tools");
    host.has_domu_configs = false;
    check_one(&host, DOMU, ": apt-get install net-tools");
    check_one(&host, "", NULL); /* a fresh host, whose first vif line may name the script */
    host.uses_ifconfig = false;
    check_one(&host, DOMU, NULL);
    host.uses_ifconfig = true;
    host.script_configured = true;
    check_one(&host, DOMU, NULL);
}

static void nft_counts_where_antispoof_is_yes(void **state)
{
    struct host host = right;

    (void)state;
    host.has_nft = false;
    check_one(&host, DOMU, NULL);
    check_one(&host, "[defaults]\nantispoof = no\n", NULL);
    check_one(&host, "[defaults]\nantispoof = maybe\n", "nft"); /* it means yes */
    check_one(&host, "[domu a]\nantispoof = no\nantispoof.1 = yes\n", "nft");
    check_one(&host, "[defaults]\nantispoof = yes\n", ": apt-get install nftables");
    check_one(&host, "[domu a]\nipv6_gateway_addr = fe80::1\nantispoof = yes\n", "nft");
}

static void forwarding_counts_where_others_send_through_the_host(void **state)
{
    struct host host = right;

    (void)state;
    host.forwarding_off = true;
    check_one(&host, NAT, "routes nothing for those behind it");
    check_one(&host, NAT, ": sysctl -w net.ipv6.conf.all.forwarding=1");
    check_one(&host, NAT DOMU, "routes nothing for its domUs");
    check_one(&host, "[6to4]\npublic_ipv4 = 203.0.113.5\n", NULL);
    check_one(&host, "[6to4]\npublic_ipv4 = 203.0.113.5\nlan.eth1 = 1\n", "those behind it");
}

static void the_program_of_a_pd_nats_backend_counts(void **state)
{
    struct host host = right;

    (void)state;
    host.has_nft = false;
    check_one(&host, NAT, "nft: not installed, and pd-nat needs it");
    check_one(&host, NAT "backend = nft\n", "nft: not installed, and pd-nat needs it");
    check_one(&host, NAT "backend = nonsense\n", "nft: not installed, and pd-nat needs it");
    check_one(&host, NAT "[defaults]\nantispoof = yes\n",
              "nft: not installed, and antispoof needs it");
    check_one(&host, NAT "backend = ip6tables\n", "nft: not installed, and pd-nat needs it");
    check_one(&host, NAT "backend = ip6tables\nguard = no\n", NULL);
    check_one(&host, NAT "backend = ip6tables\nguard = no\ninbound = no\n",
              "nft: not installed, and pd-nat needs it");
    check_one(&host, NAT "backend = ip6tables\nguard = no\nflow_limit = 5\n",
              "nft: not installed, and pd-nat needs it");
    host = right;
    host.has_ip6tables = false;
    check_one(&host, NAT, NULL);
    check_one(&host, DOMU, NULL);
    check_one(&host, NAT "backend = ip6tables\n", ": apt-get install iptables");
}

static void a_neighbour_table_counts_by_the_domus(void **state)
{
    struct host host = right;

    (void)state;
    host.gc_thresh3 = 1024;
    check_one(&host, DOMU, NULL);
    host.vif_count = 32;
    check_one(&host, DOMU, NULL);
    host.vif_count = 33;
    check_one(&host, DOMU, "sysctl -w net.ipv6.neigh.default.gc_thresh3=4096 ");
    check_one(&host, NAT, NULL);
    host.gc_thresh3 = 16; /* even for one */
    host.vif_count = 0;
    check_one(&host, DOMU, "gc_thresh3: 16 is");
    host.gc_thresh3 = 0; /* not known */
    check_one(&host, DOMU, NULL);
}

static void all_that_is_wrong_is_told_at_once(void **state)
{
    struct host host = {
        .scripts = SCRIPTS_OPEN, .has_vif_route = true, .forwarding_off = true, .patched = true};
    struct config config = parse(DOMU "[defaults]\nantispoof = yes\n" NAT "backend = ip6tables\n");
    struct diagnostics warnings = {.items = NULL};
    struct error e = {""};

    (void)state;
    host.uses_ifconfig = true;
    assert_int_equal(host_judge(&host, &config, &warnings, &e), 0);
    assert_int_equal(warnings.count, 6);
    diagnostics_free(&warnings);
    config_free(&config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_host_is_passed_over_in_silence),
        cmocka_unit_test(forwarding_counts_where_a_domu_is_configured),
        cmocka_unit_test(disabled_ipv6_is_told_once_by_its_widest_reason),
        cmocka_unit_test(each_way_in_serves_and_the_want_of_one_has_its_remedy),
        cmocka_unit_test(the_script_is_a_way_where_xl_names_it_or_may),
        cmocka_unit_test(a_vif_route_that_runs_no_hooks_makes_the_hook_file_useless),
        cmocka_unit_test(scripts_that_are_not_there_or_closed_are_all_that_is_told_of_the_ways),
        cmocka_unit_test(without_xen_6to4_and_pd_nat_are_enough),
        cmocka_unit_test(net_tools_count_where_vif_route_uses_them),
        cmocka_unit_test(nft_counts_where_antispoof_is_yes),
        cmocka_unit_test(forwarding_counts_where_others_send_through_the_host),
        cmocka_unit_test(the_program_of_a_pd_nats_backend_counts),
        cmocka_unit_test(a_neighbour_table_counts_by_the_domus),
        cmocka_unit_test(all_that_is_wrong_is_told_at_once),
        cmocka_unit_test(what_sends_advertisements),
    };

    return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
