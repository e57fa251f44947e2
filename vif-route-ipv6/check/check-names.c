/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/log.h"
#include "command.h"
#include "domu/vif.h"
#include "sys/store.h"

#define PATIENCE_MS 2000

static int add_running_domus(const struct store *store, struct names *names)
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

    if (!out || store_open(&store, &no_xen) < 0 || add_running_domus(&store, &names) < 0)
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
        log_warning("XenStore: no answer, so it is not known which domUs run");
        kill(child, SIGKILL);
    }
    waitpid(child, &status, 0);
    names->known |= WIFEXITED(status) && WEXITSTATUS(status) == EXIT_DONE;
    return result;
}

int check_names(const struct domu_files *files, struct names *names, struct error *e)
{
    int result = collect_running(names);

    for (size_t i = 0; i < files->count && result == 0; i++)
        if (files->files[i].name) {
            names->known = true;
            result = names_add(names, files->files[i].name);
        }
    return result < 0 ? fail_memory(e) : 0;
}
