/* Monte Carlo makes the same chain, bit by bit, on any number of ranks, and after a restart on another number. */
#include "mccase.h"

#include "base/units.h"

static Comm *world;

typedef struct End {
    McState state;
    Cell cell;
    double (*x)[3], *waves;
    size_t nwaves;
} End;

static void take(const Mc *mc, const Sample *s, End *e)
{
    e->state = *mc_state(mc);
    e->cell = *mc_cell(mc);
    e->nwaves = mc_waves(mc);
    e->x = mem_new((size_t)s->n, sizeof *e->x);
    e->waves = MEM_NEW(double, e->nwaves);
    memcpy(e->x, mc_positions(mc), (size_t)s->n * sizeof *e->x);
    mc_save_waves(mc, e->waves);
}

static void end_clear(End *e)
{
    free(e->x);
    free(e->waves);
}

static void assert_same(const End *a, const End *b, int64_t n)
{
    assert_int_equal(a->nwaves, b->nwaves);
    assert_memory_equal(&a->state, &b->state, sizeof a->state);
    assert_memory_equal(&a->cell, &b->cell, sizeof a->cell);
    assert_memory_equal(a->x, b->x, (size_t)n * sizeof *a->x);
    assert_memory_equal(a->waves, b->waves, a->nwaves * sizeof *a->waves);
}

/* 1 x 2 x 4 cells of gamma: a checkerboard of 1 x 2 x 6, three cells of each colour */
static void elongated(Sample *s)
{
    Sample unit;
    gamma_sample(&unit);
    sample_supercell(&unit, (int[3]){1, 2, 4}, s);
    ffcase_shake(s, 8, 0.02);
    sample_clear(&unit);
}

static McOptions options(void)
{
    McOptions o = mccase_options();
    o.cutoff = 5.0;
    o.accuracy = 0.05;
    o.volume = MC_VOLUME_ANISOTROPIC;
    o.volume_every = 2;
    o.step[MC_MOVE_VOLUME] = 1e-3;
    o.hybrid_every = 3;
    o.hybrid_steps = 2;
    o.refresh = 4;
    o.weight[MOVE_TURN] = o.weight[MOVE_SYMMETRY] = o.weight[MOVE_DISPLACE] = 0.5;
    return o;
}

static void sweeps(Mc *mc, int n)
{
    for (int k = 0; k < n; k++) {
        assert_ok(mc_sweep(mc));
        if (mc_state(mc)->sweep == 2)
            mc_tune(mc);
    }
}

static void same_chain(void **state)
{
    (void)state;
    Sample s;
    Mc *mc;
    End half, together, alone, resumed;
    FfParameters p = mccase_parameters();
    McOptions o = options();
    elongated(&s);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    sweeps(mc, 3);
    take(mc, &s, &half);
    sweeps(mc, 3);
    take(mc, &s, &together);
    mc_free(mc);

    Comm *self = comm_split(world, comm_rank(world));
    assert_ok(mc_new(self, &s, &p, &o, &mc));
    sweeps(mc, 6);
    take(mc, &s, &alone);
    assert_same(&together, &alone, s.n);
    mc_free(mc);

    assert_ok(mc_new(self, &s, &p, &o, &mc));
    mc_restore(mc, &half.state, &half.cell, (const double(*)[3])half.x, half.waves);
    sweeps(mc, 3);
    take(mc, &s, &resumed);
    assert_same(&together, &resumed, s.n);
    mc_free(mc);
    comm_free(self);

    for (int m = 0; m < MC_MOVES; m++) /* all kinds of moves were at work */
        if (m != MOVE_HOP && m != MOVE_HOP_FOLLOW)
            assert_true(together.state.count[m].taken > 0);
    assert_true(together.state.blocks_taken < together.state.blocks);
    end_clear(&half);
    end_clear(&together);
    end_clear(&alone);
    end_clear(&resumed);
    sample_clear(&s);
}

/* The comparison can fail */
static void another_seed(void **state)
{
    (void)state;
    Sample s;
    Mc *mc;
    FfParameters p = mccase_parameters();
    McOptions o = options();
    double energy[2];
    elongated(&s);
    for (int k = 0; k < 2; k++) {
        o.seed = 17 + (uint64_t)k;
        assert_ok(mc_new(world, &s, &p, &o, &mc));
        sweeps(mc, 1);
        energy[k] = mc_energy(mc);
        mc_free(mc);
    }
    assert_true(energy[0] != energy[1]);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_chain),
                                       cmocka_unit_test(another_seed)};
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
