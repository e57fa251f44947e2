/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sys/store.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <xen/io/xs_wire.h>
#include <xenstore.h>
#include <xenstore_lib.h>

#define LONGEST_PATH 256 /* of those that the suite reads and writes */
#define WINDOW       128 /* questions per round trip: they fit into the socket's buffer */

struct question {
    uint32_t type; /* XS_READ, XS_DIRECTORY or XS_WRITE */
    const char *path;
    const char *new_value; /* for XS_WRITE */
    bool is_answered;
    int refusal; /* 0, ENOENT or EACCES */
    char *value; /* with a NUL after its LENGTH bytes */
    unsigned int length;
};

struct store_connection {
    FILE *socket;              /* to xenstored; NULL: there is none, or it failed */
    struct xs_handle *library; /* libxenstore's connection; NULL: not needed so far */
    struct question *ahead;    /* the paths are owned */
    size_t count;
    size_t fetched; /* number at the front that were asked, and are sorted */
};

/* ---- the socket ---- */

static FILE *connect_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *path = xs_daemon_socket();
    FILE *stream = NULL;
    int fd;

    if (!path || strlen(path) >= sizeof(address.sun_path))
        return NULL;
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        stream = fdopen(fd, "r");
    if (!stream)
        close_fd(&fd);
    return stream;
}

static size_t payload_size(const struct question *question)
{
    return strlen(question->path) + 1 + (question->new_value ? strlen(question->new_value) : 0);
}

static bool send_questions(int fd, const struct question *questions, size_t count)
{
    AUTO_FREE char *text = NULL;
    size_t size = 0;
    char *end;

    for (size_t i = 0; i < count; i++)
        size += sizeof(struct xsd_sockmsg) + payload_size(&questions[i]);
    end = text = malloc(size + 1);
    if (!text)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct xsd_sockmsg header = {.type = questions[i].type,
                                           .req_id = (uint32_t)i,
                                           .len = (uint32_t)payload_size(&questions[i])};

        end = mempcpy(end, &header, sizeof(header));
        end = stpcpy(end, questions[i].path) + 1;
        end = stpcpy(end, questions[i].new_value ? questions[i].new_value : "");
    }
    for (size_t sent = 0; sent < size;) {
        ssize_t part = send(fd, text + sent, size - sent, MSG_NOSIGNAL);

        if (part < 0 && errno != EINTR)
            return false;
        sent += part > 0 ? (size_t)part : 0;
    }
    return true;
}

static bool receive_answer(FILE *socket, struct question *question, size_t id)
{
    struct xsd_sockmsg header;

    if (fread(&header, sizeof(header), 1, socket) != 1 || header.req_id != id ||
        header.len > XENSTORE_PAYLOAD_MAX)
        return false;
    question->value = malloc(header.len + 1);
    if (!question->value || fread(question->value, 1, header.len, socket) != header.len)
        return false;
    question->value[header.len] = '\0';
    question->length = header.len;
    if (header.type == XS_ERROR && strcmp(question->value, "ENOENT") == 0)
        question->refusal = ENOENT;
    else if (header.type == XS_ERROR && strcmp(question->value, "EACCES") == 0)
        question->refusal = EACCES;
    question->is_answered = question->refusal || header.type == question->type;
    return true;
}

static void exchange(struct store_connection *connection, struct question *questions, size_t count)
{
    bool works = connection->socket && send_questions(fileno(connection->socket), questions, count);

    for (size_t i = 0; works && i < count; i++)
        works = receive_answer(connection->socket, &questions[i], i);
    if (connection->socket && !works) {
        fclose(connection->socket);
        connection->socket = NULL;
    }
}

static int compare_questions(const void *a, const void *b)
{
    const struct question *left = a;
    const struct question *right = b;

    return left->type != right->type ? (left->type > right->type) - (left->type < right->type)
                                     : strcmp(left->path, right->path);
}

/*
 * Answers QUESTION by what was asked ahead, or asks the socket now. The value is the caller's; NULL
 * with errno. False without a usable answer, such as E2BIG for a long list: then libxenstore asks.
 */
static bool ask(struct store_connection *connection, struct question *question)
{
    const struct question *known = connection->fetched > 0 && question->type != XS_WRITE
                                       ? bsearch(question, connection->ahead, connection->fetched,
                                                 sizeof(*question), compare_questions)
                                       : NULL;

    if (known) {
        *question = *known;
        question->value = known->value ? malloc(known->length + 1) : NULL;
        if (question->value)
            memcpy(question->value, known->value, known->length + 1);
    } else {
        exchange(connection, question, 1);
    }
    if (!question->is_answered || question->refusal) {
        free(question->value);
        question->value = NULL;
    }
    errno = question->refusal ? question->refusal : ENOMEM;
    return question->is_answered;
}

/* Connects at its first use. */
static struct xs_handle *open_library(struct store_connection *connection)
{
    if (!connection->library)
        connection->library = xs_open(0);
    if (!connection->library)
        errno = EIO; /* xs_open()'s ENOENT would look like that of a node */
    return connection->library;
}

/* ---- one node ---- */

int store_open(struct store *store, struct error *e)
{
    int code;

    store->connection = calloc(1, sizeof(*store->connection));
    if (!store->connection)
        return fail_memory(e);
    store->connection->socket = connect_socket();
    if (!store->connection->socket)
        store->connection->library = xs_open(0);
    if (store->connection->socket || store->connection->library)
        return 0;
    code = errno ? errno : EIO;
    store_close(store);
    /* errno is that of libxenstore's second attempt, by the device of a driver domain */
    return fail(e, code, "XenStore: %s (%s)", strerror(code),
                geteuid() == 0 ? "is xenstored running?" : "this needs root");
}

void store_close(struct store *store)
{
    struct store_connection *connection = store->connection;

    if (!connection)
        return;
    store_forget(store);
    if (connection->socket)
        fclose(connection->socket);
    if (connection->library)
        xs_close(connection->library);
    free(connection);
    store->connection = NULL;
}

PRINTF(3, 0)
static int format_path(char *buffer, size_t size, const char *format, va_list args)
{
    int length = vsnprintf(buffer, size, format, args);

    if (length >= 0 && (size_t)length < size)
        return 0;
    errno = ENAMETOOLONG;
    return -1;
}

char *store_read(const struct store *store, const char *path, ...)
{
    struct store_connection *connection = store->connection;
    char full[LONGEST_PATH];
    struct question question = {.type = XS_READ, .path = full};
    va_list args;
    int printed;

    va_start(args, path);
    printed = format_path(full, sizeof(full), path, args);
    va_end(args);
    if (printed < 0)
        return NULL;
    if (!ask(connection, &question) && open_library(connection))
        question.value = xs_read(connection->library, XBT_NULL, full, &question.length);

    /* some writers add a NUL; a NUL before the end would hide the rest */
    if (!question.value || strlen(question.value) + 1 >= question.length)
        return question.value;
    free(question.value);
    errno = EBADMSG;
    return NULL;
}

/* The NUL-terminated names in VALUE, in one block like xs_directory()'s. */
static char **split_names(const char *value, unsigned int length, unsigned int *count)
{
    char **names;
    char *text;

    *count = 0;
    for (unsigned int i = 0; i < length; i++)
        *count += value[i] == '\0';
    names = malloc(*count * sizeof(*names) + length + 1);
    if (!names)
        return NULL;
    text = memcpy(names + *count, value, length + 1);
    for (unsigned int i = 0; i < *count; i++, text += strlen(text) + 1)
        names[i] = text;
    return names;
}

char **store_list(const struct store *store, unsigned int *count, const char *path, ...)
{
    struct store_connection *connection = store->connection;
    char full[LONGEST_PATH];
    struct question question = {.type = XS_DIRECTORY, .path = full};
    va_list args;
    char **names;
    int printed;

    va_start(args, path);
    printed = format_path(full, sizeof(full), path, args);
    va_end(args);
    if (printed < 0)
        return NULL;
    if (!ask(connection, &question))
        return open_library(connection) ? xs_directory(connection->library, XBT_NULL, full, count)
                                        : NULL;
    names = question.value ? split_names(question.value, question.length, count) : NULL;
    free(question.value);
    return names;
}

int store_write(const struct store *store, const char *path, const char *value)
{
    struct store_connection *connection = store->connection;
    struct question question = {.type = XS_WRITE, .path = path, .new_value = value};
    bool done = ask(connection, &question);

    free(question.value);
    if (done)
        return -question.refusal;
    errno = EIO;
    if (!open_library(connection) ||
        !xs_write(connection->library, XBT_NULL, path, value, (unsigned int)strlen(value)))
        return -errno;
    return 0;
}

/* ---- ahead ---- */

PRINTF(3, 0)
static void note_question(struct store_connection *connection, uint32_t type, const char *path,
                          va_list args)
{
    char full[LONGEST_PATH];
    struct question question = {.type = type};

    if (!connection->socket || format_path(full, sizeof(full), path, args) < 0)
        return;
    question.path = strdup(full);
    if (!question.path ||
        array_append(&connection->ahead, &connection->count, &question, sizeof(question)) < 0)
        free((char *)question.path);
}

void store_ask_value(const struct store *store, const char *path, ...)
{
    va_list args;

    va_start(args, path);
    note_question(store->connection, XS_READ, path, args);
    va_end(args);
}

void store_ask_list(const struct store *store, const char *path, ...)
{
    va_list args;

    va_start(args, path);
    note_question(store->connection, XS_DIRECTORY, path, args);
    va_end(args);
}

void store_fetch(const struct store *store)
{
    struct store_connection *connection = store->connection;

    for (size_t i = connection->fetched; i < connection->count; i += WINDOW)
        exchange(connection, &connection->ahead[i],
                 connection->count - i < WINDOW ? connection->count - i : WINDOW);
    connection->fetched = connection->count;
    sort_array(connection->ahead, connection->count, sizeof(*connection->ahead), compare_questions);
}

void store_forget(const struct store *store)
{
    struct store_connection *connection = store->connection;

    if (!connection)
        return;
    for (size_t i = 0; i < connection->count; i++) {
        free((char *)connection->ahead[i].path);
        free(connection->ahead[i].value);
    }
    free(connection->ahead);
    connection->ahead = NULL;
    connection->count = connection->fetched = 0;
}
