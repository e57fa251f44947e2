// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * xenstore-between DIR UPSTREAM RULE...: a XenStore that misbehaves. It listens on DIR/socket as
 * xenstored does and passes requests on to the one at UPSTREAM/socket, but for:
 *
 *   hang=N        the requests after the first N of a connection get no answer
 *   vanish=N      after N answers, it is gone with its socket
 *   cut=N         after N answers, half of one, and the connection closes
 *   deny=PATH     a request for PATH is refused (EACCES), as a driver domain sees it
 *   empty=PATH    what is read at PATH is empty
 *   huge=PATH     what is read at PATH is as long as a message can be
 *   beyond=PATH   what is read at PATH claims to be longer than a message can be
 *   nul=PATH      what is read at PATH has a NUL byte in it
 *   gate=N:FILE   the requests after the first N of a connection wait while FILE exists;
 * FILE.reached tells that one does
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <xen/io/xs_wire.h>
#include <xenstore.h>

#define HOME "/local/domain/0/" /* what a relative path is relative to */

struct message {
    struct xsd_sockmsg header;
    char payload[XENSTORE_PAYLOAD_MAX + 1];
};

static char **rules;
static pid_t listening;
static struct sockaddr_un own = {.sun_family = AF_UNIX};

/* The value of the rule WORD, or NULL. */
static const char *rule(const char *word)
{
    size_t length = strlen(word);

    for (char **each = rules; *each; each++)
        if (strncmp(*each, word, length) == 0 && (*each)[length] == '=')
            return *each + length + 1;
    return NULL;
}

static bool reached(const char *word, int count)
{
    const char *value = rule(word);

    return value && count >= atoi(value);
}

static bool same_path(const char *a, const char *b)
{
    a += strncmp(a, HOME, strlen(HOME)) == 0 ? strlen(HOME) : 0;
    b += strncmp(b, HOME, strlen(HOME)) == 0 ? strlen(HOME) : 0;
    return strcmp(a, b) == 0;
}

static bool concerns(const char *word, const struct message *request)
{
    const char *path = rule(word);

    return path && same_path(path, request->payload);
}

static bool read_all(int fd, void *buffer, size_t size)
{
    for (char *next = buffer; size > 0;) {
        ssize_t got = read(fd, next, size);

        if (got <= 0)
            return false;
        next += got;
        size -= (size_t)got;
    }
    return true;
}

static bool write_all(int fd, const void *buffer, size_t size)
{
    for (const char *next = buffer; size > 0;) {
        ssize_t put = write(fd, next, size);

        if (put <= 0)
            return false;
        next += put;
        size -= (size_t)put;
    }
    return true;
}

static bool receive(int fd, struct message *message)
{
    memset(message, 0, sizeof(*message));
    return read_all(fd, &message->header, sizeof(message->header)) &&
           message->header.len <= XENSTORE_PAYLOAD_MAX &&
           read_all(fd, message->payload, message->header.len);
}

static bool send_message(int fd, const struct message *message)
{
    return write_all(fd, &message->header, sizeof(message->header)) &&
           write_all(fd, message->payload, message->header.len);
}

static int connect_to(const char *dir)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    perror("xenstore-between: upstream");
    exit(EXIT_FAILURE);
}

static void bend(const struct message *request, struct message *reply)
{
    bool is_read = request->header.type == XS_READ;

    if (concerns("deny", request)) {
        reply->header.type = XS_ERROR;
        strcpy(reply->payload, "EACCES");
        reply->header.len = sizeof("EACCES");
    } else if (is_read && concerns("empty", request)) {
        reply->header.type = XS_READ;
        reply->header.len = 0;
    } else if (is_read && concerns("huge", request)) {
        reply->header.type = XS_READ;
        reply->header.len = XENSTORE_PAYLOAD_MAX;
        memset(reply->payload, 'x', XENSTORE_PAYLOAD_MAX);
    } else if (is_read && concerns("nul", request) && reply->header.len > 2) {
        reply->payload[2] = '\0';
    }
}

static void wait_at_gate(int count)
{
    const char *gate = rule("gate");
    const char *file = gate ? strchr(gate, ':') : NULL;
    char reached_file[256];

    if (!file || count < atoi(gate))
        return;
    file++;
    snprintf(reached_file, sizeof(reached_file), "%s.reached", file);
    if (access(file, F_OK) == 0)
        close(open(reached_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    while (access(file, F_OK) == 0)
        usleep(5000);
}

static void serve(int client, const char *upstream)
{
    static struct message request;
    static struct message reply;
    int server = connect_to(upstream);
    int count = 0;

    for (; receive(client, &request); count++) {
        if (reached("hang", count))
            continue;
        wait_at_gate(count);
        if (reached("vanish", count)) {
            unlink(own.sun_path);
            kill(listening, SIGTERM); /* not getppid(): another child may have done so before */
            return;
        }
        if (!send_message(server, &request) || !receive(server, &reply))
            return;
        bend(&request, &reply);
        if (reached("cut", count)) {
            write_all(client, &reply.header, sizeof(reply.header) / 2);
            return;
        }
        if (concerns("beyond", &request)) {
            reply.header.len = 1U << 30;
            write_all(client, &reply.header, sizeof(reply.header));
            continue;
        }
        if (!send_message(client, &reply))
            return;
    }
}

int main(int argc, char **argv)
{
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un unheard = {.sun_family = AF_UNIX};

    if (argc < 4) {
        fprintf(stderr, "usage: xenstore-between DIR UPSTREAM RULE...\n");
        return EXIT_FAILURE;
    }
    rules = argv + 3;
    listening = getpid();
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    snprintf(own.sun_path, sizeof(own.sun_path), "%s/socket", argv[1]);
    snprintf(unheard.sun_path, sizeof(unheard.sun_path), "%s/socket.new", argv[1]);
    unlink(unheard.sun_path);
    /* Whoever finds the socket may connect: it has its name only when it listens. */
    if (listener < 0 || bind(listener, (struct sockaddr *)&unheard, sizeof(unheard)) < 0 ||
        listen(listener, 64) < 0 || rename(unheard.sun_path, own.sun_path) < 0) {
        perror("xenstore-between");
        return EXIT_FAILURE;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);

        if (client < 0)
            continue;
        if (fork() == 0) {
            close(listener);
            serve(client, argv[2]);
            return EXIT_SUCCESS;
        }
        close(client);
    }
}
