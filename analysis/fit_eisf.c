#include "analysis/fit_eisf.h"

#include "analysis/models.h"
#include "base/mem.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* x j0'(x) = cos x - j0(x) */
static double j0_slope(double x)
{
    return fabs(x) < 1e-4 ? -x / 3.0 : (cos(x) - sin(x) / x) / x;
}

double fit_eisf_model(double q, double p, double d)
{
    return p + (1.0 - p) * 0.5 * (1.0 + models_j0(sqrt(8.0 / 3.0) * q * d));
}

/* Whitened residuals and derivatives: L^-1 (model - a0) with covariance = L L^T. */
typedef struct Whitened {
    size_t n;
    const double *q, *a0;
    const gsl_matrix *l;
    double *r, *jp, *jd; /* [n] */
} Whitened;

static void forward_solve(const gsl_matrix *l, double v[])
{
    for (size_t i = 0; i < l->size1; i++) {
        for (size_t k = 0; k < i; k++)
            v[i] -= gsl_matrix_get(l, i, k) * v[k];
        v[i] /= gsl_matrix_get(l, i, i);
    }
}

static double evaluate(Whitened *w, double p, double d)
{
    double chi2 = 0;
    for (size_t i = 0; i < w->n; i++) {
        double k = sqrt(8.0 / 3.0) * w->q[i];
        w->r[i] = fit_eisf_model(w->q[i], p, d) - w->a0[i];
        w->jp[i] = 0.5 * (1.0 - models_j0(k * d));
        w->jd[i] = 0.5 * (1.0 - p) * k * j0_slope(k * d);
    }
    forward_solve(w->l, w->r);
    forward_solve(w->l, w->jp);
    forward_solve(w->l, w->jd);
    for (size_t i = 0; i < w->n; i++)
        chi2 += w->r[i] * w->r[i];
    return chi2;
}

/* Levenberg-Marquardt in (p, d), or in d alone when p is held at a bound. Two parameters need no
 * library. */
static bool minimise(Whitened *w, bool hold_p, FitEisf *f)
{
    double lambda = 1e-3, app = 0, apd = 0, add = 0;
    f->chi2 = evaluate(w, f->p, f->d);
    for (f->iterations = 0; f->iterations < 200; f->iterations++) {
        double bp = 0, bd = 0;
        app = apd = add = 0;
        for (size_t i = 0; i < w->n; i++) {
            app += w->jp[i] * w->jp[i], apd += w->jp[i] * w->jd[i], add += w->jd[i] * w->jd[i];
            bp -= w->jp[i] * w->r[i], bd -= w->jd[i] * w->r[i];
        }
        double mp = app * (1 + lambda), md = add * (1 + lambda), det = mp * md - apd * apd;
        double sp = hold_p ? 0 : (bp * md - bd * apd) / det;
        double sd = hold_p ? bd / md : (bd * mp - bp * apd) / det;
        if (!isfinite(sp) || !isfinite(sd))
            return false;
        double chi2 = evaluate(w, f->p + sp, f->d + sd);
        if (chi2 <= f->chi2) {
            f->p += sp, f->d += sd, f->chi2 = chi2;
            lambda *= 0.1;
        } else {
            lambda *= 10;
            (void)evaluate(w, f->p, f->d);
        }
        if (fabs(sp) < 1e-10 && fabs(sd) < 1e-10)
            break;
        if (lambda > 1e12)
            break;
    }
    double det = app * add - apd * apd;
    f->p_error_free = sqrt(add / det);
    f->p_error = hold_p ? 0 : f->p_error_free;
    f->d_error = hold_p ? 1 / sqrt(add) : sqrt(app / det);
    f->covariance_pd = hold_p ? 0 : -apd / det;
    f->d = fabs(f->d);
    return f->iterations < 200 && isfinite(f->d_error);
}

/* p is bounded: the constrained minimum is the free one, or else lies on the bound that was
 * crossed. */
static bool minimise_bounded(Whitened *w, bool bounded, FitEisf *f)
{
    *f = (FitEisf){.p = 0.3, .d = 1.22, .n = w->n};
    bool found = minimise(w, false, f);
    if (!bounded || (found && f->p >= 0 && f->p <= 1))
        return found;
    double bound = f->p > 1 ? 1.0 - 1e-9 : 0.0;
    *f = (FitEisf){.p = bound, .d = 1.22, .n = w->n, .p_at_bound = true};
    return minimise(w, true, f);
}

static Err fit(size_t n, const double q[], const double a0[], const double error[],
               const double covariance[], bool bounded, FitEisf *out)
{
    if (n < 3)
        return err_set(ERR_INPUT, "EISF fit: %zu points; at least 3 are needed for p and d", n);
    for (size_t i = 0; i < n; i++)
        if (!isfinite(q[i]) || !isfinite(a0[i]) ||
            (!covariance && !(error[i] > 0 && isfinite(error[i]))))
            return err_set(ERR_INPUT, "EISF fit: point %zu (Q = %g 1/A, A0 = %g) is not usable",
                           i + 1, q[i], a0[i]);
    gsl_matrix *l = gsl_matrix_calloc(n, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            gsl_matrix_set(l, i, k,
                           covariance ? covariance[i * n + k]
                           : i == k   ? error[i] * error[i]
                                      : 0);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    int status = gsl_linalg_cholesky_decomp1(l);
    gsl_set_error_handler(handler);
    Whitened w = {.n = n,
                  .q = q,
                  .a0 = a0,
                  .l = l,
                  .r = MEM_NEW(double, n),
                  .jp = MEM_NEW(double, n),
                  .jd = MEM_NEW(double, n)};
    Err err = OK;
    if (status != GSL_SUCCESS)
        err = err_set(ERR_INPUT, "EISF fit: the covariance of the points is not positive definite");
    else if (!minimise_bounded(&w, bounded, out))
        err = err_set(ERR_NUMERICAL, "EISF fit: no convergence (p = %g, d = %g A)", out->p, out->d);
    gsl_matrix_free(l);
    free(w.r);
    free(w.jp);
    free(w.jd);
    return err;
}

Err fit_eisf(size_t n, const double q[], const double a0[], const double error[],
             const double covariance[], FitEisf *out)
{
    return fit(n, q, a0, error, covariance, true, out);
}

Err fit_eisf_unbounded(size_t n, const double q[], const double a0[], const double error[],
                       const double covariance[], FitEisf *out)
{
    return fit(n, q, a0, error, covariance, false, out);
}
