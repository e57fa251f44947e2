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

#define ANSWERS_SIZE 16384
#define WINDOW       128 /* questions per round trip: they fit into the socket's buffer */

struct question {
    char *path;
    bool is_list;
    bool is_answered;
    int code;    /* 0, ENOENT or EACCES */
    char *value; /* with a NUL after its LENGTH bytes */
    unsigned int length;
};

struct store_batch {
    FILE *answers; /* of the connection to xenstored; NULL: not connected */
    struct question *questions;
    size_t count;
    size_t fetched; /* number at the front that were asked, and are sorted */
};

struct store_batch *store_batch_new(void)
{
    return calloc(1, sizeof(struct store_batch));
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

static void disconnect(struct store_batch *batch)
{
    if (batch->answers)
        fclose(batch->answers);
    batch->answers = NULL;
}

void store_batch_free(struct store_batch *batch)
{
    if (!batch)
        return;
    store_batch_forget(batch);
    disconnect(batch);
    free(batch);
}

void store_batch_ask(struct store_batch *batch, bool is_list, const char *path)
{
    const struct question question = {.path = strdup(path), .is_list = is_list};

    if (!question.path ||
        array_append(&batch->questions, &batch->count, &question, sizeof(question)) < 0)
        free(question.path);
}

/* ---- the protocol ---- */

static void connect_batch(struct store_batch *batch)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = xs_daemon_socket();
    int fd;

    if (batch->answers || !path || strlen(path) >= sizeof(address.sun_path))
        return;
    strcpy(address.sun_path, path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        batch->answers = fdopen(fd, "r");
    if (batch->answers)
        (void)setvbuf(batch->answers, NULL, _IOFBF, ANSWERS_SIZE);
    else
        close_fd(&fd);
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
        ssize_t part = send(fileno(batch->answers), text + sent, size - sent, MSG_NOSIGNAL);

        if (part < 0 && errno != EINTR)
            return false;
        sent += part > 0 ? (size_t)part : 0;
    }
    return true;
}

/* After any other answer, such as E2BIG for a long list, libxenstore asks again. */
static void note_answer(struct question *question, uint32_t type)
{
    const bool is_error = type == XS_ERROR;

    if (is_error && strcmp(question->value, "ENOENT") == 0)
        question->code = ENOENT;
    else if (is_error && strcmp(question->value, "EACCES") == 0)
        question->code = EACCES;
    question->is_answered = question->code || type == (question->is_list ? XS_DIRECTORY : XS_READ);
}

static bool receive_answer(FILE *answers, struct question *question, size_t id)
{
    struct xsd_sockmsg header;

    if (fread(&header, sizeof(header), 1, answers) != 1 || header.req_id != id ||
        header.len > XENSTORE_PAYLOAD_MAX)
        return false;
    question->value = malloc(header.len + 1);
    if (!question->value || fread(question->value, 1, header.len, answers) != header.len)
        return false;
    question->value[header.len] = '\0';
    question->length = header.len;
    note_answer(question, header.type);
    return true;
}

static bool fetch_window(struct store_batch *batch, size_t first, size_t end)
{
    if (!send_questions(batch, first, end))
        return false;
    for (size_t i = first; i < end; i++)
        if (!receive_answer(batch->answers, &batch->questions[i], i))
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
    works = works && batch->answers;
    for (size_t i = batch->fetched; works && i < batch->count; i += WINDOW)
        works = fetch_window(batch, i, i + WINDOW < batch->count ? i + WINDOW : batch->count);
    if (!works)
        disconnect(batch);
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
