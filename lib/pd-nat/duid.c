/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/duid.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/base.h"

#define UUID_SIZE 16
#define MAC_SIZE  6

bool link_has_mac(const char *link)
{
    static const unsigned char none[MAC_SIZE];
    AUTO_CLOSE int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct ifreq request = {.ifr_ifindex = 0};

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", link);
    if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) < 0)
        return !begins_with(link, "ppp") && !begins_with(link, "tun") && !begins_with(link, "wg");
    return request.ifr_hwaddr.sa_family == ARPHRD_ETHER &&
           memcmp(request.ifr_hwaddr.sa_data, none, MAC_SIZE) != 0;
}

/* ---- SipHash-2-4 (Aumasson, Bernstein) of 16 bytes ---- */

static uint64_t rotate(uint64_t value, unsigned int bits)
{
    return value << bits | value >> (64 - bits);
}

static void mix(uint64_t v[static 4], unsigned int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1];
        v[1] = rotate(v[1], 13) ^ v[0];
        v[0] = rotate(v[0], 32);
        v[2] += v[3];
        v[3] = rotate(v[3], 16) ^ v[2];
        v[0] += v[3];
        v[3] = rotate(v[3], 21) ^ v[0];
        v[2] += v[1];
        v[1] = rotate(v[1], 17) ^ v[2];
        v[2] = rotate(v[2], 32);
    }
}

static uint64_t load_little_endian(const uint8_t bytes[static 8])
{
    uint64_t value = 0;

    for (int i = 7; i >= 0; i--)
        value = value << 8 | bytes[i];
    return value;
}

static uint64_t hash(const uint8_t text[static UUID_SIZE], uint64_t key, uint64_t other_key)
{
    uint64_t v[] = {key ^ 0x736f6d6570736575U, other_key ^ 0x646f72616e646f6dU,
                    key ^ 0x6c7967656e657261U, other_key ^ 0x7465646279746573U};
    const uint64_t words[] = {load_little_endian(text), load_little_endian(text + 8),
                              (uint64_t)UUID_SIZE << 56};

    for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
        v[3] ^= words[i];
        mix(v, 2);
        v[0] ^= words[i];
    }
    v[2] ^= 0xff;
    mix(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- the identifier ---- */

/* Reads 32 hexadecimal digits; an image before its first boot has none, or "uninitialized". */
static bool read_machine_id(uint8_t out[static UUID_SIZE])
{
    AUTO_CLOSE int fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC);
    char text[2 * UUID_SIZE + 1] = "";
    unsigned int sum = 0;

    if (fd < 0 || read(fd, text, sizeof(text) - 1) != sizeof(text) - 1 ||
        strspn(text, "0123456789abcdefABCDEF") != sizeof(text) - 1)
        return false;
    for (size_t i = 0; i < UUID_SIZE; i++) {
        const char digits[] = {text[2 * i], text[2 * i + 1], '\0'};

        out[i] = (uint8_t)strtoul(digits, NULL, 16);
        sum += out[i];
    }
    return sum > 0;
}

int duid_print(char out[static DUID_TEXT], bool *is_random, struct error *e)
{
    uint8_t machine[UUID_SIZE];
    uint8_t uuid[UUID_SIZE];
    uint64_t halves[2];
    size_t length;

    *is_random = !read_machine_id(machine);
    if (!*is_random) {
        /* any two keys, never changed: a host keeps its DUID */
        halves[0] = hash(machine, 0x7669662d726f7574U, 0x652d697076362d31U);
        halves[1] = hash(machine, 0x7669662d726f7574U, 0x652d697076362d32U);
        memcpy(uuid, halves, UUID_SIZE);
    } else if (getrandom(uuid, UUID_SIZE, 0) != UUID_SIZE) {
        return fail(e, errno, "no random DUID: %s", strerror(errno));
    }
    uuid[6] = (uuid[6] & 0x0f) | 0x40; /* version and variant, RFC 4122 4.4 */
    uuid[8] = (uuid[8] & 0x3f) | 0x80;
    length = (size_t)snprintf(out, DUID_TEXT, "00:04");
    for (size_t i = 0; i < UUID_SIZE; i++)
        length += (size_t)snprintf(out + length, DUID_TEXT - length, ":%02x", uuid[i]);
    return 0;
}
