/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/clients.h"
#include "base/shell.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Arguments decide first. dhclient comes before dhcpcd: both have `reason`, dhcpcd nothing else. */
static const struct client *const clients[] = {
    &client_odhcp6c, &client_udhcpc6, &client_dhclient,
    &client_dhcpcd,  &client_dhcp6c,  &client_networkd,
};

const struct client *client_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
        if (strcmp(clients[i]->name, name) == 0)
            return clients[i];
    return NULL;
}

const char *client_variable(const struct client_call *call, const char *name)
{
    const size_t length = strlen(name);

    for (char *const *entry = call->environment; *entry; entry++)
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=')
            return *entry + length + 1;
    return NULL;
}

const struct client_word *client_find_word(const struct client_word *table, const char *word)
{
    for (; table->word; table++)
        if (word && strcmp(word, table->word) == 0)
            return table;
    return NULL;
}

int client_read_prefix(const char *source, const char *text, struct pd_nat_lease *lease,
                       struct error *e)
{
    struct error why;

    snprintf(lease->source, sizeof(lease->source), "%s", source);
    if (!text)
        return fail(e, EINVAL, "%s is missing", source);
    if (prefix_parse(text, -1, &lease->prefix, &why) < 0)
        return fail(e, EINVAL, "%s: '%.64s' is not a prefix: %.200s", source, text, why.text);
    if (lease->prefix.length == 0)
        return fail(e, EINVAL, "%s: '%.64s' has no length from 1 to 128", source, text);
    return 0;
}

int client_read_number(const char *source, const char *text, uint32_t *out, struct error *e)
{
    const size_t digits = text ? strspn(text, "0123456789") : 0;
    unsigned long long value;

    if (!text)
        return fail(e, EINVAL, "%s is missing", source);
    if (digits == 0 || digits > 10 || text[digits] != '\0' || (digits > 1 && *text == '0'))
        return fail(e, EINVAL, "%s: '%.64s' is not a number", source, text);
    value = strtoull(text, NULL, 10);
    if (value > UINT32_MAX)
        return fail(e, EINVAL, "%s: '%.64s' is over 32 bits", source, text);
    *out = (uint32_t)value;
    return 0;
}

int client_read_prefixes(const char *prefixes, const char *separators,
                         int (*read_entry)(char *entry, struct pd_nat_lease *out, struct error *e),
                         struct lease_message *out, struct error *e)
{
    AUTO_FREE char *text = strdup(prefixes);
    int result = text ? 0 : -ENOMEM;
    char *next;

    for (char *entry = text ? strtok_r(text, separators, &next) : NULL; entry && result == 0;
         entry = strtok_r(NULL, separators, &next)) {
        struct pd_nat_lease lease = {.valid = 0};

        result = read_entry(entry, &lease, e);
        result = result < 0 ? lease_message_break(out, result, e) : lease_message_add(out, &lease);
    }
    return result < 0 ? fail_memory(e) : 0;
}

int client_read(const struct client_call *call, struct lease_message *out, struct error *e)
{
    *out = (struct lease_message){.event = LEASE_NO_NEWS};
    for (size_t i = 0; i < ARRAY_SIZE(clients); i++)
        if (clients[i]->recognise && clients[i]->recognise(call))
            return clients[i]->read(call, out, e);
    return fail(e, EINVAL,
                "pd-nat hook: the environment is not that of a DHCPv6 client known here (dhcpcd, "
                "odhcp6c, dhclient, udhcpc6, dhcp6c): set the prefix with %s pd-nat apply",
                shell_own_command());
}
