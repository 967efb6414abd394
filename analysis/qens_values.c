/* qens_values.c -- from one fit to the numbers that are compared: EISF, Eq. 4, widths, times, Debye-Waller. */
#include "analysis/qens.h"

#include "base/mem.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

const QensNumber qens_numbers[QENS_NUMBERS] = {
    {"eisf_fit", "1", "EISF at the stated Q, A0/(A0 + A1) of the fit to counts"},
    {"eisf_plateau", "1",
     "EISF at the stated Q, plateau of I(Q,t) over exp(-Q^2 <u2>/3) with u2 of the fit"},
    {"plateau", "1",
     "mean of I(Q,t) over the plateau window at the stated Q, Debye-Waller factor in it"},
    {"plateau_drift", "1",
     "fall of I(Q,t) at the stated Q from the first to the second half of the plateau window; if "
     "it is "
     "not 0 the run is too short and the EISF too high"},
    {"p", "1", "immobile fraction of Eq. 4"},
    {"d_BH", "angstrom", "B-H distance of Eq. 4"},
    {"hwhm1", "meV", "half width at half maximum of the narrower Lorentzian"},
    {"tau1", "ps", "relaxation time hbar/hwhm1, the paper's tau"},
    {"residence1_c2", "ps", "time at a site if jumps are about one C2 axis, 2 tau1"},
    {"residence1_c3", "ps", "time at a site if jumps are about one C3 axis, 1.5 tau1"},
    {"hwhm2", "meV", "half width at half maximum of the broader Lorentzian"},
    {"tau2", "ps", "relaxation time hbar/hwhm2"},
    {"u2", "angstrom^2",
     "3-D mean squared displacement <u2>: elastic + first line = exp(-Q^2 <u2>/3)"},
};

/* A value and its counting variance, which may not be asked for. */
static void put(double *value, double *variance, size_t k, double v, double s)
{
    value[k] = v;
    if (variance != NULL)
        variance[k] = s;
}

/* What is fitted without the oscillators, and its mean; a count where nothing is expected weighs as one. */
static void without_modes(const FitQensModel *model, const FitQensResult *r,
                          const FitQensSpectrum spectra[], size_t i, double y[], double mean[])
{
    const FitQensSpectrum *s = &spectra[i];
    size_t rows = 2 + (size_t)r->oscillators;
    double *parts = MEM_NEW(double, rows * s->n);
    fit_qens_parts(model, spectra, r, i, parts);
    for (size_t k = 0; k < s->n; k++) {
        y[k] = s->y[k], mean[k] = 0.0;
        for (size_t row = 0; row < rows; row++) {
            mean[k] += parts[row * s->n + k];
            if (row > 0 && row + 1 < rows)
                y[k] -= parts[row * s->n + k];
        }
        mean[k] = fmax(mean[k], 1.0);
    }
    free(parts);
}

/* EISFs without a line in the fit: 1 - share of a Lorentzian of held width, weights by the fitted mean. */
static Err held_eisf(const QensOptions *o, const FitQensModel *model, const FitQensResult *r,
                     const FitQensSpectrum spectra[], double *value, double *variance,
                     double *covariance)
{
    size_t n = r->nspectra;
    FitQensModel m = *model;
    m.width_start[0] = o->instrument.fwhm;
    for (size_t i = 0; i < n; i++) {
        FitQensSpectrum s = spectra[i];
        double a[3], c[9], *mean = MEM_NEW(double, 2 * s.n), *y = mean + s.n;
        without_modes(model, r, spectra, i, y, mean);
        s.y = y;
        Err e = fit_qens_held(&m, &s, i, mean, a, c);
        free(mean);
        if (e != OK)
            return e;
        double sum = a[0] + a[1];
        double v =
            (a[1] * a[1] * c[0] - 2.0 * a[0] * a[1] * c[1] + a[0] * a[0] * c[4]) / pow(sum, 4);
        put(value, variance, QENS_NUMBERS + i, a[0] / sum, v);
        if (covariance != NULL)
            covariance[i * n + i] = v;
    }
    return OK;
}

static void fitted_eisf(const FitQensResult *r, double *value, double *variance, double *covariance)
{
    size_t n = r->nspectra;
    for (size_t i = 0; i < n; i++) {
        put(value, variance, QENS_NUMBERS + i, r->eisf[i], r->eisf_covariance[i * n + i]);
        for (size_t k = 0; k < n && covariance != NULL; k++)
            covariance[i * n + k] = r->eisf_covariance[i * n + k];
    }
}

/* Covariance of elastic + first line between spectra i and k. */
static double area_covariance(const FitQensResult *r, size_t i, size_t k)
{
    size_t used = r->lines > 0 ? 2 : 1;
    double v = 0.0;
    for (size_t a = 0; a < used; a++)
        for (size_t b = 0; b < used; b++)
            v += r->covariance[(r->nshared + i * r->nown + a) * r->nparameters + r->nshared +
                               k * r->nown + b];
    return v;
}

/* D(Q) = (elastic + first line)/scale, and <u2> from ln D = -Q^2 <u2>/3 through the origin, each point weighted with
 * its counting error. I(Q,0) = 1 fixes the scale, which an experiment has to take from a cold run. */
static void debye_waller(const FitQensResult *r, const FitQensSpectrum spectra[],
                         const double scale[], double *value, double *variance)
{
    size_t n = r->nspectra, at = QENS_NUMBERS + n;
    double *k = MEM_NEW(double, n), *d = MEM_NEW(double, n), norm = 0.0, u2 = 0.0, v = 0.0;
    for (size_t i = 0; i < n; i++) {
        d[i] = (r->elastic[i] + (r->lines > 0 ? r->area[i * (size_t)r->lines] : 0.0)) / scale[i];
        double s = area_covariance(r, i, i) / (scale[i] * scale[i]), q2 = pow(spectra[i].q, 2);
        put(value, variance, at + i, d[i], s);
        double w = d[i] * d[i] / s; /* 1/variance of ln D */
        k[i] = -w * q2 / 3.0;
        norm += w * q2 * q2 / 9.0;
    }
    for (size_t i = 0; i < n; i++)
        u2 += k[i] / norm * log(d[i]);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            v += k[i] * k[j] / (norm * norm) * area_covariance(r, i, j) /
                 (scale[i] * scale[j] * d[i] * d[j]);
    put(value, variance, QENS_U2, u2, v);
    free(k);
    free(d);
}

/* Width and times of line `line`; the first has residence times too. */
static void times(const FitQensResult *r, size_t line, size_t width, size_t tau, double *value,
                  double *variance)
{
    double g = r->width[line], s = r->width_error[line];
    FitQensTimes t = fit_qens_times(g, s);
    put(value, variance, width, g, s * s);
    put(value, variance, tau, t.tau, t.tau_error * t.tau_error);
    if (line > 0)
        return;
    put(value, variance, QENS_RESIDENCE1_C2, t.residence_c2, 4.0 * t.tau_error * t.tau_error);
    put(value, variance, QENS_RESIDENCE1_C3, t.residence_c3, 2.25 * t.tau_error * t.tau_error);
}

static void eq4(const FitQensResult *r, const FitQensSpectrum spectra[], double *value,
                double *variance)
{
    FitEisf f, free_p;
    size_t n = r->nspectra;
    double *q = MEM_NEW(double, n);
    for (size_t i = 0; i < n; i++)
        q[i] = spectra[i].q;
    bool known = r->identified && n >= 3;
    if (known && fit_eisf(n, q, r->eisf, r->eisf_error, r->eisf_covariance, &f) == OK) {
        put(value, variance, QENS_P, f.p, f.p_error_free * f.p_error_free);
        put(value, variance, QENS_D, f.d, f.d_error * f.d_error);
    }
    /* p is bounded as in the paper; in replicates it is not, or the bound would hide its scatter */
    if (known && variance == NULL &&
        fit_eisf_unbounded(n, q, r->eisf, r->eisf_error, r->eisf_covariance, &free_p) == OK)
        value[QENS_P] = free_p.p;
    free(q);
}

/* Weights of the polynomial through the (at most four) Q nearest to `at`: its value there is sum w[i] f(q[i]). */
static void interpolation(double at, size_t n, const FitQensSpectrum spectra[], double w[])
{
    size_t points = n < 4 ? n : 4, first = 0;
    while (first + points < n && fabs(spectra[first + points].q - at) < fabs(spectra[first].q - at))
        first++;
    for (size_t i = 0; i < n; i++)
        w[i] = i >= first && i < first + points ? 1.0 : 0.0;
    for (size_t i = first; i < first + points; i++)
        for (size_t j = first; j < first + points; j++)
            if (j != i)
                w[i] *= (at - spectra[j].q) / (spectra[i].q - spectra[j].q);
}

/* What is asked for at `at`. */
static void at_stated_q(const QensOptions *o, size_t n, const FitQensSpectrum spectra[],
                        const double plateau[], const double drift[], const double covariance[],
                        double *value, double *variance)
{
    double *w = MEM_NEW(double, n), eisf = 0.0, flat = 0.0, fall = 0.0, v = 0.0;
    interpolation(o->at, n, spectra, w);
    for (size_t i = 0; i < n; i++) {
        eisf += w[i] * value[QENS_NUMBERS + i];
        flat += w[i] * plateau[i];
        fall += w[i] * drift[i];
        for (size_t j = 0; j < n && covariance != NULL; j++)
            v += w[i] * w[j] * covariance[i * n + j];
    }
    free(w);
    put(value, variance, QENS_EISF, eisf, v);
    put(value, variance, QENS_PLATEAU, flat, 0.0);
    put(value, variance, QENS_DRIFT, fall, 0.0);
    double third = o->at * o->at / 3.0, corrected = flat * exp(third * value[QENS_U2]);
    put(value, variance, QENS_EISF_PLATEAU, corrected,
        variance == NULL ? 0.0 : pow(corrected * third, 2) * variance[QENS_U2]);
}

Err qens_values(const QensOptions *o, const FitQensModel *model, const FitQensResult *r,
                const FitQensSpectrum spectra[], const double scale[], const double plateau[],
                const double drift[], double value[], double variance[], double eisf_covariance[])
{
    size_t n = r->nspectra;
    for (size_t k = 0; k < QENS_NUMBERS; k++)
        put(value, variance, k, NAN, NAN);
    for (size_t k = 0; k < n * n && eisf_covariance != NULL; k++)
        eisf_covariance[k] = 0.0;
    if (r->lines == 0)
        TRY(held_eisf(o, model, r, spectra, value, variance, eisf_covariance));
    else
        fitted_eisf(r, value, variance, eisf_covariance);
    debye_waller(r, spectra, scale, value, variance);
    if (r->lines > 0) {
        times(r, 0, QENS_HWHM1, QENS_TAU1, value, variance);
        eq4(r, spectra, value, variance);
    }
    if (r->lines > 1)
        times(r, 1, QENS_HWHM2, QENS_TAU2, value, variance);
    at_stated_q(o, n, spectra, plateau, drift, eisf_covariance, value, variance);
    return OK;
}
