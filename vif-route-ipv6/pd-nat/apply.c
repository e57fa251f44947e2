/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat apply: what the hook does, by hand.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/lock.h"
#include "base/log.h"
#include "base/shell.h"
#include "core.h"
#include "pd-nat.h"
#include "pd-nat/clients.h"

/* ---- the dry run ---- */

/* nft's rules beside another backend's are comments to that backend's program. */
static int print_wanted_rules(const struct pd_nat *pd, struct error *e)
{
    const bool is_nft = pd_nat_has_backend(pd->mappings, pd->count, BACKEND_NFT);
    int result = 0;

    for (enum pd_nat_backend_id backend = 0; backend < BACKEND_COUNT && result == 0; backend++) {
        AUTO_FREE char *rules = NULL;

        if (backend == BACKEND_NFT ? !pd_nat_wants_nft(pd->mappings, pd->count)
                                   : !pd_nat_has_backend(pd->mappings, pd->count, backend))
            continue;
        result = pd_nat_rules_print(pd->mappings, pd->count, backend, &rules, e);
        if (!rules)
            continue;
        if (backend != BACKEND_NFT || is_nft) {
            fputs(rules, stdout);
            continue;
        }
        puts("# for nft -f:");
        for (const char *line = rules; *line; line += strcspn(line, "\n") + 1)
            printf("# %.*s\n", (int)strcspn(line, "\n"), line);
    }
    return result;
}

/*
 * On standard error, as standard output is for nft or ip6tables-restore. What the mappings do not
 * show, such as a rule that somebody removed, is a warning.
 */
static int print_changes(const struct pd_nat *pd, struct error *e)
{
    AUTO_FREE char *changes = NULL;
    int result = pd_nat_rules_compare(pd->in_force, pd->in_force_count, pd->mappings, pd->count,
                                      &changes, e);

    if (result == 0 && !log_is_quiet())
        fputs(changes, stderr);
    for (enum pd_nat_backend_id backend = 0; backend < BACKEND_COUNT && result == 0 && !*changes;
         backend++) {
        bool in_force = true;

        if (pd_nat_has_backend(pd->mappings, pd->count, backend))
            result = pd_nat_rules_check(pd->mappings, pd->count, &pd->now, backend, &in_force, e);
        if (result == 0 && !in_force)
            log_warning("%s", e->text);
    }
    return result;
}

/* Without the right to read the rules in force, it warns, and prints only what is wanted. */
static int show_dry_run(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                        struct error *e)
{
    struct error why;
    int lock = lock_take();
    int looked = pd_nat_look(pd, &why);
    int result = pd_nat_map(pd, link, delegated, e);

    (void)pd_nat_report(pd, NULL);
    if (result == 0)
        result = print_wanted_rules(pd, e);
    if (result == 0 && looked == 0)
        result = print_changes(pd, e);
    else if (result == 0)
        log_warning("%s: what apply would change is not known: %s", link, why.text);
    close_fd(&lock);
    return result;
}

/* ---- the call ---- */

struct apply {
    const char *link;
    struct prefix delegated;
    bool dry_run;
    bool is_untimed; /* nobody said how long the prefix is valid */
    int64_t valid;   /* seconds; UINT32_MAX: for ever */
    int64_t preferred;
};

static enum exit_status read_apply_arguments(struct apply *apply, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_apply;
    struct prefix *delegated = &apply->delegated;
    struct prefix network;
    char meant[PREFIX_TEXT];
    const char *text;
    struct error e;

    if (argc - optind > 2)
        return usage_error(command, "'%s' is one word too many", argv[optind + 2]);
    if (argc - optind < 2)
        return usage_error(command, argc - optind < 1 ? "no interface and no prefix" : "no prefix");
    apply->link = argv[optind];
    text = argv[optind + 1];
    if (!is_link_name(apply->link))
        return usage_error(command, "'%s' cannot be the name of an interface", apply->link);
    if (prefix_parse(text, -1, delegated, &e) < 0)
        return usage_error(command, "%s", e.text);
    if (delegated->length == 0)
        return usage_error(command, "'%s': a prefix needs a length, for example /56", text);
    network = prefix_network(delegated);
    if (!prefix_is_network(delegated))
        return usage_error(command, "'%s' has host bits set: did you mean %s?", text,
                           prefix_print(&network, meant));
    return EXIT_DONE;
}

static enum exit_status read_apply_options(struct apply *apply, int argc, char **argv)
{
    static const struct option long_options[] = {
        {"dry-run", no_argument, NULL, 'n'},
        {"valid", required_argument, NULL, 'l'},
        {"preferred", required_argument, NULL, 'p'},
        {NULL, 0, NULL, 0},
    };
    const struct command *command = &command_pd_nat_apply;
    uint32_t seconds;
    int option;

    *apply = (struct apply){.valid = -1, .preferred = -1};
    while ((option = next_option(command, long_options, argc, argv)) > 0) {
        if (option == 'n')
            apply->dry_run = true;
        else if (client_read_number("", optarg, &seconds, NULL) < 0)
            return usage_error(command, "--%s: '%s' is not a number of seconds up to 4294967295",
                               option == 'l' ? "valid" : "preferred", optarg);
        else
            *(option == 'l' ? &apply->valid : &apply->preferred) = seconds;
    }
    if (option < 0)
        return EXIT_USAGE;
    apply->is_untimed = apply->valid < 0 && apply->preferred < UINT32_MAX;
    if (apply->valid < 0)
        apply->valid = UINT32_MAX;
    if (apply->preferred < 0)
        apply->preferred = apply->valid;
    return read_apply_arguments(apply, argc, argv);
}

/* ---- what is applied ---- */

/* Reports which part of the delegated prefix is used, and what does not work with it. */
static void report_external(const struct pd_nat *pd, const struct apply *apply)
{
    const struct prefix *delegated = &apply->delegated;
    struct prefix external;
    struct pd_nat_section nat;
    struct error why;
    char whole[PREFIX_TEXT];
    char part[PREFIX_TEXT];

    if (pd_nat_read(&pd->config, apply->link, &nat, &why) < 0 ||
        pd_nat_external(&nat, delegated, &external, &why) < 0)
        return;
    if (external.length > delegated->length)
        log_notice("%s: of the delegated prefix %s, part %" PRIx64 " is used: %s", apply->link,
                   prefix_print(delegated, whole), nat.part, prefix_print(&external, part));
    if (pd_nat_on_link(&nat, &external, &why))
        log_warning("%s", why.text);
    if (pd_nat_lacks_link(apply->link, &why))
        log_warning("%s: %s", apply->link, why.text);
}

static int apply_prefix(struct pd_nat *pd, const void *context, struct error *e)
{
    const struct apply *apply = context;
    const struct pd_nat_state state = {
        .in_use = {.prefix = apply->delegated,
                   .preferred_until = state_until((uint32_t)apply->preferred, apply->is_untimed),
                   .valid_until = state_until((uint32_t)apply->valid, apply->is_untimed)}};
    char word[SHELL_WORD];
    int result;

    if (apply->valid == 0)
        return fail(e, EINVAL,
                    "%s: a prefix with --valid 0 is not valid; to remove the prefix: "
                    "%s pd-nat remove %s",
                    apply->link, shell_own_command(), shell_word(apply->link, word));
    if (apply->preferred > apply->valid) /* nor may a server send that: RFC 8415 21.22 */
        return fail(e, EINVAL,
                    "%s: --preferred %" PRId64 " is longer than --valid %" PRId64
                    ": a prefix is preferred only while it is valid",
                    apply->link, apply->preferred, apply->valid);
    result = pd_nat_check_section(pd, apply->link, e);
    if (result == 0)
        result = apply->dry_run ? show_dry_run(pd, apply->link, &apply->delegated, e)
                                : pd_nat_change(pd, apply->link, &state, e);
    if (result >= 0)
        report_external(pd, apply);
    return result;
}

static enum exit_status run_pd_nat_apply(const struct options *options, int argc, char **argv)
{
    struct apply apply;
    const enum exit_status status = read_apply_options(&apply, argc, argv);

    return status == EXIT_DONE ? pd_nat_run(&command_pd_nat_apply, options, apply_prefix, &apply)
                               : status;
}

const struct command command_pd_nat_apply = {
    .name = "pd-nat apply",
    .arguments = "[-n] [OPTIONS] INTERFACE PREFIX",
    .summary = "set the external prefix by hand",
    .help = "Makes PREFIX, with its length, the delegated prefix of [pd-nat INTERFACE], as if\n"
            "a DHCPv6 client had reported it. Of a PREFIX larger than internal_prefix the\n"
            "section's part is used, and printed on standard error. A prefix that is on-link\n"
            "at INTERFACE, wholly or in part, gives a warning.\n\n"
            "  -n, --dry-run  print the rules, and load none; on standard error, a line\n"
            "                 per change: `- eth0 nft INTERNAL EXTERNAL`, `+ eth0 guard`\n"
            "  --valid N      seconds until the prefix expires, 4294967295 for never; without\n"
            "                 it, the lifetime is unknown\n"
            "  --preferred N  seconds until another prefix is preferred; without it, as valid\n\n"
            "Example: vif-route-ipv6 pd-nat apply --valid 3600 eth0 2001:db8:12:3400::/56",
    .run = run_pd_nat_apply,
};
