/* Standard errors: of independent numbers, of a correlated series with a known answer; lag grids.
 */
#include "check.h"

#include "analysis/blocks.h"
#include "analysis/lags.h"
#include "base/mem.h"
#include "base/rng.h"

#include <stdlib.h>

static void independent_values(void **state)
{
    (void)state;
    Estimate e = blocks_mean(4, (double[]){1, 2, 3, 6});
    assert_near(e.mean, 3.0, 1e-15);
    assert_near(e.error, sqrt(14.0 / 12.0), 1e-15);
    Estimate w = blocks_weighted(4, (double[]){1, 2, 3, 6}, (double[]){2, 2, 2, 2});
    assert_near(w.mean, e.mean, 1e-15);
    assert_near(w.error, e.error, 1e-15);
    assert_true(isnan(blocks_mean(1, (double[]){1}).error));
    assert_true(isnan(blocks_weighted(2, (double[]){1, 2}, (double[]){0, 0}).mean));
}

/* x_k = a x_{k-1} + noise: error of the mean is sigma sqrt((1+a)/(1-a)/n). */
static void correlated_series(void **state)
{
    (void)state;
    enum { N = 1 << 15, RUNS = 12 };
    double a = 0.95, *x = MEM_NEW(double, N), mean_error = 0.0, fixed = 0.0;
    double wanted = sqrt((1 + a) / (1 - a) / N);
    for (uint64_t run = 0; run < RUNS; run++) {
        double z[3], v = 0.0;
        for (size_t i = 0; i < N; i++) {
            rng_normal3(11, RNG_TEST, run, i, 0, z);
            v = i == 0 ? z[0] : a * v + sqrt(1 - a * a) * z[0];
            x[i] = v;
        }
        size_t block;
        bool converged;
        Estimate e = blocks_series(N, x, &block, &converged);
        assert_true(converged);
        assert_true(block >= 16 && block <= 2048);
        assert_true(fabs(e.mean) < 5 * wanted);
        mean_error += e.error / RUNS;
        fixed += blocks_series_fixed(N, x, 32).error / RUNS;
    }
    free(x);
    /* 10 % below is what the choice of the first acceptable level costs */
    assert_near(mean_error / wanted, 1.0, 0.15);
    assert_near(fixed / wanted, 1.0, 0.15);
}

static void white_series_is_not_blocked(void **state)
{
    (void)state;
    enum { N = 4096 };
    double x[N], z[3];
    for (size_t i = 0; i < N; i++) {
        rng_normal3(3, RNG_TEST, 0, i, 0, z);
        x[i] = z[0];
    }
    size_t block;
    Estimate e = blocks_series(N, x, &block, NULL);
    assert_int_equal(block, 1);
    assert_near(e.error * sqrt(N), 1.0, 0.1);
    /* a drift never converges */
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i;
    bool converged = true;
    blocks_series(N, x, &block, &converged);
    assert_false(converged);
}

static void fixed_point_and_groups(void **state)
{
    (void)state;
    assert_near(blocks_from_fixed(blocks_to_fixed(-123.456)), -123.456, 1e-10);
    assert_int_equal(blocks_group(0, 10, 4), 0);
    assert_int_equal(blocks_group(9, 10, 4), 3);
    int seen[4] = {0};
    for (int64_t i = 0; i < 10; i++)
        seen[blocks_group(i, 10, 4)]++;
    for (int g = 0; g < 4; g++)
        assert_in_range(seen[g], 2, 3);
}

static void lag_grid(void **state)
{
    (void)state;
    Lags l;
    lags_init(&l, 1000, 20, 8);
    assert_int_equal(l.lag[0], 0);
    assert_int_equal(l.lag[20], 20);
    assert_int_equal(l.lag[l.n - 1], 1000);
    assert_int_equal(l.lag[28], 40);
    for (size_t i = 1; i < l.n; i++)
        assert_true(l.lag[i] > l.lag[i - 1]);
    lags_clear(&l);
    lags_init(&l, 3, 20, 8);
    assert_int_equal(l.n, 4);
    lags_clear(&l);
    lags_init(&l, 0, 20, 8);
    assert_int_equal(l.n, 1);
    lags_clear(&l);
    assert_int_equal(lags_origins(10, 3, 1), 7);
    assert_int_equal(lags_origins(10, 3, 2), 4);
    assert_int_equal(lags_origins(10, 10, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(independent_values),
        cmocka_unit_test(correlated_series),
        cmocka_unit_test(white_series_is_not_blocked),
        cmocka_unit_test(fixed_point_and_groups),
        cmocka_unit_test(lag_grid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
