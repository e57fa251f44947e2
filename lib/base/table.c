/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/table.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "base/base.h"

#define RED    "31"
#define GREEN  "32"
#define YELLOW "33"
#define FAINT  "2"

static const struct {
    const char *state;
    const char *colour;
} colours[] = {
    {"ok", GREEN},           {"missing", RED},   {"conflict", RED},     {"dadfailed", RED},
    {"broken", RED},         {"wrong", RED},     {"tentative", YELLOW}, {"stale", YELLOW},
    {"expired", YELLOW},     {"absent", YELLOW}, {"waiting", YELLOW},   {"not-running", FAINT},
    {"unconfigured", FAINT},
};

static const char *colour_of(const char *state)
{
    const char *no_colour = getenv("NO_COLOR");

    if (!isatty(STDOUT_FILENO) || (no_colour && *no_colour))
        return NULL;
    for (size_t i = 0; i < ARRAY_SIZE(colours); i++)
        if (strcmp(colours[i].state, state) == 0)
            return colours[i].colour;
    return NULL;
}

/* The columns that a text takes on the terminal; its bytes if the locale cannot read it. */
static size_t width_of(const char *text)
{
    wchar_t wide[256];
    size_t length = mbstowcs(wide, text, ARRAY_SIZE(wide));
    int width = length < ARRAY_SIZE(wide) ? wcswidth(wide, length) : -1;

    return width < 0 ? strlen(text) : (size_t)width;
}

static const char *text_of(const char *cell)
{
    return cell && *cell ? cell : "-";
}

/* Prints TEXT, with blanks up to WIDTH. */
static void print_cell(const char *text, size_t width)
{
    char printable[1024];
    size_t taken;

    snprintf(printable, sizeof(printable), "%s", text);
    make_printable(printable);
    taken = width_of(printable);
    printf("%s%*s", printable, (int)(width > taken ? width - taken : 0), "");
}

static void print_cells(const struct table_row *row, size_t columns, const size_t *widths)
{
    const char *state = text_of(row->cells[columns - 1]);
    const char *colour = colour_of(state);
    const bool has_detail = row->detail && *row->detail;

    for (size_t i = 0; i + 1 < columns; i++) {
        print_cell(text_of(row->cells[i]), widths[i]);
        fputs("  ", stdout);
    }
    if (colour)
        printf("\033[%sm", colour);
    print_cell(state, has_detail ? widths[columns - 1] : 0);
    if (colour)
        fputs("\033[0m", stdout);
    if (has_detail) {
        fputs("  ", stdout);
        print_cell(row->detail, 0);
    }
    putchar('\n');
}

void table_print(const char *const titles[TABLE_COLUMNS], size_t count,
                 void (*fill)(const void *data, size_t i, struct table_row *out), const void *data)
{
    struct table_row now = {.detail = NULL};
    size_t widths[TABLE_COLUMNS] = {0};
    size_t columns = 0;

    if (count == 0)
        return;
    for (; columns < TABLE_COLUMNS && titles[columns]; columns++) {
        now.cells[columns] = titles[columns];
        widths[columns] = strlen(titles[columns]);
    }
    for (size_t i = 0; i < count; i++) {
        struct table_row each = {.detail = NULL};

        fill(data, i, &each);
        for (size_t j = 0; j < columns; j++) {
            const size_t width = width_of(text_of(each.cells[j]));

            widths[j] = width > widths[j] ? width : widths[j];
        }
    }
    print_cells(&now, columns, widths);
    for (size_t i = 0; i < count; i++) {
        now = (struct table_row){.detail = NULL};
        fill(data, i, &now);
        print_cells(&now, columns, widths);
    }
}
