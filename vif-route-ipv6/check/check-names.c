/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/lines.h"
#include "base/log.h"
#include "command.h"
#include "domu/vif.h"
#include "sys/store.h"

#define PATIENCE_MS 2000

static int add_running(const struct store *store, struct names *names)
{
    unsigned int count = 0;
    AUTO_FREE char **domids = store_list(store, &count, "/local/domain");
    int result = 0;

    for (unsigned int i = 0; i < count && result == 0; i++) {
        AUTO_FREE char *name = store_read(store, "/local/domain/%s/name", domids[i]);

        if (name) {
            domu_name_cut(name);
            result = names_add(names, name);
        }
    }
    return result;
}

/* In a process of its own: writes the names of the running domUs, with a NUL behind each. */
static void write_running(int fd)
{
    struct names names = {.names = NULL};
    struct store store;
    struct error no_xen; /* no failure: this host may have no Xen */
    FILE *out = fdopen(fd, "w");

    if (!out || store_open(&store, &no_xen) < 0 || add_running(&store, &names) < 0)
        _exit(EXIT_FAILED);
    for (size_t i = 0; i < names.count; i++)
        fwrite(names.names[i], strlen(names.names[i]) + 1, 1, out);
    _exit(fflush(out) == 0 ? EXIT_DONE : EXIT_FAILED);
}

/* Reads names until the other end closes; false when nothing comes while the patience lasts. */
static bool read_names(int fd, struct names *names, int *result)
{
    AUTO_FREE char *name = NULL;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    FILE *in = fdopen(fd, "r");
    size_t size = 0;
    bool answered;

    if (!in) {
        close(fd);
        return false;
    }
    /* The child writes all at once, when it has them all. */
    answered = poll(&ready, 1, PATIENCE_MS) > 0;
    while (answered && *result == 0 && getdelim(&name, &size, '\0', in) > 0)
        *result = names_add(names, name);
    fclose(in);
    return answered;
}

/*
 * A XenStore that does not answer must not keep us from judging the file, and libxenstore knows no
 * time-outs, so a child asks it.
 */
static int collect_running(struct names *names)
{
    int ends[2];
    int status = 0;
    int result = 0;
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) < 0)
        return 0;
    child = fork();
    if (child == 0)
        write_running(ends[1]);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return 0;
    }
    if (!read_names(ends[0], names, &result)) {
        log_warning("XenStore gives no answer: which domUs are running is not known");
        kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
    names->known |= WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
    return result;
}

/* The value of xl.cfg(5)'s line `name = "..."`, cut out of LINE in place, or NULL. */
static char *name_of_line(char *line)
{
    char *text = line + strspn(line, " \t");
    char quote[2] = "";

    if (strncmp(text, "name", 4) != 0)
        return NULL;
    text += 4 + strspn(text + 4, " \t");
    if (*text != '=')
        return NULL;
    text += 1 + strspn(text + 1, " \t");
    if (*text != '"' && *text != '\'')
        return NULL;
    quote[0] = *text++;
    text[strcspn(text, quote)] = '\0';
    return text;
}

static int add_configured(void *context, char *line)
{
    struct names *names = context;
    const char *name = name_of_line(line);

    if (!name)
        return 0;
    names->known = true;
    return names_add(names, name);
}

static int collect_configured(struct names *names)
{
    glob_t files;
    int result = 0;

    if (glob(DOMU_CONFIGS, 0, NULL, &files) != 0)
        return 0;
    for (size_t i = 0; i < files.gl_pathc && result == 0; i++)
        result = lines_visit(files.gl_pathv[i], add_configured, names);
    globfree(&files);
    return result;
}

int check_names(struct names *names, struct error *e)
{
    if (collect_running(names) < 0 || collect_configured(names) < 0)
        return fail_memory(e);
    return 0;
}
