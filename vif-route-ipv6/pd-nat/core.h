/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the subcommands of `pd-nat` do together: the sections of ipv6.cfg with the prefixes that are
 * stored for them become mappings, and these rules.
 */
#ifndef PD_NAT_CORE_H
#define PD_NAT_CORE_H

#include "command.h"
#include "pd-nat/rules.h"
#include "pd-nat/state.h"

/*
 * What an interface has so far. The stored prefix is the truth; the rules in force take its place
 * only if the file is missing or broken.
 */
struct pd_nat_held {
    char link[IF_NAMESIZE];
    int stored;       /* 0, or why the file cannot be used (-ENOENT: there is none), */
    struct error why; /* in words */
    struct pd_nat_state state;
    struct pd_nat_mapping before;       /* by STATE; external length 0: it has no prefix */
    const struct pd_nat_mapping *rules; /* in force: a translation, or else the guard; or NULL */
};

/* What is wrong with one interface, while the others are mapped. */
struct pd_nat_trouble {
    char link[IF_NAMESIZE];
    struct error why;
};

struct pd_nat {
    struct config_text text;
    struct config config;
    bool has_file;                   /* false: there is no ipv6.cfg, and so no section */
    struct pd_nat_rules now;         /* what is in force, */
    struct pd_nat_mapping *in_force; /* and what it was made for */
    size_t in_force_count;
    struct pd_nat_held *held;
    size_t held_count;
    struct pd_nat_mapping *mappings; /* what is wanted, of every section */
    size_t count;
    struct pd_nat_trouble *troubles;
    size_t trouble_count;
    const char *reported; /* a link whose mistakes the caller reports itself, or NULL */
    int guard;            /* 0, or why pd_nat_load() could load no guard, */
    struct error reason;  /* in words */
    bool has_failed;      /* an executable of prefix.d, which is reported already */
};

/* Reads ipv6.cfg; none is no failure. Release with pd_nat_free(), also after a failure. */
int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e) MUST_CHECK;
void pd_nat_free(struct pd_nat *pd);

/*
 * Reads the stored prefixes and the rules in force; chains of ip6tables that a script of the
 * administrator's has filled, the recipe's, do not count. If only the rules cannot be read, it
 * fails, and the stored prefixes are there. Under the lock, which the caller holds from now on.
 */
int pd_nat_look(struct pd_nat *pd, struct error *e) MUST_CHECK;

/*
 * Fills the mappings by what is stored for each section or, if that cannot be used, by what is in
 * force for it: a broken file or section removes nobody's rules. A section without a prefix has its
 * guard and its `inbound`. What is broken becomes a trouble. After pd_nat_look().
 */
int pd_nat_map_stored(struct pd_nat *pd, struct error *e) MUST_CHECK;

/*
 * The same, but LINK gets DELEGATED. If that is refused, LINK gets what is stored for it, like the
 * others, and then this fails; unless it returns -ENOMEM, the mappings can be loaded.
 */
int pd_nat_map_delegated(struct pd_nat *pd, const char *link, const struct prefix *delegated,
                         struct error *e) MUST_CHECK;

/* Removes the mapping of LINK. */
void pd_nat_unmap(struct pd_nat *pd, const char *link);

/* Logs the troubles, but for those of the link REPORTED; returns the number of LINK's, or of all.
 */
size_t pd_nat_report(const struct pd_nat *pd, const char *link);

/*
 * Brings the rules for the mappings into force, and forgets the connections that would go on as
 * before them. *CHANGED tells whether there were others. After one of
 * pd_nat_map_...().
 */
int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e) MUST_CHECK;

/*
 * Brings into force what belongs there without any news: the sections' stored prefixes, guards and
 * `inbound`. If nothing is missing, no rule is touched and no program of nft's is started. *BROKEN
 * is what pd_nat_report() returns for LINK. Takes the lock. After pd_nat_open().
 */
int pd_nat_restore(struct pd_nat *pd, const char *link, size_t *broken, struct error *e) MUST_CHECK;

/*
 * Gives LINK the prefix STATE has, or, if that is refused, restores as above: rules first, then the
 * connections that the one before would keep on dead addresses, and last the file, so that whoever
 * is killed in between is carried on by the next call. Takes the lock. Then, without lock and
 * deadline, runs the executables of prefix.d if the prefix has changed, or those that failed
 * before.
 */
int pd_nat_change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e) MUST_CHECK;

/*
 * Stores the lifetimes of TOLD for LINK, if TOLD's prefix is still the one that is delegated to it;
 * the rules stay. A lifetime that is over is not put off by another that is. Takes the lock.
 */
int pd_nat_note(const char *link, const struct pd_nat_state *told, struct error *e) MUST_CHECK;

/*
 * Forgets the connections that keep the prefix of one section while they leave by another's link.
 * Takes the lock. After pd_nat_open().
 */
int pd_nat_refresh(struct pd_nat *pd, struct error *e) MUST_CHECK;

#define LACK_TEXT 160

/*
 * Whether the external prefix of NAT, or a part of it, is on-link at its interface, where the
 * translation cannot work; *WHY then says which. One dump of routes: not for renewals.
 */
bool pd_nat_on_link(const struct pd_nat_section *nat, const struct prefix *external,
                    struct error *why);

/*
 * Whether internal hosts would not use IPv6, because this host, and so they, most likely have IPv4:
 * a ULA loses to it (RFC 6724 2.1); *WHY then says so.
 */
bool pd_nat_loses_to_ipv4(const struct pd_nat_section *nat, struct error *why);

/*
 * Whether connections that come in by one of several uplinks are answered by another, because no
 * rule routes by marks; *WHY then says so.
 */
bool pd_nat_lacks_way_back(const struct config *config, struct error *why);

/*
 * Why no packet meets the rules of LINK at present, or NULL: there is no interface of this name, or
 * it is only another name of one (ip-link(8), altname), which rules do not know. In BUFFER.
 */
const char *pd_nat_lack_link(const char *link, char buffer[static LACK_TEXT]);

/*
 * Fails for a LINK that has no section, where a mistake in ipv6.cfg that belongs to nobody may be
 * the very header of it, and says so.
 */
int pd_nat_fail_lost(const struct pd_nat *pd, const char *link, struct error *e) MUST_CHECK;

#endif
