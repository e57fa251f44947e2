/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands in messages, as a user pastes them into a shell: a remedy works when it is followed, so
 * it has the -c of the call that prints it, and odd names are quoted.
 */
#ifndef SHELL_H
#define SHELL_H

#include <stdbool.h>
#include <stddef.h>

#define SHELL_WORD 1024 /* room for a word, and the NUL */

/* Notes that the call has `-c CONFIG`; once, before the first message. */
void shell_set_config(const char *config);

/* "vif-route-ipv6", with the -c of the call. */
const char *shell_own_command(void);

/* Whether TEXT needs no quotation marks in a shell, and does not look like an option. */
bool shell_is_plain(const char *text);

/* TEXT as a single word for a shell, in quotation marks if need be. */
const char *shell_word(const char *text, char buffer[static SHELL_WORD]);

#endif
