/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lines.h"
#include "sysctl.h"

/* By its mode, for whoever asks: the scripts are run by root. */
static enum script_state script_state(const char *path)
{
    struct stat status;

    if (stat(path, &status) < 0) /* what we may not see is no reason for a warning */
        return errno == EACCES ? SCRIPT_EXECUTABLE : SCRIPT_MISSING;
    return S_ISREG(status.st_mode) && (status.st_mode & 0111) ? SCRIPT_EXECUTABLE
                                                              : SCRIPT_NOT_EXECUTABLE;
}

/* Not in $PATH, which has no sbin for most users: Xen's scripts have a path of their own. */
static bool is_installed(const char *program)
{
    static const char *const directories[] = {"/usr/sbin", "/usr/bin",        "/sbin",
                                              "/bin",      "/usr/local/sbin", "/usr/local/bin"};
    char path[64];

    for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
        snprintf(path, sizeof(path), "%s/%s", directories[i], program);
        if (script_state(path) == SCRIPT_EXECUTABLE)
            return true;
    }
    return false;
}

static enum scripts_state scripts_state(void)
{
    if (access(HOST_VIF_ROUTE, R_OK) < 0 && errno == EACCES)
        return SCRIPTS_CLOSED;
    return access(HOST_SCRIPTS, F_OK) == 0 ? SCRIPTS_OPEN : SCRIPTS_MISSING;
}

static void ask_kernel(struct host *host)
{
    host->has_ipv6 = access("/proc/sys/net/ipv6/conf", F_OK) == 0;
    host->links_disabled = sysctl_is_on("ipv6", "all", "disable_ipv6");
    host->new_disabled = sysctl_is_on("ipv6", "default", "disable_ipv6");
    host->forwarding_off = sysctl_is_off("ipv6", "all", "forwarding");
}

static void look_at_scripts(struct host *host)
{
    const char *common = HOST_SCRIPTS "/xen-hotplug-common.sh";

    host->scripts = scripts_state();
    host->program = script_state(HOST_PROGRAM);
    host->hook = script_state(HOST_HOOK);
    host->has_vif_route = access(HOST_VIF_ROUTE, F_OK) == 0;
    host->runs_hooks = lines_mention(HOST_VIF_ROUTE, "call_hooks") &&
                       (access(common, R_OK) < 0 || lines_mention(common, "call_hooks"));
    host->patched = lines_mention(HOST_VIF_ROUTE, "vif-route-ipv6");
    host->uses_ifconfig = lines_mention(HOST_VIF_ROUTE, "ifconfig") ||
                          lines_mention(HOST_SCRIPTS "/vif-common.sh", "ifconfig");
}

static void look_at_xl(struct host *host)
{
    glob_t files;

    host->script_configured = lines_mention("/etc/xen/xl.conf", "vif-route-ipv6");
    if (glob(DOMU_CONFIGS, 0, NULL, &files) != 0)
        return;
    for (size_t i = 0; i < files.gl_pathc; i++) {
        if (has_suffix(files.gl_pathv[i], "/ipv6.cfg"))
            continue;
        host->has_domu_configs = true;
        host->script_configured |= lines_mention(files.gl_pathv[i], "vif-route-ipv6");
    }
    globfree(&files);
}

struct host check_host(void)
{
    struct host host = {.has_nft = is_installed("nft"),
                        .has_ip6tables =
                            is_installed("ip6tables-save") && is_installed("ip6tables-restore"),
                        .has_ifconfig = is_installed("ifconfig")};

    ask_kernel(&host);
    look_at_scripts(&host);
    look_at_xl(&host);
    return host;
}
