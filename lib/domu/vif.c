/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "domu/vif.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LARGEST_ID 65535 /* of a domU; libxl's devids are smaller still */

/* Reads a decimal number without sign or leading zeros and moves *TEXT behind it. */
static bool read_id(const char **text, unsigned int *out)
{
    size_t digits = strspn(*text, "0123456789");
    unsigned long value = strtoul(*text, NULL, 10);

    if (digits == 0 || digits > 5 || (digits > 1 && **text == '0') || value > LARGEST_ID)
        return false;
    *text += digits;
    *out = (unsigned int)value;
    return true;
}

static bool skip_word(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length) != 0)
        return false;
    *text += length;
    return true;
}

/* [/local/domain/BACKEND-ID/]backend/vif/DOMID/DEVID */
static bool parse_backend(const char *path, struct vif *vif)
{
    unsigned int backend_domid;

    if (*path == '/' && !(skip_word(&path, "/local/domain/") && read_id(&path, &backend_domid) &&
                          skip_word(&path, "/")))
        return false;
    if (!skip_word(&path, "backend/vif/") || !read_id(&path, &vif->domid) ||
        !skip_word(&path, "/") || !read_id(&path, &vif->devid) || *path != '\0')
        return false;
    vif->owner = vif->domid;
    return true;
}

/* vifDOMID.DEVID[-emu] */
static bool parse_link(const char *link, struct vif *vif)
{
    struct vif ids;

    if (!skip_word(&link, "vif") || !read_id(&link, &ids.domid) || !skip_word(&link, ".") ||
        !read_id(&link, &ids.devid))
        return false;
    if (strcmp(link, vif->tap ? TAP_SUFFIX : "") != 0)
        return false;
    vif->domid = vif->owner = ids.domid;
    vif->devid = ids.devid;
    return true;
}

void vif_own_name(const struct vif *vif, char name[static IF_NAMESIZE])
{
    if (snprintf(name, IF_NAMESIZE, "vif%u.%u%s", vif->domid, vif->devid,
                 vif->tap ? TAP_SUFFIX : "") >= IF_NAMESIZE)
        name[0] = '\0';
}

bool is_vif_name(const char *link)
{
    struct vif vif = {.tap = has_suffix(link, TAP_SUFFIX)};

    return parse_link(link, &vif);
}

static int judge_called_link(const char *link, bool tap, struct error *e)
{
    if (!is_link_name(link))
        return fail(e, EINVAL, "'%s' cannot be the name of a link", link);
    if (!tap && strncmp(link, "vif", 3) == 0 && has_suffix(link, TAP_SUFFIX))
        return fail(e, EINVAL, "%s: it is a tap: use add and remove", link);
    if (tap && !has_suffix(link, TAP_SUFFIX))
        return fail(e, EINVAL, "%s: it is not a tap (vifDOMID.DEVID-emu): use online and offline",
                    link);
    return 0;
}

int vif_from_call(const struct vif_call *call, struct vif *vif, struct error *e)
{
    *vif = (struct vif){.tap = call->tap};
    if (call->link) {
        int result = judge_called_link(call->link, call->tap, e);

        if (result < 0)
            return result;
        strncpy(vif->link, call->link, sizeof(vif->link) - 1);
    }
    if (call->xenbus_path) {
        if (!parse_backend(call->xenbus_path, vif))
            return fail(e, EINVAL, "XENBUS_PATH: '%s' is not of the form backend/vif/DOMID/DEVID",
                        call->xenbus_path);
        if (!call->link)
            vif_own_name(vif, vif->link);
        vif->backend = strdup(call->xenbus_path);
    } else if (parse_link(vif->link, vif)) {
        vif->backend = format_string("backend/vif/%u/%u", vif->domid, vif->devid);
    } else {
        return 0; /* vif_read() finds the backend */
    }
    return vif->backend ? 0 : fail_memory(e);
}

void vif_free(struct vif *vif)
{
    free(vif->renamed);
    free(vif->backend);
    free(vif->name);
    free(vif->uuid);
    free(vif->mac);
    *vif = (struct vif){.domid = 0};
}

void vif_ask_ids(const struct store *store, unsigned int domid)
{
    store_ask_value(store, "/local/domain/%u/target", domid);
    store_ask_value(store, "/local/domain/%u/vm", domid);
    store_ask_value(store, "/local/domain/%u/name", domid);
}

void vif_ask_ahead(const struct store *store, const struct vif *vif)
{
    if (!vif->backend)
        return;
    store_ask_list(store, "%s", vif->backend);
    store_ask_value(store, "%s/domain", vif->backend);
    vif_ask_ids(store, vif->domid);
    store_fetch(store);
}

/* Reads a node of the backend; NULL if it does not exist, or may not be read. */
static int read_of_backend(const struct store *store, const struct vif *vif, const char *node,
                           char **out, struct error *e)
{
    *out = store_read(store, "%s/%s", vif->backend, node);
    if (*out || errno == ENOENT || errno == EACCES)
        return 0;
    return fail(e, errno, "XenStore: %s/%s: %s", vif->backend, node, strerror(errno));
}

/* Reads into vif->renamed what the backend's vifname makes the link's name; NULL: it has none. */
static int read_vifname(const struct store *store, struct vif *vif, struct error *e)
{
    AUTO_FREE char *vifname = NULL;
    int result = read_of_backend(store, vif, "vifname", &vifname, e);

    if (result < 0 || !vifname || *vifname == '\0')
        return result;
    vif->renamed = format_string("%s%s", vifname, vif->tap ? TAP_SUFFIX : "");
    return vif->renamed ? 0 : fail_memory(e);
}

/* Finds the backend whose vifname is VIF's link. */
static int find_renamed(const struct store *store, struct vif *vif, struct error *e)
{
    unsigned int domids = 0;
    AUTO_FREE char **domid = store_list(store, &domids, "backend/vif");

    if (!domid && errno != ENOENT)
        return fail(e, errno, "XenStore: backend/vif: %s", strerror(errno));
    for (unsigned int i = 0; domid && i < domids; i++) {
        unsigned int devids = 0;
        AUTO_FREE char **devid = store_list(store, &devids, "backend/vif/%s", domid[i]);

        if (!devid && errno != ENOENT)
            return fail(e, errno, "XenStore: backend/vif/%s: %s", domid[i], strerror(errno));
        for (unsigned int j = 0; devid && j < devids; j++) {
            AUTO_FREE char *path = format_string("backend/vif/%s/%s", domid[i], devid[j]);
            struct vif other = {.tap = vif->tap, .backend = path};
            int result = path ? read_vifname(store, &other, e) : fail_memory(e);
            AUTO_FREE char *link = other.renamed;

            if (result < 0 && result != -EBADMSG) /* a broken vifname is not the link's */
                return result;
            if (link && strcmp(link, vif->link) == 0 && parse_backend(path, vif)) {
                vif->backend = TAKE(path);
                return 0;
            }
        }
    }
    return fail(e, ENOENT,
                "%s: not a vif: its name is not vifDOMID.DEVID%s, and no backend in XenStore has "
                "it as vifname",
                vif->link, vif->tap ? TAP_SUFFIX : "");
}

static bool has_child(char *const *children, unsigned int count, const char *name)
{
    for (unsigned int i = 0; i < count; i++)
        if (strcmp(children[i], name) == 0)
            return true;
    return false;
}

int vif_read(const struct store *store, struct vif *vif, struct error *e)
{
    unsigned int count = 0;
    AUTO_FREE char **children = NULL;
    int result = 0;

    if (!vif->backend)
        result = find_renamed(store, vif, e);
    if (result < 0)
        return result;
    children = store_list(store, &count, "%s", vif->backend);
    if (!children)
        return fail(e, errno, "%s: XenStore has no vif %u of domU %u: %s: %s%s", vif->link,
                    vif->devid, vif->domid, vif->backend, strerror(errno),
                    errno == ENOENT ? " (xl list shows what runs)" : "");
    vif->has_domain = has_child(children, count, "domain");
    return has_child(children, count, "vifname") ? read_vifname(store, vif, e) : 0;
}

/* libxl copies the vifname from the domU's vif line, including quotes. */
int vif_judge_name(const struct vif *vif, struct error *e)
{
    const char *name = vif->renamed;
    char own[IF_NAMESIZE];

    vif_own_name(vif, own);
    if (strpbrk(name, "\"'"))
        return fail(e, EINVAL, "%s: the vifname %s has quotes: write vifname=NAME without them",
                    vif->link, name);
    if (strlen(name) >= IF_NAMESIZE)
        return fail(e, EINVAL, "%s: the vifname %s is too long for a link: 15 bytes at most",
                    vif->link, name);
    if (!is_link_name(name) || strchr(name, '%')) /* the kernel makes a number of %d */
        return fail(e, EINVAL,
                    "%s: no link can be called %s: write a vifname without blanks, slashes, "
                    "colons and percent signs",
                    vif->link, name);
    if (strcmp(name, "all") == 0 || strcmp(name, "default") == 0)
        return fail(e, EINVAL,
                    "%s: no link can be called %s, as sysctl gives that name a meaning of its "
                    "own: choose another vifname",
                    vif->link, name);
    if (is_vif_name(name) && strcmp(name, own) != 0)
        return fail(e, EINVAL,
                    "%s: the vifname %s is the name of another vif: choose one that does not look "
                    "like vifDOMID.DEVID",
                    vif->link, name);
    return 0;
}

/* Reads a node of a domain; NULL if it does not exist, or if a driver domain may not read it. */
static int read_of_domain(const struct store *store, unsigned int domid, const char *node,
                          char **out, struct error *e)
{
    *out = store_read(store, "/local/domain/%u/%s", domid, node);
    if (*out || errno == ENOENT || errno == EACCES)
        return 0;
    return fail(e, errno, "XenStore: /local/domain/%u/%s: %s", domid, node, strerror(errno));
}

static int read_name(const struct store *store, struct vif *vif, struct error *e)
{
    int result = 0;

    errno = 0;
    if (vif->has_domain && vif->owner == vif->domid)
        result = read_of_backend(store, vif, "domain", &vif->name, e);
    else
        result = read_of_domain(store, vif->owner, "name", &vif->name, e);
    vif->is_nameless = vif->name ? *vif->name == '\0' : errno == ENOENT;
    if (vif->name && !vif->is_nameless) {
        vif->is_incoming = has_suffix(vif->name, "--incoming");
        vif->migrates = domu_name_cut(vif->name);
    } else {
        free(TAKE(vif->name));
    }
    return result;
}

/* libxl writes `target` for a stubdomain: the domid of its HVM domU. */
static int read_owner(const struct store *store, struct vif *vif, struct error *e)
{
    AUTO_FREE char *target = NULL;
    const char *rest;
    unsigned int owner;
    int result = read_of_domain(store, vif->domid, "target", &target, e);

    rest = target;
    if (rest && read_id(&rest, &owner) && *rest == '\0')
        vif->owner = owner;
    return result;
}

static int read_uuid(const struct store *store, struct vif *vif, struct error *e)
{
    AUTO_FREE char *vm = NULL;
    int result = read_of_domain(store, vif->owner, "vm", &vm, e);

    if (!vm || !begins_with(vm, "/vm/"))
        return result;
    vif->uuid = strdup(vm + strlen("/vm/"));
    lower_case(vif->uuid);
    return vif->uuid ? 0 : fail_memory(e);
}

/* In a driver domain, an HVM domU's vif and its stubdomain's differ in libxl's type only. */
static int read_type(const struct store *store, struct vif *vif, struct error *e)
{
    AUTO_FREE char *type = NULL;
    int result = read_of_backend(store, vif, "type", &type, e);

    vif->is_ioemu = type && strcmp(type, "vif_ioemu") == 0;
    return result;
}

int vif_read_ids(const struct store *store, struct vif *vif, struct error *e)
{
    int result;

    if (vif->has_ids)
        return 0;
    result = read_owner(store, vif, e);
    if (result == 0)
        result = read_uuid(store, vif, e);
    if (result == 0)
        result = read_name(store, vif, e);
    if (result == 0 && !vif->name && !vif->uuid) {
        result = vif_read_mac(store, vif, e);
        if (result == 0)
            result = read_type(store, vif, e);
    }
    vif->has_ids = result == 0;
    return result;
}

int vif_copy_ids(struct vif *vif, const struct vif *from)
{
    vif->owner = from->owner;
    vif->migrates = from->migrates;
    vif->is_incoming = from->is_incoming;
    vif->is_nameless = from->is_nameless;
    vif->name = from->name ? strdup(from->name) : NULL;
    vif->uuid = from->uuid ? strdup(from->uuid) : NULL;
    vif->has_ids = true;
    return !vif->name == !from->name && !vif->uuid == !from->uuid ? 0 : -ENOMEM;
}

int vif_read_mac(const struct store *store, struct vif *vif, struct error *e)
{
    if (vif->mac)
        return 0;
    vif->mac = store_read(store, "%s/mac", vif->backend);
    if (!vif->mac && errno != ENOENT)
        return fail(e, errno, "XenStore: %s/mac: %s", vif->backend, strerror(errno));
    lower_case(vif->mac);
    return 0;
}

static bool exists(const struct store *store, const char *path)
{
    AUTO_FREE char *value = store_read(store, "%s", path);

    return value || errno != ENOENT;
}

bool vif_is_live(const struct store *store, const struct vif *vif)
{
    AUTO_FREE char *domain = format_string("/local/domain/%u", vif->domid);

    return vif->backend && domain && exists(store, vif->backend) && exists(store, domain);
}

bool is_script(const char *script, const char *name)
{
    const char *slash = strrchr(script, '/');

    return strcmp(slash ? slash + 1 : script, name) == 0;
}

bool is_this_program(const char *script)
{
    return is_script(script, "vif-route-ipv6");
}

int vif_read_script(const struct store *store, const struct vif *vif, bool *ours, struct error *e)
{
    AUTO_FREE char *script = NULL;
    int result = read_of_backend(store, vif, "script", &script, e);

    *ours = script && is_this_program(script);
    return result;
}

int vif_read_ip(const struct store *store, const struct vif *vif, char **out, struct error *e)
{
    int result = read_of_backend(store, vif, "ip", out, e);

    if (result == 0 && !*out)
        *out = strdup("");
    return result == 0 && !*out ? fail_memory(e) : result;
}

static bool are_known_and_equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool vif_same_domu(const struct vif *a, const struct vif *b)
{
    if (a->uuid && b->uuid)
        return are_known_and_equal(a->uuid, b->uuid);
    if (a->name || b->name)
        return are_known_and_equal(a->name, b->name);
    /* a driver domain reads neither; a vif keeps its MAC address in a migration */
    return are_known_and_equal(a->mac, b->mac);
}

const char *vif_domu(const struct vif *vif, char buffer[static DOMU_TEXT])
{
    static const char more[] = "...";
    int length = 0;

    if (vif->name)
        length = snprintf(buffer, DOMU_TEXT, "domU %s", vif->name);
    else
        snprintf(buffer, DOMU_TEXT, "domU %u", vif->domid);
    if (length >= DOMU_TEXT)
        memcpy(buffer + DOMU_TEXT - sizeof(more), more, sizeof(more));
    return buffer;
}

bool vif_parse_mac(const char *text, uint8_t mac[static 6])
{
    char rest;

    return sscanf(text, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%c", &mac[0], &mac[1], &mac[2], &mac[3],
                  &mac[4], &mac[5], &rest) == 6 &&
           !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}
