/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * send-flows ADDRESS PORT one|new COUNT: so many UDP datagrams as fast as they go, all of one flow
 * or each of a new one. Prints the nanoseconds that they took: over veths, the sender itself does
 * all the work of the router between it and ADDRESS.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

static long long now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6};
    const int checksum = 6; /* its place in the header, for the kernel to fill */
    uint16_t packet[] = {0, 0, htons(16), 0, 0, 0, 0, 0};
    const int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_UDP);
    long long begin;
    long lost = 0;

    if (argc != 5 || inet_pton(AF_INET6, argv[1], &to.sin6_addr) != 1 || fd < 0 ||
        setsockopt(fd, IPPROTO_IPV6, IPV6_CHECKSUM, &checksum, sizeof(checksum)) < 0) {
        fputs("send-flows: ADDRESS PORT one|new COUNT, as root\n", stderr);
        return 2;
    }
    packet[1] = htons((uint16_t)atoi(argv[2]));
    begin = now();
    for (long i = 0; i < atol(argv[4]); i++) {
        packet[0] = htons((uint16_t)(strcmp(argv[3], "new") == 0 ? 1024 + i % 60000 : 1024));
        lost += sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)) < 0;
    }
    printf("%lld\n", now() - begin);
    return lost > 0;
}
