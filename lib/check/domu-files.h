/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The domUs' own configurations, as xl reads them: /etc/xen/NAME.cfg and /etc/xen/auto/NAME, and
 * xl.conf(5). The syntax is that of libxlutil (libxlu_cfg_l.l and libxlu_cfg_y.y), which the
 * program does not link because its name changes with each release of Xen.
 */
#ifndef DOMU_FILES_H
#define DOMU_FILES_H

#include "base/error.h"

#ifndef SYSCONFDIR
#define SYSCONFDIR "/etc"
#endif

/* Where libxl looks for scripts. */
#define HOST_SCRIPTS SYSCONFDIR "/xen/scripts"

/* An item of the list `vif`. Its index is the vif's devid. */
struct vif_line {
    char *text; /* without quotes and escapes, such as "script=vif-route,ip=192.0.2.31" */
    unsigned int line;
    bool lacks_script; /* its script= does not exist on this host */
};

struct domu_file {
    char *path;
    char *name; /* NULL: none */
    unsigned int name_line;
    char *uuid; /* NULL: xl makes one up at each start */
    struct vif_line *vifs;
    size_t vif_count;
    char *default_script;     /* of xl.conf: vif.default.script; NULL: none */
    unsigned int broken_line; /* the first line that xl refuses; 0: none */
};

struct domu_files {
    struct domu_file *files;
    size_t count;
    struct domu_file xl; /* xl.conf */
};

/*
 * Reads all domUs' configurations, each file once. Files that are not regular or cannot be read are
 * left out. Fails only for want of memory. Release with domu_files_free(), also after a failure.
 */
int domu_files_read(struct domu_files *out, struct error *e) MUST_CHECK;
void domu_files_free(struct domu_files *files);

/* The script of a vif that names none. */
const char *domu_files_script(const struct domu_files *files);

/* Reads TEXT, one configuration; -ENOMEM. OUT's path stays as it is. */
int domu_file_parse(const char *text, struct domu_file *out) MUST_CHECK;

/*
 * The value of KEY= in a vif's TEXT, the last one if there are several, as xl has it. The caller
 * frees *OUT, which is NULL if there is none. -ENOMEM.
 */
int vif_option(const char *text, const char *key, char **out) MUST_CHECK;

#endif
