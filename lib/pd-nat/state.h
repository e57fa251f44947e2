/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prefix that an interface was delegated, kept over a reboot in
 * /var/lib/vif-route-ipv6/pd-nat-INTERFACE: replaced atomically, and checked when it is read.
 *
 * A state is always printed in the same way, so a file that differs from that is broken. The
 * checksum (FNV-1a, 64 bits) of the lines before it shows that a file was cut or changed by
 * accident:
 *
 *     version=1
 *     delegated=2001:db8:1200::/56
 *     internal=fd12:3456:789a::/58
 *     preferred_until=1767225600
 *     valid_until=forever, or unknown
 *     checksum=0123456789abcdef
 *
 * If another part than the first is mapped, `part=3f` (hexadecimal) follows `internal`. For a
 * client that reports one prefix at a time, `iaid=00000001` and its other prefixes follow
 * `valid_until`:
 *
 *     known=2001:db8:1300::/56 1767225600 1767229200 00000001
 */
#ifndef PD_NAT_STATE_H
#define PD_NAT_STATE_H

#include <limits.h>
#include <net/if.h>
#include <stdint.h>
#include <time.h>

#include "base/address.h"
#include "base/error.h"

#define STATE_DIRECTORY "/var/lib/vif-route-ipv6"
#define STATE_FOREVER   INT64_MAX
#define STATE_UNKNOWN   (INT64_MAX - 1) /* nobody reported it: for ever until somebody does */
#define STATE_OTHERS    8               /* more prefixes in one lease are not remembered */
#define STATE_TEXT      1536            /* room for any state as text, and the NUL */

/* A delegated prefix until when it is preferred and valid, in seconds since the epoch. */
struct known_prefix {
    struct prefix prefix;
    int64_t preferred_until; /* or STATE_FOREVER, STATE_UNKNOWN */
    int64_t valid_until;
    bool has_iaid;
    uint32_t iaid;
};

struct pd_nat_state {
    struct known_prefix in_use; /* with its IAID if its client reports one prefix at a time, */
    struct known_prefix others[STATE_OTHERS]; /* and what that client has reported besides */
    size_t other_count;
    struct prefix internal; /* as it was then */
    uint64_t part;          /* of IN_USE that is mapped; counted in lengths of INTERNAL */
};

/* When a lifetime of SECONDS ends that begins now. IS_UNTIMED: LEASE_FOREVER means not reported. */
int64_t state_until(uint32_t seconds, bool is_untimed);

/*
 * Reads LINK's state. -ENOENT if there is none, -EBADMSG with the reason if the file is broken or
 * no regular file, or the errno of the read. *OUT is then as it was.
 */
int state_read(const char *link, struct pd_nat_state *out, struct error *e) MUST_CHECK;

/*
 * Replaces it: temporary file, fsync, rename, in a directory that is made if need be. Of several
 * writers the last one wins. A power cut leaves the old file or the new one. On failure the old
 * file stays and the temporary one is removed, as is one that a killed writer left. -EINVAL for a
 * state that could not be read back.
 */
int state_write(const char *link, const struct pd_nat_state *state, struct error *e) MUST_CHECK;

/* The names of the links that have a file, appended to *OUT, which the caller frees. */
int state_links(char (**out)[IF_NAMESIZE], size_t *count, struct error *e) MUST_CHECK;

/* The file that holds LINK's event (see pd-nat/event.h): its path, and TEXT put into it. */
int state_event_path(const char *link, char path[static PATH_MAX], struct error *e) MUST_CHECK;
int state_write_event(const char *link, const char *text, struct error *e) MUST_CHECK;

/*
 * Opens the file to be locked by who runs LINK's event, and which stays when that is replaced. The
 * caller closes it.
 */
int state_open_event_lock(const char *link, struct error *e) MUST_CHECK;

/* Removes it, and its event; none is no failure. */
int state_remove(const char *link, struct error *e) MUST_CHECK;

/* Removes those of all links, whether they have a section or not. */
int state_remove_all(struct error *e) MUST_CHECK;

/* The text of a state and back, without any file: -EBADMSG with what is wrong with it. Pure. */
const char *state_print(const struct pd_nat_state *state, char buffer[static STATE_TEXT]);
int state_parse(const char *text, size_t length, struct pd_nat_state *out,
                struct error *e) MUST_CHECK;

/* For tests: where the files are from now on. PATH is not copied and must stay. */
void state_set_directory(const char *path);

#endif
