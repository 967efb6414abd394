#include "analysis/spectrum.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

void spectrum_init(Spectrum *s, double interval, size_t frames, double fwhm, double step)
{
    double rate = fwhm / (2.0 * sqrt(2.0 * log(2.0))) / UNITS_HBAR_MEV_PS;
    double reach = ceil(sqrt(2.0 * log(1e10)) / (rate * interval)), half = (double)(frames / 2);
    *s = (Spectrum){
        .interval = interval, .fwhm = fwhm, .nyquist = PI * UNITS_HBAR_MEV_PS / interval};
    s->lags = (size_t)fmax(1.0, fmin(reach, half)) + 1;
    s->lags = s->lags < frames ? s->lags : frames;
    s->window = MEM_NEW(double, s->lags);
    for (size_t k = 0; k < s->lags; k++) {
        double x = rate * interval * (double)k;
        s->window[k] = exp(-0.5 * x * x);
    }
    s->left = s->window[s->lags - 1];
    s->n = (size_t)floor(s->nyquist / step + 1e-9) + 1;
    s->energy = MEM_NEW(double, s->n);
    for (size_t k = 0; k < s->n; k++)
        s->energy[k] = step * (double)k;
}

void spectrum_clear(Spectrum *s)
{
    free(s->window);
    free(s->energy);
    *s = (Spectrum){0};
}

/* Sum of a_l cos(l x), l = 0 .. n-1, without trigonometry in the loop (C. W. Clenshaw, Math. Comp. 9, 118 (1955), doi
 * 10.1090/S0025-5718-1955-0071856-0). */
static double clenshaw(size_t n, const double a[], double x)
{
    double twice = 2.0 * cos(x), b1 = 0.0, b2 = 0.0;
    for (size_t l = n - 1; l > 0; l--) {
        double b = a[l] + twice * b1 - b2;
        b2 = b1;
        b1 = b;
    }
    return a[0] + b1 * cos(x) - b2;
}

void spectrum_cosine(const Spectrum *s, const double c[], double out[])
{
    double *a = MEM_NEW(double, s->lags);
    for (size_t l = 0; l < s->lags; l++)
        a[l] = c[l] * s->window[l] * (l == 0 ? 0.5 : 1.0);
    double scale = 2.0 * s->interval / (PI * UNITS_HBAR_MEV_PS);
    for (size_t k = 0; k < s->n; k++)
        out[k] = scale * clenshaw(s->lags, a, s->energy[k] * s->interval / UNITS_HBAR_MEV_PS);
    free(a);
}

void spectrum_conjugate(const Spectrum *s, const double values[], double out[])
{
    for (size_t k = 0; k < s->n; k++) {
        double sum = 0.0;
        for (size_t j = 1 - (k & 1); j < s->n; j += 2) {
            double at = (double)k, from = (double)j;
            sum += values[j] * (j == 0 ? 1.0 / at : 1.0 / (at - from) + 1.0 / (at + from));
        }
        out[k] = 2.0 / PI * sum;
    }
}

void spectrum_difference(const Spectrum *s, double values[])
{
    for (size_t k = 1; k < s->n; k++) {
        double y = 0.5 * s->energy[k] * s->interval / UNITS_HBAR_MEV_PS;
        double factor = y / sin(y);
        values[k] *= factor * factor;
    }
}

double spectrum_integral(const Spectrum *s, const double values[], double high)
{
    double sum = 0.0;
    size_t last = 0;
    for (size_t k = 0; k + 1 < s->n && s->energy[k + 1] <= high * (1.0 + 1e-12); k++) {
        sum += 0.5 * (values[k] + values[k + 1]) * (s->energy[k + 1] - s->energy[k]);
        last = k + 1;
    }
    if (last + 1 == s->n && high >= s->nyquist) /* the rest of a step */
        sum += values[last] * (s->nyquist - s->energy[last]);
    return sum;
}
