#include "analysis/impedance_columns.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- rows ---- */

typedef struct Row {
    int line, spectrum;
    double v[IMPEDANCE_ROLES];
} Row;

typedef struct Rows {
    size_t n, room;
    Row *row;
} Rows;

static Err add_row(ImpedanceReader *r, const ImpedanceTable *c, Rows *rows)
{
    if (c->width > 0 && r->nfields != c->width)
        return err_set(ERR_INPUT, "%s:%d: %d fields; %d are needed", r->name, r->line, r->nfields,
                       c->width);
    Row row = {.line = r->line};
    for (ImpedanceRole k = 0; k < IMPEDANCE_ROLES; k++) {
        row.v[k] = NAN;
        if (c->at[k] < 0)
            continue;
        if (c->at[k] >= r->nfields)
            return impedance_columns_fault(r, impedance_columns_name(k),
                                           "the row ends before this column");
        double x;
        if (!impedance_columns_number(r, r->field[c->at[k]], &x))
            return err_set(ERR_INPUT, "%s:%d: %s: '%s' is not a finite number", r->name, r->line,
                           impedance_columns_name(k), r->field[c->at[k]]);
        row.v[k] = c->factor[k] * x + (k == IMPEDANCE_TEMPERATURE && c->celsius ? 273.15 : 0.0);
    }
    if (!(row.v[IMPEDANCE_FREQUENCY] > 0.0))
        return impedance_columns_fault(r, "frequency", "must be above 0");
    if (c->at[IMPEDANCE_TEMPERATURE] >= 0 && !(row.v[IMPEDANCE_TEMPERATURE] > 0.0))
        return impedance_columns_fault(r, "temperature", "must be above 0 K");
    if (c->at[IMPEDANCE_ERROR_REAL] >= 0 &&
        !(row.v[IMPEDANCE_ERROR_REAL] > 0.0 && row.v[IMPEDANCE_ERROR_IMAGINARY] > 0.0))
        return impedance_columns_fault(r, "sigma", "standard errors must be above 0");
    if (rows->n == rows->room) {
        rows->room = 2 * rows->room + 64;
        rows->row = mem_resize(rows->row, rows->n, rows->room, sizeof *rows->row);
    }
    rows->row[rows->n++] = row;
    return OK;
}

/* ---- formats ---- */

static ImpedanceTable fixed_columns(int f, int re, int im, int width)
{
    ImpedanceTable c = {.width = width};
    for (ImpedanceRole k = 0; k < IMPEDANCE_ROLES; k++) {
        c.at[k] = -1;
        c.factor[k] = 1.0;
    }
    c.at[IMPEDANCE_FREQUENCY] = f;
    c.at[IMPEDANCE_REAL] = re;
    c.at[IMPEDANCE_IMAGINARY] = im;
    return c;
}

static Err read_csv(ImpedanceReader *r, const ImpedanceColumns *wanted, ImpedanceTable *c,
                    Rows *rows)
{
    const char *from, *to;
    bool begun = false;
    while (impedance_columns_next_line(r, &from, &to)) {
        double x;
        if (*from == '#')
            continue;
        if (!begun) {
            r->separator = impedance_columns_separator(from, to);
            impedance_columns_split(r, from, to);
            begun = true;
            if (impedance_columns_number(r, r->field[0], &x) || r->field[0][0] == '\0') {
                if (r->nfields < 3)
                    return impedance_columns_fault(r, "",
                                                   "three columns are needed: frequency, Z', Z''");
                *c = fixed_columns(0, 1, 2, r->nfields);
            } else {
                TRY(impedance_columns_find(r, wanted, c));
                TRY(impedance_columns_need(r, c, IMPEDANCE_FREQUENCY, wanted->frequency));
                TRY(impedance_columns_need(r, c, IMPEDANCE_REAL, wanted->real));
                TRY(impedance_columns_need(r, c, IMPEDANCE_IMAGINARY, wanted->imaginary));
                continue;
            }
        }
        impedance_columns_split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return begun ? OK : err_set(ERR_INPUT, "%s: the file is empty", r->name);
}

static Err read_zview(ImpedanceReader *r, ImpedanceTable *c, Rows *rows)
{
    const char *from, *to;
    bool header = false, begun = false;
    *c = fixed_columns(0, 4, 5, 0);
    while (impedance_columns_next_line(r, &from, &to)) {
        if (impedance_columns_has(from, to, "freq(hz)") ||
            impedance_columns_has(from, to, "freq (hz)")) {
            header = true;
            continue;
        }
        if (!header || (!begun && impedance_columns_has(from, to, "end comments")))
            continue;
        if (!begun)
            r->separator = impedance_columns_separator(from, to);
        begun = true;
        impedance_columns_split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return header ? OK
                  : err_set(ERR_INPUT, "%s: no line with Freq(Hz); is this a ZView file?", r->name);
}

/* The two lines under ZCURVE: names and units. */
static Err gamry_columns(ImpedanceReader *r, ImpedanceTable *c)
{
    static const struct {
        ImpedanceRole role;
        const char *name;
    } wanted[] = {
        {IMPEDANCE_FREQUENCY, "Freq"}, {IMPEDANCE_REAL, "Zreal"}, {IMPEDANCE_IMAGINARY, "Zimag"}};
    const char *from, *to;
    *c = fixed_columns(-1, -1, -1, 0);
    if (!impedance_columns_next_line(r, &from, &to))
        return impedance_columns_fault(r, "", "the file ends under ZCURVE");
    impedance_columns_split(r, from, to);
    for (size_t k = 0; k < 3; k++) {
        for (int i = 0; i < r->nfields; i++)
            if (strcasecmp(r->field[i], wanted[k].name) == 0)
                c->at[wanted[k].role] = i;
        TRY(impedance_columns_need(r, c, wanted[k].role, wanted[k].name));
    }
    if (!impedance_columns_next_line(r, &from, &to))
        return impedance_columns_fault(r, "", "the file ends under ZCURVE");
    impedance_columns_split(r, from, to);
    for (size_t k = 0; k < 3; k++)
        if (c->at[wanted[k].role] < r->nfields)
            TRY(impedance_columns_set_unit(r, wanted[k].name, wanted[k].role,
                                           r->field[c->at[wanted[k].role]], c));
    return OK;
}

static Err read_gamry(ImpedanceReader *r, ImpedanceTable *c, Rows *rows)
{
    const char *from, *to;
    long announced = -1;
    bool found = false, aborted = false;
    r->separator = '\t';
    while (!found && impedance_columns_next_line(r, &from, &to)) {
        if (!(found = (size_t)(to - from) >= 6 && strncasecmp(from, "ZCURVE", 6) == 0))
            continue;
        impedance_columns_split(r, from, to);
        if (r->nfields > 2)
            announced = strtol(r->field[2], NULL, 10);
    }
    if (!found)
        return err_set(ERR_INPUT, "%s: no table ZCURVE; is this a Gamry file of an impedance?",
                       r->name);
    int table = r->line;
    TRY(gamry_columns(r, c));
    while (impedance_columns_next_line(r, &from, &to)) {
        aborted = aborted || impedance_columns_has(from, to, "EXPERIMENTABORTED");
        if (*from != '\t')
            break; /* the next object of the file */
        impedance_columns_split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    if (announced > 0 && !aborted && (size_t)announced != rows->n)
        return err_set(ERR_INPUT,
                       "%s:%d: ZCURVE has %zu rows but announces %ld; was the file cut off?",
                       r->name, table, rows->n, announced);
    return OK;
}

static Err read_novocontrol(ImpedanceReader *r, const ImpedanceColumns *wanted, ImpedanceTable *c,
                            Rows *rows)
{
    const char *from, *to;
    bool begun = false;
    while (impedance_columns_next_line(r, &from, &to)) {
        bool first = false;
        if (!begun) { /* titles come first; the line of columns names a frequency beside others */
            r->separator = impedance_columns_separator(from, to);
            impedance_columns_split(r, from, to);
            bool minus;
            for (int i = 0; i < r->nfields && r->nfields > 1; i++)
                first = first ||
                        impedance_columns_role(r->field[i], wanted, &minus) == IMPEDANCE_FREQUENCY;
            if (!first)
                continue;
            TRY(impedance_columns_find(r, wanted, c));
            begun = true;
            if (c->at[IMPEDANCE_REAL] >= 0 || c->at[IMPEDANCE_IMAGINARY] >= 0 || wanted->real ||
                wanted->imaginary) {
                TRY(impedance_columns_need(r, c, IMPEDANCE_REAL, wanted->real));
                TRY(impedance_columns_need(r, c, IMPEDANCE_IMAGINARY, wanted->imaginary));
            } else if ((c->at[IMPEDANCE_EPS1] < 0 && c->at[IMPEDANCE_SIG2] < 0) ||
                       (c->at[IMPEDANCE_SIG1] < 0 && c->at[IMPEDANCE_EPS2] < 0)) {
                return impedance_columns_fault(
                    r, "",
                    "neither an impedance (Zs' and Zs'', Zp' and Zp'') nor a conductivity "
                    "(Eps' or Sig'', and Sig' or Eps'') is among the columns");
            }
            continue;
        }
        impedance_columns_split(r, from, to);
        TRY(add_row(r, c, rows));
    }
    return begun ? OK
                 : err_set(ERR_INPUT, "%s: no line names columns with a frequency (Freq. [Hz])",
                           r->name);
}

/* ---- from rows to spectra ---- */

/* Novocontrol: are Zp' and Zp'' the parts of one impedance, or two elements in parallel? Eps''/Eps' is the ratio of currents. */
static Err settle_parallel(const ImpedanceReader *r, const ImpedanceTable *c, Rows *rows,
                           const char **note)
{
    double one = 0.0, two = 0.0;
    if (!c->parallel)
        return OK;
    *note = "Zp' and Zp'' taken as parts of one impedance (no Eps' and Eps'' to tell)";
    if (c->at[IMPEDANCE_EPS1] < 0 || c->at[IMPEDANCE_EPS2] < 0)
        return OK;
    for (size_t i = 0; i < rows->n; i++) {
        const double *v = rows->row[i].v;
        double angle = atan2(v[IMPEDANCE_EPS2], v[IMPEDANCE_EPS1]);
        one += fabs(atan2(fabs(v[IMPEDANCE_REAL]), fabs(v[IMPEDANCE_IMAGINARY])) - angle);
        two += fabs(atan2(fabs(v[IMPEDANCE_IMAGINARY]), fabs(v[IMPEDANCE_REAL])) - angle);
    }
    if (fmin(one, two) > 0.05 * (double)rows->n)
        return err_set(ERR_INPUT,
                       "%s: Zp' and Zp'' contradict Eps' and Eps'', as one impedance and as two "
                       "elements in parallel; name other columns",
                       r->name);
    *note = one <= two ? "Zp' and Zp'' are parts of one impedance (by Eps' and Eps'')"
                       : "Zp' and Zp'' are two elements in parallel (by Eps' and Eps'')";
    for (size_t i = 0; i < rows->n && two < one; i++) {
        double *v = rows->row[i].v;
        double _Complex z = 1.0 / (1.0 / v[IMPEDANCE_REAL] + 1.0 / (I * v[IMPEDANCE_IMAGINARY]));
        v[IMPEDANCE_REAL] = creal(z);
        v[IMPEDANCE_IMAGINARY] = cimag(z);
    }
    return OK;
}

/* Impedances from permittivity and conductivity. */
static Err from_conductivity(const ImpedanceReader *r, const ImpedanceTable *c,
                             const Pellet *pellet, Rows *rows)
{
    if (c->at[IMPEDANCE_REAL] >= 0)
        return OK;
    if (pellet == NULL)
        return err_set(ERR_INPUT,
                       "%s: conductivities but no impedances: thickness and diameter of the pellet "
                       "are needed",
                       r->name);
    for (size_t i = 0; i < rows->n; i++) {
        double *v = rows->row[i].v,
               scale = 2.0 * PI * v[IMPEDANCE_FREQUENCY] * UNITS_EPS0_F_M / 100.0;
        double re = c->at[IMPEDANCE_SIG1] >= 0 ? v[IMPEDANCE_SIG1] : scale * v[IMPEDANCE_EPS2];
        double im = c->at[IMPEDANCE_EPS1] >= 0 ? scale * v[IMPEDANCE_EPS1] : v[IMPEDANCE_SIG2];
        double _Complex z = impedance_cell_constant(pellet) / (re + I * im);
        v[IMPEDANCE_REAL] = creal(z);
        v[IMPEDANCE_IMAGINARY] = cimag(z);
    }
    return OK;
}

static int by_temperature(const void *a, const void *b)
{
    double x = ((const Row *)a)->v[IMPEDANCE_TEMPERATURE],
           y = ((const Row *)b)->v[IMPEDANCE_TEMPERATURE];
    return (x > y) - (x < y);
}

static int by_spectrum(const void *a, const void *b)
{
    const Row *x = a, *y = b;
    if (x->spectrum != y->spectrum)
        return x->spectrum - y->spectrum;
    int order = (x->v[IMPEDANCE_FREQUENCY] < y->v[IMPEDANCE_FREQUENCY]) -
                (x->v[IMPEDANCE_FREQUENCY] > y->v[IMPEDANCE_FREQUENCY]);
    return order != 0 ? order : x->line - y->line;
}

/* Spectra of temperatures more than 1 K apart; rows sorted by spectrum and falling frequency. */
static Err sort_rows(const ImpedanceReader *r, const ImpedanceTable *c, Rows *rows)
{
    if (c->at[IMPEDANCE_TEMPERATURE] >= 0)
        qsort(rows->row, rows->n, sizeof *rows->row, by_temperature);
    for (size_t i = 1; i < rows->n; i++)
        rows->row[i].spectrum =
            rows->row[i - 1].spectrum + (c->at[IMPEDANCE_TEMPERATURE] >= 0 &&
                                         rows->row[i].v[IMPEDANCE_TEMPERATURE] >
                                             rows->row[i - 1].v[IMPEDANCE_TEMPERATURE] + 1.0);
    qsort(rows->row, rows->n, sizeof *rows->row, by_spectrum);
    for (size_t i = 0; i < rows->n; i++) {
        const Row *a = &rows->row[i];
        double modulus = hypot(a->v[IMPEDANCE_REAL], a->v[IMPEDANCE_IMAGINARY]);
        if (!(modulus > 0.0 && isfinite(modulus)))
            return err_set(ERR_INPUT, "%s:%d: |Z| must be above 0 and finite", r->name, a->line);
        if (i > 0 && a->spectrum == a[-1].spectrum &&
            a->v[IMPEDANCE_FREQUENCY] == a[-1].v[IMPEDANCE_FREQUENCY])
            return err_set(ERR_INPUT, "%s:%d: frequency %g Hz stands in line %d already", r->name,
                           a->line, a->v[IMPEDANCE_FREQUENCY], a[-1].line);
    }
    return OK;
}

static Err take_spectra(const ImpedanceReader *r, const ImpedanceTable *c, const Rows *rows,
                        ImpedanceFile *out)
{
    out->spectrum = MEM_NEW(ImpedanceSpectrum, rows->row[rows->n - 1].spectrum + 1);
    for (size_t first = 0, next; first < rows->n; first = next) {
        for (next = first; next < rows->n && rows->row[next].spectrum == rows->row[first].spectrum;)
            next++;
        ImpedanceSpectrum *s = &out->spectrum[out->n++];
        *s = (ImpedanceSpectrum){.n = next - first, .temperature = NAN};
        s->frequency = MEM_NEW(double, s->n);
        s->z = mem_new(s->n, sizeof *s->z);
        s->error = c->at[IMPEDANCE_ERROR_REAL] >= 0 ? mem_new(s->n, sizeof *s->error) : NULL;
        double sum = 0.0;
        for (size_t i = 0; i < s->n; i++) {
            const double *v = rows->row[first + i].v;
            s->frequency[i] = v[IMPEDANCE_FREQUENCY];
            s->z[i] = CMPLX(v[IMPEDANCE_REAL], v[IMPEDANCE_IMAGINARY]);
            if (s->error != NULL)
                s->error[i] = CMPLX(v[IMPEDANCE_ERROR_REAL], v[IMPEDANCE_ERROR_IMAGINARY]);
            sum += v[IMPEDANCE_TEMPERATURE];
        }
        if (c->at[IMPEDANCE_TEMPERATURE] >= 0)
            s->temperature = sum / (double)s->n;
        if (s->n < 2)
            return err_set(ERR_INPUT, "%s:%d: a spectrum of one frequency; two are needed", r->name,
                           rows->row[first].line);
    }
    return OK;
}

static ImpedanceFormat format_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (dot != NULL && strcasecmp(dot, ".z") == 0)
        return IMPEDANCE_ZVIEW;
    return dot != NULL && strcasecmp(dot, ".dta") == 0 ? IMPEDANCE_GAMRY : IMPEDANCE_CSV;
}

Err impedance_files_read(const char *name, const char *bytes, size_t size, ImpedanceFormat format,
                         const ImpedanceColumns *columns, const Pellet *pellet, ImpedanceFile *out)
{
    const ImpedanceColumns none = {0};
    ImpedanceReader *r = MEM_NEW(ImpedanceReader, 1);
    ImpedanceTable c;
    Rows rows = {0};
    *out = (ImpedanceFile){0};
    *r = (ImpedanceReader){.name = name, .at = bytes, .end = bytes + size};
    if (size >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0)
        r->at += 3;
    columns = columns != NULL ? columns : &none;
    if (format == IMPEDANCE_AUTO)
        format = format_of(name);
    Err e = size > 0 && memchr(bytes, '\0', size) != NULL
                ? err_set(ERR_INPUT, "%s: the character 0; is this a text file?", name)
            : format == IMPEDANCE_ZVIEW       ? read_zview(r, &c, &rows)
            : format == IMPEDANCE_GAMRY       ? read_gamry(r, &c, &rows)
            : format == IMPEDANCE_NOVOCONTROL ? read_novocontrol(r, columns, &c, &rows)
                                              : read_csv(r, columns, &c, &rows);
    if (e == OK && rows.n == 0)
        e = err_set(ERR_INPUT, "%s: no rows of data", name);
    if (e == OK)
        e = settle_parallel(r, &c, &rows, &out->note);
    if (e == OK)
        e = from_conductivity(r, &c, pellet, &rows);
    if (e == OK)
        e = sort_rows(r, &c, &rows);
    if (e == OK)
        e = take_spectra(r, &c, &rows, out);
    if (e != OK)
        impedance_files_clear(out);
    free(rows.row);
    free(r);
    return e;
}

void impedance_files_clear(ImpedanceFile *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free(f->spectrum[i].frequency);
        free(f->spectrum[i].z);
        free(f->spectrum[i].error);
    }
    free(f->spectrum);
    *f = (ImpedanceFile){0};
}
