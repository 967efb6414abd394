/* QENS fit: Voigt against quadrature, exact recovery, honest errors under Poisson noise, choice of
 * the model. */
#include "check.h"
#include "qens_model.h"

#include "analysis/fit_qens.h"
#include "analysis/lineshape.h"
#include "base/mem.h"
#include "base/rng.h"
#include "base/units.h"

#include <complex.h>
#include <gsl/gsl_integration.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double SIGMA = 0.0276;

typedef struct VoigtArgs {
    double e, gamma;
} VoigtArgs;

/* Gaussian at e' times Lorentzian at e - e' with e' = SIGMA t: smooth enough for adaptive
 * quadrature */
static double integrand(double t, void *args)
{
    const VoigtArgs *a = args;
    double d = a->e - SIGMA * t;
    return exp(-0.5 * t * t) / sqrt(2 * PI) * a->gamma / (PI * (d * d + a->gamma * a->gamma));
}

static void voigt_is_the_convolution(void **state)
{
    (void)state;
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(2000);
    const double gammas[] = {0.003, 0.03, 0.2, 1.0}, energies[] = {0, 0.01, 0.07, 0.4, -1.5};
    for (int g = 0; g < 4; g++)
        for (int i = 0; i < 5; i++) {
            VoigtArgs a = {energies[i], gammas[g]};
            gsl_function f = {integrand, &a};
            double points[] = {-40, a.e / SIGMA, 40}, want, error;
            if (fabs(points[1]) < 40)
                gsl_integration_qagp(&f, points, 3, 0, 1e-12, 2000, w, &want, &error);
            else
                gsl_integration_qag(&f, -40, 40, 0, 1e-12, 2000, 6, w, &want, &error);
            double slope, h = 1e-5 * a.gamma;
            const Lineshape l = {.sigma = SIGMA};
            double got = lineshape_lorentz(&l, a.e, a.gamma, &slope);
            assert_near(got / want, 1.0, 1e-10);
            double numeric = (lineshape_lorentz(&l, a.e, a.gamma + h, NULL) -
                              lineshape_lorentz(&l, a.e, a.gamma - h, NULL)) /
                             (2 * h);
            assert_near(slope, numeric, 1e-6 * (fabs(numeric) + got / a.gamma));
        }
    gsl_integration_workspace_free(w);
}

enum { POINTS = 201 };

static void energies(double e[POINTS])
{
    for (int i = 0; i < POINTS; i++)
        e[i] = -1.0 + 2.0 * i / (POINTS - 1);
}

static void noise_free_data_are_recovered(void **state)
{
    (void)state;
    double e[POINTS], y[3][POINTS], s[POINTS];
    const double q[3] = {0.6, 1.2, 2.0}, elastic[3] = {8, 6, 4};
    const double width[2] = {0.08, 0.5};
    FitQensModel m = {.fwhm = 0.065, .lines = 2, .temperature = 310, .bin = 0.01};
    FitQensSpectrum d[3];
    energies(e);
    for (int i = 0; i < POINTS; i++)
        s[i] = 0.01;
    for (int k = 0; k < 3; k++) {
        double area[2] = {10 - elastic[k], 2.0 + k};
        qens_model(&m, elastic[k], width, area, 0.7, POINTS, e, y[k]);
        d[k] = (FitQensSpectrum){.q = q[k], .n = POINTS, .energy = e, .y = y[k], .sigma = s};
    }
    FitQensResult r;
    assert_ok(fit_qens(&m, 3, d, &r));
    assert_true(r.identified);
    assert_int_equal(r.nparameters, 2 + 3 * 4);
    assert_near(r.width[0], width[0], 1e-7);
    assert_near(r.width[1], width[1], 1e-7);
    for (int k = 0; k < 3; k++) {
        assert_near(r.eisf[k], elastic[k] / 10, 1e-7);
        assert_near(r.area[2 * k + 1], 2.0 + k, 1e-5);
        assert_near(r.background[k], 0.7, 1e-6);
    }
    fit_qens_clear(&r);
}

static double detailed_balance(double x, double temperature)
{
    FitQensModel m = {.fwhm = 0.065, .lines = 1, .temperature = temperature};
    double width = 0.3, area = 1, e[2] = {x, -x}, y[2];
    qens_model(&m, 0, &width, &area, 0, 2, e, y);
    return y[1] / y[0];
}

static void balance_holds(void **state)
{
    (void)state;
    double kt = 0.0861733326 * 310;
    assert_near(detailed_balance(2.0, 310), exp(-2.0 / kt), 1e-10);
    assert_near(detailed_balance(2.0, 0), 1.0, 1e-12);
}

static void bin_average_is_an_average(void **state)
{
    (void)state;
    FitQensModel fine = {.fwhm = 0.065, .lines = 1}, wide = fine;
    wide.bin = 0.05;
    double width = 0.1, area = 3, e = 0.03, want = 0, got, y;
    qens_model(&wide, 2, &width, &area, 0.1, 1, &e, &got);
    for (int i = 0; i < 1000; i++) {
        double at = e + 0.05 * ((i + 0.5) / 1000 - 0.5);
        qens_model(&fine, 2, &width, &area, 0.1, 1, &at, &y);
        want += y / 1000;
    }
    assert_near(got, want, 2e-5 * want);
}

enum { DRAWS = 200, PARAMETERS = 4 };

/* Expected counts of one spectrum: elastic 60 %, width 0.2 meV, flat background of 8 counts per
 * point */
static void truth(const FitQensModel *m, const double e[POINTS], double mean[POINTS])
{
    double width = 0.2, area = 160;
    qens_model(m, 240, &width, &area, 8, POINTS, e, mean);
}

static void pulls_are_standard_normal(void **state)
{
    (void)state;
    double e[POINTS], mean[POINTS], y[POINTS], sum[PARAMETERS + 1] = {0},
                                                                square[PARAMETERS + 1] = {0};
    const double want[PARAMETERS + 1] = {0.2, 240, 160, 8, 0.6};
    FitQensModel m = {.fwhm = 0.065, .lines = 1};
    energies(e);
    truth(&m, e, mean);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (uint64_t i = 0; i < POINTS; i++)
            y[i] = (double)rng_poisson(11, RNG_TEST, draw, i, mean[i]);
        FitQensSpectrum d = {.q = 1, .n = POINTS, .energy = e, .y = y};
        FitQensResult r;
        assert_ok(fit_qens(&m, 1, &d, &r));
        for (int k = 0; k <= PARAMETERS; k++) {
            double error =
                k < PARAMETERS ? sqrt(r.covariance[k * PARAMETERS + k]) : r.eisf_error[0];
            double pull = ((k < PARAMETERS ? r.parameter[k] : r.eisf[0]) - want[k]) / error;
            sum[k] += pull;
            square[k] += pull * pull;
        }
        fit_qens_clear(&r);
    }
    for (int k = 0; k <= PARAMETERS; k++) {
        double average = sum[k] / DRAWS, sd = sqrt(square[k] / DRAWS - average * average);
        print_message("pull %d: mean %.3f sd %.3f\n", k, average, sd);
        assert_near(average, 0.0, 0.2);
        assert_near(sd, 1.0, 0.1);
    }
}

static void number_of_lines_is_found(void **state)
{
    (void)state;
    double e[POINTS], mean[POINTS], y[POINTS];
    energies(e);
    for (int lines = 0; lines <= 2; lines++) {
        FitQensModel m = {.fwhm = 0.065, .lines = lines};
        double width[2] = {0.06, 0.6}, area[2] = {2000, 2000};
        qens_model(&m, 3000, width, area, 20, POINTS, e, mean);
        for (uint64_t i = 0; i < POINTS; i++)
            y[i] = (double)rng_poisson(5, RNG_TEST, (uint64_t)lines, i, mean[i]);
        FitQensSpectrum d = {.q = 1, .n = POINTS, .energy = e, .y = y};
        FitQensResult r[3];
        int best;
        assert_ok(fit_qens_choose(&m, 2, 1, &d, r, &best));
        print_message("%d lines: BIC %.1f %.1f %.1f\n", lines, r[0].bic, r[1].bic, r[2].bic);
        assert_int_equal(best, lines);
        for (int k = 0; k <= 2; k++)
            fit_qens_clear(&r[k]);
    }
}

/* Oscillators, bins of several widths, a factor, a measured line for each Q, widths shared or of each: exact data come back. */
static void everything_is_recovered(bool measured, bool own_widths)
{
    enum { N = 160, NQ = 3, PARTS = 6 };
    static const double at[] = {-8, 0, 2}, fwhm[] = {0.25, 0.065, 0.04}, q[NQ] = {0.6, 1.2, 2.0};
    double e[N], bin[N], factor[N], sigma[N], y[NQ][N] = {{0}}, edge = -7;
    Resolution r;
    FitQensSpectrum d[NQ];
    assert_ok(resolution_table(&r, 3, at, fwhm));
    if (measured) { /* two Gaussians, other ones at each Q */
        r.nlines = NQ, r.dt = 0.7, r.nt = 120;
        r.line_q = MEM_NEW(double, NQ);
        r.line = MEM_NEW(double _Complex, NQ *r.nt);
        for (size_t k = 0; k < NQ * r.nt; k++) {
            double t = (double)(k % r.nt) * r.dt / UNITS_HBAR_MEV_PS,
                   s = 0.026 + 0.002 * (double)(k / r.nt);
            r.line[k] = exp(-0.5 * s * s * t * t) * (0.8 + 0.2 * cexp(-I * 0.05 * t));
        }
    }
    for (int i = 0; i < N; i++) {
        bin[i] = edge < -1 ? 0.1 : 0.02;
        e[i] = edge + 0.5 * bin[i], edge += bin[i];
        factor[i] = sqrt(1 - e[i] / 3.27);
        sigma[i] = 0.05;
    }
    FitQensModel m = {.resolution = &r,
                      .lines = 2,
                      .temperature = 310,
                      .oscillators = 2,
                      .free_energy = true,
                      .own_widths = own_widths};
    const double energy[2] = {3.1, 4.9}, damping[2] = {0.3, 0.5};
    double want[NQ][2];
    for (int k = 0; k < NQ; k++) {
        double parts[PARTS * N], own[PARTS] = {8 - 2 * k, 3 + k, 2, 1, 2, 0.4};
        want[k][0] = 0.1 * (own_widths ? 1 + 0.2 * k : 1), want[k][1] = 0.8;
        d[k] = (FitQensSpectrum){.q = q[k],
                                 .n = N,
                                 .energy = e,
                                 .y = y[k],
                                 .sigma = sigma,
                                 .bin = bin,
                                 .factor = factor};
        fit_qens_shape(&m, &d[k], (size_t)k, want[k], energy, damping, own, parts);
        for (int i = 0; i < PARTS * N; i++)
            y[k][i % N] += parts[i];
    }
    FitQensResult f;
    m.energy[0] = 3.0, m.energy[1] = 5.0;
    assert_ok(fit_qens(&m, NQ, d, &f));
    assert_true(f.identified);
    for (int k = 0; k < NQ; k++) {
        assert_near(f.own_width[2 * k], want[k][0], 1e-6);
        assert_near(f.own_width[2 * k + 1], 0.8, 1e-5);
        assert_near(f.eisf[k], (8.0 - 2 * k) / (11.0 - k), 1e-6);
        assert_near(f.eisf_all[k], (8.0 - 2 * k) / (13.0 - k), 1e-5);
        assert_near(f.strength[2 * k + 1], 2, 1e-4);
        assert_true(f.eisf_all_error[k] > 0 && f.own_width_error[2 * k] > 0);
        double parts[PARTS * N], sum[N] = {0};
        fit_qens_parts(&m, d, &f, (size_t)k, parts);
        for (int i = 0; i < PARTS * N; i++)
            sum[i % N] += parts[i];
        for (int i = 0; i < N; i++)
            assert_near(sum[i], y[k][i], 1e-5);
    }
    for (int k = 0; k < 2; k++) {
        assert_near(f.energy[k], energy[k], 1e-5);
        assert_near(f.damping[k], damping[k], 1e-5);
    }
    fit_qens_clear(&f);
    resolution_clear(&r);
}

static void oscillators_and_bins_are_recovered(void **state)
{
    (void)state;
    for (int k = 0; k < 4; k++)
        everything_is_recovered(k % 2, k / 2);
}

static void times_state_their_convention(void **state)
{
    (void)state;
    FitQensTimes t = fit_qens_times(0.1, 0.01);
    assert_near(t.tau, 6.582119569, 1e-9);
    assert_near(t.tau_error, 0.6582119569, 1e-9);
    assert_near(t.residence_c2, 2 * t.tau, 1e-12);
    assert_near(t.residence_c3, 1.5 * t.tau, 1e-12);
}

static void bad_data_are_refused(void **state)
{
    (void)state;
    double e[POINTS], y[POINTS] = {0}, s[POINTS] = {0};
    energies(e);
    FitQensModel m = {.fwhm = 0.065, .lines = 1};
    FitQensResult r;
    FitQensSpectrum zero_error = {.q = 1, .n = POINTS, .energy = e, .y = y, .sigma = s},
                    few = {.q = 1, .n = 4, .energy = e, .y = y};
    assert_int_equal(fit_qens(&m, 1, &zero_error, &r), ERR_INPUT);
    assert_non_null(strstr(err_message(), "point 1"));
    assert_int_equal(fit_qens(&m, 1, &few, &r), ERR_INPUT);
    m.lines = 3;
    assert_int_equal(fit_qens(&m, 1, &zero_error, &r), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(voigt_is_the_convolution),
        cmocka_unit_test(noise_free_data_are_recovered),
        cmocka_unit_test(balance_holds),
        cmocka_unit_test(bin_average_is_an_average),
        cmocka_unit_test(pulls_are_standard_normal),
        cmocka_unit_test(number_of_lines_is_found),
        cmocka_unit_test(oscillators_and_bins_are_recovered),
        cmocka_unit_test(times_state_their_convention),
        cmocka_unit_test(bad_data_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
