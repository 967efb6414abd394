/* fit_qens_start.c -- where a fit begins: widths given or scanned, areas by linear least squares. */
#include "analysis/fit_qens_problem.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Best areas and background at the nonlinear parameters in x, one spectrum at a time. Returns the weighted square sum. */
static double linear_start(FitQensProblem *p, double x[])
{
    size_t linear = p->lines + p->oscillators + 2;
    double shared[ARROW_SHARED], own[ARROW_OWN], total = 0.0;
    double *step = MEM_NEW(double, p->nspectra *linear);
    Arrow a;
    arrow_init(&a, p->nspectra, 0, linear);
    arrow_zero(&a);
    for (size_t s = 0; s < p->nspectra; s++)
        memset(x + fit_qens_problem_own(p, s), 0, linear * sizeof *x);
    fit_qens_problem_update(p, x);
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++) {
            const FitQensSpectrum *d = &p->spectra[s];
            double w = p->poisson ? 1.0 / (d->y[i] + 1.0) : 1.0 / (d->sigma[i] * d->sigma[i]);
            (void)fit_qens_problem_point(p, x, s, i, shared, own);
            arrow_add(&a, s, -w * d->y[i], w, NULL, own);
            total += w * d->y[i] * d->y[i];
        }
    if (arrow_step(&a, 1e-10, step)) {
        for (size_t s = 0; s < p->nspectra; s++)
            memcpy(x + fit_qens_problem_own(p, s), step + s * linear, linear * sizeof *x);
        for (size_t k = 0; k < p->nspectra * linear; k++)
            total += a.gradient[k] * step[k];
    } else {
        total = INFINITY;
    }
    arrow_clear(&a);
    free(step);
    return total;
}

static void put_widths(const FitQensProblem *p, const double log_width[], double x[])
{
    for (size_t s = 0; s < (p->model->own_widths ? p->nspectra : 1); s++)
        memcpy(x + fit_qens_problem_widths(p, s), log_width, p->lines * sizeof *x);
}

static void put_oscillators(const FitQensProblem *p, double x[])
{
    const FitQensModel *m = p->model;
    double *damping = x + (m->own_widths ? 0 : p->lines);
    for (size_t k = 0; k < p->oscillators; k++) {
        damping[k] = log(m->damping[k] > 0.0 ? m->damping[k] : 0.1 * m->energy[k]);
        if (m->free_energy)
            damping[p->oscillators + k] = m->energy[k];
    }
}

/* Start from the given widths, or from the best of a logarithmic scan between what the resolution
 * hides and what the range shows. */
double fit_qens_start(FitQensProblem *p, double x[])
{
    enum { SCAN = 9 };
    const FitQensModel *m = p->model;
    const FitQensSpectrum *d = &p->spectra[0];
    double fwhm = m->resolution != NULL ? resolution_fwhm(m->resolution, 0.0) : m->fwhm;
    double range = d->energy[d->n - 1] - d->energy[0];
    double low = log(0.15 * fwhm), high = log(0.4 * range), grid[SCAN];
    if (m->oscillators > 0) /* what is broader than the lowest mode is far from it */
        high = fmin(high, log(m->energy[0]));
    high = fmax(high, low + 1.0);
    for (int i = 0; i < SCAN; i++)
        grid[i] = low + (high - low) * i / (SCAN - 1);
    double best = INFINITY, start[FIT_QENS_MAX_LINES] = {grid[SCAN / 3], grid[2 * SCAN / 3]};
    bool given = m->width_start[0] > 0 && (m->lines < 2 || m->width_start[1] > 0);
    put_oscillators(p, x);
    if (given)
        for (int k = 0; k < m->lines; k++)
            start[k] = log(m->width_start[k]);
    for (int i = 0; i < SCAN && m->lines > 0 && !given; i++)
        for (int j = m->lines == 2 ? i + 1 : SCAN - 1; j < SCAN; j++) {
            const double trial[FIT_QENS_MAX_LINES] = {grid[i], grid[j]};
            put_widths(p, trial, x);
            double chi2 = linear_start(p, x);
            if (chi2 < best) {
                best = chi2;
                memcpy(start, trial, sizeof start);
            }
        }
    put_widths(p, start, x);
    return linear_start(p, x);
}
