#include "analysis/kramers_kronig.h"

#include "base/mem.h"
#include "base/units.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit.h>
#include <math.h>
#include <stdlib.h>

typedef struct Place {
    double frequency;
    size_t at;
} Place;

typedef struct Problem {
    size_t n;
    const double *frequency;
    const double _Complex *z;
    double lowest, highest; /* 1/s */
    Place *place;           /* [n] by frequency */
} Problem;

static double tau_of(const Problem *p, int k, int elements)
{
    double part = elements > 1 ? (double)k / (elements - 1) : 0.5;
    return 1.0 / p->highest * pow(p->highest / p->lowest, part);
}

/* Columns: R_s, L, 1/C, R_1..R_M. Each is measured in units that make it of order one. */
static double _Complex column(const Problem *p, int k, int elements, double omega)
{
    if (k == 0)
        return 1.0;
    if (k == 1)
        return I * omega / p->highest;
    if (k == 2)
        return p->lowest / (I * omega);
    return 1.0 / (1.0 + I * omega * tau_of(p, k - 3, elements));
}

/* Least squares for one number of elements; residuals relative to |Z|. */
static Err solve(const Problem *p, int elements, double _Complex residual[], double *mu)
{
    const size_t columns = (size_t)elements + 3, rows = 2 * p->n;
    gsl_matrix *x = gsl_matrix_alloc(rows, columns), *cov = gsl_matrix_alloc(columns, columns);
    gsl_vector *y = gsl_vector_alloc(rows), *c = gsl_vector_alloc(columns);
    gsl_vector *r = gsl_vector_alloc(rows);
    gsl_multifit_linear_workspace *w = gsl_multifit_linear_alloc(rows, columns);
    for (size_t i = 0; i < p->n; i++) {
        double omega = 2.0 * PI * p->frequency[i], scale = 1.0 / cabs(p->z[i]);
        gsl_vector_set(y, 2 * i, creal(p->z[i]) * scale);
        gsl_vector_set(y, 2 * i + 1, cimag(p->z[i]) * scale);
        for (size_t k = 0; k < columns; k++) {
            /* largest |Z| as the unit of resistance would do as well: columns are balanced by GSL */
            double _Complex v = column(p, (int)k, elements, omega) * scale;
            gsl_matrix_set(x, 2 * i, k, creal(v));
            gsl_matrix_set(x, 2 * i + 1, k, cimag(v));
        }
    }
    double chi2, positive = 0.0, negative = 0.0;
    size_t rank;
    int status = gsl_multifit_linear_tsvd(x, y, 1e-12, c, cov, &chi2, &rank, w);
    if (status == GSL_SUCCESS)
        status = gsl_multifit_linear_residuals(x, y, c, r);
    for (size_t k = 3; k < columns && status == GSL_SUCCESS; k++) {
        double v = gsl_vector_get(c, k);
        *(v < 0.0 ? &negative : &positive) += fabs(v);
    }
    *mu = positive > 0.0 ? 1.0 - negative / positive : 0.0;
    for (size_t i = 0; i < p->n && status == GSL_SUCCESS; i++)
        residual[i] = CMPLX(gsl_vector_get(r, 2 * i), gsl_vector_get(r, 2 * i + 1));
    gsl_multifit_linear_free(w);
    gsl_matrix_free(x);
    gsl_matrix_free(cov);
    gsl_vector_free(y);
    gsl_vector_free(c);
    gsl_vector_free(r);
    return status == GSL_SUCCESS
               ? OK
               : err_set(ERR_NUMERICAL, "Kramers-Kronig test: %s with %d elements",
                         gsl_strerror(status), elements);
}

static void judge(const Problem *p, const KramersKronigOptions *o, KramersKronig *out)
{
    double square = 0.0, product = 0.0, largest = 0.0;
    bool known = o->noise > 0.0;
    out->chi2 = known ? 0.0 : (double)NAN;
    for (size_t k = 0; k < p->n; k++) {
        size_t i = p->place[k].at;
        double re = creal(out->residual[i]), im = cimag(out->residual[i]);
        square += re * re + im * im;
        largest = fmax(largest, fmax(fabs(re), fabs(im)));
        if (k > 0) {
            double _Complex before = out->residual[p->place[k - 1].at];
            product += re * creal(before) + im * cimag(before);
        }
        double e = o->limit > 0.0 ? hypot(o->noise, cabs(p->z[i]) / o->limit) : o->noise;
        if (known)
            out->chi2 += (re * re + im * im) / (e * e);
    }
    double degrees = 2.0 * (double)p->n - out->elements - 3.0;
    double rms = sqrt(square / (2.0 * (double)p->n));
    out->rms = 100.0 * rms;
    out->largest = 100.0 * largest;
    out->correlation = square > 0.0 ? product / square : 0.0;
    out->probability = known && degrees > 0.0 ? gsl_cdf_chisq_Q(out->chi2, degrees) : (double)NAN;
    out->consistent = rms <= o->allowed || (known && out->probability > 1e-3);
}

/* The number by mu; if that many elements do not do, more of them may: a sharp arc between two time constants needs
 * neighbours of both signs, and mu takes that for noise. Whatever the number, the sum obeys the relations. */
static Err choose(const Problem *p, const KramersKronigOptions *o, KramersKronig *out)
{
    double decades = log10(p->highest / p->lowest);
    int least = (int)ceil(decades), most = (int)p->n / 2;
    if (o->per_decade > 0.0)
        least = (int)floor(o->per_decade * decades + 0.5);
    least = least < 1 ? 1 : least > most ? most : least;
    bool noisy = false;
    for (out->elements = least;; out->elements++) {
        TRY(solve(p, out->elements, out->residual, &out->mu));
        noisy = noisy || out->mu < o->mu || o->per_decade > 0.0;
        judge(p, o, out);
        if (out->elements == most || o->per_decade > 0.0 || (noisy && out->consistent))
            return OK;
    }
}

static int by_frequency(const void *a, const void *b)
{
    double x = ((const Place *)a)->frequency, y = ((const Place *)b)->frequency;
    return (x > y) - (x < y);
}

Err kramers_kronig_test(size_t n, const double frequency[], const double _Complex z[],
                        const KramersKronigOptions *options, KramersKronig *out)
{
    *out = (KramersKronig){.n = n};
    if (n < 5)
        return err_set(ERR_INPUT, "Kramers-Kronig test: %zu frequencies, five are needed", n);
    Problem p = {.n = n, .frequency = frequency, .z = z, .lowest = HUGE_VAL};
    for (size_t i = 0; i < n; i++) {
        p.lowest = fmin(p.lowest, 2.0 * PI * frequency[i]);
        p.highest = fmax(p.highest, 2.0 * PI * frequency[i]);
    }
    if (!(p.highest > p.lowest))
        return err_set(ERR_INPUT, "Kramers-Kronig test: all frequencies are equal");
    p.place = MEM_NEW(Place, n);
    for (size_t i = 0; i < n; i++)
        p.place[i] = (Place){frequency[i], i};
    qsort(p.place, n, sizeof *p.place, by_frequency);
    out->residual = mem_new(n, sizeof *out->residual);
    gsl_error_handler_t *handler = gsl_set_error_handler_off();
    Err e = choose(&p, options, out);
    gsl_set_error_handler(handler);
    if (e != OK)
        kramers_kronig_clear(out);
    free(p.place);
    return e;
}

void kramers_kronig_clear(KramersKronig *k)
{
    free(k->residual);
    k->residual = NULL;
}
