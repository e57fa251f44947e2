/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config/explain.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/utf8.h"
#include "config/keys.h"

#define GATEWAY_KEY "ipv6_gateway_addr"

/* Names the nearest section, or takes an unknown word for the name of a domU. */
char *explain_section(const char *title)
{
    const size_t length = strcspn(title, BLANKS);
    AUTO_FREE char *word = strndup(title, length);
    const char *name = title + length + strspn(title + length, BLANKS);
    unsigned int domid;
    unsigned int devid;
    struct nearest nearest = nearest_to(word ? word : "");
    const char *kind = nearest.best;
    bool is_nameless; /* [defaults] and [6to4] */

    for (size_t i = 0; i < SECTION_KINDS; i++)
        nearest_offer(&nearest, section_words[i], NULL);
    is_nameless = strcmp(nearest.best, section_words[SECTION_DEFAULTS]) == 0 ||
                  strcmp(nearest.best, section_words[SECTION_6TO4]) == 0;
    if (nearest.distance == 0 || (!*name && !is_nameless && nearest.distance > 1)) {
        kind = section_words[SECTION_DOMU];
        name = *name ? name : title;
    }
    if (!word)
        return NULL;
    if (sscanf(name, "vif%u.%u", &domid, &devid) == 2)
        return format_string("unknown section [%s]: write [domu NAME], and below it KEY.%u for "
                             "one of its vifs",
                             title, devid);
    if (is_nameless)
        return format_string("unknown section [%s]: did you mean [%s]?", title, kind);
    return format_string("unknown section [%s]: did you mean [%s %s]?", title, kind,
                         *name ? name : "NAME");
}

/* The first character that no key has, such as a no-break space. Returns its place, or NULL. */
static const char *find_strange(const char *name)
{
    while (*name && utf8_length(name) == 1)
        name++;
    return *name ? name : NULL;
}

static char *explain_character(const struct stray_key *stray, const char *at)
{
    const size_t length = utf8_length(at);
    uint32_t number = (uint8_t)*at & (length > 1 ? 0x7fU >> length : 0xffU); /* of UTF-8 */

    for (size_t i = 1; i < length; i++)
        number = number << 6 | ((uint8_t)at[i] & 0x3f);
    return format_string(length ? "unknown key '%s': column %zu has the character U+%04X%s"
                                : "unknown key '%s': column %zu has the byte 0x%02X%s",
                         stray->name, stray->column + (size_t)(at - stray->name), number,
                         number == 0xa0 ? ", a no-break space: write a plain blank" : "");
}

/* A name with a bracket: ipv6_gateway_addr .[NAME] or .DEVID[NAME]. */
static char *explain_bracket(const char *name, const char *bracket)
{
    const char *domu = bracket + 1 + strspn(bracket + 1, BLANKS);
    const int length = (int)strcspn(domu, " \t]");

    if (name[strlen(GATEWAY_KEY)] == '.')
        return format_string("'%s': this form is for all vifs: write [domu %.*s], and below it "
                             "ipv6_gateway_addr.DEVID = ADDRESS",
                             name, length, domu);
    if (!strchr(BLANKS "[", name[strlen(GATEWAY_KEY)]))
        return format_string("unknown key '%s': did you mean ipv6_gateway_addr[%.*s]?", name,
                             length, domu);
    return format_string("'%s': write ipv6_gateway_addr[%.*s] without blanks", name, length, domu);
}

/* Which header has to come before KEY; NULL: a key that is not known. */
static const char *header_for(const struct key *key)
{
    if (key && !(key->sections & 1U << SECTION_DOMU))
        return key->sections & 1U << SECTION_DEFAULTS ? "[defaults]"
               : key->sections & 1U << SECTION_6TO4   ? "[6to4]"
                                                      : "[pd-nat INTERFACE]";
    return !key || key->sections & 1U << SECTION_DEFAULTS ? "[defaults], or [domu NAME],"
                                                          : "[domu NAME]";
}

/* A key before any section, perhaps KEY[NAME], which only ipv6_gateway_addr can be. */
static char *explain_place(const char *name)
{
    const size_t length = strcspn(name, "[({");
    const char *domu = name + length + (name[length] != '\0');
    const int domu_length = (int)strcspn(domu, "])}");
    AUTO_FREE char *word = strndup(name, length);
    struct nearest nearest = nearest_to(word ? word : "");

    if (!word)
        return NULL;
    keys_offer(&nearest, SECTION_DOMU);
    if (domu_length > 0 &&
        (strcmp(nearest.best, GATEWAY_KEY) == 0 || strcasestr(word, GATEWAY_KEY)))
        return format_string("unknown key '%s': did you mean ipv6_gateway_addr[%.*s]?", name,
                             domu_length, domu);
    if (domu_length > 0 && nearest.distance > 0)
        return format_string("'%s': write [domu %.*s], and below it %s = VALUE", name, domu_length,
                             domu, nearest.best);
    if (domu_length > 0)
        return format_string("unknown key '%s': only ipv6_gateway_addr[NAME] has this form", name);
    return format_string("'%s' is before any section: write %s above it", name,
                         strcasecmp(name, GATEWAY_KEY) == 0
                             ? "ipv6_gateway_addr[NAME] = ..., or [domu NAME]"
                             : header_for(key_find(name, strcspn(name, "."))));
}

/* Where a known key belongs that its section does not take. */
static const char *hint_of_place(const struct key *key)
{
    if (key->sections & 1U << SECTION_DEFAULTS)
        return ": it belongs in [defaults]";
    if (key->sections & 1U << SECTION_6TO4)
        return ": it belongs in [6to4]";
    if (key->sections & 1U << SECTION_PD_NAT)
        return ": it belongs in [pd-nat INTERFACE]";
    return ": it belongs in a domU's section, [domu NAME]";
}

static const char *hint_of_spelling(const char *name, const struct section *section,
                                    const struct nearest *nearest)
{
    const struct key *key = key_find(nearest->word, strlen(nearest->word));

    if (strcasecmp(name, "lan") == 0)
        return ": lan.LINK names the interface";
    if (strncasecmp(name, "lan.", 4) == 0)
        return ": after the dot, write the name of an interface";
    if (key && (key->suffix == SUFFIX_NONE || section->kind == SECTION_DEFAULTS))
        return ": leave out the dot and what is after it";
    if (key)
        return ": after the dot, write the vif's number, from 0 to 65535";
    return nearest->hint;
}

/* A key in a section that does not take it. */
static char *explain_unknown(const char *name, const struct section *section)
{
    char title[TITLE_TEXT];
    struct setting setting;
    const struct key *key = key_split(name, &setting);
    AUTO_FREE char *word = strndup(name, strcspn(name, "."));
    struct nearest nearest = nearest_to(word ? word : "");
    const char *hint;

    if (!word)
        return NULL;
    keys_offer(&nearest, section->kind);
    (void)nearest_hint(&nearest);
    if (!key)
        hint = hint_of_spelling(name, section, &nearest);
    else if (section->kind == SECTION_DEFAULTS && setting.devid != ANY_DEVID)
        hint = ": [defaults] is for all vifs, so leave the number out";
    else
        hint = hint_of_place(key);
    return format_string("unknown key '%s' in %s%s", name, section_title(section, title), hint);
}

/* What follows ipv6_gateway_addr[NAME]. */
static char *explain_tail(const char *tail, const struct stray_key *stray)
{
    if (*tail == '.')
        return format_string("'%s' after ipv6_gateway_addr[%s]: for one vif, write [domu %s], and "
                             "below it ipv6_gateway_addr.DEVID = ADDRESS",
                             tail, stray->domu, stray->domu);
    if (!stray->has_equals)
        return format_string("no '=' in the line: ipv6_gateway_addr[%s] = ADDRESS", stray->domu);
    return format_string("'%s' after ipv6_gateway_addr[%s]: write ipv6_gateway_addr[%s] = ADDRESS",
                         tail, stray->domu, stray->domu);
}

char *explain_key(const struct stray_key *stray)
{
    const char *name = stray->name;
    const char *bracket = strchr(name, '[');
    const char *strange = find_strange(name);

    if (strange)
        return explain_character(stray, strange);
    if (stray->domu) /* inih has it as "ipv6_gateway_addr[]TEXT" */
        return explain_tail(bracket ? bracket + 2 : name, stray);
    if (!*name)
        return strdup("no key before the '=': KEY = VALUE");
    if (!bracket && has_suffix(name, "]"))
        return format_string("'%s': a section header begins with '['", name);
    if (!stray->has_equals)
        return strdup("no '=' in the line: KEY = VALUE");
    if (bracket && strncasecmp(name, GATEWAY_KEY, strlen(GATEWAY_KEY)) == 0)
        return explain_bracket(name, bracket);
    return stray->section ? explain_unknown(name, stray->section) : explain_place(name);
}
