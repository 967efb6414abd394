/* Random numbers: Philox known answers (Random123 kat_vectors), moments, and independence of order. */
#include "check.h"

#include "base/rng.h"

static void philox_known_answers(void **state)
{
    (void)state;
    /* kat_vectors: philox4x32 10 rounds, counter and key all zero */
    uint32_t w[4];
    rng_words(0, (RngStream)0, 0, 0, w);
    assert_int_equal(w[0], 0x6627e8d5);
    assert_int_equal(w[1], 0xe169c58d);
    assert_int_equal(w[2], 0xbc57ac4c);
    assert_int_equal(w[3], 0x9b00dbd8);
}

static void moments_are_right(void **state)
{
    (void)state;
    enum { N = 200000 };
    double s1 = 0, s2 = 0, s4 = 0, c1 = 0, c2 = 0, p1 = 0, p2 = 0;
    for (uint64_t i = 0; i < N; i++) {
        double z[3];
        rng_normal3(1, RNG_TEST, 0, i, 0, z);
        for (int k = 0; k < 3; k++) {
            s1 += z[k];
            s2 += z[k] * z[k];
            s4 += z[k] * z[k] * z[k] * z[k];
        }
        double c = rng_chi2(1, RNG_TEST, 1, i, 7.0),
               p = (double)rng_poisson(1, RNG_TEST, 2, i, 30.0);
        c1 += c;
        c2 += c * c;
        p1 += p;
        p2 += p * p;
    }
    double n = 3.0 * N;
    assert_true(fabs(s1 / n) < 5.0 / sqrt(n));
    assert_true(fabs(s2 / n - 1.0) < 5.0 * sqrt(2.0 / n));
    assert_true(fabs(s4 / n - 3.0) < 5.0 * sqrt(96.0 / n));
    c1 /= N, c2 = c2 / N - c1 * c1, p1 /= N, p2 = p2 / N - p1 * p1;
    assert_true(fabs(c1 - 7.0) < 5.0 * sqrt(14.0 / N));
    assert_true(fabs(c2 - 14.0) < 0.4);
    assert_true(fabs(p1 - 30.0) < 5.0 * sqrt(30.0 / N));
    assert_true(fabs(p2 - 30.0) < 0.6);
}

static void numbers_are_functions(void **state)
{
    (void)state;
    double a[3], b[3];
    rng_normal3(5, RNG_LANGEVIN, 77, 123456, 0, a);
    (void)rng_chi2(5, RNG_LANGEVIN, 1, 2, 3.0);
    rng_normal3(5, RNG_LANGEVIN, 77, 123456, 0, b);
    assert_memory_equal(a, b, sizeof a);
    rng_normal3(5, RNG_LANGEVIN, 77, 123457, 0, b);
    assert_memory_not_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_known_answers),
        cmocka_unit_test(moments_are_right),
        cmocka_unit_test(numbers_are_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
