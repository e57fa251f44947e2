/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
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

/*
 * The numbers of a domU's vifs. libxl's own nodes have those in driver domains, too; xend has only
 * backends. A domU cannot write any of these.
 */
static char **list_vifs(const struct store *store, const char *domid, unsigned int *count)
{
    return store_list(store, count, "/libxl/%s/device/vif", domid)
               ?: store_list(store, count, "backend/vif/%s", domid);
}

/* The path of a vif's backend, or NULL when memory is short. */
static char *find_backend(const struct store *store, const char *domid, const char *devid)
{
    return store_read(store, "/libxl/%s/device/vif/%s/backend", domid, devid)
               ?: format_string("backend/vif/%s/%s", domid, devid);
}

static void ask_for_backend(const struct store *store, const char *domid, const char *devid)
{
    store_ask_value(store, "/libxl/%s/device/vif/%s/backend", domid, devid);
}

static void ask_for_mac(const struct store *store, const char *domid, const char *devid)
{
    AUTO_FREE char *backend = find_backend(store, domid, devid);

    if (backend)
        store_ask_value(store, "%s/mac", backend);
}

static void ask_for_vifs(const struct store *store, char *const *domids, unsigned int domid_count,
                         void (*ask)(const struct store *, const char *domid, const char *devid))
{
    for (unsigned int i = 0; i < domid_count; i++) {
        unsigned int count = 0;
        AUTO_FREE char **devids = list_vifs(store, domids[i], &count);

        for (unsigned int j = 0; devids && j < count; j++)
            ask(store, domids[i], devids[j]);
    }
    store_fetch(store);
}

/* Asks ahead for what write_domu() reads of each domU: thousands of nodes on a large host. */
static void ask_ahead(const struct store *store, char *const *domids, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        store_ask_value(store, "/local/domain/%s/name", domids[i]);
        store_ask_value(store, "/local/domain/%s/vm", domids[i]);
        store_ask_list(store, "/libxl/%s/device/vif", domids[i]);
    }
    store_fetch(store);
    ask_for_vifs(store, domids, count, ask_for_backend);
    ask_for_vifs(store, domids, count, ask_for_mac);
}

/* Writes the name, UUID and vifs of a domU, as names_add_running() takes them, each with a NUL. */
static void write_domu(const struct store *store, const char *domid, FILE *out)
{
    AUTO_FREE char *name = store_read(store, "/local/domain/%s/name", domid);
    AUTO_FREE char *vm = store_read(store, "/local/domain/%s/vm", domid); /* /vm/UUID */
    unsigned int count = 0;
    AUTO_FREE char **devids = name ? list_vifs(store, domid, &count) : NULL;

    if (!name)
        return;
    domu_name_cut(name);
    fprintf(out, "%s%c%s%c", name, '\0', vm ? vm + strspn(vm, "/vm") : "", '\0');
    for (unsigned int i = 0; devids && i < count; i++) {
        AUTO_FREE char *backend = find_backend(store, domid, devids[i]);
        AUTO_FREE char *mac = backend ? store_read(store, "%s/mac", backend) : NULL;

        fprintf(out, "%s=%s ", devids[i], mac ? mac : "");
    }
    fputc('\0', out);
}

/* In a process of its own: writes the names, UUIDs and vifs of the running domUs. */
static void write_running(int fd)
{
    struct store store;
    struct error no_xen; /* no failure: this host may have no Xen */
    unsigned int count = 0;
    char **domids;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length); /* the parent waits for all at once */
    FILE *pipe = fdopen(fd, "w");

    if (!out || !pipe || store_open(&store, &no_xen) < 0)
        _exit(EXIT_FAILED);
    domids = store_list(&store, &count, "/local/domain");
    if (!domids) /* there are none, or a driver domain may not list them */
        _exit(errno == ENOENT ? EXIT_DONE : EXIT_FAILED);
    ask_ahead(&store, domids, count);
    for (unsigned int i = 0; i < count; i++)
        write_domu(&store, domids[i], out);
    _exit(fclose(out) == 0 && fwrite(text, 1, length, pipe) == length && fflush(pipe) == 0
              ? EXIT_DONE
              : EXIT_FAILED);
}

/* Reads names until the other end closes; false if nothing comes within PATIENCE_MS. */
static bool read_names(int fd, struct names *names, int *result)
{
    AUTO_FREE char *name = NULL;
    AUTO_FREE char *uuid = NULL;
    AUTO_FREE char *vifs = NULL;
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    FILE *in = fdopen(fd, "r");
    size_t name_size = 0;
    size_t uuid_size = 0;
    size_t vifs_size = 0;
    bool answered;

    if (!in) {
        close(fd);
        return false;
    }
    answered = poll(&ready, 1, PATIENCE_MS) > 0;
    while (answered && *result == 0 && getdelim(&name, &name_size, '\0', in) > 0 &&
           getdelim(&uuid, &uuid_size, '\0', in) > 0 && getdelim(&vifs, &vifs_size, '\0', in) > 0)
        *result = names_add_running(names, name, uuid, vifs);
    fclose(in);
    return answered;
}

/*
 * A XenStore that does not answer must not keep us from judging the file, and libxenstore has no
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
