/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which vif is meant, and what the XenStore knows of it and its domU. Reads only.
 */
#ifndef VIF_H
#define VIF_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "config/match.h"
#include "sys/store.h"

#define TAP_SUFFIX "-emu" /* libxl names a tap after its vif: vif1.0-emu */

struct vif {
    char link[IF_NAMESIZE]; /* the name of the link as the caller gave it */
    char *renamed;          /* the link's name by the backend's vifname, or NULL */
    bool tap;               /* the emulated card of an HVM domU */
    char *backend;          /* path in the XenStore; NULL while it is not known */
    unsigned int domid;
    unsigned int devid;
    bool has_domain;    /* the backend has a node with the domU's name (xend) */
    bool has_ids;       /* vif_read_ids() was here */
    unsigned int owner; /* the domU that the vif serves: DOMID, or a stubdomain's target */
    char *name;         /* the owner's, without a migration's suffix; NULL: not read, or none */
    bool is_nameless;   /* XenStore can be read, and has no name, or an empty one */
    bool migrates;      /* the name had a migration's suffix, */
    bool is_incoming;   /* that of the target */
    char *uuid;         /* the owner's, in lower case; NULL: not read, or none */
    char *mac;          /* lower case; NULL: not read, or none */
    bool is_ioemu;      /* an HVM domU's, in a driver domain; a stubdomain's is not */
};

/* What a hook is called with: LINK may be NULL, XENBUS_PATH too, but not both. */
struct vif_call {
    const char *link;
    const char *xenbus_path;
    bool tap;
};

/*
 * Takes the call apart: the ids are those of the path "backend/vif/DOMID/DEVID" (relative or
 * absolute), or of a link named as libxl names it. -EINVAL when the path or name cannot be one.
 * VIF's backend stays NULL when only a link's own name is given. Release with vif_free().
 */
int vif_from_call(const struct vif_call *call, struct vif *vif, struct error *e) MUST_CHECK;
void vif_free(struct vif *vif);

/*
 * Reads the backend, with its vifname. A link with a name of its own is looked for among the
 * vifnames first. -ENOENT if there is no such backend.
 */
int vif_read(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;

/* Whether a link can be called as the backend's vifname says. -EINVAL with the remedy in E. */
int vif_judge_name(const struct vif *vif, struct error *e) MUST_CHECK;

/* Reads the backend's vifname alone, into VIF's renamed. */
int vif_read_link(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;

/*
 * Reads the MAC address, and what identifies the domU: owner, UUID and name (the backend's `domain`
 * node, else /local/domain/OWNER/name), once. What does not exist, or is not for this domain to
 * read, stays NULL. A stubdomain's vif has the owner, name and UUID of its HVM domU. A driver
 * domain cannot read `target`: there both have one MAC address, and libxl's `type` of the backend
 * differs.
 */
int vif_read_mac(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;
int vif_read_ids(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;

/* Copies owner, name and UUID from another vif of the same domain; -ENOMEM. */
int vif_copy_ids(struct vif *vif, const struct vif *from) MUST_CHECK;

/* Whether the backend and the domU are there still. */
bool vif_is_live(const struct store *store, const struct vif *vif);

/* Whether SCRIPT, a path or a name, is the script called NAME. */
bool is_script(const char *script, const char *name);

/* Whether SCRIPT, a hotplug script's path, is this program; and whether it is the vif's script. */
bool is_this_program(const char *script);
bool vif_is_served_whole(const struct store *store, const struct vif *vif);

/*
 * Whether both are vifs of one domU, be it on its way from one domid to another (migration). The
 * UUIDs decide, or the names where a UUID is missing, or the MAC addresses where there is neither.
 */
bool vif_same_domu(const struct vif *a, const struct vif *b);

/* Reads a MAC address as XenStore has it; false if it is none that a card can have. */
bool vif_parse_mac(const char *text, uint8_t mac[static 6]);

/* What libxl calls the vif, or its tap, before it is renamed; "" while its ids are not known. */
void vif_own_name(const struct vif *vif, char name[static IF_NAMESIZE]);

/* Whether LINK is called as libxl calls a vif or a tap: vifD.N, vifD.N-emu. */
bool is_vif_name(const char *link);

/* "domU web", or "domU 3" where the name is not known, for messages. Returns BUFFER. */
const char *vif_domu(const struct vif *vif, char *buffer, size_t size);

#endif
