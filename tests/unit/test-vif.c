/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a hook's arguments and environment say of the vif, before XenStore is asked. */
#include "unit.h"

#include <errno.h>

#include "domu/vif.h"

struct row {
    struct vif_call call;
    const char *link;    /* NULL: refused */
    const char *backend; /* NULL: not known yet */
    unsigned int domid;
    unsigned int devid;
};

static void check_vif(const struct row *row, const struct vif *vif, const char *name)
{
    CHECK(strcmp(vif->link, row->link) == 0, "%s: link %s", name, vif->link);
    CHECK(!vif->backend == !row->backend, "%s: backend %s", name,
          vif->backend ? vif->backend : "none");
    if (row->backend)
        CHECK(strcmp(vif->backend, row->backend) == 0, "%s: backend %s", name, vif->backend);
    CHECK(vif->domid == row->domid, "%s: domid %u", name, vif->domid);
    CHECK(vif->devid == row->devid, "%s: devid %u", name, vif->devid);
    CHECK(vif->tap == row->call.tap, "%s: tap", name);
    CHECK(!vif->renamed && !vif->name && !vif->uuid && !vif->mac, "%s: more than asked", name);
}

static void check_rows(const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct vif_call *call = &rows[i].call;
        const char *name = call->xenbus_path ? call->xenbus_path : call->link;
        struct error e = {""};
        struct vif vif;
        int result = vif_from_call(call, &vif, &e);

        CHECK(result == (rows[i].link ? 0 : -EINVAL), "%s, %s: %d %s", name,
              call->link ? call->link : "no link", result, e.text);
        if (rows[i].link)
            check_vif(&rows[i], &vif, name);
        else
            CHECK(e.text[0] != '\0', "%s: refused without a reason", name);
        vif_free(&vif);
    }
}

static void libxls_path_gives_the_ids_and_the_name_of_the_link(void **state)
{
    static const struct row rows[] = {
        {{.xenbus_path = "backend/vif/1/0"}, "vif1.0", "backend/vif/1/0", 1, 0},
        {{.xenbus_path = "backend/vif/12/3"}, "vif12.3", "backend/vif/12/3", 12, 3},
        {{.xenbus_path = "backend/vif/65535/65535"},
         "vif65535.65535",
         "backend/vif/65535/65535",
         65535,
         65535},
        {{.xenbus_path = "/local/domain/0/backend/vif/1/0"},
         "vif1.0",
         "/local/domain/0/backend/vif/1/0",
         1,
         0},
        {{.xenbus_path = "/local/domain/7/backend/vif/1/2"},
         "vif1.2",
         "/local/domain/7/backend/vif/1/2",
         1,
         2},
        {{.xenbus_path = "backend/vif/1/0", .tap = true}, "vif1.0-emu", "backend/vif/1/0", 1, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_path_that_is_no_vifs_is_refused(void **state)
{
    static const char *const paths[] = {
        "",
        "backend/vif",
        "backend/vif/1",
        "backend/vif/1/",
        "backend/vif/1/0/",
        "backend/vif/1/0/mac",
        "backend/vif//0",
        "backend/vif/-1/0",
        "backend/vif/+1/0",
        "backend/vif/01/0",
        "backend/vif/1/00",
        "backend/vif/ 1/0",
        "backend/vif/65536/0",
        "backend/vif/1/65536",
        "backend/vif/4294967297/0",
        "backend/vif/1/0x1",
        "backend/vbd/1/0",
        "backend/vif/1/../../2/0",
        "/backend/vif/1/0",
        "/local/domain/backend/vif/1/0",
        "/local/domain/x/backend/vif/1/0",
        "/local/domain/0/device/vif/0",
        "local/domain/0/backend/vif/1/0",
        "//local/domain/0/backend/vif/1/0",
        "backend/vif/1/0\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        const struct row row = {.call = {.xenbus_path = paths[i]}};

        check_rows(&row, 1);
    }
}

static void a_link_named_by_libxl_is_enough(void **state)
{
    static const struct row rows[] = {
        {{.link = "vif1.0"}, "vif1.0", "backend/vif/1/0", 1, 0},
        {{.link = "vif65535.9"}, "vif65535.9", "backend/vif/65535/9", 65535, 9},
        {{.link = "vif1.0-emu", .tap = true}, "vif1.0-emu", "backend/vif/1/0", 1, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void a_renamed_link_leaves_the_backend_open(void **state)
{
    static const struct row rows[] = {
        {{.link = "web"}, "web", NULL, 0, 0},
        {{.link = "vif01.0"}, "vif01.0", NULL, 0, 0}, /* libxl writes no leading zeros */
        {{.link = "vif1.0x"}, "vif1.0x", NULL, 0, 0},
        {{.link = "vif1"}, "vif1", NULL, 0, 0},
        {{.link = "xvif1.0"}, "xvif1.0", NULL, 0, 0},
        {{.link = "vif65536.0"}, "vif65536.0", NULL, 0, 0},
        {{.link = "abcdefghijklmno"}, "abcdefghijklmno", NULL, 0, 0},
        {{.link = "web-emu", .tap = true}, "web-emu", NULL, 0, 0},
        {{.link = "web-emu"}, "web-emu", NULL, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void with_a_path_the_link_has_whatever_name_it_bears(void **state)
{
    static const struct row rows[] = {
        {{.link = "web", .xenbus_path = "backend/vif/1/0"}, "web", "backend/vif/1/0", 1, 0},
        {{.link = "vif9.9", .xenbus_path = "backend/vif/1/0"}, "vif9.9", "backend/vif/1/0", 1, 0},
        {{.link = "web-emu", .xenbus_path = "backend/vif/1/2", .tap = true},
         "web-emu",
         "backend/vif/1/2",
         1,
         2},
        {{.link = "web", .xenbus_path = "nonsense"}, NULL, NULL, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

static void what_no_link_can_be_called_is_refused(void **state)
{
    static const char *const links[] = {
        "", ".", "..", "a/b", "a b", "a\tb", "a\nb", "abcdefghijklmnop", "../vif1.0"};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(links); i++) {
        const struct row row = {.call = {.link = links[i]}};
        const struct row with_path = {.call = {.link = links[i], .xenbus_path = "backend/vif/1/0"}};

        check_rows(&row, 1);
        check_rows(&with_path, 1);
    }
}

static void vif_and_tap_are_not_mistaken_for_each_other(void **state)
{
    static const struct row rows[] = {
        {{.link = "vif1.0-emu"}, NULL, NULL, 0, 0},
        {{.link = "vif1.0", .tap = true}, NULL, NULL, 0, 0},
        {{.link = "web", .tap = true}, NULL, NULL, 0, 0},
        {{.link = "-emu", .tap = true}, NULL, NULL, 0, 0},
    };

    (void)state;
    check_rows(rows, ARRAY_SIZE(rows));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(libxls_path_gives_the_ids_and_the_name_of_the_link),
        cmocka_unit_test(a_path_that_is_no_vifs_is_refused),
        cmocka_unit_test(a_link_named_by_libxl_is_enough),
        cmocka_unit_test(a_renamed_link_leaves_the_backend_open),
        cmocka_unit_test(with_a_path_the_link_has_whatever_name_it_bears),
        cmocka_unit_test(what_no_link_can_be_called_is_refused),
        cmocka_unit_test(vif_and_tap_are_not_mistaken_for_each_other),
    };

    return cmocka_run_group_tests_name("vif", tests, NULL, NULL);
}
