/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/section.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static void read_nat_setting(const struct setting *setting, struct pd_nat_section *out)
{
    switch (setting->key) {
    case KEY_INTERNAL_PREFIX:
        out->internal = setting->prefixes[0];
        break;
    case KEY_IAID:
        out->has_iaid = true;
        out->iaid = (uint32_t)setting->numbers[0];
        break;
    case KEY_PART:
        out->part = setting->numbers[0];
        break;
    case KEY_BACKEND:
        out->backend = (enum pd_nat_backend_id)setting->numbers[0];
        break;
    case KEY_HAIRPIN:
        out->hairpin = setting->flag;
        break;
    case KEY_GUARD:
        out->ula_guard = setting->flag;
        break;
    case KEY_HAIRPIN_MARK:
        out->mark = (uint32_t)setting->numbers[0];
        out->kept = setting->count > 1 ? ~(uint32_t)setting->numbers[1] : 0;
        break;
    case KEY_FLOW_LIMIT:
        out->flow_limit = (uint32_t)setting->numbers[0];
        break;
    case KEY_INBOUND:
        /* yes is ::/0, and no is no prefix at all */
        out->is_closed = setting->broken || setting->count != 1 || setting->prefixes[0].length != 0;
        out->open = out->is_closed && !setting->broken ? setting->prefixes : NULL;
        out->open_count = out->open ? setting->count : 0;
        break;
    default:
        break;
    }
}

static unsigned int line_of(const struct section *section, enum key_id key)
{
    for (size_t i = 0; i < section->setting_count; i++)
        if (section->settings[i].key == key)
            return section->settings[i].line;
    return section->line;
}

/* Fills OUT with the settings that are not broken; a broken `inbound` opens nothing. */
static void read_nat_section(const struct section *section, struct pd_nat_section *out)
{
    *out = (struct pd_nat_section){
        .backend = BACKEND_NFT, .hairpin = true, .ula_guard = true, .mark = PD_NAT_MARK};
    strncpy(out->link, section->name, sizeof(out->link) - 1);
    for (size_t i = 0; i < section->setting_count; i++)
        if (!section->settings[i].broken || section->settings[i].key == KEY_INBOUND)
            read_nat_setting(&section->settings[i], out);
}

/* What no single line of the section shows. */
static void judge_section(const struct section *section, const struct pd_nat_section *nat,
                          struct diagnostics *mistakes)
{
    char text[PREFIX_TEXT];
    char internal[PREFIX_TEXT];

    for (size_t i = 0; i < nat->open_count && nat->internal.length > 0; i++)
        if (!prefix_contains(&nat->internal, &nat->open[i].address) ||
            nat->open[i].length < nat->internal.length)
            diagnose(mistakes, DIAGNOSTIC_ERROR, line_of(section, KEY_INBOUND), section,
                     "inbound: %s is not in internal_prefix %s", prefix_print(&nat->open[i], text),
                     prefix_print(&nat->internal, internal));
    if (!section_has(section, KEY_INTERNAL_PREFIX))
        diagnose(mistakes, DIAGNOSTIC_ERROR, section->line, section,
                 "[pd-nat %s]: no internal_prefix: write one out of fd00::/8, such as "
                 "fd12:3456:789a::/58",
                 section->name);
    if (nat->internal.length > 0 && !address_is_ula(&nat->internal.address))
        diagnose(
            mistakes, DIAGNOSTIC_WARNING, line_of(section, KEY_INTERNAL_PREFIX), section,
            "internal_prefix %s is not a ULA: it must be your own, and the guard does not stop "
            "its addresses",
            prefix_print(&nat->internal, text));
    if (nat->backend == BACKEND_NFT && section_has(section, KEY_HAIRPIN_MARK))
        diagnose(mistakes, DIAGNOSTIC_WARNING, line_of(section, KEY_HAIRPIN_MARK), section,
                 "mark: with nft, hairpin connections need none");
    if (strcmp(section->name, "lo") == 0)
        diagnose(mistakes, DIAGNOSTIC_WARNING, section->line, section,
                 "[pd-nat lo]: lo is the loopback interface: write the name of the one that leads "
                 "to the provider");
}

int pd_nat_fail_unknown(const struct config *config, const char *link, struct error *e)
{
    const char *refusal = rule_link_refusal(link);

    if (refusal)
        return fail(e, EINVAL, "'%s' %s", link, refusal);
    return fail(e, ENOENT, "%s: no section [pd-nat %s]: write one with its internal_prefix",
                config->path, link);
}

int pd_nat_read(const struct config *config, const char *link, struct pd_nat_section *out,
                struct error *e)
{
    const struct section *section = config_find(config, SECTION_PD_NAT, link);
    struct diagnostics mistakes = {.items = NULL};
    int result;

    if (!section)
        return pd_nat_fail_unknown(config, link, e);
    read_nat_section(section, out);
    judge_section(section, out, &mistakes);
    result = config_refuse(config, section, &mistakes, e);
    diagnostics_free(&mistakes);
    return result;
}

static const struct section *find_nat_section(const struct config *config, size_t number)
{
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i]->kind == SECTION_PD_NAT && number-- == 0)
            return config->sections[i];
    return NULL;
}

const char *pd_nat_link(const struct config *config, size_t number)
{
    const struct section *section = find_nat_section(config, number);

    return section ? section->name : NULL;
}

bool pd_nat_needs_nft(const struct pd_nat_section *nat)
{
    return nat->backend == BACKEND_NFT || nat->ula_guard || nat->is_closed || nat->flow_limit > 0;
}

bool pd_nat_uses(const struct config *config, enum pd_nat_backend_id backend)
{
    const struct section *section;

    for (size_t i = 0; (section = find_nat_section(config, i)) != NULL; i++) {
        struct pd_nat_section nat;

        read_nat_section(section, &nat);
        if (backend == BACKEND_NFT ? pd_nat_needs_nft(&nat) : nat.backend == backend)
            return true;
    }
    return false;
}

bool pd_nat_is_open(const struct config *config)
{
    const struct section *section;

    for (size_t i = 0; (section = find_nat_section(config, i)) != NULL; i++) {
        struct pd_nat_section nat;

        read_nat_section(section, &nat);
        if (!nat.is_closed)
            return true;
    }
    return false;
}

/* Connections of one mark all get the source of the first rule with it. */
static bool is_hairpin_shared(const struct pd_nat_section *one, const struct pd_nat_section *other)
{
    return one->backend == BACKEND_IP6TABLES && other->backend == BACKEND_IP6TABLES &&
           one->hairpin && other->hairpin &&
           ((one->mark ^ other->mark) & ~one->kept & ~other->kept) == 0;
}

/* Two interfaces (two providers) may serve one internal prefix, but not overlapping ones. */
static void judge_pair(const struct config *config, const struct section *section,
                       const struct pd_nat_section *nat, const struct section *other_section,
                       struct diagnostics *mistakes)
{
    struct pd_nat_section other;
    char ours[PREFIX_TEXT];
    char theirs[PREFIX_TEXT];
    char place[LINE_TEXT];

    config_line(config, other_section->line, section->line, place);
    read_nat_section(other_section, &other);
    if (nat->internal.length == 0 || other.internal.length == 0 ||
        !prefix_overlap(&nat->internal, &other.internal))
        return;
    if (!prefix_equal(&nat->internal, &other.internal))
        diagnose(mistakes, DIAGNOSTIC_WARNING, section->line, section,
                 "internal_prefix %s overlaps %s of [pd-nat %s] in %s",
                 prefix_print(&nat->internal, ours), prefix_print(&other.internal, theirs),
                 other_section->name, place);
    else if (is_hairpin_shared(nat, &other))
        diagnose(mistakes, DIAGNOSTIC_WARNING, section->line, section,
                 "[pd-nat %s] in %s has the same mark, so hairpin connections of "
                 "both get its prefix: give one of them another mark",
                 other_section->name, place);
}

void pd_nat_check(const struct config *config, struct diagnostics *mistakes)
{
    const struct section *section;

    for (size_t i = 0; (section = find_nat_section(config, i)) != NULL; i++) {
        struct pd_nat_section nat;

        read_nat_section(section, &nat);
        judge_section(section, &nat, mistakes);
        for (size_t j = 0; j < i; j++)
            judge_pair(config, section, &nat, find_nat_section(config, j), mistakes);
    }
}

const char *delegation_refusal(const struct prefix *prefix)
{
    /* RFC 4291 2.4 and IANA's ipv6-address-space: what is out of no registry's hands. */
    static const struct {
        struct prefix block;
        const char *what;
    } blocks[] = {
        {{.length = 8}, "is or holds reserved addresses (::/8)"},
        {{{{{0xfe, 0x80}}}, 10}, "is or holds link-local addresses"},
        {{{{{0xff}}}, 8}, "is or holds multicast addresses"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
        if (prefix_overlap(&blocks[i].block, prefix))
            return blocks[i].what;
    return prefix_is_network(prefix) ? NULL : "has bits beyond its length";
}

/* The part with this NUMBER, which PREFIX contains. */
static struct prefix part_of(const struct prefix *prefix, unsigned int length, uint64_t number)
{
    struct prefix part = {.address = prefix->address, .length = (uint8_t)length};

    for (unsigned int bit = length; number > 0; number >>= 1) {
        bit--;
        if (number & 1)
            part.address.s6_addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
    return part;
}

int pd_nat_external(const struct pd_nat_section *nat, const struct prefix *delegated,
                    struct prefix *out, struct error *e)
{
    const char *reason = delegation_refusal(delegated);
    char text[PREFIX_TEXT];
    char internal[PREFIX_TEXT];
    unsigned int bits;
    uint64_t highest;

    prefix_print(delegated, text);
    prefix_print(&nat->internal, internal);
    if (reason)
        return fail(e, EINVAL, "%s: %s is no prefix to be delegated: it %s", nat->link, text,
                    reason);
    if (delegated->length > nat->internal.length)
        return fail(e, ERANGE,
                    "%s: the delegated prefix %s is smaller than internal_prefix %s: ask for a "
                    "/%u, or choose a longer internal prefix",
                    nat->link, text, internal, nat->internal.length);
    if (prefix_overlap(delegated, &nat->internal))
        return fail(e, EINVAL, "%s: the delegated prefix %s overlaps internal_prefix %s", nat->link,
                    text, internal);
    bits = nat->internal.length - (unsigned int)delegated->length;
    highest = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    if (nat->part > highest)
        return fail(e, ERANGE,
                    "%s: the delegated prefix %s does not contain part = %" PRIx64
                    ": the highest part is %" PRIx64,
                    nat->link, text, nat->part, highest);
    *out = part_of(delegated, nat->internal.length, nat->part);
    return 0;
}

struct in6_addr pd_nat_other_side(const struct pd_nat_mapping *mapping,
                                  const struct in6_addr *address)
{
    struct in6_addr other = *address;

    for (size_t i = 0; i < sizeof(other.s6_addr); i++)
        other.s6_addr[i] ^=
            mapping->nat.internal.address.s6_addr[i] ^ mapping->external.address.s6_addr[i];
    return other;
}
