#include "analysis/impedance.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <errno.h>
#include <gsl/gsl_blas.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

double impedance_area(const Pellet *p)
{
    return PI * p->diameter * p->diameter / 4.0;
}

double impedance_cell_constant(const Pellet *p)
{
    return p->thickness / impedance_area(p);
}

double impedance_capacitance(const Pellet *p)
{
    return UNITS_EPS0_F_M / 100.0 * p->eps_r / impedance_cell_constant(p);
}

double _Complex impedance_pellet(const Pellet *p, double omega, double _Complex sigma)
{
    return 1.0 / (sigma / impedance_cell_constant(p) + I * omega * impedance_capacitance(p));
}

double _Complex impedance_rcpe(const RCpe *c, double omega)
{
    return c->r / (1.0 + c->r * c->q * cpow(I * omega, c->n));
}

double impedance_peak(const RCpe *c)
{
    return pow(c->r * c->q, -1.0 / c->n);
}

double impedance_brug(const RCpe *c)
{
    return pow(c->q * pow(c->r, 1.0 - c->n), 1.0 / c->n);
}

double *impedance_frequencies(const Analyser *a, size_t *n)
{
    double decades = log10(a->highest / a->lowest);
    *n = (size_t)floor(decades * a->per_decade + 0.5) + 1;
    double *f = MEM_NEW(double, *n);
    for (size_t i = 0; i < *n; i++)
        f[i] = a->highest * pow(10.0, -decades * (double)i / (double)(*n - 1));
    return f;
}

void impedance_add_noise(const Analyser *a, uint64_t seed, uint64_t set, size_t n,
                         double _Complex z[])
{
    for (size_t i = 0; i < n; i++) {
        double g[3];
        rng_normal3(seed, RNG_NOISE, set, i, 0, g);
        z[i] += a->noise * cabs(z[i]) * (g[0] + I * g[1]);
    }
}

typedef struct FitData {
    size_t n;
    const double *frequency;
    const double _Complex *z;
    double noise;
} FitData;

static RCpe from_parameters(const gsl_vector *x)
{
    return (RCpe){.r = exp(gsl_vector_get(x, 0)),
                  .q = exp(gsl_vector_get(x, 1)),
                  .n = 1.0 / (1.0 + exp(-gsl_vector_get(x, 2)))};
}

static int residuals(const gsl_vector *x, void *context, gsl_vector *out)
{
    const FitData *d = context;
    RCpe c = from_parameters(x);
    for (size_t i = 0; i < d->n; i++) {
        double scale = 1.0 / (d->noise * cabs(d->z[i]));
        double _Complex r = (impedance_rcpe(&c, 2.0 * PI * d->frequency[i]) - d->z[i]) * scale;
        gsl_vector_set(out, 2 * i, creal(r));
        gsl_vector_set(out, 2 * i + 1, cimag(r));
    }
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *x, void *context, gsl_matrix *j)
{
    const FitData *d = context;
    RCpe c = from_parameters(x);
    for (size_t i = 0; i < d->n; i++) {
        double scale = 1.0 / (d->noise * cabs(d->z[i]));
        double _Complex iw = I * 2.0 * PI * d->frequency[i];
        double _Complex y = c.r * c.q * cpow(iw, c.n), z = c.r / (1.0 + y);
        /* dZ/dlnR = Z - Z y/(1+y), dZ/dlnQ = -Z y/(1+y), dZ/dn = -Z y ln(iw)/(1+y), dn/dlogit = n (1-n) */
        double _Complex dq = -z * y / (1.0 + y);
        const double _Complex g[3] = {z + dq, dq, dq * clog(iw) * c.n * (1.0 - c.n)};
        for (size_t k = 0; k < 3; k++) {
            gsl_matrix_set(j, 2 * i, k, creal(g[k]) * scale);
            gsl_matrix_set(j, 2 * i + 1, k, cimag(g[k]) * scale);
        }
    }
    return GSL_SUCCESS;
}

/* Start: R from the largest real part, C from the imaginary part at the highest frequency, n = 0.95. */
static void first_guess(const FitData *d, double x[3])
{
    double r = 0.0, highest = 0.0, c = 1e-12;
    for (size_t i = 0; i < d->n; i++) {
        r = fmax(r, creal(d->z[i]));
        double admittance = cimag(1.0 / d->z[i]);
        if (d->frequency[i] > highest && admittance > 0.0) {
            highest = d->frequency[i];
            c = admittance / (2.0 * PI * d->frequency[i]);
        }
    }
    x[0] = log(r > 0.0 ? r : 1.0);
    x[1] = log(c);
    x[2] = log(0.95 / 0.05);
}

Err impedance_fit(size_t n, const double frequency[], const double _Complex z[], double noise,
                  const Pellet *pellet, ImpedanceFit *fit)
{
    if (n < 3)
        return err_set(ERR_INPUT, "impedance fit: %zu points for three parameters", n);
    FitData d = {.n = n, .frequency = frequency, .z = z, .noise = noise > 0.0 ? noise : 1.0};
    double start[3], lowest = HUGE_VAL;
    first_guess(&d, start);
    gsl_vector_view x0 = gsl_vector_view_array(start, 3);
    gsl_multifit_nlinear_fdf f = {.f = residuals, .df = jacobian, .n = 2 * n, .p = 3, .params = &d};
    gsl_multifit_nlinear_parameters how = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_workspace *w =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &how, 2 * n, 3);
    int info, status = gsl_multifit_nlinear_init(&x0.vector, &f, w);
    if (status == GSL_SUCCESS)
        status = gsl_multifit_nlinear_driver(200, 1e-12, 1e-12, 0.0, NULL, NULL, &info, w);
    gsl_matrix_view covariance = gsl_matrix_view_array(&fit->covariance[0][0], 3, 3);
    gsl_multifit_nlinear_covar(gsl_multifit_nlinear_jac(w), 0.0, &covariance.matrix);
    double chi2;
    gsl_vector *r = gsl_multifit_nlinear_residual(w);
    gsl_blas_ddot(r, r, &chi2);
    fit->value = from_parameters(gsl_multifit_nlinear_position(w));
    fit->iterations = (int)gsl_multifit_nlinear_niter(w);
    gsl_multifit_nlinear_free(w);
    if (status != GSL_SUCCESS)
        return err_set(ERR_NUMERICAL, "impedance fit: %s after %d iterations", gsl_strerror(status),
                       fit->iterations);
    fit->chi2_reduced = chi2 / (double)(2 * n - 3);
    if (!(noise > 0.0)) /* the scatter itself tells the noise */
        for (int i = 0; i < 9; i++)
            (&fit->covariance[0][0])[i] *= fit->chi2_reduced;
    fit->error_ln_r = sqrt(fit->covariance[0][0]);
    fit->error_ln_q = sqrt(fit->covariance[1][1]);
    fit->error_n = sqrt(fit->covariance[2][2]) * fit->value.n * (1.0 - fit->value.n);
    for (size_t i = 0; i < n; i++)
        lowest = fmin(lowest, frequency[i]);
    fit->peak_in_window = impedance_peak(&fit->value) / (2.0 * PI) > 3.0 * lowest;
    fit->conductivity = pellet ? impedance_cell_constant(pellet) / fit->value.r : NAN;
    fit->conductivity_error = fit->conductivity * fit->error_ln_r;
    return OK;
}

Err impedance_arrhenius(size_t n, const double temperature[], const double sigma[],
                        const double error_ln[], bool times_t, Arrhenius *a)
{
    if (n < 2)
        return err_set(ERR_INPUT, "Arrhenius fit: %zu temperatures, two are needed", n);
    double *x = MEM_NEW(double, 3 * n), *y = x + n, *w = x + 2 * n;
    for (size_t i = 0; i < n; i++) {
        x[i] = 1.0 / (UNITS_KB * temperature[i]);
        y[i] = log(times_t ? sigma[i] * temperature[i] : sigma[i]);
        w[i] = error_ln ? 1.0 / (error_ln[i] * error_ln[i]) : 1.0;
    }
    double c0, c1, v00, v01, v11, chi2;
    int status = gsl_fit_wlinear(x, 1, w, 1, y, 1, n, &c0, &c1, &v00, &v01, &v11, &chi2);
    free(x);
    if (status != GSL_SUCCESS || !isfinite(c1))
        return err_set(ERR_NUMERICAL,
                       "Arrhenius fit: conductivities must be positive and temperatures differ");
    double scale = error_ln ? 1.0 : (n > 2 ? chi2 / (double)(n - 2) : NAN);
    *a = (Arrhenius){.energy = -c1,
                     .energy_error = sqrt(v11 * scale),
                     .ln_prefactor = c0,
                     .ln_prefactor_error = sqrt(v00 * scale),
                     .covariance = -v01 * scale,
                     .chi2 = chi2,
                     .times_t = times_t};
    return OK;
}

Err impedance_write_csv(const char *path, size_t n, const double frequency[],
                        const double _Complex z[], const char *comment)
{
    char *part = mem_format("%s.part", path);
    FILE *file = fopen(part, "w");
    bool good = file != NULL;
    if (good) {
        good = fprintf(file, "# %s\n# Z = Z' + i Z'', Z'' < 0 is capacitive\nf/Hz,Z'/ohm,Z''/ohm\n",
                       comment) > 0;
        for (size_t i = 0; i < n && good; i++)
            good = fprintf(file, "%.9e,%.9e,%.9e\n", frequency[i], creal(z[i]), cimag(z[i])) > 0;
        good = fclose(file) == 0 && good;
        good = good && rename(part, path) == 0;
    }
    Err e = good ? OK : err_set(ERR_FILE, "%s: cannot be written: %s", path, strerror(errno));
    free(part);
    return e;
}
