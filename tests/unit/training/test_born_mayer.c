/* Pair terms averaged over orientations, and their fit to curves. */
#include "check.h"

#include "base/units.h"
#include "training/born_mayer.h"

#include <gsl/gsl_integration.h>

static double term(const FfPair *p, double r)
{
    return p->a * exp(-r / p->rho) - p->c6 / pow(r, 6);
}

/* Mean over both spheres by a product of Gauss points in cos and midpoints in angle. */
static double mean_by_points(const FfPair *p, double r, double s1, double s2)
{
    enum { N = 32 };
    gsl_integration_glfixed_table *rule = gsl_integration_glfixed_table_alloc(N);
    double sum = 0.0;
    for (int i = 0; i < N * N * N; i++) {
        double c1, c2, v1, v2, phi = 2.0 * PI * (i % N + 0.5) / N;
        gsl_integration_glfixed_point(-1.0, 1.0, (size_t)(i / N % N), &c1, &v1, rule);
        gsl_integration_glfixed_point(-1.0, 1.0, (size_t)(i / N / N), &c2, &v2, rule);
        double w1 = s1 * sqrt(1.0 - c1 * c1), w2 = s2 * sqrt(1.0 - c2 * c2);
        double d[3] = {w1 - w2 * cos(phi), w2 * sin(phi), r + s2 * c2 - s1 * c1};
        sum += 0.25 * v1 * v2 / N * term(p, sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]));
    }
    gsl_integration_glfixed_table_free(rule);
    return sum;
}

static void means_are_those_over_spheres(void **state)
{
    (void)state;
    const FfPair both = {300.0, 0.35, 20.0};
    for (double r = 3.2; r < 5.0; r += 0.9) {
        assert_near(born_mayer_mean(&both, r, 0.0, 0.0), term(&both, r), 1e-14);
        double one = mean_by_points(&both, r, 1.22, 0.0), two = mean_by_points(&both, r, 1.22, 0.9);
        assert_near(born_mayer_mean(&both, r, 1.22, 0.0), one, 1e-9);
        assert_near(born_mayer_mean(&both, r, 0.0, 1.22), one, 1e-9);
        assert_near(born_mayer_mean(&both, r, 1.22, 0.9), two, 1e-9);
    }
}

/* A curve made of four H on a sphere and B at the centre gives its terms back. */
static void fit_finds_what_was_put_in(void **state)
{
    (void)state;
    enum { N = 40 };
    const BornMayerTerm truth[2] = {{.count = 4, .s2 = 1.22, .pair = {250.0, 0.29, 0.0}},
                                    {.count = 1, .pair = {0.0, 0.3, 15.0}}};
    double r[N], value[N], sigma[N];
    for (int i = 0; i < N; i++) {
        r[i] = 2.0 + 0.05 * i;
        value[i] = born_mayer_sum(2, truth, r[i]);
        sigma[i] = 1e-3 + 0.02 * fabs(value[i]);
    }
    BornMayerTerm t[2] = {truth[0], truth[1]};
    t[0].pair.a = 1000.0, t[0].pair.rho = 0.35, t[1].pair.c6 = 1.0;
    t[0].fit_a = t[0].fit_rho = t[1].fit_c6 = true;
    BornMayerFit fit;
    assert_ok(born_mayer_fit(N, r, value, sigma, 2, t, &fit));
    assert_near(t[0].pair.a, 250.0, 1e-3);
    assert_near(t[0].pair.rho, 0.29, 1e-7);
    assert_near(t[1].pair.c6, 15.0, 1e-4);
    assert_near(fit.rms, 0.0, 1e-7);
    /* what is not fitted stays, and the residuals are those of the result */
    t[0].fit_rho = false;
    t[0].pair.rho = 0.30;
    assert_ok(born_mayer_fit(N, r, value, sigma, 2, t, &fit));
    assert_near(t[0].pair.rho, 0.30, 0.0);
    double largest = 0.0, square = 0.0;
    for (int i = 0; i < N; i++) {
        double d = born_mayer_sum(2, t, r[i]) - value[i];
        square += d * d;
        largest = fabs(d) > fabs(largest) ? d : largest;
    }
    assert_true(fit.rms > 1e-3);
    assert_near(fit.rms, sqrt(square / N), 1e-12);
    assert_near(fit.largest, largest, 1e-12);
    assert_int_equal(born_mayer_fit(1, r, value, sigma, 2, t, &fit), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_are_those_over_spheres),
        cmocka_unit_test(fit_finds_what_was_put_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
