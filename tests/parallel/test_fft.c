/* Transforms do not depend on how the mesh is cut: slabs and all grids of pencils against one rank, messages as
 * the header says, the same bits from reproducible ones, the same plans from kept wisdom. */
#include "check.h"

#include "base/mem.h"
#include "par/fft.h"

#include <stdlib.h>
#include <string.h>

static Comm *world, *alone;

/* Any number for a mesh point */
static double value(const int n[3], int x, int y, int z)
{
    return sin(1.0 + 12.9898 * x + 78.233 * y + 37.719 * z) + 0.01 * (x * n[1] - y * z);
}

static void set(Fft *f, const int n[3])
{
    const FftBlock *b = fft_block(f);
    double *mesh = fft_real(f);
    for (int x = 0; x < b->count[0]; x++)
        for (int y = 0; y < b->count[1]; y++)
            for (int z = 0; z < b->count[2]; z++)
                mesh[(size_t)x * b->step[0] + (size_t)y * b->step[1] + (size_t)z] =
                    value(n, x + b->first[0], y + b->first[1], z);
}

static Fft *transformed(const Comm *c, const int n[3], FftOptions o)
{
    Fft *f = fft_new(c, n, &o);
    set(f, n);
    fft_forward(f);
    return f;
}

/* Waves that are this rank's against those of the whole; returns how many. */
static int64_t compare_waves(Fft *f, Fft *whole, double tolerance)
{
    const FftBlock *b = fft_wave_block(f), *w = fft_wave_block(whole);
    const double *mine = fft_waves(f), *all = fft_waves(whole);
    int64_t n = 0;
    for (int x = 0; x < b->count[0]; x++) {
        for (int y = 0; y < b->count[1]; y++) {
            for (int z = 0; z < b->count[2]; z++, n++) {
                size_t i = (size_t)x * b->step[0] + (size_t)y * b->step[1] + (size_t)z;
                size_t j = (size_t)(x + b->first[0]) * w->step[0] +
                           (size_t)(y + b->first[1]) * w->step[1] + (size_t)(z + b->first[2]);
                if (tolerance == 0.0) {
                    assert_memory_equal(mine + 2 * i, all + 2 * j, 2 * sizeof(double));
                } else {
                    assert_near(mine[2 * i], all[2 * j], tolerance);
                    assert_near(mine[2 * i + 1], all[2 * j + 1], tolerance);
                }
            }
        }
    }
    return n;
}

static void comes_back(Fft *f, const int n[3])
{
    const FftBlock *b = fft_block(f);
    double *mesh = fft_real(f), points = (double)n[0] * n[1] * n[2];
    fft_backward(f);
    for (int x = 0; x < b->count[0]; x++)
        for (int y = 0; y < b->count[1]; y++)
            for (int z = 0; z < b->count[2]; z++)
                assert_near(mesh[(size_t)x * b->step[0] + (size_t)y * b->step[1] + (size_t)z] /
                                points,
                            value(n, x + b->first[0], y + b->first[1], z), 1e-12);
}

/* Every wave once; messages of all ranks: to all others of the row and column that hold anything */
static void check_layout(Fft *f, const int n[3], int64_t waves)
{
    int64_t sum[3] = {waves, 0, 0};
    fft_traffic(f, &sum[1], &sum[2]);
    comm_sum_i64(world, 3, sum);
    int64_t all = (int64_t)n[0] * n[1] * (n[2] / 2 + 1), ranks = comm_size(world),
            columns = fft_columns(f), rows = ranks / columns;
    assert_int_equal(sum[0], all);
    assert_true(sum[1] <= ranks * (rows - 1 + columns - 1));
    if (ranks <= 4 && n[0] % 4 == 0 && n[1] % 4 == 0 && ranks != 3) {
        assert_int_equal(sum[1], ranks * (rows - 1 + columns - 1));
        if (columns == 1)
            assert_int_equal(sum[2], 16 * all * (ranks - 1) / ranks);
    }
}

static const int meshes[][3] = {{12, 8, 10}, {5, 7, 9}, {16, 6, 4}, {3, 2, 2}};

static void every_cut_is_the_same(void **state)
{
    (void)state;
    for (int m = 0; m < 4; m++) {
        const int *n = meshes[m];
        Fft *whole = transformed(alone, n, (FftOptions){.pad = 7});
        for (int columns = 1; columns <= comm_size(world); columns++) {
            if (comm_size(world) % columns != 0 || columns > 9)
                continue;
            Fft *f = transformed(world, n, (FftOptions){.columns = columns, .pad = columns % 9});
            int64_t waves = compare_waves(f, whole, 1e-10);
            check_layout(f, n, waves);
            comes_back(f, n);
            fft_free(f);
        }
        comes_back(whole, n);
        fft_free(whole);
    }
}

static void reproducible_is_the_same_bits(void **state)
{
    (void)state;
    fft_wisdom_forget();
    for (int m = 0; m < 4; m++) {
        Fft *one = transformed(alone, meshes[m], (FftOptions){.reproducible = true});
        Fft *f = transformed(world, meshes[m], (FftOptions){.reproducible = true, .measure = true});
        compare_waves(f, one, 0.0);
        comes_back(f, meshes[m]);
        fft_free(one);
        fft_free(f);
    }
}

/* Measured plans come back from their wisdom: the same bits, and nothing new to measure. */
static void wisdom_makes_the_same_plans(void **state)
{
    (void)state;
    const int n[3] = {18, 20, 22};
    const FftOptions o = {.measure = true, .pad = 7};
    fft_wisdom_forget();
    Fft *f = transformed(world, n, o);
    char *text = fft_wisdom_export(world);
    assert_non_null(strstr(text, "fftw"));
    fft_wisdom_forget();
    assert_ok(fft_wisdom_import(world, comm_is_root(world) ? text : NULL));
    Fft *again = transformed(world, n, o);
    char *same = fft_wisdom_export(world);
    assert_int_equal(strlen(text), strlen(same)); /* its lines come in any order */
    const FftBlock *b = fft_wave_block(f);
    size_t waves = (size_t)b->count[0] * (size_t)b->count[1] * (size_t)b->count[2];
    assert_memory_equal(fft_waves(f), fft_waves(again), 2 * waves * sizeof(double));
    assert_int_equal(fft_wisdom_import(world, "no wisdom at all"), ERR_INPUT);
    free(text);
    free(same);
    fft_free(f);
    fft_free(again);
}

static void costs_are_told_apart(void **state)
{
    (void)state;
    const int n30[3] = {30, 30, 30}, n32[3] = {32, 32, 32}, n60[3] = {60, 60, 60},
              n64[3] = {64, 64, 64}, n128[3] = {128, 128, 128};
    assert_true(fft_cost(n32, true) < fft_cost(n30, true));
    assert_near(fft_cost(n64, true) / fft_cost(n60, true), 1.0, 0.05);
    assert_true(fft_cost(n128, true) > 8.0 * fft_cost(n64, true));
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut_is_the_same),
        cmocka_unit_test(reproducible_is_the_same_bits),
        cmocka_unit_test(wisdom_makes_the_same_plans),
        cmocka_unit_test(costs_are_told_apart),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
