/* Vectors of a box: all of them, each once; evenly spread ones; isotropy of direction sets. */
#include "check.h"

#include "analysis/wavevectors.h"
#include "base/units.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

static Cell box(double a, double b, double c)
{
    const double h[3][3] = {{a, 0, 0}, {0, b, 0}, {0, 0, c}};
    Cell cell;
    assert_ok(cell_init(&cell, h));
    return cell;
}

/* A cubic box of edge 2 pi: Q are whole numbers. The half space has half of the points of Z^3 in the shell. */
static void counts(void **state)
{
    (void)state;
    Cell cell = box(2 * PI, 2 * PI, 2 * PI);
    Wavevectors w;
    assert_ok(wavevectors_shells(&w, &cell, 0.5, 3.4, 1.0, 0));
    assert_int_equal(w.bins, 3); /* [0.5,1.5) [1.5,2.5) [2.5,3.5) */
    size_t want[3] = {0};
    for (int i = -4; i <= 4; i++)
        for (int j = -4; j <= 4; j++)
            for (int k = -4; k <= 4; k++) {
                double q = sqrt(i * i + j * j + k * k);
                if (q >= 0.5 && q < 3.5)
                    want[(size_t)(q - 0.5)]++;
            }
    for (size_t b = 0; b < 3; b++)
        assert_int_equal(2 * w.count[b], want[b]);
    for (size_t k = 0; k < w.n; k++)
        for (size_t l = 0; l < k; l++) {
            int same = 1, opposite = 1;
            for (int a = 0; a < 3; a++) {
                same &= w.index[k][a] == w.index[l][a];
                opposite &= w.index[k][a] == -w.index[l][a];
            }
            assert_false(same || opposite);
        }
    double deviation[3];
    wavevectors_anisotropy(&w, &cell, deviation);
    for (size_t b = 0; b < 3; b++)
        assert_near(deviation[b], 0.0, 1e-12); /* cubic symmetry */
    wavevectors_clear(&w);
}

/* Of a large box the kept vectors are nearly isotropic; of a long thin one no choice can be, and it shows. */
static void spread(void **state)
{
    (void)state;
    Cell cell = box(40, 41, 43), needle = box(5, 5, 200);
    Wavevectors w;
    double deviation[64];
    assert_ok(wavevectors_shells(&w, &cell, 1.0, 1.95, 0.1, 40));
    assert_int_equal(w.bins, 10);
    wavevectors_anisotropy(&w, &cell, deviation);
    for (size_t b = 0; b < w.bins; b++) {
        assert_int_equal(w.count[b], 40);
        assert_true(deviation[b] < 0.03);
    }
    Wavevectors again;
    assert_ok(wavevectors_shells(&again, &cell, 1.0, 1.95, 0.1, 40));
    assert_memory_equal(w.index, again.index, w.n * sizeof *w.index);
    wavevectors_clear(&again);
    wavevectors_clear(&w);
    assert_ok(wavevectors_shells(&w, &needle, 0.5, 1.0, 0.1, 40));
    wavevectors_anisotropy(&w, &needle, deviation);
    assert_near(deviation[0], 2.0 / 3.0, 1e-12); /* only 0 0 l is that short */
    wavevectors_clear(&w);
}

/* <u_i u_j> = delta_ij/3 to 1e-3 (a peer's set of "random" directions had 0.26, 0.41, 0.33). */
static void directions(void **state)
{
    (void)state;
    for (size_t n = 400; n <= 6400; n *= 2) {
        double(*u)[3] = calloc(n, sizeof *u), m[3][3] = {{0}};
        wavevectors_directions(n, u);
        for (size_t k = 0; k < n; k++) {
            assert_near(vec_norm(u[k]), 1.0, 1e-14);
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    m[i][j] += u[k][i] * u[k][j] / (double)n;
        }
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                assert_near(m[i][j], i == j ? 1.0 / 3.0 : 0.0, 1e-3);
        free(u);
    }
}

static void lists(void **state)
{
    (void)state;
    char *good[] = {"2 0 -1", "-4 3 7"};
    static const char *const bad[] = {"1 2", "0 0 0",   "1 2 3 4", "1 2 x",
                                      "",    "1.5 0 0", "9999 0 0"};
    Wavevectors w;
    assert_ok(wavevectors_list(&w, &(ConfigTexts){2, good}));
    assert_int_equal(w.bins, 2);
    assert_int_equal(w.most[2], 7);
    for (size_t k = 0; k < 2; k++)
        assert_int_equal(w.index[k][0], w.bin[k] == 0 ? 2 : -4);
    wavevectors_clear(&w);
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        char *text = (char *)(uintptr_t)bad[k];
        assert_int_equal(wavevectors_list(&w, &(ConfigTexts){1, &text}), ERR_INPUT);
        assert_non_null(strstr(err_message(), "hkl: '"));
        wavevectors_clear(&w);
    }
}

static void nonsense(void **state)
{
    (void)state;
    Cell cell = box(10, 10, 10);
    Wavevectors w;
    assert_int_equal(wavevectors_shells(&w, &cell, 2.0, 1.0, 0.1, 0), ERR_INPUT);
    wavevectors_clear(&w);
    assert_int_equal(wavevectors_shells(&w, &cell, 0.1, 0.2, 0.05, 0), ERR_INPUT); /* none */
    wavevectors_clear(&w);
    assert_int_equal(wavevectors_shells(&w, &cell, 0.1, 90.0, 0.05, 0), ERR_INPUT); /* 6 million */
    wavevectors_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(counts), cmocka_unit_test(spread),
                                       cmocka_unit_test(directions), cmocka_unit_test(lists),
                                       cmocka_unit_test(nonsense)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
