/* A crystal whose BH4 jump keeps its space group in the mean; one whose BH4 turn by anything else does not. */
#include "gamma.h"

#include "analysis/mean_structure.h"
#include "base/mem.h"
#include "base/rng.h"

#include <math.h>

enum { FRAMES = 60 };

/* Swap H among the sites of their ion by one of the 12 rotations (as even permutations), shake every atom. */
static void jump_and_shake(const Sample *s, int64_t frame, double sigma, double (*x)[3])
{
    static const int EVEN[12][4] = {{0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0},
                                    {0, 2, 3, 1}, {0, 3, 1, 2}, {2, 1, 3, 0}, {3, 1, 0, 2},
                                    {1, 3, 2, 0}, {3, 0, 2, 1}, {1, 2, 0, 3}, {2, 0, 1, 3}};
    for (int64_t ion = 0; ion < s->nion; ion++) {
        int64_t first = s->ion_first[ion];
        uint32_t words[4];
        rng_words(11, RNG_TEST, (uint64_t)frame, (uint64_t)ion, words);
        for (int64_t i = first; i < s->ion_first[ion + 1]; i++) {
            int64_t from = i == first ? i : first + 1 + EVEN[words[0] % 12][i - first - 1];
            double noise[3];
            rng_normal3(12, RNG_TEST, (uint64_t)frame, (uint64_t)i, 0, noise);
            for (int k = 0; k < 3; k++)
                x[i][k] = s->x[from][k] + sigma * noise[k];
        }
    }
}

static void test_jumps_keep_the_group(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    MeanStructure m;
    mean_structure_init(&m, &s);
    double(*x)[3] = mem_new((size_t)s.n, sizeof x[0]);
    SymmetryGroup g;
    for (int64_t k = 0; k < FRAMES; k++) {
        jump_and_shake(&s, k, 0.15, x);
        mean_structure_add(&m, &s.cell, (const double(*)[3])x);
    }
    assert_ok(mean_structure_group(&m, 0.3, &g));
    assert_int_equal(g.number, 230);

    /* each site is found again: 0.15 A / sqrt(60) = 0.02 A per coordinate */
    double(*f)[3] = mem_new((size_t)s.n, sizeof f[0]), worst = 0.0;
    Cell cell;
    assert_ok(mean_structure_get(&m, &cell, f));
    for (int64_t i = 0; i < s.n; i++) {
        double near = INFINITY, r[3];
        cell_to_cartesian(&cell, f[i], r);
        for (int64_t j = 0; j < s.n; j++) {
            double d = hypot(hypot(r[0] - s.x[j][0], r[1] - s.x[j][1]), r[2] - s.x[j][2]);
            near = s.kind[i] == s.kind[j] ? fmin(near, d) : near;
        }
        worst = fmax(worst, near);
    }
    assert_true(worst < 0.1);
    free(f);
    free(x);
    mean_structure_clear(&m);
    sample_clear(&s);
}

/* Half of the BH4 lie a quarter turn about x away from their sites: another structure. */
static void test_another_arrangement_loses_it(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    MeanStructure m;
    mean_structure_init(&m, &s);
    for (int64_t ion = 0; ion < s.nion; ion += 2) {
        int64_t b = s.ion_first[ion];
        for (int64_t i = b + 1; i < s.ion_first[ion + 1]; i++) {
            double y = s.x[i][1] - s.x[b][1], z = s.x[i][2] - s.x[b][2];
            s.x[i][1] = s.x[b][1] - z;
            s.x[i][2] = s.x[b][2] + y;
        }
    }
    SymmetryGroup g;
    mean_structure_add(&m, &s.cell, (const double(*)[3])s.x);
    assert_ok(mean_structure_group(&m, 0.3, &g));
    assert_int_not_equal(g.number, 230);
    mean_structure_clear(&m);
    sample_clear(&s);
}

static void test_no_frames(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    MeanStructure m;
    mean_structure_init(&m, &s);
    SymmetryGroup g;
    assert_int_equal(mean_structure_group(&m, 0.3, &g), ERR_INPUT);
    mean_structure_clear(&m);
    sample_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jumps_keep_the_group),
        cmocka_unit_test(test_another_arrangement_loses_it),
        cmocka_unit_test(test_no_frames),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
