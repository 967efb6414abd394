#include "analysis/arrhenius.h"

#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_blas.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns 1, x, y are multiplied by L^-1 (C = L L^T): then it is ordinary least squares. */
static bool whiten(size_t n, const double covariance[], double columns[3][n])
{
    double *c = MEM_NEW(double, n *n);
    memcpy(c, covariance, n * n * sizeof *c);
    gsl_matrix_view m = gsl_matrix_view_array(c, n, n);
    gsl_error_handler_t *handler =
        gsl_set_error_handler_off(); /* not positive definite: said below */
    bool good = gsl_linalg_cholesky_decomp1(&m.matrix) == 0;
    for (int k = 0; k < 3 && good; k++) {
        gsl_vector_view v = gsl_vector_view_array(columns[k], n);
        good = gsl_blas_dtrsv(CblasLower, CblasNoTrans, CblasNonUnit, &m.matrix, &v.vector) == 0;
    }
    gsl_set_error_handler(handler);
    free(c);
    return good;
}

static double dot(size_t n, const double a[], const double b[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* y = b0 + b1 (x - centre) in whitened columns: solved about the centre, where the two hardly know of each other. */
static bool solve(size_t n, double columns[3][n], double centre, Arrhenius *a)
{
    const double *one = columns[0], *x = columns[1], *y = columns[2];
    double s00 = dot(n, one, one), s01 = dot(n, one, x), s11 = dot(n, x, x);
    double det = s00 * s11 - s01 * s01;
    if (!(det > 1e-14 * s00 * s11))
        return false;
    double t0 = dot(n, one, y), t1 = dot(n, x, y);
    double b0 = (s11 * t0 - s01 * t1) / det, b1 = (s00 * t1 - s01 * t0) / det;
    double v00 = s11 / det, v01 = -s01 / det, v11 = s00 / det;
    a->chi2 = 0.0;
    for (size_t i = 0; i < n; i++)
        a->chi2 += pow(y[i] - b0 * one[i] - b1 * x[i], 2.0);
    a->energy = -b1;
    a->ln_prefactor = b0 - b1 * centre;
    a->energy_error = v11;
    a->ln_prefactor_error = v00 - 2.0 * centre * v01 + centre * centre * v11;
    a->covariance = -(v01 - centre * v11);
    return true;
}

static Err fit(size_t n, const double temperature[], const double sigma[],
               const double covariance[], bool known, bool times_t, Arrhenius *a)
{
    if (n < 2)
        return err_set(ERR_INPUT, "Arrhenius fit: %zu temperatures, two are needed", n);
    *a = (Arrhenius){.times_t = times_t};
    double(*columns)[n] = mem_new(3 * n, sizeof(double)), centre = 0.0;
    bool good = true;
    for (size_t i = 0; i < n; i++) {
        good = good && temperature[i] > 0.0 && sigma[i] > 0.0;
        columns[0][i] = 1.0;
        columns[1][i] = 1.0 / (UNITS_KB * temperature[i]);
        columns[2][i] = log(times_t ? sigma[i] * temperature[i] : sigma[i]);
        centre += columns[1][i] / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        columns[1][i] -= centre;
    good = good && whiten(n, covariance, columns) && solve(n, columns, centre, a);
    free(columns);
    if (!good || !isfinite(a->energy))
        return err_set(ERR_NUMERICAL,
                       "Arrhenius fit: conductivities must be positive and temperatures differ");
    double scale = known ? 1.0 : n > 2 ? a->chi2 / (double)(n - 2) : (double)NAN;
    a->energy_error = sqrt(a->energy_error * scale);
    a->ln_prefactor_error = sqrt(a->ln_prefactor_error * scale);
    a->covariance *= scale;
    a->probability = known && n > 2 ? gsl_cdf_chisq_Q(a->chi2, (double)(n - 2)) : (double)NAN;
    return OK;
}

Err arrhenius_fit_covariance(size_t n, const double temperature[], const double sigma[],
                             const double covariance[], bool times_t, Arrhenius *a)
{
    return fit(n, temperature, sigma, covariance, true, times_t, a);
}

Err arrhenius_fit(size_t n, const double temperature[], const double sigma[],
                  const double variance[], double common, bool times_t, Arrhenius *a)
{
    double *c = MEM_NEW(double, n *n + 1);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            c[i * n + k] =
                (i == k ? (variance ? variance[i] : 1.0) : 0.0) + (variance ? common : 0.0);
    Err e = fit(n, temperature, sigma, c, variance != NULL, times_t, a);
    free(c);
    return e;
}

double arrhenius_sigma(const Arrhenius *a, double temperature, double *error_ln)
{
    double x = 1.0 / (UNITS_KB * temperature);
    double y = a->ln_prefactor - a->energy * x;
    if (error_ln != NULL)
        *error_ln =
            sqrt(fmax(0.0, a->ln_prefactor_error * a->ln_prefactor_error - 2.0 * x * a->covariance +
                               x * x * a->energy_error * a->energy_error));
    return exp(y) / (a->times_t ? temperature : 1.0);
}

double arrhenius_geometry(double thickness_error, double diameter_error)
{
    return thickness_error * thickness_error + 4.0 * diameter_error * diameter_error;
}
