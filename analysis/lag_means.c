#include "analysis/lag_means.h"

#include "analysis/transport.h"
#include "base/mem.h"

#include <complex.h>
#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An element and doubling of a pair of FFTs costs as much as an element of so many passes at one lag (measured on AVX2: 1.3 ns
 * and 0.65 ns). */
static const double direct_passes = 2.0;

static size_t smooth_length(size_t least)
{
    for (size_t m = least;; m++) {
        size_t rest = m;
        for (size_t f = 2; f <= 5; f++)
            while (rest % f == 0)
                rest /= f;
        if (rest == 1)
            return m;
    }
}

void lag_means_init(LagMeans *c, size_t frames, const Lags *lags, size_t stride)
{
    size_t longest = (size_t)lags->lag[lags->n - 1];
    *c = (LagMeans){.frames = frames, .stride = stride, .lags = lags};
    c->padded = smooth_length(frames + longest + 1);
    c->fast = stride == 1 && (double)(lags->n * frames) >
                                 direct_passes * (double)c->padded * log2((double)c->padded);
    if (!c->fast)
        return;
    size_t half = c->padded / 2 + 1;
    c->series = MEM_NEW(double, c->padded);
    c->square = MEM_NEW(double, frames + 1);
    c->spectrum = MEM_NEW(double, 2 * half);
    c->forward =
        fftw_plan_dft_r2c_1d((int)c->padded, c->series, (fftw_complex *)c->spectrum, FFTW_ESTIMATE);
    c->backward =
        fftw_plan_dft_c2r_1d((int)c->padded, (fftw_complex *)c->spectrum, c->series, FFTW_ESTIMATE);
}

void lag_means_clear(LagMeans *c)
{
    if (c->fast) {
        fftw_destroy_plan(c->forward);
        fftw_destroy_plan(c->backward);
    }
    free(c->series);
    free(c->square);
    free(c->spectrum);
    *c = (LagMeans){0};
}

/* Leaves padded * sum_k x[k] x[k+lag] in series. */
static void sums_of_products(LagMeans *c)
{
    double _Complex *f = c->spectrum;
    fftw_execute(c->forward);
    for (size_t k = 0; k < c->padded / 2 + 1; k++)
        f[k] = creal(f[k]) * creal(f[k]) + cimag(f[k]) * cimag(f[k]);
    fftw_execute(c->backward);
}

static void load(LagMeans *c, const double x[], double origin)
{
    for (size_t k = 0; k < c->frames; k++)
        c->series[k] = x[k] - origin;
    memset(c->series + c->frames, 0, (c->padded - c->frames) * sizeof *c->series);
}

void lag_means_product(LagMeans *c, const double x[], double out[])
{
    const Lags *l = c->lags;
    if (c->fast) {
        load(c, x, 0.0);
        sums_of_products(c);
    }
    for (size_t i = 0; i < l->n; i++) {
        size_t lag = (size_t)l->lag[i];
        out[i] = c->fast ? c->series[lag] / ((double)c->padded * (double)(c->frames - lag))
                         : transport_product(x, 0, c->frames, lag, c->stride);
    }
}

void lag_means_square(LagMeans *c, const double x[], double out[])
{
    const Lags *l = c->lags;
    size_t n = c->frames;
    if (c->fast) {
        double mean = 0.0;
        for (size_t k = 0; k < n; k++)
            mean += x[k] / (double)n;
        load(c, x, mean);
        for (size_t k = 0; k < n; k++)
            c->square[k + 1] = c->square[k] + c->series[k] * c->series[k];
        sums_of_products(c);
    }
    for (size_t i = 0; i < l->n; i++) {
        size_t lag = (size_t)l->lag[i];
        if (!c->fast) {
            out[i] = transport_square(x, 0, n, lag, c->stride);
            continue;
        }
        double squares = c->square[n - lag] + (c->square[n] - c->square[lag]);
        double sum = squares - 2.0 * c->series[lag] / (double)c->padded;
        out[i] = lag == 0 ? 0.0 : fmax(sum, 0.0) / (double)(n - lag);
    }
}
