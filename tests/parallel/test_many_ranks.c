/* Many ranks, with bricks wider and narrower than the reach: forces of one rank, now and after atoms have moved.
 *
 * The reference is worked out by rank 0 alone, so that 64 processes on two cores need not do it 64 times. */
#include "ffcase.h"

#include "par/comm.h"

enum { MOVES = 6 };

static Comm *world, *alone;
static Sample
    sample; /* 2 x 2 x 2 cells, 2112 atoms, 31.5 A wide: bricks of 10.5 A on 27 ranks, 7.9 A on 64 */

/* Forces in the order of ids, energy and virial of the sample on rank 0 alone, given to all. */
static void reference(const FfOptions *o, double (*f)[3], FfResult *r)
{
    memset(f, 0, (size_t)sample.n * sizeof *f);
    if (comm_is_root(world)) {
        FfCase one;
        ffcase_open(&one, alone, &sample, o);
        ffcase_forces(&one, f);
        *r = one.r;
        ffcase_close(&one);
    }
    comm_bcast(world, 0, (size_t)sample.n * sizeof *f, f);
    comm_bcast(world, 0, sizeof *r, r);
}

static void assert_same(const FfCase *many, const FfOptions *o)
{
    size_t n = (size_t)sample.n;
    double(*f)[3] = mem_new(n, sizeof *f), (*g)[3] = mem_new(n, sizeof *g), most = 0.0,
    largest = 0.0;
    FfResult r;
    ffcase_forces(many, f);
    reference(o, g, &r);
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++) {
            most = fmax(most, fabs(f[i][k] - g[i][k]));
            largest = fmax(largest, fabs(g[i][k]));
        }
    }
    if (o->reproducible) {
        assert_memory_equal(f, g, n * sizeof *f);
        assert_memory_equal(&many->r, &r, sizeof r);
    }
    if (!(most <= 1e-11 * largest))
        fail_msg("forces differ by %g of %g eV/A", most, largest);
    assert_near(many->r.energy, r.energy, 1e-11 * fabs(r.energy));
    assert_near(many->r.virial[0][0], r.virial[0][0], 1e-9 * fabs(r.virial[0][0]));
    free(f);
    free(g);
}

/* Each ion its own way, all along the diagonal: through every face of every brick. */
static void move(Atoms *a, int step)
{
    for (int32_t m = 0; m < a->nion; m++) {
        double z[3], way[3] = {0.15, 0.15, 0.15};
        rng_normal3(31, RNG_TEST, (uint64_t)step, (uint64_t)a->ion_id[m], 0, z);
        vec_axpy(0.05, z, way);
        for (int32_t i = a->ion_first[m]; i < a->ion_first[m + 1]; i++)
            vec_axpy(1.0, way, a->x[i]);
    }
}

/* Positions as they are, in the box: unwrapped ones would have lost a bit when they are wrapped again. */
static void gather(const Atoms *a)
{
    memset(sample.x, 0, (size_t)sample.n * sizeof *sample.x);
    for (int32_t i = 0; i < a->nlocal; i++)
        memcpy(sample.x[a->id[i]], a->x[i], sizeof *sample.x);
    comm_sum(world, 3 * (size_t)sample.n, sample.x[0]);
}

static void lives(bool reproducible)
{
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-3);
    FfCase many;
    o.reproducible = reproducible;
    gamma_sample(&sample);
    Sample unit = sample;
    sample_supercell(&unit, (int[3]){2, 2, 2}, &sample);
    sample_clear(&unit);
    ffcase_shake(&sample, 3, 0.05);
    ffcase_open(&many, world, &sample, &o);
    assert_same(&many, &o);
    int rebuilt = 0;
    for (int step = 0; step < MOVES; step++) {
        move(&many.a, step);
        assert_ok(forcefield_compute(many.ff, many.d, &many.a, &many.r));
        rebuilt += forcefield_rebuilt(many.ff);
    }
    assert_in_range(rebuilt, 2, MOVES - 1);
    gather(&many.a);
    assert_same(&many, &o);
    ffcase_close(&many);
    sample_clear(&sample);
}

static void to_rounding(void **state)
{
    (void)state;
    lives(false);
}

static void to_the_bit(void **state)
{
    (void)state;
    lives(true);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(to_rounding),
        cmocka_unit_test(to_the_bit),
    };
    world = comm_start(&argc, &argv);
    alone = comm_split(world, comm_rank(world));
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_free(alone);
    comm_stop(world);
    return failed;
}
