/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest-config DOMU: what to configure inside a domU, on stdout. Needs neither root nor Xen.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/rights.h"
#include "command.h"
#include "config/match.h"
#include "domu/desired.h"
#include "domu/guest-format.h"

#define FEW 8 /* names that a message can hold */

/* ---- the call ---- */

struct call {
    const struct guest_format *format;
    struct guest_wish wish;
    struct prefix address; /* the wish's, where it has one */
    bool has_devid;
    const char *domu;
};

static const struct option long_options[] = {
    {"format", required_argument, NULL, 'f'},
    {"address", required_argument, NULL, 'a'},
    {"devid", required_argument, NULL, 'd'},
    {NULL, 0, NULL, 0},
};

static enum exit_status read_guest_option(int option, struct call *call)
{
    struct error e;

    switch (option) {
    case 'f':
        call->format = guest_format_find(optarg);
        if (call->format)
            return EXIT_DONE;
        return usage_error(&command_guest_config, "the formats are " GUEST_FORMATS ", not '%s'",
                           optarg);
    case 'a': /* two might look like a list, so the last one must not count silently */
        if (call->wish.address)
            return usage_error(&command_guest_config,
                               "--address: one address, and '%s' is a second", optarg);
        if (prefix_parse(optarg, 0, &call->address, &e) < 0)
            return usage_error(&command_guest_config, "--address: %s", e.text);
        call->wish.address = &call->address;
        call->wish.has_length = strchr(optarg, '/') != NULL;
        return EXIT_DONE;
    case 'd':
        if (call->has_devid)
            return usage_error(&command_guest_config, "--devid: one vif, and '%s' is a second",
                               optarg);
        call->has_devid = devid_parse(optarg, &call->wish.devid);
        if (call->has_devid)
            return EXIT_DONE;
        return usage_error(&command_guest_config, "--devid: '%s' is not a number from 0 to 65535",
                           optarg);
    default:
        return EXIT_USAGE;
    }
}

static enum exit_status read_guest_call(int argc, char **argv, struct call *call)
{
    enum exit_status status = EXIT_DONE;
    int option;

    *call = (struct call){.format = guest_format_find("ifupdown"), .domu = ""};
    while (status == EXIT_DONE &&
           (option = next_option(&command_guest_config, long_options, argc, argv)) != 0)
        status = read_guest_option(option, call);
    if (status != EXIT_DONE)
        return status;
    if (optind >= argc || !*argv[optind])
        return usage_error(&command_guest_config, "name a domU");
    if (argc - optind > 1)
        return usage_error(&command_guest_config, "name one domU, '%s' is a second",
                           argv[optind + 1]);
    call->domu = argv[optind];
    return EXIT_DONE;
}

/* ---- the domU's section ---- */

/* The file's domUs, "web, db"; the caller frees it. NULL: none, too many, or no memory. */
static char *list_names(const struct config *config)
{
    char *list = NULL;
    size_t count = 0;

    for (size_t i = 0; i < config->section_count; i++) {
        const struct section *section = config->sections[i];
        char *longer;

        if (!section_is_domu(section))
            continue;
        longer = ++count > FEW
                     ? NULL
                     : format_string("%s%s%s", list ? list : "", list ? ", " : "", section->name);
        free(list);
        list = longer;
        if (!list)
            break;
    }
    return list;
}

/* Finds the section by a name, MAC address or UUID; NULL with the reason in E. */
static const struct section *find_domu_section(const struct config *config, const char *domu,
                                               struct error *e)
{
    AUTO_FREE char *id = strdup(domu);
    AUTO_FREE char *names = NULL;
    const struct section *section;
    struct error notice;

    if (!id) {
        (void)fail_memory(e);
        return NULL;
    }
    lower_case(id);
    section =
        match_section(config, &(struct identity){.name = domu, .uuid = id, .mac = id}, &notice);
    if (notice.text[0])
        log_warning("%s", notice.text);
    if (section)
        return section;
    names = list_names(config);
    (void)fail(e, ENOENT, "domU %s: no entry in %s%s%s: add ipv6_gateway_addr[%s]=ADDRESS/64", domu,
               config->path, names ? ", only for " : "", names ? names : "", domu);
    return NULL;
}

/* ---- read, plan, print ---- */

static int print_guest_config(const struct call *call, const struct config *config, struct error *e)
{
    static const struct link any = {.name = "vif"};
    const struct section *section = find_domu_section(config, call->domu, e);
    const struct vif_config vif = {config, section, call->wish.devid};
    CLEANUP(desired_free) struct desired desired = {.gateways = NULL};
    CLEANUP(ra_free) struct ra ra = {.prefixes = NULL};
    struct guest_wish wish = call->wish;
    struct guest_config guest;
    char title[TITLE_TEXT];
    int result;

    if (!section)
        return -ENOENT;
    result = desired_require(&vif, &desired, e);
    if (result < 0)
        return result;
    result = ra_build(&vif, &desired, &any, &ra, e);
    wish.ra = &ra;
    if (result == 0)
        result = guest_plan(section, &desired, &wish, &guest, e);
    if (result < 0)
        return fail_within(e, result, "%s:%u: %s", PLACE(config, section->line),
                           section_title(section, title));
    call->format->print(&guest, stdout);
    guest_free(&guest);
    return 0;
}

static int serve_file(const char *path, const struct call *call, struct error *e)
{
    struct config config;
    int result = config_read(path, &config, e);

    rights_keep(RIGHTS_NONE);
    if (result == 0)
        result = print_guest_config(call, &config, e);
    config_free(&config);
    return result;
}

static enum exit_status run_guest_config(const struct options *options, int argc, char **argv)
{
    struct call call;
    struct error e;
    enum exit_status status = read_guest_call(argc, argv, &call);

    return status ?: report_result(serve_file(options->config, &call, &e), &e);
}

const struct command command_guest_config = {
    .name = "guest-config",
    .arguments = "DOMU [OPTIONS]",
    .summary = "the network configuration to put inside the domU",
    .help = "Prints what to configure inside DOMU, so that it fits its gateway in ipv6.cfg:\n"
            "the gateway's prefix with ::2, and the default route. DOMU is the domU's name,\n"
            "or the MAC address or UUID of a section. With ra = yes the domU configures\n"
            "itself, and the output relies on that. Needs neither root nor Xen.\n"
            "\n"
            "  --format FORMAT    ifupdown (the default), networkd, netplan, cloud-init,\n"
            "                     freebsd, openbsd, netbsd or windows\n"
            "  --address ADDRESS  instead of ::2, in the network of one of the gateways\n"
            "  --devid N          for another vif than 0\n"
            "\n"
            "Example: vif-route-ipv6 guest-config --format networkd mydomu1",
    .run = run_guest_config,
};
