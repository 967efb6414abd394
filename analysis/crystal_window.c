#include "analysis/crystal_window.h"

#include "analysis/xray.h"
#include "base/mem.h"
#include "base/units.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STENCIL = 12, TURNS = 64 };

struct CrystalWindow {
    size_t n, wanted, m; /* grid points, those of the result, half the period of the transforms */
    double step, qmin, qmax;
    bool lorch;
    int nrows;
    double *fade;     /* [n] */
    double *spectrum; /* [nrows][m + 1] */
    double *sine, *cosine;
    fftw_plan odd, even; /* of sine [m - 1], cosine [m + 1] */
};

/* A period that FFTW is fast with. */
static size_t good_size(size_t n)
{
    for (;; n++) {
        size_t rest = n;
        while (rest % 2 == 0)
            rest /= 2;
        while (rest % 3 == 0)
            rest /= 3;
        while (rest % 5 == 0)
            rest /= 5;
        if (rest == 1)
            return n;
    }
}

CrystalWindow *crystal_window_new(size_t n, double step, double qmin, double qmax, bool lorch,
                                  double last, int nrows)
{
    CrystalWindow *w = MEM_NEW(CrystalWindow, 1);
    *w = (CrystalWindow){
        .n = n, .step = step, .qmin = qmin, .qmax = qmax, .lorch = lorch, .nrows = nrows};
    w->wanted = (size_t)(last / step) + STENCIL;
    w->m = good_size(n + w->wanted + 1);
    w->fade = MEM_NEW(double, n);
    w->spectrum = MEM_NEW(double, (size_t)nrows *(w->m + 1));
    w->sine = MEM_NEW(double, w->m + 1);
    w->cosine = MEM_NEW(double, w->m + 1);
    w->odd = fftw_plan_r2r_1d((int)w->m - 1, w->sine, w->sine, FFTW_RODFT00, FFTW_ESTIMATE);
    w->even = fftw_plan_r2r_1d((int)w->m + 1, w->cosine, w->cosine, FFTW_REDFT00, FFTW_ESTIMATE);
    double end = (double)n * step;
    for (size_t k = 0; k < n; k++) { /* 1 to `last`, then down; the wider, the less it blurs in Q */
        double t = ((double)(k + 1) * step - last) / (end - last);
        w->fade[k] = t <= 0.0 ? 1.0 : t >= 1.0 ? 0.0 : pow(cos(0.5 * PI * t), 2.0);
    }
    return w;
}

void crystal_window_free(CrystalWindow *w)
{
    fftw_destroy_plan(w->odd);
    fftw_destroy_plan(w->even);
    free(w->fade);
    free(w->spectrum);
    free(w->sine);
    free(w->cosine);
    free(w);
}

void crystal_window_kernel(CrystalWindow *w, CrystalWindowWeights *weights, const void *data)
{
    double *q, *share;
    size_t rows = (size_t)w->nrows, stride = w->m + 1;
    size_t nq = xray_quadrature(w->qmin, w->qmax, (double)w->m * w->step, &q, &share);
    double *value = MEM_NEW(double, rows), *cosine = MEM_NEW(double, stride);
    memset(w->spectrum, 0, rows * stride * sizeof *w->spectrum);
    for (size_t i = 0; i < nq; i++) {
        double x = PI * q[i] / w->qmax, window = w->lorch && x > 0.0 ? sin(x) / x : 1.0;
        for (size_t row = 0; row < rows; row++)
            value[row] = 1.0;
        if (weights != NULL)
            weights(data, q[i], value);
        double turn_c = cos(q[i] * w->step), turn_s = sin(q[i] * w->step), c = 1.0, s = 0.0;
        for (size_t k = 0; k < stride; k++) { /* turned on, and set anew now and then */
            if (k % TURNS == 0) {
                c = cos(q[i] * w->step * (double)k);
                s = sin(q[i] * w->step * (double)k);
            }
            cosine[k] = c;
            double t = c * turn_c - s * turn_s;
            s = s * turn_c + c * turn_s;
            c = t;
        }
        for (size_t row = 0; row < rows; row++) {
            double factor = share[i] * window * value[row] * w->step / PI;
            double *k = w->spectrum + row * stride;
            for (size_t j = 0; j < stride; j++)
                k[j] += factor * cosine[j];
        }
    }
    for (size_t row = 0; row < rows; row++) {
        memcpy(w->cosine, w->spectrum + row * stride, stride * sizeof *w->cosine);
        fftw_execute(w->even);
        memcpy(w->spectrum + row * stride, w->cosine, stride * sizeof *w->cosine);
    }
    free(value);
    free(cosine);
    free(q);
    free(share);
}

/* The curve at r from its values y[k] at (k+1) step; odd about 0. */
static double between(const CrystalWindow *w, const double y[], double r)
{
    double at = r / w->step, sum = 0.0;
    long first = (long)floor(at) - STENCIL / 2 + 1;
    for (long i = 0; i < STENCIL; i++) {
        long k = first + i, magnitude = k < 0 ? -k : k;
        double value = k == 0 ? 0.0 : y[magnitude - 1], share = 1.0;
        for (long j = 0; j < STENCIL; j++)
            if (j != i)
                share *= (at - (double)(first + j)) / (double)(i - j);
        sum += (k < 0 ? -value : value) * share;
    }
    return sum;
}

void crystal_window_apply(const CrystalWindow *w, const double rows[], size_t npoints,
                          const double r[], double out[])
{
    size_t inside = w->m - 1;
    double *sum = MEM_NEW(double, inside);
    for (int row = 0; row < w->nrows; row++) {
        const double *y = rows + (size_t)row * w->n, *k = w->spectrum + (size_t)row * (w->m + 1);
        memset(w->sine, 0, inside * sizeof *w->sine);
        for (size_t i = 0; i < w->n; i++)
            w->sine[i] = y[i] * w->fade[i];
        fftw_execute(w->odd);
        for (size_t i = 0; i < inside; i++)
            sum[i] += w->sine[i] * k[i + 1];
    }
    memcpy(w->sine, sum, inside * sizeof *sum);
    fftw_execute(w->odd);
    for (size_t i = 0; i < inside; i++)
        sum[i] = w->sine[i] / (2.0 * (double)w->m);
    for (size_t i = 0; i < npoints; i++)
        out[i] = between(w, sum, r[i]);
    free(sum);
}
