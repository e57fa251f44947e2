/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines of ipv6.cfg and of the files in ipv6.cfg.d that continue it.
 */
#ifndef CONFIG_TEXT_H
#define CONFIG_TEXT_H

#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"

/* A file, or a directory, and its status before anything was read: zeros if it did not exist. */
struct config_file {
    char *path;
    struct stat status;
};

/* The files, open to be read once, line by line. Release with config_text_free(). */
struct config_text {
    char *path; /* of ipv6.cfg */
    struct stat status;
    struct config_file directory;
    struct config_file *files; /* of the directory, in the order of their names */
    size_t file_count;
    size_t next;   /* the first of them that is not open yet */
    FILE *stream;  /* the file that is read now; NULL: ipv6.cfg does not exist */
    bool at_start; /* of that file */
    char *line;    /* getline()'s */
    size_t room;
};

/*
 * Opens the file PATH, and lists the files that continue it: those of DIRECTORY, of PATH.d if that
 * is NULL, or none if it is "". -ENOENT if there is neither. Refuses anything but a regular file (a
 * FIFO would hang the hook) and a file over 64 MiB.
 */
int config_load(const char *path, const char *directory, struct config_text *out,
                struct error *e) MUST_CHECK;
void config_text_free(struct config_text *text);

/*
 * Reads the next line of the open file, with its newline. It stays valid until the next call. Skips
 * a byte order mark. Returns 1, 0 at the end of the file, or a negative errno.
 */
int config_text_line(struct config_text *text, char **line, size_t *length,
                     struct error *e) MUST_CHECK;

/*
 * Opens the next file of the directory, and skips those that were removed since they were listed.
 * Returns 1 with its PATH, 0 if no file is left, or a negative errno.
 */
int config_text_next(struct config_text *text, const char **path, struct error *e) MUST_CHECK;

/* Whether ipv6.cfg, the directory or a file that was read has changed since config_load(). */
bool config_text_is_old(const struct config_text *text);

#endif
