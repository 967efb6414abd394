#include "analysis/resolution_lines.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool all_see(const QensData *d, size_t channel)
{
    for (size_t s = 0; s < d->nspectra; s++)
        if (isnan(d->y[s * d->ne + channel]))
            return false;
    return true;
}

/* The channels [*first, *last) around E = 0 that all spectra have. */
static Err common_range(const QensData *d, size_t *first, size_t *last)
{
    size_t zero = 0;
    while (zero + 1 < d->ne && d->edge[zero + 1] <= 0.0)
        zero++;
    if (d->edge[0] > 0.0 || d->edge[d->ne] < 0.0 || !all_see(d, zero))
        return err_set(ERR_INPUT, "resolution: not all spectra see the elastic line");
    *first = zero, *last = zero + 1;
    while (*first > 0 && all_see(d, *first - 1))
        --*first;
    while (*last < d->ne && all_see(d, *last))
        ++*last;
    return OK;
}

Err resolution_lines_read(Resolution *r, const QensData *d, double floor)
{
    size_t first = 0, last = 0;
    if (d->kf_over_ki && !(d->wavelength > 0.0))
        return err_set(ERR_INPUT,
                       "resolution: kf/ki is in it, but the incident wavelength is not known");
    TRY(common_range(d, &first, &last));
    size_t n = last - first;
    double incident = UNITS_NEUTRON_MEV_A2 / (d->wavelength * d->wavelength);
    double *energy = MEM_NEW(double, n), *y = MEM_NEW(double, d->nspectra *n);
    for (size_t k = 0; k < n; k++) {
        energy[k] = qens_data_centre(d, first + k);
        double factor = d->kf_over_ki ? sqrt(1.0 - energy[k] / incident) : 1.0;
        for (size_t s = 0; s < d->nspectra; s++)
            y[s * n + k] = d->y[s * d->ne + first + k] / factor;
    }
    Err e = resolution_measured(r, d->nspectra, d->q, n, energy, y, floor);
    free(energy);
    free(y);
    return e;
}

void resolution_lines_choose(const Resolution *measured, size_t n, const double q[],
                             Resolution *out)
{
    resolution_copy(out, measured);
    if (measured->nlines <= 1)
        return;
    free(out->line);
    free(out->line_q);
    out->nlines = n;
    out->line = MEM_NEW(double _Complex, n * measured->nt);
    out->line_q = MEM_NEW(double, n);
    for (size_t s = 0; s < n; s++) {
        size_t best = 0;
        for (size_t i = 1; i < measured->nlines; i++)
            if (fabs(measured->line_q[i] - q[s]) < fabs(measured->line_q[best] - q[s]))
                best = i;
        out->line_q[s] = measured->line_q[best];
        memcpy(out->line + s * measured->nt, measured->line + best * measured->nt,
               measured->nt * sizeof *out->line);
    }
}
