// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * read-nodes NODE DOMUS VIFS: reads NODE of each backend vif/1..DOMUS/0..VIFS-1 over one
 * connection, one after the other: the least that XenStore costs a program that looks at each vif.
 */
#include <stdio.h>
#include <stdlib.h>
#include <xenstore.h>

int main(int argc, char **argv)
{
    struct xs_handle *xs = xs_open(0);
    int missing = 0;

    if (argc != 4 || !xs) {
        fputs("read-nodes: NODE DOMUS VIFS, and a XenStore\n", stderr);
        return 2;
    }
    for (int domid = 1; domid <= atoi(argv[2]); domid++)
        for (int devid = 0; devid < atoi(argv[3]); devid++) {
            char path[256];
            char *value;

            snprintf(path, sizeof(path), "/local/domain/0/backend/vif/%d/%d/%s", domid, devid,
                     argv[1]);
            value = xs_read(xs, XBT_NULL, path, NULL);
            missing += !value;
            free(value);
        }
    xs_close(xs);
    return missing > 0;
}
