/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vif, and what the XenStore says about it and its domU. Reads only.
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
    char link[IF_NAMESIZE]; /* the link's name as the caller gave it */
    char *renamed;          /* the link's name by the backend's vifname, or NULL */
    bool tap;               /* the emulated card of an HVM domU */
    char *backend;          /* path in the XenStore; NULL: not known yet */
    unsigned int domid;
    unsigned int devid;
    bool has_domain;    /* the backend has a node with the domU's name (xend) */
    bool has_ids;       /* vif_read_ids() has read the ids */
    unsigned int owner; /* the domU that the vif serves: DOMID, or a stubdomain's target */
    char *name;         /* the owner's, without a migration's suffix; NULL: not read, or none */
    bool is_nameless;   /* XenStore can be read, and has no name, or an empty one */
    bool migrates;      /* the name has a migration's suffix */
    bool is_incoming;   /* that suffix is the target's */
    char *uuid;         /* the owner's, in lower case; NULL: not read, or none */
    char *mac;          /* lower case; NULL: not read, or none */
    bool is_ioemu;      /* in a driver domain: an HVM domU's vif, not its stubdomain's */
};

/* How a caller names a vif: LINK or XENBUS_PATH may be NULL, but not both. */
struct vif_call {
    const char *link;
    const char *xenbus_path;
    bool tap;
};

/*
 * Reads the ids from the path "backend/vif/DOMID/DEVID" (relative or absolute), or from a link name
 * of libxl. -EINVAL for a path or name that cannot be a vif's. With only another link name, VIF's
 * backend stays NULL. Release with vif_free().
 */
int vif_from_call(const struct vif_call *call, struct vif *vif, struct error *e) MUST_CHECK;
void vif_free(struct vif *vif);

/*
 * Asks the XenStore ahead, in one round trip, for what vif_read() and vif_read_ids() mostly read;
 * of a domain only, for what vif_read_ids() reads.
 */
void vif_ask_ahead(const struct store *store, const struct vif *vif);
void vif_ask_ids(const struct store *store, unsigned int domid);

/* Reads the backend and its vifname. Finds an unknown backend by its vifname. -ENOENT. */
int vif_read(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;

/* Whether a link can be called as the backend's vifname says. -EINVAL with the remedy in E. */
int vif_judge_name(const struct vif *vif, struct error *e) MUST_CHECK;

/*
 * Read, once, the MAC address, and what identifies the domU: owner, UUID and name (the backend's
 * `domain` node, or else /local/domain/OWNER/name). What does not exist, or may not be read by this
 * domain, stays NULL. A stubdomain's vif has the owner, name and UUID of its HVM domU. A driver
 * domain cannot read `target`: there both vifs have the same MAC address and differ in libxl's
 * `type` of the backend.
 */
int vif_read_mac(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;
int vif_read_ids(const struct store *store, struct vif *vif, struct error *e) MUST_CHECK;

/* Copies owner, name and UUID from another vif of the same domain; -ENOMEM. */
int vif_copy_ids(struct vif *vif, const struct vif *from) MUST_CHECK;

/* Whether the backend and the domU still exist; true if XenStore does not say. */
bool vif_is_live(const struct store *store, const struct vif *vif);

/* Whether SCRIPT, a path or a name, is the script NAME. */
bool is_script(const char *script, const char *name);

/* Whether SCRIPT is this program, and in *OURS whether the vif's script is. */
bool is_this_program(const char *script);
int vif_read_script(const struct store *store, const struct vif *vif, bool *ours,
                    struct error *e) MUST_CHECK;

/* Reads the vif's ip= into *OUT, which the caller frees; "" if there is none. */
int vif_read_ip(const struct store *store, const struct vif *vif, char **out,
                struct error *e) MUST_CHECK;

/*
 * Whether both are vifs of one domU, which may be migrating from one domid to the other. The UUIDs
 * decide; if a UUID is missing, the names; if a name is missing, the MAC addresses.
 */
bool vif_same_domu(const struct vif *a, const struct vif *b);

/* Reads a MAC address as in XenStore; false if no card can have it. */
bool vif_parse_mac(const char *text, uint8_t mac[static 6]);

/* libxl's name of the vif, or its tap, before a renaming; "" if that is too long. */
void vif_own_name(const struct vif *vif, char name[static IF_NAMESIZE]);

/* Whether LINK is a name of libxl for a vif or a tap: vifD.N, vifD.N-emu. */
bool is_vif_name(const char *link);

/*
 * "domU web", or "domU 3" if the name is not known, for messages. A longer name, which XenStore
 * allows, ends in "...". Returns BUFFER.
 */
#define DOMU_TEXT 384 /* a struct error has room for two, and for what a conflict says of them */
const char *vif_domu(const struct vif *vif, char buffer[static DOMU_TEXT]);

#endif
