/* Circuits with closed answers, recovery of 1.2 Tohm, pulls of the fit, Arrhenius lines. */
#include "check.h"

#include "analysis/impedance.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

static const Pellet gamma_pellet = {.thickness = 0.121, .diameter = 1.55, .eps_r = 5.0};

static void geometry_of_the_paper(void **state)
{
    (void)state;
    const Pellet milled = {.thickness = 0.134, .diameter = 1.25, .eps_r = 5.0};
    assert_near(impedance_cell_constant(&gamma_pellet), 0.0641, 5e-5);
    assert_near(impedance_cell_constant(&milled), 0.1092, 5e-5);
    /* at 313 K: R = 1.2e12 ohm, corner 0.019 Hz with eps_r 5 */
    double r = impedance_cell_constant(&gamma_pellet) / 5.3e-14;
    assert_near(r / 1.2e12, 1.0, 0.01);
    assert_near(1.0 / (2.0 * PI * r * impedance_capacitance(&gamma_pellet)), 0.019, 5e-4);
}

static void circuits(void **state)
{
    (void)state;
    const RCpe c = {.r = 2e5, .q = 3e-9, .n = 0.85}, rc = {.r = 1e3, .q = 1e-6, .n = 1.0};
    double w0 = impedance_peak(&c);
    assert_near(-cimag(impedance_rcpe(&c, w0)) / (c.r / 2.0 * tan(c.n * PI / 4.0)), 1.0, 1e-12);
    assert_true(-cimag(impedance_rcpe(&c, 1.01 * w0)) < -cimag(impedance_rcpe(&c, w0)));
    assert_true(-cimag(impedance_rcpe(&c, 0.99 * w0)) < -cimag(impedance_rcpe(&c, w0)));
    assert_near(cabs(impedance_rcpe(&rc, 1e3) / (1e3 / (1.0 + I)) - 1.0), 0.0, 1e-12);
    for (double w = 1e-2; w < 1e7; w *= 30.0) {
        /* 1/Z = 1/R + Q w^n (cos(n pi/2) + i sin(n pi/2)), also with the n of a Warburg element */
        const RCpe warburg = {.r = c.r, .q = c.q, .n = 0.5};
        double x = c.n * PI / 2.0, y = c.q * pow(w, c.n), u = c.q * sqrt(w / 2.0);
        double _Complex admittance = CMPLX(1.0 / c.r + y * cos(x), y * sin(x));
        assert_near(cabs(impedance_rcpe(&c, w) * admittance - 1.0), 0.0, 1e-12);
        assert_near(cabs(impedance_rcpe(&warburg, w) * CMPLX(1.0 / c.r + u, u) - 1.0), 0.0, 1e-12);
    }
    assert_near(impedance_brug(&rc), 1e-6, 1e-18);
    /* a pellet of constant sigma is an R-C */
    double _Complex z = impedance_pellet(&gamma_pellet, 10.0, 1e-12);
    double r = impedance_cell_constant(&gamma_pellet) / 1e-12,
           cap = impedance_capacitance(&gamma_pellet);
    assert_near(cabs(z - r / (1.0 + I * 10.0 * r * cap)) / cabs(z), 0.0, 1e-12);
}

/* 200 draws of 1 % noise on the gamma pellet at 1.2 Tohm: unbiased, errors honest */
static void teraohm_pulls(void **state)
{
    (void)state;
    enum { DRAWS = 200 };
    const Analyser a = {.lowest = 0.01, .highest = 1e6, .per_decade = 10, .noise = 0.01};
    const RCpe truth = {.r = 1.2e12, .q = 8e-12, .n = 0.93};
    size_t n;
    double *f = impedance_frequencies(&a, &n), sum = 0.0, sum2 = 0.0;
    assert_int_equal(n, 81);
    double _Complex *z = malloc(n * sizeof *z);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        ImpedanceFit fit;
        for (size_t i = 0; i < n; i++)
            z[i] = impedance_rcpe(&truth, 2.0 * PI * f[i]);
        impedance_add_noise(&a, 3, draw, n, z);
        assert_ok(impedance_fit(n, f, z, a.noise, &gamma_pellet, &fit));
        double pull = log(fit.value.r / truth.r) / fit.error_ln_r;
        sum += pull;
        sum2 += pull * pull;
        assert_true(fit.error_ln_r < 0.02);
        assert_false(fit.peak_in_window); /* 0.017 Hz: within a factor 3 of 0.01 Hz */
    }
    double mean = sum / DRAWS, sd = sqrt(sum2 / DRAWS - mean * mean);
    assert_near(mean, 0.0, 0.2);
    assert_near(sd, 1.0, 0.1);
    free(z);
    free(f);
}

static void arrhenius_is_exact_and_honest(void **state)
{
    (void)state;
    const double t[3] = {313, 353, 393}, quoted[3] = {5.3e-14, 6.9e-13, 1.2e-11};
    double exact[3], error[3] = {0.1, 0.1, 0.1};
    for (int i = 0; i < 3; i++)
        exact[i] = 3.0 / t[i] * exp(-0.7 / (UNITS_KB * t[i]));
    Arrhenius a;
    assert_ok(impedance_arrhenius(3, t, exact, error, true, &a));
    assert_near(a.energy, 0.7, 1e-12);
    assert_near(exp(a.ln_prefactor), 3.0, 1e-10);
    /* the paper's three quoted points: 0.714 eV as ln sigma, 0.744 as ln sigma T, not the 0.68 it states */
    assert_ok(impedance_arrhenius(3, t, quoted, NULL, false, &a));
    assert_near(a.energy, 0.714, 1e-3);
    assert_ok(impedance_arrhenius(3, t, quoted, NULL, true, &a));
    assert_near(a.energy, 0.744, 1e-3);
    assert_int_equal(impedance_arrhenius(1, t, quoted, NULL, true, &a), ERR_INPUT);
}

/* Ten thousand lines through four noisy conductivities: the energy and its error mean what they say */
static void arrhenius_pulls(void **state)
{
    (void)state;
    enum { DRAWS = 10000 };
    const double t[4] = {313, 333, 363, 393}, error[4] = {0.05, 0.1, 0.02, 0.2};
    double sum[2] = {0}, square[2] = {0};
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        double sigma[4], z[2][3];
        Arrhenius a;
        for (uint32_t k = 0; k < 2; k++)
            rng_normal3(17, RNG_TEST, draw, 0, k, z[k]);
        for (int i = 0; i < 4; i++)
            sigma[i] = 3.0 / t[i] * exp(-0.7 / (UNITS_KB * t[i]) + error[i] * z[i / 3][i % 3]);
        assert_ok(impedance_arrhenius(4, t, sigma, error, true, &a));
        const double pull[2] = {(a.energy - 0.7) / a.energy_error,
                                (a.ln_prefactor - log(3.0)) / a.ln_prefactor_error};
        for (int k = 0; k < 2; k++)
            sum[k] += pull[k] / DRAWS, square[k] += pull[k] * pull[k] / DRAWS;
    }
    for (int k = 0; k < 2; k++) {
        assert_near(sum[k], 0.0, 0.1);
        assert_near(sqrt(square[k] - sum[k] * sum[k]), 1.0, 0.1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry_of_the_paper), cmocka_unit_test(circuits),
        cmocka_unit_test(teraohm_pulls),         cmocka_unit_test(arrhenius_is_exact_and_honest),
        cmocka_unit_test(arrhenius_pulls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
