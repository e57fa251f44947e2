/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anything as the XenStore's answers: a vif and its domU, and all vifs there are, are read out of
 * it. libxenstore is replaced by functions that answer with the next bytes of the input.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xenstore.h>

#include "domu/survey.h"

#define MOST_ENTRIES 6

static struct {
    const uint8_t *data;
    size_t size;
} input;

static void demand(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "fuzz-store: %s\n", what);
    abort();
}

static uint8_t next_byte(void)
{
    if (input.size == 0)
        return 0;
    input.size--;
    return *input.data++;
}

/* A value as libxenstore returns it: with a NUL behind its bytes, which may hold others. */
static char *next_value(unsigned int *length)
{
    size_t size = next_byte();
    char *value;

    if (size > input.size)
        size = input.size;
    value = malloc(size + 1);
    demand(value != NULL, "out of memory");
    memcpy(value, input.data, size);
    value[size] = '\0';
    input.data += size;
    input.size -= size;
    *length = (unsigned int)size;
    return value;
}

/* ---- libxenstore ---- */

/* No socket, so nothing is asked ahead: each question goes through the functions below. */
const char *xs_daemon_socket(void)
{
    return NULL;
}

struct xs_handle *xs_open(unsigned long flags)
{
    (void)flags;
    return (struct xs_handle *)&input;
}

void xs_close(struct xs_handle *handle)
{
    (void)handle;
}

static bool answers(void)
{
    static const int errors[] = {ENOENT, EACCES, EINVAL, EIO, ENOMEM};
    uint8_t byte = next_byte();

    errno = errors[byte % ARRAY_SIZE(errors)];
    return byte >= 32;
}

void *xs_read(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
              unsigned int *length)
{
    unsigned int ignored;

    (void)handle;
    (void)transaction;
    demand(strlen(path) > 0, "no path");
    return answers() ? next_value(length ? length : &ignored) : NULL;
}

/* One block of memory, as libxenstore has it: the pointers, and what they point to. */
char **xs_directory(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
                    unsigned int *count)
{
    char *entries[MOST_ENTRIES];
    char **block;
    char *next;
    size_t room = 0;

    (void)handle;
    (void)transaction;
    demand(strlen(path) > 0, "no path");
    if (!answers())
        return NULL;
    *count = next_byte() % (MOST_ENTRIES + 1);
    for (unsigned int i = 0; i < *count; i++) {
        unsigned int length;

        entries[i] = next_value(&length);
        room += strlen(entries[i]) + 1;
    }
    block = malloc(*count * sizeof(*block) + room + 1);
    demand(block != NULL, "out of memory");
    next = (char *)(block + *count);
    for (unsigned int i = 0; i < *count; i++) {
        block[i] = next;
        next = stpcpy(next, entries[i]) + 1;
        free(entries[i]);
    }
    return block;
}

bool xs_write(struct xs_handle *handle, xs_transaction_t transaction, const char *path,
              const void *value, unsigned int length)
{
    (void)handle;
    (void)transaction;
    (void)path;
    (void)value;
    (void)length;
    return answers();
}

/* ---- the readers ---- */

static void check_vif(const struct vif *vif)
{
    char text[DOMU_TEXT];

    demand(memchr(vif->link, '\0', sizeof(vif->link)) != NULL, "a link without end");
    demand(!vif->renamed || *vif->renamed, "an empty vifname");
    demand(strlen(vif_domu(vif, text)) < sizeof(text), "a domU without end");
}

static void read_one(const struct store *store)
{
    unsigned int length;
    char *link = next_value(&length);
    char *path = next_value(&length);
    const struct vif_call call = {
        .link = *link ? link : NULL, .xenbus_path = *path ? path : NULL, .tap = next_byte() & 1};
    struct error e = {""};
    struct vif vif;
    char *ip = NULL;
    bool ours;
    int result = call.link || call.xenbus_path ? vif_from_call(&call, &vif, &e) : -EINVAL;

    if (result == 0) {
        result = vif_read(store, &vif, &e);
        if (result == 0)
            result = vif_read_ids(store, &vif, &e);
        demand(result == 0 || e.text[0] != '\0', "a failure without a word");
        check_vif(&vif);
        (void)vif_is_live(store, &vif);
        (void)!vif_read_script(store, &vif, &ours, &e);
        (void)!vif_read_ip(store, &vif, &ip, &e);
        free(ip);
        vif_free(&vif);
    }
    free(link);
    free(path);
}

static void read_all(struct store *store)
{
    struct survey survey = {.vifs = NULL};
    struct error e = {""};
    static struct rtnl rtnl;
    int result = rtnl.netlink.socket ? 0 : rtnl_open(&rtnl, &e);

    if (result == 0)
        result = survey_read(&survey, store, &rtnl, &e);

    demand(result == 0 || e.text[0] != '\0', "a failure without a word");
    for (size_t i = 0; i < survey.count; i++)
        check_vif(&survey.vifs[i].vif);
    survey_free(&survey);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct store store;
    struct error e;

    input.data = data;
    input.size = size;
    demand(store_open(&store, &e) == 0, "the XenStore");
    if (next_byte() & 1)
        read_one(&store);
    else
        read_all(&store);
    store_close(&store);
    return 0;
}
