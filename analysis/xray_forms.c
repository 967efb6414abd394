#include "analysis/xray_forms.h"

#include "base/mem.h"
#include "store/table.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_spline.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

struct XrayForms {
    char *name;
    size_t n;
    double *q;
    int columns;
    char species[MOST][8];
    gsl_spline *spline[MOST];
};

static Err read_q(const Table *t, XrayForms *f)
{
    size_t column;
    TRY(table_column(t, "Q", &column));
    f->n = table_rows(t);
    if (f->n < 4)
        return err_set(ERR_INPUT, "%s: %zu rows; a table of form factors needs at least 4", f->name,
                       f->n);
    f->q = MEM_NEW(double, f->n);
    for (size_t k = 0; k < f->n; k++) {
        TRY(table_number(t, k, column, &f->q[k]));
        if (!(f->q[k] >= 0) || !isfinite(f->q[k]))
            return table_error(t, k, column, "%g: Q must be finite and not negative", f->q[k]);
        if (k > 0 && f->q[k] <= f->q[k - 1])
            return table_error(t, k, column, "%g: Q must rise from row to row", f->q[k]);
    }
    return OK;
}

/* f is even in Q: the table and its mirror image, so that the curve is level at Q = 0. */
static gsl_spline *even_spline(size_t n, const double q[], const double y[])
{
    size_t mirrored = q[0] > 0.0 ? n : n - 1, all = n + mirrored;
    double *x = MEM_NEW(double, all), *v = MEM_NEW(double, all);
    for (size_t k = 0; k < all; k++) {
        size_t i = k < mirrored ? n - 1 - k : k - mirrored;
        x[k] = k < mirrored ? -q[i] : q[i];
        v[k] = y[i];
    }
    gsl_spline *s = gsl_spline_alloc(gsl_interp_cspline, all);
    CHECK(s && gsl_spline_init(s, x, v, all) == GSL_SUCCESS, "spline of %zu points", all);
    free(x);
    free(v);
    return s;
}

static Err read_species(const Table *t, const char *symbol, XrayForms *f)
{
    size_t column;
    if (f->columns == MOST || table_column(t, symbol, &column) != OK)
        return OK; /* not in this table */
    double *y = MEM_NEW(double, f->n);
    Err err = OK;
    for (size_t k = 0; k < f->n && err == OK; k++) {
        err = table_number(t, k, column, &y[k]);
        if (err == OK && !(fabs(y[k]) < 1000.0))
            err = table_error(t, k, column, "%g: a form factor in electrons is wanted", y[k]);
    }
    if (err == OK) {
        f->spline[f->columns] = even_spline(f->n, f->q, y);
        strncpy(f->species[f->columns++], symbol, sizeof f->species[0] - 1);
    }
    free(y);
    return err;
}

Err xray_forms_read(const char *name, const char *bytes, size_t size, XrayForms **out)
{
    static const char *const symbols[] = {"Mg", "B", "H", "D", "10B", "11B"};
    Table *t;
    TRY(table_parse(name, bytes, size, &t));
    XrayForms *f = MEM_NEW(XrayForms, 1);
    f->name = mem_string(name);
    Err err = read_q(t, f);
    for (size_t k = 0; k < sizeof symbols / sizeof *symbols && err == OK; k++)
        err = read_species(t, symbols[k], f);
    if (err == OK && f->columns == 0)
        err = err_set(ERR_INPUT, "%s: no column is named after a species (%s)", name,
                      species_known());
    table_close(t);
    if (err != OK)
        xray_forms_free(f);
    *out = err == OK ? f : NULL;
    return err;
}

void xray_forms_free(XrayForms *f)
{
    if (!f)
        return;
    for (int k = 0; k < f->columns; k++)
        gsl_spline_free(f->spline[k]);
    free(f->q);
    free(f->name);
    free(f);
}

/* Column of a species: by its own symbol, else by its element; -1 if there is none. */
static int find(const XrayForms *f, const Species *s)
{
    for (int k = 0; k < f->columns; k++)
        if (strcmp(f->species[k], s->symbol) == 0)
            return k;
    for (int k = 0; k < f->columns; k++)
        if (strcmp(f->species[k], s->element) == 0)
            return k;
    return -1;
}

Err xray_forms_check(const XrayForms *f, const Species *s, double qmax)
{
    if (find(f, s) < 0)
        return err_set(ERR_INPUT, "%s: no column '%s'", f->name, s->element);
    if (f->q[f->n - 1] < qmax || f->q[0] > 1.0)
        return err_set(ERR_INPUT,
                       "%s: Q from %g to %g 1/angstrom; 0 (or at least 1) to %g are wanted",
                       f->name, f->q[0], f->q[f->n - 1], qmax);
    return OK;
}

double xray_forms_at(const XrayForms *f, const Species *s, double q)
{
    int k = find(f, s);
    CHECK(k >= 0, "%s: no column %s", f->name, s->element);
    return gsl_spline_eval(f->spline[k], fmin(q, f->q[f->n - 1]), NULL);
}
