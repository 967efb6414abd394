/* Arrhenius lines: exact without noise, the paper's own numbers, honest errors with noise and shared errors. */
#include "check.h"

#include "analysis/arrhenius.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>

static void arrhenius_is_exact_and_honest(void **state)
{
    (void)state;
    const double t[3] = {313, 353, 393}, quoted[3] = {5.3e-14, 6.9e-13, 1.2e-11};
    double exact[3], error[3] = {0.01, 0.01, 0.01};
    for (int i = 0; i < 3; i++)
        exact[i] = 3.0 / t[i] * exp(-0.7 / (UNITS_KB * t[i]));
    Arrhenius a;
    assert_ok(arrhenius_fit(3, t, exact, error, 0.0, true, &a));
    assert_near(a.energy, 0.7, 1e-12);
    assert_near(exp(a.ln_prefactor), 3.0, 1e-10);
    /* the paper's three quoted points: 0.714 eV as ln sigma, 0.744 as ln sigma T, not the 0.68 it states */
    assert_ok(arrhenius_fit(3, t, quoted, NULL, 0.0, false, &a));
    assert_near(a.energy, 0.714, 1e-3);
    assert_ok(arrhenius_fit(3, t, quoted, NULL, 0.0, true, &a));
    assert_near(a.energy, 0.744, 1e-3);
    assert_int_equal(arrhenius_fit(1, t, quoted, NULL, 0.0, true, &a), ERR_INPUT);
}

/* Ten thousand lines through four noisy conductivities of one badly measured pellet: energy, prefactor, what lies between, and
 * their errors mean what they say */
static void arrhenius_pulls(void **state)
{
    (void)state;
    enum { DRAWS = 10000 };
    const double t[4] = {313, 333, 363, 393}, error[4] = {0.05, 0.1, 0.02, 0.2};
    const double variance[4] = {0.0025, 0.01, 0.0004, 0.04};
    double chi2 = 0.0, at_350[2] = {0};
    double sum[2] = {0}, square[2] = {0};
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        double sigma[4], z[2][3], e;
        Arrhenius a;
        for (uint32_t k = 0; k < 2; k++)
            rng_normal3(17, RNG_TEST, draw, 0, k, z[k]);
        for (int i = 0; i < 4; i++)
            sigma[i] = 3.0 / t[i] *
                       exp(-0.7 / (UNITS_KB * t[i]) + error[i] * z[i / 3][i % 3] +
                           0.2 * z[1][2]); /* geometry: the same for all */
        assert_ok(arrhenius_fit(4, t, sigma, variance, 0.04, true, &a));
        assert_true(a.probability >= 0.0 && a.probability <= 1.0);
        chi2 += a.chi2 / DRAWS;
        const double pull[2] = {(a.energy - 0.7) / a.energy_error,
                                (a.ln_prefactor - log(3.0)) / a.ln_prefactor_error};
        double y = log(arrhenius_sigma(&a, 350.0, &e) * 350.0 / 3.0) + 0.7 / (UNITS_KB * 350.0);
        at_350[0] += y / e / DRAWS;
        at_350[1] += y * y / (e * e) / DRAWS;
        for (int k = 0; k < 2; k++)
            sum[k] += pull[k] / DRAWS, square[k] += pull[k] * pull[k] / DRAWS;
    }
    for (int k = 0; k < 2; k++) {
        assert_near(sum[k], 0.0, 0.1);
        assert_near(sqrt(square[k] - sum[k] * sum[k]), 1.0, 0.1);
    }
    assert_near(chi2, 2.0, 0.1);
    assert_near(at_350[0], 0.0, 0.1);
    assert_near(sqrt(at_350[1]), 1.0, 0.1);
}

/* An error that all temperatures share moves the prefactor and not the energy; a full matrix says the same */
static void geometry_is_common(void **state)
{
    (void)state;
    const double t[3] = {313, 353, 393}, sigma[3] = {5.3e-14, 6.9e-13, 1.2e-11};
    const double variance[3] = {1e-4, 4e-4, 1e-4};
    double common = arrhenius_geometry(0.02, 0.01), full[9];
    assert_near(common, 8e-4, 1e-16);
    for (int i = 0; i < 9; i++)
        full[i] = common + (i % 4 == 0 ? variance[i / 4] : 0.0);
    Arrhenius alone, shared, matrix;
    assert_ok(arrhenius_fit(3, t, sigma, variance, 0.0, false, &alone));
    assert_ok(arrhenius_fit(3, t, sigma, variance, common, false, &shared));
    assert_ok(arrhenius_fit_covariance(3, t, sigma, full, false, &matrix));
    assert_near(shared.energy, alone.energy, 1e-9);
    assert_near(shared.energy_error, alone.energy_error, 1e-9);
    assert_near(shared.ln_prefactor, alone.ln_prefactor, 1e-7);
    assert_near(shared.ln_prefactor_error, sqrt(pow(alone.ln_prefactor_error, 2) + common), 1e-7);
    assert_near(matrix.ln_prefactor_error, shared.ln_prefactor_error, 1e-12);
    const double negative[3] = {5.3e-14, -1e-13, 1e-12}, same[3] = {313, 313, 313};
    assert_int_equal(arrhenius_fit(3, t, negative, NULL, 0.0, false, &alone), ERR_NUMERICAL);
    assert_int_equal(arrhenius_fit(3, same, sigma, NULL, 0.0, false, &alone), ERR_NUMERICAL);
    assert_ok(arrhenius_fit(2, t, sigma, NULL, 0.0, false,
                            &alone)); /* the milled sample has two points */
    assert_true(isnan(alone.energy_error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arrhenius_is_exact_and_honest),
        cmocka_unit_test(arrhenius_pulls),
        cmocka_unit_test(geometry_is_common),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
