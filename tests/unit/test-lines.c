/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What other programs' files say in passing. */
#include "unit.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/lines.h"

static void a_word_in_a_comment_is_no_mention(void **state)
{
    char path[] = "/tmp/test-lines-XXXXXX";
    int fd = mkstemp(path);
    static const char text[] = "# hidden\n \t; hidden too\nplain word\nlast";

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    assert_true(lines_mention(path, "word"));
    assert_true(lines_mention(path, "last"));
    assert_false(lines_mention(path, "hidden"));
    unlink(path);
}

static void what_is_no_regular_file_says_nothing_and_hangs_nothing(void **state)
{
    char directory[] = "/tmp/test-lines-XXXXXX";
    char path[64];

    (void)state;
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/fifo", directory);
    assert_false(lines_mention(path, "")); /* not there yet */
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_false(lines_mention(path, ""));
    assert_false(lines_mention("/dev/zero", ""));
    assert_false(lines_mention(directory, ""));
    unlink(path);
    rmdir(directory);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_in_a_comment_is_no_mention),
        cmocka_unit_test(what_is_no_regular_file_says_nothing_and_hangs_nothing),
    };

    return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
