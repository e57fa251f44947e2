// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A stand-in for the hypervisor under xenstored.
 *
 * Preloaded into the real xenstored, it answers for the three Xen libraries and the two files
 * under /proc/xen that the daemon wants at its start, so that it runs as an ordinary process and
 * serves its socket. No domain ever connects through the stand-ins: they only have to be there.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
/* Fortify's inline open() would collide with the one defined here. */
#undef _FORTIFY_SOURCE

#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <xenctrl.h>
#include <xenevtchn.h>
#include <xengnttab.h>

/* The libraries' handles are opaque to xenstored: any address that is not NULL will do. */
static char handle;
static int event_fd = -1;

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Event channels: a descriptor that never becomes readable, and ports that are all the same. */

xenevtchn_handle *xenevtchn_open(xentoollog_logger *logger, unsigned int flags)
{
    (void)logger;
    (void)flags;
    event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return event_fd < 0 ? NULL : (xenevtchn_handle *)&handle;
}

xenevtchn_handle *xenevtchn_fdopen(xentoollog_logger *logger, int fd, unsigned int flags)
{
    (void)logger;
    (void)flags;
    event_fd = fd;
    return (xenevtchn_handle *)&handle;
}

int xenevtchn_close(xenevtchn_handle *xce)
{
    (void)xce;
    return close(event_fd);
}

int xenevtchn_fd(xenevtchn_handle *xce)
{
    (void)xce;
    return event_fd;
}

int xenevtchn_notify(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_bind_interdomain(xenevtchn_handle *xce, uint32_t domid,
                                                     evtchn_port_t remote_port)
{
    (void)xce;
    (void)domid;
    (void)remote_port;
    return 1;
}

xenevtchn_port_or_error_t xenevtchn_bind_virq(xenevtchn_handle *xce, unsigned int virq)
{
    (void)xce;
    (void)virq;
    return 2;
}

int xenevtchn_unbind(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

xenevtchn_port_or_error_t xenevtchn_pending(xenevtchn_handle *xce)
{
    (void)xce;
    return -1;
}

int xenevtchn_unmask(xenevtchn_handle *xce, evtchn_port_t port)
{
    (void)xce;
    (void)port;
    return 0;
}

/* Grants: every mapping is a page of zeroes. */

xengnttab_handle *xengnttab_open(xentoollog_logger *logger, unsigned int flags)
{
    (void)logger;
    (void)flags;
    return (xengnttab_handle *)&handle;
}

int xengnttab_close(xengnttab_handle *xgt)
{
    (void)xgt;
    return 0;
}

int xengnttab_set_max_grants(xengnttab_handle *xgt, uint32_t nr_grants)
{
    (void)xgt;
    (void)nr_grants;
    return 0;
}

void *xengnttab_map_grant_ref(xengnttab_handle *xgt, uint32_t domid, uint32_t ref, int prot)
{
    (void)xgt;
    (void)domid;
    (void)ref;
    void *page = mmap(NULL, page_size(), prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return page == MAP_FAILED ? NULL : page;
}

int xengnttab_unmap(xengnttab_handle *xgt, void *start, uint32_t count)
{
    (void)xgt;
    return munmap(start, count * page_size());
}

/* The hypervisor: every domain that is asked for exists. */

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger,
                                unsigned int flags)
{
    (void)logger;
    (void)dombuild_logger;
    (void)flags;
    return (xc_interface *)&handle;
}

int xc_interface_close(xc_interface *xch)
{
    (void)xch;
    return 0;
}

/* Xen's interface of 4.19 and later: xc_domain_getinfo is gone since 4.18. */
#if __XEN_LATEST_INTERFACE_VERSION__ >= 0x00041300
int xc_domain_getinfo_single(xc_interface *xch, uint32_t domid, xc_domaininfo_t *info)
{
    (void)xch;
    memset(info, 0, sizeof(*info));
    info->domain = (domid_t)domid;
    return 0;
}
#else
int xc_domain_getinfo(xc_interface *xch, uint32_t first_domid, unsigned int max_doms,
                      xc_dominfo_t *info)
{
    (void)xch;
    (void)max_doms;
    memset(info, 0, sizeof(*info));
    info->domid = first_domid;
    return 1;
}
#endif

/* The kernel's files: the page that dom0 shares with its XenStore, and the port to it. */

static int shared_page(void)
{
    int fd = memfd_create("xsd_kva", MFD_CLOEXEC);

    if (fd >= 0 && ftruncate(fd, (off_t)page_size()) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

static int port_file(void)
{
    int fd = memfd_create("xsd_port", MFD_CLOEXEC);

    if (fd >= 0 && write(fd, "1", 1) == 1 && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* oxenstored, which is written in OCaml, calls open64. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;

    if (strcmp(path, "/proc/xen/xsd_kva") == 0)
        return shared_page();
    if (strcmp(path, "/proc/xen/xsd_port") == 0)
        return port_file();
    if (flags & (O_CREAT | __O_TMPFILE)) {
        va_list args;

        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

/* oxenstored raises its limit of open files, which a container may forbid. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limits)
{
    (void)syscall(SYS_prlimit64, 0, resource, limits, NULL);
    return 0;
}
