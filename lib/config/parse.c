/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the lines of ipv6.cfg to settings. inih decides what a line means; this file is the reader
 * that serves it the lines (ini_parse_stream) and the handler that it calls. The reader prevents
 * what inih does silently: it cuts long lines and sections, stays in the section before a broken
 * header, takes an indented line for a continuation, splits a name at ':', and reports only the
 * first mistake.
 */
#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/model.h"
#include "config/explain.h"
#include "config/keys.h"

#define ONE_LINE_KEY     "ipv6_gateway_addr["
#define INIH_SECTION_MAX 49 /* MAX_SECTION of ini.c, less the NUL */

struct parser {
    struct config *config;
    const char *only; /* the domU that is asked for, or NULL: all */

    /* the reader's side */
    struct config_text *files;
    int failure;           /* a negative errno: the files cannot be read on, */
    struct error *why;     /* for this reason */
    unsigned int line;     /* number of the line read last, through all files */
    const char *text;      /* of that line, without blanks at its ends */
    size_t indent;         /* of that line: blanks before the text */
    bool has_nul;          /* it has a NUL byte */
    struct section *owner; /* whose setting or mistake it is; NULL: no section's */
    const char *header;    /* the text in the brackets of the last section header */
    size_t header_length;
    bool header_served; /* inih got that header just now, and gets an empty key next, */
    bool announcing;    /* so that it calls the handler with the section as it read it */
    char *name;         /* the domU of the one-line form served last, or NULL */
    bool unanswered;    /* inih has not called the handler for the line served last */

    /* the handler's side */
    struct section *section; /* where keys go; NULL: they belong to nobody */
    bool seen_header;
    bool *lost_guard; /* below a broken header: what a key that guards sets; or NULL */
};

/* The text of a section header, taken apart. */
struct heading {
    bool known;
    enum section_kind kind;
    char name[LONGEST_NAME + 1];
    const char *mistake; /* of a known kind: what is wrong with its name */
};

/* Reports a mistake in the line read last. Takes TEXT over; NULL: out of memory. */
static void complain(struct parser *parser, char *text)
{
    if (text)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, parser->owner, "%s",
                 text);
    else
        parser->config->out_of_memory = true;
    free(text);
}

/* ---- section headers ---- */

/* Whether TEXT is of the form PATTERN, in which x stands for a hexadecimal digit. */
static bool has_form(const char *text, const char *pattern)
{
    for (; *pattern; pattern++, text++)
        if (*pattern == 'x' ? !isxdigit((unsigned char)*text) : *text != *pattern)
            return false;
    return *text == '\0';
}

/* Why no card of a domU has this MAC address, or NULL. */
static const char *mac_refusal(const char *mac)
{
    if (!has_form(mac, "xx:xx:xx:xx:xx:xx"))
        return "is not a MAC address: [mac 00:16:3e:01:02:03]";
    if (strchr("13579bdf", mac[1]))
        return "is a multicast MAC address, which no card has";
    if (strcmp(mac, "00:00:00:00:00:00") == 0)
        return "is not the MAC address of a card: write the one that xl network-list DOMU shows";
    if (strcmp(mac, VIF_MAC) == 0)
        return "is dom0's MAC address on every vif: write the one that xl network-list DOMU shows";
    return NULL;
}

static void judge_section_name(struct heading *heading)
{
    switch (heading->kind) {
    case SECTION_DEFAULTS:
    case SECTION_6TO4:
        heading->known = heading->name[0] == '\0';
        return;
    case SECTION_PD_NAT:
        heading->mistake = rule_link_refusal(heading->name);
        return;
    case SECTION_DOMU:
        heading->mistake = heading->name[0] ? NULL : "names no domU: [domu NAME]";
        return;
    case SECTION_MAC:
        lower_case(heading->name);
        heading->mistake = mac_refusal(heading->name);
        return;
    case SECTION_UUID:
        lower_case(heading->name);
        heading->mistake = has_form(heading->name, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
                               ? NULL
                               : "is not a UUID: [uuid 01234567-89ab-cdef-0123-456789abcdef]";
        return;
    }
}

/* TEXT is what the brackets hold, or would hold if they were closed. */
static void read_heading(const char *text, size_t length, struct heading *out)
{
    const char *end = text + length;
    const char *word = text + strspn(text, BLANKS);
    const size_t word_length = strcspn(word, BLANKS "]");
    const char *name = word + word_length;

    name += strspn(name, BLANKS);
    while (end > name && strchr(BLANKS, end[-1]))
        end--;
    out->known = false;
    out->mistake = NULL;
    for (size_t kind = 0; kind < SECTION_KINDS; kind++)
        if (strlen(section_words[kind]) == word_length &&
            strncasecmp(section_words[kind], word, word_length) == 0) {
            out->known = true;
            out->kind = (enum section_kind)kind;
        }
    length = end > name ? (size_t)(end - name) : 0;
    if (length >= sizeof(out->name))
        length = sizeof(out->name) - 1;
    memcpy(out->name, name, length);
    out->name[length] = '\0';
    if (out->known)
        judge_section_name(out);
}

/* With ONLY, whether the section can be that domU's. */
static bool may_concern(const struct parser *parser, const struct heading *heading)
{
    return !parser->only || (heading->known && (heading->kind != SECTION_DOMU ||
                                                strcasecmp(heading->name, parser->only) == 0));
}

/* The domU's section that a mistake in its header is charged to, so that its hook fails. */
static struct section *owner_of(struct parser *parser, const struct heading *heading)
{
    if (!heading->known || heading->kind == SECTION_DEFAULTS || heading->kind == SECTION_6TO4 ||
        heading->mistake)
        return NULL;
    return config_section(parser->config, heading->kind, heading->name, parser->line);
}

static const char *header_mistake(const struct parser *parser, const char *text,
                                  const char *bracket)
{
    const char *rest = bracket ? bracket + 1 + strspn(bracket + 1, BLANKS) : "";

    if (parser->has_nul)
        return "a NUL byte in the section header (save the file as UTF-8)";
    if (!bracket)
        return "the section header has no closing ']'";
    if (bracket - text - 1 > INIH_SECTION_MAX)
        return "the section header is too long: at most 49 bytes in the brackets";
    if (*rest && *rest != ';' && *rest != '#')
        return "text after the section header's ']'";
    return NULL;
}

/* Where the comment at the end of TEXT begins, behind a blank, as inih sees it; or its end. */
static size_t comment_start(const char *text)
{
    size_t at = 1;

    while (text[at] && !(text[at] == ';' && strchr(BLANKS, text[at - 1])))
        at++;
    return at;
}

/* Whether the header can be served. If not, the keys below it belong to nobody. */
static bool accept_header(struct parser *parser, const char *text)
{
    const char *bracket = strchr(text, ']');
    const char *mistake = header_mistake(parser, text, bracket);
    struct config *config = parser->config;
    struct heading heading;

    parser->seen_header = true;
    parser->section = NULL;
    parser->header = text + 1;
    parser->header_length = (bracket ? (size_t)(bracket - text) : comment_start(text)) - 1;
    read_heading(parser->header, parser->header_length, &heading);
    if (!may_concern(parser, &heading))
        return false;
    parser->lost_guard = strncasecmp(parser->header + strspn(parser->header, BLANKS), "default",
                                     strlen("default")) == 0
                             ? &config->lost_default_guard
                             : &config->lost_guard;
    if (!mistake)
        return true;
    parser->owner = owner_of(parser, &heading);
    complain(parser, format_string("%s: '%.60s'", mistake, text));
    return false;
}

/* inih's own reading of the header decides; we check that inih read all of it. */
static void begin_section(struct parser *parser, const char *inih_section)
{
    struct heading heading;

    if (strlen(inih_section) != parser->header_length ||
        strncmp(inih_section, parser->header, parser->header_length) != 0) {
        complain(parser, format_string("the section header cannot be read: '[%.*s]'",
                                       (int)parser->header_length, parser->header));
        return;
    }
    read_heading(inih_section, parser->header_length, &heading);
    if (!heading.known)
        complain(parser, explain_section(inih_section));
    else if (heading.mistake)
        complain(parser,
                 format_string("[%s]: '%s' %s", inih_section, heading.name, heading.mistake));
    else
        parser->section = config_section(parser->config, heading.kind, heading.name, parser->line);
}

/* ---- the reader ---- */

/* Whether "NAME]..." can be the one-line form of the domU asked for. */
static bool names_domu(const struct parser *parser, const char *name)
{
    const size_t length = parser->only ? strlen(parser->only) : 0;

    return !parser->only || (strncasecmp(name, parser->only, length) == 0 && name[length] == ']');
}

/* The bracket that closes the name: the first one before a delimiter, as a name is any text. */
static const char *closing_bracket(const char *name)
{
    for (const char *at = strchr(name, ']'); at; at = strchr(at + 1, ']')) {
        const char *next = at + 1 + strspn(at + 1, BLANKS);

        if (*next == '=' || *next == ':')
            return at;
    }
    return strchr(name, ']'); /* no '=': inih rejects the line, and the domU owns the mistake */
}

/* Copies a line for inih, unless inih would cut it. A comment at its end may have any length. */
static bool serve_text(struct parser *parser, const char *text, size_t length, char *buffer,
                       size_t size)
{
    if (length + 2 > size)
        length = comment_start(text);
    if (parser->has_nul) {
        complain(parser, strdup("a NUL byte in the line: save the file as UTF-8"));
        return false;
    }
    if (length + 2 > size) {
        complain(parser, format_string("the line is too long for the parser: %zu bytes",
                                       strlen(parser->text)));
        return false;
    }
    memcpy(buffer, text, length);
    memcpy(buffer + length, "\n", 2);
    return true;
}

/*
 * The one-line form goes to inih as "ipv6_gateway_addr[]=...". The parser keeps the name, because
 * inih would split it at ':' or '=', and every file of the recipe has to work.
 */
static bool serve_one_line(struct parser *parser, const char *text, char *buffer, size_t size)
{
    const size_t key = strlen(ONE_LINE_KEY);
    const char *name = text + key;
    const char *bracket = closing_bracket(name);

    if (!bracket || bracket == name || bracket - name > LONGEST_NAME) {
        complain(parser, strdup("no domU's name in brackets: ipv6_gateway_addr[NAME]=ADDRESS"));
        return false;
    }
    parser->name = strndup(name, (size_t)(bracket - name));
    if (parser->name)
        parser->owner = config_section(parser->config, SECTION_DOMU, parser->name, parser->line);
    if (!parser->owner) {
        parser->config->out_of_memory = true;
        return false;
    }
    snprintf(buffer, size, "%s", ONE_LINE_KEY);
    return serve_text(parser, bracket, strlen(bracket), buffer + key, size - key);
}

/* A mistake in a header must not open what a key below it guards. */
static void note_lost_key(const struct parser *parser, const char *text)
{
    const struct key *key = key_find(text, strcspn(text, BLANKS ".=:"));

    if (parser->lost_guard && key && (key->sections & KEY_GUARDS) && !strstr(text, "no"))
        *parser->lost_guard = true;
}

/* Copies one line for inih into BUFFER; false: inih must see nothing of it. */
static bool serve_line(struct parser *parser, char *buffer, size_t size)
{
    const char *text = parser->text;
    const bool is_header = *text == '[';
    const bool is_one_line = strncasecmp(text, ONE_LINE_KEY, strlen(ONE_LINE_KEY)) == 0;

    if ((!*text && !parser->has_nul) || *text == ';' || *text == '#')
        return false;
    if (is_one_line && !names_domu(parser, text + strlen(ONE_LINE_KEY)))
        return false;
    parser->owner = is_header || is_one_line ? NULL : parser->section;
    if (is_header) {
        parser->lost_guard = NULL;
        parser->header_served = accept_header(parser, text) &&
                                serve_text(parser, text, parser->header_length + 2, buffer, size);
        return parser->header_served;
    }
    if (is_one_line) {
        parser->unanswered = serve_one_line(parser, text, buffer, size);
        if (!parser->unanswered)
            free(TAKE(parser->name)); /* the next line is another's */
        return parser->unanswered;
    }
    if (!parser->section && (parser->seen_header || parser->only)) {
        note_lost_key(parser, text);
        return false; /* the mistake in the header is reported already */
    }
    parser->unanswered = serve_text(parser, text, strlen(text), buffer, size);
    return parser->unanswered;
}

/* inih calls no handler for a line in which it finds no key. */
static void note_unanswered(struct parser *parser)
{
    if (parser->unanswered)
        complain(parser, strdup("no '=' in the line: KEY = VALUE"));
    parser->unanswered = false;
    free(TAKE(parser->name));
}

/* Notes that the lines of the file PATH follow. They begin outside any section. */
static void begin_file(struct parser *parser, const char *path)
{
    struct config *config = parser->config;
    struct source source = {.path = strdup(path), .before = parser->line};

    if (source.path)
        make_printable(source.path);
    if (!source.path ||
        array_append(&config->sources, &config->source_count, &source, sizeof(source)) < 0) {
        free(source.path);
        config->out_of_memory = true;
    }
    parser->section = NULL;
    parser->seen_header = false;
    parser->lost_guard = NULL;
}

/* Reads the next line of all files; false: there is none, or a failure. */
static bool next_line(struct parser *parser, char **line, size_t *length)
{
    const char *path;
    int result = 0;

    if (parser->failure || parser->config->out_of_memory)
        return false;
    while ((result = config_text_line(parser->files, line, length, parser->why)) == 0) {
        result = config_text_next(parser->files, &path, parser->why);
        if (result <= 0)
            break;
        begin_file(parser, path);
    }
    parser->failure = result < 0 ? result : 0;
    parser->line += result > 0;
    return result > 0;
}

/* fgets() for ini_parse_stream(). */
static char *give_line_to_inih(char *buffer, int size, void *user)
{
    struct parser *parser = user;
    char *line;
    size_t length;

    note_unanswered(parser);
    if (parser->header_served) {
        parser->header_served = false;
        parser->announcing = true;
        return memcpy(buffer, "=\n", 3);
    }
    while (next_line(parser, &line, &length)) {
        parser->has_nul = strlen(line) < length;
        parser->text = trim(line);
        parser->indent = (size_t)(parser->text - line);
        if (serve_line(parser, buffer, (size_t)size))
            return buffer;
    }
    return NULL;
}

/* ---- the handler ---- */

static const struct setting *find_repeated(const struct section *section,
                                           const struct setting *like)
{
    for (size_t i = 0; i < section->setting_count; i++) {
        const struct setting *setting = &section->settings[i];

        if (setting->key == like->key && setting->devid == like->devid &&
            setting->one_line == like->one_line && strcmp(setting->link, like->link) == 0)
            return setting;
    }
    return NULL;
}

/* The remedy for a character that no value may have, or NULL. */
static const char *stray_character(const char *value)
{
    if (strpbrk(value, "\"'"))
        return "leave out the quotation marks";
    if (strchr(value, '#'))
        return "'#' begins no comment here: use ';' after a blank, or a line of its own";
    if (strchr(value, ';'))
        return "separate the values of a list by commas; a comment's ';' needs a blank before it";
    return NULL;
}

/* Reads VALUE into the setting, or says what is wrong with it. */
static void read_value(struct parser *parser, const struct key *key, const char *name,
                       const char *value, struct setting *setting)
{
    AUTO_FREE char *copy = strdup(value); /* key_read() changes it */
    const char *stray = stray_character(value);
    struct error why = {""};
    int result = -ENOMEM;

    if (copy)
        result = stray ? fail(&why, EINVAL, "'%s': %s", value, stray)
                       : key_read(key, copy, setting, &why);
    setting->broken = result < 0;
    if (result < 0) /* the items before the mistake do not count */
        setting_free(setting);
    if (result == -ENOMEM)
        parser->config->out_of_memory = true;
    else if (result < 0)
        complain(parser, format_string("%s: %s", name, why.text));
}

/* A value that cannot be read is stored as well: the key exists, and must not be repeated. */
static void take_setting(struct parser *parser, const struct key *key, const char *name,
                         const char *value, struct setting setting)
{
    struct section *section = parser->owner;
    const struct setting *first;
    char place[LINE_TEXT];

    setting.key = key->id;
    setting.line = parser->line;
    setting.one_line = parser->name != NULL;
    first = find_repeated(section, &setting);
    if (first) {
        config_line(parser->config, first->line, parser->line, place);
        complain(parser, format_string("%s is repeated: it is already in %s", name, place));
        return;
    }
    setting.broken = *value == '\0';
    setting.flag = true;
    if (*value)
        read_value(parser, key, name, value, &setting);
    else if (setting.one_line) /* the recipe took an empty line for "none" */
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_WARNING, parser->line, section,
                 "%s has no value", name);
    else
        complain(parser, format_string("%s has no value", name));
    if (array_append(&section->settings, &section->setting_count, &setting, sizeof(setting)) < 0) {
        setting_free(&setting);
        parser->config->out_of_memory = true;
    }
}

static void complain_of_key(struct parser *parser, const char *name)
{
    const struct stray_key stray = {
        .name = name,
        .section = parser->owner,
        .domu = parser->name,
        .column = parser->indent + 1,
        .has_equals = strchr(parser->text, '=') != NULL,
    };

    complain(parser, explain_key(&stray));
}

static void take_key(struct parser *parser, const char *name, const char *value)
{
    const struct section *section = parser->owner;
    struct setting setting = {.devid = ANY_DEVID};
    const struct key *key = parser->name ? key_by_id(KEY_GATEWAY) : key_split(name, &setting);

    if (parser->name && strcasecmp(name, ONE_LINE_KEY "]") != 0)
        key = NULL; /* text between bracket and delimiter */
    if (!section || !key || !(key->sections & 1U << section->kind) ||
        (section->kind == SECTION_DEFAULTS && setting.devid != ANY_DEVID))
        complain_of_key(parser, name);
    else
        take_setting(parser, key, parser->name ? key->name : name, value, setting);
}

static int handle(void *user, const char *inih_section, const char *name, const char *value)
{
    struct parser *parser = user;

    if (parser->announcing) {
        parser->announcing = false;
        begin_section(parser, inih_section);
        return 1;
    }
    parser->unanswered = false; /* so inih found a key in it */
    take_key(parser, name, value ? value : "");
    return 1;
}

int config_parse(struct config_text *text, const char *only, struct config *out, struct error *e)
{
    struct parser parser = {.config = out, .files = text, .only = only, .why = e};

    *out = (struct config){.path = strdup(text->path)};
    out->out_of_memory = !out->path;
    begin_file(&parser, text->path);
    ini_parse_stream(give_line_to_inih, &parser, handle, &parser);
    note_unanswered(&parser);
    if (!parser.failure && (out->out_of_memory || out->diagnostics.out_of_memory))
        parser.failure = fail_memory(e);
    if (parser.failure)
        config_free(out);
    return parser.failure;
}

int config_read(const char *path, struct config *out, struct error *e)
{
    struct config_text text;
    int result = config_load(path, NULL, &text, e);

    *out = (struct config){.path = NULL};
    if (result == 0)
        result = config_parse(&text, NULL, out, e);
    config_text_free(&text);
    return result;
}
