#include "analysis/fit_qens_data.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_inside(double x, double low, double high)
{
    return !(x < low) && !(x > high); /* NaN: no limit */
}

/* kf/ki at energy transfer e. */
static double kf_over_ki(const QensData *d, double e)
{
    double incident = UNITS_NEUTRON_MEV_A2 / (d->wavelength * d->wavelength);
    return sqrt(fmax(1.0 - e / incident, 0.0));
}

/* The channels of one spectrum; five rows of d->ne numbers at `row`. */
static void take(const QensData *d, const FitQensWindow *w, size_t s, double mean_width,
                 double *row, FitQensSpectrum *out, size_t channel[])
{
    double *energy = row, *y = row + d->ne, *sigma = row + 2 * d->ne, *bin = row + 3 * d->ne,
           *factor = row + 4 * d->ne;
    size_t n = 0;
    for (size_t k = 0; k < d->ne; k++) {
        double e = qens_data_centre(d, k), v = d->y[s * d->ne + k];
        if (isnan(v) || !is_inside(e, w->e_low, w->e_high))
            continue;
        energy[n] = e, y[n] = v, bin[n] = d->edge[k + 1] - d->edge[k];
        sigma[n] = d->error != NULL ? d->error[s * d->ne + k] : sqrt(fmax(v, 1.0));
        factor[n] = (d->kf_over_ki ? kf_over_ki(d, e) : 1.0) *
                    (d->error == NULL ? bin[n] / mean_width : 1.0);
        channel[n++] = k;
    }
    *out = (FitQensSpectrum){.q = d->q[s],
                             .n = n,
                             .energy = energy,
                             .y = y,
                             .sigma = d->error != NULL || w->least_squares ? sigma : NULL,
                             .bin = bin,
                             .factor = factor};
}

Err fit_qens_data_select(const QensData *d, const FitQensWindow *w, FitQensData *out)
{
    size_t n = d->nspectra, ne = d->ne;
    *out = (FitQensData){0};
    if (d->kf_over_ki && !(d->wavelength > 0.0))
        return err_set(ERR_INPUT, "kf/ki is in the data, but the incident wavelength is not known");
    out->spectra = MEM_NEW(FitQensSpectrum, n);
    out->of = MEM_NEW(size_t, n);
    out->channel = MEM_NEW(size_t *, n);
    out->memory = MEM_NEW(double, 5 * n * ne);
    double mean_width = (d->edge[ne] - d->edge[0]) / (double)ne;
    for (size_t s = 0; s < n; s++) {
        if (!is_inside(d->q[s], w->q_low - 1e-9, w->q_high + 1e-9))
            continue;
        size_t at = out->nspectra, *channel = MEM_NEW(size_t, ne);
        take(d, w, s, mean_width, out->memory + at * 5 * ne, &out->spectra[at], channel);
        if (out->spectra[at].n == 0) {
            free(channel);
            continue;
        }
        out->of[at] = s, out->channel[at] = channel;
        out->nspectra++;
    }
    if (out->nspectra == 0)
        return err_set(ERR_INPUT, "no channel with a number lies in the window");
    return OK;
}

void fit_qens_data_clear(FitQensData *f)
{
    for (size_t s = 0; s < f->nspectra; s++)
        free(f->channel[s]);
    free(f->spectra);
    free(f->of);
    free(f->channel);
    free(f->memory);
    *f = (FitQensData){0};
}

Err fit_qens_data_lines(const FitQensData *f, const Resolution *measured, Resolution *out)
{
    resolution_copy(out, measured);
    if (measured->nlines <= 1)
        return OK;
    free(out->line);
    free(out->line_q);
    out->nlines = f->nspectra;
    out->line = MEM_NEW(double _Complex, f->nspectra * measured->nt);
    out->line_q = MEM_NEW(double, f->nspectra);
    double step = (measured->line_q[measured->nlines - 1] - measured->line_q[0]) /
                  (double)(measured->nlines - 1);
    for (size_t s = 0; s < f->nspectra; s++) {
        size_t best = 0;
        for (size_t i = 1; i < measured->nlines; i++)
            if (fabs(measured->line_q[i] - f->spectra[s].q) <
                fabs(measured->line_q[best] - f->spectra[s].q))
                best = i;
        if (!(fabs(measured->line_q[best] - f->spectra[s].q) <= 0.5 * step + 1e-6)) {
            Err e = err_set(
                ERR_INPUT,
                "resolution: no line near Q = %g 1/A; those measured go from %g to %g 1/A",
                f->spectra[s].q, measured->line_q[0], measured->line_q[measured->nlines - 1]);
            resolution_clear(out);
            return e;
        }
        out->line_q[s] = f->spectra[s].q;
        memcpy(out->line + s * measured->nt, measured->line + best * measured->nt,
               measured->nt * sizeof *out->line);
    }
    return OK;
}
