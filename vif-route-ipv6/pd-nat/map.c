/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pd-nat map: the address on the other side of the translation.
 */
#include <errno.h>
#include <stdio.h>

#include "core.h"
#include "pd-nat.h"

/* The mapping of a section by its stored prefix. -ENOENT if none has been delegated. */
static int read_mapping(const struct pd_nat *pd, const char *link, struct pd_nat_mapping *out,
                        struct error *e)
{
    struct pd_nat_state state;
    struct error why;
    int result = pd_nat_read(&pd->config, link, &out->nat, e);

    if (result < 0)
        return result;
    result = state_read(link, &state, &why);
    if (result == -ENOENT)
        return fail(e, ENOENT, "%s: no prefix has been delegated yet", link);
    if (result < 0)
        return fail(e, result, "%s", why.text);
    return pd_nat_external(&out->nat, &state.in_use.prefix, &out->external, e);
}

/* Prints the other side of CONTEXT, an address, by the first section that has it. */
static int print_other_side(struct pd_nat *pd, const void *context, struct error *e)
{
    const struct in6_addr *address = context;
    char text[INET6_ADDRSTRLEN];
    const char *link;
    int result = fail(e, ENOENT, "%s: it is in no internal or external prefix of %s",
                      address_print(address, text), pd->config.path);

    for (size_t i = 0; (link = pd_nat_link(&pd->config, i)) != NULL; i++) {
        struct pd_nat_mapping mapping = {.external = {.length = 0}};
        struct error why;
        int known = read_mapping(pd, link, &mapping, &why);
        const bool is_inside =
            mapping.nat.internal.length > 0 && prefix_contains(&mapping.nat.internal, address);

        if (known == 0 && (is_inside || prefix_contains(&mapping.external, address))) {
            const struct in6_addr other = pd_nat_other_side(&mapping, address);

            puts(address_print(&other, text));
            return 0;
        }
        if (known < 0 && is_inside)
            result = fail(e, known, "%s: it has no external address: %s", text, why.text);
    }
    return result;
}

static enum exit_status run_pd_nat_map(const struct options *options, int argc, char **argv)
{
    const struct command *command = &command_pd_nat_map;
    const enum exit_status status = no_options(command, argc, argv);
    struct in6_addr address;
    struct error e;

    if (status != EXIT_DONE)
        return status;
    if (argc - optind != 1)
        return argc == optind ? usage_error(command, "no address")
                              : usage_error(command, "one address at a time, and '%s' is a second",
                                            argv[optind + 1]);
    if (address_parse(argv[optind], &address, &e) < 0)
        return usage_error(command, "%s", e.text);
    return pd_nat_run(command, options, print_other_side, &address);
}

const struct command command_pd_nat_map = {
    .name = "pd-nat map",
    .arguments = "ADDRESS",
    .summary = "print the address on the other side",
    .help = "Prints the external address of an internal one, or the internal address of an\n"
            "external one. If several sections have it, the first one counts.\n"
            "Example: vif-route-ipv6 pd-nat map fd12:3456:789a::10",
    .run = run_pd_nat_map,
};
