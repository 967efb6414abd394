/* One energy of S(Q,E): Filon's weights, and a decaying exponential in a resolution that depends on E. */
#include "check.h"

#include "analysis/models.h"
#include "analysis/sqw_row.h"
#include "base/mem.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static void filon_is_exact(void **state)
{
    (void)state;
    const double a = 1.3, b = 1.9, h = b - a, frequencies[] = {0, 1e-4, 0.02, 0.3, 0.7, 5.0, 60.0};
    for (size_t k = 0; k < sizeof frequencies / sizeof *frequencies; k++) {
        enum { N = 20000 };
        double w = frequencies[k];
        double _Complex weight[3], sum[3] = {0};
        for (int i = 0; i < N; i++) {
            double u = 2 * (i + 0.5) / N - 1;
            double _Complex e = cexp(I * w * (0.5 * (a + b) + 0.5 * h * u)) * h / N;
            sum[0] += 0.5 * (u * u - u) * e;
            sum[1] += (1 - u * u) * e;
            sum[2] += 0.5 * (u * u + u) * e;
        }
        sqw_row_filon(a, b, w, weight);
        for (int m = 0; m < 3; m++)
            assert_near(cabs(weight[m] - sum[m]), 0, 1e-7);
    }
}

/* Lags so dense that a decay of rate g is straight between them within 1e-10 */
static size_t dense_lags(double rate, double end, double **t)
{
    size_t n = 1, room = 4000000;
    *t = MEM_NEW(double, room);
    for (double now = 0; now < end && n < room; n++) {
        now += fmin(2e-5 / rate * exp(0.5 * rate * now), 0.05 / rate);
        (*t)[n] = now;
    }
    return n;
}

/* S at one energy is elastic Gaussian plus Voigt, each of the width at that energy. */
static void exponential_gives_voigt(void **state)
{
    (void)state;
    const double rate = 0.25, a0 = 0.4, gamma = rate * UNITS_HBAR_MEV_PS;
    double *t;
    size_t n = dense_lags(rate, 300, &t);
    double *row = MEM_NEW(double, n);
    Resolution r;
    SqwLags lags;
    assert_ok(resolution_table(&r, 3, (double[]){-2, 0, 1}, (double[]){0.101, 0.065, 0.051}));
    assert_ok(sqw_row_init(&lags, n, t, SQW_TAIL_PLATEAU, 200));
    for (int k = 0; k < 4; k++) {
        double e = (double[]){-1.7, -0.06, 0, 0.4}[k], s = resolution_sigma(&r, e), sum = 0;
        sqw_row(&lags, &r, 0, e, row);
        for (size_t j = 0; j < n; j++)
            sum += row[j] * (a0 + (1 - a0) * exp(-rate * t[j]));
        assert_near(sum, a0 * models_gauss(e, s) + (1 - a0) * models_voigt(e, s, gamma), 1e-8);
    }
    sqw_row_clear(&lags);
    resolution_clear(&r);
    free(row), free(t);
}

static double below(double e)
{
    return 0.75 * 0.5 * erfc(-(e - 0.01) / (0.03 * sqrt(2))) +
           0.25 * 0.5 * erfc(-(e + 0.03) / (0.04 * sqrt(2)));
}

/* A measured line that is a sum of Gaussians (mean 0) gives back these Gaussians from its averages over bins. */
static void measured_line_comes_back(void **state)
{
    (void)state;
    enum { N = 401 };
    double energy[N], y[N], t[] = {0, 50, 100}, row[3];
    for (int k = 0; k < N; k++) {
        energy[k] = -1.0 + 0.005 * k;
        y[k] = 1e3 * (below(energy[k] + 0.0025) - below(energy[k] - 0.0025));
    }
    Resolution r = {0};
    SqwLags lags;
    assert_ok(resolution_measured(&r, 1, (double[]){1.0}, N, energy, y, 1e-7));
    assert_ok(sqw_row_init(&lags, 3, t, SQW_TAIL_PLATEAU, 0));
    for (double e = -0.2; e < 0.2; e += 0.013) {
        sqw_row(&lags, &r, 0, e, row);
        assert_near(row[0] + row[1] + row[2],
                    0.75 * models_gauss(e - 0.01, 0.03) + 0.25 * models_gauss(e + 0.03, 0.04),
                    1e-6);
    }
    sqw_row_clear(&lags);
    resolution_clear(&r);
}

static void bad_times(void **state)
{
    (void)state;
    SqwLags lags;
    assert_int_equal(sqw_row_init(&lags, 1, (double[]){0}, SQW_TAIL_ZERO, 0), ERR_INPUT);
    assert_int_equal(sqw_row_init(&lags, 2, (double[]){0.1, 0.2}, SQW_TAIL_ZERO, 0), ERR_INPUT);
    assert_int_equal(sqw_row_init(&lags, 3, (double[]){0, 1, 1}, SQW_TAIL_ZERO, 0), ERR_INPUT);
    assert_non_null(strstr(err_message(), "does not increase"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filon_is_exact),
        cmocka_unit_test(exponential_gives_voigt),
        cmocka_unit_test(measured_line_comes_back),
        cmocka_unit_test(bad_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
