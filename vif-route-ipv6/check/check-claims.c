/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether systemd-networkd or NetworkManager, if it runs, would handle a vif: by its files, as
 * systemd.network(5) and NetworkManager.conf(5) describe them.
 */
#include "check.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lines.h"

#define VIF_DRIVER "vif" /* netback's, as ethtool has it */

static int mentions(void *name, const char *path)
{
    return lines_mention(path, name);
}

bool check_runs(const char *name)
{
    static const char *const processes[] = {"/proc/[0-9]*/comm"};

    return paths_visit(processes, ARRAY_SIZE(processes), mentions, (void *)name) != 0;
}

/* ---- systemd-networkd ---- */

/* A .network file as it is read, for one vif. */
struct network_file {
    const char *vif;
    char section[32];
    bool has_match;    /* any key in [Match] */
    bool matches;      /* all keys so far */
    bool is_unmanaged; /* [Link] Unmanaged=yes */
    bool is_empty;
};

/* net_match_strv() of systemd: patterns with blanks between them, and '!' before all of them. */
static bool is_matched(const char *text, char *patterns)
{
    const bool inverted = *patterns == '!';
    bool found = false;
    char *rest;

    for (char *word = strtok_r(patterns + inverted, " \t", &rest); word;
         word = strtok_r(NULL, " \t", &rest))
        found |= fnmatch(word, text, 0) == 0;
    return found != inverted;
}

static bool judge_match(const struct network_file *file, const char *key, char *value)
{
    /* what a vif has; "": nothing, which only an inverted pattern matches */
    static const struct {
        const char *key;
        const char *text;
    } keys[] = {
        {"Driver", VIF_DRIVER}, {"Type", "ether"},           {"MACAddress", VIF_MAC},
        {"Kind", ""},           {"PermanentMACAddress", ""}, {"Path", ""},
        {"Property", ""},       {"WLANInterfaceType", ""},   {"SSID", ""},
        {"BSSID", ""},
    };

    if (strcmp(key, "Name") == 0)
        return is_matched(file->vif, value);
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
        if (strcmp(key, keys[i].key) == 0)
            return *keys[i].text ? is_matched(keys[i].text, value) : *value == '!';
    return true; /* about the host: Host=, Virtualization=, ... */
}

static bool is_yes(const char *value)
{
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 ||
           strcasecmp(value, "on") == 0 || strcmp(value, "1") == 0 || strcasecmp(value, "y") == 0 ||
           strcasecmp(value, "t") == 0;
}

static int read_network_line(void *context, char *line)
{
    struct network_file *file = context;
    char *key = trim(line);
    char *value = strchr(key, '=');

    if (*key)
        file->is_empty = false;
    if (*key == '#' || *key == ';' || !*key)
        return 0;
    if (*key == '[') {
        snprintf(file->section, sizeof(file->section), "%s", key);
        return 0;
    }
    if (!value)
        return 0;
    *value++ = '\0';
    key = trim(key);
    value = trim(value);
    if (strcmp(file->section, "[Match]") == 0 && *value) {
        file->has_match = true;
        file->matches &= judge_match(file, key, value);
    }
    if (strcmp(file->section, "[Link]") == 0 && strcmp(key, "Unmanaged") == 0)
        file->is_unmanaged = is_yes(value);
    return 0;
}

struct found_files {
    char **paths;
    size_t count;
};

static const char *name_of(const char *path)
{
    return strrchr(path, '/') + 1;
}

/* A file in a later directory counts only if none of the same name is in an earlier one. */
static int add_network_file(void *context, const char *path)
{
    struct found_files *found = context;
    char *copy;

    for (size_t i = 0; i < found->count; i++)
        if (strcmp(name_of(found->paths[i]), name_of(path)) == 0)
            return 0;
    copy = strdup(path);
    if (copy && array_append(&found->paths, &found->count, &copy, sizeof(copy)) == 0)
        return 0;
    free(copy);
    return -ENOMEM;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(name_of(*(char *const *)a), name_of(*(char *const *)b));
}

/* The file by which networkd would handle VIF, or NULL. */
static const char *find_claim(const struct found_files *found, const char *vif)
{
    for (size_t i = 0; i < found->count; i++) {
        struct network_file file = {.vif = vif, .matches = true, .is_empty = true};

        (void)lines_visit(found->paths[i], read_network_line, &file);
        if (!file.is_empty && file.matches) /* the first one decides */
            return file.is_unmanaged ? NULL : found->paths[i];
    }
    return NULL;
}

static int claim_vif(struct host *host, const char *file, const char *vif)
{
    struct claim claim = {.file = file ? strdup(file) : NULL};

    snprintf(claim.vif, sizeof(claim.vif), "%s", vif);
    if ((claim.file || !file) &&
        array_append(&host->claims, &host->claim_count, &claim, sizeof(claim)) == 0)
        return 0;
    free(claim.file);
    return -ENOMEM;
}

static bool is_claimed(const struct host *host, const char *file)
{
    for (size_t i = 0; i < host->claim_count; i++)
        if (file ? host->claims[i].file && strcmp(host->claims[i].file, file) == 0
                 : !host->claims[i].file)
            return true;
    return false;
}

static int ask_networkd(struct host *host, const char *vif)
{
    static const char *const patterns[] = {
        "/etc/systemd/network/*.network", "/run/systemd/network/*.network",
        "/usr/local/lib/systemd/network/*.network", "/usr/lib/systemd/network/*.network",
        "/lib/systemd/network/*.network"};
    struct found_files found = {.paths = NULL};
    int result = paths_visit(patterns, ARRAY_SIZE(patterns), add_network_file, &found);
    const char *claim = NULL;

    sort_array(found.paths, found.count, sizeof(*found.paths), compare_names);
    if (result == 0)
        claim = find_claim(&found, vif);
    if (claim && !is_claimed(host, claim))
        result = claim_vif(host, claim, vif);
    for (size_t i = 0; i < found.count; i++)
        free(found.paths[i]);
    free(found.paths);
    return result;
}

/* ---- NetworkManager ---- */

static int spares_vifs(void *context, const char *path)
{
    (void)context;
    return lines_mention(path, "interface-name:vif") || lines_mention(path, "driver:vif");
}

int check_claims(struct host *host, const char *vif)
{
    static const char *const nm_files[] = {
        "/etc/NetworkManager/NetworkManager.conf", "/etc/NetworkManager/conf.d/*.conf",
        "/run/NetworkManager/conf.d/*.conf", "/usr/lib/NetworkManager/conf.d/*.conf"};

    if (check_runs("systemd-network") && ask_networkd(host, vif) < 0)
        return -ENOMEM;
    if (is_claimed(host, NULL) || !check_runs("NetworkManager") ||
        paths_visit(nm_files, ARRAY_SIZE(nm_files), spares_vifs, NULL) != 0)
        return 0;
    return claim_vif(host, NULL, vif);
}
