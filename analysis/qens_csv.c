#include "analysis/qens_csv.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/table.h"
#include "store/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading */

static Err read_flag(const TextLines *lines, TextSpan value, bool *flag)
{
    *flag = text_is(value, "yes");
    return *flag || text_is(value, "no")
               ? OK
               : text_error(lines, "kf_over_ki: '%.*s' is neither yes nor no",
                            (int)text_length(value), value.start);
}

static Err read_quantity(const TextLines *lines, TextSpan value, const char *unit, double *number)
{
    char *text = text_copy(value);
    Err e = units_parse(text, unit, number);
    if (e == OK && !(*number > 0.0))
        e = err_set(ERR_INPUT, "'%s' is not positive", text);
    free(text);
    return e == OK ? OK : err_prefix(e, "%s:%zu", lines->name, lines->number);
}

/* Comments "# key: value" before the header; what is not known is skipped. */
static Err read_comments(const char *name, const char *bytes, size_t n, QensData *d)
{
    TextLines lines;
    TextSpan line;
    text_lines_init(&lines, name, bytes, n);
    while (text_next_line(&lines, &line) &&
           (line.start == line.end || *line.start == '#' || lines.number == 1)) {
        const char *colon = line.start < line.end && *line.start == '#'
                                ? memchr(line.start, ':', text_length(line))
                                : NULL;
        if (colon == NULL)
            continue;
        TextSpan key = text_trim((TextSpan){line.start + 1, colon}),
                 value = text_trim((TextSpan){colon + 1, line.end});
        if (text_is(key, "temperature"))
            TRY(read_quantity(&lines, value, "K", &d->temperature));
        else if (text_is(key, "wavelength"))
            TRY(read_quantity(&lines, value, "A", &d->wavelength));
        else if (text_is(key, "kf_over_ki"))
            TRY(read_flag(&lines, value, &d->kf_over_ki));
        else if (text_is(key, "title") && d->title == NULL)
            d->title = text_copy(value);
    }
    return OK;
}

typedef struct Columns {
    const Table *table;
    bool angle, has_error, has_truth;
    size_t where, low, high, y, error, truth;
    double where_unit, low_unit, high_unit;
} Columns;

static Err unit_of(const Table *t, const char *file, const char *name, size_t column,
                   const char *unit, double *factor)
{
    const char *given = table_unit(t, column);
    if (strcmp(given, unit) == 0) {
        *factor = 1.0; /* to the last bit */
        return OK;
    }
    Err e = given[0] != '\0'
                ? units_factor(given, unit, factor)
                : err_set(ERR_INPUT, "has no unit; write '[%s]' behind its name", unit);
    return err_prefix(e, "%s: column %s", file, name);
}

static Err find_columns(const char *name, const Table *t, Columns *c)
{
    *c = (Columns){.table = t};
    c->angle = table_column(t, "two_theta", &c->where) == OK;
    if (!c->angle)
        TRY(table_column(t, "Q", &c->where));
    TRY(table_column(t, "E_low", &c->low));
    TRY(table_column(t, "E_high", &c->high));
    TRY(table_column(t, "y", &c->y));
    c->has_error = table_column(t, "error", &c->error) == OK;
    c->has_truth = table_column(t, "truth", &c->truth) == OK;
    TRY(unit_of(t, name, c->angle ? "two_theta" : "Q", c->where, c->angle ? "degree" : "1/A",
                &c->where_unit));
    TRY(unit_of(t, name, "E_low", c->low, "meV", &c->low_unit));
    return unit_of(t, name, "E_high", c->high, "meV", &c->high_unit);
}

/* Number of channels of the first spectrum: as long as Q stays the same. */
static Err count_channels(const Columns *c, size_t *ne)
{
    size_t rows = table_rows(c->table);
    double first, here;
    *ne = 0;
    TRY(table_number(c->table, 0, c->where, &first));
    for (*ne = 1; *ne < rows; (*ne)++) {
        TRY(table_number(c->table, *ne, c->where, &here));
        if (here != first)
            break;
    }
    return rows % *ne == 0
               ? OK
               : table_error(c->table, rows - 1, c->where,
                             "%zu lines are no whole number of spectra of %zu channels like the "
                             "first; is the file cut off?",
                             rows, *ne);
}

static bool is_near(double a, double b, double width)
{
    return fabs(a - b) <= 1e-9 * width;
}

/* The bin of line `row`, which is channel k of spectrum s. */
static Err read_bin(const Columns *c, size_t row, size_t s, size_t k, double *edge)
{
    double low, high;
    TRY(table_number(c->table, row, c->low, &low));
    TRY(table_number(c->table, row, c->high, &high));
    low *= c->low_unit, high *= c->high_unit;
    double width = high - low;
    if (!(width > 0.0))
        return table_error(c->table, row, c->high, "%g meV is not above E_low = %g meV", high, low);
    if (s == 0) {
        if (k > 0 && !is_near(low, edge[k], width))
            return table_error(c->table, row, c->low,
                               "%g meV; the bin before ends at %g meV, and there may be no gap",
                               low, edge[k]);
        if (k == 0)
            edge[0] = low;
        edge[k + 1] = high;
    } else if (!is_near(low, edge[k], width) || !is_near(high, edge[k + 1], width)) {
        return table_error(c->table, row, c->low,
                           "bin %g to %g meV; channel %zu of the first spectrum is %g to %g meV",
                           low, high, k + 1, edge[k], edge[k + 1]);
    }
    return OK;
}

static Err read_where(const Columns *c, size_t row, size_t s, size_t k, double *where)
{
    double here;
    TRY(table_number(c->table, row, c->where, &here));
    here *= c->where_unit;
    if (k > 0)
        return here == where[s]
                   ? OK
                   : table_error(c->table, row, c->where,
                                 "changes after %zu channels; the first spectrum has more", k);
    if (!(here > 0.0) || (s > 0 && !(here > where[s - 1])))
        return table_error(c->table, row, c->where, "%g must be positive and increase", here);
    where[s] = here;
    return OK;
}

/* A field that may be empty: then NaN. */
static Err read_optional(const Columns *c, size_t row, size_t column, double *value)
{
    *value = NAN;
    return table_text(c->table, row, column)[0] == '\0'
               ? OK
               : table_number(c->table, row, column, value);
}

static Err read_channel(const Columns *c, size_t row, QensData *d)
{
    TRY(read_optional(c, row, c->y, &d->y[row]));
    if (c->has_truth)
        TRY(read_optional(c, row, c->truth, &d->truth[row]));
    if (c->has_error)
        TRY(read_optional(c, row, c->error, &d->error[row]));
    if (isnan(d->y[row]))
        return OK;
    if (!c->has_error && d->y[row] < 0.0)
        return table_error(c->table, row, c->y,
                           "%g; counts cannot be negative (and without a column 'error' they are "
                           "counts)",
                           d->y[row]);
    if (c->has_error && !(d->error[row] > 0.0))
        return table_error(c->table, row, c->error, "must be positive where y is a number");
    return OK;
}

/* Elastic Q of the angles. */
static Err angles_to_q(const char *name, QensData *d)
{
    if (!(d->wavelength > 0.0))
        return err_set(ERR_INPUT,
                       "%s: spectra of angles need the line '# wavelength: 5 angstrom' (or what it "
                       "is)",
                       name);
    for (size_t s = 0; s < d->nspectra; s++) {
        if (!(d->two_theta[s] <= 180.0))
            return err_set(ERR_INPUT, "%s: two_theta = %g degree is above 180", name,
                           d->two_theta[s]);
        d->q[s] = 4.0 * PI / d->wavelength * sin(0.5 * d->two_theta[s] * (PI / 180.0));
    }
    return OK;
}

static Err read_table(const char *name, const Table *t, QensData *d)
{
    Columns c;
    TRY(find_columns(name, t, &c));
    size_t rows = table_rows(t);
    if (rows == 0)
        return err_set(ERR_INPUT, "%s: no channels below the header", name);
    TRY(count_channels(&c, &d->ne));
    d->nspectra = rows / d->ne;
    d->q = MEM_NEW(double, d->nspectra);
    d->two_theta = c.angle ? MEM_NEW(double, d->nspectra) : NULL;
    d->edge = MEM_NEW(double, d->ne + 1);
    d->y = MEM_NEW(double, rows);
    d->error = c.has_error ? MEM_NEW(double, rows) : NULL;
    d->truth = c.has_truth ? MEM_NEW(double, rows) : NULL;
    for (size_t row = 0; row < rows; row++) {
        size_t s = row / d->ne, k = row % d->ne;
        TRY(read_where(&c, row, s, k, c.angle ? d->two_theta : d->q));
        TRY(read_bin(&c, row, s, k, d->edge));
        TRY(read_channel(&c, row, d));
    }
    if (c.angle)
        TRY(angles_to_q(name, d));
    return err_prefix(qens_data_check(d), "%s", name);
}

Err qens_csv_parse(const char *name, const char *bytes, size_t n, QensData *out)
{
    Table *t;
    *out = (QensData){.wavelength = NAN, .temperature = NAN};
    TRY(table_parse(name, bytes, n, &t));
    out->source = mem_string(name);
    Err e = read_comments(name, bytes, n, out);
    if (e == OK)
        e = read_table(name, t, out);
    table_close(t);
    if (e != OK)
        qens_data_clear(out);
    return e;
}

/* ---- writing */

/* The shortest digits that are read back the same; nothing for NaN. */
static void append_number(TextBuffer *b, double value)
{
    char digits[32] = "";
    for (int n = 15; n <= 17 && !isnan(value); n++) {
        snprintf(digits, sizeof digits, "%.*g", n, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    text_append(b, "%s", digits);
}

void qens_csv_append(TextBuffer *b, const QensData *d)
{
    if (d->title != NULL)
        text_append(b, "# title: %.*s\n", (int)strcspn(d->title, "\r\n"), d->title);
    if (!isnan(d->temperature))
        text_append(b, "# temperature: %.17g K\n", d->temperature);
    if (!isnan(d->wavelength))
        text_append(b, "# wavelength: %.17g angstrom\n", d->wavelength);
    text_append(b, "# kf_over_ki: %s\n", d->kf_over_ki ? "yes" : "no");
    text_append(b, "# E > 0: the neutron loses energy; %s\n",
                d->error == NULL ? "y are counts" : "error: standard error of y");
    text_append(b, "%s,E_low [meV],E_high [meV],y%s%s\n",
                d->two_theta != NULL ? "two_theta [degree]" : "Q [1/A]",
                d->error != NULL ? ",error" : "", d->truth != NULL ? ",truth" : "");
    for (size_t k = 0; k < d->nspectra * d->ne; k++) {
        size_t s = k / d->ne, c = k % d->ne;
        const double row[] = {d->two_theta != NULL ? d->two_theta[s] : d->q[s],
                              d->edge[c],
                              d->edge[c + 1],
                              d->y[k],
                              d->error != NULL ? d->error[k] : NAN,
                              d->truth != NULL ? d->truth[k] : NAN};
        const bool has[] = {true, true, true, true, d->error != NULL, d->truth != NULL};
        for (size_t j = 0; j < sizeof row / sizeof *row; j++) {
            if (!has[j])
                continue;
            text_append(b, "%s", j > 0 ? "," : "");
            append_number(b, row[j]);
        }
        text_append(b, "\n");
    }
}

Err qens_csv_write(const char *path, const QensData *d)
{
    TextBuffer b = {0};
    qens_csv_append(&b, d);
    Err e = text_write_file(path, b.text, b.length);
    text_clear(&b);
    return e;
}
