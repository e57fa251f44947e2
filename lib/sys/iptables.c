/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/iptables.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "sys/nft.h"

static int fail_start(int result, struct error *e)
{
    return result == -ENOENT ? fail(e, ENOENT, "iptables: not installed: apt-get install iptables")
                             : result;
}

static int save_start(const char *name, struct program *out, struct error *e)
{
    const char *const arguments[] = {name, NULL};

    return fail_start(program_start(arguments, NULL, out, e), e);
}

int iptables_save_finish(struct program *program, char **out, struct error *e)
{
    struct program_result said;
    int result = program_finish(program, &said, e);

    *out = NULL;
    return result < 0 ? result : program_output(program->name, &said, out, e);
}

static int save(const char *name, char **out, struct error *e)
{
    struct program program;
    int result = save_start(name, &program, e);

    *out = NULL;
    return result < 0 ? result : iptables_save_finish(&program, out, e);
}

static int load(const char *program, const char *rules, struct error *e)
{
    /* the old backend gives up at once if another iptables is at work */
    const char *const arguments[] = {program, "--noflush", "--wait=5", NULL};
    struct program_result said;
    int result = program_run(arguments, rules, &said, e);

    return result < 0 ? fail_start(result, e) : program_output(program, &said, NULL, e);
}

/* Whether the old backend has tables. It creates a table when somebody asks for it. */
static bool has_old_tables(void)
{
    AUTO_CLOSE int fd = open("/proc/net/ip6_tables_names", O_RDONLY | O_CLOEXEC);
    char byte;

    return fd < 0 ? errno != ENOENT : read(fd, &byte, sizeof(byte)) != 0;
}

bool ip6tables_lacks_chain(const char *table, const char *chain)
{
    return !has_old_tables() && nft_lacks_chain(table, chain);
}

int iptables_save(char **out, struct error *e)
{
    return save("iptables-save", out, e);
}

int iptables_load(const char *rules, struct error *e)
{
    return load("iptables-restore", rules, e);
}

int ip6tables_save(char **out, struct error *e)
{
    return save("ip6tables-save", out, e);
}

int ip6tables_legacy_save(char **out, struct error *e)
{
    return save("ip6tables-legacy-save", out, e);
}

const char *ip6tables_backend(bool other)
{
    static const char *const arguments[] = {"ip6tables-save", "--version", NULL};
    struct program_result said;
    bool is_legacy;

    if (program_run(arguments, NULL, &said, NULL) < 0)
        return "ip6tables";
    is_legacy = strstr(said.out, "(legacy)") != NULL;
    program_free(&said);
    return is_legacy != other ? "ip6tables-legacy" : "ip6tables-nft";
}

int ip6tables_other_save(char **out, struct error *e)
{
    *out = NULL;
    if (strcmp(ip6tables_backend(true), "ip6tables-nft") == 0)
        return save("ip6tables-nft-save", out, e);
    /* ip6tables-legacy-save would create the tables */
    return has_old_tables() ? ip6tables_legacy_save(out, e) : -ENOENT;
}

int ip6tables_save_start(struct program *out, struct error *e)
{
    return save_start("ip6tables-save", out, e);
}

int ip6tables_load(const char *rules, struct error *e)
{
    return load("ip6tables-restore", rules, e);
}
