/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat hook: run by a DHCPv6 client with its environment, through etc/dhcpcd-hook. What the
 * client reports of interfaces without a section changes nothing, and neither does the end of a
 * lease.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "core.h"
#include "hook.h"
#include "pd-nat.h"
#include "pd-nat/clients.h"

static uint32_t seconds_to(int64_t until)
{
    const int64_t now = time(NULL);

    if (until >= STATE_UNKNOWN || until - now >= LEASE_FOREVER)
        return LEASE_FOREVER;
    return until > now ? (uint32_t)(until - now) : 0;
}

/* What a message says, and what was known before it. */
struct news {
    const struct lease_message *message;
    const char *link;
    struct pd_nat_state stored;
    bool is_stored;               /* there is a file, perhaps a broken one, */
    bool has_stored;              /* and it can be read */
    enum lease_report report;     /* what the message says of the stored prefix, */
    struct pd_nat_lease reported; /* and its lifetimes; 0 if it is lost */
};

static void read_stored(struct news *news)
{
    int result = is_link_name(news->link) ? state_read(news->link, &news->stored, NULL) : -ENOENT;

    news->is_stored = result != -ENOENT;
    news->has_stored = result == 0;
    if (news->has_stored)
        news->report = lease_report_on(news->message, &news->stored.in_use.prefix, &news->reported);
}

static struct known_prefix known_of(const struct pd_nat_lease *lease)
{
    return (struct known_prefix){.prefix = lease->prefix,
                                 .preferred_until =
                                     state_until(lease->preferred, lease->is_untimed),
                                 .valid_until = state_until(lease->valid, lease->is_untimed),
                                 .has_iaid = lease->has_iaid,
                                 .iaid = lease->iaid};
}

/* Stores what is said of the stored prefix, whatever becomes of the others. */
static int note_stored(const struct news *news, struct error *e)
{
    struct known_prefix reported = known_of(&news->reported);

    if (!news->has_stored || news->report == LEASE_NOT_REPORTED)
        return 0;
    reported.prefix = news->stored.in_use.prefix;
    return pd_nat_note(news->link, &reported, e);
}

/* The same where another failure, or none, is what the caller returns. */
static void try_to_note(const struct news *news)
{
    struct error why;

    if (note_stored(news, &why) < 0)
        log_failure(&why);
}

/* ---- what is known by now ---- */

/* Adds a prefix of before that MESSAGE does not name; its lifetimes go on. */
static int add_stored(struct lease_message *known, const struct lease_message *message,
                      const struct known_prefix *stored)
{
    const struct pd_nat_lease lease = {.prefix = stored->prefix,
                                       .has_iaid = stored->has_iaid,
                                       .iaid = stored->iaid,
                                       .preferred = seconds_to(stored->preferred_until),
                                       .valid = seconds_to(stored->valid_until),
                                       .is_untimed = stored->valid_until == STATE_UNKNOWN};

    for (size_t i = 0; i < message->count; i++)
        if (prefix_equal(&message->prefixes[i].prefix, &stored->prefix))
            return 0;
    return lease_message_add(known, &lease);
}

static bool was_known(const struct pd_nat_state *stored, const struct prefix *prefix)
{
    for (size_t i = 0; i < stored->other_count; i++)
        if (prefix_equal(&stored->others[i].prefix, prefix))
            return true;
    return prefix_equal(&stored->in_use.prefix, prefix);
}

/*
 * dhcp6c reports no lifetimes. After a renumbering it reports the new prefix and the old one, which
 * may be dead. So a prefix that was not known before takes precedence over those that were.
 */
static void deprecate_known(const struct pd_nat_state *stored, struct lease_message *known)
{
    bool has_new = false;

    for (size_t i = 0; i < known->count; i++)
        has_new |= !was_known(stored, &known->prefixes[i].prefix);
    for (size_t i = 0; i < known->count; i++)
        if (has_new && known->prefixes[i].is_untimed &&
            was_known(stored, &known->prefixes[i].prefix))
            known->prefixes[i].preferred = 0;
}

/* A whole lease replaces what was known; a message about one prefix changes only that. */
static int gather_known(const struct news *news, struct lease_message *out, struct error *e)
{
    const struct lease_message *message = news->message;
    const struct pd_nat_state *stored = &news->stored;
    int result = 0;

    for (size_t i = 0; message->event == LEASE_BOUND && i < message->count && result == 0; i++)
        result = lease_message_add(out, &message->prefixes[i]);
    if (news->has_stored)
        deprecate_known(stored, out);
    if (!message->is_whole && news->has_stored) {
        result = result == 0 ? add_stored(out, message, &stored->in_use) : result;
        for (size_t i = 0; result == 0 && i < stored->other_count; i++)
            result = add_stored(out, message, &stored->others[i]);
    }
    return result < 0 ? fail_memory(e) : 0;
}

/* Stores the prefixes that are known besides the one that is CHOSEN. */
static void remember_others(const struct lease_message *known, const struct pd_nat_lease *chosen,
                            struct pd_nat_state *state)
{
    for (size_t i = 0; i < known->count && state->other_count < STATE_OTHERS; i++) {
        const struct pd_nat_lease *lease = &known->prefixes[i];

        if (lease->valid > 0 && lease->preferred <= lease->valid &&
            !prefix_equal(&lease->prefix, &chosen->prefix))
            state->others[state->other_count++] = known_of(lease);
    }
}

/* An IAID that no delegated prefix has is most likely a mistake. */
static void warn_of_iaid(struct pd_nat_section nat, const struct lease_message *known)
{
    struct pd_nat_lease lease;
    struct error none;
    bool found = false;

    if (!nat.has_iaid)
        return;
    nat.has_iaid = false;
    if (lease_choose(&nat, known->prefixes, known->count, NULL, &lease, &found, &none) == 0 &&
        found)
        log_warning("%s: a prefix is delegated, but no valid one with iaid = %" PRIu32, nat.link,
                    nat.iaid);
}

/* The prefix in use stays while it is preferred, if it is still among those that are known. */
static int choose(struct pd_nat *pd, const struct news *news, const struct lease_message *known,
                  struct pd_nat_lease *lease, bool *found, struct error *e)
{
    const struct prefix *in_use = news->has_stored ? &news->stored.in_use.prefix : NULL;
    struct pd_nat_section nat;
    int result = pd_nat_read(&pd->config, news->link, &nat, e);

    if (result < 0)
        return result;
    if (news->message->broken < 0 && news->message->event == LEASE_BOUND)
        return fail(e, news->message->broken, "%s", news->message->why.text);
    result = lease_choose(&nat, known->prefixes, known->count, in_use, lease, found, e);
    if (result == 0 && !*found && news->message->event == LEASE_BOUND)
        warn_of_iaid(nat, known);
    return result;
}

/* The ULA guard needs no prefix, and stays whatever became of the lease. */
static void keep_ula_guard(struct pd_nat *pd, const char *link)
{
    struct error e;

    pd_nat_reset(pd);
    pd->reported = link;
    if (pd_nat_restore(pd, link, &e) < 0)
        log_failure(&e);
}

/*
 * A delegated prefix becomes rules. The lifetimes of the stored one are noted before the rules
 * change, which may fail, be refused or be killed. A renewal stores them itself unless it fails.
 * The other prefixes of a client that reports one at a time are stored as well.
 */
static int take_lease(struct pd_nat *pd, const struct news *news, struct error *e)
{
    CLEANUP(lease_message_free) struct lease_message known = {.prefixes = NULL};
    struct pd_nat_state state = {.other_count = 0};
    struct pd_nat_lease lease;
    struct error why;
    bool found = false;
    int result = gather_known(news, &known, e);
    bool is_partial;
    bool renews;
    int noted;

    if (result == 0)
        result = choose(pd, news, &known, &lease, &found, e);
    renews = result == 0 && found && news->has_stored &&
             prefix_equal(&lease.prefix, &news->stored.in_use.prefix);
    noted = renews ? 0 : note_stored(news, &why);
    if (result < 0 || !found)
        return result == 0 && noted < 0 ? fail(e, noted, "%s", why.text) : result;
    is_partial = !news->message->is_whole || lease.is_untimed;
    state.in_use = known_of(&lease);
    state.in_use.has_iaid &= is_partial;
    if (is_partial)
        remember_others(&known, &lease, &state);
    result = pd_nat_change(pd, news->link, &state, e);
    if (result < 0 && renews)
        try_to_note(news);
    return result;
}

static int follow_news(struct pd_nat *pd, struct news *news, struct error *e)
{
    int result = 0;

    if (!news->link || !*news->link) { /* then the client means the only section's */
        news->link = pd_nat_link(&pd->config, 0);
        if (news->link && pd_nat_link(&pd->config, 1))
            return fail(e, EINVAL,
                        "pd-nat hook: the client does not name its interface, and %s has several "
                        "[pd-nat] sections",
                        pd->config.path);
    }
    if (!news->link)
        return 0;
    read_stored(news);
    if (config_find(&pd->config, SECTION_PD_NAT, news->link)) {
        result = take_lease(pd, news, e);
        if (pd->count == 0)
            keep_ula_guard(pd, news->link);
        return result;
    }
    if (news->is_stored) /* the header of its section may be mistyped */
        result = pd_nat_fail_lost(pd, news->link, e);
    if (result == 0)
        log_info("%s: no section [pd-nat %s] in %s: nothing to do", news->link, news->link,
                 pd->config.path);
    try_to_note(news);
    return result;
}

int pd_nat_follow(const struct options *options, const struct lease_message *message,
                  struct error *e)
{
    struct news news = {.message = message, .link = message->link, .report = LEASE_NOT_REPORTED};
    struct pd_nat pd = {.mappings = NULL};
    int result;

    if (message->event != LEASE_BOUND && message->event != LEASE_OVER)
        return 0;
    result = pd_nat_open(&pd, options, e);
    if (result == 0) {
        result = follow_news(&pd, &news, e);
    } else if (news.link) { /* the lifetimes count without ipv6.cfg, too */
        read_stored(&news);
        try_to_note(&news);
    }
    pd_nat_free(&pd);
    return result;
}

/* ARGV[1], if any, is the path of the script by which the client runs this; then its own words. */
static enum exit_status run_pd_nat_hook(const struct options *options, int argc, char **argv)
{
    struct client_call call = {.environment = environ};
    struct lease_message message;
    struct error e;
    int result;

    if (argc > 1 && strchr(argv[1], '/')) {
        argc--;
        argv++;
    }
    if (argc == 2 && strcmp(argv[1], "restore-iptables") == 0)
        return command_run(&command_pd_nat_restore, options, NULL);
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '-')
            return usage_error(&command_pd_nat_hook, "'%s' is not an option", argv[i]);
    if (argc > 3)
        return usage_error(&command_pd_nat_hook, "'%s': no client passes a third word", argv[3]);
    call.arguments = argv + 1;
    call.argument_count = argc - 1;
    deadline_start(PD_NAT_PATIENCE, "pd-nat hook");
    result = client_read(&call, &message, &e);
    if (result == 0)
        result = pd_nat_follow(options, &message, &e);
    lease_message_free(&message);
    deadline_stop();
    return report_result(result, &e);
}

const struct command command_pd_nat_hook = {
    .name = "pd-nat hook",
    .arguments = "[ARGUMENT]...",
    .summary = "follow what a DHCPv6 client reports in its environment",
    .help = "A DHCPv6 client runs it, with its own arguments (see pd-nat client-conf):\n"
            "dhcpcd, ISC dhclient, OpenWrt's odhcp6c (INTERFACE STATE), BusyBox's udhcpc6\n"
            "(bound) or OPNsense's dhcp6c. A delegated prefix becomes rules, a renewal\n"
            "without a change does nothing, and when a lease ends the rules stay as they are.\n"
            "A client that names no interface means the only section's. Another environment\n"
            "is an error.",
    .run = run_pd_nat_hook,
};
