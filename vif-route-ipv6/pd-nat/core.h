/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the subcommands of `pd-nat` share: ipv6.cfg (core.c), what exists (look.c), what is wanted
 * (wanted.c), and how it comes into force (change.c).
 */
#ifndef PD_NAT_CORE_H
#define PD_NAT_CORE_H

#include "command.h"
#include "pd-nat/rules.h"
#include "pd-nat/state.h"

/*
 * What an interface has at present. The stored prefix counts; the rules in force take its place
 * only if the file is missing or broken.
 */
struct pd_nat_held {
    char link[IF_NAMESIZE];
    int stored;       /* 0, or why the file cannot be used (-ENOENT: there is none), */
    struct error why; /* in words */
    struct pd_nat_state state;
    struct pd_nat_mapping before; /* what STATE was mapped to; external length 0: nothing */
    /* In force: a translation, or else the ULA guard; or NULL. */
    const struct pd_nat_mapping *rules;
    bool is_edited; /* pd_nat_restore() has brought an edited section into force */
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
    struct pd_nat_rules now;         /* the rules in force, */
    struct pd_nat_mapping *in_force; /* and the mappings that they were made for */
    size_t in_force_count;
    struct pd_nat_held *held;
    size_t held_count;
    struct pd_nat_mapping *mappings; /* what is wanted, of every section */
    size_t count;
    struct pd_nat_trouble *troubles;
    size_t trouble_count;
    const char *reported;          /* a link whose mistakes the caller reports itself, or NULL */
    struct pd_nat_loading loading; /* what pd_nat_load() found */
};

/* Reads ipv6.cfg; none is no failure. Release with pd_nat_free(), also after a failure. */
int pd_nat_open(struct pd_nat *pd, const struct options *options, struct error *e) MUST_CHECK;
void pd_nat_free(struct pd_nat *pd);

/* Releases all but the configuration: for another pd_nat_look(). */
void pd_nat_reset(struct pd_nat *pd);

/* What LINK has, and the mapping that is wanted for it; NULL: nothing. */
struct pd_nat_held *pd_nat_find_held(const struct pd_nat *pd, const char *link);
struct pd_nat_mapping *pd_nat_find_mapping(const struct pd_nat *pd, const char *link);

/* Fails for a LINK without a section. */
int pd_nat_check_section(const struct pd_nat *pd, const char *link, struct error *e) MUST_CHECK;

/*
 * Fails for a LINK that has no section if ipv6.cfg has a mistake outside all sections: it may be
 * the section's own header, mistyped.
 */
int pd_nat_fail_lost(const struct pd_nat *pd, const char *link, struct error *e) MUST_CHECK;

/* Logs the troubles, except those of the link REPORTED. Returns how many LINK has; NULL: all. */
size_t pd_nat_report(const struct pd_nat *pd, const char *link);

/*
 * Reads the stored prefixes and the rules in force. Chains of ip6tables that the administrator's
 * own script has filled, as the recipe's does, do not count. If only the rules cannot be read, it
 * fails, but the stored prefixes can be used. The caller holds the lock from before this call.
 */
int pd_nat_look(struct pd_nat *pd, struct error *e) MUST_CHECK;

/*
 * Fills the mappings: for LINK (NULL: none) by the prefix DELEGATED, for all other sections by
 * their stored prefix or, if that cannot be used, by the rules in force, because a broken file or
 * section must not remove rules. A section without a prefix gets its ULA guard and its `inbound`.
 * What is broken becomes a trouble.
 *
 * If DELEGATED is refused, LINK gets what is stored for it, like the others, and then this fails;
 * unless it returns -ENOMEM, the mappings can be loaded. After pd_nat_look().
 */
int pd_nat_map(struct pd_nat *pd, const char *link, const struct prefix *delegated,
               struct error *e) MUST_CHECK;

/*
 * Brings the rules for the mappings into force, and deletes the tracked connections of earlier
 * mappings. *CHANGED: other rules were in force. After pd_nat_map().
 */
int pd_nat_load(struct pd_nat *pd, bool *changed, struct error *e) MUST_CHECK;

/*
 * Brings the stored prefixes, guards and `inbound` of all sections into force. If nothing is
 * missing, it touches no rule and starts no program of nft's. Returns 1 for a failure that is
 * reported already: a trouble of LINK (NULL: any), or an executable of prefix.d. Takes the lock.
 * After pd_nat_open().
 */
int pd_nat_restore(struct pd_nat *pd, const char *link, struct error *e) MUST_CHECK;

/*
 * Gives LINK the prefix of STATE, or, if that is refused, restores as above. Rules come first, then
 * the connections of the prefix before, and the file last: if it is killed in between, the next
 * call completes the change. Takes the lock. Then, without lock and deadline, runs the executables
 * of prefix.d if the prefix has changed, or those that failed before; returns 1 if one failed.
 */
int pd_nat_change(struct pd_nat *pd, const char *link, const struct pd_nat_state *state,
                  struct error *e) MUST_CHECK;

/*
 * Stores the lifetimes of TOLD for LINK, if TOLD's prefix is still the one that is in use there;
 * the rules stay. Of a lifetime that is over, the earliest end stays. Takes the lock.
 */
int pd_nat_note(const char *link, const struct known_prefix *told, struct error *e) MUST_CHECK;

/* ---- what does not work although the rules are in force: advice.c ---- */

/*
 * Whether the external prefix of NAT, or a part of it, is on-link at its interface, where the
 * translation cannot work; *WHY then says which. One dump of routes: not for renewals.
 */
bool pd_nat_on_link(const struct pd_nat_section *nat, const struct prefix *external,
                    struct error *why);

/*
 * Whether internal hosts would not use IPv6, because this host, and so probably they, have IPv4:
 * a ULA loses to it (RFC 6724 2.1); *WHY then says so.
 */
bool pd_nat_loses_to_ipv4(const struct pd_nat_section *nat, struct error *why);

/*
 * Whether connections that come in by one of several uplinks are answered by another, because no
 * rule routes by marks; *WHY then says so.
 */
bool pd_nat_lacks_way_back(const struct config *config, struct error *why);

/*
 * Whether the rules of LINK match no packet at present: no interface has this name, or only as an
 * altname (ip-link(8)), which rules do not know. *WHY then says so, without LINK.
 */
bool pd_nat_lacks_link(const char *link, struct error *why);

#endif
