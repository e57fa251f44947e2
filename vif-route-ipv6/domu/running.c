/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "running.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rights.h"
#include "check/judge.h"

/* Judges all sections: users should know of a mistake before its domU starts. */
static int read_and_judge(struct running *running, const struct options *options, struct error *e)
{
    int result = config_load(options->config, options->directory, &running->text, e);

    if (result == -ENOENT && !running->needs_file) {
        running->config.path = strdup(options->config);
        return running->config.path ? 0 : fail_memory(e);
    }
    if (result == 0)
        result = config_parse(&running->text, NULL, &running->config, e);
    return result == 0 ? judge_entries(&running->config, &running->mistakes, e) : result;
}

/* A mistake that belongs to no section may hide an entry of any domU. */
static void freeze_unjudged(struct running *running)
{
    const struct diagnostic *orphan = diagnostics_error(&running->mistakes, NULL);

    for (size_t i = 0; i < running->survey.count; i++) {
        struct survey_vif *vif = &running->survey.vifs[i];

        vif->frozen = vif->gone || vif->error || vif->moving || (orphan && !vif->section);
    }
}

int running_read(struct running *running, const struct options *options, struct error *e)
{
    int result = read_and_judge(running, options, e);

    rights_keep(RIGHTS_NETWORK);
    if (result == 0)
        result = rtnl_open(&running->rtnl, e);
    if (result == 0) {
        result = store_open(&running->store, e);
        if (result < 0 && !running->text.path)
            return 0; /* a host without Xen, and without a file: nothing runs */
    }
    if (result == 0)
        result = survey_read(&running->survey, &running->store, &running->rtnl, e);
    if (result == 0)
        result = survey_match(&running->survey, &running->store, &running->config,
                              &running->mistakes, e);
    store_forget(&running->store);
    if (result == 0)
        freeze_unjudged(running);
    return result;
}

static bool is_tap_of(const char *word, const char *link)
{
    size_t length = link ? strlen(link) : 0;

    return length > 0 && strncmp(word, link, length) == 0 && strcmp(word + length, TAP_SUFFIX) == 0;
}

static bool is_called(const struct vif *vif, const char *word)
{
    return strcmp(word, vif->link) == 0 || is_tap_of(word, vif->link) ||
           (vif->renamed && strcmp(word, vif->renamed) == 0) || is_tap_of(word, vif->renamed) ||
           (vif->name && strcmp(word, vif->name) == 0) ||
           (vif->uuid && strcasecmp(word, vif->uuid) == 0) ||
           (vif->mac && strcasecmp(word, vif->mac) == 0);
}

enum exit_status running_words(struct running *running, const struct command *command, int argc,
                               char **argv)
{
    running->words = argv + optind;
    running->word_count = (size_t)(argc - optind);
    for (size_t i = 0; i < running->word_count; i++)
        if (!*running->words[i])
            return usage_error(command, "an argument is empty: name a domU or a vif");
    return EXIT_DONE;
}

bool running_is_selected(const struct running *running, const struct survey_vif *vif)
{
    for (size_t i = 0; i < running->word_count; i++)
        if (is_called(&vif->vif, running->words[i]))
            return true;
    return running->word_count == 0;
}

static bool is_running(const struct running *running, const char *word)
{
    for (size_t i = 0; i < running->survey.count; i++)
        if (!running->survey.vifs[i].gone && is_called(&running->survey.vifs[i].vif, word))
            return true;
    return false;
}

static bool section_is_called(const struct section *section, const char *word)
{
    if (section->kind == SECTION_DOMU)
        return strcmp(word, section->name) == 0;
    return section_is_domu(section) && strcasecmp(word, section->name) == 0;
}

bool running_means_section(const struct running *running, const struct section *section)
{
    for (size_t i = 0; i < running->word_count; i++)
        if (section_is_called(section, running->words[i]))
            return true;
    return running->word_count == 0;
}

static bool has_section_called(const struct config *config, const char *word)
{
    for (size_t i = 0; i < config->section_count; i++)
        if (section_is_called(config->sections[i], word))
            return true;
    return false;
}

bool running_report_mistakes(const struct running *running)
{
    bool found = false;

    for (size_t i = 0; i < running->mistakes.count; i++) {
        const struct diagnostic *mistake = &running->mistakes.items[i];

        if (mistake->severity != DIAGNOSTIC_ERROR)
            continue;
        log_error("%s:%u: %s", PLACE(&running->config, mistake->line), mistake->text);
        found = true;
    }
    return found;
}

bool running_report_unknown(const struct running *running)
{
    bool unknown = false;

    for (size_t i = 0; i < running->word_count; i++) {
        const char *word = running->words[i];

        if (is_running(running, word))
            continue;
        if (has_section_called(&running->config, word)) {
            log_info("%s: does not run", word);
            continue;
        }
        unknown = true;
        if (!running->is_repeated)
            log_error("%s: does not run, and %s has no entry for it (xl list shows what runs)",
                      word, running->config.path);
    }
    return unknown;
}

/* The part of DESIRED without conflicts; the caller frees it, also after a failure. */
static int select_own(const struct desired *desired, const struct plan *plan, struct desired *out)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        if (!plan_forbids(plan, &desired->gateways[i]))
            result = array_append(&out->gateways, &out->gateway_count, &desired->gateways[i],
                                  sizeof(*out->gateways));
    for (size_t i = 0; i < desired->route_count && result == 0; i++)
        if (!plan_forbids(plan, &desired->routes[i].destination))
            result = array_append(&out->routes, &out->route_count, &desired->routes[i],
                                  sizeof(*out->routes));
    return result;
}

/* Adds the suite's entries on the link to OUT. */
static int add_kept(const struct entries *own, struct desired *out)
{
    int result = 0;

    for (size_t i = 0; i < own->count && result == 0; i++) {
        const struct entry *entry = &own->items[i];
        const struct route_spec route = {.destination = *entry_prefix(entry),
                                         .has_via =
                                             entry->kind == ENTRY_ROUTE && entry->route.has_via};

        if (entry_is_marked(entry) && entry->kind == ENTRY_ROUTE)
            result = array_append(&out->routes, &out->route_count, &route, sizeof(route));
        else if (entry_is_marked(entry) && entry->kind == ENTRY_ADDRESS)
            result = array_append(&out->gateways, &out->gateway_count, entry_prefix(entry),
                                  sizeof(*out->gateways));
    }
    return result;
}

int running_guard(const struct survey_vif *vif, const struct link *link, const struct plan *plan,
                  const struct actual *kept, struct guard *wanted, struct error *e)
{
    CLEANUP(desired_free) struct desired own = {.gateways = NULL};
    int result = select_own(&vif->desired, plan, &own);

    if (result == 0 && kept)
        result = add_kept(&kept->own, &own);
    if (result < 0)
        return fail_memory(e);
    return guard_add(wanted, link->name, &own, vif->has_our_script ? &vif->ipv4 : NULL, e);
}

void running_free(struct running *running)
{
    survey_free(&running->survey);
    diagnostics_free(&running->mistakes);
    config_free(&running->config);
    config_text_free(&running->text);
    rtnl_close(&running->rtnl);
    store_close(&running->store);
}
