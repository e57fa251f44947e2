/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every file uses: attributes the compiler checks, owners that release themselves, and
 * arrays that grow. No side effects.
 */
#ifndef BASE_H
#define BASE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRINTF(template, first) __attribute__((format(printf, template, first)))
#define MUST_CHECK              __attribute__((warn_unused_result))
#define CLEANUP(function)       __attribute__((cleanup(function)))

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* An owner of heap memory, freed when it goes out of scope: AUTO_FREE char *name = ...; */
static inline void free_pointer(void *owner)
{
    void *memory;

    memcpy(&memory, owner, sizeof(memory)); /* the owner is a pointer of another type */
    free(memory);
}
#define AUTO_FREE CLEANUP(free_pointer)

/* An owner of a file descriptor, closed when it goes out of scope; -1 owns nothing. */
static inline void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}
#define AUTO_CLOSE CLEANUP(close_fd)

/* Hands an owned pointer over: the value moves out and the owner is left empty. */
#define TAKE(owner)                                                                                \
    __extension__({                                                                                \
        __typeof__(owner) taken_ = (owner);                                                        \
        (owner) = NULL;                                                                            \
        taken_;                                                                                    \
    })

/*
 * Makes room for one more element in *ITEMS, which holds COUNT elements of SIZE bytes, and returns
 * the new element, zeroed, or NULL when memory is short (the array is then unchanged). The room
 * doubles at powers of two, so COUNT alone tells the capacity: only this function may allocate
 * *ITEMS, which is NULL at first.
 */
void *array_add(void *items, size_t *count, size_t size) MUST_CHECK;

/* Appends a copy of ITEM, which is not in the array: 0 or -ENOMEM. */
int array_append(void *items, size_t *count, const void *item, size_t size) MUST_CHECK;

/* Compares two elements of an array, as qsort() needs it. */
typedef int (*compare_items)(const void *a, const void *b);

/* qsort() for an array that may be empty, and so NULL. */
void sort_array(void *items, size_t count, size_t size, compare_items compare);

/* Keeps the first of equal elements of a sorted array. Returns the number of elements left. */
size_t drop_repeated(void *items, size_t count, size_t size, compare_items compare);

/* The index of the first element of a sorted array that does not come before KEY. */
size_t lower_bound(const void *key, const void *items, size_t count, size_t size,
                   compare_items compare);

/*
 * The element called NAME of an array of structs that begin with their `const char *name`, or NULL.
 */
const void *find_by_name(const char *name, const void *items, size_t count, size_t size);

/*
 * Replaces each control character by '?', so that a name cannot control a terminal or forge a log.
 */
void make_printable(char *text);

/* Converts TEXT, which may be NULL, to lower case. */
void lower_case(char *text);

#define BLANKS " \t\n\v\f\r" /* isspace() in the C locale */

/* Cuts BLANKS off both ends of TEXT, and returns where the rest begins. */
char *trim(char *text);

/* Whether TEXT starts with BEGINNING. */
bool begins_with(const char *text, const char *beginning);

/* Whether TEXT ends in SUFFIX and has something before it. */
bool has_suffix(const char *text, const char *suffix);

/* Whether a link can have this name: 1 to 15 bytes, no blank, slash or colon (dev_valid_name()). */
bool is_link_name(const char *text);

/*
 * Why no rule can name the interface NAME, or NULL if rules can: it is not the name of an
 * interface, nft or ip6tables would take it for a pattern, or `ip link` printed it with its peer.
 * The text follows "'NAME' ".
 */
const char *rule_link_refusal(const char *name);

/* Writes all of TEXT to FD: 0 or a negative errno. */
int write_all(int fd, const char *text) MUST_CHECK;

/*
 * Writes all of TEXT to FD, syncs it to disk, and closes FD in any case. Returns 0 or a negative
 * errno, also of quotas and network file systems, which report a failure only at the end.
 */
int write_and_close(int fd, const char *text) MUST_CHECK;

/*
 * Reads all of the regular file FD, from its start, into *OUT, a string that the caller frees, also
 * after a failure. Returns its length in bytes, or a negative errno: -EFBIG if there are more than
 * MOST, -EINVAL if FD is not a regular file.
 */
ssize_t read_whole(int fd, size_t most, char **out) MUST_CHECK;

/* read_whole() of the file PATH. A FIFO or a device does not hang it. */
ssize_t read_file(const char *path, size_t most, char **out) MUST_CHECK;

/* asprintf() that answers NULL when memory is short. The caller owns the string. */
char *format_string(const char *format, ...) PRINTF(1, 2) MUST_CHECK;

#endif
