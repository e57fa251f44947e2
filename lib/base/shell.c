/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/shell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "vif-route-ipv6"

static char own_command[SHELL_WORD + sizeof(PROGRAM " -c ")] = PROGRAM;

bool shell_is_plain(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._/:+-", *c))
            return false;
    return *text && *text != '-';
}

const char *shell_word(const char *text, char buffer[static SHELL_WORD])
{
    char *end = buffer;

    if (shell_is_plain(text)) {
        snprintf(buffer, SHELL_WORD, "%s", text);
        return buffer;
    }
    *end++ = '\'';
    for (; *text && end - buffer < SHELL_WORD - 6; text++) /* the longest step, a quote, the NUL */
        end += sprintf(end, *text == '\'' ? "'\\''" : "%c", *text);
    snprintf(end, 2, "'");
    return buffer;
}

void shell_set_config(const char *config)
{
    char word[SHELL_WORD];

    snprintf(own_command, sizeof(own_command), PROGRAM " -c %s", shell_word(config, word));
}

const char *shell_own_command(void)
{
    return own_command;
}
