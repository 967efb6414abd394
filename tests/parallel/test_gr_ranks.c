/* Pair counts and Bragg intensities are the same bytes on any number of ranks. */
#include "check.h"

#include "analysis/bragg.h"
#include "analysis/gr.h"
#include "base/rng.h"

#include <string.h>

static Comm *world;

static void same_bytes(void **state)
{
    (void)state;
    enum { N = 333, FRAMES = 5 };
    Sample s;
    Cell cell;
    Gr all, alone;
    Bragg waves, waves_alone;
    double h[3][3] = {{13, 0, 0}, {3, 12, 0}, {-1, 2, 15}};
    assert_ok(cell_init(&cell, (const double(*)[3])h));
    sample_init(&s, &cell, N);
    s.nspecies = 3;
    s.species[0] = species_find("Mg");
    s.species[1] = species_find("B");
    s.species[2] = species_find("H");
    for (int i = 0; i < N; i++)
        s.kind[i] = i % 3;
    Comm *self = comm_split(world, comm_rank(world));
    assert_ok(gr_init(&all, world, &s, 17.0, 0.05));
    assert_ok(gr_init(&alone, self, &s, 17.0, 0.05));
    assert_ok(bragg_init(&waves, world, &s, &cell, 2.5));
    assert_ok(bragg_init(&waves_alone, self, &s, &cell, 2.5));
    for (uint64_t frame = 0; frame < FRAMES; frame++) {
        for (uint64_t i = 0; i < N; i++)
            rng_normal3(4, RNG_TEST, frame, i, 0, s.x[i]);
        for (int i = 0; i < N; i++)
            for (int k = 0; k < 3; k++)
                s.x[i][k] *= 9.0;
        gr_add(&all, &s.cell, (const double(*)[3])s.x);
        gr_add(&alone, &s.cell, (const double(*)[3])s.x);
        bragg_add(&waves, &s.cell, (const double(*)[3])s.x);
        bragg_add(&waves_alone, &s.cell, (const double(*)[3])s.x);
    }
    if (comm_size(world) >
        1) /* each rank has a share only, or the comparison below would prove nothing */
        assert_memory_not_equal(all.count, alone.count,
                                all.nbin * all.npair * 2 * sizeof *all.count);
    gr_reduce(&all, world);
    gr_reduce(&alone, self);
    assert_int_equal(all.nblock, alone.nblock);
    assert_memory_equal(all.count, alone.count,
                        all.nblock * 2 * all.npair * all.nbin * sizeof *all.count);
    bragg_reduce(&waves, world);
    assert_memory_equal(waves.sum, waves_alone.sum, waves.nk * sizeof *waves.sum);
    bragg_clear(&waves);
    bragg_clear(&waves_alone);
    gr_clear(&all);
    gr_clear(&alone);
    comm_free(self);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_bytes)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
