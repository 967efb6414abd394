#include "analysis/wiener.h"

#include "base/err.h"
#include "base/exact.h"
#include "base/mem.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Inside {
    fftw_plan forward, real;
    fftw_complex *room; /* [n] */
    fftw_complex *half; /* [n/2 + 1] */
    double *back;       /* [n] */
} Inside;

/* Smallest even 2^a 3^b 5^c >= n */
static size_t good_length(size_t n)
{
    for (size_t m = n + (n & 1); true; m += 2) {
        size_t left = m;
        while (left % 2 == 0)
            left /= 2;
        while (left % 3 == 0)
            left /= 3;
        while (left % 5 == 0)
            left /= 5;
        if (left == 1)
            return m;
    }
}

Wiener *wiener_new(size_t frames, size_t longest, size_t blocks)
{
    Wiener *c = MEM_NEW(Wiener, 1);
    Inside *in = MEM_NEW(Inside, 1);
    c->frames = frames;
    c->lags = longest + 1;
    c->blocks = blocks;
    c->n = good_length(frames + longest + 1);
    c->inside = in;
    in->room = fftw_alloc_complex(c->n);
    in->half = fftw_alloc_complex(c->n / 2 + 1);
    in->back = fftw_alloc_real(c->n);
    CHECK(in->room != NULL && in->half != NULL && in->back != NULL, "no memory for %zu points",
          c->n);
    in->forward = fftw_plan_dft_1d((int)c->n, in->room, in->room, FFTW_FORWARD, FFTW_ESTIMATE);
    in->real = fftw_plan_dft_c2r_1d((int)c->n, in->half, in->back, FFTW_ESTIMATE);
    CHECK(in->forward != NULL && in->real != NULL, "no FFTW plan for %zu points", c->n);
    return c;
}

void wiener_free(Wiener *c)
{
    if (c == NULL)
        return;
    Inside *in = c->inside;
    fftw_destroy_plan(in->forward);
    fftw_destroy_plan(in->real);
    fftw_free(in->room);
    fftw_free(in->half);
    fftw_free(in->back);
    free(in);
    free(c);
}

static size_t block_start(const Wiener *c, size_t block)
{
    return block * c->frames / c->blocks;
}

/* in->room = transform of series [from, to) at its place, zero elsewhere */
static void forward(const Wiener *c, const double complex series[], size_t from, size_t to)
{
    Inside *in = c->inside;
    memset(in->room, 0, c->n * sizeof *in->room);
    memcpy(in->room + from, series + from, (to - from) * sizeof *in->room);
    fftw_execute(in->forward);
}

void wiener_transform(const Wiener *c, const double complex series[], double complex *out)
{
    Inside *in = c->inside;
    for (size_t b = 0; b <= c->blocks; b++) {
        forward(c, series, b == 0 ? 0 : block_start(c, b - 1),
                b == 0 ? c->frames : block_start(c, b));
        memcpy(out + b * c->n, in->room, c->n * sizeof *out);
    }
}

/* out = real part of the inverse transform of h, whose part that gives real numbers stands in in->half */
static void inverse(const Wiener *c, double *out)
{
    Inside *in = c->inside;
    fftw_execute(in->real);
    for (size_t l = 0; l < c->lags; l++)
        out[l] = in->back[l] / (double)c->n;
}

void wiener_pair(const Wiener *c, const double complex *x, const double complex *y, double *out)
{
    Inside *in = c->inside;
    for (size_t b = 0; b < c->blocks; b++) {
        const double complex *xb = x + (b + 1) * c->n, *yb = y + (b + 1) * c->n;
        for (size_t k = 0; k <= c->n / 2; k++) {
            size_t minus = k == 0 ? 0 : c->n - k;
            double complex here = 0.5 * (x[k] * conj(yb[k]) + y[k] * conj(xb[k]));
            double complex there = 0.5 * (x[minus] * conj(yb[minus]) + y[minus] * conj(xb[minus]));
            in->half[k] = 0.5 * (here + conj(there));
        }
        inverse(c, out + b * c->lags);
    }
}

double wiener_origins(const Wiener *c, size_t block, size_t lag)
{
    size_t from = block_start(c, block), to = block_start(c, block + 1), end = c->frames - lag;
    to = to < end ? to : end;
    return to > from ? (double)(to - from) : 0.0;
}

void wiener_means(const Wiener *c, size_t nlag, const int64_t lag[], const double *sum, double norm,
                  double *whole, double *pseudo, size_t pitch)
{
    double blocks = (double)c->blocks;
    for (size_t l = 0; l < nlag; l++) {
        double all = 0.0, origins = (double)(c->frames - (size_t)lag[l]);
        for (size_t b = 0; b < c->blocks; b++)
            all += sum[b * nlag + l];
        double mean = all / (norm * origins);
        if (whole != NULL)
            whole[l] = mean;
        for (size_t b = 0; b < c->blocks && pseudo != NULL; b++) {
            double own = wiener_origins(c, b, (size_t)lag[l]), others = origins - own;
            double without =
                own > 0.0 && others > 0.0 ? (all - sum[b * nlag + l]) / (norm * others) : mean;
            pseudo[b * pitch + l] = blocks * mean - (blocks - 1.0) * without;
        }
    }
}

double wiener_grid(const Wiener *c, double largest, double series)
{
    double sum = largest * (double)c->frames;
    double bound = fmax(sum * sum * fmax(series, 1.0), 1e-300);
    return exp2(ceil(log2(bound)) - 51.0);
}

void wiener_add_power(const Wiener *c, double grid, const double complex series[], double *power)
{
    Inside *in = c->inside;
    forward(c, series, 0, c->frames);
    for (size_t k = 0; k < c->n; k++) {
        double re = creal(in->room[k]), im = cimag(in->room[k]);
        power[k] += exact_round(re * re + im * im, grid);
    }
}

void wiener_from_power(const Wiener *c, const double *power, double *out)
{
    Inside *in = c->inside;
    for (size_t k = 0; k <= c->n / 2; k++)
        in->half[k] = 0.5 * (power[k] + power[k == 0 ? 0 : c->n - k]);
    inverse(c, out);
}
