/* Correlations by FFT against the plain double loop. */
#include "check.h"

#include "analysis/lag_means.h"
#include "analysis/transport.h"
#include "base/rng.h"

#include <math.h>

enum { FRAMES = 3001 };

static void walk(double *x)
{
    for (size_t k = 0; k < FRAMES; k++) {
        double z[3];
        rng_normal3(3, RNG_TEST, k, 0, 0, z);
        x[k] = k == 0 ? 1e3 : x[k - 1] + 0.1 * z[0];
    }
}

static void fast_is_direct(void **state)
{
    (void)state;
    static double x[FRAMES];
    walk(x);
    Lags lags;
    lags_init(&lags, FRAMES - 1, 400, 8);
    double square[600], product[600];
    assert_true(lags.n < 600);
    LagMeans c;
    lag_means_init(&c, FRAMES, &lags, 1);
    assert_true(c.fast);
    lag_means_square(&c, x, square);
    lag_means_product(&c, x, product);
    for (size_t i = 0; i < lags.n; i++) {
        size_t lag = (size_t)lags.lag[i];
        double want = transport_square(x, 0, FRAMES, lag, 1);
        assert_near(square[i], want, 1e-11 * fmax(want, 1.0));
        assert_near(product[i] / transport_product(x, 0, FRAMES, lag, 1), 1.0, 1e-12);
    }
    assert_near(square[0], 0.0, 0.0);
    lag_means_clear(&c);
    lags_clear(&lags);
}

static void few_lags_or_origins_are_direct(void **state)
{
    (void)state;
    static double x[FRAMES];
    walk(x);
    Lags lags;
    lags_init(&lags, 5, 5, 8);
    double out[6];
    for (size_t stride = 1; stride < 4; stride += 2) {
        LagMeans c;
        lag_means_init(&c, FRAMES, &lags, stride);
        assert_false(c.fast);
        lag_means_square(&c, x, out);
        for (size_t i = 0; i < 6; i++)
            assert_near(out[i], transport_square(x, 0, FRAMES, i, stride), 0.0);
        lag_means_clear(&c);
    }
    lags_clear(&lags);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fast_is_direct),
        cmocka_unit_test(few_lags_or_origins_are_direct),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
