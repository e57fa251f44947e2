/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/lines.h"

#include <string.h>
#include <sys/stat.h>

FILE *lines_open(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISREG(status.st_mode) ? fopen(path, "re") : NULL;
}

int lines_visit(const char *path, int (*visit)(void *context, char *line), void *context)
{
    FILE *file = lines_open(path);
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
