/* text.h -- reading and writing files of lines and words, with messages that say where.
 *
 * Readers take bytes in memory (comm_read_file gives them to all ranks), so all ranks come to the
 * same Err. Messages read `name:line: what: what is wrong, what is allowed`. All functions are
 * Local.
 */
#ifndef STORE_TEXT_H
#define STORE_TEXT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A piece of somebody else's bytes. */
typedef struct TextSpan {
    const char *start, *end;
} TextSpan;

typedef struct TextLines {
    const char *name; /* for messages */
    const char *at, *end;
    size_t number; /* of the line read last, from 1 */
} TextLines;

void text_lines_init(TextLines *lines, const char *name, const char *bytes, size_t n);

/* The next line without its end (LF or CRLF); false at the end of the file. */
bool text_next_line(TextLines *lines, TextSpan *line);

/* Take the next word off `rest`; false if only blanks are left. */
bool text_next_word(TextSpan *rest, TextSpan *word);

bool text_is(TextSpan word, const char *text);
size_t text_length(TextSpan span);
TextSpan text_trim(TextSpan span);

/* A new string; free(). */
char *text_copy(TextSpan span);

/* The word into a fixed array. ERR_INPUT if it does not fit. */
Err text_name(const TextLines *lines, const char *what, TextSpan word, size_t size,
              char out[]) MUST_USE;

/* A finite number, or an integer, and nothing else. ERR_INPUT names file, line, `what` and the
 * word. */
Err text_number(const TextLines *lines, const char *what, TextSpan word, double *value) MUST_USE;
Err text_integer(const TextLines *lines, const char *what, TextSpan word, int64_t *value) MUST_USE;

/* The next word of `rest` as a number; ERR_INPUT if there is none. */
Err text_next_number(const TextLines *lines, const char *what, TextSpan *rest,
                     double *value) MUST_USE;
Err text_next_integer(const TextLines *lines, const char *what, TextSpan *rest,
                      int64_t *value) MUST_USE;

/* ERR_INPUT "name:line: ..." for the line read last. */
Err text_error(const TextLines *lines, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* A growing text. Start with {0}; end with text_clear. */
typedef struct TextBuffer {
    char *text;
    size_t length, capacity;
} TextBuffer;

void text_append(TextBuffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_append_bytes(TextBuffer *b, const char *bytes, size_t n);
void text_clear(TextBuffer *b);

/* A whole file by store/replace.h: PATH is the old one or the whole new one. ERR_FILE. */
Err text_write_file(const char *path, const char *bytes, size_t n) MUST_USE;

#endif
