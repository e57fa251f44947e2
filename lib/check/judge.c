/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/judge.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "6to4/site.h"
#include "base/ipv4.h"
#include "domu/desired.h"
#include "domu/plan.h"
#include "pd-nat/section.h"

int names_add(struct names *names, const char *name)
{
    char *copy = strdup(name);

    if (copy && array_append(&names->names, &names->count, &copy, sizeof(copy)) == 0)
        return 0;
    free(copy);
    return -1;
}

int names_add_running(struct names *names, const char *name, const char *uuid, const char *vifs)
{
    struct running_domu *slot = array_add(&names->running, &names->running_count, sizeof(*slot));

    if (!slot)
        return -1;
    *slot = (struct running_domu){.name = strdup(name), .uuid = strdup(uuid), .vifs = strdup(vifs)};
    return slot->name && slot->uuid && slot->vifs ? names_add(names, name) : -1;
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->running_count; i++) {
        free(names->running[i].name);
        free(names->running[i].uuid);
        free(names->running[i].vifs);
    }
    free(names->running);
    for (size_t i = 0; i < names->count; i++)
        free(names->names[i]);
    free(names->names);
    *names = (struct names){.names = NULL};
}

/* ---- lengths and overlaps ---- */

/* A subnet or routed prefix of a section, with the line that asks for it. */
struct claim {
    struct prefix subnet;
    struct prefix wanted; /* as the file has it */
    enum key_id key;
    const struct section *section;
    unsigned int line;
};

struct claims {
    const struct config *config;
    struct claim *claims;
    size_t count;
};

static int add_claim(struct claims *claims, const struct section *section,
                     const struct setting *setting, const struct prefix *prefix)
{
    struct claim *slot;

    if (address_is_link_local(&prefix->address))
        return 0;
    slot = array_add(&claims->claims, &claims->count, sizeof(*slot));
    if (!slot)
        return -1;
    *slot = (struct claim){.subnet = prefix_network(prefix),
                           .wanted = *prefix,
                           .key = setting->key,
                           .section = section,
                           .line = setting->line};
    return 0;
}

/* A prefix that somebody copied from the manual. */
static void warn_of_documentation(const struct config *config, struct diagnostics *out)
{
    static const struct prefix sixtofour = {.address.s6_addr = {0x20, 0x02}, .length = 16};
    unsigned int line = 0;
    const struct prefix *prefix = config_prefix(config, &line);
    char text[INET_ADDRSTRLEN];
    struct in_addr ipv4;

    if (!prefix || prefix->length < 48 || !prefix_contains(&sixtofour, &prefix->address))
        return;
    ipv4 = ipv4_of_6to4(&prefix->address);
    if (ipv4_is_documentation(ipv4))
        diagnose(out, DIAGNOSTIC_WARNING, line, config->defaults,
                 "prefix: %s is a documentation address (RFC 5737): replace it by yours",
                 inet_ntop(AF_INET, &ipv4, text, sizeof(text)));
}

static void warn_of_lengths(const struct section *section, struct diagnostics *out)
{
    char text[PREFIX_TEXT];

    for (size_t i = 0; i < section->setting_count; i++)
        for (size_t j = 0; j < section->settings[i].count; j++)
            if (section->settings[i].key == KEY_GATEWAY &&
                section->settings[i].prefixes[j].length != SUBNET_LENGTH)
                diagnose(out, DIAGNOSTIC_WARNING, section->settings[i].line, section,
                         "%s: not a /64: the guest cannot configure itself by router "
                         "advertisements (SLAAC) in it",
                         prefix_print(&section->settings[i].prefixes[j], text));
}

/* A vif with ra = yes that has no network to advertise. */
static int warn_of_silence(const struct config *config, const struct section *section,
                           struct diagnostics *out, struct error *e)
{
    const struct vif_config vif = {config, section, ANY_DEVID};
    const struct setting *wanted = desired_setting(&vif, KEY_RA);
    struct desired desired;
    bool advertises = false;
    int result;

    if (!section_is_domu(section) || !wanted || !wanted->flag)
        return 0;
    result = desired_build(&vif, &desired, e);
    if (result < 0)
        return result;
    for (size_t i = 0; i < desired.gateway_count; i++)
        advertises |= desired.gateways[i].length == SUBNET_LENGTH &&
                      !address_is_link_local(&desired.gateways[i].address);
    if (desired.gateway_count > 0 && !advertises)
        diagnose(out, DIAGNOSTIC_WARNING, section->line, section,
                 "ra: nothing is advertised: the guest configures itself only in a /64 of one of "
                 "its gateways");
    desired_free(&desired);
    return 0;
}

static int claim_setting(const struct section *section, const struct setting *setting,
                         const struct prefix *base, struct claims *claims)
{
    struct prefix subnet;
    int result = 0;

    for (size_t i = 0; i < setting->count && result == 0; i++)
        if (setting->key == KEY_GATEWAY || setting->key == KEY_ADDRESS) {
            result = add_claim(claims, section, setting, &setting->prefixes[i]);
        } else if (setting->key == KEY_SUBNET && base &&
                   prefix_subnet(base, setting->numbers[i], &subnet) == 0) {
            result = add_claim(claims, section, setting, &subnet);
        } else if (setting->key == KEY_ROUTE) {
            result = add_claim(claims, section, setting, &setting->routes[i].destination);
        }
    return result;
}

/* The LANs of a 6to4 site can overlap domUs' networks if both come out of one prefix. */
static int claim_lans(const struct config *config, struct claims *claims)
{
    const struct section *section = config_find(config, SECTION_6TO4, "");
    const struct prefix *ipv4 = NULL;
    struct prefix base;
    struct prefix subnet;
    int result = 0;

    for (size_t i = 0; section && i < section->setting_count; i++)
        if (section->settings[i].key == KEY_PUBLIC_IPV4 && section->settings[i].count > 0)
            ipv4 = &section->settings[i].prefixes[0];
    if (!ipv4)
        return 0;
    base = prefix_6to4(prefix_to_ipv4(&ipv4->address));
    for (size_t i = 0; i < section->setting_count && result == 0; i++)
        if (section->settings[i].key == KEY_LAN && section->settings[i].count > 0 &&
            prefix_subnet(&base, section->settings[i].numbers[0], &subnet) == 0)
            result = add_claim(claims, section, &section->settings[i], &subnet);
    return result;
}

static int collect_claims(const struct config *config, struct claims *claims)
{
    const struct prefix *base = config_prefix(config, NULL);
    int result = 0;

    claims->config = config;
    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count && result == 0; j++)
            result =
                claim_setting(config->sections[i], &config->sections[i]->settings[j], base, claims);
    return result == 0 ? claim_lans(config, claims) : result;
}

static int compare_claims(const void *a, const void *b)
{
    const struct claim *left = a;
    const struct claim *right = b;
    int order = prefix_compare(&left->subnet, &right->subnet);

    return order ? order : (left->line > right->line) - (left->line < right->line);
}

/*
 * Whether both domUs want one address: the `address` of one is an `address`, the gateway or a /128
 * route of the other. Sections of different kinds may belong to one domU.
 */
static bool is_one_address(const struct claim *a, const struct claim *b)
{
    const struct claim *address = a->key == KEY_ADDRESS ? a : b;
    const struct claim *other = address == a ? b : a;

    return address->key == KEY_ADDRESS && a->section->kind == b->section->kind &&
           address_equal(&address->wanted.address, &other->wanted.address) &&
           (other->key != KEY_ROUTE || other->wanted.length == 128);
}

static void report_overlap(const struct config *config, const struct claim *a,
                           const struct claim *b, struct diagnostics *out)
{
    const struct claim *later = a->line > b->line ? a : b;
    const struct claim *earlier = later == a ? b : a;
    char ours[PREFIX_TEXT];
    char theirs[PREFIX_TEXT];
    char title[TITLE_TEXT];
    char own_title[TITLE_TEXT];
    char place[LINE_TEXT];

    config_line(config, earlier->line, later->line, place);
    if (is_one_address(a, b)) {
        prefix_print(&(struct prefix){.address = later->wanted.address, .length = 128}, ours);
        diagnose(out, DIAGNOSTIC_ERROR, later->line, later->section,
                 "%.*s is an address of %s and of %s (%s): give one of them another",
                 (int)strcspn(ours, "/"), ours, section_title(later->section, own_title),
                 section_title(earlier->section, title), place);
        return;
    }
    diagnose(out, DIAGNOSTIC_WARNING, later->line, later->section, "%s overlaps %s of %s in %s",
             prefix_print(&later->subnet, ours), prefix_print(&earlier->subnet, theirs),
             section_title(earlier->section, title), place);
}

/*
 * In sorted order, a subnet comes before those inside it. OPEN has the subnets that contain the
 * current one, the widest first. Reports the one of another domU that has the same address, or else
 * the narrowest.
 */
static void find_overlap(const struct config *config, const struct claim *const *open, size_t depth,
                         const struct claim *claim, struct diagnostics *out)
{
    const struct claim *other = NULL;

    for (size_t i = depth; i > 0 && (!other || claim->subnet.length == 128); i--)
        if (open[i - 1]->section != claim->section &&
            (!other || (is_one_address(open[i - 1], claim) && !is_one_address(other, claim))))
            other = open[i - 1];
    if (other)
        report_overlap(config, other, claim, out);
}

static int find_overlaps(struct claims *claims, struct diagnostics *out)
{
    AUTO_FREE const struct claim **open = calloc(claims->count + 1, sizeof(*open));
    size_t depth = 0;

    if (!open)
        return -1;
    sort_array(claims->claims, claims->count, sizeof(*claims->claims), compare_claims);
    for (size_t i = 0; i < claims->count; i++) {
        const struct claim *claim = &claims->claims[i];

        while (depth > 0 && !prefix_overlap(&open[depth - 1]->subnet, &claim->subnet))
            depth--;
        find_overlap(claims->config, open, depth, claim, out);
        open[depth++] = claim;
    }
    return 0;
}

/* ---- addresses out of an on-link network ---- */

#define MOST_PROXIES 1000 /* the kernel has them in 16 lists (PNEIGH_HASHMASK) */

/* desired.c reports this for a domU's section. */
static void judge_default_proxy(const struct config *config, struct diagnostics *out)
{
    const struct setting *proxy =
        desired_setting(&(struct vif_config){config, NULL, ANY_DEVID}, KEY_PROXY_NDP);
    bool has_uplink = false;

    for (size_t i = 0; i < config->section_count; i++)
        for (size_t j = 0; j < config->sections[i]->setting_count; j++)
            has_uplink |= config->sections[i]->settings[j].key == KEY_UPLINK;
    if (proxy && !proxy->broken && proxy->flag && !has_uplink)
        diagnose(out, DIAGNOSTIC_ERROR, proxy->line, config->defaults, PROXY_NEEDS_UPLINK);
}

static void warn_of_many_addresses(const struct config *config, struct diagnostics *out)
{
    const struct setting *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < config->section_count; i++) {
        const struct section *section = config->sections[i];

        for (size_t j = 0; j < section->setting_count; j++) {
            const struct setting *setting = &section->settings[j];
            const struct setting *proxy = desired_setting(
                &(struct vif_config){config, section, setting->devid}, KEY_PROXY_NDP);

            if (setting->key != KEY_ADDRESS || !proxy || !proxy->flag)
                continue;
            count += setting->count;
            if (!first && count > MOST_PROXIES)
                first = setting;
        }
    }
    if (first)
        diagnose(out, DIAGNOSTIC_WARNING, first->line, NULL,
                 "%zu addresses need proxy entries, which the kernel searches one by one: over "
                 "%d, ask the provider to route a prefix to dom0 instead",
                 count, MOST_PROXIES);
}

/* ---- names ---- */

static int compare_without_case(const void *a, const void *b)
{
    return strcasecmp(*(char *const *)a, *(char *const *)b);
}

static int compare_exactly(const void *a, const void *b)
{
    const int order = compare_without_case(a, b);

    return order ? order : strcmp(*(char *const *)a, *(char *const *)b);
}

/* NAMES are in the order of compare_exactly(). */
static const char *find_name(const struct names *names, const char *name,
                             int (*compare)(const void *a, const void *b))
{
    char *const *found = names->count == 0 ? NULL
                                           : bsearch(&name, names->names, names->count,
                                                     sizeof(*names->names), compare);

    return found ? *found : NULL;
}

static void judge_name(const struct section *section, const struct names *names,
                       struct diagnostics *out)
{
    const char *other;

    if (find_name(names, section->name, compare_exactly))
        return;
    other = find_name(names, section->name, compare_without_case);
    if (other)
        diagnose(out, DIAGNOSTIC_WARNING, section->line, section,
                 "'%s' is not the name of a domU: write '%s', as the domU has it; one that differs "
                 "only in case counts until a second one does",
                 section->name, other);
    else
        diagnose(out, DIAGNOSTIC_WARNING, section->line, section,
                 "no domU is called '%s': none that runs, and none in /etc/xen/*.cfg%s",
                 section->name,
                 strchr("\"'", *section->name) ? ": leave out the quotation marks" : "");
}

static void warn_of_names(const struct config *config, const struct names *names,
                          struct diagnostics *out)
{
    if (!names->known)
        return;
    sort_array(names->names, names->count, sizeof(*names->names), compare_exactly);
    for (size_t i = 0; i < config->section_count; i++)
        if (config->sections[i]->kind == SECTION_DOMU)
            judge_name(config->sections[i], names, out);
}

static int judge_domus(const struct config *config, struct diagnostics *out, struct error *e)
{
    int result = 0;

    diagnostics_add(out, &config->diagnostics);
    for (size_t i = 0; i < config->section_count && result == 0; i++)
        if (section_is_domu(config->sections[i]))
            result = desired_judge(config, config->sections[i], out, e);
    return result;
}

static int sort_findings(struct diagnostics *out, int result, struct error *e)
{
    diagnostics_sort(out);
    return result == 0 && out->out_of_memory ? fail_memory(e) : result;
}

int judge_entries(const struct config *config, struct diagnostics *out, struct error *e)
{
    return sort_findings(out, judge_domus(config, out, e), e);
}

int judge(const struct config *config, const struct names *names, struct diagnostics *out,
          struct error *e)
{
    struct claims claims = {.claims = NULL};
    int result = judge_domus(config, out, e);

    if (result == 0)
        result = sixtofour_check(config, out, e);
    if (result < 0)
        return result;
    pd_nat_check(config, out);
    judge_default_proxy(config, out);
    warn_of_many_addresses(config, out);
    warn_of_names(config, names, out);
    warn_of_documentation(config, out);
    for (size_t i = 0; i < config->section_count; i++)
        warn_of_lengths(config->sections[i], out);
    for (size_t i = 0; i < config->section_count && result == 0; i++)
        result = warn_of_silence(config, config->sections[i], out, e);
    if (result < 0)
        return result;
    result = collect_claims(config, &claims);
    if (result == 0)
        result = find_overlaps(&claims, out);
    free(claims.claims);
    return sort_findings(out, result < 0 ? fail_memory(e) : 0, e);
}

/* ---- dom0's own networks ---- */

int judge_own_networks(const struct config *config, const struct held *held, size_t count,
                       struct diagnostics *out, struct error *e)
{
    struct claims claims = {.claims = NULL};
    int result = collect_claims(config, &claims);

    for (size_t i = 0; i < claims.count && result == 0; i++) {
        const struct claim *claim = &claims.claims[i];
        struct plan plan = {.changes = NULL};
        char text[CONFLICT_TEXT];

        if (section_is_domu(claim->section))
            result = plan_conflicts(&claim->wanted, claim->key == KEY_ROUTE, held, count, &plan);
        for (size_t j = 0; j < plan.conflict_count; j++)
            diagnose(out, DIAGNOSTIC_ERROR, claim->line, claim->section, "%s",
                     host_conflict_print(&plan.conflicts[j], text));
        plan_free(&plan);
    }
    free(claims.claims);
    return sort_findings(out, result < 0 ? fail_memory(e) : 0, e);
}
