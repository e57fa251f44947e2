/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 6to4 gateway: the rules for a NAT gateway in front of the host that does 6to4.
 */
#include <errno.h>
#include <getopt.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "6to4.h"
#include "6to4/gateway.h"
#include "base/ipv4.h"
#include "base/log.h"
#include "sys/conntrack.h"
#include "sys/iptables.h"
#include "sys/nft.h"
#include "sys/program.h"

enum format { FORMAT_INSTALLED, FORMAT_IPTABLES, FORMAT_NFT };

struct call {
    struct gateway gateway;
    const char *public_ipv4;
    const char *target;
    enum format format;
    bool apply;
    bool has_chain;
    struct gateway_chain chain;
};

/* ---- connections ---- */

/*
 * Deletes the connections with an old mapping, or, without --apply, only shows them, and none to a
 * user who must not read them.
 */
static int settle_stale(const struct call *call, struct error *e)
{
    AUTO_FREE struct conntrack_entry *entries = NULL;
    size_t count = 0;
    int result = conntrack_list(AF_INET, gateway_is_stale, &call->gateway, &entries, &count, e);

    if (result < 0)
        return call->apply ? result : 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        AUTO_FREE char *words = gateway_describe(&entries[i]);
        size_t deleted;

        if (!words)
            return fail_memory(e);
        if (call->apply)
            result = conntrack_delete(&entries[i], 1, &deleted, e);
        if (result == 0)
            printf("%s%s\n", call->apply ? "- " : "# --apply deletes: ", words);
    }
    return result;
}

/* ---- iptables ---- */

static int do_iptables(const struct call *call, struct error *e)
{
    AUTO_FREE char *saved = NULL;
    AUTO_FREE char *rules = NULL;
    AUTO_FREE char *undo = NULL;
    struct error ignored;
    int result = iptables_save(&saved, e);

    if (result < 0 && call->apply)
        return result;
    if (call->apply && gateway_is_hidden(saved))
        return fail(e, EOPNOTSUPP,
                    "iptables: the table filter or nat has rules of nft's, which it cannot "
                    "show: use --format nft");
    rules = gateway_iptables(&call->gateway, saved ? saved : "");
    if (!rules)
        return fail_memory(e);
    if (!call->apply) {
        fputs(rules, stdout);
        return 0;
    }
    result = iptables_load(rules, e);
    if (result < 0)
        undo = gateway_iptables_undo(saved);
    if (undo)
        (void)!iptables_load(undo, &ignored); /* fails if the table filter was not loaded either */
    return result;
}

/* ---- nft ---- */

/*
 * Finds the chain that was named, or else the first usual one that exists; LISTING is its text, if
 * any. Rules that are only printed may be for another host, so the chain need not exist here.
 */
static int choose_chain(const struct call *call, struct gateway_chain *chain, char **listing,
                        bool *found, struct error *e)
{
    int result;

    *chain = call->chain;
    *found = call->has_chain;
    if (call->has_chain) {
        result = nft_list_chain(chain->family, chain->table, chain->name, listing, e);
        if (result == 0 && !*listing)
            result = fail(e, ENOENT, "--chain: there is no chain %s %s %s: see nft list chains",
                          chain->family, chain->table, chain->name);
        return call->apply ? result : 0;
    }
    for (size_t i = 0; !*found && gateway_usual_chain(i, chain); i++) {
        result = nft_list_chain(chain->family, chain->table, chain->name, listing, e);
        *found = *listing != NULL;
        if (result == -EPERM && call->apply)
            return result;
    }
    return 0;
}

static int do_nft(const struct call *call, struct error *e)
{
    AUTO_FREE char *listing = NULL;
    AUTO_FREE char *rules = NULL;
    struct gateway_chain chain;
    bool found;
    int result = choose_chain(call, &chain, &listing, &found, e);

    if (result < 0)
        return result;
    rules = gateway_nft(&call->gateway, found ? &chain : NULL, listing ? listing : "");
    if (!rules)
        return fail_memory(e);
    if (!call->apply) {
        fputs(rules, stdout);
        return 0;
    }
    if (!found)
        log_warning("no forward chain was found, and none is needed if nothing drops; "
                    "else name yours: --chain 'FAMILY TABLE CHAIN'");
    return nft_load(rules, e);
}

/* ---- the call ---- */

static enum exit_status check_gateway_addresses(struct call *call)
{
    struct gateway *gateway = &call->gateway;
    struct error e;

    if (!call->public_ipv4 || !call->target)
        return usage_error(&command_6to4_gateway, "no --%s",
                           call->public_ipv4 ? "target" : "public");
    if (ipv4_parse(call->public_ipv4, &gateway->public_ipv4, &e) < 0)
        return usage_error(&command_6to4_gateway, "--public: %s", e.text);
    if (ipv4_parse(call->target, &gateway->target, &e) < 0)
        return usage_error(&command_6to4_gateway, "--target: %s", e.text);
    if (ipv4_parse_public(call->public_ipv4, &gateway->public_ipv4, &e) < 0 ||
        ipv4_parse_own(call->target, &gateway->target, &e) < 0) {
        log_failure(&e);
        return EXIT_FAILED;
    }
    if (gateway->public_ipv4.s_addr != gateway->target.s_addr)
        return EXIT_DONE;
    log_error("--target: %s is the public address itself, so there is no NAT gateway: run 6to4 up "
              "on that host",
              call->target);
    return EXIT_FAILED;
}

static enum exit_status read_gateway_option(struct call *call, int option)
{
    struct error e;

    switch (option) {
    case 'p':
        call->public_ipv4 = optarg;
        return EXIT_DONE;
    case 't':
        call->target = optarg;
        return EXIT_DONE;
    case 'w':
        if (rule_link_refusal(optarg))
            return usage_error(&command_6to4_gateway, "--wan: '%s' %s", optarg,
                               rule_link_refusal(optarg));
        strncpy(call->gateway.wan, optarg, sizeof(call->gateway.wan) - 1);
        return EXIT_DONE;
    case 'f':
        call->format = strcmp(optarg, "nft") == 0 ? FORMAT_NFT : FORMAT_IPTABLES;
        if (call->format != FORMAT_NFT && strcmp(optarg, "iptables") != 0)
            return usage_error(&command_6to4_gateway, "--format: '%s' is neither iptables nor nft",
                               optarg);
        return EXIT_DONE;
    case 'c':
        call->has_chain = true;
        if (gateway_parse_chain(optarg, &call->chain, &e) < 0)
            return usage_error(&command_6to4_gateway, "--chain: %s", e.text);
        return EXIT_DONE;
    case 'a':
        call->apply = true;
        return EXIT_DONE;
    default:
        return EXIT_USAGE;
    }
}

static enum exit_status read_gateway_call(struct call *call, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"public", required_argument, NULL, 'p'},
        {"target", required_argument, NULL, 't'},
        {"wan", required_argument, NULL, 'w'},
        {"format", required_argument, NULL, 'f'},
        {"chain", required_argument, NULL, 'c'},
        {"apply", no_argument, NULL, 'a'},
        {NULL, 0, NULL, 0},
    };
    enum exit_status status = EXIT_DONE;
    int option;

    while (status == EXIT_DONE &&
           (option = next_option(&command_6to4_gateway, long_options, argc, argv)) != 0)
        status = read_gateway_option(call, option);
    if (status != EXIT_DONE)
        return status;
    if (optind < argc)
        return usage_error(&command_6to4_gateway, "'%s' is one word too many", argv[optind]);
    if (call->format == FORMAT_INSTALLED)
        call->format = program_is_installed("iptables-restore") ? FORMAT_IPTABLES : FORMAT_NFT;
    if (call->has_chain && call->format != FORMAT_NFT)
        return usage_error(&command_6to4_gateway, "--chain is for --format nft");
    return check_gateway_addresses(call);
}

static enum exit_status run_6to4_gateway(const struct options *options, int argc, char **argv)
{
    struct call call = {.public_ipv4 = NULL};
    enum exit_status status = read_gateway_call(&call, argc, argv);
    struct sixtofour site;
    struct error e;
    int result;

    (void)options;
    if (status != EXIT_DONE)
        return status;
    sixtofour_init(&site);
    site.public_ipv4 = call.gateway.public_ipv4;
    sixtofour_warn(&site);
    if (call.apply && call.gateway.wan[0] && if_nametoindex(call.gateway.wan) == 0)
        log_warning("--wan: %s does not exist now: the rules wait for it", call.gateway.wan);
    result = call.format == FORMAT_NFT ? do_nft(&call, &e) : do_iptables(&call, &e);
    if (result == 0)
        result = settle_stale(&call, &e);
    return report_result(result, &e);
}

const struct command command_6to4_gateway = {
    .name = "6to4 gateway",
    .arguments = "--public IPV4 --target IPV4 [OPTIONS]",
    .summary = "print or load the rules for a NAT gateway in front of a 6to4 host",
    .help = "Run it on the gateway that has the public address; the target is the host behind\n"
            "it. Prints what iptables-restore --noflush or nft -f loads.\n"
            "\n"
            "  --public IPV4    the public address, of which the prefix is made\n"
            "  --target IPV4    the own address of the host that does 6to4\n"
            "  --wan IF         only for what comes in and goes out by this interface\n"
            "  --format FORMAT  iptables or nft; by default what is installed, iptables first\n"
            "  --chain CHAIN    with nft: the chain that decides about forwarding, as in\n"
            "                   'inet filter forward', instead of the first usual one\n"
            "  --apply          load the rules, and delete the connections that conntrack\n"
            "                   keeps with an old mapping\n"
            "\n"
            "Example: vif-route-ipv6 6to4 gateway --public 192.0.2.4 --target 192.168.1.2",
    .run = run_6to4_gateway,
};
