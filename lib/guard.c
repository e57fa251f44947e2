/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nft.h"

#define TABLE "inet vif-route-ipv6"

static const char *const set_names[GUARD_SETS] = {
    [GUARD_VIFS] = "vifs",
    [GUARD_SOURCES] = "sources",
    [GUARD_VIFS4] = "vifs4",
    [GUARD_SOURCES4] = "sources4",
};

/*
 * Made anew with each change, in one transaction, so that an older version's are replaced.
 *
 * Before connection tracking, so that what is forged leaves no trace there. A guest needs :: as its
 * source for what comes before its first address: duplicate address detection (RFC 4862 5.4.2),
 * router solicitations (RFC 4861 4.1) and multicast reports (RFC 3590). No client sends to 546, so
 * that what does is a DHCPv6 server's answer (RFC 8415 7.2). A first fragment that ends before the
 * header that tells so much is dropped (RFC 7112 5); that header never begins with 32 zeros.
 */
static const char table_rules[] =
    "add table " TABLE "\n"
    "add counter " TABLE " dropped\n"
    "add set " TABLE " vifs { type ifname; }\n"
    "add set " TABLE " sources { type ifname . ipv6_addr; flags interval; }\n"
    "add set " TABLE " vifs4 { type ifname; }\n"
    "add set " TABLE " sources4 { type ifname . ipv4_addr; flags interval; }\n"
    "add chain " TABLE " domus { type filter hook prerouting priority raw; policy accept; }\n"
    "add chain " TABLE " domu\n"
    "add chain " TABLE " domu4\n"
    "add chain " TABLE " first\n"
    "flush chain " TABLE " domus\n"
    "flush chain " TABLE " domu\n"
    "flush chain " TABLE " domu4\n"
    "flush chain " TABLE " first\n"
    "add rule " TABLE " domus meta nfproto ipv6 iifname @vifs goto domu\n"
    "add rule " TABLE " domus meta nfproto ipv4 iifname @vifs4 goto domu4\n"
    "add rule " TABLE " domu icmpv6 type { nd-router-advert, nd-redirect } "
    "counter name dropped drop\n"
    "add rule " TABLE " domu udp dport 546 counter name dropped drop\n"
    "add rule " TABLE " domu frag frag-off 0 jump first\n"
    "add rule " TABLE " domu iifname . ip6 saddr @sources accept\n"
    "add rule " TABLE " domu ip6 saddr fe80::/10 accept\n"
    "add rule " TABLE " domu ip6 saddr :: icmpv6 type { nd-neighbor-solicit, nd-router-solicit, "
    "mld-listener-report, mld-listener-done, mld2-listener-report } accept\n"
    "add rule " TABLE " domu counter name dropped drop\n"
    "add rule " TABLE " domu4 iifname . ip saddr @sources4 accept\n"
    "add rule " TABLE " domu4 counter name dropped drop\n"
    "add rule " TABLE " first @th,0,32 != 0 return\n"
    "add rule " TABLE " first counter name dropped drop\n";

/* ---- what is wanted ---- */

static int add_entry(struct guard *guard, const char *link, enum guard_set set,
                     const struct prefix *source)
{
    struct guard_entry *slot = array_add(&guard->entries, &guard->count, sizeof(*slot));

    if (!slot)
        return -ENOMEM;
    strncpy(slot->link, link, sizeof(slot->link) - 1);
    slot->set = set;
    if (source)
        slot->source = prefix_network(source);
    return 0;
}

/* The kernel refuses an interval within another: the wider one is enough. */
static int add_source(struct guard *guard, size_t first, const char *link, enum guard_set set,
                      const struct prefix *source)
{
    size_t kept = first;

    if (address_is_link_local(&source->address))
        return 0;
    for (size_t i = first; i < guard->count; i++)
        if (guard->entries[i].set == set && guard->entries[i].source.length <= source->length &&
            prefix_contains(&guard->entries[i].source, &source->address))
            return 0;
    for (size_t i = first; i < guard->count; i++)
        if (guard->entries[i].set != set ||
            !prefix_contains(source, &guard->entries[i].source.address))
            guard->entries[kept++] = guard->entries[i];
    guard->count = kept;
    return add_entry(guard, link, set, source);
}

static int add_sources(struct guard *guard, const char *link, enum guard_set set,
                       const struct desired *desired)
{
    const size_t first = guard->count;
    int result = 0;

    /* dom0's own IPv4 address on the vif is no network of the domU's */
    for (size_t i = 0; i < desired->gateway_count && result == 0; i++)
        if (set == GUARD_SOURCES && !prefix_is_ipv4(&desired->gateways[i]))
            result = add_source(guard, first, link, set, &desired->gateways[i]);
    for (size_t i = 0; i < desired->route_count && result == 0; i++)
        if (prefix_is_ipv4(&desired->routes[i].destination) == (set == GUARD_SOURCES4))
            result = add_source(guard, first, link, set, &desired->routes[i].destination);
    return result;
}

static bool can_be_quoted(const char *link)
{
    return strspn(link, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+@:=") ==
           strlen(link);
}

int guard_add(struct guard *guard, const char *link, const struct desired *desired,
              const struct desired *ipv4, struct error *e)
{
    int result = 0;

    if (!can_be_quoted(link))
        return fail(e, EINVAL, "%s: antispoof: no rule can hold this link's name", link);
    result = add_entry(guard, link, GUARD_VIFS, NULL);
    if (result == 0)
        result = add_sources(guard, link, GUARD_SOURCES, desired);
    if (result == 0 && ipv4)
        result = add_entry(guard, link, GUARD_VIFS4, NULL);
    if (result == 0 && ipv4)
        result = add_sources(guard, link, GUARD_SOURCES4, ipv4);
    return result < 0 ? fail_memory(e) : 0;
}

/* ---- what is there ---- */

/* FIRST to LAST as a prefix; false if it is none. */
static bool read_prefix(const uint8_t *first, const uint8_t *last, size_t size, struct prefix *out)
{
    unsigned int length = 0;

    while (length < size * 8 && !((first[length / 8] ^ last[length / 8]) & (0x80 >> (length % 8))))
        length++;
    for (unsigned int i = length; i < size * 8; i++)
        if (first[i / 8] & (0x80 >> (i % 8)) || !(last[i / 8] & (0x80 >> (i % 8))))
            return false;
    if (size == sizeof(struct in_addr)) {
        struct in_addr ipv4;

        memcpy(&ipv4, first, sizeof(ipv4));
        *out = prefix_from_ipv4(ipv4, length);
    } else {
        memcpy(&out->address, first, sizeof(out->address));
        out->length = (uint8_t)length;
    }
    return true;
}

static int read_entry(struct guard *guard, enum guard_set set, const struct nft_element *element)
{
    const size_t address = element->length - IF_NAMESIZE;
    char link[IF_NAMESIZE + 1] = "";
    struct prefix source = {.length = 0};

    if (element->length < IF_NAMESIZE)
        return 0;
    memcpy(link, element->key, IF_NAMESIZE);
    if (set == GUARD_VIFS || set == GUARD_VIFS4)
        return add_entry(guard, link, set, NULL);
    if (address != (set == GUARD_SOURCES ? sizeof(struct in6_addr) : sizeof(struct in_addr)) ||
        !read_prefix(element->key + IF_NAMESIZE, element->end + IF_NAMESIZE, address, &source))
        return 0;
    return add_entry(guard, link, set, &source);
}

static int read_set(struct guard *out, enum guard_set set, struct error *e)
{
    struct nft_element *elements = NULL;
    size_t count = 0;
    int result = nft_elements("vif-route-ipv6", set_names[set], &elements, &count, e);

    for (size_t i = 0; i < count && result == 0; i++)
        if (read_entry(out, set, &elements[i]) < 0)
            result = fail_memory(e);
    free(elements);
    return result;
}

/* Someone flushed them, or an older version made them. */
static int find_torn(struct guard *out, struct error *e)
{
    size_t wanted = 0;
    size_t count = 0;
    int result = nft_count_rules("vif-route-ipv6", &count, e);

    for (const char *rule = table_rules; (rule = strstr(rule, "add rule ")); rule++)
        wanted++;
    out->is_torn = out->count > 0 && count != wanted;
    return result;
}

int guard_read(struct guard *out, struct error *e)
{
    int result = 0;

    *out = (struct guard){.entries = NULL};
    for (int set = 0; set < GUARD_SETS && result == 0; set++)
        result = read_set(out, (enum guard_set)set, e);
    if (result == 0)
        result = find_torn(out, e);
    if (result == 0 || result == -ENOENT)
        return 0;
    guard_free(out);
    return fail_within(e, result, "reading the table " TABLE);
}

bool guard_has(const struct guard *guard, const char *link)
{
    for (size_t i = 0; i < guard->count; i++)
        if (strcmp(guard->entries[i].link, link) == 0)
            return true;
    return false;
}

void guard_free(struct guard *guard)
{
    free(guard->entries);
    *guard = (struct guard){.entries = NULL};
}

/* ---- from one to the other ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct guard_entry *left = a;
    const struct guard_entry *right = b;
    int order = strcmp(left->link, right->link);

    if (order == 0)
        order = (left->set > right->set) - (left->set < right->set);
    return order ? order : prefix_compare(&left->source, &right->source);
}

static void sort(struct guard *guard)
{
    if (guard->count > 0)
        qsort(guard->entries, guard->count, sizeof(*guard->entries), compare_entries);
}

static bool is_in(const struct guard *guard, const struct guard_entry *entry)
{
    return guard->count > 0 &&
           bsearch(entry, guard->entries, guard->count, sizeof(*entry), compare_entries) != NULL;
}

/* Both sorted: notes for each LINK, out of an entry, that has changes, once, of what kind. */
static int note_change(struct guard_plan *plan, const char *link, bool added, bool is_vif)
{
    struct guard_change *last =
        plan->change_count > 0 ? &plan->changes[plan->change_count - 1] : NULL;

    if (!last || strcmp(last->link, link) != 0) {
        last = array_add(&plan->changes, &plan->change_count, sizeof(*last));
        if (!last)
            return -ENOMEM;
        memcpy(last->link, link, sizeof(last->link));
        last->mark = '~';
    }
    if (is_vif)
        last->mark = added ? '+' : '-';
    return 0;
}

static int note_changes(const struct guard *from, const struct guard *to, bool added,
                        bool (*in_scope)(const char *link, const void *data), const void *data,
                        struct guard_plan *plan)
{
    int result = 0;

    for (size_t i = 0; i < from->count && result == 0; i++)
        if (in_scope(from->entries[i].link, data) && !is_in(to, &from->entries[i]))
            result =
                note_change(plan, from->entries[i].link, added, from->entries[i].set == GUARD_VIFS);
    return result;
}

static int compare_changes(const void *a, const void *b)
{
    return strcmp(((const struct guard_change *)a)->link, ((const struct guard_change *)b)->link);
}

/* Of two notes of one link the one that says more stays. */
static void merge_changes(struct guard_plan *plan)
{
    size_t kept = 0;

    if (plan->change_count > 0)
        qsort(plan->changes, plan->change_count, sizeof(*plan->changes), compare_changes);
    for (size_t i = 0; i < plan->change_count; i++)
        if (kept > 0 && strcmp(plan->changes[kept - 1].link, plan->changes[i].link) == 0) {
            if (plan->changes[i].mark != '~')
                plan->changes[kept - 1].mark = plan->changes[i].mark;
        } else {
            plan->changes[kept++] = plan->changes[i];
        }
    plan->change_count = kept;
}

static void print_entry(FILE *out, const char *verb, const struct guard_entry *entry)
{
    char text[PREFIX_TEXT];

    fprintf(out, "%s element " TABLE " %s { \"%s\"", verb, set_names[entry->set], entry->link);
    if (entry->set == GUARD_SOURCES || entry->set == GUARD_SOURCES4)
        fprintf(out, " . %s", prefix_print(&entry->source, text));
    fprintf(out, " }\n");
}

/* The entries of FROM that are not in TO. */
static void print_entries(FILE *out, const char *verb, const struct guard *from,
                          const struct guard *to,
                          bool (*in_scope)(const char *link, const void *data), const void *data)
{
    for (size_t i = 0; i < from->count; i++)
        if (in_scope(from->entries[i].link, data) && !is_in(to, &from->entries[i]))
            print_entry(out, verb, &from->entries[i]);
}

static bool is_empty_then(const struct guard *wanted, const struct guard *actual,
                          bool (*in_scope)(const char *link, const void *data), const void *data)
{
    for (size_t i = 0; i < actual->count; i++)
        if (!in_scope(actual->entries[i].link, data))
            return false;
    return wanted->count == 0;
}

static int print_rules(const struct guard *wanted, const struct guard *actual,
                       bool (*in_scope)(const char *link, const void *data), const void *data,
                       char **rules, struct error *e)
{
    size_t size;
    FILE *out = open_memstream(rules, &size);

    if (!out)
        return fail_memory(e);
    if (is_empty_then(wanted, actual, in_scope, data)) {
        fputs("delete table " TABLE "\n", out);
    } else {
        fputs(table_rules, out);
        print_entries(out, "delete", actual, wanted, in_scope, data);
        print_entries(out, "add", wanted, actual, in_scope, data);
    }
    return fclose(out) != 0 ? fail_memory(e) : 0;
}

int guard_plan(struct guard *wanted, struct guard *actual,
               bool (*in_scope)(const char *link, const void *data), const void *data,
               struct guard_plan *out, struct error *e)
{
    const struct guard nothing = {.entries = NULL};
    int result;

    *out = (struct guard_plan){.rules = NULL};
    sort(wanted);
    sort(actual);
    result = note_changes(actual, wanted, false, in_scope, data, out);
    if (result == 0)
        result =
            note_changes(wanted, actual->is_torn ? &nothing : actual, true, in_scope, data, out);
    if (result < 0)
        result = fail_memory(e);
    else if (out->change_count > 0)
        result = print_rules(wanted, actual, in_scope, data, &out->rules, e);
    if (result < 0)
        guard_plan_free(out);
    else
        merge_changes(out);
    return result;
}

void guard_plan_free(struct guard_plan *plan)
{
    free(plan->rules);
    free(plan->changes);
    *plan = (struct guard_plan){.rules = NULL};
}

static bool is_link(const char *link, const void *data)
{
    return strcmp(link, data) == 0;
}

int guard_set(const char *link, struct guard *wanted, struct error *e)
{
    struct guard actual;
    struct guard_plan plan;
    int result = guard_read(&actual, e);

    if (result < 0)
        return fail_within(e, result, "%s: antispoof", link);
    result = guard_plan(wanted, &actual, is_link, link, &plan, e);
    guard_free(&actual);
    if (result == 0 && plan.rules)
        result = nft_load(plan.rules, e);
    if (result < 0)
        (void)fail_within(e, result, "%s: antispoof", link);
    guard_plan_free(&plan);
    return result;
}
