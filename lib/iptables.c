/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iptables.h"

#include <errno.h>

#include "program.h"

static int run(const char *const *arguments, const char *input, struct program_result *said,
               struct error *e)
{
    int result = program_run(arguments, input, said, e);

    if (result == -ENOENT)
        return fail(e, ENOENT, "iptables is not installed: apt-get install iptables");
    if (result < 0)
        return result;
    if (said->status != 0) {
        result = program_failure(arguments[0], said, e);
        program_free(said);
    }
    return result;
}

static int save(const char *program, char **out, struct error *e)
{
    const char *const arguments[] = {program, NULL};
    struct program_result said;
    int result = run(arguments, NULL, &said, e);

    *out = NULL;
    if (result < 0)
        return result;
    *out = TAKE(said.out);
    program_free(&said);
    return 0;
}

static int load(const char *program, const char *rules, struct error *e)
{
    /* the old backend gives up at once if another iptables is at work */
    const char *const arguments[] = {program, "--noflush", "--wait=5", NULL};
    struct program_result said;
    int result = run(arguments, rules, &said, e);

    if (result == 0)
        program_free(&said);
    return result;
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

int ip6tables_load(const char *rules, struct error *e)
{
    return load("ip6tables-restore", rules, e);
}
