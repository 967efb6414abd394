#include "analysis/conductivity.h"

#include "base/mem.h"

#include <fftw3.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOWEST =
        32, /* first frequency of the first band: below, a band is too wide for its frequency */
    FEWEST = 16,    /* frequencies of a band */
    MOST = 1 << 20, /* frames: longer paths are averaged */
};

static const double band_ratio = 1.15;

static void transform(Spectral *s, const double *row, ConductivitySeries kind, double *y)
{
    if (kind == CONDUCTIVITY_CURRENT)
        spectral_of_rate(s, row, y);
    else
        spectral_of_path(s, row, y);
}

/* y [3][n] of the three axes, and the mean square [n]. */
static double *spectrum_of(Spectral *s, const double m[], ConductivitySeries kind, double **mean)
{
    double *y = MEM_NEW(double, 3 * s->n);
    *mean = MEM_NEW(double, s->n);
    for (size_t a = 0; a < 3; a++) {
        transform(s, m + a * s->frames, kind, y + a * s->n);
        for (size_t j = 0; j < s->n; j++)
            (*mean)[j] += y[a * s->n + j] * y[a * s->n + j] / 3.0;
    }
    return y;
}

void conductivity_measure(size_t frames, const double m[], ConductivitySeries kind,
                          ConductivityFit *out)
{
    Spectral s;
    double *mean;
    spectral_init(&s, frames, SPECTRAL_MOST);
    double *y = spectrum_of(&s, m, kind, &mean);
    spectral_fit(s.n, mean, 3.0, &out->fit);
    spectral_times_init(&out->times, &out->fit, s.n);
    for (size_t a = 0; a < 3; a++)
        spectral_times_add(&out->times, y + a * s.n, 1.0 / 3.0);
    out->error = spectral_error(&out->times, NULL, out->fit.gamma);
    free(y), free(mean);
    spectral_clear(&s);
}

void conductivity_clear(ConductivityFit *c)
{
    spectral_times_clear(&c->times);
    spectral_fit_clear(&c->fit);
}

/* ---- sigma(omega) ---- */

/* The Hilbert transform of a spectrum on the frequencies of a sine transform, by a cosine and a sine transform. */
typedef struct Hilbert {
    size_t n;
    double *x; /* [n + 2] */
    fftw_plan cosine, sine;
} Hilbert;

static Hilbert hilbert_new(size_t n)
{
    Hilbert h = {.n = n, .x = MEM_NEW(double, n + 2)};
    h.cosine = fftw_plan_r2r_1d((int)n + 2, h.x, h.x, FFTW_REDFT00, FFTW_ESTIMATE);
    h.sine =
        fftw_plan_r2r_1d((int)n, h.x + 1, h.x + 1, FFTW_RODFT00, FFTW_ESTIMATE | FFTW_UNALIGNED);
    return h;
}

static void hilbert_free(Hilbert *h)
{
    fftw_destroy_plan(h->cosine);
    fftw_destroy_plan(h->sine);
    free(h->x);
}

/* out [n]: -2 sum_l A_l sin(omega_j l), A_l the covariances that p (and dc at frequency 0) is the spectrum of. */
static void hilbert_of(Hilbert *h, double dc, const double *p, double *out)
{
    size_t n = h->n;
    h->x[0] = dc;
    memcpy(h->x + 1, p, n * sizeof *p);
    h->x[n + 1] = p[n - 1];
    fftw_execute(h->cosine);
    fftw_execute(h->sine);
    for (size_t j = 0; j < n; j++)
        out[j] = -h->x[j + 1] / (2.0 * (double)(n + 1));
}

/* How the mean of the transform over points from..to-1 depends on each p. */
static void hilbert_adjoint(Hilbert *h, size_t from, size_t to, double *out)
{
    size_t n = h->n;
    memset(h->x, 0, (n + 2) * sizeof *h->x);
    for (size_t j = from; j < to; j++)
        h->x[j + 1] = 1.0 / (double)(to - from);
    fftw_execute(h->sine);
    fftw_execute(h->cosine);
    for (size_t j = 0; j < n; j++)
        out[j] = -h->x[j + 1] / (2.0 * (double)(n + 1));
}

static size_t band_end(size_t from, size_t n)
{
    size_t to = (size_t)(band_ratio * (double)from);
    if (to < from + FEWEST)
        to = from + FEWEST;
    return to + FEWEST > n ? n : to;
}

static void add_band(ConductivitySpectrum *s, Hilbert *h, size_t from, size_t to, const double *p,
                     const double *im, double *influence)
{
    double count = (double)(to - from), *sigma = s->sigma[s->n], *error = s->error[s->n];
    for (size_t j = from; j < to; j++) {
        s->frequency[s->n] += (double)(j + 1) / (2.0 * (double)(h->n + 1)) / count;
        sigma[0] += p[j] / count;
        sigma[1] += im[j] / count;
    }
    error[0] = sigma[0] * sqrt(2.0 / (3.0 * count));
    hilbert_adjoint(h, from, to, influence);
    double variance = 0.0;
    for (size_t j = 0; j < h->n; j++) /* variance of p is 2/3 S^2, and <p^2> = (1 + 2/3) S^2 */
        variance += influence[j] * influence[j] * p[j] * p[j] * (2.0 / 3.0) / (1.0 + 2.0 / 3.0);
    error[1] = sqrt(variance);
    s->n++;
}

/* Of what goes from frame to frame, mean of three axes. */
static double mean_square(size_t frames, const double m[], ConductivitySeries kind)
{
    double sum = 0.0;
    for (size_t a = 0; a < 3; a++)
        for (size_t k = 0; k + 1 < frames; k++) {
            const double *x = m + a * frames + k;
            double d = kind == CONDUCTIVITY_CURRENT ? x[0] : x[1] - x[0];
            sum += d * d;
        }
    return frames > 1 ? sum / (3.0 * (double)(frames - 1)) : 0.0;
}

void conductivity_spectrum(size_t frames, const double m[], ConductivitySeries kind, double dc,
                           ConductivitySpectrum *out)
{
    Spectral s;
    double *p;
    *out = (ConductivitySpectrum){0};
    spectral_init(&s, frames, MOST);
    double *y = spectrum_of(&s, m, kind, &p);
    out->instantaneous = mean_square(frames, m, kind);
    size_t bands = 0, room = LOWEST + FEWEST < s.n ? s.n : 0;
    for (size_t from = LOWEST; from < room; from = band_end(from, s.n))
        bands++;
    out->frequency = MEM_NEW(double, bands);
    out->sigma = mem_new(bands, sizeof *out->sigma);
    out->error = mem_new(bands, sizeof *out->error);
    if (bands > 0) {
        Hilbert h = hilbert_new(s.n);
        double *im = MEM_NEW(double, 2 * s.n), low = 0.0;
        for (size_t j = 0; j < LOWEST; j++)
            low += p[j] / LOWEST;
        hilbert_of(&h, isnan(dc) ? low : dc, p, im);
        for (size_t from = LOWEST; from < s.n; from = band_end(from, s.n))
            add_band(out, &h, from, band_end(from, s.n), p, im, im + s.n);
        for (size_t k = 0; k < out->n; k++)
            out->frequency[k] /= (double)s.group;
        free(im);
        hilbert_free(&h);
    }
    free(y), free(p);
    spectral_clear(&s);
}

void conductivity_spectrum_clear(ConductivitySpectrum *s)
{
    free(s->frequency);
    free(s->sigma);
    free(s->error);
    *s = (ConductivitySpectrum){0};
}

Err conductivity_write(H5 *parent, const ConductivitySpectrum *s, double interval, double unit,
                       double temperature, Estimate dc, const char *source)
{
    size_t first = isnan(dc.mean) ? 0U : 1U, n = first + s->n, shape[2] = {n, 2};
    if (n == 0)
        return OK;
    double *f = MEM_NEW(double, n), *sigma = MEM_NEW(double, 4 * n), *error = sigma + 2 * n;
    if (first == 1) {
        sigma[0] = dc.mean;
        error[0] = dc.error;
    }
    for (size_t k = 0; k < s->n; k++) {
        f[first + k] = 1e12 * s->frequency[k] / interval;
        for (size_t part = 0; part < 2; part++) {
            sigma[2 * (first + k) + part] = unit * s->sigma[k][part];
            error[2 * (first + k) + part] = unit * s->error[k][part];
        }
    }
    H5 *group;
    Err e = h5_group(parent, "conductivity_spectrum", &group);
    if (e == OK) {
        e = h5_write(group, "frequency", 1, &n, f, "Hz", "0: the DC value, only if it converged");
        if (e == OK)
            e = h5_write(group, "sigma", 2, shape, sigma, "S/cm", "real and imaginary part");
        if (e == OK)
            e = h5_write(group, "sigma_error", 2, shape, error, "S/cm", "standard errors");
        if (e == OK)
            e = h5_write_number(group, "instantaneous", unit * s->instantaneous, "S/cm",
                                "<d.d>/(6 V kT dt), d the charge displacement from frame to frame");
        if (e == OK)
            e = h5_write_text(group, "source", source);
        if (e == OK)
            e = h5_attr_number(group, NULL, "temperature", temperature);
        h5_close_group(group);
    }
    free(f), free(sigma);
    return e;
}
