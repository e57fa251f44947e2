/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/domu-files.h"

#include "unit.h"

/* What is read of TEXT: "name|vif|vif", and "!LINE" where xl refuses it. */
static char *read_text(const char *text, unsigned int *last_line)
{
    struct domu_file file = {.path = NULL};
    char *all;

    assert_int_equal(domu_file_parse(text, &file), 0);
    all = format_string("%s", file.name ? file.name : "-");
    for (size_t i = 0; i < file.vif_count; i++) {
        char *longer = format_string("%s|%s", all, file.vifs[i].text);

        free(all);
        all = longer;
        *last_line = file.vifs[i].line;
    }
    if (file.broken_line) {
        char *longer = format_string("%s!%u", all, file.broken_line);

        free(all);
        all = longer;
    }
    {
        struct domu_files files = {.files = calloc(1, sizeof(file)), .count = 1};

        files.files[0] = file;
        domu_files_free(&files);
    }
    return all;
}

/* The results are those of libxlutil 4.17. */
static void test_reads_as_xl_does(void **state)
{
    static const struct {
        const char *text;
        const char *expected;
        unsigned int last_line;
    } rows[] = {
        {"", "-", 0},
        {"name=\"a\"", "a", 0},
        {"name = 'a'; vif = ['x']", "a|x", 1},
        {"# vif = ['no']\nvif=['x,ip=1', # ip=2 '\n \"y\"\n\n,\n]\n", "-|x,ip=1|y", 3},
        {"vif = [\n\t'x',\n\t\"y\",\n]\nvif += [ 'z' ]\n", "-|x|y|z", 5},
        {"vif=['a']\nvif=['b','c']\n", "-|b|c", 2},
        {"vif=[]", "-", 0},
        {"vif='a'\n", "-", 0},
        {"vif=['it''s']\nname='a'", "a|it!1", 1},
        {"vif=['it\\'s', \"\\\"q\\\"\"]", "-|it's|\"q\"", 1},
        {"vif=['\\t\\\\']", "-|\t\\", 1},
        {"name='\\x41'", "-!1", 0},
        {"vif=['\\q']\nname='a'", "a!1", 0},
        {"name='a\nvif=['x']", "-|x!1", 2},
        {"vifs=['n']\nxvif=['n']\ndisk=['vif=x']\nvif=['x']", "-|x", 4},
        {"Name='a'\nvif=['x']", "-|x!1", 2},
        {"foo bar\nname='a'", "a!1", 0},
        {"name='a'\r\nvif=['x']\r\n", "a|x!1", 2},
        {"vif=['a', ['b', 'c'], 'd']", "-|a|d", 1},
        {"vif=['a' 'b']", "-|a!1", 1},
        {"vif=[,]", "-!1", 0},
        {"vif=['a'\n", "-|a!1", 1},
        {"vif=[12ab, 'x']", "-|12ab|x", 1},
        {"vif=[[[[[[[[[[[[[[[[[[[[", "-!1", 0},
        {"memory=128\nname='a'", "a", 0},
        {"a='\\", "-!1", 0},
        {"a='\\x", "-!1", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        unsigned int line = 0;
        AUTO_FREE char *found = read_text(rows[i].text, &line);

        CHECK(strcmp(found, rows[i].expected) == 0 && line == rows[i].last_line,
              "%s: %s in line %u", rows[i].text, found, line);
    }
}

static void test_finds_the_options_of_a_vif(void **state)
{
    static const struct {
        const char *text;
        const char *key;
        const char *expected;
    } rows[] = {
        {"ip=1", "ip", "1"},         {"mac=x,  ip=1 2", "ip", "1 2"},
        {"mac=x,vip=1", "ip", NULL}, {"ip =1", "ip", NULL},
        {"ip=1,ip=2", "ip", "2"},    {",,ip=1", "ip", "1"},
        {"IP=1", "ip", NULL},        {"", "ip", NULL},
        {"ip=", "ip", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        AUTO_FREE char *found = NULL;

        assert_int_equal(vif_option(rows[i].text, rows[i].key, &found), 0);
        CHECK(found && rows[i].expected ? strcmp(found, rows[i].expected) == 0
                                        : !found && !rows[i].expected,
              "%s: %s", rows[i].text, found ? found : "(none)");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_as_xl_does),
        cmocka_unit_test(test_finds_the_options_of_a_vif),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
