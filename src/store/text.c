#include "store/text.h"

#include "base/mem.h"
#include "store/replace.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORD_MAX = 64 };

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

void text_lines_init(TextLines *lines, const char *name, const char *bytes, size_t n)
{
    *lines = (TextLines){.name = name, .at = bytes, .end = bytes + n};
}

bool text_next_line(TextLines *lines, TextSpan *line)
{
    if (lines->at >= lines->end)
        return false;
    const char *stop = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
    line->start = lines->at;
    line->end = stop != NULL ? stop : lines->end;
    lines->at = stop != NULL ? stop + 1 : lines->end;
    if (line->end > line->start && line->end[-1] == '\r')
        line->end--;
    lines->number++;
    return true;
}

bool text_next_word(TextSpan *rest, TextSpan *word)
{
    while (rest->start < rest->end && blank(*rest->start))
        rest->start++;
    word->start = rest->start;
    while (rest->start < rest->end && !blank(*rest->start))
        rest->start++;
    word->end = rest->start;
    return word->end > word->start;
}

size_t text_length(TextSpan span)
{
    return (size_t)(span.end - span.start);
}

bool text_is(TextSpan word, const char *text)
{
    return text_length(word) == strlen(text) && memcmp(word.start, text, text_length(word)) == 0;
}

TextSpan text_trim(TextSpan span)
{
    while (span.start < span.end && blank(*span.start))
        span.start++;
    while (span.end > span.start && blank(span.end[-1]))
        span.end--;
    return span;
}

char *text_copy(TextSpan span)
{
    size_t n = text_length(span);
    char *copy = mem_new(n + 1, 1);
    memcpy(copy, span.start, n);
    return copy;
}

Err text_error(const TextLines *lines, const char *format, ...)
{
    char *message;
    va_list args;
    char buffer[1024];
    va_start(args, format);
    vsnprintf(buffer, sizeof buffer, format, args);
    va_end(args);
    message = mem_format("%s:%zu: %s", lines->name, lines->number, buffer);
    Err e = err_set(ERR_INPUT, "%s", message);
    free(message);
    return e;
}

Err text_name(const TextLines *lines, const char *what, TextSpan word, size_t size, char out[])
{
    size_t n = text_length(word);
    if (n >= size)
        return text_error(lines, "%s: '%.*s' is too long, at most %zu characters", what,
                          n < WORD_MAX ? (int)n : WORD_MAX, word.start, size - 1);
    memcpy(out, word.start, n);
    out[n] = '\0';
    return OK;
}

/* The word as a C string for strtod and messages; longer ones are cut. */
static const char *terminated(TextSpan word, char out[WORD_MAX])
{
    size_t n = text_length(word) < WORD_MAX - 1 ? text_length(word) : WORD_MAX - 1;
    memcpy(out, word.start, n);
    out[n] = '\0';
    return out;
}

Err text_number(const TextLines *lines, const char *what, TextSpan word, double *value)
{
    char buffer[WORD_MAX], *stop;
    const char *text = terminated(word, buffer);
    *value = strtod(text, &stop);
    if (stop == text || *stop != '\0' || text_length(word) >= WORD_MAX ||
        strpbrk(text, "xX") != NULL)
        return text_error(lines, "%s: '%s' is not a number", what, text);
    if (!isfinite(*value))
        return text_error(lines, "%s: '%s' is not a finite number", what, text);
    return OK;
}

Err text_integer(const TextLines *lines, const char *what, TextSpan word, int64_t *value)
{
    char buffer[WORD_MAX], *stop;
    const char *text = terminated(word, buffer);
    errno = 0;
    long long number = strtoll(text, &stop, 10);
    if (stop == text || *stop != '\0' || errno != 0 || text_length(word) >= WORD_MAX)
        return text_error(lines, "%s: '%s' is not an integer", what, text);
    *value = number;
    return OK;
}

Err text_next_number(const TextLines *lines, const char *what, TextSpan *rest, double *value)
{
    TextSpan word;
    if (!text_next_word(rest, &word))
        return text_error(lines, "%s: missing, the line is too short", what);
    return text_number(lines, what, word, value);
}

Err text_next_integer(const TextLines *lines, const char *what, TextSpan *rest, int64_t *value)
{
    TextSpan word;
    if (!text_next_word(rest, &word))
        return text_error(lines, "%s: missing, the line is too short", what);
    return text_integer(lines, what, word, value);
}

/* Room for n more bytes and a 0. */
static void reserve(TextBuffer *b, size_t n)
{
    size_t need = b->length + n + 1;
    if (need > b->capacity) {
        size_t capacity = need > 2 * b->capacity ? need : 2 * b->capacity;
        b->text = mem_resize(b->text, b->capacity, capacity, 1);
        b->capacity = capacity;
    }
}

void text_append(TextBuffer *b, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    CHECK(n >= 0, "bad format '%s'", format);
    reserve(b, (size_t)n);
    va_start(args, format);
    vsnprintf(b->text + b->length, b->capacity - b->length, format, args);
    va_end(args);
    b->length += (size_t)n;
}

void text_append_bytes(TextBuffer *b, const char *bytes, size_t n)
{
    reserve(b, n);
    memcpy(b->text + b->length, bytes, n);
    b->length += n;
    b->text[b->length] = '\0';
}

void text_clear(TextBuffer *b)
{
    free(b->text);
    *b = (TextBuffer){0};
}

Err text_write_file(const char *path, const char *bytes, size_t n)
{
    Replace file;
    TRY(replace_begin(&file, path));
    Err e = replace_write(&file, bytes, n);
    if (e == OK)
        return replace_commit(&file, false);
    replace_cancel(&file);
    return e;
}
