#include "analysis/fit_qens.h"

#include "analysis/fit_qens_problem.h"
#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A Poisson mean must be positive: below `small` continue as an exponential with the same slope. */
static double positive(double m, double small, double *slope)
{
    if (m >= small) {
        *slope = 1.0;
        return m;
    }
    double bent = exp(fmax(m / small - 1.0, -650.0));
    *slope = bent;
    return small * bent;
}

/* Residual of one point and its derivative by the model value m. Gaussian: (m - y)/sigma. Poisson:
 * signed root of the deviance 2 [m - y + y ln(y/m)], so that the sum of squares is the deviance. */
static double residual(const FitQensProblem *p, const FitQensSpectrum *s, size_t i, double m,
                       double *slope)
{
    if (!p->poisson) {
        *slope = 1.0 / s->sigma[i];
        return (m - s->y[i]) / s->sigma[i];
    }
    double y = s->y[i], bend;
    m = positive(m, p->scale, &bend);
    if (y == 0) {
        *slope = bend / sqrt(2.0 * m);
        return sqrt(2.0 * m);
    }
    double u = m / y - 1.0; /* deviance = 2 y [u - ln(1 + u)] */
    if (fabs(u) < 1e-4) {   /* series: the bracket loses its digits near u = 0 */
        *slope = bend / sqrt(y) * (1.0 - 2.0 * u / 3.0);
        return sqrt(y) * u * (1.0 - u / 3.0);
    }
    double log_ratio = u > -0.5 ? log1p(u) : log(m / y);
    double r = copysign(sqrt(2.0 * y * (u - log_ratio)), u);
    *slope = bend * (1.0 - y / m) / r;
    return r;
}

/* Square sum of the residuals at x, and the normal equations unless NULL. */
static double evaluate(FitQensProblem *p, const double x[], Arrow *a)
{
    double sum = 0.0, shared[ARROW_SHARED], own[ARROW_OWN];
    fit_qens_problem_update(p, x);
    if (a != NULL)
        arrow_zero(a);
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++) {
            double slope, m = fit_qens_problem_point(p, x, s, i, shared, a != NULL ? own : NULL);
            double f = residual(p, &p->spectra[s], i, m, &slope);
            sum += f * f;
            if (a != NULL)
                arrow_add(a, s, slope * f, slope * slope, shared, own);
        }
    return sum;
}

/* Levenberg-Marquardt from x, which is left at the minimum; returns the square sum. Converged when the next step would
 * lower it by less than 1e-10, which is 1e-5 of a standard error, or than rounding. */
static double minimise(FitQensProblem *p, size_t np, double x[], bool *converged, int *iterations)
{
    enum { STEPS = 200, PATIENCE = 25 };
    double *step = MEM_NEW(double, np), *trial = MEM_NEW(double, np);
    Arrow a;
    arrow_init(&a, p->nspectra, p->nshared, p->nown);
    double lambda = 1e-3, sum = evaluate(p, x, &a), before = sum;
    *converged = false;
    for (*iterations = 0; *iterations < STEPS && !*converged && lambda < 1e12; ++*iterations) {
        if (*iterations % PATIENCE == PATIENCE - 1) {
            if (before - sum < 1e-3)
                break; /* it wanders along what the data do not hold */
            before = sum;
        }
        double expected = 0.0;
        bool solved = arrow_step(&a, lambda, step);
        for (size_t k = 0; k < np; k++) {
            trial[k] = x[k] + step[k];
            expected -= a.gradient[k] * step[k]; /* at least the fall that the model expects */
        }
        double there = solved ? evaluate(p, trial, NULL) : INFINITY;
        double fall = sum - there;
        if (fall >= 0.0) {
            *converged = expected < 1e-10 + 1e-14 * sum;
            memcpy(x, trial, np * sizeof *x);
            sum = evaluate(p, x, &a);
        }
        if (fall > 0.75 * expected)
            lambda = fmax(0.1 * lambda, 1e-12);
        else if (!(fall > 0.25 * expected)) { /* overshot: without damping it would zigzag */
            lambda = fmax(10.0 * lambda, 1e-3);
        }
    }
    if (lambda >= 1e12) /* no better place however short the step: the minimum within rounding */
        *converged = true;
    free(step), free(trial);
    arrow_clear(&a);
    return sum;
}

/* Inverse Fisher information, of sum over points of (dm dm^T)/variance, where the variance of a count
 * is its mean. Returns false, with infinite errors, if the matrix is singular. */
static bool covariance(FitQensProblem *p, const double x[], size_t np, double out[],
                       double *log_determinant)
{
    double shared[ARROW_SHARED], own[ARROW_OWN];
    Arrow a;
    arrow_init(&a, p->nspectra, p->nshared, p->nown);
    arrow_zero(&a);
    fit_qens_problem_update(p, x);
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++) {
            double bend, m = fit_qens_problem_point(p, x, s, i, shared, own);
            double variance = p->poisson ? positive(m, p->scale, &bend)
                                         : p->spectra[s].sigma[i] * p->spectra[s].sigma[i];
            arrow_add(&a, s, 0.0, 1.0 / variance, shared, own);
        }
    bool good = arrow_invert(&a, out, log_determinant);
    for (size_t k = 0; k < np * np; k++)
        out[k] = good ? out[k] : INFINITY;
    arrow_clear(&a);
    return good;
}

/* Logarithm of the prior's volume in the parameters as fitted; header. */
static double log_prior(const FitQensProblem *p)
{
    const FitQensModel *m = p->model;
    const FitQensSpectrum *first = &p->spectra[0];
    double fwhm = m->resolution != NULL ? resolution_fwhm(m->resolution, 0.0) : m->fwhm;
    double range = first->energy[first->n - 1] - first->energy[0];
    double widths = log(fmax(log(range / (0.15 * fwhm)), 1.0)), sum = 0.0;
    sum += widths * (double)((m->own_widths ? p->nspectra : 1) * p->lines + p->oscillators);
    if (m->free_energy)
        sum += log(range) * (double)p->oscillators;
    for (size_t s = 0; s < p->nspectra; s++) {
        const FitQensSpectrum *d = &p->spectra[s];
        double area = 0.0, top = 0.0;
        for (size_t i = 0; i < d->n; i++) {
            double width = i > 0 ? d->energy[i] - d->energy[i - 1] : d->energy[1] - d->energy[0];
            area += fabs(d->y[i]) * width;
            top = fmax(top, fabs(d->y[i]));
        }
        sum += log(fmax(2.0 * area, 1e-300)) * (double)(1 + p->lines + p->oscillators);
        sum += log(fmax(top, 1e-300));
    }
    return sum;
}

/* Narrowest line first: swap everything that belongs to the two lines. */
static void order_lines(const FitQensProblem *p, double x[])
{
    if (p->lines < 2)
        return;
    for (size_t s = 0; s < p->nspectra; s++) {
        double *a = x + fit_qens_problem_own(p, s), *w = x + fit_qens_problem_widths(p, s), t;
        if (w[0] <= w[1])
            continue;
        t = a[1], a[1] = a[2], a[2] = t;
        if (p->model->own_widths || s + 1 == p->nspectra)
            t = w[0], w[0] = w[1], w[1] = t;
    }
}

/* A_el/(A_el + the first `lines` areas) of each spectrum; errors are tied together by the widths. */
static void fill_eisf(FitQensResult *r, size_t lines, double eisf[], double error[], double c[])
{
    size_t np = r->nparameters, n = r->nspectra;
    double *slope = MEM_NEW(double, n *(1 + lines));
    for (size_t s = 0; s < n; s++) {
        const double *a = r->parameter + r->nshared + s * r->nown;
        double sum = a[0];
        for (size_t k = 0; k < lines; k++)
            sum += a[1 + k];
        eisf[s] = a[0] / sum;
        for (size_t k = 0; k <= lines; k++)
            slope[s * (1 + lines) + k] = (k == 0 ? sum - a[0] : -a[0]) / (sum * sum);
    }
    for (size_t s = 0; s < n; s++)
        for (size_t t = 0; t < n; t++) {
            double v = 0.0;
            for (size_t i = 0; i <= lines && lines > 0; i++)
                for (size_t k = 0; k <= lines; k++)
                    v += slope[s * (1 + lines) + i] * slope[t * (1 + lines) + k] *
                         r->covariance[(r->nshared + s * r->nown + i) * np + r->nshared +
                                       t * r->nown + k];
            c[s * n + t] = v;
        }
    for (size_t s = 0; s < n; s++)
        error[s] = r->identified ? sqrt(fmax(c[s * n + s], 0.0)) : INFINITY;
    free(slope);
}

/* Logarithms of widths become widths. */
static void undo_logarithms(const FitQensProblem *p, const double x[], FitQensResult *r)
{
    size_t np = r->nparameters;
    for (size_t k = 0; k < np; k++) {
        bool is_log = k < p->nshared ? k < p->nshared - (p->model->free_energy ? p->oscillators : 0)
                                     : p->model->own_widths &&
                                           (k - p->nshared) % p->nown >= p->nown - p->lines;
        r->parameter[k] = is_log ? exp(x[k]) : x[k];
        for (size_t l = 0; l < np && is_log && r->identified; l++) {
            r->covariance[k * np + l] *= r->parameter[k];
            r->covariance[l * np + k] *= r->parameter[k];
        }
    }
}

static double error_of(const FitQensResult *r, size_t k)
{
    return sqrt(r->covariance[k * r->nparameters + k]);
}

static void fill_widths(const FitQensProblem *p, FitQensResult *r)
{
    for (size_t k = 0; k < p->lines; k++) {
        double sum = 0.0, weight = 0.0;
        for (size_t s = 0; s < p->nspectra; s++) {
            size_t at = fit_qens_problem_widths(p, s) + k;
            double error = error_of(r, at);
            r->own_width[s * p->lines + k] = r->parameter[at];
            r->own_width_error[s * p->lines + k] = error;
            sum += r->parameter[at] / (error * error), weight += 1.0 / (error * error);
        }
        r->width[k] = p->model->own_widths ? sum / weight : r->parameter[k];
        r->width_error[k] = p->model->own_widths ? 1.0 / sqrt(weight) : error_of(r, k);
    }
    size_t first = p->model->own_widths ? 0 : p->lines;
    for (size_t k = 0; k < p->oscillators; k++) {
        size_t at = first + p->oscillators + k;
        r->damping[k] = r->parameter[first + k];
        r->damping_error[k] = error_of(r, first + k);
        r->energy[k] = p->model->free_energy ? fabs(r->parameter[at]) : p->model->energy[k];
        r->energy_error[k] = p->model->free_energy ? error_of(r, at) : 0.0;
    }
}

static void fill_result(FitQensProblem *p, const double x[], FitQensResult *r)
{
    size_t lines = p->lines, modes = p->oscillators, n = p->nspectra;
    double log_determinant = 0.0;
    r->identified = covariance(p, x, r->nparameters, r->covariance, &log_determinant);
    r->evidence = r->identified ? -0.5 * r->chi2 + 0.5 * (double)r->nparameters * log(2.0 * PI) -
                                      0.5 * log_determinant - log_prior(p)
                                : -INFINITY;
    undo_logarithms(p, x, r);
    fill_widths(p, r);
    for (size_t s = 0; s < n; s++) {
        size_t e = fit_qens_problem_own(p, s), b = e + 1 + lines + modes;
        r->elastic[s] = x[e];
        r->elastic_error[s] = error_of(r, e);
        for (size_t k = 0; k < lines; k++) {
            r->area[s * lines + k] = x[e + 1 + k];
            r->area_error[s * lines + k] = error_of(r, e + 1 + k);
        }
        for (size_t k = 0; k < modes; k++) {
            r->strength[s * modes + k] = x[e + 1 + lines + k];
            r->strength_error[s * modes + k] = error_of(r, e + 1 + lines + k);
        }
        r->background[s] = x[b];
        r->background_error[s] = error_of(r, b);
    }
    fill_eisf(r, lines > 0 ? 1 : 0, r->eisf, r->eisf_error, r->eisf_covariance);
    fill_eisf(r, lines, r->eisf_all, r->eisf_all_error, r->eisf_all_covariance);
}

static Err check_model(const FitQensModel *m, size_t nspectra)
{
    if (m->lines < 0 || m->lines > FIT_QENS_MAX_LINES)
        return err_set(ERR_INPUT, "QENS fit: %d Lorentzians; 0, 1 or 2 are possible", m->lines);
    if (m->oscillators < 0 || m->oscillators > FIT_QENS_MAX_OSCILLATORS)
        return err_set(ERR_INPUT, "QENS fit: %d oscillators; 0 to %d are possible", m->oscillators,
                       (int)FIT_QENS_MAX_OSCILLATORS);
    for (int k = 0; k < m->oscillators; k++)
        if (!(m->energy[k] > 0.0) || !isfinite(m->energy[k]))
            return err_set(ERR_INPUT,
                           "QENS fit: oscillator %d has the energy %g meV; it must be positive",
                           k + 1, m->energy[k]);
    if ((m->resolution == NULL && !(m->fwhm > 0)) || nspectra == 0)
        return err_set(ERR_INPUT,
                       "QENS fit: needs a resolution FWHM > 0 meV and at least one spectrum");
    if (m->resolution != NULL && m->resolution->nlines > 1 && m->resolution->nlines != nspectra)
        return err_set(ERR_INPUT,
                       "QENS fit: %zu measured lines for %zu spectra; one for all or one for each",
                       m->resolution->nlines, nspectra);
    return OK;
}

static Err check_input(const FitQensModel *m, size_t nspectra, const FitQensSpectrum spectra[])
{
    TRY(check_model(m, nspectra));
    for (size_t s = 0; s < nspectra; s++) {
        const FitQensSpectrum *d = &spectra[s];
        if (d->n < 2 * (size_t)(m->lines + m->oscillators + 2))
            return err_set(ERR_INPUT,
                           "QENS fit: %zu points at Q = %g 1/A are too few for %d Lorentzians and "
                           "%d oscillators",
                           d->n, d->q, m->lines, m->oscillators);
        if ((d->sigma == NULL) != (spectra[0].sigma == NULL))
            return err_set(ERR_INPUT, "QENS fit: counts and data with errors cannot be mixed");
        for (size_t i = 0; i < d->n; i++)
            if (!isfinite(d->energy[i]) || !isfinite(d->y[i]) || (d->sigma && !(d->sigma[i] > 0)) ||
                (!d->sigma && d->y[i] < 0))
                return err_set(
                    ERR_INPUT,
                    "QENS fit: point %zu at Q = %g 1/A is not usable (y = %g, sigma = %g)", i + 1,
                    d->q, d->y[i], d->sigma ? d->sigma[i] : sqrt(fabs(d->y[i])));
    }
    return OK;
}

static void result_new(const FitQensProblem *p, FitQensResult *r)
{
    size_t n = p->nspectra;
    r->lines = (int)p->lines;
    r->oscillators = (int)p->oscillators;
    r->poisson = p->poisson;
    r->nspectra = n;
    r->npoints = p->npoints;
    r->nshared = p->nshared;
    r->nown = p->nown;
    r->nparameters = p->nshared + n * p->nown;
    double **vectors[] = {&r->elastic, &r->elastic_error, &r->background, &r->background_error,
                          &r->eisf,    &r->eisf_error,    &r->eisf_all,   &r->eisf_all_error};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = MEM_NEW(double, n);
    double **by_line[] = {&r->area, &r->area_error, &r->own_width, &r->own_width_error};
    for (size_t i = 0; i < sizeof by_line / sizeof *by_line; i++)
        *by_line[i] = MEM_NEW(double, n * p->lines);
    r->strength = MEM_NEW(double, n * p->oscillators);
    r->strength_error = MEM_NEW(double, n * p->oscillators);
    r->eisf_covariance = MEM_NEW(double, n *n);
    r->eisf_all_covariance = MEM_NEW(double, n *n);
    r->parameter = MEM_NEW(double, r->nparameters);
    r->covariance = MEM_NEW(double, r->nparameters * r->nparameters);
}

Err fit_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
             FitQensResult *out)
{
    memset(out, 0, sizeof *out);
    TRY(check_input(model, nspectra, spectra));
    FitQensProblem p;
    fit_qens_problem_init(&p, model, nspectra, spectra);
    result_new(&p, out);
    double *x = MEM_NEW(double, out->nparameters);
    (void)fit_qens_start(&p, x);
    out->chi2 = minimise(&p, out->nparameters, x, &out->converged, &out->iterations);
    out->bic = out->chi2 + (double)out->nparameters * log((double)p.npoints);
    order_lines(&p, x);
    fill_result(&p, x, out);
    free(x);
    fit_qens_problem_clear(&p);
    out->converged = out->converged && isfinite(out->chi2);
    if (!out->converged)
        return err_set(ERR_NUMERICAL, "QENS fit with %d Lorentzians: no convergence after %d steps",
                       out->lines, out->iterations);
    return OK;
}

void fit_qens_clear(FitQensResult *r)
{
    double *blocks[] = {
        r->elastic,         r->elastic_error,    r->area,           r->area_error,
        r->strength,        r->strength_error,   r->own_width,      r->own_width_error,
        r->background,      r->background_error, r->eisf,           r->eisf_error,
        r->eisf_covariance, r->eisf_all,         r->eisf_all_error, r->eisf_all_covariance,
        r->parameter,       r->covariance};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    memset(r, 0, sizeof *r);
}

Err fit_qens_choose(const FitQensModel *model, int max_lines, size_t nspectra,
                    const FitQensSpectrum spectra[], FitQensResult results[], int *best)
{
    FitQensModel m = *model;
    Err last = OK;
    *best = -1;
    for (int lines = 0; lines <= max_lines; lines++)
        memset(&results[lines], 0, sizeof results[lines]);
    for (m.lines = 0; m.lines <= max_lines; m.lines++) {
        Err err = fit_qens(&m, nspectra, spectra, &results[m.lines]);
        if (err != OK && err != ERR_NUMERICAL)
            return err;
        if (err != OK)
            last = err;
        else if (*best < 0 || results[m.lines].bic < results[*best].bic)
            *best = m.lines;
    }
    return *best < 0 ? last : OK;
}

FitQensTimes fit_qens_times(double width, double width_error)
{
    double tau = UNITS_HBAR_MEV_PS / width;
    return (FitQensTimes){.tau = tau,
                          .tau_error = tau * width_error / width,
                          .residence_c2 = 2.0 * tau,
                          .residence_c3 = 1.5 * tau};
}
