/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prometheus's text format, whatever the labels hold. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/prometheus.h"

#define METRIC                                                                                     \
    {                                                                                              \
        .name = "m", .help = "What it is."                                                         \
    }
#define HEAD "# HELP m What it is.\n# TYPE m gauge\n"

/* Prints and releases METRIC. */
static void check(struct prometheus_metric *metric, const char *expected)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    prometheus_print(metric, out);
    fclose(out);
    CHECK(strcmp(text, expected) == 0, "%s instead of %s", text, expected);
    free(text);
    prometheus_free(metric);
}

static void add(struct prometheus_metric *metric, const char *label, double value)
{
    /* a copy of just its size, so that a sanitizer sees a step beyond it */
    char *copy = label ? strdup(label) : NULL;
    struct error e;

    assert_int_equal(prometheus_add(metric, &(struct prometheus_label){"l", copy}, 1, value, &e),
                     0);
    free(copy);
}

static void check_label(const char *label, const char *expected)
{
    struct prometheus_metric metric = METRIC;
    char text[256];

    snprintf(text, sizeof(text), HEAD "m{l=\"%s\"} 1\n", expected);
    add(&metric, label, 1);
    check(&metric, text);
}

static void what_the_format_forbids_is_escaped(void **state)
{
    (void)state;
    check_label("web-1.example/~{}=,", "web-1.example/~{}=,");
    check_label("", "");
    check_label(NULL, "");
    check_label("a\"b", "a\\\"b");
    check_label("a\\b", "a\\\\b");
    check_label("a\\nb", "a\\\\nb");
    check_label("a\nb\n", "a\\nb\\n");
    check_label("\"} 2\nm{l=\"", "\\\"} 2\\nm{l=\\\"");
}

static void what_is_no_text_is_replaced(void **state)
{
    (void)state;
    check_label("\xc3\xa9\xf0\x9f\x90\xa7", "\xc3\xa9\xf0\x9f\x90\xa7");
    check_label("a\xff", "a\xef\xbf\xbd");
    check_label("\xc3\"", "\xef\xbf\xbd\\\""); /* it ends too soon; the quote is not swallowed */
    check_label("\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd");
    check_label("a\033[2J\x7f\r", "a\xef\xbf\xbd[2J\xef\xbf\xbd\xef\xbf\xbd");
}

static void values_are_exact(void **state)
{
    struct prometheus_metric metric = METRIC;

    (void)state;
    add(&metric, "a", 0);
    add(&metric, "b", 1767225600);
    add(&metric, "c", 4294967295);
    add(&metric, "d", INFINITY);
    add(&metric, "e", -1);
    check(&metric, HEAD "m{l=\"a\"} 0\nm{l=\"b\"} 1767225600\nm{l=\"c\"} 4294967295\n"
                        "m{l=\"d\"} +Inf\nm{l=\"e\"} -1\n");
}

static void without_labels_there_are_no_braces(void **state)
{
    struct prometheus_metric metric = METRIC;
    struct error e;

    (void)state;
    assert_int_equal(prometheus_add(&metric, NULL, 0, 3, &e), 0);
    check(&metric, HEAD "m 3\n");
}

static void a_metric_may_have_no_samples(void **state)
{
    struct prometheus_metric metric = METRIC;

    (void)state;
    check(&metric, HEAD);
}

static void samples_are_sorted_and_a_series_is_there_once(void **state)
{
    struct prometheus_metric metric = METRIC;

    (void)state;
    add(&metric, "b", 1);
    add(&metric, "a\xfe", 1);
    add(&metric, "a\xff", 2); /* looks like the one before */
    add(&metric, "a", 1);
    add(&metric, "b", 1);
    check(&metric, HEAD "m{l=\"a\"} 1\nm{l=\"a\xef\xbf\xbd\"} 1\nm{l=\"b\"} 1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_format_forbids_is_escaped),
        cmocka_unit_test(what_is_no_text_is_replaced),
        cmocka_unit_test(values_are_exact),
        cmocka_unit_test(without_labels_there_are_no_braces),
        cmocka_unit_test(a_metric_may_have_no_samples),
        cmocka_unit_test(samples_are_sorted_and_a_series_is_there_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
