/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch: restores the rules of antispoof and pd-nat as soon as any program deletes them, and the
 * proxy entries of an uplink that was down. The kernel notifies it. It runs until it is ended.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../pd-nat/pd-nat.h"
#include "base/deadline.h"
#include "base/log.h"
#include "command.h"
#include "config/config.h"
#include "domu/guard.h"
#include "sync.h"
#include "sys/link-watch.h"
#include "sys/nft-watch.h"

#define MOST_ROUNDS 50 /* per second: two that delete each other's rules must not fill the host */
#define MOST_TRIES  6  /* again: after 1, 2, 4 ... 32 seconds */

/* What may have to be restored. */
struct suspects {
    bool guard;
    bool pd_nat;
    bool uplinks;
};

/* With ip6tables-nft, pd-nat has the recipe's chains in table nat. */
static bool concerns_pd_nat(const struct nft_loss *loss)
{
    if (!loss->is_ip6)
        return false;
    if (strcmp(loss->table, "pd-nat") == 0)
        return true;
    return strcmp(loss->table, "nat") == 0 &&
           (!loss->chain || begins_with(loss->chain, "external_"));
}

static void note_suspects(const struct nft_loss *loss, void *data)
{
    struct suspects *suspects = data;

    suspects->guard |= !loss->table || (loss->is_inet && guard_is_part(loss->table, loss->set));
    suspects->pd_nat |= !loss->table || concerns_pd_nat(loss);
    suspects->uplinks |= !loss->table;
}

static bool has_uplinks(const struct config *config, const char *link)
{
    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count; j++) {
            const struct setting *setting = &config->sections[i]->settings[j];

            for (size_t k = 0; setting->key == KEY_UPLINK && k < setting->count; k++)
                if (!link || strcmp(setting->links[k], link) == 0)
                    return true;
        }
    return false;
}

/* What the file configures; everything if it cannot be read, so that the error is reported. */
static struct suspects read_wants(const struct options *options)
{
    struct config config;
    struct suspects wants = {.guard = true, .pd_nat = true, .uplinks = true};
    struct error e;
    int result = config_read(options->config, &config, &e);

    if (result == -ENOENT)
        wants = (struct suspects){.guard = false};
    else if (result == 0)
        wants = (struct suspects){.guard = config_asks_for(&config, KEY_ANTISPOOF),
                                  .pd_nat = config_has(&config, SECTION_PD_NAT),
                                  .uplinks = has_uplinks(&config, NULL)};
    config_free(&config);
    return wants;
}

/* While notifications of links are read. */
struct link_notes {
    struct config config;
    struct suspects *suspects;
};

static void note_link(const char *link, void *data)
{
    struct link_notes *notes = data;

    notes->suspects->uplinks |= has_uplinks(&notes->config, link);
}

/* Reads the file each time, as the uplinks may have changed. */
static int read_links(const struct netlink *links, const struct options *options,
                      struct suspects *suspects, struct error *e)
{
    struct link_notes notes = {.suspects = suspects};
    struct error unreadable; /* then there is no uplink to restore */
    int result;

    if (config_read(options->config, &notes.config, &unreadable) < 0)
        log_info("watch: %s", unreadable.text);
    result = link_watch_read(links, note_link, &notes, e);
    config_free(&notes.config);
    return result;
}

/*
 * Returns what could not be restored. AGAIN: the guard could not, so links may have been set down,
 * and only a whole sync sets them up.
 */
static struct suspects restore_lost(const struct options *options, struct suspects lost, bool again)
{
    const struct suspects wants = read_wants(options);
    pid_t vifs = 0;
    pid_t pd_nat = 0;

    if ((lost.uplinks && wants.uplinks) || (again && lost.guard && wants.guard))
        vifs = command_start(&command_sync, options, NULL);
    else if (lost.guard && wants.guard)
        vifs = command_start(&command_sync_guard, options, NULL);
    if (lost.pd_nat && wants.pd_nat)
        pd_nat = command_start(&command_pd_nat_restore, options, NULL);
    if (command_finish(vifs) == EXIT_DONE)
        lost.guard = lost.uplinks = false;
    lost.pd_nat &= command_finish(pd_nat) != EXIT_DONE;
    return lost;
}

static void slow_down(void)
{
    static time_t second;
    static int rounds;
    const time_t now = time(NULL);

    if (now != second) {
        second = now;
        rounds = 0;
    } else if (++rounds > MOST_ROUNDS) {
        sleep(1);
    }
}

static bool has_any(const struct suspects *suspects)
{
    return suspects->guard || suspects->pd_nat || suspects->uplinks;
}

/*
 * What the last attempt could not restore. Nothing notifies when XenStore, for example, answers
 * again, and until then the vifs are open.
 */
struct retry {
    struct suspects failed;
    int tries;
    long due; /* by now_ms(), if anything failed */
};

/* Restores LOST; what failed before as well, or once that is due. */
static void restore_due(const struct options *options, struct suspects lost, struct retry *retry)
{
    const bool is_due = has_any(&retry->failed) && now_ms() >= retry->due;
    const bool again = retry->failed.guard;

    if (!has_any(&lost) && !is_due)
        return;
    slow_down();
    lost.guard |= retry->failed.guard;
    lost.pd_nat |= retry->failed.pd_nat;
    lost.uplinks |= retry->failed.uplinks;
    retry->tries = is_due ? retry->tries + 1 : 0;
    retry->failed = restore_lost(options, lost, again);
    retry->due = now_ms() + (1000L << retry->tries);
    if (retry->tries >= MOST_TRIES)
        retry->failed = (struct suspects){.guard = false};
}

static long wait_ms(const struct retry *retry)
{
    const long left = retry->due - now_ms();

    if (!has_any(&retry->failed))
        return -1;
    return left > 0 ? left : 0;
}

static enum exit_status watch_kernel(const struct options *options)
{
    /* before this began */
    struct suspects lost = {.guard = true, .pd_nat = true, .uplinks = true};
    struct retry retry = {.due = 0};
    struct netlink kernel = {.socket = NULL};
    struct netlink links = {.socket = NULL};
    struct error e;
    int result = nft_watch_open(&kernel, &e);

    if (result == 0)
        result = link_watch_open(&links, &e);
    while (result == 0) {
        restore_due(options, lost, &retry);
        lost = (struct suspects){.guard = false};
        result = nft_watch_wait(&kernel, mnl_socket_get_fd(links.socket), wait_ms(&retry),
                                note_suspects, &lost, &e);
        if (result == 0)
            result = read_links(&links, options, &lost, &e);
    }
    netlink_close(&links);
    netlink_close(&kernel);
    log_failure(&e);
    return EXIT_FAILED;
}

static enum exit_status run_watch(const struct options *options, int argc, char **argv)
{
    const enum exit_status status =
        no_options(&command_watch, argc, argv) ?: no_arguments(&command_watch, argc, argv);
    const struct suspects wants = read_wants(options);

    if (status != EXIT_DONE)
        return status;
    if (!wants.guard && !wants.pd_nat && !wants.uplinks) {
        log_info("%s: neither antispoof nor [pd-nat] nor uplink: nothing to watch",
                 options->config);
        return EXIT_DONE;
    }
    setlinebuf(stdout);
    return watch_kernel(options);
}

const struct command command_watch = {
    .name = "watch",
    .arguments = "",
    .summary = "restore rules and proxy entries when they are deleted",
    .help = "Restores the rules of antispoof and pd-nat at once when somebody else deletes\n"
            "them, as a firewall does that flushes all rules, and runs sync when an uplink\n"
            "comes up: the kernel deletes its proxy entries when it goes down. Runs until it\n"
            "is ended. Without antispoof, [pd-nat] and uplink it exits 0 at once. SIGHUP\n"
            "makes it look at all rules. vif-route-ipv6-watch.service runs it.\n"
            "Example: systemctl enable --now vif-route-ipv6-watch.service",
    .run = run_watch,
};
