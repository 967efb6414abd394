#include "analysis/fit_qens.h"

#include "analysis/arrow.h"
#include "base/mem.h"
#include "base/units.h"

#include <cerf.h>
#include <complex.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double FWHM_PER_SIGMA = 2.3548200450309493; /* 2 sqrt(2 ln 2) */

double fit_qens_voigt(double e, double sigma, double gamma, double *dgamma)
{
    double complex z = (e + I * gamma) / (sigma * sqrt(2.0));
    double complex w = w_of_z(z);
    double norm = 1.0 / (sigma * sqrt(2.0 * PI));
    if (dgamma) {
        double complex slope = 2.0 * I / sqrt(PI) - 2.0 * z * w; /* w'(z) */
        *dgamma = norm * creal(slope * I / (sigma * sqrt(2.0)));
    }
    return norm * creal(w);
}

/* Harmonic detailed-balance factor, 1 + x/2 + ... near zero. */
static double balance(double e, double temperature)
{
    if (temperature <= 0)
        return 1.0;
    double x = e / (UNITS_KB_MEV * temperature);
    return fabs(x) < 1e-8 ? 1.0 + 0.5 * x : x / -expm1(-x);
}

/* Profiles of unit area at one energy: value[0] elastic, value[k] line k; slope[k-1] = d value[k] /
 * d ln Gamma_k. */
static void profiles_at(const FitQensModel *m, const double width[], double e, double value[],
                        double slope[])
{
    double s = m->fwhm / FWHM_PER_SIGMA;
    value[0] = exp(-0.5 * e * e / (s * s)) / (s * sqrt(2.0 * PI));
    double b = balance(e, m->temperature);
    for (int k = 0; k < m->lines; k++) {
        double d;
        value[k + 1] = b * fit_qens_voigt(e, s, width[k], &d);
        slope[k] = b * width[k] * d;
    }
}

/* The same averaged over the energy bin by five Gauss-Legendre points. */
static void profiles(const FitQensModel *m, const double width[], double e, double value[],
                     double slope[])
{
    static const double node[5] = {-0.906179845938663993, -0.538469310105683091, 0.0,
                                   0.538469310105683091, 0.906179845938663993};
    static const double weight[5] = {0.236926885056189088, 0.478628670499366468,
                                     0.568888888888888889, 0.478628670499366468,
                                     0.236926885056189088};
    if (m->bin <= 0) {
        profiles_at(m, width, e, value, slope);
        return;
    }
    memset(value, 0, sizeof(double) * (size_t)(m->lines + 1));
    memset(slope, 0, sizeof(double) * (size_t)m->lines);
    for (int i = 0; i < 5; i++) {
        double v[FIT_QENS_MAX_LINES + 1], d[FIT_QENS_MAX_LINES];
        profiles_at(m, width, e + 0.5 * m->bin * node[i], v, d);
        for (int k = 0; k <= m->lines; k++)
            value[k] += 0.5 * weight[i] * v[k];
        for (int k = 0; k < m->lines; k++)
            slope[k] += 0.5 * weight[i] * d[k];
    }
}

void fit_qens_model(const FitQensModel *model, double elastic, const double width[],
                    const double area[], double background, size_t n, const double energy[],
                    double y[])
{
    for (size_t i = 0; i < n; i++) {
        double v[FIT_QENS_MAX_LINES + 1], d[FIT_QENS_MAX_LINES];
        profiles(model, width, energy[i], v, d);
        y[i] = elastic * v[0] + background;
        for (int k = 0; k < model->lines; k++)
            y[i] += area[k] * v[k + 1];
    }
}

/* One fit under way. Profiles are kept while the widths stay, since value and slope are asked for
 * in turn. */
typedef struct Problem {
    const FitQensModel *model;
    size_t nspectra, npoints, per; /* per: parameters of one spectrum */
    const FitQensSpectrum *spectra;
    bool poisson;
    double scale; /* a small count below which a Poisson mean is bent to stay positive */
    double log_width[FIT_QENS_MAX_LINES];
    bool ready;
    double *value; /* [npoints][lines + 1] */
    double *slope; /* [npoints][lines] */
} Problem;

static void update_profiles(Problem *p, const double log_width[])
{
    int lines = p->model->lines;
    bool same = p->ready;
    for (int k = 0; k < lines; k++)
        same = same && log_width[k] == p->log_width[k];
    if (same)
        return;
    double width[FIT_QENS_MAX_LINES] = {0};
    for (int k = 0; k < lines; k++) {
        p->log_width[k] = log_width[k];
        width[k] = exp(fmin(fmax(log_width[k], -30.0), 12.0));
    }
    size_t at = 0;
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++, at++)
            profiles(p->model, width, p->spectra[s].energy[i], p->value + at * (size_t)(lines + 1),
                     p->slope + at * (size_t)lines);
    p->ready = true;
}

/* A Poisson mean must be positive: below `small` continue as an exponential with the same slope. */
static double positive(double m, double small, double *slope)
{
    if (m >= small) {
        *slope = 1.0;
        return m;
    }
    double bent = exp(fmax(m / small - 1.0, -200.0));
    *slope = bent;
    return small * bent;
}

/* Residual of one point and its derivative by the model value m. Gaussian: (m - y)/sigma. Poisson:
 * signed root of the deviance 2 [m - y + y ln(y/m)], so that the sum of squares is the deviance. */
static double residual(const Problem *p, const FitQensSpectrum *s, size_t i, double m,
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
    double r = copysign(sqrt(2.0 * y * (u - log1p(u))), u);
    *slope = bend * (1.0 - y / m) / r;
    return r;
}

static double point_model(const Problem *p, const double x[], size_t s, const double value[])
{
    const double *a = x + (size_t)p->model->lines + s * p->per;
    double m = a[p->per - 1];
    for (int k = 0; k <= p->model->lines; k++)
        m += a[k] * value[k];
    return m;
}

/* Row of d m / d parameter for one point. */
static void point_slope(const Problem *p, const double x[], size_t s, size_t at, double row[])
{
    size_t lines = (size_t)p->model->lines, first = lines + s * p->per;
    const double *value = p->value + at * (lines + 1), *slope = p->slope + at * lines;
    for (size_t k = 0; k < lines; k++)
        row[k] = x[first + 1 + k] * slope[k];
    for (size_t k = 0; k <= lines; k++)
        row[first + k] = value[k];
    row[first + p->per - 1] = 1.0;
}

/* Square sum of the residuals at x, and the normal equations unless NULL. */
static double evaluate(Problem *p, const double x[], double row[], Arrow *a)
{
    size_t lines = (size_t)p->model->lines, at = 0;
    double sum = 0.0;
    update_profiles(p, x);
    if (a != NULL)
        arrow_zero(a);
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++, at++) {
            double slope, m = point_model(p, x, s, p->value + at * (lines + 1));
            double f = residual(p, &p->spectra[s], i, m, &slope);
            sum += f * f;
            if (a == NULL)
                continue;
            point_slope(p, x, s, at, row);
            arrow_add(a, s, slope * f, slope * slope, row, row + lines + s * p->per);
        }
    return sum;
}

/* Levenberg-Marquardt from x, which is left at the minimum; returns the square sum. Converged when the next step would
 * lower it by less than 1e-10, which is 1e-5 of a standard error, or than rounding. */
static double minimise(Problem *p, size_t np, double x[], bool *converged, int *iterations)
{
    enum { STEPS = 200 };
    double *step = MEM_NEW(double, np), *trial = MEM_NEW(double, np), *row = MEM_NEW(double, np);
    Arrow a;
    arrow_init(&a, p->nspectra, (size_t)p->model->lines, p->per);
    double lambda = 1e-3, sum = evaluate(p, x, row, &a);
    *converged = false;
    for (*iterations = 0; *iterations < STEPS && !*converged && lambda < 1e12; ++*iterations) {
        double expected = 0.0;
        bool solved = arrow_step(&a, lambda, step);
        for (size_t k = 0; k < np; k++) {
            trial[k] = x[k] + step[k];
            expected -= a.gradient[k] * step[k]; /* at least the fall that the model expects */
        }
        double there = solved ? evaluate(p, trial, row, NULL) : INFINITY;
        double fall = sum - there;
        if (fall >= 0.0) {
            *converged = expected < 1e-10 + 1e-14 * sum;
            memcpy(x, trial, np * sizeof *x);
            sum = evaluate(p, x, row, &a);
        }
        if (fall > 0.75 * expected)
            lambda = fmax(0.1 * lambda, 1e-12);
        else if (!(fall > 0.25 * expected)) { /* overshot: without damping it would zigzag */
            lambda = fmax(10.0 * lambda, 1e-3);
        }
    }
    if (lambda >= 1e12) /* no better place however short the step: the minimum within rounding */
        *converged = true;
    free(step), free(trial), free(row);
    arrow_clear(&a);
    return sum;
}

/* Best areas and background at fixed widths: linear, one spectrum at a time. Returns the weighted
 * square sum. */
static double linear_start(Problem *p, const double log_width[], double x[])
{
    size_t lines = (size_t)p->model->lines, at = 0;
    double total = 0;
    memcpy(x, log_width, lines * sizeof *x);
    update_profiles(p, log_width);
    for (size_t s = 0; s < p->nspectra; s++) {
        const FitQensSpectrum *d = &p->spectra[s];
        gsl_matrix *a = gsl_matrix_alloc(d->n, p->per), *cov = gsl_matrix_alloc(p->per, p->per);
        gsl_vector *w = gsl_vector_alloc(d->n), *c = gsl_vector_alloc(p->per);
        gsl_vector_const_view y = gsl_vector_const_view_array(d->y, d->n);
        for (size_t i = 0; i < d->n; i++, at++) {
            for (size_t k = 0; k <= lines; k++)
                gsl_matrix_set(a, i, k, p->value[at * (lines + 1) + k]);
            gsl_matrix_set(a, i, lines + 1, 1.0);
            gsl_vector_set(w, i,
                           p->poisson ? 1.0 / (d->y[i] + 1.0) : 1.0 / (d->sigma[i] * d->sigma[i]));
        }
        double chi2;
        gsl_multifit_linear_workspace *work = gsl_multifit_linear_alloc(d->n, p->per);
        if (gsl_multifit_wlinear(a, w, &y.vector, c, cov, &chi2, work) != GSL_SUCCESS)
            chi2 = INFINITY;
        total += chi2;
        memcpy(x + lines + s * p->per, c->data, p->per * sizeof *x);
        gsl_multifit_linear_free(work);
        gsl_matrix_free(a);
        gsl_matrix_free(cov);
        gsl_vector_free(w);
        gsl_vector_free(c);
    }
    return total;
}

/* Start from the given widths, or from the best of a logarithmic scan between what the resolution
 * hides and what the range shows. */
static void find_start(Problem *p, double x[])
{
    enum { SCAN = 9 };
    const FitQensModel *m = p->model;
    double range = p->spectra[0].energy[p->spectra[0].n - 1] - p->spectra[0].energy[0];
    double low = log(0.15 * m->fwhm), high = log(0.4 * range), grid[SCAN];
    for (int i = 0; i < SCAN; i++)
        grid[i] = low + (high - low) * i / (SCAN - 1);
    double best = INFINITY, start[FIT_QENS_MAX_LINES] = {grid[SCAN / 3], grid[2 * SCAN / 3]};
    bool given = m->width_start[0] > 0 && (m->lines < 2 || m->width_start[1] > 0);
    if (given)
        for (int k = 0; k < m->lines; k++)
            start[k] = log(m->width_start[k]);
    for (int i = 0; i < SCAN && m->lines > 0 && !given; i++)
        for (int j = m->lines == 2 ? i + 1 : SCAN - 1; j < SCAN; j++) {
            double trial[FIT_QENS_MAX_LINES] = {grid[i], grid[j]};
            double chi2 = linear_start(p, trial, x);
            if (chi2 < best) {
                best = chi2;
                memcpy(start, trial, sizeof start);
            }
        }
    (void)linear_start(p, start, x);
}

/* Inverse Fisher information, sum over points of (dm dm^T)/variance, where the variance of a count
 * is its mean. Widths are turned from ln Gamma to Gamma. Returns false, with infinite errors, if
 * the matrix is singular. */
static bool covariance(Problem *p, const double x[], size_t np, double out[])
{
    gsl_matrix *f = gsl_matrix_calloc(np, np);
    double *row = MEM_NEW(double, np), *scale = MEM_NEW(double, np);
    size_t at = 0;
    update_profiles(p, x);
    for (size_t s = 0; s < p->nspectra; s++)
        for (size_t i = 0; i < p->spectra[s].n; i++, at++) {
            memset(row, 0, np * sizeof *row);
            point_slope(p, x, s, at, row);
            double bend, m = point_model(p, x, s, p->value + at * (size_t)(p->model->lines + 1));
            double sigma = p->poisson ? sqrt(positive(m, p->scale, &bend)) : p->spectra[s].sigma[i];
            for (size_t a = 0; a < np; a++)
                for (size_t b = 0; b <= a && row[a] != 0; b++)
                    *gsl_matrix_ptr(f, a, b) += row[a] * row[b] / (sigma * sigma);
        }
    bool good = true;
    for (size_t a = 0; a < np; a++) {
        double d = gsl_matrix_get(f, a, a);
        good = good && d > 0 && isfinite(d);
        scale[a] = good ? 1.0 / sqrt(d) : 1.0;
    }
    for (size_t a = 0; a < np; a++)
        for (size_t b = 0; b <= a; b++) {
            double v = gsl_matrix_get(f, a, b) * scale[a] * scale[b];
            gsl_matrix_set(f, a, b, v);
            gsl_matrix_set(f, b, a, v);
        }
    good = good && gsl_linalg_cholesky_decomp1(f) == GSL_SUCCESS &&
           gsl_linalg_cholesky_invert(f) == GSL_SUCCESS;
    for (size_t a = 0; a < np; a++)
        for (size_t b = 0; b < np; b++) {
            double turn = (a < (size_t)p->model->lines ? exp(x[a]) : 1.0) *
                          (b < (size_t)p->model->lines ? exp(x[b]) : 1.0);
            double v = good ? gsl_matrix_get(f, a, b) * scale[a] * scale[b] * turn : INFINITY;
            good = good && isfinite(v);
            out[a * np + b] = v;
        }
    gsl_matrix_free(f);
    free(row);
    free(scale);
    return good;
}

/* Narrowest line first: swap everything that belongs to the two lines. */
static void order_lines(const Problem *p, double x[])
{
    if (p->model->lines < 2 || x[0] <= x[1])
        return;
    double t = x[0];
    x[0] = x[1], x[1] = t;
    for (size_t s = 0; s < p->nspectra; s++) {
        double *a = x + 2 + s * p->per;
        t = a[1];
        a[1] = a[2], a[2] = t;
    }
}

/* EISF of each spectrum; errors are shared by the spectra because the widths are. */
static void fill_eisf(const Problem *p, FitQensResult *r)
{
    size_t lines = (size_t)r->lines, np = r->nparameters, n = r->nspectra;
    for (size_t s = 0; s < n; s++) {
        double a0 = r->elastic[s], a1 = lines > 0 ? r->area[s * lines] : 0.0;
        r->eisf[s] = a0 / (a0 + a1);
        for (size_t t = 0; t <= s; t++) {
            double b0 = r->elastic[t], b1 = lines > 0 ? r->area[t * lines] : 0.0;
            /* d EISF = (a1 dA_el - a0 dA_1)/(a0 + a1)^2 */
            const double gs[2] = {a1, -a0}, gt[2] = {b1, -b0};
            double v = 0, scale = (a0 + a1) * (a0 + a1) * (b0 + b1) * (b0 + b1);
            for (size_t i = 0; i < 2 && lines > 0; i++)
                for (size_t k = 0; k < 2; k++)
                    v += gs[i] * gt[k] / scale *
                         r->covariance[(lines + s * p->per + i) * np + lines + t * p->per + k];
            r->eisf_covariance[s * n + t] = r->eisf_covariance[t * n + s] = v;
        }
        double own = r->eisf_covariance[s * n + s];
        r->eisf_error[s] = r->identified ? sqrt(fmax(own, 0.0)) : INFINITY;
    }
}

static void fill_result(Problem *p, const double x[], FitQensResult *r)
{
    size_t lines = (size_t)p->model->lines, np = r->nparameters;
    memcpy(r->parameter, x, np * sizeof *x);
    r->identified = covariance(p, x, np, r->covariance);
    const double *c = r->covariance;
    for (size_t k = 0; k < lines; k++) {
        r->width[k] = r->parameter[k] = exp(x[k]);
        r->width_error[k] = sqrt(c[k * np + k]);
    }
    for (size_t s = 0; s < p->nspectra; s++) {
        size_t e = lines + s * p->per, b = e + p->per - 1;
        r->elastic[s] = x[e];
        r->elastic_error[s] = sqrt(c[e * np + e]);
        for (size_t k = 0; k < lines; k++) {
            r->area[s * lines + k] = x[e + 1 + k];
            r->area_error[s * lines + k] = sqrt(c[(e + 1 + k) * np + e + 1 + k]);
        }
        r->background[s] = x[b];
        r->background_error[s] = sqrt(c[b * np + b]);
    }
    fill_eisf(p, r);
}

static Err check_input(const FitQensModel *m, size_t nspectra, const FitQensSpectrum spectra[])
{
    if (m->lines < 0 || m->lines > FIT_QENS_MAX_LINES)
        return err_set(ERR_INPUT, "QENS fit: %d Lorentzians; 0, 1 or 2 are possible", m->lines);
    if (!(m->fwhm > 0) || nspectra == 0)
        return err_set(ERR_INPUT,
                       "QENS fit: needs a resolution FWHM > 0 meV and at least one spectrum");
    for (size_t s = 0; s < nspectra; s++) {
        const FitQensSpectrum *d = &spectra[s];
        if (d->n < 2 * (size_t)(m->lines + 2))
            return err_set(ERR_INPUT,
                           "QENS fit: %zu points at Q = %g 1/A are too few for %d Lorentzians",
                           d->n, d->q, m->lines);
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

static void result_new(const Problem *p, FitQensResult *r)
{
    size_t lines = (size_t)p->model->lines;
    r->lines = p->model->lines;
    r->poisson = p->poisson;
    r->nspectra = p->nspectra;
    r->npoints = p->npoints;
    r->nparameters = lines + p->nspectra * p->per;
    double **vectors[] = {&r->elastic,          &r->elastic_error, &r->background,
                          &r->background_error, &r->eisf,          &r->eisf_error};
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        *vectors[i] = MEM_NEW(double, p->nspectra);
    r->area = MEM_NEW(double, p->nspectra *lines);
    r->area_error = MEM_NEW(double, p->nspectra *lines);
    r->eisf_covariance = MEM_NEW(double, p->nspectra * p->nspectra);
    r->parameter = MEM_NEW(double, r->nparameters);
    r->covariance = MEM_NEW(double, r->nparameters * r->nparameters);
}

static Err solve(Problem *p, FitQensResult *r)
{
    double *x = MEM_NEW(double, r->nparameters);
    find_start(p, x);
    r->chi2 = minimise(p, r->nparameters, x, &r->converged, &r->iterations);
    r->bic = r->chi2 + (double)r->nparameters * log((double)p->npoints);
    order_lines(p, x);
    fill_result(p, x, r);
    free(x);
    r->converged = r->converged && isfinite(r->chi2);
    if (!r->converged)
        return err_set(ERR_NUMERICAL, "QENS fit with %d Lorentzians: no convergence after %d steps",
                       r->lines, r->iterations);
    return OK;
}

Err fit_qens(const FitQensModel *model, size_t nspectra, const FitQensSpectrum spectra[],
             FitQensResult *out)
{
    memset(out, 0, sizeof *out);
    TRY(check_input(model, nspectra, spectra));
    Problem p = {.model = model,
                 .nspectra = nspectra,
                 .spectra = spectra,
                 .per = (size_t)model->lines + 2,
                 .poisson = spectra[0].sigma == NULL};
    double sum = 0;
    for (size_t s = 0; s < nspectra; s++) {
        p.npoints += spectra[s].n;
        for (size_t i = 0; i < spectra[s].n; i++)
            sum += spectra[s].y[i];
    }
    p.scale = 1e-4 * sum / (double)p.npoints + 1e-12;
    p.value = MEM_NEW(double, p.npoints *(size_t)(model->lines + 1));
    p.slope = MEM_NEW(double, p.npoints *(size_t)model->lines);
    result_new(&p, out);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    Err err = solve(&p, out);
    gsl_set_error_handler(handler);
    free(p.value);
    free(p.slope);
    return err;
}

void fit_qens_clear(FitQensResult *r)
{
    double *blocks[] = {r->elastic,    r->elastic_error,    r->area,           r->area_error,
                        r->background, r->background_error, r->eisf,           r->eisf_error,
                        r->parameter,  r->covariance,       r->eisf_covariance};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        free(blocks[i]);
    memset(r, 0, sizeof *r);
}

Err fit_qens_choose(const FitQensModel *model, int max_lines, size_t nspectra,
                    const FitQensSpectrum spectra[], FitQensResult results[], int *best)
{
    FitQensModel m = *model;
    *best = 0;
    for (int lines = 0; lines <= max_lines; lines++)
        memset(&results[lines], 0, sizeof results[lines]);
    for (m.lines = 0; m.lines <= max_lines; m.lines++) {
        Err err = fit_qens(&m, nspectra, spectra, &results[m.lines]);
        if (err != OK && (err != ERR_NUMERICAL || m.lines == 0))
            return err;
        if (err == OK && results[m.lines].bic < results[*best].bic)
            *best = m.lines;
    }
    return OK;
}

FitQensTimes fit_qens_times(double width, double width_error)
{
    double tau = UNITS_HBAR_MEV_PS / width;
    return (FitQensTimes){.tau = tau,
                          .tau_error = tau * width_error / width,
                          .residence_c2 = 2.0 * tau,
                          .residence_c3 = 1.5 * tau};
}
