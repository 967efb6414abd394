#include "store/table.h"

#include "base/mem.h"
#include "store/config.h"
#include "store/replace.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row {
    int line; /* 1-based, of its first character */
    size_t n;
    char **field;
} Row;

struct Table {
    char *name;
    size_t nrows;
    Row *row;
    Row header;
    char **unit; /* [header.n] */
};

typedef struct Source {
    const char *name, *at, *end;
    int line;
} Source;

static void clear_row(Row *r)
{
    for (size_t i = 0; i < r->n; i++)
        free(r->field[i]);
    free(r->field);
}

/* ---- reading ---- */

/* A field in quotes; `at` is behind the first one. */
static Err quoted_field(Source *s, char *out, size_t *length)
{
    int first = s->line;
    for (;;) {
        if (s->at == s->end)
            return err_set(ERR_INPUT, "%s:%d: a field that begins with a quote has no closing one",
                           s->name, first);
        if (*s->at == '"') {
            s->at++;
            if (s->at == s->end || *s->at != '"')
                break;
        }
        s->line += *s->at == '\n';
        out[(*length)++] = *s->at++;
    }
    if (s->at < s->end && strchr(",\r\n", *s->at) == NULL)
        return err_set(ERR_INPUT, "%s:%d: text after the closing quote of a field", s->name,
                       s->line);
    return OK;
}

/* Not less than the characters of the field that begins at `at`. */
static size_t field_length(const Source *s)
{
    const char *p = s->at;
    if (p == s->end || *p != '"') {
        const char *stop = memchr(p, '\n', (size_t)(s->end - p));
        return (size_t)((stop != NULL ? stop : s->end) - p);
    }
    for (p++; p < s->end; p++) {
        if (*p != '"')
            continue;
        if (p + 1 == s->end || p[1] != '"')
            break;
        p++;
    }
    return (size_t)(p - s->at);
}

/* One field up to its comma or line end, which is left. New text. */
static Err next_field(Source *s, char **field)
{
    size_t length = 0, most = field_length(s) + 1;
    char *text = mem_new(most, 1);
    Err e = OK;
    if (s->at < s->end && *s->at == '"') {
        s->at++;
        e = quoted_field(s, text, &length);
    } else {
        while (s->at < s->end && strchr(",\r\n", *s->at) == NULL && *s->at != '\0')
            text[length++] = *s->at++;
        if (s->at < s->end && *s->at == '\0')
            e = err_set(ERR_INPUT, "%s:%d: the character 0; is this a text file?", s->name,
                        s->line);
    }
    text[length] = '\0';
    *field = mem_string(text);
    free(text);
    return e;
}

static void end_line(Source *s)
{
    if (s->at < s->end && *s->at == '\r')
        s->at++;
    if (s->at < s->end && *s->at == '\n') {
        s->at++;
        s->line++;
    }
}

static Err next_row(Source *s, Row *r)
{
    size_t capacity = 0;
    *r = (Row){.line = s->line};
    for (;;) {
        if (r->n == capacity) {
            r->field = mem_resize(r->field, r->n, 2 * capacity + 8, sizeof *r->field);
            capacity = 2 * capacity + 8;
        }
        Err e = next_field(s, &r->field[r->n]);
        r->n++;
        if (e != OK)
            return e;
        if (s->at == s->end || *s->at != ',')
            break;
        s->at++;
    }
    end_line(s);
    return OK;
}

/* Empty lines and comments; false at the end of the text. */
static bool skip_to_row(Source *s)
{
    while (s->at < s->end && strchr("#\r\n", *s->at) != NULL) {
        while (s->at < s->end && *s->at != '\n')
            s->at++;
        end_line(s);
    }
    return s->at < s->end;
}

/* "time [ps]" into "time" and "ps". */
static Err read_header(Source *s, Table *t)
{
    if (!skip_to_row(s))
        return err_set(ERR_INPUT, "%s: the file is empty; a header line is needed", s->name);
    TRY(next_row(s, &t->header));
    t->unit = MEM_NEW(char *, t->header.n);
    for (size_t i = 0; i < t->header.n; i++) {
        char *name = t->header.field[i], *open = strstr(name, " [");
        size_t length = strlen(name);
        bool has = open != NULL && name[length - 1] == ']';
        t->unit[i] =
            has ? mem_format("%.*s", (int)(name + length - 3 - open), open + 2) : mem_string("");
        if (has)
            *open = '\0';
        for (size_t j = 0; j < i; j++)
            if (strcmp(t->header.field[j], name) == 0)
                return err_set(ERR_INPUT, "%s:%d: two columns are called '%s'", s->name,
                               t->header.line, name);
    }
    return OK;
}

static Err read_rows(Source *s, Table *t)
{
    size_t capacity = 0;
    while (skip_to_row(s)) {
        if (t->nrows == capacity) {
            t->row = mem_resize(t->row, t->nrows, 2 * capacity + 64, sizeof *t->row);
            capacity = 2 * capacity + 64;
        }
        Row *r = &t->row[t->nrows++];
        TRY(next_row(s, r));
        if (r->n != t->header.n)
            return err_set(ERR_INPUT, "%s:%d: %zu fields; the header names %zu columns", s->name,
                           r->line, r->n, t->header.n);
    }
    return OK;
}

Err table_parse(const char *name, const char *bytes, size_t n, Table **table)
{
    Table *t = MEM_NEW(Table, 1);
    t->name = mem_string(name);
    Source s = {t->name, bytes, bytes + n, 1};
    if (n >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        s.at += 3;
    Err e = read_header(&s, t);
    if (e == OK)
        e = read_rows(&s, t);
    if (e != OK) {
        table_close(t);
        t = NULL;
    }
    *table = t;
    return e;
}

Err table_open(const Comm *c, const char *path, Table **table)
{
    char *bytes = NULL;
    size_t n = 0;
    *table = NULL;
    Err e = comm_read_file(c, path, &bytes, &n);
    if (e == OK)
        e = table_parse(path, bytes, n, table); /* same bytes, so the same on every rank */
    free(bytes);
    return e;
}

void table_close(Table *t)
{
    if (t == NULL)
        return;
    for (size_t i = 0; i < t->nrows; i++)
        clear_row(&t->row[i]);
    for (size_t i = 0; t->unit != NULL && i < t->header.n; i++)
        free(t->unit[i]);
    clear_row(&t->header);
    free(t->unit);
    free(t->row);
    free(t->name);
    free(t);
}

size_t table_rows(const Table *t)
{
    return t->nrows;
}

Err table_column(const Table *t, const char *name, size_t *column)
{
    char *list = NULL;
    for (*column = 0; *column < t->header.n; (*column)++)
        if (strcmp(t->header.field[*column], name) == 0)
            return OK;
    for (size_t i = 0; i < t->header.n; i++)
        config_append(&list, "%s%s", i > 0 ? ", " : "", t->header.field[i]);
    Err e = err_set(ERR_INPUT, "%s:%d: there is no column '%s'; the columns are: %s", t->name,
                    t->header.line, name, list);
    free(list);
    return e;
}

const char *table_unit(const Table *t, size_t column)
{
    CHECK(column < t->header.n, "column %zu of %zu", column, t->header.n);
    return t->unit[column];
}

const char *table_text(const Table *t, size_t row, size_t column)
{
    CHECK(row < t->nrows && column < t->header.n, "row %zu, column %zu", row, column);
    return t->row[row].field[column];
}

Err table_number(const Table *t, size_t row, size_t column, double *value)
{
    const char *text = table_text(t, row, column);
    char *rest;
    *value = strtod(text, &rest);
    rest += strspn(rest, " ");
    if (rest != text && *rest == '\0' && isfinite(*value))
        return OK;
    return table_error(t, row, column, "'%s' is not a finite number", text);
}

Err table_error(const Table *t, size_t row, size_t column, const char *format, ...)
{
    char what[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    CHECK(row < t->nrows && column < t->header.n, "row %zu, column %zu", row, column);
    return err_set(ERR_INPUT, "%s:%d: %s: %s", t->name, t->row[row].line, t->header.field[column],
                   what);
}

/* ---- writing ---- */

/* Line after line through a buffer, so that a table of any length needs little memory. */
typedef struct Writer {
    Replace replace;
    Err e;
    size_t n;
    char buffer[1 << 14];
} Writer;

static void put(Writer *w, const char *text, size_t n)
{
    while (n > 0) {
        size_t room = sizeof w->buffer - w->n, some = n < room ? n : room;
        memcpy(w->buffer + w->n, text, some);
        w->n += some;
        text += some;
        n -= some;
        if (w->n == sizeof w->buffer) {
            if (w->e == OK)
                w->e = replace_write(&w->replace, w->buffer, w->n);
            w->n = 0;
        }
    }
}

static void put_text(Writer *w, const char *text)
{
    if (text[0] != '#' && strpbrk(text, ",\"\r\n") == NULL) {
        put(w, text, strlen(text));
        return;
    }
    put(w, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            put(w, "\"", 1);
        put(w, text, 1);
    }
    put(w, "\"", 1);
}

static void put_number(Writer *w, double value)
{
    char digits[32];
    if (isnan(value))
        return;
    int length = snprintf(digits, sizeof digits, "%.10g", value);
    put(w, digits, (size_t)length);
}

static void put_header(Writer *w, const TableColumn *c)
{
    bool has = c->unit != NULL && c->unit[0] != '\0' && strcmp(c->unit, "1") != 0;
    char *title = has ? mem_format("%s [%s]", c->name, c->unit) : mem_string(c->name);
    put_text(w, title);
    free(title);
}

Err table_write(const char *path, size_t ncolumns, const TableColumn columns[], size_t nrows)
{
    Writer w = {.e = OK};
    TRY(replace_begin(&w.replace, path));
    for (size_t j = 0; j < ncolumns; j++) {
        put(&w, ",", j > 0);
        put_header(&w, &columns[j]);
    }
    put(&w, "\n", 1);
    for (size_t i = 0; i < nrows; i++) {
        for (size_t j = 0; j < ncolumns; j++) {
            put(&w, ",", j > 0);
            if (columns[j].texts != NULL)
                put_text(&w, columns[j].texts[i]);
            else
                put_number(&w, columns[j].values[i]);
        }
        put(&w, "\n", 1);
    }
    if (w.e == OK)
        w.e = replace_write(&w.replace, w.buffer, w.n);
    if (w.e == OK)
        return replace_commit(&w.replace, false);
    replace_cancel(&w.replace);
    return w.e;
}
