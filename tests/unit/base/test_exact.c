/* Sums that do not depend on their order. */
#include "check.h"

#include "base/exact.h"
#include "base/rng.h"

enum { N = 100000 };

static double term(int i)
{
    double u[2];
    rng_uniform2(3, RNG_TEST, 0, (uint64_t)i, 0, u);
    return (u[0] - 0.5) * exp(60.0 * (u[1] - 0.7)); /* 1e-18 to 1e8 */
}

static void order_does_not_matter(void **state)
{
    (void)state;
    Exact up = {0}, down = {0}, parts[7] = {{0}};
    for (int i = 0; i < N; i++) {
        exact_add(&up, term(i));
        exact_add(&down, term(N - 1 - i));
        exact_add(&parts[i * 31 % 7], term(i));
    }
    Exact all = {0};
    for (int k = 0; k < 7; k++)
        exact_join(&all, parts[k]);
    assert_true(exact_value(up) == exact_value(down));
    assert_true(exact_value(up) == exact_value(all));
}

static void the_sum_is_right(void **state)
{
    (void)state;
    Exact sum = {0};
    long double reference = 0.0L;
    for (int i = 0; i < N; i++) {
        exact_add(&sum, term(i));
        reference += (long double)term(i);
    }
    assert_true(fabs(exact_value(sum) - (double)reference) <
                1e-12 + 1e-15 * fabs((double)reference));
    Exact cancel = {0};
    exact_add(&cancel, 1e9);
    exact_add(&cancel, 1e-15);
    exact_add(&cancel, -1e9);
    assert_true(fabs(exact_value(cancel) - 1e-15) < 1e-18);
    Exact third = {0};
    for (int i = 0; i < 3000000; i++) /* many carries */
        exact_add(&third, -1.0 / 3.0);
    assert_true(fabs(exact_value(third) + 1e6) < 1e-9);
}

static void assert_lost(Exact sum)
{
    assert_true(exact_is_lost(sum));
    assert_true(isnan(exact_value(sum)));
}

/* What does not fit is never taken for a number, whatever comes after it. */
static void what_does_not_fit_is_lost(void **state)
{
    (void)state;
    const double bad[] = {NAN, INFINITY, -INFINITY, 5e12, -1e300};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        Exact sum = {0}, other = {0};
        exact_add(&sum, 1.0);
        exact_add(&sum, bad[i]);
        assert_lost(sum);
        for (int k = 0; k < 100000; k++)
            exact_add(&sum, k % 3 == 0 ? -4e12 : 4e12 / 3.0);
        assert_lost(sum);
        exact_add(&other, 2.0);
        exact_join(&other, sum);
        assert_lost(other);
        for (int k = 0; k < 70; k++) /* as many ranks */
            exact_join(&other, sum);
        assert_lost(other);
    }
    for (int sign = -1; sign <= 1; sign += 2) { /* each term fits, the sum does not */
        Exact sum = {0}, half = {0};
        for (int k = 0; k < 2; k++)
            exact_add(&sum, sign * 4e12);
        assert_near(exact_value(sum), sign * 8e12, 0.0);
        exact_add(&half, sign * 4e12);
        exact_add(&sum, sign * 4e12);
        assert_lost(sum);
        for (int k = 0; k < 4; k++)
            exact_join(&half, half);
        assert_lost(half);
    }
}

static void rounded_doubles_add_exactly(void **state)
{
    (void)state;
    double up = 0.0, down = 0.0;
    for (int i = 0; i < 1000; i++) {
        up += exact_round(sin(i) * 7.0, 0x1p-40);
        down += exact_round(sin(999 - i) * 7.0, 0x1p-40);
        assert_true(fabs(exact_round(sin(i), 0x1p-40) - sin(i)) <= 0x1p-41);
        assert_true(exact_round(-sin(i), 0x1p-40) == -exact_round(sin(i), 0x1p-40));
    }
    assert_true(up == down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(the_sum_is_right),
        cmocka_unit_test(what_does_not_fit_is_lost),
        cmocka_unit_test(rounded_doubles_add_exactly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
