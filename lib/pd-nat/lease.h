/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a DHCPv6 client reports of its delegated prefixes, whichever client it is (see clients.h),
 * and which of the known prefixes NAT uses. Pure.
 */
#ifndef PD_NAT_LEASE_H
#define PD_NAT_LEASE_H

#include "pd-nat/section.h"

#define LEASE_FOREVER UINT32_MAX /* of a lifetime, in seconds (RFC 8415 7.7) */
#define LEASE_SOURCE  64         /* with the NUL */

struct pd_nat_lease {
    struct prefix prefix; /* as delegated */
    bool has_iaid;        /* false: the client does not report it; the lease fits any section */
    bool is_iaid_unclear; /* it reports IAIDs, but not which one this prefix has */
    uint32_t iaid;        /* 0 without */
    uint32_t preferred;   /* seconds from now */
    uint32_t valid;
    bool is_untimed; /* the client reports no lifetimes: LEASE_FOREVER then stands for them */
    char source[LEASE_SOURCE]; /* the variable that named it, for messages */
};

enum lease_event {
    LEASE_BOUND,  /* the client has its lease, perhaps without a prefix */
    LEASE_OVER,   /* expired or released: the rules stay until another prefix arrives */
    LEASE_KEPT,   /* the client stops: the prefix is valid until its lifetime ends */
    LEASE_NO_NEWS /* anything else */
};

/* One message of a client. Release with lease_message_free(). */
struct lease_message {
    enum lease_event event;
    const char *link; /* borrowed from the environment; NULL: the client names none */
    bool is_whole;    /* it reports its whole lease: other prefixes are no longer valid */
    struct pd_nat_lease *prefixes; /* for LEASE_OVER those that ended, without lifetimes */
    size_t count;
    int broken;       /* 0, or the negative errno of a part that cannot be read, */
    struct error why; /* and what is wrong with it: PREFIXES are then the others */
};

void lease_message_free(struct lease_message *message);

/* Appends LEASE to the message; -ENOMEM. */
int lease_message_add(struct lease_message *message, const struct pd_nat_lease *lease) MUST_CHECK;

/* Notes CODE and the reason, unless another part is already broken; returns 0. */
int lease_message_break(struct lease_message *message, int code, const struct error *why);

/*
 * Chooses the prefix for NAT among LEASES: if the section has an IAID, only those with it and those
 * for which the client reports none; valid lifetime 0 never counts, nor preferred over valid
 * lifetime (RFC 8415 21.22). IN_USE (NULL: none) stays while it is preferred, else the one with the
 * longest preferred, then valid lifetime wins. A prefix that pd_nat_external() refuses is taken
 * only if there is no other, so that pd_nat_external() can say so. *FOUND is false if there is
 * none.
 *
 * -EINVAL for a prefix that counts and has host bits or is no global unicast prefix; *OUT and
 * *FOUND are then as they were.
 */
int lease_choose(const struct pd_nat_section *nat, const struct pd_nat_lease *leases, size_t count,
                 const struct prefix *in_use, struct pd_nat_lease *out, bool *found,
                 struct error *e) MUST_CHECK;

/* What a message says of a prefix that was delegated before. */
enum lease_report {
    LEASE_NOT_REPORTED, /* nothing: its lifetimes stay */
    LEASE_RENEWED,      /* it has new lifetimes */
    LEASE_LOST,         /* it is no longer valid */
};

/*
 * What MESSAGE says of PREFIX. For LEASE_BOUND: lost with valid lifetime 0, or if it is missing in
 * a whole lease that has another valid prefix (not one that delegation_refusal() refuses) and
 * nothing broken. For LEASE_OVER: lost if it is named, or if no prefix is. A preferred lifetime
 * over the valid one says nothing (RFC 8415 21.22). *OUT is filled for LEASE_RENEWED only.
 */
enum lease_report lease_report_on(const struct lease_message *message, const struct prefix *prefix,
                                  struct pd_nat_lease *out);

#endif
