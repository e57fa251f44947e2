/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipv6.cfg out of anything. Whatever the bytes are, a parse for one domU must say of that domU what
 * the full one says, and a file read in pieces what its bytes say; and what stands on a parsed
 * configuration (desired.c, judge.c, match.c) must cope with it.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "../unit/render.h"
#include "check/judge.h"
#include "config/match.h"
#include "domu/desired.h"

#define MOST_NAMES 8 /* of a text, that are parsed for one by one */

static void demand(bool condition, const char *what, const char *name)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-config: %s: '%s'\n", what, name);
    abort();
}

static struct config parse_text(struct config_text *text, const char *only)
{
    struct config config;
    struct error e = {""};

    demand(config_parse(text, only, &config, &e) == 0, "the parse failed", e.text);
    config_text_free(text);
    return config;
}

static struct config parse(const uint8_t *data, size_t size, const char *only)
{
    struct config_text text = {.path = strdup("ipv6.cfg"), .at_start = true};

    text.stream = size > 0 ? fmemopen((void *)data, size, "r") : NULL;
    return parse_text(&text, only);
}

static void compare(const struct config *whole, const struct config *part, enum section_kind kind,
                    const char *name)
{
    char *expected = render_outcome(whole, config_find(whole, kind, name));
    char *seen = render_outcome(part, config_find(part, kind, name));

    if (strcmp(expected, seen) != 0)
        fprintf(stderr, "of all:\n%s\nfor one:\n%s\n", expected, seen);
    demand(strcmp(expected, seen) == 0, "the parse for one domU differs", name);
    free(expected);
    free(seen);
}

/* Parses for the domU NAME and compares all that may concern it. */
static void check_only(const uint8_t *data, size_t size, const struct config *whole,
                       const char *name)
{
    struct config part = parse(data, size, name);

    compare(whole, &part, SECTION_DOMU, name);
    for (size_t i = 0; i < whole->section_count; i++) {
        const struct section *section = whole->sections[i];

        if (section->kind != SECTION_DOMU || strcasecmp(section->name, name) == 0)
            compare(whole, &part, section->kind, section->name);
    }
    config_free(&part);
}

static void check_names(const uint8_t *data, size_t size, const struct config *whole)
{
    size_t checked = 0;

    for (size_t i = 0; i < whole->section_count && checked < MOST_NAMES; i++)
        if (whole->sections[i]->kind == SECTION_DOMU) {
            check_only(data, size, whole, whole->sections[i]->name);
            checked++;
        }
    check_only(data, size, whole, "web");
}

static void check_pieces(const uint8_t *data, size_t size, const struct config *whole)
{
    struct config_text text = {.path = strdup("ipv6.cfg"), .at_start = true};
    int fd = memfd_create("ipv6.cfg", MFD_CLOEXEC);
    struct config part;
    char *expected;
    char *seen;

    if (!text.path || fd < 0 || write(fd, data, size) != (ssize_t)size ||
        lseek(fd, 0, SEEK_SET) != 0)
        abort();
    text.stream = fdopen(fd, "r");
    part = parse_text(&text, NULL);
    expected = render_config(whole);
    seen = render_config(&part);
    demand(strcmp(expected, seen) == 0, "the file says something else than its bytes", seen);
    demand(whole->diagnostics.count == part.diagnostics.count, "other mistakes in the file", seen);
    free(expected);
    free(seen);
    config_free(&part);
}

/* Every diagnostic has a text, and a line that exists; the owners are sections of the file. */
static void check_diagnostics(const uint8_t *data, size_t size, const struct config *config,
                              const struct diagnostics *diagnostics)
{
    unsigned int lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    for (size_t i = 0; i < diagnostics->count; i++) {
        const struct diagnostic *diagnostic = &diagnostics->items[i];
        bool owned = !diagnostic->owner;

        for (size_t j = 0; j < config->section_count && !owned; j++)
            owned = config->sections[j] == diagnostic->owner;
        demand(owned, "an owner that is no section", diagnostic->text);
        demand(*diagnostic->text, "a diagnostic without a text", "");
        demand(diagnostic->line >= 1 && diagnostic->line <= lines, "a line that is not there",
               diagnostic->text);
    }
}

/* What the commands do with a configuration; FOUND is all that is wrong with it. */
static void use(const struct config *config, struct diagnostics *found)
{
    struct identity identity = {.name = "web", .mac = "00:16:3e:01:02:03"};
    struct names names = {.known = true};
    struct desired desired;
    struct error e = {""};
    const struct section *section = match_section(config, &identity, &e);

    if (section) {
        demand(desired_build(&(struct vif_config){config, section, 1}, &desired, &e) == 0,
               "desired_build", e.text);
        desired_free(&desired);
    }
    demand(judge(config, &names, found, &e) == 0, "judge", e.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct config config = parse(data, size, NULL);
    struct diagnostics found = {.items = NULL};

    check_diagnostics(data, size, &config, &config.diagnostics);
    check_names(data, size, &config);
    check_pieces(data, size, &config);
    use(&config, &found);
    check_diagnostics(data, size, &config, &found);
    diagnostics_free(&found);
    config_free(&config);
    return 0;
}
