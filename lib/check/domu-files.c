/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check/domu-files.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/lines.h"

#define DEEPEST_LIST 16
#define LARGEST_FILE (64U << 20)

/* ---- tokens ---- */

enum token {
    TOKEN_END = 256, /* below: the character itself */
    TOKEN_NEWLINE,
    TOKEN_WORD,  /* a key */
    TOKEN_VALUE, /* a number, or a string in quotes */
    TOKEN_BAD,
};

struct reader {
    const char *next;
    unsigned int line;
    int token;
    unsigned int token_line;
    char *text; /* of a word or a value */
    bool out_of_memory;
    struct domu_file *out;
};

/* The length of the string in quotes at TEXT, with both of them; 0: it does not end in its line. */
static size_t quoted_length(const char *text)
{
    for (size_t i = 1; text[i] && text[i] != '\n'; i++) {
        if (text[i] == *text)
            return i + 1;
        if (text[i] == '\\' && text[i + 1] && text[i + 1] != '\n')
            i++;
    }
    return 0;
}

/*
 * Replaces the escapes in TEXT. False: one is unknown. Those by number are among these, as
 * libxlu_cfg.c of Xen 4.17 refuses the hexadecimal ones and misreads the octal ones.
 */
static bool unescape(char *text)
{
    static const char known[] = "\"'\\fnrtv";
    static const char meant[] = "\"'\\\f\n\r\t\v";
    char *out = text;

    for (const char *in = text; *in; in++) {
        const char *escape = *in == '\\' ? strchr(known, in[1]) : NULL;

        if (*in == '\\' && (!escape || !in[1]))
            return false;
        if (escape) {
            *out++ = meant[escape - known];
            in++;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
    return true;
}

static void take_text(struct reader *reader, int token, const char *text, size_t length)
{
    free(reader->text);
    reader->text = strndup(text, length);
    reader->token = token;
    if (!reader->text) {
        reader->out_of_memory = true;
        reader->token = TOKEN_END;
    }
}

static void advance(struct reader *reader)
{
    const char *text = reader->next + strspn(reader->next, " \t");
    size_t length;

    if (*text == '#')
        text += strcspn(text, "\n");
    reader->token_line = reader->line;
    if (*text == '"' || *text == '\'') {
        length = quoted_length(text);
        if (length > 0)
            take_text(reader, TOKEN_VALUE, text + 1, length - 2);
        if (length == 0 || (reader->text && !unescape(reader->text)))
            reader->token = TOKEN_BAD;
        length = length ? length : strcspn(text, "\n");
    } else if (islower((unsigned char)*text)) {
        length = strspn(text, "._0123456789abcdefghijklmnopqrstuvwxyz");
        take_text(reader, TOKEN_WORD, text, length);
    } else if (isdigit((unsigned char)*text)) {
        length = strspn(text, "0123456789abcdefx");
        take_text(reader, TOKEN_VALUE, text, length);
    } else if (*text == '\n' || !*text) {
        length = *text != '\0';
        reader->token = *text ? TOKEN_NEWLINE : TOKEN_END;
        reader->line += *text != '\0';
    } else {
        length = 1;
        reader->token = strchr("=+,;[]", *text) ? *text : TOKEN_BAD;
    }
    reader->next = text + length;
}

static bool accept(struct reader *reader, int token)
{
    if (reader->token != token)
        return false;
    advance(reader);
    return true;
}

/* ---- statements ---- */

static void drop_vifs(struct domu_file *file)
{
    for (size_t i = 0; i < file->vif_count; i++)
        free(file->vifs[i].text);
    free(file->vifs);
    file->vifs = NULL;
    file->vif_count = 0;
}

static void add_vif_line(struct reader *reader)
{
    struct vif_line vif = {.line = reader->token_line};

    vif.text = TAKE(reader->text);
    if (array_append(&reader->out->vifs, &reader->out->vif_count, &vif, sizeof(vif)) < 0) {
        free(vif.text);
        reader->out_of_memory = true;
    }
}

static void skip_newlines(struct reader *reader)
{
    while (accept(reader, TOKEN_NEWLINE))
        ;
}

/* Reads the rest of a list. With OF_VIFS its strings are vifs, but not those of a list in it. */
static bool read_xl_list(struct reader *reader, bool of_vifs, unsigned int depth)
{
    skip_newlines(reader);
    while (reader->token != ']') {
        if (reader->token == '[') {
            advance(reader);
            if (depth == DEEPEST_LIST || !read_xl_list(reader, false, depth + 1))
                return false;
        } else if (reader->token == TOKEN_VALUE) {
            if (of_vifs)
                add_vif_line(reader);
            advance(reader);
        } else {
            return false;
        }
        skip_newlines(reader);
        if (!accept(reader, ','))
            break;
        skip_newlines(reader);
    }
    return accept(reader, ']');
}

/* KEY = VALUE, or KEY += VALUE; the last assignment counts. False: xl would refuse it. */
static bool read_assignment(struct reader *reader)
{
    struct domu_file *file = reader->out;
    const bool is_vif = strcmp(reader->text, "vif") == 0;
    const bool is_name = strcmp(reader->text, "name") == 0;
    const bool is_uuid = strcmp(reader->text, "uuid") == 0;
    const bool is_script = strcmp(reader->text, "vif.default.script") == 0;
    bool adds;

    advance(reader);
    adds = accept(reader, '+');
    if (!accept(reader, '='))
        return false;
    if (is_vif && !adds)
        drop_vifs(file);
    if (accept(reader, '['))
        return read_xl_list(reader, is_vif, 0);
    if (reader->token != TOKEN_VALUE)
        return false;
    if (is_name) {
        free(file->name);
        file->name = TAKE(reader->text);
        file->name_line = reader->token_line;
    } else if (is_uuid) {
        free(file->uuid);
        file->uuid = TAKE(reader->text);
    } else if (is_script) {
        free(file->default_script);
        file->default_script = TAKE(reader->text);
    }
    advance(reader);
    return true;
}

static bool ends_statement(const struct reader *reader)
{
    return reader->token == TOKEN_NEWLINE || reader->token == ';' || reader->token == TOKEN_END;
}

int domu_file_parse(const char *text, struct domu_file *out)
{
    struct reader reader = {.next = text, .line = 1, .out = out};

    advance(&reader);
    while (reader.token != TOKEN_END) {
        const unsigned int line = reader.token_line;

        if (ends_statement(&reader) ||
            (reader.token == TOKEN_WORD && read_assignment(&reader) && ends_statement(&reader))) {
            advance(&reader);
            continue;
        }
        if (out->broken_line == 0)
            out->broken_line = reader.token == TOKEN_END ? line : reader.token_line;
        while (reader.token != TOKEN_NEWLINE && reader.token != TOKEN_END)
            advance(&reader);
    }
    free(reader.text);
    return reader.out_of_memory ? -ENOMEM : 0;
}

/* ---- files ---- */

static void domu_file_free(struct domu_file *file)
{
    drop_vifs(file);
    free(file->name);
    free(file->uuid);
    free(file->default_script);
    free(file->path);
}

void domu_files_free(struct domu_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        domu_file_free(&files->files[i]);
    domu_file_free(&files->xl);
    free(files->files);
    *files = (struct domu_files){.files = NULL};
}

/* libxl looks for a script without a path in its own directory. */
static int look_for_script(struct vif_line *vif)
{
    AUTO_FREE char *script = NULL;
    AUTO_FREE char *path = NULL;
    int result = vif_option(vif->text, "script", &script);

    if (result < 0 || !script)
        return result;
    path = format_string("%s%s", *script == '/' ? "" : HOST_SCRIPTS "/", script);
    if (!path)
        return -ENOMEM;
    vif->lacks_script =
        access(HOST_SCRIPTS, X_OK) == 0 && access(path, F_OK) < 0 && errno == ENOENT;
    return 0;
}

static int read_domu_file(const char *path, struct domu_file *out)
{
    AUTO_FREE char *text = NULL;
    ssize_t length;
    int result;

    out->path = strdup(path);
    length = read_file(path, LARGEST_FILE, &text);
    if (!out->path || length == -ENOMEM)
        return -ENOMEM;
    result = length > 0 ? domu_file_parse(text, out) : 0;
    for (size_t i = 0; i < out->vif_count && result == 0; i++)
        result = look_for_script(&out->vifs[i]);
    return result;
}

/* Adds what the file PATH says, unless it is another name of a file that was added. */
static int add_domu_file(void *context, const char *path)
{
    struct domu_files *files = context;
    struct domu_file *slot;
    struct stat status;
    struct stat other;

    if (has_suffix(path, "/ipv6.cfg") || stat(path, &status) < 0 || !S_ISREG(status.st_mode))
        return 0;
    for (size_t i = 0; i < files->count; i++)
        if (stat(files->files[i].path, &other) == 0 && other.st_dev == status.st_dev &&
            other.st_ino == status.st_ino)
            return 0;
    slot = array_add(&files->files, &files->count, sizeof(*slot));
    return slot ? read_domu_file(path, slot) : -ENOMEM;
}

int domu_files_read(struct domu_files *out, struct error *e)
{
    static const char *const patterns[] = {"/etc/xen/*.cfg", "/etc/xen/auto/*"};
    int result = read_domu_file("/etc/xen/xl.conf", &out->xl);

    if (result == 0)
        result = paths_visit(patterns, ARRAY_SIZE(patterns), add_domu_file, out);
    return result < 0 ? fail_memory(e) : 0;
}

const char *domu_files_script(const struct domu_files *files)
{
    return files->xl.default_script ? files->xl.default_script : "vif-bridge";
}

int vif_option(const char *text, const char *key, char **out)
{
    const size_t length = strlen(key);

    *out = NULL;
    for (const char *item = text; item; item = strchr(item, ',')) {
        item += strspn(item, ",");
        item += strspn(item, " ");
        if (strncmp(item, key, length) != 0 || item[length] != '=')
            continue;
        free(*out);
        *out = strndup(item + length + 1, strcspn(item + length + 1, ","));
        if (!*out)
            return -ENOMEM;
    }
    return 0;
}
