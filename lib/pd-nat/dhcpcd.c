/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pd-nat/dhcpcd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "sys/program.h"

/* A file in memory; BYTES is NULL if there is none. */
struct image {
    const char *path;
    char *bytes;
    size_t length;
};

static bool map_file(struct image *image, const char *path)
{
    AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat file;
    void *bytes;

    if (fd < 0 || fstat(fd, &file) < 0 || !S_ISREG(file.st_mode) || file.st_size == 0)
        return false;
    bytes = mmap(NULL, (size_t)file.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (bytes == MAP_FAILED)
        return false;
    *image = (struct image){.path = path, .bytes = bytes, .length = (size_t)file.st_size};
    return true;
}

/* The string of the image that is an absolute path and ends in SUFFIX, or NULL. */
static const char *find_path(const struct image *image, const char *suffix)
{
    const size_t size = strlen(suffix) + 1; /* with its NUL */
    const char *from = image->bytes;
    const char *const end = image->bytes + image->length;
    const char *found;

    while ((found = memmem(from, (size_t)(end - from), suffix, size)) != NULL) {
        const char *start = memrchr(image->bytes, '\0', (size_t)(found - image->bytes));

        start = start ? start + 1 : image->bytes;
        if (*start == '/')
            return start;
        from = found + size;
    }
    return NULL;
}

int dhcpcd_find_paths(struct dhcpcd_paths *out, struct error *e)
{
    struct image image = {.bytes = NULL};
    const char *duid;
    const char *lease;
    const char *slash;
    char path[PATH_MAX];
    int result = 0;

    *out = (struct dhcpcd_paths){.duid = NULL};
    if (!program_find("dhcpcd", path) || !map_file(&image, path))
        return fail(e, ENOENT,
                    "no dhcpcd is installed (in Debian: apt-get install dhcpcd), or name "
                    "what it uses: --duid FILE --leases DIR");
    duid = find_path(&image, "duid");
    lease = find_path(&image, ".lease6"); /* a format: DIRECTORY/%s%s.lease6 */
    slash = lease ? strrchr(lease, '/') : NULL;
    if (!duid || !slash || slash == lease) {
        result = fail(e, ENOENT,
                      "%s does not tell where it keeps DUID and leases: name them, --duid FILE "
                      "--leases DIR",
                      image.path);
    } else {
        out->duid = strdup(duid);
        out->leases = strndup(lease, (size_t)(slash - lease));
        result = out->duid && out->leases ? 0 : fail_memory(e);
    }
    munmap(image.bytes, image.length);
    return result;
}

void dhcpcd_paths_free(struct dhcpcd_paths *paths)
{
    free(paths->duid);
    free(paths->leases);
    *paths = (struct dhcpcd_paths){.duid = NULL};
}
