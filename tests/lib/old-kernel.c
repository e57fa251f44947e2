// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Preloaded into the program, it plays a kernel before 5.18: uname says 5.10, and an address's
 * IFA_PROTO neither reaches the kernel nor comes back from it.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <dlfcn.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

/* Not in the headers of kernels before 5.18. */
enum { ADDR_PROTO = 11, UNUSED_TYPE = 0 };

int uname(struct utsname *system)
{
    int (*real)(struct utsname *) = (int (*)(struct utsname *))dlsym(RTLD_NEXT, "uname");
    int result = real(system);

    strcpy(system->release, "5.10.0-28-amd64");
    return result;
}

/* Closes the gap that the attribute leaves: the kernel must not see it. */
static void cut_request(struct nlmsghdr *header)
{
    struct ifaddrmsg *info = NLMSG_DATA(header);
    struct rtattr *attr = IFA_RTA(info);
    int left = (int)IFA_PAYLOAD(header);

    for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left)) {
        size_t size = RTA_ALIGN(attr->rta_len);
        char *end = (char *)header + NLMSG_ALIGN(header->nlmsg_len);
        char *behind = (char *)attr + size;

        if (attr->rta_type != ADDR_PROTO)
            continue;
        memmove(attr, behind, (size_t)(end - behind));
        header->nlmsg_len -= (unsigned int)size;
        return;
    }
}

static void hide_in_answer(struct nlmsghdr *header, size_t length)
{
    for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
        struct rtattr *attr = IFA_RTA((struct ifaddrmsg *)NLMSG_DATA(header));
        int left = (int)IFA_PAYLOAD(header);

        if (header->nlmsg_type != RTM_NEWADDR)
            continue;
        for (; RTA_OK(attr, left); attr = RTA_NEXT(attr, left))
            if (attr->rta_type == ADDR_PROTO)
                attr->rta_type = UNUSED_TYPE;
    }
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *to,
               socklen_t to_length)
{
    ssize_t (*real)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(
            RTLD_NEXT, "sendto");
    struct nlmsghdr *copy;
    ssize_t result;

    if (!to || to->sa_family != AF_NETLINK || length < sizeof(*copy) ||
        ((const struct nlmsghdr *)buffer)->nlmsg_type != RTM_NEWADDR)
        return real(fd, buffer, length, flags, to, to_length);
    copy = malloc(length);
    if (!copy)
        abort();
    memcpy(copy, buffer, length);
    cut_request(copy);
    result = real(fd, copy, copy->nlmsg_len, flags, to, to_length);
    free(copy);
    return result < 0 ? result : (ssize_t)length;
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    ssize_t (*real)(int, struct msghdr *, int) =
        (ssize_t(*)(int, struct msghdr *, int))dlsym(RTLD_NEXT, "recvmsg");
    ssize_t length = real(fd, message, flags);
    const struct sockaddr *from = message->msg_name;

    if (length > 0 && from && from->sa_family == AF_NETLINK)
        hide_in_answer(message->msg_iov->iov_base, (size_t)length);
    return length;
}
