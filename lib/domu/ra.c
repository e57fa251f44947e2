/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/ra.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/lock.h"
#include "base/replace.h"
#include "domu/link.h"
#include "domu/ra-format.h"
#include "sys/sysctl.h"

#define REMOVED_FOR 7200L /* seconds that a guest keeps its addresses, RFC 4862 5.5.3 e */
#define MOST_BYTES  (64L << 20)

/* ---- what is wanted ---- */

static int add_prefix(struct ra *ra, const struct prefix *network, long removed)
{
    const struct ra_prefix prefix = {prefix_network(network), removed};

    return array_append(&ra->prefixes, &ra->prefix_count, &prefix, sizeof(prefix));
}

static const struct ra_prefix *find_ra_prefix(const struct ra *ra, const struct prefix *network)
{
    for (size_t i = 0; i < ra->prefix_count; i++)
        if (prefix_equal(&ra->prefixes[i].network, network))
            return &ra->prefixes[i];
    return NULL;
}

/* RFC 4862 5.5.3 d: a guest forms addresses out of a /64 only. */
static int advertise_gateways(struct ra *ra, const struct desired *desired)
{
    int result = 0;

    for (size_t i = 0; i < desired->gateway_count && result == 0; i++) {
        const struct prefix network = prefix_network(&desired->gateways[i]);

        if (network.length == SUBNET_LENGTH && !address_is_link_local(&network.address) &&
            !find_ra_prefix(ra, &network))
            result = add_prefix(ra, &network, RA_IN_USE);
    }
    return result;
}

int ra_build(const struct vif_config *vif, const struct desired *desired, const struct link *link,
             struct ra *out, struct error *e)
{
    const struct setting *wanted = desired_setting(vif, KEY_RA);
    const struct setting *dns = desired_setting(vif, KEY_DNS);
    const struct setting *search = desired_setting(vif, KEY_SEARCH);
    int result = 0;

    *out = (struct ra){.index = link->index};
    memcpy(out->link, link->name, sizeof(out->link));
    if (wanted && wanted->flag)
        result = advertise_gateways(out, desired);
    for (size_t i = 0; dns && i < dns->count && result == 0; i++)
        result = array_append(&out->resolvers, &out->resolver_count, &dns->prefixes[i].address,
                              sizeof(*out->resolvers));
    for (size_t i = 0; search && i < search->count && result == 0; i++)
        result = array_append(&out->domains, &out->domain_count, &search->domains[i],
                              sizeof(*out->domains));
    if (result < 0)
        return fail_memory(e);
    out->is_router = out->prefix_count > 0;
    if (out->is_router && ra_link_refusal(link->name))
        return fail(e, EINVAL, "%s: ra: radvd cannot read this name, %s: choose another vifname",
                    link->name, ra_link_refusal(link->name));
    return 0;
}

/* 2000:: is nobody's address: only the default route leads there, or that to 2000::/3. */
unsigned int ra_mtu(struct rtnl *rtnl, const struct link *link)
{
    static const struct in6_addr elsewhere = {.s6_addr = {0x20}};
    struct link uplink = {.index = 0};
    unsigned int mtu = 0;

    if (rtnl_route_link(rtnl, &(struct routed_packet){.destination = &elsewhere}, &uplink.index,
                        NULL) == 0 &&
        rtnl_link_by_index(rtnl, uplink.index, &uplink, NULL) == 0)
        mtu = sysctl_number("ipv6", uplink.name, "mtu");
    return mtu >= LEAST_MTU && mtu < link->mtu ? mtu : link->mtu;
}

void ra_leave_out(struct ra *ra, const struct prefix *network)
{
    size_t kept = 0;

    for (size_t i = 0; i < ra->prefix_count; i++)
        if (!prefix_overlap(&ra->prefixes[i].network, network))
            ra->prefixes[kept++] = ra->prefixes[i];
    ra->prefix_count = kept;
    ra->is_router &= kept > 0;
}

void ra_free(struct ra *ra)
{
    free(ra->prefixes);
    free(ra->resolvers);
    free(ra->domains);
    *ra = (struct ra){.prefixes = NULL};
}

/* ---- the table ---- */

static struct ra *find_ra(const struct ra_table *table, const char *link)
{
    for (size_t i = 0; i < table->count; i++)
        if (strcmp(table->items[i].link, link) == 0)
            return &table->items[i];
    return NULL;
}

void ra_table_drop(struct ra_table *table, const char *link)
{
    struct ra *ra = find_ra(table, link);

    if (!ra)
        return;
    ra_free(ra);
    table->count--;
    memmove(ra, ra + 1, (size_t)(&table->items[table->count] - ra) * sizeof(*ra));
}

/* Adds to WANTED, as removed, the prefixes of BEFORE that it does not have. */
static int remember_removed(struct ra *wanted, const struct ra *before, long now)
{
    int result = 0;

    for (size_t i = 0; i < before->prefix_count && result == 0; i++) {
        const struct ra_prefix *prefix = &before->prefixes[i];
        const long removed = prefix->removed == RA_IN_USE ? now : prefix->removed;

        if (!find_ra_prefix(wanted, &prefix->network) && now - removed < REMOVED_FOR)
            result = add_prefix(wanted, &prefix->network, removed);
    }
    return result;
}

static bool same_array(const void *a, size_t a_count, const void *b, size_t b_count, size_t size)
{
    return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * size) == 0);
}

static bool same_prefixes(const struct ra *a, const struct ra *b)
{
    for (size_t i = 0; i < a->prefix_count && a->prefix_count == b->prefix_count; i++)
        if (!prefix_equal(&a->prefixes[i].network, &b->prefixes[i].network) ||
            a->prefixes[i].removed != b->prefixes[i].removed)
            return false;
    return a->prefix_count == b->prefix_count;
}

static bool is_same_ra(const struct ra *a, const struct ra *b)
{
    return a->index == b->index && a->is_router == b->is_router && a->mtu == b->mtu &&
           same_prefixes(a, b) &&
           same_array(a->resolvers, a->resolver_count, b->resolvers, b->resolver_count,
                      sizeof(*a->resolvers)) &&
           same_array(a->domains, a->domain_count, b->domains, b->domain_count,
                      sizeof(*a->domains));
}

static int kind_of_change(const struct ra *before, const struct ra *after)
{
    if (before->is_router != after->is_router)
        return after->is_router ? '+' : '-';
    return '~';
}

int ra_table_set(struct ra_table *table, struct ra *wanted, long now)
{
    static const struct ra nothing;
    struct ra *slot = find_ra(table, wanted->link);
    const struct ra *before = slot && slot->index == wanted->index ? slot : &nothing;
    int result;

    if (!wanted->is_router) { /* the guest keeps the MTU when it forgets its router */
        wanted->mtu = before->mtu;
        wanted->resolver_count = wanted->domain_count = 0;
    }
    result = remember_removed(wanted, before, now);
    if (result < 0 || (slot && is_same_ra(slot, wanted)))
        return result;
    if (wanted->prefix_count == 0) {
        result = slot ? kind_of_change(slot, wanted) : 0;
        ra_table_drop(table, wanted->link);
        return result;
    }
    result = kind_of_change(before, wanted);
    if (!slot)
        slot = array_add(&table->items, &table->count, sizeof(*slot));
    if (!slot)
        return -ENOMEM;
    ra_free(slot);
    *slot = *wanted;
    *wanted = (struct ra){.prefixes = NULL};
    return result;
}

void ra_table_free(struct ra_table *table)
{
    for (size_t i = 0; i < table->count; i++)
        ra_free(&table->items[i]);
    free(table->items);
    free(table->text);
    *table = (struct ra_table){.items = NULL};
}

/* ---- the file ---- */

int ra_table_read(struct ra_table *out, struct error *e)
{
    AUTO_CLOSE int fd = open(RA_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    ssize_t length;

    *out = (struct ra_table){.items = NULL};
    if (fd < 0)
        return errno == ENOENT ? 0 : fail_errno(e, errno, RA_FILE);
    length = read_whole(fd, MOST_BYTES, &out->text);
    if (length < 0) {
        ra_table_free(out);
        return fail_errno(e, (int)-length, RA_FILE);
    }
    return ra_parse_radvd(out->text, out) < 0 ? fail_memory(e) : 0;
}

int ra_table_write(const struct ra_table *table, struct error *e)
{
    AUTO_FREE char *text = NULL;
    mode_t mask;
    int result;

    if (table->count == 0 && !table->text)
        return 0;
    text = ra_print_radvd(table);
    if (!text)
        return fail_memory(e);
    if (table->text && strcmp(table->text, text) == 0)
        return 0;
    mask = umask(022); /* radvd's user reads it, whatever the umask of xl or a service */
    result = make_directory(RUN_DIRECTORY, e);
    if (result == 0)
        result = replace_file(RA_FILE, text, e);
    umask(mask);
    return result;
}

int ra_advertise(struct rtnl *rtnl, const struct link *link, struct ra *wanted, struct error *e)
{
    struct ra_table table;
    int result = ra_table_read(&table, e);

    memcpy(wanted->link, link->name, sizeof(wanted->link));
    wanted->index = link->index;
    if (result == 0 && wanted->is_router)
        wanted->mtu = ra_mtu(rtnl, link);
    if (result == 0 && (wanted->is_router || table.count > 0))
        result =
            ra_table_set(&table, wanted, ra_now()) < 0 ? fail_memory(e) : ra_table_write(&table, e);
    ra_table_free(&table);
    return result;
}

int ra_forget(const char *link, struct error *e)
{
    struct ra_table table;
    int result = ra_table_read(&table, e);
    const bool found = result == 0 && find_ra(&table, link);
    int lock;

    ra_table_free(&table);
    if (!found)
        return result;
    lock = lock_take();
    result = ra_table_read(&table, e); /* which may have changed */
    ra_table_drop(&table, link);
    if (result == 0)
        result = ra_table_write(&table, e);
    close_fd(&lock);
    ra_table_free(&table);
    return result;
}

long ra_now(void)
{
    struct timespec now = {.tv_sec = 0};

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (long)now.tv_sec;
}
