/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/prometheus.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* ---- one sample ---- */

static void print_label(FILE *out, const struct prometheus_label *label)
{
    const char *text = label->value ? label->value : "";

    fprintf(out, "%s=\"", label->name);
    for (size_t length; *text; text += length ? length : 1) {
        const unsigned char byte = (unsigned char)*text;

        length = utf8_length(text);
        if (byte == '\n')
            fputs("\\n", out);
        else if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (length == 0 || byte < 0x20 || byte == 0x7f)
            fputs(REPLACEMENT, out);
        else
            fwrite(text, 1, length, out);
    }
    fputc('"', out);
}

int prometheus_add(struct prometheus_metric *metric, const struct prometheus_label *labels,
                   size_t count, double value, struct error *e)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    char **slot = NULL;

    if (!out)
        return fail_memory(e);
    fputs(metric->name, out);
    for (size_t i = 0; i < count; i++) {
        fputc(i == 0 ? '{' : ',', out);
        print_label(out, &labels[i]);
    }
    fputs(count > 0 ? "} " : " ", out);
    if (isinf(value))
        fputs(value < 0 ? "-Inf" : "+Inf", out);
    else
        fprintf(out, "%.17g", value); /* so many digits show the seconds since 1970 exactly */
    if (fclose(out) == 0)
        slot = array_add(&metric->samples, &metric->count, sizeof(*slot));
    if (!slot) {
        free(line);
        return fail_memory(e);
    }
    *slot = line;
    return 0;
}

/* ---- the metric ---- */

static int compare_samples(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The value follows the last blank. */
static bool is_same_series(const char *a, const char *b)
{
    const size_t length = (size_t)(strrchr(a, ' ') - a);

    return length == (size_t)(strrchr(b, ' ') - b) && strncmp(a, b, length) == 0;
}

void prometheus_print(const struct prometheus_metric *metric, FILE *out)
{
    fprintf(out, "# HELP %s %s\n# TYPE %s gauge\n", metric->name, metric->help, metric->name);
    sort_array(metric->samples, metric->count, sizeof(*metric->samples), compare_samples);
    for (size_t i = 0; i < metric->count; i++)
        if (i == 0 || !is_same_series(metric->samples[i - 1], metric->samples[i]))
            fprintf(out, "%s\n", metric->samples[i]);
}

void prometheus_free(struct prometheus_metric *metric)
{
    for (size_t i = 0; i < metric->count; i++)
        free(metric->samples[i]);
    free(metric->samples);
    metric->samples = NULL;
    metric->count = 0;
}
