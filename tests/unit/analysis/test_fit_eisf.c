/* Eq. 4 of Heere 2020: exact recovery, the bound at p = 0, honest errors. */
#include "check.h"

#include "analysis/fit_eisf.h"
#include "base/rng.h"

enum { NQ = 10 };

static void grid(double q[NQ], double error[NQ])
{
    for (int i = 0; i < NQ; i++) {
        q[i] = 0.4 + 0.2 * i;
        error[i] = 0.01;
    }
}

/* Values of the model at d = 1.22 A, p = 0, by another hand (facts on the material, Eq. 4) */
static void model_has_known_values(void **state)
{
    (void)state;
    assert_near(fit_eisf_model(0.3, 0, 1.22), 0.971, 6e-4);
    assert_near(fit_eisf_model(1.2, 0, 1.22), 0.643, 6e-4);
    assert_near(fit_eisf_model(2.2, 0, 1.22), 0.392, 6e-4);
    assert_near(fit_eisf_model(0, 0.2, 1.22), 1.0, 1e-15);
}

static void exact_without_noise(void **state)
{
    (void)state;
    double q[NQ], a0[NQ], s[NQ];
    grid(q, s);
    const double truth[][2] = {{0.0, 1.22}, {0.35, 1.10}, {0.8, 1.28}, {0.1, 1.5}};
    for (int k = 0; k < 4; k++) {
        for (int i = 0; i < NQ; i++)
            a0[i] = fit_eisf_model(q[i], truth[k][0], truth[k][1]);
        FitEisf f;
        assert_ok(fit_eisf(NQ, q, a0, s, NULL, &f));
        assert_near(f.p, truth[k][0], 1e-9);
        assert_near(f.d, truth[k][1], 1e-9);
        assert_near(f.chi2, 0, 1e-12);
    }
}

static void bound_is_kept(void **state)
{
    (void)state;
    double q[NQ], a0[NQ], s[NQ];
    grid(q, s);
    for (int i = 0; i < NQ; i++)
        a0[i] = fit_eisf_model(q[i], 0, 1.22) - 0.02 * q[i];
    FitEisf f;
    assert_ok(fit_eisf(NQ, q, a0, s, NULL, &f));
    assert_true(f.p_at_bound);
    assert_near(f.p, 0, 0);
    assert_true(f.d > 1.22);
    assert_near(f.p_error, 0, 0);
    FitEisf g;
    assert_ok(fit_eisf_unbounded(NQ, q, a0, s, NULL, &g));
    assert_true(g.p < 0 && !g.p_at_bound && g.chi2 < f.chi2);
    assert_near(f.p_error_free, g.p_error, 0.3 * g.p_error);
}

static void pulls_are_standard_normal(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    double q[NQ], a0[NQ], s[NQ], sum[2] = {0}, square[2] = {0};
    grid(q, s);
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (uint64_t i = 0; i < NQ; i++) {
            double z[3];
            rng_normal3(3, RNG_TEST, draw, i, 0, z);
            a0[i] = fit_eisf_model(q[i], 0.4, 1.22) + s[i] * z[0];
        }
        FitEisf f;
        assert_ok(fit_eisf(NQ, q, a0, s, NULL, &f));
        double pull[2] = {(f.p - 0.4) / f.p_error, (f.d - 1.22) / f.d_error};
        for (int k = 0; k < 2; k++)
            sum[k] += pull[k], square[k] += pull[k] * pull[k];
    }
    for (int k = 0; k < 2; k++) {
        double mean = sum[k] / DRAWS;
        assert_near(mean, 0, 0.2);
        assert_near(sqrt(square[k] / DRAWS - mean * mean), 1, 0.1);
    }
}

/* A covariance that is diagonal must give what the errors give; a common error that moves all
 * points must not. */
static void covariance_is_used(void **state)
{
    (void)state;
    double q[NQ], a0[NQ], s[NQ], c[NQ * NQ] = {0};
    grid(q, s);
    for (int i = 0; i < NQ; i++) {
        a0[i] = fit_eisf_model(q[i], 0.4, 1.22) + 0.01 * ((i * 7) % 3 - 1);
        c[i * NQ + i] = s[i] * s[i];
    }
    FitEisf plain, full, common;
    assert_ok(fit_eisf(NQ, q, a0, s, NULL, &plain));
    assert_ok(fit_eisf(NQ, q, a0, s, c, &full));
    assert_near(full.p, plain.p, 1e-10);
    assert_near(full.d_error, plain.d_error, 1e-10);
    for (int i = 0; i < NQ * NQ; i++)
        c[i] += 4e-4;
    assert_ok(fit_eisf(NQ, q, a0, s, c, &common));
    assert_true(fabs(common.p_error / plain.p_error - 1) > 0.1);
}

static void bad_points_are_refused(void **state)
{
    (void)state;
    double q[3] = {1, 2, 3}, a0[3] = {1, NAN, 0.4}, s[3] = {1, 1, 1};
    FitEisf f;
    assert_int_equal(fit_eisf(3, q, a0, s, NULL, &f), ERR_INPUT);
    assert_int_equal(fit_eisf(2, q, a0, s, NULL, &f), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(model_has_known_values), cmocka_unit_test(exact_without_noise),
        cmocka_unit_test(bound_is_kept),          cmocka_unit_test(pulls_are_standard_normal),
        cmocka_unit_test(covariance_is_used),     cmocka_unit_test(bad_points_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
