/* Known I(Q,t) through the spectrometer: averages over bins of exact lines, detectors along which Q changes, what is not
 * seen, and counting. */
#include "check.h"

#include "analysis/fit_qens.h"
#include "analysis/models.h"
#include "analysis/resolution_lines.h"
#include "analysis/tof_measure.h"
#include "base/mem.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static InstrumentTof read(const char *text)
{
    Config *c;
    InstrumentTof i;
    assert_ok(config_parse("tof.yaml", text, strlen(text), &c));
    assert_ok(instrument_tof_read(config_root(c), &i));
    config_close(c);
    return i;
}

/* Lags so dense that a decay is straight between them within fine^2/12 */
static size_t dense_lags(double fine, double rate, double end, double **t)
{
    size_t n = 1, room = 200000;
    *t = MEM_NEW(double, room);
    for (double now = 0; now < end && n < room; n++) {
        now += fmin(fine / rate * exp(0.5 * rate * now), 1.0);
        (*t)[n] = now;
    }
    return n;
}

static const TofRun quiet = {.balance = BALANCE_NONE, .temperature = 310};

/* Elastic line and a Lorentzian: each channel is the mean over the bin of kf/ki times Gaussian and Voigt of the width
 * at that energy. */
static void bins_of_voigts(void **state)
{
    (void)state;
    const double rate = 0.25, a0 = 0.4, gamma = rate * UNITS_HBAR_MEV_PS, q[] = {0.8};
    InstrumentTof i = read("q_low: 0.8 1/angstrom\nq_high: 0.8 1/angstrom\ne_low: -0.18 meV\n"
                           "e_high: 0.18 meV\ne_step: 0.06 meV\n");
    double *t;
    size_t n = dense_lags(1e-4, rate, 180, &t);
    double *isf = MEM_NEW(double, n);
    for (size_t j = 0; j < n; j++)
        isf[j] = a0 + (1 - a0) * exp(-rate * t[j]);
    Resolution r;
    TofSpectra s;
    assert_ok(instrument_tof_resolution(&i, &r));
    const TofSignal in = {1, 1, n, q, t, isf};
    assert_ok(tof_measure_spectra(&i, &r, &quiet, &in, &s));
    assert_int_equal(s.ne, 6);
    for (size_t k = 0; k < s.ne; k++) {
        enum { N = 1000 };
        double sum = 0, h = (s.edge[k + 1] - s.edge[k]) / N;
        for (int m = 0; m < 2 * N; m++) { /* two Gauss points in each of N parts */
            double e = s.edge[k] + h * (m / 2 + 0.5 + (m % 2 ? 0.5 : -0.5) / sqrt(3));
            double w = resolution_sigma(&r, e);
            sum += instrument_tof_kf_over_ki(&i, e) / (2 * N) *
                   (a0 * models_gauss(e, w) + (1 - a0) * models_voigt(e, w, gamma));
        }
        assert_near(s.rate[k], sum, 1e-8);
    }
    tof_measure_clear(&s);
    resolution_clear(&r);
    instrument_tof_clear(&i);
    free(isf), free(t);
}

enum { NQ = 30 };

/* Diffusion, I = exp(-D Q^2 t), in steps of 0.1 1/A */
static size_t diffusion(double d, double *q, double **t, double **isf)
{
    size_t n = dense_lags(4e-3, d * 9, 200, t);
    *isf = MEM_NEW(double, NQ *n);
    for (size_t k = 0; k < NQ; k++) {
        q[k] = 0.1 * (double)(k + 1);
        for (size_t j = 0; j < n; j++)
            (*isf)[k * n + j] = exp(-d * q[k] * q[k] * (*t)[j]);
    }
    return n;
}

/* Along a detector the width follows Q(E). */
static void constant_angle(void **state)
{
    (void)state;
    const double d = 0.03;
    InstrumentTof i = read("output: constant_angle\nangles: [20 degree, 73 degree, 131 degree]\n"
                           "e_low: -1.01 meV\ne_high: 1.01 meV\ne_step: 0.02 meV\n");
    double q[NQ], *t, *isf;
    size_t n = diffusion(d, q, &t, &isf);
    Resolution r;
    TofSpectra s;
    assert_ok(instrument_tof_resolution(&i, &r));
    assert_ok(tof_measure_spectra(&i, &r, &quiet, &(TofSignal){1, NQ, n, q, t, isf}, &s));
    assert_int_equal(s.nspectra, 3);
    assert_near(s.q[1], instrument_tof_q(&i, 73, 0), 0);
    for (size_t k = 0; k < 3; k++)
        for (size_t b = 0; b < s.ne; b += 5) {
            double sum = 0, h = s.edge[b + 1] - s.edge[b];
            for (int m = 0; m < 50; m++) {
                double e = s.edge[b] + (m + 0.5) / 50 * h,
                       qe = instrument_tof_q(&i, s.two_theta[k], e);
                sum += instrument_tof_kf_over_ki(&i, e) / 50 *
                       models_voigt(e, resolution_sigma(&r, e), UNITS_HBAR_MEV_PS * d * qe * qe);
            }
            assert_near(s.rate[k * s.ne + b], sum, 2e-5 + 2e-3 * sum * h);
        }
    tof_measure_clear(&s);
    resolution_clear(&r);
    instrument_tof_clear(&i);
    free(isf), free(t);
}

/* Coarse lags, for what does not ask for exact lines. */
static TofSignal coarse(double *q, double *t, double *isf, size_t nt)
{
    for (size_t j = 0; j < nt; j++)
        t[j] = 0.5 * (double)j;
    for (size_t k = 0; k < NQ; k++) {
        q[k] = 0.1 * (double)(k + 1);
        for (size_t j = 0; j < nt; j++)
            isf[k * nt + j] = 0.5 + 0.5 * exp(-0.1 * q[k] * q[k] * t[j]);
    }
    return (TofSignal){1, NQ, nt, q, t, isf};
}

enum { NT = 240 };

/* Kinematic limits, gaps, the end of the frame and of I(Q,t). */
static void what_is_not_seen(void **state)
{
    (void)state;
    static double q[NQ], t[NT], isf[NQ * NT];
    TofSignal in = coarse(q, t, isf, NT);
    InstrumentTof i = read("q_low: 0.3 1/angstrom\nq_high: 2.3 1/angstrom\nq_step: 0.5 1/angstrom\n"
                           "e_low: -4 meV\ne_high: 3 meV\ne_step: 0.05 meV\nspeed: 14000 1/min\n"
                           "gaps: [40 degree, 45 degree]\n");
    Resolution r;
    TofSpectra s;
    assert_ok(instrument_tof_resolution(&i, &r));
    assert_ok(tof_measure_spectra(&i, &r, &quiet, &in, &s));
    for (size_t k = 0; k < s.nspectra; k++)
        for (size_t b = 0; b < s.ne; b++) {
            bool seen = s.edge[b + 1] <= 2.13;
            for (int end = 0; end < 2; end++) {
                double low, high, e = s.edge[b + (size_t)end],
                                  angle = instrument_tof_angle(&i, s.q[k], e);
                instrument_tof_q_range(&i, e, &low, &high);
                seen = seen && s.q[k] > low && s.q[k] < high && !(angle > 40 && angle < 45);
            }
            bool number = !isnan(s.rate[k * s.ne + b]);
            if (seen)
                assert_true(number);
            else if (
                number) /* only a gap or limit between the last point and the edge of the bin */
                assert_true(s.edge[b] < 2.2);
        }
    /* 0.3 1/A ends near 1.4 meV gain */
    assert_true(isnan(s.rate[0]) && !isnan(s.rate[80]));
    tof_measure_clear(&s);
    in.nq = 10; /* I(Q,t) known to 1.0 1/A only: 1.3, 1.8, 2.3 fall out */
    assert_ok(tof_measure_spectra(&i, &r, &quiet, &in, &s));
    assert_int_equal(s.nspectra, 2);
    tof_measure_clear(&s);
    in.nq = 1;
    assert_int_equal(tof_measure_spectra(&i, &r, &quiet, &in, &s), ERR_INPUT);
    assert_non_null(strstr(err_message(), "no spectrum sees anything"));
    resolution_clear(&r);
    instrument_tof_clear(&i);
}

static void measure(const InstrumentTof *i, const TofRun *run, QensData *d)
{
    static double q[NQ], t[NT], isf[NQ * NT];
    TofSignal in = coarse(q, t, isf, NT);
    Resolution r;
    assert_ok(instrument_tof_resolution(i, &r));
    assert_ok(tof_measure(i, &r, run, &in, d));
    assert_ok(qens_data_check(d));
    resolution_clear(&r);
}

/* Counts are Poisson around the truth; the same seed gives the same bytes. */
static void counting(void **state)
{
    (void)state;
    InstrumentTof i = read("background: 0.1\nq_low: 0.5 1/angstrom\nq_high: 1.9 1/angstrom\n");
    TofRun run = {.balance = BALANCE_HARMONIC, .temperature = 310, .counts = 1e5, .seed = 42};
    QensData a, b, c;
    measure(&i, &run, &a);
    measure(&i, &run, &b);
    run.seed = 43;
    measure(&i, &run, &c);
    size_t n = a.nspectra * a.ne;
    assert_null(a.error);
    assert_true(a.kf_over_ki);
    assert_memory_equal(a.y, b.y, n * sizeof *a.y);
    assert_memory_not_equal(a.y, c.y, n * sizeof *a.y);
    assert_memory_equal(a.truth, c.truth, n * sizeof *a.y);
    double chi2 = 0, skew = 0, sum = 0;
    for (size_t k = 0; k < n; k++) {
        double pull = (a.y[k] - a.truth[k]) / sqrt(a.truth[k]);
        assert_near(a.y[k], floor(a.y[k]), 0);
        chi2 += pull * pull;
        skew += pull;
        sum += a.truth[k];
    }
    assert_near(sum / (double)a.nspectra, 1e5, 1e-6);
    assert_near(chi2 / (double)n, 1, 5 * sqrt(2.0 / (double)n));
    assert_near(skew / (double)n, 0, 5 / sqrt((double)n));
    /* a common scale: less is scattered elastically at high Q, no more in all */
    assert_true(a.truth[150] > 1.2 * a.truth[(a.nspectra - 1) * a.ne + 150]);
    qens_data_clear(&a), qens_data_clear(&b), qens_data_clear(&c);
    instrument_tof_clear(&i);
    /* counting time instead of counts */
    i = read("time: 2 h\nrate: 10 1/s\nq_low: 0.5 1/angstrom\nq_high: 1.9 1/angstrom\n");
    measure(&i, &run, &a);
    sum = 0;
    for (size_t k = 0; k < n; k++)
        sum += a.truth[k];
    assert_near(sum / (double)a.nspectra, 72000, 1e-6);
    qens_data_clear(&a);
    instrument_tof_clear(&i);
}

/* Without noise; kf/ki divided out leaves detailed balance. */
static void reduced(void **state)
{
    (void)state;
    InstrumentTof i = read("reduced: true\nq_low: 0.5 1/angstrom\nq_high: 1.9 1/angstrom\nholder: "
                           "{shape: slab, thickness: "
                           "1 mm, boron: 11B}\n");
    TofRun run = {.balance = BALANCE_HARMONIC, .temperature = 310};
    QensData d;
    measure(&i, &run, &d);
    assert_false(d.kf_over_ki);
    assert_non_null(d.error);
    size_t n = d.nspectra * d.ne;
    assert_memory_equal(d.y, d.truth, n * sizeof *d.y);
    size_t near = 10 * d.ne + 50, far = 10 * d.ne + 250; /* -1 and +1 meV */
    double x = 1.0 / (UNITS_KB_MEV * 310);               /* the widths differ: 82 and 51 ueV */
    assert_near(d.y[far] / d.y[near], exp(x), 0.005);
    for (size_t k = 0; k < n; k++) {
        double factor = pow(d.error[k], 2) / d.y[k]; /* y = c/f, error^2 = c/f^2: f = y/error^2 */
        assert_true(factor > 0 && isfinite(factor));
    }
    qens_data_clear(&d);
    instrument_tof_clear(&i);
}

/* Boron absorbs more on the way out the slower the neutron. */
static void isotopes(void **state)
{
    (void)state;
    InstrumentTof natural = read("holder: {shape: slab, thickness: 0.5 mm, boron: natural}\n"),
                  pure = read("holder: {shape: slab, thickness: 0.5 mm, boron: 11B}\n"),
                  thin = read("background: 0\n");
    QensData a, b, c;
    TofRun run = quiet;
    measure(&natural, &run, &a);
    measure(&pure, &run, &b);
    measure(&thin, &run, &c);
    size_t low = 10 * a.ne + 10, high = 10 * a.ne + 290;
    double loss_natural = a.truth[high] / a.truth[low] / (c.truth[high] / c.truth[low]),
           loss_pure = b.truth[high] / b.truth[low] / (c.truth[high] / c.truth[low]);
    assert_true(loss_natural < 0.95);
    assert_near(loss_pure, 1, 0.01);
    double angle = instrument_tof_angle(&natural, 1.3, -1.4),
           back = instrument_tof_angle(&natural, 1.3, 1.4),
           wanted = self_shielding_factor(&natural.shielding, back, 5,
                                          instrument_tof_final(&natural, 1.4)) /
                    self_shielding_factor(&natural.shielding, angle, 5,
                                          instrument_tof_final(&natural, -1.4));
    assert_near(loss_natural, wanted, 1e-3);
    qens_data_clear(&a), qens_data_clear(&b), qens_data_clear(&c);
    instrument_tof_clear(&natural), instrument_tof_clear(&pure), instrument_tof_clear(&thin);
}

/* The experimenter's fit of noise-free counts of exact jumps about a C3 axis, at constant Q and at constant angle (where
 * the EISF changes along the spectrum), gives back width and EISF. */
static void fit_gives_back(void **state)
{
    (void)state;
    const double tau = 3, gamma = 1.5 * UNITS_HBAR_MEV_PS / tau;
    double q[NQ], *t, *isf;
    size_t n = dense_lags(4e-3, 1.5 / tau, 200, &t);
    isf = MEM_NEW(double, NQ *n);
    for (size_t k = 0; k < NQ; k++) {
        q[k] = 0.1 * (double)(k + 1);
        for (size_t j = 0; j < n; j++)
            isf[k * n + j] = models_c3(q[k], t[j], 1.22, tau);
    }
    for (int angle = 0; angle < 2; angle++) {
        InstrumentTof i = read(angle ? "output: constant_angle\nangles: [40 degree, 80 degree]\n"
                                       "e_step: 0.03 meV\nbackground: 0.02\n"
                                     : "q_low: 0.7 1/angstrom\nq_high: 1.7 1/angstrom\nq_step: 1 "
                                       "1/angstrom\ne_step: 0.03 meV\nbackground: 0.02\n");
        Resolution r;
        TofSpectra s;
        QensData d;
        FitQensSpectrum spectra[2];
        FitQensResult fit;
        double scale, energy[200];
        TofRun run = {.balance = BALANCE_HARMONIC, .temperature = 310};
        assert_ok(instrument_tof_resolution(&i, &r));
        assert_ok(tof_measure_spectra(&i, &r, &run, &(TofSignal){1, NQ, n, q, t, isf}, &s));
        assert_ok(tof_measure_count(&i, &run, &s, s.rate, &d, &scale));
        assert_int_equal(d.nspectra, 2);
        for (size_t k = 0; k < d.ne; k++)
            energy[k] = qens_data_centre(&d, k);
        for (size_t k = 0; k < 2; k++)
            spectra[k] = (FitQensSpectrum){.q = d.q[k],
                                           .n = d.ne,
                                           .energy = energy,
                                           .y = d.y + k * d.ne,
                                           .factor = s.factor + k * d.ne};
        const FitQensModel model = {
            .fwhm = 0.065, .resolution = &r, .lines = 1, .temperature = 310, .bin = 0.03};
        assert_ok(fit_qens(&model, 2, spectra, &fit));
        assert_near(fit.width[0], gamma, (angle ? 0.01 : 1e-4) * gamma);
        for (size_t k = 0; k < 2; k++) {
            double a0 = models_c3(d.q[k], 1e6, 1.22, tau);
            assert_near(fit.eisf[k], a0, angle ? 3e-3 : 1e-5);
        }
        fit_qens_clear(&fit);
        qens_data_clear(&d);
        tof_measure_clear(&s);
        resolution_clear(&r);
        instrument_tof_clear(&i);
    }
    free(isf), free(t);
}

/* A run of vanadium (all elastic), counted and reduced by kf/ki, is a resolution: of the right width, and the elastic line of
 * a sample made with it is that of the instrument. */
static void vanadium(void **state)
{
    (void)state;
    double q[NQ], t[] = {0, 100, 200}, isf[NQ * 3];
    for (size_t k = 0; k < NQ; k++)
        q[k] = 0.1 * (double)(k + 1);
    for (size_t k = 0; k < NQ * 3; k++)
        isf[k] = 1;
    const TofSignal in = {1, NQ, 3, q, t, isf};
    InstrumentTof i = read("q_low: 0.5 1/angstrom\nq_high: 1.7 1/angstrom\nq_step: 0.4 1/angstrom\n"
                           "e_low: -0.505 meV\ne_high: 0.505 meV\n");
    TofRun run = {.balance = BALANCE_NONE, .temperature = 310, .counts = 1e7, .seed = 5};
    Resolution r, lines, chosen;
    QensData d;
    TofSpectra a, b;
    assert_ok(instrument_tof_resolution(&i, &r));
    assert_ok(tof_measure(&i, &r, &run, &in, &d));
    resolution_copy(&lines, &r);
    assert_ok(resolution_lines_read(&lines, &d, 1e-3));
    assert_int_equal(lines.nlines, 4);
    assert_near(resolution_fwhm(&lines, 0), 0.065, 5e-4);
    resolution_lines_choose(&lines, 4, d.q, &chosen);
    assert_ok(tof_measure_spectra(&i, &r, &quiet, &in, &a));
    assert_ok(tof_measure_spectra(&i, &chosen, &quiet, &in, &b));
    for (size_t k = 0; k < a.nspectra * a.ne; k++)
        assert_near(b.rate[k], a.rate[k], 0.15); /* of 14 at the maximum; 3e-4 of noise */
    assert_near(resolution_fwhm(&chosen, -0.4) / resolution_fwhm(&chosen, 0),
                resolution_fwhm(&r, -0.4) / resolution_fwhm(&r, 0), 1e-12);
    d.edge[0] = 0.1; /* no elastic line */
    for (size_t k = 1; k <= d.ne; k++)
        d.edge[k] = 0.1 + 0.01 * (double)k;
    Resolution none = {0};
    assert_int_equal(resolution_lines_read(&none, &d, 1e-3), ERR_INPUT);
    tof_measure_clear(&a), tof_measure_clear(&b);
    resolution_clear(&r), resolution_clear(&lines), resolution_clear(&chosen);
    qens_data_clear(&d);
    instrument_tof_clear(&i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bins_of_voigts),   cmocka_unit_test(constant_angle),
        cmocka_unit_test(what_is_not_seen), cmocka_unit_test(counting),
        cmocka_unit_test(reduced),          cmocka_unit_test(isotopes),
        cmocka_unit_test(fit_gives_back),   cmocka_unit_test(vanadium),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
