/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DHCPv6 clients. Each that runs `pd-nat hook` has a file that recognises its call and reads it
 * into a message, and that holds its configuration. Nothing of the call is changed; messages borrow
 * from it.
 */
#ifndef PD_NAT_CLIENTS_H
#define PD_NAT_CLIENTS_H

#include "paths.h"
#include "pd-nat/lease.h"

#define CLIENT_HOOK HOOKDIR "/dhcpcd-hook" /* serves every client */

/* How the hook was called. */
struct client_call {
    char *const *environment; /* as the client made it, up to a NULL */
    char *const *arguments;   /* what followed `hook` */
    int argument_count;
};

struct client {
    const char *name;
    /* NULL: it runs no hook, and pd-nat watch follows it. */
    bool (*recognise)(const struct client_call *call);
    /* -ENOMEM, or -EINVAL for a call that cannot be read at all. */
    int (*read)(const struct client_call *call, struct lease_message *out, struct error *e);
    /*
     * What makes it ask for a prefix and do nothing else. @w is the interface, @l the length of the
     * prefix, @r the same, but at most 63, @i the IAID, @d a DUID for dhcpcd, and @@ is '@'.
     */
    const char *conf;
};

extern const struct client client_dhcpcd;
extern const struct client client_dhclient;
extern const struct client client_odhcp6c;
extern const struct client client_udhcpc6;
extern const struct client client_dhcp6c;
extern const struct client client_networkd;

/* The client called NAME, or NULL. */
const struct client *client_find(const char *name);

/*
 * Reads the call of whichever client made it. -EINVAL for the call of a client that is not known.
 * Release *OUT with lease_message_free(), also after a failure.
 */
int client_read(const struct client_call *call, struct lease_message *out,
                struct error *e) MUST_CHECK;

/* A word of a client's, a state or a reason, and what it means. The last of a table has no word. */
struct client_word {
    const char *word;
    enum lease_event event;
};

/* The entry of TABLE for WORD, which may be NULL; NULL if there is none. */
const struct client_word *client_find_word(const struct client_word *table, const char *word);

/* The value of the variable NAME, or NULL; of duplicates the first, as for getenv(). */
const char *client_variable(const struct client_call *call, const char *name);

/*
 * Reads "ADDRESS/LENGTH" of the variable SOURCE into LEASE, and a number of 32 bits, such as a
 * lifetime in seconds. TEXT may be NULL if the variable is missing.
 */
int client_read_prefix(const char *source, const char *text, struct pd_nat_lease *lease,
                       struct error *e) MUST_CHECK;
int client_read_number(const char *source, const char *text, uint32_t *out,
                       struct error *e) MUST_CHECK;

/*
 * Adds to OUT each entry of PREFIXES, between SEPARATORS, as READ_ENTRY reads it; one that cannot
 * be read breaks the message.
 */
int client_read_prefixes(const char *prefixes, const char *separators,
                         int (*read_entry)(char *entry, struct pd_nat_lease *out, struct error *e),
                         struct lease_message *out, struct error *e) MUST_CHECK;

#endif
