/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the lines of ipv6.cfg to settings. inih decides what a line means; this file is the reader
 * that serves it the lines (ini_parse_stream) and the handler it calls. The reader is there for
 * what inih does without a word: it cuts long lines and sections, goes on with the section before
 * when a header is broken, takes an indented line for a continuation, splits a name at ':', and
 * tells of the first mistake only.
 */
#include "config/config.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "config/keys.h"

#define ONE_LINE_KEY     "ipv6_gateway_addr["
#define INIH_SECTION_MAX 49   /* MAX_SECTION of ini.c, less the NUL */
#define LONGEST_NAME     4096 /* of a domU: XENSTORE_PAYLOAD_MAX */
#define LARGEST_DEVID    65535
#define PIECE            65536 /* of the file, read at a time */

struct parser {
    struct config *config;
    const char *only; /* the domU that is asked for, or NULL: all */
    size_t only_length;
    int only_last; /* its last byte, in lower case */

    /* the reader's side */
    struct config_text *text;
    size_t next;        /* of the text's bytes: the first not yet read */
    size_t room;        /* for bytes */
    int failure;        /* a negative errno: the file cannot be read on, */
    struct error *why;  /* as this says */
    unsigned int line;  /* number of the line read last, through all files */
    size_t line_length; /* of that line, without blanks at its ends */
    size_t indent;      /* of that line: blanks before the text */
    bool has_equals;    /* it has a '=' */
    const char *header; /* what stands in the brackets of the last section header */
    size_t header_length;
    bool header_served; /* inih has just been served that header, and now gets an empty key, */
    bool announcing;    /* which makes it call the handler with the section as it took it */
    char *name;         /* the domU of the one-line form served last, or NULL */
    bool unanswered;    /* the line served last has not come back through the handler */

    /* the handler's side */
    struct section *section; /* where keys go now; NULL: they belong to nobody */
    bool seen_header;
    bool *lost; /* below a broken header: what an antispoof there sets; or NULL */
};

/* A section header's text, taken apart. */
struct heading {
    bool known;
    enum section_kind kind;
    char name[LONGEST_NAME + 1];
    const char *mistake; /* of a known kind: what is wrong with its name */
};

/* What isspace() takes for a blank in the C locale, as inih strips it, but the newline. */
static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r' && c != '\n');
}

/* ---- section headers ---- */

static bool is_mac(const char *text)
{
    for (size_t i = 0; i < 17; i++)
        if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
            return false;
    return text[17] == '\0';
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return text[36] == '\0';
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
        heading->mistake =
            is_mac(heading->name) ? NULL : "is not a MAC address: [mac 00:16:3e:01:02:03]";
        return;
    case SECTION_UUID:
        lower_case(heading->name);
        heading->mistake = is_uuid(heading->name)
                               ? NULL
                               : "is not a UUID: [uuid 01234567-89ab-cdef-0123-456789abcdef]";
        return;
    }
}

static const char *const words[] = {
    [SECTION_DEFAULTS] = "defaults", [SECTION_DOMU] = "domu", [SECTION_MAC] = "mac",
    [SECTION_UUID] = "uuid",         [SECTION_6TO4] = "6to4", [SECTION_PD_NAT] = "pd-nat",
};

/* TEXT is what stands in the brackets, or what would if they were closed. */
static void read_heading(const char *text, size_t length, struct heading *out)
{
    const char *end = text + length;
    const char *word;
    size_t word_length;

    out->known = false;
    out->mistake = NULL;
    while (text < end && is_blank(*text))
        text++;
    while (end > text && is_blank(end[-1]))
        end--;
    for (word = text; text < end && !is_blank(*text); text++)
        ;
    word_length = (size_t)(text - word);
    while (text < end && is_blank(*text))
        text++;
    for (size_t kind = 0; kind < ARRAY_SIZE(words); kind++)
        if (strlen(words[kind]) == word_length &&
            strncasecmp(words[kind], word, word_length) == 0) {
            out->known = true;
            out->kind = (enum section_kind)kind;
        }
    snprintf(out->name, sizeof(out->name), "%.*s", (int)(end - text), text);
    if (out->known)
        judge_section_name(out);
}

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

static const char *header_mistake(const char *text, size_t length, const char *bracket)
{
    const char *rest = bracket ? bracket + 1 : NULL;

    if (memchr(text, '\0', length))
        return "a NUL byte in the section header (save the file as UTF-8)";
    if (!bracket)
        return "the section header has no closing ']'";
    if (bracket - text - 1 > INIH_SECTION_MAX)
        return "the section header is too long: at most 49 bytes in the brackets";
    while (rest < text + length && is_blank(*rest))
        rest++;
    if (rest < text + length && *rest != ';' && *rest != '#')
        return "text behind the section header's ']'";
    return NULL;
}

/* Where the text in the brackets ends: at the bracket, or, where it is missing, at a comment. */
static size_t heading_length(const char *text, size_t length, const char *bracket)
{
    size_t end = 0;

    if (bracket)
        return (size_t)(bracket - text);
    while (end < length && !(text[end] == ';' && end > 0 && is_blank(text[end - 1])))
        end++;
    return end;
}

/* Keys below HEADER belong to nobody if it turns out to be broken: whose they may have been. */
static bool *heir_of(struct parser *parser)
{
    const char *name = parser->header;
    size_t length = parser->header_length;

    for (; length > 0 && is_blank(*name); length--)
        name++;
    return length >= strlen("default") && strncasecmp(name, "default", strlen("default")) == 0
               ? &parser->config->lost_default
               : &parser->config->lost_antispoof;
}

/* Whether the header is to be served; otherwise its keys belong to nobody. */
static bool accept_header(struct parser *parser, const char *text, size_t length)
{
    const char *bracket = memchr(text, ']', length);
    const char *mistake = header_mistake(text, length, bracket);
    struct heading heading;

    parser->seen_header = true;
    parser->section = NULL;
    parser->header = text + 1;
    parser->header_length = heading_length(text, length, bracket) - 1;
    read_heading(parser->header, parser->header_length, &heading);
    if (!may_concern(parser, &heading))
        return false;
    parser->lost = heir_of(parser);
    if (mistake)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line,
                 owner_of(parser, &heading), "%s: '%.*s'", mistake,
                 (int)(length < 60 ? length : 60), text);
    return !mistake;
}

/* An unknown section, with the known one that is nearest, or as the domU's that it may be. */
static void complain_of_section(struct parser *parser, const char *section)
{
    const size_t length = strcspn(section, " \t");
    AUTO_FREE char *word = strndup(section, length);
    const char *name = section + length + strspn(section + length, " \t");
    struct nearest nearest = nearest_to(word ? word : "");
    bool is_whole; /* it is [defaults] or [6to4], which have no name */

    for (size_t kind = 0; kind < ARRAY_SIZE(words); kind++)
        nearest_offer(&nearest, words[kind], NULL);
    is_whole = strcmp(nearest.best, words[SECTION_DEFAULTS]) == 0 ||
               strcmp(nearest.best, words[SECTION_6TO4]) == 0;
    parser->config->out_of_memory |= !word;
    if (nearest.distance == 0 || (!*name && !is_whole && nearest.distance > 1)) {
        snprintf(nearest.best, sizeof(nearest.best), "%s", words[SECTION_DOMU]);
        name = *name ? name : section;
    }
    diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
             "unknown section [%s]: did you mean [%s%s%s]?", section, nearest.best,
             is_whole ? "" : " ",
             is_whole ? ""
             : *name  ? name
                      : "NAME");
}

/* inih's own reading of the header decides; that it took all of it, we check. */
static void begin_section(struct parser *parser, const char *inih_section)
{
    struct heading heading;

    if (strlen(inih_section) != parser->header_length ||
        strncmp(inih_section, parser->header, parser->header_length) != 0) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "the section header cannot be read: '[%.*s]'", (int)parser->header_length,
                 parser->header);
        return;
    }
    read_heading(inih_section, parser->header_length, &heading);
    if (!heading.known)
        complain_of_section(parser, inih_section);
    else if (heading.mistake)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "[%s]: '%s' %s", inih_section, heading.name, heading.mistake);
    else
        parser->section = config_section(parser->config, heading.kind, heading.name, parser->line);
}

/* ---- the reader ---- */

static bool is_one_line(const char *text, size_t length)
{
    size_t key = sizeof(ONE_LINE_KEY) - 1;

    return length > key && (*text == 'i' || *text == 'I') &&
           (memcmp(text, ONE_LINE_KEY, key) == 0 || strncasecmp(text, ONE_LINE_KEY, key) == 0);
}

/*
 * Whether TEXT begins with the name of the domU asked for, in any case. Names tend to differ at
 * their end (web1, web2), so the last byte is looked at first.
 */
static bool begins_with_name(const struct parser *parser, const char *text, size_t length)
{
    size_t wanted = parser->only_length;

    if (length < wanted)
        return false;
    return wanted == 0 || (tolower((unsigned char)text[wanted - 1]) == parser->only_last &&
                           strncasecmp(text, parser->only, wanted) == 0);
}

/* Whether "NAME]..." may be the one-line form of the domU asked for. */
static bool names_domu(const struct parser *parser, const char *name, size_t length)
{
    return !parser->only || (length > parser->only_length && name[parser->only_length] == ']' &&
                             begins_with_name(parser, name, length));
}

/* Whether the line is the header of another domU's section. Most are, so this is quick. */
static bool is_other_domu(const struct parser *parser, const char *text, size_t length)
{
    size_t name = sizeof("[domu") - 1;

    if (!parser->only || length <= name || strncasecmp(text, "[domu", name) != 0 ||
        !is_blank(text[name]))
        return false;
    while (name < length && is_blank(text[name]))
        name++;
    return !begins_with_name(parser, text + name, length - name);
}

/* The bracket that closes the name: the first with a delimiter behind it, for a name is text. */
static const char *closing_bracket(const char *name, const char *end)
{
    const char *bracket = name;

    while ((bracket = memchr(bracket, ']', (size_t)(end - bracket)))) {
        const char *behind = bracket + 1;

        while (behind < end && is_blank(*behind))
            behind++;
        if (behind < end && (*behind == '=' || *behind == ':'))
            return bracket;
        bracket++;
    }
    return NULL;
}

/* Copies a line for inih, unless it would cut it. A comment at its end may be of any length. */
static bool serve_text(struct parser *parser, const char *text, size_t length, char *buffer,
                       size_t size, const struct section *owner)
{
    size_t most = size - 2; /* '\n' and NUL */

    if (memchr(text, '\0', length)) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, owner,
                 "a NUL byte in the line: save the file as UTF-8");
        return false;
    }
    if (length > most) {
        size_t kept = 1;

        while (kept < length && !(text[kept] == ';' && is_blank(text[kept - 1])))
            kept++;
        if (kept > most) {
            diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, owner,
                     "the line is too long for the parser: %zu bytes", parser->line_length);
            return false;
        }
        length = kept;
    }
    memcpy(buffer, text, length);
    memcpy(buffer + length, "\n", 2);
    return true;
}

/*
 * The one-line form goes to inih as "ipv6_gateway_addr[]=...": the name is kept here, because inih
 * would split it at ':' or '=', and every file of the recipe has to work.
 */
static bool serve_one_line(struct parser *parser, const char *text, size_t length, char *buffer,
                           size_t size)
{
    const char *name = text + sizeof(ONE_LINE_KEY) - 1;
    const char *end = text + length;
    const char *bracket = closing_bracket(name, end);
    size_t key = sizeof(ONE_LINE_KEY) - 1;
    struct section *owner;

    if (!bracket) /* and so no '=': inih will say it, and the mistake is the named domU's */
        bracket = memchr(name, ']', (size_t)(end - name));
    if (!bracket || bracket == name || bracket - name > LONGEST_NAME ||
        memchr(name, '\0', (size_t)(bracket - name))) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "no domU's name in brackets: ipv6_gateway_addr[NAME]=ADDRESS");
        return false;
    }
    free(parser->name);
    parser->name = strndup(name, (size_t)(bracket - name));
    owner = parser->name ? config_section(parser->config, SECTION_DOMU, parser->name, parser->line)
                         : NULL;
    if (!owner) {
        parser->config->out_of_memory = true;
        return false;
    }
    memcpy(buffer, ONE_LINE_KEY, key);
    return serve_text(parser, bracket, (size_t)(end - bracket), buffer + key, size - key, owner);
}

/* A mistake in a header must not open what the key below it guards. */
static void note_lost_key(const struct parser *parser, const char *text, size_t length)
{
    static const char key[] = "antispoof";

    if (parser->lost && length > strlen(key) && strncasecmp(text, key, strlen(key)) == 0 &&
        !memmem(text, length, "no", strlen("no")))
        *parser->lost = true;
}

/* One line for inih into BUFFER, or false: nothing of it is inih's to see. */
static bool serve_line(struct parser *parser, const char *text, size_t length, char *buffer,
                       size_t size)
{
    if (length == 0 || *text == ';' || *text == '#')
        return false;
    if (*text == '[')
        parser->lost = NULL;
    if (*text == '[' && is_other_domu(parser, text, length)) {
        parser->seen_header = true;
        parser->section = NULL;
        return false;
    }
    if (*text == '[') {
        parser->header_served =
            accept_header(parser, text, length) &&
            serve_text(parser, text, parser->header_length + 2, buffer, size, NULL);
        return parser->header_served;
    }
    if (is_one_line(text, length)) {
        if (!names_domu(parser, text + sizeof(ONE_LINE_KEY) - 1, length + 1 - sizeof(ONE_LINE_KEY)))
            return false;
        parser->unanswered = serve_one_line(parser, text, length, buffer, size);
        if (!parser->unanswered)
            free(TAKE(parser->name)); /* the next line is another's */
        return parser->unanswered;
    }
    if (!parser->section && (parser->seen_header || parser->only)) {
        note_lost_key(parser, text, length);
        return false; /* nobody's, which has been said at the header */
    }
    parser->unanswered = serve_text(parser, text, length, buffer, size, parser->section);
    return parser->unanswered;
}

static void note_unanswered(struct parser *parser)
{
    if (parser->unanswered)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line,
                 parser->name ? config_find(parser->config, SECTION_DOMU, parser->name)
                              : parser->section,
                 "no '=' in the line: KEY = VALUE");
    parser->unanswered = false;
    free(TAKE(parser->name));
}

/* Reads on, behind what is left of the text; false at the end of the file. */
static bool read_on(struct parser *parser)
{
    struct config_text *text = parser->text;
    ssize_t got;

    if (!text->open || text->fd < 0 || parser->failure)
        return false;
    text->length -= parser->next;
    memmove(text->bytes, text->bytes + parser->next, text->length);
    parser->next = 0;
    if (text->length == parser->room) { /* a line that fills it */
        char *grown = realloc(text->bytes, parser->room * 2);

        if (!grown) {
            parser->config->out_of_memory = true;
            return false;
        }
        text->bytes = grown;
        parser->room *= 2;
    }
    do
        got = read(text->fd, text->bytes + text->length, parser->room - text->length);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        parser->failure =
            fail(parser->why, errno, "%s: %s", config_place(parser->config, parser->line + 1).path,
                 strerror(errno));
    else
        text->length += (size_t)got;
    return got > 0;
}

/* The next line, without its newline; false when there is none. */
static bool next_text(struct parser *parser, const char **out, size_t *length)
{
    const struct config_text *text = parser->text;
    size_t searched = 0;

    for (;;) {
        const char *line = text->bytes + parser->next;
        size_t left = text->length - parser->next;
        const char *newline =
            left > searched ? memchr(line + searched, '\n', left - searched) : NULL;

        if (!newline) {
            searched = left;
            if (read_on(parser))
                continue;
            if (left == 0 || parser->failure || parser->config->out_of_memory)
                return false;
            line = text->bytes + parser->next;
        }
        *out = line;
        *length = newline ? (size_t)(newline - line) : left;
        parser->next += *length + (newline != NULL);
        parser->line++;
        return true;
    }
}

/* Notes whose lines follow. They begin outside any section. */
static void begin_file(struct parser *parser, const char *path)
{
    const struct config_text *text = parser->text;

    if (config_add_source(parser->config, path, parser->line) < 0)
        parser->config->out_of_memory = true;
    parser->section = NULL;
    parser->seen_header = false;
    parser->lost = NULL;
    (void)read_on(parser);
    if (text->length >= 3 && memcmp(text->bytes, "\xef\xbb\xbf", 3) == 0)
        parser->next = 3; /* a byte order mark */
}

static bool next_file(struct parser *parser)
{
    struct config_text *text = parser->text;
    int result = 0;

    if (!parser->failure && !parser->config->out_of_memory)
        result = config_text_next(text, parser->why);
    if (result < 0)
        parser->failure = result;
    if (result > 0)
        begin_file(parser, text->files[text->next - 1].path);
    return result > 0;
}

/* fgets() for ini_parse_stream(). */
static char *give_line_to_inih(char *buffer, int size, void *user)
{
    struct parser *parser = user;
    const char *text;
    size_t length;

    note_unanswered(parser);
    if (parser->header_served) {
        parser->header_served = false;
        parser->announcing = true;
        return memcpy(buffer, "=\n", 3);
    }
    while (!parser->config->out_of_memory) {
        if (!next_text(parser, &text, &length)) {
            if (!next_file(parser))
                return NULL;
            continue;
        }
        parser->indent = 0;
        for (; length > 0 && is_blank(*text); length--, text++)
            parser->indent++;
        while (length > 0 && is_blank(text[length - 1]))
            length--;
        parser->line_length = length;
        parser->has_equals = memchr(text, '=', length) != NULL;
        if (serve_line(parser, text, length, buffer, (size_t)size))
            return buffer;
    }
    return NULL;
}

/* ---- the handler ---- */

bool devid_parse(const char *text, int *out)
{
    size_t digits = strspn(text, "0123456789");
    unsigned long value = strtoul(text, NULL, 10);

    if (digits == 0 || digits > 5 || text[digits] != '\0' || (digits > 1 && *text == '0') ||
        value > LARGEST_DEVID)
        return false;
    *out = (int)value;
    return true;
}

/* Splits "KEY.DEVID" or "KEY.LINK" into a key and SETTING's devid or link. */
static const struct key *find_key(const char *name, struct setting *setting)
{
    const char *dot = strchr(name, '.');
    const struct key *key = key_find(name, dot ? (size_t)(dot - name) : strlen(name));

    setting->devid = ANY_DEVID;
    setting->link[0] = '\0';
    if (!key)
        return NULL;
    if (key->suffix == SUFFIX_LINK) {
        if (!dot || !is_link_name(dot + 1))
            return NULL;
        snprintf(setting->link, sizeof(setting->link), "%s", dot + 1);
    } else if (dot && (key->suffix == SUFFIX_NONE || !devid_parse(dot + 1, &setting->devid))) {
        return NULL;
    }
    return key;
}

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

/* Takes over what SETTING owns. */
static void store_setting(struct parser *parser, struct section *section, struct setting *setting)
{
    struct setting *slot = array_add(&section->settings, &section->setting_count, sizeof(*slot));

    if (slot) {
        *slot = *setting;
    } else {
        setting_free(setting);
        parser->config->out_of_memory = true;
    }
}

/* A character that no key has, such as a no-break space, by its number and column. */
static bool complain_of_character(struct parser *parser, const struct section *section,
                                  const char *name)
{
    size_t column = parser->indent + 1;

    for (const char *at = name; *at; column++) {
        size_t length = utf8_length(at);
        uint32_t number = (uint8_t)*at & (length > 1 ? 0x7fU >> length : 0xffU);

        for (size_t i = 1; i < length; i++)
            number = number << 6 | ((uint8_t)at[i] & 0x3f);
        if (length != 1) {
            diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                     length ? "unknown key '%s': column %zu has the character U+%04X%s"
                            : "unknown key '%s': column %zu has the byte 0x%02X%s",
                     name, column, number,
                     number == 0xa0 ? ", a no-break space: write a plain blank" : "");
            return true;
        }
        at += length;
    }
    return false;
}

/* What is wrong with a line whose key nobody knows, whatever the section is. */
static bool complain_of_line(struct parser *parser, const struct section *section, const char *name)
{
    const size_t key = sizeof(ONE_LINE_KEY) - 2;
    const char *bracket = strchr(name, '[');

    if (complain_of_character(parser, section, name))
        return true;
    if (parser->name) { /* inih has it as "ipv6_gateway_addr[]TEXT" */
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 "'%s' after ipv6_gateway_addr[%s]: for one vif, write [domu %s], and below it "
                 "ipv6_gateway_addr.DEVID = ADDRESS",
                 name + key + 2, parser->name, parser->name);
        return true;
    }
    if (!*name) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 "no key before the '=': KEY = VALUE");
        return true;
    }
    if (!bracket && has_suffix(name, "]")) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 "'%s': a section header begins with '['", name);
        return true;
    }
    if (!parser->has_equals) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 "no '=' in the line: KEY = VALUE");
        return true;
    }
    if (bracket && strncasecmp(name, ONE_LINE_KEY, key) == 0) {
        const char *inner = bracket + 1 + strspn(bracket + 1, " \t");

        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 name[key] == '.' ? "'%s': this form is for all vifs: write [domu %.*s], and below "
                                    "it ipv6_gateway_addr.DEVID = ADDRESS"
                                  : "'%s': write ipv6_gateway_addr[%.*s] without blanks",
                 name, (int)strcspn(inner, " \t]"), inner);
        return true;
    }
    return false;
}

/* A key before any section, perhaps KEY[NAME], which only ipv6_gateway_addr can be. */
static void complain_of_place(struct parser *parser, const char *name)
{
    const size_t length = strcspn(name, "[({");
    const char *domu = name + length + (name[length] != '\0');
    AUTO_FREE char *word = strndup(name, length);
    struct nearest nearest = nearest_to(word ? word : "");
    const int domu_length = (int)strcspn(domu, "])}");

    parser->config->out_of_memory |= !word;
    keys_offer(&nearest, SECTION_DOMU);
    if (domu_length > 0 && strcmp(nearest.best, "ipv6_gateway_addr") == 0)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "unknown key '%s': did you mean ipv6_gateway_addr[%.*s]?", name, domu_length,
                 domu);
    else if (domu_length > 0)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "'%s': write [domu %.*s], and below it %s = VALUE", name, domu_length, domu,
                 word ? word : "");
    else
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, NULL,
                 "'%s' stands before any section: write %s above it", name,
                 strcasecmp(name, "ipv6_gateway_addr") == 0
                     ? "ipv6_gateway_addr[NAME] = ..., or [domu NAME]"
                     : "[defaults], or [domu NAME],");
}

static void complain_of_key(struct parser *parser, const struct section *section, const char *name)
{
    char title[LONGEST_NAME + 16];
    struct setting setting;
    const struct key *key = find_key(name, &setting);
    AUTO_FREE char *word = strndup(name, strcspn(name, "."));
    struct nearest nearest = nearest_to(word ? word : "");
    const char *hint = "";

    parser->config->out_of_memory |= !word;
    if (complain_of_line(parser, section, name))
        return;
    keys_offer(&nearest, section->kind);
    if (key && section->kind == SECTION_DEFAULTS && setting.devid != ANY_DEVID)
        hint = ": [defaults] is for all vifs, so leave the number out";
    else if (key && key->sections & 1U << SECTION_DEFAULTS)
        hint = ": it belongs into [defaults]";
    else if (key && key->sections & 1U << SECTION_6TO4)
        hint = ": it belongs into [6to4]";
    else if (key && key->sections & 1U << SECTION_PD_NAT)
        hint = ": it belongs into [pd-nat INTERFACE]";
    else if (key)
        hint = ": it belongs into a domU's section, [domu NAME]";
    else if (strcasecmp(name, "lan") == 0)
        hint = ": lan.LINK names the interface";
    else if (strcmp(nearest.best, nearest.word) != 0)
        hint = nearest_hint(&nearest);
    else if (strncasecmp(name, "lan.", 4) == 0)
        hint = ": after the dot, write the name of an interface";
    else if (strchr(name, '.'))
        hint = ": after the dot, write the vif's number, from 0 to 65535";
    diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
             "unknown key '%s' in %s%s", name, section_title(section, title, sizeof(title)), hint);
}

/* Reads VALUE into the setting, or says what is wrong with it. */
static void read_value(struct parser *parser, const struct section *section, const struct key *key,
                       const char *name, const char *value, struct setting *setting)
{
    char *copy = strdup(value); /* which is changed on the way */
    struct error why = {""};
    int result = copy ? key->read(copy, setting, &why) : -ENOMEM;

    free(copy);
    setting->broken = result < 0;
    if (result < 0) /* half a list is none */
        setting_free(setting);
    if (result == -ENOMEM)
        parser->config->out_of_memory = true;
    else if (result < 0)
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section, "%s: %s",
                 name, why.text);
}

/* A value that cannot be read is stored as well: the key is there, and not to be repeated. */
static void take_setting(struct parser *parser, struct section *section, const struct key *key,
                         const char *name, const char *value, struct setting setting)
{
    const struct setting *first;
    char place[LINE_TEXT];

    setting.key = key->id;
    setting.line = parser->line;
    setting.one_line = parser->name != NULL;
    first = find_repeated(section, &setting);
    if (first) {
        diagnose(&parser->config->diagnostics, DIAGNOSTIC_ERROR, parser->line, section,
                 "%s is repeated: it stands in %s already", name,
                 config_line(parser->config, first->line, parser->line, place, sizeof(place)));
        return;
    }
    setting.broken = *value == '\0';
    setting.flag = true;
    if (*value)
        read_value(parser, section, key, name, value, &setting);
    else /* The recipe took an empty line for "none", so the one-line form may be empty. */
        diagnose(&parser->config->diagnostics,
                 setting.one_line ? DIAGNOSTIC_WARNING : DIAGNOSTIC_ERROR, parser->line, section,
                 "%s has no value", name);
    store_setting(parser, section, &setting);
}

static void take_key(struct parser *parser, struct section *section, const char *name,
                     const char *value)
{
    struct setting setting = {.devid = ANY_DEVID};
    const struct key *key = parser->name ? key_by_id(KEY_GATEWAY) : find_key(name, &setting);

    if (parser->name && strcasecmp(name, ONE_LINE_KEY "]") != 0)
        key = NULL; /* text between bracket and delimiter */
    if (!key || !(key->sections & 1U << section->kind) ||
        (section->kind == SECTION_DEFAULTS && setting.devid != ANY_DEVID))
        complain_of_key(parser, section, name);
    else
        take_setting(parser, section, key, parser->name ? key->name : name, value, setting);
}

static int handle(void *user, const char *inih_section, const char *name, const char *value)
{
    struct parser *parser = user;
    struct section *section =
        parser->name ? config_find(parser->config, SECTION_DOMU, parser->name) : parser->section;

    if (parser->announcing) {
        parser->announcing = false;
        begin_section(parser, inih_section);
        return 1;
    }
    parser->unanswered = false; /* so inih found a key in it */
    if (section)
        take_key(parser, section, name, value ? value : "");
    else if (!complain_of_line(parser, NULL, name))
        complain_of_place(parser, name);
    return 1;
}

static int begin_reading(struct parser *parser, struct error *e)
{
    struct config_text *text = parser->text;

    parser->room = text->length;
    if (text->open) {
        free(text->bytes);
        text->bytes = malloc(PIECE);
        text->length = 0;
        parser->room = PIECE;
    }
    parser->config->path = strdup(text->path);
    if (!text->bytes || !parser->config->path)
        return fail_memory(e);
    begin_file(parser, text->path);
    return 0;
}

int config_parse(struct config_text *text, const char *only, struct config *out, struct error *e)
{
    struct parser parser = {.config = out, .text = text, .only = only, .why = e};
    int result;

    *out = (struct config){.path = NULL};
    if (only && *only) {
        parser.only_length = strlen(only);
        parser.only_last = tolower((unsigned char)only[parser.only_length - 1]);
    }
    result = begin_reading(&parser, e);
    if (result == 0) {
        ini_parse_stream(give_line_to_inih, &parser, handle, &parser);
        note_unanswered(&parser);
    }
    if (parser.failure)
        result = parser.failure;
    else if (out->out_of_memory || out->diagnostics.out_of_memory)
        result = fail_memory(e);
    if (result < 0)
        config_free(out);
    return result;
}
