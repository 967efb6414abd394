/* Widths that depend on E, measured lines and their transforms. */
#include "check.h"

#include "analysis/resolution.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static void gaussian(void **state)
{
    (void)state;
    Resolution r, copy;
    assert_ok(resolution_gaussian(&r, 0.065));
    assert_near(resolution_sigma(&r, 3.0), 0.0276, 1e-5);
    assert_near(creal(resolution_in_time(&r, 0, 0.0, 102.4)), 1e-4, 0.05e-4);
    assert_near(creal(resolution_in_time(&r, 5, 0.0, 0.0)), 1.0, 0.0);
    resolution_copy(&copy, &r);
    resolution_clear(&r);
    assert_near(resolution_fwhm(&copy, -1.0), 0.065, 0.0);
    resolution_clear(&copy);
    assert_int_equal(resolution_gaussian(&r, 0.0), ERR_INPUT);
    assert_int_equal(resolution_gaussian(&r, NAN), ERR_INPUT);
}

static void table(void **state)
{
    (void)state;
    Resolution r;
    const double e[] = {-2, 0, 1}, w[] = {0.1, 0.06, 0.05}, back[] = {0, 0, 1};
    assert_ok(resolution_table(&r, 3, e, w));
    assert_near(resolution_fwhm(&r, -5), 0.1, 0);
    assert_near(resolution_fwhm(&r, -1), 0.08, 1e-15);
    assert_near(resolution_fwhm(&r, 0), 0.06, 1e-15);
    assert_near(resolution_fwhm(&r, 9), 0.05, 0);
    double x = 0.08 / sqrt(8 * log(2)) * 10 / UNITS_HBAR_MEV_PS;
    assert_near(creal(resolution_in_time(&r, 0, -1, 10)), exp(-x * x / 2), 1e-14);
    resolution_clear(&r);
    assert_int_equal(resolution_table(&r, 3, back, w), ERR_INPUT);
    assert_non_null(strstr(err_message(), "does not increase"));
}

enum { N = 301 };

/* Averages over bins of two Gaussians side by side (an asymmetric line), off centre, on a background. */
static double cumulated(double e)
{
    return 0.7 * 0.5 * erfc(-(e - 0.01) / (0.0276 * sqrt(2))) +
           0.3 * 0.5 * erfc(-(e + 0.02) / (0.05 * sqrt(2)));
}

static void make_line(double *energy, double *y, double scale, double background)
{
    for (int k = 0; k < N; k++) {
        energy[k] = -1.5 + 0.01 * k;
        y[k] = background +
               scale * (cumulated(energy[k] + 0.005) - cumulated(energy[k] - 0.005)) / 0.01;
    }
}

static void measured(void **state)
{
    (void)state;
    double energy[N], y[2 * N], q[] = {0.5, 1.0};
    Resolution r = {0};
    make_line(energy, y, 1234.0, 5.0);
    make_line(energy, y + N, 10.0, 0.0);
    assert_ok(resolution_measured(&r, 2, q, N, energy, y, 1e-6));
    double mean = 0.7 * 0.01 - 0.3 * 0.02;
    for (int i = 0; i < 2; i++)
        for (double t = 0; t < 60; t += 0.37) {
            double w = t / UNITS_HBAR_MEV_PS;
            double _Complex wanted =
                0.7 * cexp(-I * w * (0.01 - mean) - 0.5 * w * w * 0.0276 * 0.0276) +
                0.3 * cexp(-I * w * (-0.02 - mean) - 0.5 * w * w * 0.05 * 0.05);
            assert_near(cabs(resolution_in_time(&r, (size_t)i, 0, t) - wanted), 0, 2e-6);
            assert_near(cabs(resolution_in_time(&r, (size_t)i, 0, -t) - conj(wanted)), 0, 2e-6);
        }
    assert_near(cabs(resolution_in_time(&r, 0, 0, 300)), 0, 0);
    resolution_clear(&r);
}

/* Width of a plain Gaussian found again; the table keeps its shape. */
static void measured_width(void **state)
{
    (void)state;
    double energy[N], y[N], s = 0.065 / sqrt(8 * log(2)) * sqrt(2.0);
    for (int k = 0; k < N; k++) {
        energy[k] = -1.5 + 0.01 * k;
        y[k] = erfc(-(energy[k] + 0.005) / s) - erfc(-(energy[k] - 0.005) / s);
    }
    Resolution r;
    assert_ok(resolution_table(&r, 2, (double[]){-1, 0}, (double[]){0.2, 0.1}));
    assert_ok(resolution_measured(&r, 1, (double[]){1.0}, N, energy, y, 1e-6));
    assert_near(resolution_fwhm(&r, 0), 0.065, 1e-6);
    assert_near(resolution_fwhm(&r, -1), 0.13, 2e-6);
    /* a line at -1 meV is twice as broad: R(t) of twice the time */
    double _Complex far = resolution_in_time(&r, 7, -1, 10),
                    near = resolution_in_time(&r, 7, 0, 20);
    assert_near(cabs(far - near), 0, 1e-12);
    resolution_clear(&r);
}

/* With counting noise the line is cut where the noise begins, and its width is right within a few per cent. */
static void noisy(void **state)
{
    (void)state;
    double energy[N], y[N], exact[N];
    make_line(energy, exact, 1e3, 1.0); /* 1e5 counts */
    for (uint64_t k = 0; k < N; k++)
        y[k] = (double)rng_poisson(1, RNG_TEST, 0, k, exact[k]);
    Resolution r = {0}, clean = {0};
    assert_ok(resolution_measured(&r, 1, (double[]){1.0}, N, energy, y, 1e-3));
    assert_ok(resolution_measured(&clean, 1, (double[]){1.0}, N, energy, exact, 1e-3));
    assert_near(resolution_fwhm(&r, 0) / resolution_fwhm(&clean, 0), 1, 0.02);
    for (double t = 0; t < 200; t += 1)
        assert_near(cabs(resolution_in_time(&r, 0, 0, t) - resolution_in_time(&clean, 0, 0, t)), 0,
                    0.02);
    assert_near(cabs(resolution_in_time(&r, 0, 0, 150)), 0, 0);
    resolution_clear(&r);
    resolution_clear(&clean);
}

static void refused(const double *energy, const double *y, const char *why)
{
    Resolution r = {0};
    assert_int_equal(resolution_measured(&r, 1, (double[]){1.0}, N, energy, y, 1e-3), ERR_INPUT);
    if (strstr(err_message(), why) == NULL)
        fail_msg("'%s' does not say '%s'", err_message(), why);
    assert_null(r.line);
}

static void bad_lines(void **state)
{
    (void)state;
    double energy[N], y[N], other[N];
    make_line(energy, y, 10, 0);
    memcpy(other, energy, sizeof other);
    other[7] += 1e-4;
    refused(other, y, "evenly spaced");
    memset(other, 0, sizeof other);
    refused(energy, other, "no area");
    memcpy(other, y, sizeof other);
    other[3] = NAN;
    refused(energy, other, "no number at");
    for (int k = 0; k < N; k++)
        other[k] = exp(-pow(energy[k] / 0.8, 2));
    refused(energy, other, "not inside");
    for (int k = 0; k < N; k++)
        other[k] = fabs(energy[k]) < 1e-3 ? 1.0 : 0.0;
    refused(energy, other, "too coarse");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gaussian),       cmocka_unit_test(table), cmocka_unit_test(measured),
        cmocka_unit_test(measured_width), cmocka_unit_test(noisy), cmocka_unit_test(bad_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
