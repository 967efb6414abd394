#include "analysis/attempts.h"

#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Slope of ln(sigma), or of ln(sigma T), against -1/kT [eV]. */
static double slope_of(const AttemptsFit *f, bool times_t)
{
    double sx = 0.0, sy = 0.0, sxx = 0.0, sxy = 0.0;
    for (int i = 0; i < f->n; i++) {
        double x = -1.0 / (UNITS_KB * f->temperature[i]);
        double y = log(f->sigma[i] * (times_t ? f->temperature[i] : 1.0));
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double spread = f->n * sxx - sx * sx;
    return f->n < 2 || !(spread > 0.0) ? NAN : (f->n * sxy - sx * sy) / spread;
}

Err attempts_fit(const AttemptsMaterial *m, AttemptsFit *f)
{
    double ln = 0.0;
    f->slope = slope_of(f, true);
    f->slope_sigma = slope_of(f, false);
    double energy = isnan(f->energy) ? f->slope : f->energy;
    for (int i = 0; i < f->n; i++) {
        double kt = UNITS_KB * f->temperature[i];
        if (!(f->sigma[i] > 0.0 && kt > 0.0))
            return err_set(ERR_INPUT, "%s: conductivity %g S/cm at %g K: both must be positive",
                           f->sample, f->sigma[i], f->temperature[i]);
        /* e^2/(eV A ps) in S/cm; ps to s */
        f->d[i] =
            f->sigma[i] / UNITS_S_CM * kt * m->volume / (m->ions * m->charge * m->charge) * 1e12;
        f->rate[i] = 6.0 * f->d[i] / (m->hop * m->hop);
        f->implied[i] = f->rate[i] * exp(energy / kt);
        ln += log(f->implied[i]) / f->n;
    }
    f->attempt = exp(ln);
    f->fraction = f->attempt / m->attempt;
    return OK;
}

double attempts_meyer_neldel(const AttemptsFit *a, const AttemptsFit *b)
{
    double ea = isnan(a->energy) ? a->slope : a->energy,
           eb = isnan(b->energy) ? b->slope : b->energy;
    return (eb - ea) / log(b->attempt / a->attempt);
}

/* ---- from a table ---------------------------------------------------------------------------- */

typedef struct Columns {
    size_t quantity, sample, temperature, value, unit;
} Columns;

static Err find_columns(const Table *t, Columns *c)
{
    TRY(table_column(t, "quantity", &c->quantity));
    TRY(table_column(t, "sample", &c->sample));
    TRY(table_column(t, "T_K", &c->temperature));
    TRY(table_column(t, "value", &c->value));
    return table_column(t, "unit", &c->unit);
}

static AttemptsFit *fit_of(const char *sample, int most, AttemptsFit fit[], int *n)
{
    for (int i = 0; i < *n; i++)
        if (strncmp(fit[i].sample, sample, sizeof fit[i].sample - 1) == 0)
            return &fit[i];
    if (*n == most)
        return NULL;
    AttemptsFit *f = &fit[(*n)++];
    *f = (AttemptsFit){.energy = NAN};
    snprintf(f->sample, sizeof f->sample, "%s", sample);
    return f;
}

static Err add_point(const Table *t, size_t row, const Columns *c, int most, AttemptsFit fit[],
                     int *n)
{
    AttemptsFit *f = fit_of(table_text(t, row, c->sample), most, fit, n);
    if (f == NULL || f->n == ATTEMPTS_POINTS)
        return table_error(t, row, c->sample, "more than %d samples, or %d conductivities of one",
                           most, ATTEMPTS_POINTS);
    TRY(table_number(t, row, c->temperature, &f->temperature[f->n]));
    TRY(table_number(t, row, c->value, &f->sigma[f->n]));
    if (!(f->sigma[f->n] > 0.0 && f->temperature[f->n] > 0.0))
        return table_error(t, row, c->value, "conductivity and temperature must be positive");
    f->n++;
    return OK;
}

Err attempts_read(const Table *t, const AttemptsMaterial *m, int most, AttemptsFit fit[], int *n)
{
    Columns c;
    *n = 0;
    TRY(find_columns(t, &c));
    for (size_t row = 0; row < table_rows(t); row++)
        if (strcmp(table_text(t, row, c.quantity), "ionic conductivity") == 0 &&
            strcmp(table_text(t, row, c.unit), "S/cm") == 0)
            TRY(add_point(t, row, &c, most, fit, n));
    for (size_t row = 0; row < table_rows(t); row++)
        if (strcmp(table_text(t, row, c.quantity), "activation energy of conductivity") == 0 &&
            strcmp(table_text(t, row, c.unit), "eV") == 0)
            for (int i = 0; i < *n; i++)
                if (strncmp(fit[i].sample, table_text(t, row, c.sample),
                            sizeof fit[i].sample - 1) == 0)
                    TRY(table_number(t, row, c.value, &fit[i].energy));
    for (int i = 0; i < *n; i++) {
        if (fit[i].n < 2 && isnan(fit[i].energy))
            return err_set(ERR_INPUT,
                           "%s: one conductivity and no activation energy say nothing of attempts",
                           fit[i].sample);
        TRY(attempts_fit(m, &fit[i]));
    }
    return OK;
}
