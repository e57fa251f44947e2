/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/base.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

void *array_add(void *items, size_t *count, size_t size)
{
    void **array = items;

    if ((*count & (*count - 1)) == 0) { /* 0, 1, 2, 4, ...: full */
        size_t capacity = *count ? *count * 2 : 1;
        void *grown = reallocarray(*array, capacity, size);

        if (!grown)
            return NULL;
        *array = grown;
    }
    return memset((char *)*array + (*count)++ * size, 0, size);
}

int array_append(void *items, size_t *count, const void *item, size_t size)
{
    void *slot = array_add(items, count, size);

    if (!slot)
        return -ENOMEM;
    memcpy(slot, item, size);
    return 0;
}

void sort_array(void *items, size_t count, size_t size, compare_items compare)
{
    if (count > 0)
        qsort(items, count, size, compare);
}

size_t drop_repeated(void *items, size_t count, size_t size, compare_items compare)
{
    char *array = items;
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (kept == 0 || compare(array + (kept - 1) * size, array + i * size) != 0)
            memmove(array + kept++ * size, array + i * size, size);
    return kept;
}

size_t lower_bound(const void *key, const void *items, size_t count, size_t size,
                   compare_items compare)
{
    size_t low = 0;

    while (low < count) {
        const size_t middle = low + (count - low) / 2;

        if (compare(key, (const char *)items + middle * size) > 0)
            low = middle + 1;
        else
            count = middle;
    }
    return low;
}

const void *find_by_name(const char *name, const void *items, size_t count, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        const void *item = (const char *)items + i * size;
        const char *its_name;

        memcpy(&its_name, item, sizeof(its_name));
        if (strcmp(its_name, name) == 0)
            return item;
    }
    return NULL;
}

void make_printable(char *text)
{
    for (; *text; text++)
        if (iscntrl((unsigned char)*text))
            *text = '?';
}

void lower_case(char *text)
{
    for (; text && *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

char *trim(char *text)
{
    size_t length;

    while (isspace((unsigned char)*text))
        text++;
    length = strlen(text);
    while (length > 0 && isspace((unsigned char)text[length - 1]))
        text[--length] = '\0';
    return text;
}

bool begins_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);

    return length > tail && strcmp(text + length - tail, suffix) == 0;
}

char *format_string(const char *format, ...)
{
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    va_end(args);
    return text;
}

bool is_link_name(const char *text)
{
    return *text != '\0' && strlen(text) < IF_NAMESIZE && !strpbrk(text, "/: \t\n\v\f\r") &&
           strcmp(text, ".") != 0 && strcmp(text, "..") != 0;
}

/*
 * In a name, nft gives '*' and '\\' a meaning, and ip6tables a '+' at the end; a quotation mark
 * ends it. Other characters are refused as well, because hardly any name has them.
 */
#define LINK_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-="

const char *rule_link_refusal(const char *name)
{
    if (strlen(name) >= IF_NAMESIZE)
        return "is too long for an interface: at most 15 bytes";
    if (!is_link_name(name))
        return "cannot be the name of an interface, for example eth0";
    if (strchr(name, '@'))
        return "has an '@', as `ip link` prints an interface and its peer: write only what is "
               "before the '@'";
    if (name[strspn(name, LINK_LETTERS)] != '\0')
        return "is a name that no rule can hold: only letters, digits and ._-= can be in it";
    return NULL;
}

int write_all(int fd, const char *text)
{
    size_t left = strlen(text);

    while (left > 0) {
        ssize_t count = write(fd, text, left);

        if (count < 0 && errno != EINTR)
            return -errno;
        if (count > 0) {
            text += count;
            left -= (size_t)count;
        }
    }
    return 0;
}

int write_and_close(int fd, const char *text)
{
    int result = write_all(fd, text);

    if (result == 0 && fsync(fd) < 0)
        result = -errno;
    if (close(fd) < 0 && result == 0)
        result = -errno;
    return result;
}

ssize_t read_whole(int fd, size_t most, char **out)
{
    struct stat status;
    size_t size;
    size_t length = 0;
    ssize_t got = 1;

    *out = NULL;
    if (fstat(fd, &status) < 0)
        return -errno;
    if (!S_ISREG(status.st_mode))
        return S_ISDIR(status.st_mode) ? -EISDIR : -EINVAL;
    size = (size_t)status.st_size;
    if (size > most)
        return -EFBIG;
    *out = malloc(size + 1);
    if (!*out)
        return -ENOMEM;
    while (length < size && got != 0) {
        got = pread(fd, *out + length, size - length, (off_t)length);
        if (got < 0 && errno != EINTR)
            return -errno;
        if (got > 0)
            length += (size_t)got;
    }
    (*out)[length] = '\0';
    return (ssize_t)length;
}

ssize_t read_file(const char *path, size_t most, char **out)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    *out = NULL;
    return fd < 0 ? -errno : read_whole(fd, most, out);
}
