/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stored prefix: read back as it was or not at all, and replaced as a whole. */
#include "unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "pd-nat/state.h"

#define NOBODY 65534

static char directory[] = "/tmp/test-pd-nat-state-XXXXXX";
static char file[64];

static struct pd_nat_state state_of(const char *delegated, int64_t preferred, int64_t valid)
{
    return (struct pd_nat_state){
        .in_use = {.prefix = prefix_of(delegated),
                   .preferred_until = preferred,
                   .valid_until = valid},
        .internal = prefix_of("fd12:3456:789a::/58"),
    };
}

static bool same_state(const struct pd_nat_state *a, const struct pd_nat_state *b)
{
    return prefix_equal(&a->in_use.prefix, &b->in_use.prefix) &&
           prefix_equal(&a->internal, &b->internal) && a->part == b->part &&
           a->in_use.preferred_until == b->in_use.preferred_until &&
           a->in_use.valid_until == b->in_use.valid_until;
}

static void put(const char *text, size_t length)
{
    FILE *out = fopen(file, "we");

    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static size_t count_files(void)
{
    DIR *stream = opendir(directory);
    size_t count = 0;

    assert_non_null(stream);
    while (readdir(stream))
        count++;
    closedir(stream);
    return count - 2;
}

static void demand_written(const struct pd_nat_state *written)
{
    struct pd_nat_state seen;
    struct error e = {""};

    CHECK(state_write("eth0", written, &e) == 0, "%s", e.text);
    CHECK(state_read("eth0", &seen, &e) == 0, "%s", e.text);
    assert_true(same_state(&seen, written));
}

static void demand_broken(const char *word)
{
    struct pd_nat_state seen = {.in_use.valid_until = 7};
    struct error e = {""};

    CHECK(state_read("eth0", &seen, &e) == -EBADMSG, "%s", word);
    CHECK(strstr(e.text, word) && strstr(e.text, file), "'%s' is not in: %s", word, e.text);
    assert_int_equal(seen.in_use.valid_until, 7);
}

static int begin(void **state)
{
    (void)state;
    strcpy(directory + strlen(directory) - 6, "XXXXXX");
    assert_non_null(mkdtemp(directory));
    snprintf(file, sizeof(file), "%s/pd-nat-eth0", directory);
    state_set_directory(directory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (unlink(file) < 0 && (errno == EISDIR || errno == EPERM))
        rmdir(file);
    return rmdir(directory);
}

static void a_state_is_read_back_as_it_was(void **state)
{
    const struct pd_nat_state states[] = {
        state_of("2001:db8:1200::/56", 1767225600, 1767229200),
        state_of("4000::/2", 0, 0),
        state_of("2001:db8::1/128", STATE_FOREVER, STATE_FOREVER),
        state_of("2001:db8::/32", STATE_UNKNOWN, STATE_UNKNOWN),
        state_of("2001:db8::/32", 1, STATE_UNKNOWN),
        state_of("fd00::/48", STATE_FOREVER - 1, STATE_FOREVER),
        state_of("2001:db8:ffff:ffff:ffff:ffff:ffff:fffe/127", 1, STATE_FOREVER - 1),
    };
    struct pd_nat_state with_part = state_of("2001:db8:1200::/56", 1, 2);
    struct pd_nat_state seen;
    struct stat status;

    (void)state;
    with_part.part = 3;
    assert_int_equal(state_read("eth0", &seen, NULL), -ENOENT);
    demand_written(&with_part);
    for (size_t i = 0; i < ARRAY_SIZE(states); i++)
        demand_written(&states[i]);
    assert_int_equal(stat(file, &status), 0);
    assert_int_equal(status.st_mode, S_IFREG | 0600);
    assert_int_equal(count_files(), 1);
    assert_int_equal(state_remove("eth0", NULL), 0);
    assert_int_equal(state_remove("eth0", NULL), 0);
    assert_int_equal(state_read("eth0", &seen, NULL), -ENOENT);
}

static void only_another_part_than_the_first_is_a_line(void **state)
{
    struct pd_nat_state written = state_of("2001:db8:1200::/40", 1, 2);
    struct pd_nat_state seen = {.part = 7};
    char text[STATE_TEXT];

    (void)state;
    assert_null(strstr(state_print(&written, text), "part"));
    assert_int_equal(state_parse(text, strlen(text), &seen, NULL), 0);
    assert_int_equal(seen.part, 0);
    written.in_use.prefix = prefix_of("2001:db8:1200::/40");
    written.part = 0x3f;
    assert_non_null(strstr(state_print(&written, text), "/58\npart=3f\npreferred"));
    assert_int_equal(state_parse(text, strlen(text), &seen, NULL), 0);
    assert_int_equal(seen.part, 0x3f);
    written.part = 0x40000;
    state_print(&written, text);
    assert_int_equal(state_parse(text, strlen(text), &seen, NULL), -EBADMSG);
    assert_int_equal(state_write("eth0", &written, NULL), -EINVAL);
}

static void every_byte_counts(void **state)
{
    struct pd_nat_state written = state_of("2001:db8:1200::/56", 1767225600, STATE_FOREVER);
    struct pd_nat_state seen;
    char text[STATE_TEXT];
    size_t length = strlen(state_print(&written, text));

    (void)state;
    for (size_t i = 0; i < length; i++)
        for (unsigned int change = 1; change < 256; change++) {
            text[i] = (char)(text[i] ^ (char)change);
            CHECK(state_parse(text, length, &seen, NULL) == -EBADMSG, "byte %zu: %s", i, text);
            text[i] = (char)(text[i] ^ (char)change);
        }
    for (size_t i = 0; i < length; i++) {
        put(text, i);
        demand_broken("broken");
    }
    text[length] = '\0';
    put(text, length + 1);
    demand_broken("checksum");
    demand_written(&written);
}

static void what_is_no_state_is_broken(void **state)
{
    static char big[5000];
    static const struct {
        const char *text;
        const char *word;
    } rows[] = {
        {"", "version"},
        {"version=2\n", "version"},
        {"version=1\n", "no delegated"},
        {"version=1\ndelegated=2001:db8::\n", "no delegated"},
        {"version=1\ndelegated=2001:db8::/56\n", "no internal"},
        {"version=1\ndelegated=2001:db8::/56\ninternal=fd00::/58\n", "no preferred_until"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        put(rows[i].text, strlen(rows[i].text));
        demand_broken(rows[i].word);
    }
    memset(big, 'x', sizeof(big));
    put(big, sizeof(big));
    demand_broken("too long");
}

static void what_is_no_regular_file_is_broken_and_hangs_nothing(void **state)
{
    struct pd_nat_state written = state_of("2001:db8:1200::/56", 1, 2);

    (void)state;
    assert_int_equal(symlink("/etc/passwd", file), 0);
    demand_broken("symbolic link");
    demand_written(&written); /* replaces the link, not what it leads to */
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkfifo(file, 0600), 0);
    demand_broken("not a regular file");
    demand_written(&written);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(mkdir(file, 0700), 0);
    demand_broken("not a regular file");
    assert_int_equal(state_write("eth0", &written, NULL), -EISDIR);
    assert_int_equal(count_files(), 1);
}

static void what_could_not_be_read_back_is_not_stored(void **state)
{
    struct pd_nat_state rows[] = {
        state_of("2001:db8:1200::/56", 2, 1),  state_of("2001:db8:1200::/56", -1, 1),
        state_of("2001:db8:1200::1/56", 1, 2), state_of("fe80::/64", 1, 2),
        state_of("2001:db8::/56", 1, 2),       state_of("2001:db8::/56", 1, 2),
        state_of("2001:db8::/56", 1, 2),
    };
    struct error e;

    (void)state;
    rows[4].internal = prefix_of("fe80::/58");
    rows[5].internal = prefix_of("fd00::1/58");
    rows[6].in_use.prefix.length = 129;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        CHECK(state_write("eth0", &rows[i], &e) == -EINVAL, "row %zu", i);
    rows[0] = state_of("2001:db8::/56", 1, 2);
    CHECK(state_write("../eth0", &rows[0], &e) == -EINVAL, "a name with a slash");
    CHECK(state_read("", &rows[0], &e) == -EINVAL, "no name");
    CHECK(state_remove("..", &e) == -EINVAL, "no name");
    assert_int_equal(count_files(), 0);
}

/* A file that may not grow fails as a full disk does, in write(). */
static void a_full_disk_leaves_the_old_state(void **state)
{
    struct pd_nat_state before = state_of("2001:db8:1200::/56", 1, 2);
    struct pd_nat_state after = state_of("2001:db8:3400::/56", 1, 2);
    struct pd_nat_state seen;
    struct rlimit old;
    struct rlimit small;
    struct error e = {""};
    int result;

    (void)state;
    demand_written(&before);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small = (struct rlimit){.rlim_cur = 20, .rlim_max = old.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    result = state_write("eth0", &after, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    CHECK(result == -EFBIG && strstr(e.text, "pd-nat-eth0"), "%d: %s", result, e.text);
    assert_int_equal(state_read("eth0", &seen, NULL), 0);
    assert_true(same_state(&seen, &before));
    assert_int_equal(count_files(), 1);
}

static void the_directory_is_made_or_its_failure_told(void **state)
{
    struct pd_nat_state written = state_of("2001:db8:1200::/56", 1, 2);
    char path[64];
    struct error e = {""};
    uid_t user = geteuid();

    (void)state;
    if (user == 0)
        assert_int_equal(seteuid(NOBODY), 0);
    else
        assert_int_equal(chmod(directory, 0500), 0);
    assert_int_equal(state_write("eth0", &written, &e), -EACCES);
    CHECK(strstr(e.text, directory), "%s", e.text);
    if (user == 0)
        assert_int_equal(seteuid(0), 0);
    chmod(directory, 0700);
    snprintf(path, sizeof(path), "%s/a/b", directory);
    state_set_directory(path);
    assert_int_equal(state_write("eth0", &written, &e), -ENOENT);
    snprintf(path, sizeof(path), "%s/a", directory);
    demand_written(&written);
    assert_int_equal(state_remove("eth0", NULL), 0);
    assert_int_equal(rmdir(path), 0);
    put("", 0);
    snprintf(path, sizeof(path), "%s", file);
    assert_int_equal(state_write("eth0", &written, &e), -ENOTDIR);
}

static struct pd_nat_state state_number(int number)
{
    struct pd_nat_state state = state_of("2001:db8:1200::/56", number, 1000 + number);

    state.in_use.prefix.address.s6_addr[5] = (uint8_t)number;
    return state;
}

static pid_t start_writer(int number, int rounds)
{
    struct pd_nat_state written = state_number(number);
    pid_t child = fork();

    if (child != 0)
        return child;
    while (rounds-- != 0)
        if (state_write("eth0", &written, NULL) < 0)
            _exit(1);
    _exit(0);
}

static void demand_one_of(int writers)
{
    struct pd_nat_state seen;
    struct pd_nat_state expected;
    struct error e = {""};

    CHECK(state_read("eth0", &seen, &e) == 0, "%s", e.text);
    assert_true(seen.in_use.preferred_until >= 0 && seen.in_use.preferred_until < writers);
    expected = state_number((int)seen.in_use.preferred_until);
    assert_true(same_state(&seen, &expected));
}

static void a_reader_sees_one_of_several_writers_whole(void **state)
{
    struct pd_nat_state first = state_number(0);
    pid_t writers[3];
    int status;

    (void)state;
    demand_written(&first);
    for (int i = 0; i < 3; i++)
        writers[i] = start_writer(i, 60);
    for (int i = 0; i < 2000; i++)
        demand_one_of(3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    demand_one_of(3);
    assert_int_equal(count_files(), 1);
}

static void a_killed_writer_leaves_the_old_state_or_the_new_one(void **state)
{
    struct pd_nat_state first = state_number(0);

    (void)state;
    demand_written(&first);
    for (int i = 0; i < 40; i++) {
        pid_t writer = start_writer(i % 2, -1);

        usleep((useconds_t)(500 + 211 * i));
        kill(writer, SIGKILL);
        waitpid(writer, NULL, 0);
        demand_one_of(2);
    }
    demand_written(&first);
    assert_int_equal(count_files(), 1);
}

static void what_a_killed_writer_left_is_taken_away(void **state)
{
    const struct pd_nat_state written = state_number(1);
    char left[64];

    (void)state;
    snprintf(left, sizeof(left), "%s/.pd-nat-eth0.new", directory);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(i == 2 ? mkfifo(left, 0600) : symlink(file, left), 0);
        if (i == 0)
            assert_int_equal(state_remove("eth0", NULL), 0);
        else
            demand_written(&written);
        assert_int_equal(count_files(), i == 0 ? 0 : 1);
    }
}

static void links_with_a_file_are_told_and_taken_away(void **state)
{
    static const char *const names[] = {"pd-nat-", "pd-nat-sixteen-letters-", "lock",
                                        ".pd-nat-eth7.new"};
    const struct pd_nat_state written = state_number(1);
    AUTO_FREE char(*links)[IF_NAMESIZE] = NULL;
    char path[128];
    size_t count = 0;
    struct error e = {""};

    (void)state;
    demand_written(&written);
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
        assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);
    }
    CHECK(state_links(&links, &count, &e) == 0, "%s", e.text);
    assert_int_equal(count, 1);
    assert_string_equal(links[0], "eth0");
    CHECK(state_remove_all(&e) == 0, "%s", e.text);
    assert_int_equal(count_files(), 1);
    snprintf(path, sizeof(path), "%s/lock", directory);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(state_links(&links, &count, &e), 0);
    assert_int_equal(count, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(a_state_is_read_back_as_it_was),
        TEST(only_another_part_than_the_first_is_a_line),
        TEST(every_byte_counts),
        TEST(what_is_no_state_is_broken),
        TEST(what_is_no_regular_file_is_broken_and_hangs_nothing),
        TEST(what_could_not_be_read_back_is_not_stored),
        TEST(a_full_disk_leaves_the_old_state),
        TEST(the_directory_is_made_or_its_failure_told),
        TEST(a_reader_sees_one_of_several_writers_whole),
        TEST(a_killed_writer_leaves_the_old_state_or_the_new_one),
        TEST(what_a_killed_writer_left_is_taken_away),
        TEST(links_with_a_file_are_told_and_taken_away),
    };

    return cmocka_run_group_tests_name("pd-nat-state", tests, NULL, NULL);
}
