/* table.h -- comma-separated tables: the measured numbers come in, figures' numbers go out.
 *
 * RFC 4180: a header line, fields in double quotes where they hold commas, quotes (doubled) or line ends.
 * UTF-8 passes through; a byte-order mark, empty lines and lines that begin with # are skipped. A unit stands
 * in the header in square brackets: "time [ps]"; columns are found by the name before it.
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include "base/err.h"
#include "par/comm.h"

#include <stddef.h>

typedef struct Table Table;

/* Read a file. ERR_INPUT "file:line: what is wrong" on all ranks. Collective. */
Err table_open(const Comm *c, const char *path, Table **table) MUST_USE;

/* The same from memory; `name` is used in messages. Local. */
Err table_parse(const char *name, const char *bytes, size_t n, Table **table) MUST_USE;
void table_close(Table *t);

size_t table_rows(const Table *t);

/* Column by name. ERR_INPUT if there is none (names those there are). Local. */
Err table_column(const Table *t, const char *name, size_t *column) MUST_USE;

/* Unit of a column, "" if the header gives none; lives as long as t. Local. */
const char *table_unit(const Table *t, size_t column);

/* A field as text ("" if empty) or as a number; lives as long as t. ERR_INPUT "file:line: column: ...". Local. */
const char *table_text(const Table *t, size_t row, size_t column);
Err table_number(const Table *t, size_t row, size_t column, double *value) MUST_USE;

/* "file:line: column: ..." for the caller's own messages. Local. */
Err table_error(const Table *t, size_t row, size_t column, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A column to write: numbers, or texts if `texts` is not NULL. */
typedef struct TableColumn {
    const char *name;
    const char *unit;         /* NULL or "" for texts; "1" for plain numbers is not printed */
    const double *values;     /* [rows]; NaN becomes an empty field */
    const char *const *texts; /* [rows] */
} TableColumn;

/* Write a whole file (beside its place, then renamed). ERR_FILE. Local. */
Err table_write(const char *path, size_t ncolumns, const TableColumn columns[],
                size_t nrows) MUST_USE;

#endif
