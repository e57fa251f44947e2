/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON strings, whatever the XenStore holds. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"

/* Prints a copy of just its size, so that a sanitizer sees a step beyond it. */
static void check(const char *text, const char *expected)
{
    char *copy = text ? strdup(text) : NULL;
    char *json = NULL;
    size_t size;
    FILE *out = open_memstream(&json, &size);

    assert_non_null(out);
    json_print_string(out, copy);
    fclose(out);
    CHECK(strcmp(json, expected) == 0, "%s instead of %s", json, expected);
    free(json);
    free(copy);
}

static void plain_text_stays(void **state)
{
    (void)state;
    check(NULL, "null");
    check("", "\"\"");
    check("web-1.example/~", "\"web-1.example/~\"");
    check("null", "\"null\"");
}

static void what_json_forbids_is_escaped(void **state)
{
    (void)state;
    check("a\"b", "\"a\\\"b\"");
    check("a\\b", "\"a\\\\b\"");
    check("\\\"", "\"\\\\\\\"\"");
    check("\n\t\r\b\f", "\"\\u000a\\u0009\\u000d\\u0008\\u000c\"");
    check("\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\"");
    check("\033[31m", "\"\\u001b[31m\"");
}

static void utf8_stays(void **state)
{
    static const char *const texts[] = {"\xc2\x80",         "\xc3\xa9",         "\xdf\xbf",
                                        "\xe0\xa0\x80",     "\xe2\x82\xac",     "\xed\x9f\xbf",
                                        "\xee\x80\x80",     "\xef\xbf\xbf",     "\xf0\x90\x80\x80",
                                        "\xf0\x9f\x90\xa7", "\xf4\x8f\xbf\xbf", "\xef\xbb\xbf"};
    char expected[16];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        snprintf(expected, sizeof(expected), "\"%s\"", texts[i]);
        check(texts[i], expected);
    }
}

static void what_is_no_utf8_is_replaced(void **state)
{
    (void)state;
    check("\xff", "\"\\ufffd\"");
    check("\x80", "\"\\ufffd\"");
    check("a\xc3", "\"a\\ufffd\"");     /* it ends too soon */
    check("\xc3z", "\"\\ufffdz\"");     /* and what follows is not swallowed */
    check("\xc3\"", "\"\\ufffd\\\"\""); /* ... above all no quote */
    check("\xe2\x82", "\"\\ufffd\\ufffd\"");
    check("\xe2\x82\n", "\"\\ufffd\\ufffd\\u000a\"");
    check("\xf0\x9f\x90", "\"\\ufffd\\ufffd\\ufffd\"");
    check("\xc0\xaf", "\"\\ufffd\\ufffd\""); /* too long a form of '/' */
    check("\xc1\xbf", "\"\\ufffd\\ufffd\"");
    check("\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"");
    check("\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    check("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""); /* a surrogate */
    check("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    check("\xf5\x80\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
    check("\xc3\xa9\xff\xc3\xa9", "\"\xc3\xa9\\ufffd\xc3\xa9\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays),
        cmocka_unit_test(what_json_forbids_is_escaped),
        cmocka_unit_test(utf8_stays),
        cmocka_unit_test(what_is_no_utf8_is_replaced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
