#include "analysis/fit_debye_waller.h"

#include "base/mem.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>

/* ln(A_el + A_1) and its covariance. */
static Err logarithms(const FitQensResult *r, double ln[], gsl_matrix *c)
{
    size_t n = r->nspectra, used = r->lines > 0 ? 2 : 1, np = r->nparameters;
    for (size_t s = 0; s < n; s++) {
        double sum = r->elastic[s] + (r->lines > 0 ? r->area[s * (size_t)r->lines] : 0.0);
        if (!(sum > 0.0))
            return err_set(ERR_NUMERICAL, "Debye-Waller: spectrum %zu has no intensity", s + 1);
        ln[s] = log(sum);
    }
    for (size_t s = 0; s < n; s++)
        for (size_t t = 0; t < n; t++) {
            double v = 0.0;
            for (size_t a = 0; a < used; a++)
                for (size_t b = 0; b < used; b++)
                    v += r->covariance[(r->nshared + s * r->nown + a) * np + r->nshared +
                                       t * r->nown + b];
            gsl_matrix_set(c, s, t, v * exp(-ln[s] - ln[t]));
        }
    return OK;
}

/* Generalised least squares of two parameters; the factor L of the covariance is in c. */
static void solve(size_t n, const double q[], const double ln[], const gsl_matrix *c,
                  FitDebyeWaller *out)
{
    double *row[3], a[3][3] = {{0}};
    for (int k = 0; k < 3; k++)
        row[k] = MEM_NEW(double, n);
    for (size_t s = 0; s < n; s++)
        row[0][s] = -q[s] * q[s] / 3.0, row[1][s] = 1.0, row[2][s] = ln[s];
    for (int k = 0; k < 3; k++) /* L^-1 */
        for (size_t s = 0; s < n; s++) {
            for (size_t t = 0; t < s; t++)
                row[k][s] -= gsl_matrix_get(c, s, t) * row[k][t];
            row[k][s] /= gsl_matrix_get(c, s, s);
        }
    for (int k = 0; k < 3; k++)
        for (int l = 0; l < 3; l++)
            for (size_t s = 0; s < n; s++)
                a[k][l] += row[k][s] * row[l][s];
    double det = a[0][0] * a[1][1] - a[0][1] * a[0][1];
    *out = (FitDebyeWaller){.n = n,
                            .u2 = (a[0][2] * a[1][1] - a[1][2] * a[0][1]) / det,
                            .ln_scale = (a[1][2] * a[0][0] - a[0][2] * a[0][1]) / det,
                            .u2_error = sqrt(a[1][1] / det),
                            .ln_scale_error = sqrt(a[0][0] / det),
                            .covariance = -a[0][1] / det};
    for (size_t s = 0; s < n; s++)
        out->chi2 += pow(row[2][s] - out->u2 * row[0][s] - out->ln_scale * row[1][s], 2);
    out->u2_x = out->u2 / 3.0;
    for (int k = 0; k < 3; k++)
        free(row[k]);
}

Err fit_debye_waller(const FitQensResult *r, const double q[], FitDebyeWaller *out)
{
    size_t n = r->nspectra;
    *out = (FitDebyeWaller){0};
    if (n < 3)
        return err_set(ERR_INPUT, "Debye-Waller: %zu spectra; three are needed", n);
    if (!r->identified)
        return err_set(ERR_NUMERICAL, "Debye-Waller: the fit has no errors");
    double *ln = MEM_NEW(double, n);
    gsl_matrix *c = gsl_matrix_alloc(n, n);
    Err e = logarithms(r, ln, c);
    if (e == OK) {
        gsl_error_handler_t *handler = gsl_set_error_handler_off();
        int status = gsl_linalg_cholesky_decomp1(c);
        gsl_set_error_handler(handler);
        if (status != GSL_SUCCESS)
            e = err_set(ERR_NUMERICAL, "Debye-Waller: the covariance is not positive definite");
        else
            solve(n, q, ln, c, out);
    }
    gsl_matrix_free(c);
    free(ln);
    return e;
}
