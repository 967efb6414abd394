/* Random numbers: Philox known answers (Random123 kat_vectors), moments, and independence of order. */
#include "check.h"

#include "base/rng.h"

/* kat_vectors, philox4x32 with 10 rounds: counter and key all zero; all ones; digits of pi */
static void philox_known_answers(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed, step, id;
        uint32_t stream, draw, word[4];
    } known[] = {
        {0, 0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {~0ULL,
         ~0ULL,
         0xffffffffff,
         0xff,
         0xffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x85a308d3243f6a88,
         0x4413198a2e,
         0x73,
         0x0370,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    uint32_t w[4];
    rng_words(0, (RngStream)0, 0, 0, w);
    assert_memory_equal(w, known[0].word, sizeof w);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        double u[2]; /* of two words each, to the last of 53 bits */
        rng_uniform2(known[i].seed, (RngStream)known[i].stream, known[i].step, known[i].id,
                     known[i].draw, u);
        for (int k = 0; k < 2; k++) {
            uint64_t bits = (uint64_t)known[i].word[2 * k] << 32 | known[i].word[2 * k + 1];
            assert_near(u[k], ((double)(bits >> 11) + 0.5) * 0x1p-53, 0.0);
        }
    }
}

static void rows_are_words(void **state)
{
    (void)state;
    const uint64_t first = 0xffffffe0; /* the low half of step overflows within the row */
    uint32_t row[4][RNG_ROW], word[4];
    rng_row(77, RNG_TEST, first, 5, row);
    for (int i = 0; i < RNG_ROW; i++) {
        rng_words(77, RNG_TEST, first + (uint64_t)i, 5, word);
        for (int w = 0; w < 4; w++)
            assert_int_equal(row[w][i], word[w]);
    }
}

/* -ln u to the last bits: of the least and the greatest u there is, about sqrt(1/2) and 1, and anywhere. */
static void exponentials(void **state)
{
    (void)state;
    uint32_t row[4][RNG_ROW];
    const uint64_t special[] = {0,
                                1,
                                1ULL << 32,
                                0xffffffffffffffff,
                                0xfffffffffffff000,
                                0xfffffffff0000000,
                                0xb504f333f9de6484,
                                0xb504f333f9de5000,
                                0x8000000000000000,
                                0x7fffffffffffffff};
    const int specials = (int)(sizeof special / sizeof special[0]);
    double e[RNG_ROW], worst = 0.0;
    for (int k = 0; k < 100; k++) {
        rng_row(3, RNG_TEST, (uint64_t)k * RNG_ROW, 0, row);
        for (int i = 0; i < specials && k == 0; i++) {
            row[0][i] = (uint32_t)(special[i] >> 32);
            row[1][i] = (uint32_t)special[i];
        }
        rng_exponential_row(row[0], row[1], e);
        for (int i = 0; i < RNG_ROW; i++) {
            uint64_t bits = ((uint64_t)row[0][i] << 32 | row[1][i]) >> 12;
            long double want = -logl(((long double)bits + 0.5L) * 0x1p-52L);
            worst = fmax(worst, (double)fabsl((long double)e[i] / want - 1.0L));
        }
    }
    assert_true(worst < 4e-16);
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
        cmocka_unit_test(philox_known_answers),  cmocka_unit_test(rows_are_words),
        cmocka_unit_test(exponentials),          cmocka_unit_test(moments_are_right),
        cmocka_unit_test(numbers_are_functions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
