/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lines.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int lines_visit(const char *path, int (*visit)(void *context, char *line), void *context)
{
    struct stat status;
    FILE *file = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
    AUTO_FREE char *line = NULL;
    size_t size = 0;
    int result = 0;

    if (!file)
        return 0;
    while (result == 0 && getline(&line, &size, file) >= 0)
        result = visit(context, line);
    fclose(file);
    return result;
}

int paths_visit(const char *const *patterns, size_t count,
                int (*visit)(void *context, const char *path), void *context)
{
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        glob_t paths;

        if (glob(patterns[i], 0, NULL, &paths) != 0)
            continue;
        for (size_t j = 0; j < paths.gl_pathc && result == 0; j++)
            result = visit(context, paths.gl_pathv[j]);
        globfree(&paths);
    }
    return result;
}

static int contains(void *context, char *line)
{
    const char *word = context;
    char first = line[strspn(line, " \t")];

    return first != '#' && first != ';' && strstr(line, word) != NULL;
}

bool lines_mention(const char *path, const char *word)
{
    return lines_visit(path, contains, (void *)word) != 0;
}
