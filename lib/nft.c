/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "netlink.h"

/* ---- the program ---- */

static const char *const places[] = {"/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft"};

static const char *find_nft(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(places); i++)
        if (access(places[i], X_OK) == 0)
            return places[i];
    return NULL;
}

bool nft_is_installed(void)
{
    return find_nft() != NULL;
}

/* Runs nft with these as standard input and error; its exit status, or a negative errno. */
static int run(const char *nft, int in, int err)
{
    char *const arguments[] = {(char *)"nft", (char *)"-f", (char *)"-", NULL};
    char *const environment[] = {(char *)"PATH=/usr/sbin:/usr/bin:/sbin:/bin", (char *)"LC_ALL=C",
                                 NULL};
    posix_spawn_file_actions_t actions;
    int status = 0;
    int result = posix_spawn_file_actions_init(&actions);
    pid_t child;

    if (result != 0)
        return -result;
    (void)signal(SIGCHLD, SIG_DFL); /* a caller that ignores it leaves no status to wait for */
    (void)posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, err, STDOUT_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    result = posix_spawn(&child, nft, &actions, NULL, arguments, environment);
    posix_spawn_file_actions_destroy(&actions);
    if (result != 0)
        return -result;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

static int write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t written = write(fd, text, left);

        if (written < 0 && errno != EINTR)
            return -errno;
        if (written > 0) {
            text += written;
            left -= (size_t)written;
        }
    }
    return lseek(fd, 0, SEEK_SET) < 0 ? -errno : 0;
}

/* The first line of what nft said. */
static int tell(int err, struct error *e)
{
    char said[512];
    ssize_t length = pread(err, said, sizeof(said) - 1, 0);

    said[length > 0 ? length : 0] = '\0';
    said[strcspn(said, "\n")] = '\0';
    return fail(e, EIO, "nft: %s", said[0] ? said : "it failed without a word");
}

int nft_load(const char *rules, struct error *e)
{
    AUTO_CLOSE int in = memfd_create("rules", MFD_CLOEXEC);
    AUTO_CLOSE int err = memfd_create("messages", MFD_CLOEXEC);
    const char *nft = find_nft();
    int result = in < 0 || err < 0 ? -errno : 0;

    if (!nft)
        return fail(e, ENOENT, "nft is not installed: apt-get install nftables");
    if (result == 0)
        result = write_all(in, rules);
    if (result == 0)
        result = run(nft, in, err);
    if (result < 0)
        return fail(e, result, "nft: %s", strerror(-result));
    return result > 0 ? tell(err, e) : 0;
}

/* ---- sets ---- */

static void copy_key(const struct nlattr *attribute, uint8_t *key, size_t *length)
{
    const struct nlattr *value;

    if (!attribute)
        return;
    value = mnl_attr_get_payload(attribute); /* NFTA_DATA_VALUE, alone in it */
    if (mnl_attr_get_payload_len(attribute) < sizeof(*value) ||
        mnl_attr_get_type(value) != NFTA_DATA_VALUE ||
        value->nla_len > mnl_attr_get_payload_len(attribute) ||
        mnl_attr_get_payload_len(value) > ELEMENT_SIZE)
        return;
    *length = mnl_attr_get_payload_len(value);
    memcpy(key, mnl_attr_get_payload(value), *length);
}

struct keys {
    const struct nlattr *key;
    const struct nlattr *end;
};

static int find_keys(const struct nlattr *attribute, void *data)
{
    struct keys *keys = data;

    if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY)
        keys->key = attribute;
    if (mnl_attr_get_type(attribute) == NFTA_SET_ELEM_KEY_END)
        keys->end = attribute;
    return MNL_CB_OK;
}

static int read_element(const struct nlattr *attribute, void *data)
{
    struct netlink_list *list = data;
    struct keys keys = {.key = NULL};
    struct nft_element *slot = array_add(&list->items, &list->count, sizeof(*slot));
    size_t end_length = 0;

    if (!slot)
        return MNL_CB_ERROR;
    (void)mnl_attr_parse_nested(attribute, find_keys, &keys);
    copy_key(keys.key, slot->key, &slot->length);
    copy_key(keys.end, slot->end, &end_length);
    if (end_length != slot->length)
        memcpy(slot->end, slot->key, sizeof(slot->end));
    return MNL_CB_OK;
}

static int read_elements(const struct nlmsghdr *header, void *data)
{
    struct netlink_attributes attributes = netlink_attributes(header, sizeof(struct nfgenmsg));
    const struct nlattr *elements = attributes.of[NFTA_SET_ELEM_LIST_ELEMENTS];

    if (elements && mnl_attr_parse_nested(elements, read_element, data) == MNL_CB_ERROR)
        return -ENOMEM;
    return 0;
}

/* What a kernel without nf_tables, or without this set, answers. */
static bool is_absent(int result)
{
    return result == -ENOENT || result == -EINVAL || result == -EOPNOTSUPP ||
           result == -EPROTONOSUPPORT || result == -EAFNOSUPPORT;
}

static int count_rule(const struct nlmsghdr *header, void *data)
{
    struct netlink_list *list = data;

    (void)header;
    list->count++;
    return 0;
}

int nft_count_rules(const char *table, size_t *count, struct error *e)
{
    struct netlink netlink;
    struct netlink_request request;
    struct netlink_list list = {.items = NULL};
    struct nfgenmsg *family;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "nf_tables", e);

    if (result < 0)
        return is_absent(result) ? -ENOENT : result;
    family =
        netlink_begin(&netlink, &request, (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETRULE),
                      NLM_F_DUMP, sizeof(*family));
    family->nfgen_family = NFPROTO_INET;
    mnl_attr_put_strz(request.header, NFTA_RULE_TABLE, table);
    result = netlink_dump(&netlink, &request, count_rule, &list, e);
    netlink_close(&netlink);
    *count = list.count;
    return is_absent(result) ? -ENOENT : result;
}

int nft_elements(const char *table, const char *set, struct nft_element **out, size_t *count,
                 struct error *e)
{
    struct netlink netlink;
    struct netlink_request request;
    struct netlink_list list = {.items = *out, .count = *count};
    struct nfgenmsg *family;
    int result = netlink_open(&netlink, NETLINK_NETFILTER, "nf_tables", e);

    if (result < 0)
        return is_absent(result) ? -ENOENT : result;
    family = netlink_begin(&netlink, &request,
                           (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM), NLM_F_DUMP,
                           sizeof(*family));
    family->nfgen_family = NFPROTO_INET;
    mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_TABLE, table);
    mnl_attr_put_strz(request.header, NFTA_SET_ELEM_LIST_SET, set);
    result = netlink_dump(&netlink, &request, read_elements, &list, e);
    netlink_close(&netlink);
    *out = list.items;
    *count = list.count;
    return is_absent(result) ? -ENOENT : result;
}
