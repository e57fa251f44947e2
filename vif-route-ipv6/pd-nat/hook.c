/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat hook: run by dhcpcd with its environment, through etc/dhcpcd-hook. Whatever dhcpcd says of
 * interfaces without a section, or of leases that end, changes nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/deadline.h"
#include "base/log.h"
#include "core.h"
#include "pd-nat.h"
#include "pd-nat/lease.h"

#define PATIENCE 20

static int64_t until(uint32_t seconds)
{
    return seconds == LEASE_FOREVER ? STATE_FOREVER : (int64_t)time(NULL) + seconds;
}

/* What a message of dhcpcd's says, and what was known before it. */
struct news {
    enum lease_event event;
    const char *link;
    struct pd_nat_state stored;
    bool is_stored;           /* something, be it broken */
    bool has_stored;          /* and it can be read */
    enum lease_word word;     /* of the stored prefix, */
    struct pd_nat_lease told; /* and its lifetimes */
};

static void read_news(struct news *news)
{
    struct error none;
    int result = -ENOENT;

    if (is_link_name(news->link))
        result = state_read(news->link, &news->stored, &none);
    news->is_stored = result != -ENOENT;
    news->has_stored = result == 0;
    if (news->has_stored)
        news->word = lease_tells(news->event, environ, &news->stored.delegated, &news->told);
}

/* Stores what is said of the stored prefix, which does not hang on what becomes of another. */
static int note_stored(const struct news *news, struct error *e)
{
    const int64_t now = time(NULL);
    struct pd_nat_state told = news->stored;

    if (!news->has_stored || news->word == LEASE_UNTOLD)
        return 0;
    told.preferred_until = news->word == LEASE_LOST ? now : until(news->told.preferred);
    told.valid_until = news->word == LEASE_LOST ? now : until(news->told.valid);
    return pd_nat_note(news->link, &told, e);
}

/* An IAID that no delegated prefix has is most likely a mistake. */
static void warn_of_iaid(struct pd_nat_section nat)
{
    struct pd_nat_lease lease;
    struct error none;
    bool found = false;

    if (!nat.has_iaid)
        return;
    nat.has_iaid = false;
    if (lease_choose(&nat, environ, NULL, &lease, &found, &none) == 0 && found)
        log_warning("%s: a prefix is delegated, but no valid one with iaid = %" PRIu32, nat.link,
                    nat.iaid);
}

/* The prefix in use stays while it is preferred, if it is among those that dhcpcd reports. */
static int choose(struct pd_nat *pd, const struct news *news, struct pd_nat_lease *lease,
                  bool *found, struct error *e)
{
    const struct prefix *in_use = news->has_stored ? &news->stored.delegated : NULL;
    struct pd_nat_section nat;
    int result = pd_nat_read(&pd->config, news->link, &nat, e);

    if (result < 0 || news->event != LEASE_BOUND)
        return result;
    result = lease_choose(&nat, environ, in_use, lease, found, e);
    if (result == 0 && !*found)
        warn_of_iaid(nat);
    return result;
}

/* The guard needs no prefix, and stands whatever became of the lease. */
static void keep_guard(struct pd_nat *pd, const char *link)
{
    struct error e;
    size_t broken;

    pd->reported = link;
    if (pd_nat_restore(pd, link, &broken, &e) < 0)
        log_failure(&e);
}

static int take_prefix(struct pd_nat *pd, const struct news *news, const struct pd_nat_lease *lease,
                       struct error *e)
{
    const struct pd_nat_state state = {.delegated = lease->prefix,
                                       .preferred_until = until(lease->preferred),
                                       .valid_until = until(lease->valid)};

    return pd_nat_change(pd, news->link, &state, e);
}

/*
 * A delegated prefix becomes rules, and the lifetimes of the stored one are noted: before the rules
 * change, which may fail, be refused or be killed. A renewal stores them itself unless it fails.
 */
static int take_lease(struct pd_nat *pd, const struct news *news, struct error *e)
{
    struct pd_nat_lease lease;
    struct error why;
    bool found = false;
    int result = choose(pd, news, &lease, &found, e);
    bool renews = result == 0 && found && news->has_stored &&
                  prefix_equal(&lease.prefix, &news->stored.delegated);
    int noted = renews ? 0 : note_stored(news, &why);

    if (result == 0 && found) {
        result = take_prefix(pd, news, &lease, e);
        if (result < 0 && renews && note_stored(news, &why) < 0)
            log_failure(&why);
        return result;
    }
    return result == 0 && noted < 0 ? fail(e, noted, "%s", why.text) : result;
}

/* An interface without a section: its header may be mistyped, or it is none of the suite's. */
static int pass_over(const struct pd_nat *pd, const struct news *news, struct error *e)
{
    int result = news->is_stored ? pd_nat_fail_lost(pd, news->link, e) : 0;
    struct error why;

    if (result == 0)
        log_info("%s: no section [pd-nat %s] in %s: nothing to do", news->link, news->link,
                 pd->config.path);
    if (note_stored(news, &why) < 0)
        log_failure(&why);
    return result;
}

static int serve(const struct options *options, struct error *e)
{
    struct news news = {.event = lease_event(environ), .link = lease_interface(environ)};
    struct pd_nat pd = {.mappings = NULL};
    struct error why;
    int result = 0;

    if ((news.event != LEASE_BOUND && news.event != LEASE_OVER) || !news.link)
        return 0;
    read_news(&news);
    result = pd_nat_open(&pd, options, e);
    if (result < 0) {
        if (note_stored(&news, &why) < 0)
            log_failure(&why);
    } else if (config_find(&pd.config, SECTION_PD_NAT, news.link)) {
        result = take_lease(&pd, &news, e);
        if (pd.count == 0)
            keep_guard(&pd, news.link);
    } else {
        result = pass_over(&pd, &news, e);
    }
    pd_nat_free(&pd);
    return result;
}

/* ARGV[1], if any, is the path of the script by which dhcpcd runs this; then the recipe's word. */
static enum exit_status run(const struct options *options, int argc, char **argv)
{
    struct error e;
    int result;

    if (argc > 1 && strchr(argv[1], '/')) {
        argc--;
        argv++;
    }
    if (argc > 1 && strcmp(argv[1], "restore-iptables") == 0)
        return command_pd_nat_restore.run(options, 1, argv);
    if (argc > 1)
        return usage_error(&command_pd_nat_hook, "'%s': it takes restore-iptables, or nothing",
                           argv[1]);
    deadline_start(PATIENCE, "pd-nat hook");
    result = serve(options, &e);
    deadline_stop();
    if (result < 0)
        log_failure(&e);
    return result < 0 ? EXIT_FAILED : EXIT_DONE;
}

const struct command command_pd_nat_hook = {
    .name = "pd-nat hook",
    .arguments = "",
    .summary = "follow what dhcpcd says in its environment",
    .help = "dhcpcd runs it, through its hook script (see pd-nat client-conf): a delegated\n"
            "prefix becomes rules, a renewal without a change does nothing, and when a lease\n"
            "ends the rules stay as they are.",
    .run = run,
};
