// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sandbox CMD...: runs CMD in namespaces of its own (network, mounts, processes), where it can do
 * as dom0 does without touching this machine, and where all that it started ends with it.
 *
 * WORK names a directory that both sides see; it is made if it does not exist. After LIMIT seconds,
 * if that is set, all ends (SIGALRM). The seconds that passed and those of the processors are left
 * in WORK/times. Needs root, or a user namespace around it. Each test starts one, so it is a
 * program: the shell's many mount(8) cost more than most tests.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "loopback.h"

static const char source_tree[] = "/etc/xen";
static char copy_tree[4096];

/* PATH below WORK. */
static const char *in_work(char path[static 4096], const char *name)
{
    const char *work = getenv("WORK");

    if (!work || snprintf(path, 4096, "%s/%s", work, name) >= 4096)
        errx(1, "WORK: it has to name a directory");
    return path;
}

static void make_dir(const char *path, mode_t mode)
{
    if (mkdir(path, mode) < 0 || chmod(path, mode) < 0)
        err(1, "%s", path);
}

static void bind_mount(const char *from, const char *to)
{
    if (mount(from, to, NULL, MS_BIND | MS_REC, NULL) < 0)
        err(1, "%s: bind %s", to, from);
}

static void mount_memory(const char *path)
{
    if (mount("tmpfs", path, "tmpfs", 0, "mode=755") < 0)
        err(1, "%s: tmpfs", path);
}

static void copy_file(const char *from, const char *to, const struct stat *st)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    off_t left = st->st_size;
    ssize_t sent;

    if (in < 0 || out < 0)
        err(1, "%s: copy to %s", from, to);
    while (left > 0 && (sent = sendfile(out, in, NULL, (size_t)left)) > 0)
        left -= sent;
    if (left > 0 || fchmod(out, st->st_mode & 07777) < 0 || close(out) < 0)
        err(1, "%s: copy to %s", from, to);
    close(in);
}

static void copy_link(const char *from, const char *to)
{
    char target[4096];
    ssize_t length = readlink(from, target, sizeof(target) - 1);

    if (length < 0)
        err(1, "%s", from);
    target[length] = '\0';
    if (symlink(target, to) < 0)
        err(1, "%s", to);
}

static int copy_entry(const char *path, const struct stat *st, int type, struct FTW *position)
{
    char to[sizeof(copy_tree) + 4096];

    snprintf(to, sizeof(to), "%s%s", copy_tree, path + strlen(source_tree));
    if (type == FTW_D && position->level > 0)
        make_dir(to, st->st_mode & 07777);
    else if (type == FTW_SL)
        copy_link(path, to);
    else if (S_ISREG(st->st_mode))
        copy_file(path, to, st);
    return 0;
}

/* /etc/xen is a copy, free to be changed. */
static void private_etc_xen(void)
{
    if (access(source_tree, F_OK) < 0)
        return;
    make_dir(in_work(copy_tree, "etc-xen"), 0755);
    mount_memory(copy_tree);
    if (nftw(source_tree, copy_entry, 16, FTW_PHYS) < 0)
        err(1, "%s: copy", source_tree);
    bind_mount(copy_tree, source_tree);
}

static void bind_node(const char *dev, const char *node)
{
    char from[64], to[4096 + 64];
    int fd;

    snprintf(from, sizeof(from), "/dev/%s", node);
    if (access(from, F_OK) < 0)
        return;
    snprintf(to, sizeof(to), "%s/%s", dev, node);
    fd = open(to, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        err(1, "%s", to);
    close(fd);
    bind_mount(from, to);
}

/* A /dev without the machine's log socket, so that what is written to syslog stays in here. */
static void private_dev(void)
{
    static const char *const nodes[] = {"null",    "zero", "full",   "random",
                                        "urandom", "tty",  "net/tun"};
    char dev[4096], path[4096 + 16];

    make_dir(in_work(dev, "dev"), 0755);
    mount_memory(dev);
    snprintf(path, sizeof(path), "%s/net", dev);
    make_dir(path, 0755);
    snprintf(path, sizeof(path), "%s/shm", dev);
    make_dir(path, 0755);
    for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
        bind_node(dev, nodes[i]);
    snprintf(path, sizeof(path), "%s/fd", dev);
    if (symlink("/proc/self/fd", path) < 0)
        err(1, "%s", path);
    bind_mount(dev, "/dev");
}

static void furnish(void)
{
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        err(1, "/: private mounts");
    if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0)
        err(1, "/proc");
    private_etc_xen();
    private_dev();
    mount_memory("/run");
    mount_memory("/var/lib");
    mount_memory("/var/log");
    /* /sys shows the network namespace of who mounted it. A container may forbid that: go without.
     */
    (void)mount("sysfs", "/sys", "sysfs", 0, NULL);
    set_loopback_up();
}

static int exit_status(int status)
{
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void make_work(void)
{
    char path[4096];

    if (mkdir(in_work(path, ""), 0755) < 0 && errno != EEXIST)
        err(1, "%s", path);
    if (mkdir(in_work(path, "xenstore"), 0755) < 0 && errno != EEXIST)
        err(1, "%s", path);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void write_times(const struct timespec *start)
{
    char path[4096];
    struct timespec now;
    struct rusage usage;
    FILE *file = fopen(in_work(path, "times"), "we");

    clock_gettime(CLOCK_MONOTONIC, &now);
    getrusage(RUSAGE_CHILDREN, &usage);
    if (!file ||
        fprintf(file, "%.2f %.2f\n",
                (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9,
                seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime)) < 0)
        err(1, "%s", path);
    fclose(file);
}

int main(int argc, char **argv)
{
    const char *limit = getenv("LIMIT");
    struct timespec start;
    int status;
    pid_t pid;

    if (argc < 2)
        errx(2, "usage: sandbox CMD...");
    clock_gettime(CLOCK_MONOTONIC, &start);
    make_work();
    if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) < 0)
        err(1, "namespaces");
    pid = fork();
    if (pid < 0)
        err(1, "fork");
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        umask(022);
        furnish();
        execvp(argv[1], argv + 1);
        err(127, "%s", argv[1]);
    }
    alarm(limit ? (unsigned)strtoul(limit, NULL, 10) : 0);
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            err(1, "wait");
    write_times(&start);
    return exit_status(status);
}
