#include "analysis/pdf_process.h"

#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEGREE = 30 };

Err pdf_process_polynomial(size_t n, const double q[], const double y[], int m, double out[])
{
    if (m < 1 || n < (size_t)m)
        return err_set(ERR_NUMERICAL, "polynomial of degree %d through %zu points", m, n);
    size_t k = (size_t)m;
    gsl_matrix *x = gsl_matrix_alloc(n, k), *cov = gsl_matrix_alloc(k, k);
    gsl_vector *v = gsl_vector_alloc(n), *c = gsl_vector_alloc(k);
    gsl_multifit_linear_workspace *w = gsl_multifit_linear_alloc(n, k);
    double chi2, last = q[n - 1];
    for (size_t i = 0; i < n; i++) {
        double power = 1.0;
        for (size_t j = 0; j < k; j++)
            gsl_matrix_set(x, i, j, power *= q[i] / last);
        gsl_vector_set(v, i, y[i]);
    }
    int status = gsl_multifit_linear(x, v, c, cov, &chi2, w);
    for (size_t i = 0; i < n; i++) {
        out[i] = 0.0;
        for (size_t j = 0; j < k; j++)
            out[i] += gsl_vector_get(c, j) * gsl_matrix_get(x, i, j);
    }
    gsl_multifit_linear_free(w);
    gsl_matrix_free(x);
    gsl_matrix_free(cov);
    gsl_vector_free(v);
    gsl_vector_free(c);
    return status == GSL_SUCCESS
               ? OK
               : err_set(ERR_NUMERICAL, "polynomial of degree %d: %s", m, gsl_strerror(status));
}

static Err check(const PdfProcessOptions *o, size_t n, const double q[])
{
    if (n < 8)
        return err_set(ERR_INPUT, "processing: %zu points of I(Q), at least 8 are wanted", n);
    if (!(o->qmin >= 0) || !(o->qmax > o->qmin) || !(o->qmaxinst >= o->qmax))
        return err_set(ERR_INPUT,
                       "processing: Qmin %g, Qmax %g, Qmaxinst %g 1/A; needs 0 <= Qmin < Qmax <= "
                       "Qmaxinst",
                       o->qmin, o->qmax, o->qmaxinst);
    double step = (q[n - 1] - q[0]) / (double)(n - 1);
    if (q[0] > o->qmin + step || q[n - 1] < o->qmax - step)
        return err_set(ERR_INPUT,
                       "processing: the data go from %g to %g 1/A and do not cover Qmin %g to Qmax "
                       "%g",
                       q[0], q[n - 1], o->qmin, o->qmax);
    if (!(o->rpoly * o->qmaxinst / PI >= 1.0) || o->rpoly * o->qmaxinst / PI > MOST_DEGREE)
        return err_set(ERR_INPUT,
                       "processing: rpoly %g A and Qmaxinst %g 1/A make a polynomial of degree "
                       "%.1f; 1 to %d are possible",
                       o->rpoly, o->qmaxinst, o->rpoly * o->qmaxinst / PI, MOST_DEGREE);
    if (!(o->rstep > 0) || !(o->rmax >= o->rstep) || o->rmax / o->rstep > 1e6)
        return err_set(ERR_INPUT, "processing: r to %g A in steps of %g A", o->rmax, o->rstep);
    return OK;
}

/* P_n of real degree: between the polynomials of the whole degrees around it. */
static Err mixed_polynomial(size_t n, const double q[], const double y[], double degree,
                            double out[])
{
    int low = (int)floor(degree), high = (int)ceil(degree);
    TRY(pdf_process_polynomial(n, q, y, low, out));
    if (high == low)
        return OK;
    double *other = MEM_NEW(double, n), share = degree - low;
    Err err = pdf_process_polynomial(n, q, y, high, other);
    for (size_t k = 0; k < n; k++)
        out[k] = (1.0 - share) * out[k] + share * other[k];
    free(other);
    return err;
}

/* Trapezoids over the points from qmin to qmax, the ends interpolated; weights [n]. */
static void trapezoids(size_t n, const double q[], double qmin, double qmax, double weight[])
{
    memset(weight, 0, n * sizeof *weight);
    for (size_t k = 0; k + 1 < n; k++) {
        double a = fmax(q[k], qmin), b = fmin(q[k + 1], qmax), h = q[k + 1] - q[k];
        if (b <= a)
            continue;
        double middle = (0.5 * (a + b) - q[k]) / h; /* of a line the middle counts */
        weight[k] += (b - a) * (1.0 - middle);
        weight[k + 1] += (b - a) * middle;
    }
}

void pdf_process_transform(const PdfProcessOptions *o, size_t n, const double q[], const double f[],
                           const double f_error[], size_t nr, double r[], double g[],
                           double g_error[])
{
    double *w = MEM_NEW(double, n);
    trapezoids(n, q, o->qmin, o->qmax, w);
    for (size_t i = 0; i < n; i++) {
        double x = PI * q[i] / o->qmax;
        w[i] *= 2.0 / PI * (o->lorch && x > 0.0 ? sin(x) / x : 1.0);
    }
    for (size_t k = 0; k < nr; k++) {
        double sum = 0.0, variance = 0.0;
        r[k] = (double)(k + 1) * o->rstep;
        for (size_t i = 0; i < n; i++) {
            double s = w[i] * sin(q[i] * r[k]), e = f_error ? f_error[i] : NAN;
            sum += s * f[i];
            variance += s * s * e * e;
        }
        g[k] = sum;
        if (g_error)
            g_error[k] = sqrt(variance);
    }
    free(w);
}

Err pdf_process(const PdfProcessOptions *o, size_t n, const double q[], const double intensity[],
                const double background[], const double error[], const double squared_mean[],
                const double mean_square[], const double inelastic[], PdfProcessed *out)
{
    *out = (PdfProcessed){0};
    TRY(check(o, n, q));
    size_t first = 0, last = n;
    while (first < n && q[first] < o->qmin - 0.5 * (q[1] - q[0]))
        first++;
    while (last > first && q[last - 1] > o->qmaxinst * (1.0 + 1e-12))
        last--;
    PdfProcessed *p = out;
    p->n = last - first;
    p->nr = (size_t)(o->rmax / o->rstep + 1e-9);
    double **of_q[] = {&p->q, &p->intensity, &p->f_raw, &p->polynomial, &p->f, &p->f_error};
    double **of_r[] = {&p->r, &p->g, &p->g_error};
    for (size_t k = 0; k < sizeof of_q / sizeof *of_q; k++)
        *of_q[k] = MEM_NEW(double, p->n);
    for (size_t k = 0; k < sizeof of_r / sizeof *of_r; k++)
        *of_r[k] = MEM_NEW(double, p->nr);
    double wanted = 0.0, sum = 0.0;
    for (size_t k = 0; k < p->n; k++) {
        size_t i = first + k;
        double want = mean_square[i] + (inelastic ? inelastic[i] : 0.0);
        p->q[k] = q[i];
        p->intensity[k] = intensity[i] - (background ? o->bgscale * background[i] : 0.0);
        wanted += want;
        sum += p->intensity[k];
    }
    p->scale = isnan(o->scale) ? wanted / sum : o->scale;
    p->degree = o->rpoly * o->qmaxinst / PI;
    for (size_t k = 0; k < p->n; k++) {
        size_t i = first + k;
        double per = p->q[k] / squared_mean[i];
        p->f_raw[k] =
            per * (p->scale * p->intensity[k] - mean_square[i] - (inelastic ? inelastic[i] : 0.0));
        p->f_error[k] = error ? per * p->scale * error[i] : NAN;
    }
    Err err = isfinite(p->scale) && p->scale > 0
                  ? mixed_polynomial(p->n, p->q, p->f_raw, p->degree, p->polynomial)
                  : err_set(ERR_INPUT, "processing: after subtraction of the background no "
                                       "intensity is left");
    for (size_t k = 0; k < p->n && err == OK; k++)
        p->f[k] = p->f_raw[k] - p->polynomial[k];
    if (err == OK)
        pdf_process_transform(o, p->n, p->q, p->f, p->f_error, p->nr, p->r, p->g, p->g_error);
    else
        pdf_processed_clear(p);
    return err;
}

void pdf_processed_clear(PdfProcessed *p)
{
    double *blocks[] = {p->q,       p->intensity, p->f_raw, p->polynomial, p->f,
                        p->f_error, p->r,         p->g,     p->g_error};
    for (size_t k = 0; k < sizeof blocks / sizeof *blocks; k++)
        free(blocks[k]);
    memset(p, 0, sizeof *p);
}
