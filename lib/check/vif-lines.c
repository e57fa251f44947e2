/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/vif-lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/base.h"
#include "config/keys.h"
#include "config/match.h"
#include "domu/desired.h"
#include "domu/plan.h"
#include "domu/vif.h"

/* A vif line taken apart, with the script that its vif gets in the end. */
struct vif_words {
    unsigned int line;
    const char *script;
    char *own_script; /* NULL: the line has none, as the following */
    char *ip;
    char *bridge;
    char *mac;
};

static void vif_words_free(struct vif_words *words)
{
    free(words->own_script);
    free(words->ip);
    free(words->bridge);
    free(words->mac);
}

static int read_words(const struct vif_line *vif, const char *script, struct vif_words *out)
{
    int result;

    *out = (struct vif_words){.line = vif->line};
    result = vif_option(vif->text, "script", &out->own_script);
    if (result == 0)
        result = vif_option(vif->text, "ip", &out->ip);
    if (result == 0)
        result = vif_option(vif->text, "bridge", &out->bridge);
    if (result == 0)
        result = vif_option(vif->text, "mac", &out->mac);
    lower_case(out->mac);
    out->script = out->own_script ? out->own_script : script;
    return result;
}

bool is_vif_route(const char *script)
{
    return is_script(script, "vif-route");
}

/*
 * Whether it is one of Xen's scripts that make a vif the port of a bridge. Other scripts may do
 * anything.
 */
static bool is_bridging(const char *script)
{
    return is_script(script, "vif-bridge") || is_script(script, "vif-openvswitch");
}

/* For a domU that has an entry. */
static void judge_script(const struct vif_words *words, struct diagnostics *out)
{
    const bool routes = is_this_program(words->script) || is_vif_route(words->script);

    if (is_bridging(words->script) && words->own_script)
        diagnose(out, DIAGNOSTIC_BLOCKER, words->line, NULL,
                 "script=%s: it makes the vif the port of a bridge, where the domU's entry in "
                 "ipv6.cfg has no effect: write script=vif-route-ipv6",
                 words->own_script);
    else if (is_bridging(words->script))
        diagnose(out, DIAGNOSTIC_BLOCKER, words->line, NULL,
                 "the vif has no script=, and %s makes it the port of a bridge, where the domU's "
                 "entry in ipv6.cfg has no effect: add script=vif-route-ipv6",
                 words->script);
    else if (routes && words->bridge)
        diagnose(out, DIAGNOSTIC_WARNING, words->line, NULL,
                 "bridge=%s: has no effect with script=%s, which routes the vif: remove it",
                 words->bridge, words->script);
}

/* What the hook, or Xen's vif-route, would say of ip=. */
static int judge_ip(const struct vif_words *words, const struct held *held, size_t count,
                    struct diagnostics *out)
{
    struct desired desired = {.gateways = NULL};
    struct plan plan = {.changes = NULL};
    char text[CONFLICT_TEXT];
    struct error e;
    bool has_ipv6 = false;
    int result = desired_add_ip(&desired, words->ip, NULL, &e);

    if (result == -EINVAL && is_this_program(words->script)) /* else another script's syntax */
        diagnose(out, DIAGNOSTIC_ERROR, words->line, NULL, "ip=%s: %s", words->ip, e.text);
    for (size_t i = 0; i < desired.route_count && result != -ENOMEM; i++) {
        has_ipv6 |= !prefix_is_ipv4(&desired.routes[i].destination);
        result = plan_conflicts(&desired.routes[i].destination, true, held, count, &plan);
    }
    for (size_t i = 0; i < plan.conflict_count; i++)
        diagnose(out, DIAGNOSTIC_ERROR, words->line, NULL, "ip=%s: %s", words->ip,
                 host_conflict_print(&plan.conflicts[i], text));
    if (has_ipv6 && is_vif_route(words->script))
        diagnose(out, DIAGNOSTIC_BLOCKER, words->line, NULL,
                 "ip=%s: Xen's vif-route fails with an IPv6 address: write script=vif-route-ipv6",
                 words->ip);
    plan_free(&plan);
    desired_free(&desired);
    return result == -ENOMEM ? result : 0;
}

static int judge_vif(const struct domu_file *file, const struct vif_line *vif,
                     const struct vif_words *words, const struct config *config,
                     const struct held *held, size_t count, struct diagnostics *out)
{
    const struct identity identity = {.name = file->name, .mac = words->mac};
    struct error notice;

    if (vif->lacks_script && !is_this_program(words->script)) /* else host_judge() says it */
        diagnose(out, DIAGNOSTIC_BLOCKER, words->line, NULL,
                 "script=%s: there is no such script in " HOST_SCRIPTS ", and the domU will not "
                 "start",
                 words->own_script);
    else if (match_section(config, &identity, &notice))
        judge_script(words, out);
    if (words->ip && (is_this_program(words->script) || is_vif_route(words->script)))
        return judge_ip(words, held, count, out);
    return 0;
}

int judge_domu_file(const struct domu_file *file, const char *script, const struct config *config,
                    const struct held *held, size_t count, struct diagnostics *out, struct error *e)
{
    int result = 0;

    for (size_t i = 0; i < file->vif_count && result == 0; i++) {
        struct vif_words words;

        result = read_words(&file->vifs[i], script, &words);
        if (result == 0)
            result = judge_vif(file, &file->vifs[i], &words, config, held, count, out);
        vif_words_free(&words);
    }
    diagnostics_sort(out);
    return result < 0 || out->out_of_memory ? fail_memory(e) : 0;
}

static const struct domu_file *find_domu(const struct domu_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (files->files[i].name && strcasecmp(files->files[i].name, name) == 0)
            return &files->files[i];
    return NULL;
}

static const struct running_domu *find_running(const struct names *names,
                                               const struct section *section)
{
    for (size_t i = 0; i < names->running_count; i++) {
        const struct running_domu *domu = &names->running[i];

        if (strcasecmp(section->kind == SECTION_UUID ? domu->uuid : domu->name, section->name) == 0)
            return domu;
    }
    return NULL;
}

static bool has_devid(const struct running_domu *domu, int devid)
{
    char word[16];

    snprintf(word, sizeof(word), "%d=", devid);
    for (const char *at = domu->vifs; (at = strstr(at, word)) != NULL; at++)
        if (at == domu->vifs || at[-1] == ' ')
            return true;
    return false;
}

static void judge_devid(const struct section *section, const struct setting *setting,
                        const struct domu_file *file, const struct running_domu *domu,
                        struct diagnostics *out)
{
    if (setting->devid == ANY_DEVID || (domu && has_devid(domu, setting->devid)) ||
        (file && (size_t)setting->devid < file->vif_count))
        return;
    if (file)
        diagnose(out, DIAGNOSTIC_WARNING, setting->line, section,
                 "%s.%d: %s has %zu vif%s, counted from 0, in %s", key_by_id(setting->key)->name,
                 setting->devid, file->name, file->vif_count, file->vif_count == 1 ? "" : "s",
                 file->path);
    else
        diagnose(out, DIAGNOSTIC_WARNING, setting->line, section,
                 "%s.%d: %s runs, and has no vif %d", key_by_id(setting->key)->name, setting->devid,
                 domu->name, setting->devid);
}

static void judge_devids_of_domu(const struct section *section, const struct domu_files *files,
                                 const struct names *names, struct diagnostics *out)
{
    const struct domu_file *file =
        section->kind == SECTION_DOMU ? find_domu(files, section->name) : NULL;
    const struct running_domu *domu = find_running(names, section);

    if ((file && file->broken_line > 0) || (!file && !domu))
        return;
    for (size_t i = 0; i < section->setting_count; i++)
        judge_devid(section, &section->settings[i], file, domu, out);
}

/* A card with the MAC address of a section: one that runs, and one of a file. */
struct card_of_mac {
    int devid; /* ANY_DEVID: there is none */
    const char *domu;
};

static struct card_of_mac find_running_card(const struct names *names, const char *mac)
{
    AUTO_FREE char *word = format_string("=%s ", mac);

    for (size_t i = 0; word && i < names->running_count; i++) {
        const char *vifs = names->running[i].vifs;
        const char *found = strcasestr(vifs, word);

        while (found && found > vifs && found[-1] != ' ')
            found--;
        if (found)
            return (struct card_of_mac){(int)strtoul(found, NULL, 10), names->running[i].name};
    }
    return (struct card_of_mac){ANY_DEVID, NULL};
}

static struct card_of_mac find_card_in_files(const struct domu_files *files, const char *mac)
{
    for (size_t i = 0; i < files->count; i++)
        for (size_t j = 0; j < files->files[i].vif_count; j++) {
            AUTO_FREE char *own = NULL;

            if (vif_option(files->files[i].vifs[j].text, "mac", &own) == 0 && own &&
                strcasecmp(own, mac) == 0)
                return (struct card_of_mac){(int)j, files->files[i].name};
        }
    return (struct card_of_mac){ANY_DEVID, NULL};
}

/* A MAC address is that of one card, so a KEY.DEVID counts for that card's devid or for none. */
static void judge_devids_of_card(const struct section *section, const struct domu_files *files,
                                 const struct names *names, struct diagnostics *out)
{
    const struct card_of_mac running = find_running_card(names, section->name);
    const struct card_of_mac filed = find_card_in_files(files, section->name);
    const struct card_of_mac *card = running.domu ? &running : &filed;

    for (size_t i = 0; card->domu && i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];

        if (setting->devid != ANY_DEVID && setting->devid != running.devid &&
            setting->devid != filed.devid)
            diagnose(
                out, DIAGNOSTIC_WARNING, setting->line, section,
                "%s.%d: has no effect, because the card is vif %d of %s: remove it, or write %s.%d",
                key_by_id(setting->key)->name, setting->devid, card->devid, card->domu,
                key_by_id(setting->key)->name, card->devid);
    }
}

static bool has_owner(const struct section *section, const struct domu_files *files,
                      const struct names *names)
{
    if (section->kind == SECTION_MAC)
        return find_running_card(names, section->name).devid != ANY_DEVID ||
               find_card_in_files(files, section->name).devid != ANY_DEVID;
    for (size_t i = 0; i < files->count; i++)
        if (files->files[i].uuid && strcasecmp(files->files[i].uuid, section->name) == 0)
            return true;
    return find_running(names, section) != NULL;
}

/*
 * Whether FILE leaves the MAC address or UUID to xl, which makes one up: a domU that does not run,
 * because it was saved, may have the one of any section.
 */
static bool may_be_any(const struct domu_file *file, enum section_kind kind)
{
    bool lacks_mac = false;

    for (size_t i = 0; i < file->vif_count; i++) {
        AUTO_FREE char *mac = NULL;

        lacks_mac |= vif_option(file->vifs[i].text, "mac", &mac) == 0 && !mac;
    }
    return file->broken_line > 0 || (kind == SECTION_MAC ? lacks_mac : !file->uuid);
}

static bool may_have_owner(const struct section *section, const struct domu_files *files,
                           const struct names *names)
{
    for (size_t i = 0; i < files->count; i++) {
        const struct domu_file *file = &files->files[i];
        bool runs = false;

        for (size_t j = 0; file->name && j < names->running_count; j++)
            runs |= strcmp(names->running[j].name, file->name) == 0;
        if (!runs && may_be_any(file, section->kind))
            return true;
    }
    return has_owner(section, files, names);
}

void judge_owners(const struct config *config, const struct domu_files *files,
                  const struct names *names, struct diagnostics *out)
{
    for (size_t i = 0; names->known && i < config->section_count; i++) {
        const struct section *section = config->sections[i];

        if ((section->kind == SECTION_MAC || section->kind == SECTION_UUID) &&
            !may_have_owner(section, files, names))
            diagnose(out, DIAGNOSTIC_WARNING, section->line, section,
                     "no domU has the %s %s: none that runs, and none in /etc/xen/*.cfg",
                     section->kind == SECTION_MAC ? "MAC address" : "UUID", section->name);
    }
}

void judge_devids(const struct config *config, const struct domu_files *files,
                  const struct names *names, struct diagnostics *out)
{
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i]->kind == SECTION_MAC)
            judge_devids_of_card(config->sections[i], files, names, out);
        else if (section_is_domu(config->sections[i]))
            judge_devids_of_domu(config->sections[i], files, names, out);
}
