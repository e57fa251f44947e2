/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ipv6.cfg and the files of ipv6.cfg.d that continue it, read: the settings, and the mistakes of
 * single lines. text.c serves the lines, inih reads them for parse.c, and keys.c has the table of
 * the keys. desired.c decides what the settings mean for a vif, and match.c which section is a
 * domU's. Lines are counted through all files; config_place() turns a number into file and line.
 */
#ifndef CONFIG_H
#define CONFIG_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"
#include "base/error.h"
#include "config/text.h"

enum section_kind {
    SECTION_DEFAULTS, /* [defaults] */
    SECTION_DOMU,     /* [domu NAME], and the one-line form ipv6_gateway_addr[NAME] */
    SECTION_MAC,      /* [mac 00:16:3e:01:02:03] */
    SECTION_UUID,     /* [uuid ...] */
    SECTION_6TO4,     /* [6to4] */
    SECTION_PD_NAT,   /* [pd-nat eth0] */
};
#define SECTION_KINDS (SECTION_PD_NAT + 1)

#define LONGEST_NAME 4096 /* of a domU: XENSTORE_PAYLOAD_MAX */

/* The first word of each kind's header. */
extern const char *const section_words[SECTION_KINDS];

enum key_id {
    KEY_PREFIX,
    KEY_ANTISPOOF,
    KEY_GATEWAY, /* ipv6_gateway_addr */
    KEY_SUBNET,
    KEY_ROUTE,
    KEY_ADDRESS,
    KEY_NEIGHBOR,
    KEY_UPLINK,
    KEY_PROXY_NDP,
    KEY_ANNOUNCE,
    KEY_METRIC,
    KEY_TABLE,
    KEY_AGGREGATE,
    KEY_RA,
    KEY_DNS,
    KEY_SEARCH,
    KEY_PUBLIC_IPV4, /* of [6to4], as are the following */
    KEY_LOCAL_IPV4,
    KEY_DEVICE,
    KEY_MTU,
    KEY_TTL,
    KEY_RELAY,
    KEY_LAN,             /* lan.LINK */
    KEY_INTERNAL_PREFIX, /* of [pd-nat], as are the following */
    KEY_IAID,
    KEY_BACKEND,
    KEY_HAIRPIN,
    KEY_GUARD,
    KEY_HAIRPIN_MARK, /* mark */
    KEY_PART,
    KEY_INBOUND,
    KEY_FLOW_LIMIT,
};

/* The value of KEY_BACKEND. */
enum pd_nat_backend_id { BACKEND_NFT, BACKEND_IP6TABLES, BACKEND_COUNT };

extern const char *const pd_nat_backend_names[BACKEND_COUNT];

#define ANY_DEVID (-1)

/* route = DESTINATION [via ADDRESS] */
struct route_spec {
    struct prefix destination;
    bool has_via;
    struct in6_addr via;
    bool is_address; /* it is an `address` of the domU's own */
    /* for the routes of a 6to4 site, as in struct route; no setting has them */
    bool unreachable;
    bool onlink;
};

/* A domain name of search =, in small letters. */
struct domain {
    char name[254]; /* RFC 1035 2.3.4 */
};

/* One key with its value. Which member of the union counts, the key says (keys.c). */
struct setting {
    enum key_id key;
    int devid;              /* KEY.DEVID, or ANY_DEVID */
    char link[IF_NAMESIZE]; /* KEY.LINK, or "" */
    bool one_line;
    bool broken; /* its value cannot be read, or not all of it */
    bool flag;   /* of a switch; true also if it cannot be read, which is the safe side */
    unsigned int line;
    size_t count; /* of the elements that the union points to */
    union {
        void *elements; /* whichever of the following */
        struct prefix *prefixes;
        char *text;
        struct route_spec *routes;
        struct domain *domains;
        uint64_t *numbers;
        char (*links)[IF_NAMESIZE];
    };
};

struct section {
    enum section_kind kind;
    char *name;        /* as text; a MAC address or UUID in lower case; "" for [defaults] */
    unsigned int line; /* where it is first named */
    struct setting *settings;
    size_t setting_count;
};

enum severity {
    DIAGNOSTIC_ERROR,
    DIAGNOSTIC_BLOCKER, /* a warning of what keeps guests from the network */
    DIAGNOSTIC_WARNING,
};

struct diagnostic {
    enum severity severity;
    unsigned int line;
    const struct section *owner; /* whose mistake it is; NULL: no section's */
    char *text;
};

/* Release with diagnostics_free(). */
struct diagnostics {
    struct diagnostic *items;
    size_t count;
    bool out_of_memory; /* one or more are missing */
};

/* A file that was read. */
struct source {
    char *path;
    unsigned int before; /* lines of the files before it */
};

/* The result of reading. Judging and using take it as const. */
struct config {
    char *path; /* of ipv6.cfg */
    struct source *sources;
    size_t source_count;
    struct section **sections; /* in the order of the file */
    size_t section_count;
    struct section *defaults;       /* one of them, or NULL */
    struct diagnostics diagnostics; /* the mistakes of single lines */
    void *index;                    /* a tsearch() tree of the sections by kind and name */
    bool lost_guard;         /* an antispoof is below a broken header: it may be any domU's */
    bool lost_default_guard; /* one is below a broken header that looks like [defaults] */
    bool out_of_memory;
};

/*
 * Reads TEXT's lines, once, into settings and the mistakes of single lines, which are no failure.
 * With ONLY, a domU's name, it skips the lines that cannot mean a domU of that name in any
 * spelling: the result is the same for this domU (and for MAC addresses and UUIDs), and 65,536
 * entries of others cost little. Fails when a file cannot be read to its end, and for want of
 * memory. Release with config_free().
 */
int config_parse(struct config_text *text, const char *only, struct config *out,
                 struct error *e) MUST_CHECK;
void config_free(struct config *config);

/* A line of a file, for a message: "%s:%u". */
struct place {
    const char *path;
    unsigned int line;
};
struct place config_place(const struct config *config, unsigned int line);
#define PLACE(config, number) config_place(config, number).path, config_place(config, number).line

/*
 * "line 7", with " of FILE" unless the line BESIDE, at which the message is reported (0: ipv6.cfg
 * itself), is in the same file. Returns BUFFER.
 */
#define LINE_TEXT 512
const char *config_line(const struct config *config, unsigned int line, unsigned int beside,
                        char buffer[static LINE_TEXT]);

/* Opens and parses the file PATH and those that continue it. */
int config_read(const char *path, struct config *out, struct error *e) MUST_CHECK;

/*
 * Whether pd-nat can translate this prefix: a ULA out of fd00::/8 (RFC 4193 3.1), or a global
 * prefix other than 6to4's, which the public IPv4 address changes.
 */
bool can_be_internal(const struct prefix *prefix);

/* Reads the number of a vif: decimal, 0 to 65535, without sign or leading zeros. */
bool devid_parse(const char *text, int *out) MUST_CHECK;

/* The section of that kind and exact name, or NULL. */
struct section *config_find(const struct config *config, enum section_kind kind, const char *name);

/* The same, created if it does not exist; LINE names it first. NULL: out of memory. */
struct section *config_section(struct config *config, enum section_kind kind, const char *name,
                               unsigned int line);

/* Whether the section has the key, with a value that can be used or not. */
bool section_has(const struct section *section, enum key_id key);

/* Whether the file has a section of this kind. */
bool config_has(const struct config *config, enum section_kind kind);

/* The number of sections that are domUs'. */
size_t config_count_domus(const struct config *config);

/* Whether KEY is `yes` or has a value anywhere. A broken header may have lost an antispoof. */
bool config_asks_for(const struct config *config, enum key_id key);

/* The prefix of [defaults], and the line it is in where LINE is given; NULL: none, or no valid one.
 */
const struct prefix *config_prefix(const struct config *config, unsigned int *line);

#define TITLE_TEXT (LONGEST_NAME + sizeof("[domu ]"))

/* "[domu web]", as the file shows it. Returns TITLE. */
const char *section_title(const struct section *section, char title[TITLE_TEXT]);

/* Whether sections of this kind are domUs'. */
bool section_is_domu(const struct section *section);

/*
 * The next of the devids that SECTION's KEY.DEVIDs name, in order: ANY_DEVID for DEVID gives the
 * first, and the answer ANY_DEVID means that no more follows.
 */
int section_next_devid(const struct section *section, int devid);

/* Adds a diagnostic; with NULL for DIAGNOSTICS nothing. */
void diagnose(struct diagnostics *diagnostics, enum severity severity, unsigned int line,
              const struct section *owner, const char *format, ...) PRINTF(5, 6);

/* Adds copies of all of MORE. */
void diagnostics_add(struct diagnostics *diagnostics, const struct diagnostics *more);

/* Sorts the diagnostics by line and removes repetitions. */
void diagnostics_sort(struct diagnostics *diagnostics);
void diagnostics_free(struct diagnostics *diagnostics);

/* The first error that OWNER has, or NULL. */
const struct diagnostic *diagnostics_error(const struct diagnostics *diagnostics,
                                           const struct section *owner);

/*
 * For a section that is to be used: -EINVAL with "FILE:LINE: TEXT" in E if SECTION has a mistake in
 * a line or among JUDGED, -ENOMEM if JUDGED is incomplete.
 */
int config_refuse(const struct config *config, const struct section *section,
                  const struct diagnostics *judged, struct error *e) MUST_CHECK;

#endif
