/* Statistics of the verdict: Holm's probabilities by hand, the power table, the size of the equivalence test and the
 * coverage of intervals by simulation. */
#include "check.h"

#include "analysis/equivalence.h"

#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

static void holm(void **state)
{
    (void)state;
    /* sorted 0.01, 0.02, 0.03, 0.04: 4 p, 3 p, 2 p, 1 p, never falling */
    const double p[] = {0.03, 0.01, 0.04, 0.02};
    double a[4];
    equivalence_holm(4, p, a);
    assert_near(a[1], 0.04, 1e-15);
    assert_near(a[3], 0.06, 1e-15);
    assert_near(a[0], 0.06, 1e-15);
    assert_near(a[2], 0.06, 1e-15);
    double b[] = {0.5, 0.001, 0.6}; /* in place; at most 1 */
    equivalence_holm(3, b, b);
    assert_near(b[1], 0.003, 1e-15);
    assert_near(b[0], 1.0, 1e-15);
    assert_near(b[2], 1.0, 1e-15);
}

/* kinetics: f, then hops for rho 1.1, 1.2, 1.5, 2, 3 */
static void power_table(void **state)
{
    (void)state;
    static const double rho[] = {1.1, 1.2, 1.5, 2.0, 3.0};
    static const double table[3][6] = {{0.05, 18190, 4971, 1005, 344, 137},
                                       {0.2, 5400, 1476, 298, 102, 41},
                                       {0.5, 3456, 944, 191, 65, 26}};
    for (int f = 0; f < 3; f++)
        for (int r = 0; r < 5; r++) {
            double n = equivalence_events(table[f][0], rho[r], 0.05, 0.8);
            assert_near(n, table[f][r + 1], 0.51 + 2e-4 * n);
            assert_near(equivalence_detectable(table[f][0], n, 0.05, 0.8), rho[r], 1e-12);
        }
    assert_true(isinf(equivalence_events(0.0, 1.25, 0.05, 0.8)));
    assert_true(isinf(equivalence_detectable(1.0, 1e6, 0.05, 0.8)));
}

/* Rotors per path, rate [1/ps]: chance for windows of 0.1, 0.5, 1, 2 ps */
static void base_rates(void **state)
{
    (void)state;
    static const double window[] = {0.1, 0.5, 1.0, 2.0};
    static const double table[4][6] = {{4, 0.01, 0.8, 3.9, 7.7, 15},
                                       {4, 0.1, 7.7, 33, 55, 80},
                                       {8, 0.1, 15, 55, 80, 96},
                                       {8, 1, 80, 100, 100, 100}};
    for (int i = 0; i < 4; i++)
        for (int w = 0; w < 4; w++)
            assert_near(100.0 * equivalence_base_rate(window[w], table[i][0], table[i][1]),
                        table[i][w + 2], 0.51);
}

enum { UNITS = 16 };

/* Means of 8 exponential numbers, mean `scale`: skew, as squared displacements are. */
static void fill(uint64_t seed, uint64_t arm, double scale, double value[UNITS])
{
    for (uint64_t i = 0; i < UNITS; i++) {
        value[i] = 0.0;
        for (uint32_t k = 0; k < 4; k++) {
            double u[2];
            rng_uniform2(seed, RNG_TEST, arm, i, k, u);
            value[i] -= scale * (log(u[0]) + log(u[1])) / 8.0;
        }
    }
}

static EquivalenceContrast ratio(uint64_t seed, double ratio_, double margin, double noise)
{
    double a[UNITS], b[UNITS];
    fill(seed, 0, ratio_, a);
    fill(seed, 1, 1.0, b);
    for (int i = 0; i < UNITS; i++) {
        a[i] = ratio_ + noise * (a[i] - ratio_);
        b[i] = 1.0 + noise * (b[i] - 1.0);
    }
    const EquivalenceArm arm[] = {{UNITS, a, 0}, {UNITS, b, 1}};
    double *draws = equivalence_draw(seed, 2, arm);
    EquivalenceContrast c = equivalence_judge(2, arm, (const double[]){1.0, -1.0}, draws, margin);
    free(draws);
    return c;
}

static void coverage(void **state)
{
    (void)state;
    int inside = 0;
    for (uint64_t i = 0; i < 500; i++) {
        EquivalenceContrast c = ratio(1000 + i, 1.7, 1.25, 1.0);
        inside += c.low < log(1.7) && log(1.7) < c.high;
    }
    print_message("  coverage of 95 %% intervals, 16 units: %.1f %%\n", 0.2 * inside);
    assert_in_range(inside, 450, 485);
}

/* At the margin itself at most 5 % may be called equivalent, and at most 2.5 % more than it; well inside nearly all are. */
static void size_of_tests(void **state)
{
    (void)state;
    int equal = 0, more = 0, seen = 0;
    const int n = 600;
    for (uint64_t i = 0; i < (uint64_t)n; i++) {
        EquivalenceContrast c = ratio(9000 + i, 1.25, 1.25, 0.5);
        equal += c.p_equal < 0.05;
        more += c.p_more < 0.025;
        seen += ratio(20000 + i, 1.0, 1.25, 0.3).p_equal < 0.05;
    }
    print_message("  at the margin: %.1f %% equivalent, %.1f %% more; at one %.1f %% equivalent\n",
                  100.0 * equal / n, 100.0 * more / n, 100.0 * seen / n);
    assert_in_range(equal, n / 100, n * 7 / 100); /* 5 % +- 2 s.e. */
    assert_in_range(more, 0, n * 4 / 100);
    assert_true(seen > n * 95 / 100);
}

/* Standard error of ln of a ratio of means, against (cv_a^2 + cv_b^2)/n; the same units: nothing is left of what they share. */
static void errors_and_pairs(void **state)
{
    (void)state;
    double mean = 0.0;
    for (uint64_t i = 0; i < 100; i++)
        mean += ratio(50000 + i, 1.0, 1.25, 1.0).error / 100.0;
    assert_near(mean, sqrt(2.0 / 8.0 / UNITS), 0.1 * sqrt(2.0 / 8.0 / UNITS));
    double a[UNITS], b[UNITS];
    fill(7, 0, 1.0, a);
    for (int i = 0; i < UNITS; i++)
        b[i] = 3.0 * a[i];
    const EquivalenceArm arm[] = {{UNITS, b, 4}, {UNITS, a, 4}};
    double *draws = equivalence_draw(3, 2, arm);
    EquivalenceContrast c = equivalence_judge(2, arm, (const double[]){1, -1}, draws, 1.25);
    assert_near(c.low, log(3.0), 1e-12);
    assert_near(c.high, log(3.0), 1e-12);
    assert_near(c.p_more, 1.0 / (EQUIVALENCE_DRAWS + 1), 1e-15);
    assert_near(c.p_equal, 1.0, 1e-15);
    free(draws);
}

/* Nothing moves in one arm, in both, in some units only. */
static void nothing_moves(void **state)
{
    (void)state;
    double zero[UNITS] = {0}, some[UNITS] = {0}, a[UNITS];
    fill(8, 0, 1.0, a);
    some[3] = 1.0;
    const EquivalenceArm arm[] = {{UNITS, a, 0}, {UNITS, zero, 1}, {UNITS, some, 2}};
    double *draws = equivalence_draw(3, 3, arm);
    EquivalenceContrast c = equivalence_judge(3, arm, (const double[]){1, -1, 0}, draws, 1.25);
    assert_true(isinf(c.value) && c.value > 0.0 && c.p_more < 0.001 && c.p_equal > 0.999);
    c = equivalence_judge(3, arm, (const double[]){0, 1, -1}, draws, 1.25);
    assert_true(c.p_more > 0.3 && c.p_equal > 0.3);
    const EquivalenceArm none[] = {{UNITS, zero, 0}, {UNITS, zero, 1}};
    double *nothing = equivalence_draw(3, 2, none);
    c = equivalence_judge(2, none, (const double[]){1, -1}, nothing, 1.25);
    assert_true(isnan(c.value) && c.p_more == 1.0 && c.p_equal == 1.0);
    assert_true(isinf(c.low) && isinf(c.high));
    free(draws);
    free(nothing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holm),          cmocka_unit_test(power_table),
        cmocka_unit_test(base_rates),    cmocka_unit_test(coverage),
        cmocka_unit_test(size_of_tests), cmocka_unit_test(errors_and_pairs),
        cmocka_unit_test(nothing_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
