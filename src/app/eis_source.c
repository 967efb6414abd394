#include "app/eis_source.h"

#include "base/mem.h"
#include "base/units.h"
#include "store/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rising frequencies, finite numbers. `where`: file or file and group. */
static Err check(const EisSource *s, const char *where)
{
    if (s->n < 1)
        return err_set(ERR_INPUT, "%s: a conductivity spectrum without frequencies", where);
    for (size_t i = 0; i < s->n; i++) {
        if (!(s->frequency[i] >= 0.0) || !isfinite(s->frequency[i]) ||
            (i > 0 && !(s->frequency[i] > s->frequency[i - 1])))
            return err_set(
                ERR_INPUT,
                "%s: frequency %zu (%g Hz) must be finite, not negative and above the one "
                "before",
                where, i + 1, s->frequency[i]);
        if (!isfinite(creal(s->sigma[i])) || !isfinite(cimag(s->sigma[i])))
            return err_set(ERR_INPUT, "%s: the conductivity at %g Hz is not a finite number", where,
                           s->frequency[i]);
    }
    return OK;
}

static Err read_pairs(H5 *group, const char *name, const char *unit, size_t n, double **data)
{
    size_t dims[2];
    char found[32];
    double factor;
    TRY(h5_read(group, name, 2, dims, data, found));
    Err e = OK;
    if (dims[0] != n || dims[1] != 2)
        e = err_set(ERR_INPUT, "%s: conductivity_spectrum/%s is %zu x %zu, not %zu x 2",
                    h5_path(group), name, dims[0], dims[1], n);
    else if (units_factor(found, unit, &factor) != OK)
        e = err_set(ERR_INPUT, "%s: conductivity_spectrum/%s is in '%s', not in %s", h5_path(group),
                    name, found, unit);
    if (e != OK) {
        free(*data);
        *data = NULL;
        return e;
    }
    for (size_t i = 0; i < 2 * n; i++)
        (*data)[i] *= factor;
    return OK;
}

static Err read_group(H5 *group, EisSource *s)
{
    double *sigma = NULL, *error = NULL;
    char unit[32];
    TRY(h5_read(group, "frequency", 1, &s->n, &s->frequency, unit));
    TRY(read_pairs(group, "sigma", "S/cm", s->n, &sigma));
    s->sigma = mem_new(s->n, sizeof *s->sigma);
    for (size_t i = 0; i < s->n; i++)
        s->sigma[i] = CMPLX(sigma[2 * i], sigma[2 * i + 1]);
    free(sigma);
    if (h5_exists(group, "sigma_error") && s->n > 0) {
        TRY(read_pairs(group, "sigma_error", "S/cm", s->n, &error));
        s->dc_error = error[0];
        free(error);
    }
    if (h5_exists(group, "source"))
        TRY(h5_read_text(group, "source", &s->text));
    return OK;
}

Err eis_source_read(H5 *file, EisSource *s)
{
    *s = (EisSource){.temperature = NAN, .dc_error = NAN};
    static const char *const places[] = {"conductivity_spectrum", "current/conductivity_spectrum"};
    size_t k = 0;
    while (k < 2 && !h5_exists(file, places[k]))
        k++;
    if (k == 2)
        return err_set(ERR_INPUT, "%s has no group conductivity_spectrum, also not in current",
                       h5_path(file));
    H5 *group;
    TRY(h5_group(file, places[k], &group));
    Err e = read_group(group, s);
    if (e == OK && k == 1 && h5_exists(file, "current/conductivity_status"))
        e = h5_read_text(file, "current/conductivity_status", &s->status);
    if (e == OK)
        e = h5_read_attr_number(group, NULL, "temperature", &s->temperature);
    h5_close_group(group);
    if (e == OK)
        e = check(s, h5_path(file));
    if (e == OK && s->text == NULL)
        s->text = mem_string("conductivity spectrum of a stage");
    if (e != OK)
        eis_source_clear(s);
    return e;
}

static Err table_column_in(const Table *t, const char *name, const char *unit, size_t *column,
                           double *factor)
{
    TRY(table_column(t, name, column));
    const char *found = table_unit(t, *column);
    *factor = 1.0;
    if (found[0] == '\0' || units_factor(found, unit, factor) == OK)
        return OK;
    return table_error(t, 0, *column, "the unit '%s' is not one of %s", found, unit);
}

static Err read_table(const Table *t, EisSource *s)
{
    static const char *const names[3] = {"frequency", "Re", "Im"};
    size_t column[3];
    double factor[3], x[3];
    s->n = table_rows(t);
    for (int k = 0; k < 3; k++)
        TRY(table_column_in(t, names[k], k == 0 ? "Hz" : "S/cm", &column[k], &factor[k]));
    s->frequency = MEM_NEW(double, s->n);
    s->sigma = mem_new(s->n, sizeof *s->sigma);
    for (size_t i = 0; i < s->n; i++) {
        for (int k = 0; k < 3; k++) {
            TRY(table_number(t, i, column[k], &x[k]));
            x[k] *= factor[k];
        }
        s->frequency[i] = x[0];
        s->sigma[i] = CMPLX(x[1], x[2]);
        if (!(x[0] >= 0.0) || (i > 0 && !(x[0] > s->frequency[i - 1])))
            return table_error(t, i, column[0],
                               "%g Hz must be above the one before, and not negative", x[0]);
    }
    return OK;
}

Err eis_source_open(const Comm *c, const char *path, double temperature, EisSource *s)
{
    Table *t = NULL;
    *s = (EisSource){.temperature = temperature, .dc_error = NAN};
    Err e = table_open(c, path, &t);
    if (e == OK)
        e = read_table(t, s);
    if (e == OK)
        e = check(s, path);
    if (t != NULL)
        table_close(t);
    s->text = mem_format("conductivity spectrum of the file %s",
                         strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path);
    if (e != OK)
        eis_source_clear(s);
    return e;
}

void eis_source_clear(EisSource *s)
{
    free(s->frequency);
    free(s->sigma);
    free(s->text);
    free(s->status);
    *s = (EisSource){0};
}

double _Complex eis_source_at(const EisSource *s, double frequency)
{
    const double *f = s->frequency;
    if (frequency >= f[s->n - 1] || s->n == 1)
        return s->sigma[s->n - 1];
    size_t k = 0;
    while (f[k + 1] <= frequency) /* f[k] <= frequency < f[k+1], or k = 0 */
        k++;
    double _Complex a = s->sigma[k], b = s->sigma[k + 1];
    if (f[k] > frequency) { /* below the first: Re stays, Im falls */
        double x = frequency / f[k];
        return CMPLX(creal(a), cimag(a) * x);
    }
    if (f[k] == 0.0) {
        double x = frequency / f[k + 1];
        return CMPLX(creal(a) + (creal(b) - creal(a)) * x * x, cimag(b) * x);
    }
    double x = log(frequency / f[k]) / log(f[k + 1] / f[k]);
    return a + (b - a) * x;
}

Err eis_source_covers(const EisSource *s, double lowest, double highest, bool *below)
{
    *below = s->frequency[0] > lowest;
    if (s->n > 1 && s->frequency[0] > highest)
        return err_set(ERR_INPUT,
                       "the conductivity has no DC value and begins at %g Hz, above all that the "
                       "analyser sees%s%s",
                       s->frequency[0], s->status != NULL ? "; its stage says: " : "",
                       s->status != NULL ? s->status : "");
    if (s->n > 1 && s->frequency[s->n - 1] < highest)
        return err_set(ERR_INPUT,
                       "the conductivity spectrum ends at %g Hz, the analyser goes to %g Hz",
                       s->frequency[s->n - 1], highest);
    return OK;
}
