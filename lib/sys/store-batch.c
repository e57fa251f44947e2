/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/store-batch.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <xen/io/xs_wire.h>
#include <xenstore_lib.h>

#define WINDOW 128 /* questions per round trip: all of them fit into the socket's buffer */

struct question {
    char *path;
    bool is_list;
    bool is_answered;
    int code;    /* 0, ENOENT or EACCES */
    char *value; /* with a NUL after its LENGTH bytes */
    unsigned int length;
};

struct store_batch {
    int fd; /* -1: not connected */
    struct question *questions;
    size_t count;
    size_t fetched; /* that many at the front were asked, and are sorted */
};

struct store_batch *store_batch_new(void)
{
    struct store_batch *batch = calloc(1, sizeof(*batch));

    if (batch)
        batch->fd = -1;
    return batch;
}

void store_batch_forget(struct store_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        free(batch->questions[i].path);
        free(batch->questions[i].value);
    }
    free(batch->questions);
    batch->questions = NULL;
    batch->count = batch->fetched = 0;
}

void store_batch_free(struct store_batch *batch)
{
    if (!batch)
        return;
    store_batch_forget(batch);
    close_fd(&batch->fd);
    free(batch);
}

void store_batch_ask(struct store_batch *batch, bool is_list, const char *path)
{
    char *copy = strdup(path);
    struct question *slot =
        copy ? array_add(&batch->questions, &batch->count, sizeof(*slot)) : NULL;

    if (slot)
        *slot = (struct question){.path = copy, .is_list = is_list};
    else
        free(copy);
}

/* ---- the protocol ---- */

static void connect_batch(struct store_batch *batch)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = xs_daemon_socket();

    if (batch->fd >= 0 || !path || strlen(path) >= sizeof(address.sun_path))
        return;
    strcpy(address.sun_path, path);
    batch->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (batch->fd >= 0 && connect(batch->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(batch->fd);
        batch->fd = -1;
    }
}

static bool send_questions(const struct store_batch *batch, size_t first, size_t end)
{
    AUTO_FREE char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);

    if (!out)
        return false;
    for (size_t i = first; i < end; i++) {
        const struct question *question = &batch->questions[i];
        const struct xsd_sockmsg header = {.type = question->is_list ? XS_DIRECTORY : XS_READ,
                                           .req_id = (uint32_t)i,
                                           .len = (uint32_t)strlen(question->path) + 1};

        fwrite(&header, sizeof(header), 1, out);
        fwrite(question->path, header.len, 1, out);
    }
    if (fclose(out) != 0)
        return false;
    for (size_t sent = 0; sent < size;) {
        ssize_t part = send(batch->fd, text + sent, size - sent, MSG_NOSIGNAL);

        if (part < 0 && errno != EINTR)
            return false;
        sent += part > 0 ? (size_t)part : 0;
    }
    return true;
}

/* What was received, and not yet taken. */
struct input {
    int fd;
    size_t from;
    size_t to;
    char bytes[16384];
};

static bool take(struct input *input, void *out, size_t size)
{
    for (char *next = out; size > 0;) {
        size_t part = input->to - input->from;

        if (part == 0) {
            ssize_t got = recv(input->fd, input->bytes, sizeof(input->bytes), 0);

            if (got == 0 || (got < 0 && errno != EINTR))
                return false;
            input->from = 0;
            input->to = got > 0 ? (size_t)got : 0;
            continue;
        }
        part = part < size ? part : size;
        memcpy(next, input->bytes + input->from, part);
        input->from += part;
        next += part;
        size -= part;
    }
    return true;
}

/* Any other answer, such as E2BIG for a long list, is libxenstore's to ask for. */
static void note_answer(struct question *question, uint32_t type)
{
    const bool is_error = type == XS_ERROR;

    if (is_error && strcmp(question->value, "ENOENT") == 0)
        question->code = ENOENT;
    else if (is_error && strcmp(question->value, "EACCES") == 0)
        question->code = EACCES;
    question->is_answered = question->code || type == (question->is_list ? XS_DIRECTORY : XS_READ);
}

static bool receive_answer(struct input *input, struct question *question, size_t id)
{
    struct xsd_sockmsg header;

    if (!take(input, &header, sizeof(header)) || header.req_id != id ||
        header.len > XENSTORE_PAYLOAD_MAX)
        return false;
    question->value = malloc(header.len + 1);
    if (!question->value || !take(input, question->value, header.len))
        return false;
    question->value[header.len] = '\0';
    question->length = header.len;
    note_answer(question, header.type);
    return true;
}

static bool fetch_window(struct store_batch *batch, size_t first, size_t end)
{
    struct input input = {.fd = batch->fd};

    if (!send_questions(batch, first, end))
        return false;
    for (size_t i = first; i < end; i++)
        if (!receive_answer(&input, &batch->questions[i], i))
            return false;
    return true;
}

static int compare_questions(const void *a, const void *b)
{
    const struct question *left = a;
    const struct question *right = b;

    return left->is_list != right->is_list ? left->is_list - right->is_list
                                           : strcmp(left->path, right->path);
}

void store_batch_fetch(struct store_batch *batch)
{
    bool works = batch->count > batch->fetched;

    if (works)
        connect_batch(batch);
    works = works && batch->fd >= 0;
    for (size_t i = batch->fetched; works && i < batch->count; i += WINDOW)
        works = fetch_window(batch, i, i + WINDOW < batch->count ? i + WINDOW : batch->count);
    if (!works)
        close_fd(&batch->fd);
    if (!works)
        batch->fd = -1;
    batch->fetched = batch->count;
    sort_array(batch->questions, batch->count, sizeof(*batch->questions), compare_questions);
}

bool store_batch_find(const struct store_batch *batch, bool is_list, const char *path,
                      const char **value, unsigned int *length)
{
    const struct question key = {.path = (char *)(uintptr_t)path, .is_list = is_list};
    const struct question *found =
        batch && batch->fetched > 0
            ? bsearch(&key, batch->questions, batch->fetched, sizeof(key), compare_questions)
            : NULL;

    if (!found || !found->is_answered)
        return false;
    *value = found->code ? NULL : found->value;
    *length = found->length;
    errno = found->code;
    return true;
}
