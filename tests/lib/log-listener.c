// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * log-listener SOCKET: a syslog daemon that prints each message, as it comes, on a line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    char message[8192];
    ssize_t length;

    if (argc != 2)
        return EXIT_FAILURE;
    snprintf(own.sun_path, sizeof(own.sun_path), "%s", argv[1]);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) < 0) {
        perror("log-listener");
        return EXIT_FAILURE;
    }
    while ((length = recv(fd, message, sizeof(message), 0)) >= 0) {
        printf("%.*s\n", (int)length, message);
        fflush(stdout);
    }
    return EXIT_SUCCESS;
}
