/* The same trajectory on any number of ranks, and the same bits after a restart. */
#include "gamma_cell.h"

static Comm *world;

static DynamicsOptions options(bool rigid)
{
    return (DynamicsOptions){.rigid = rigid,
                             .timestep = (rigid ? 2.0 : 0.5) / UNITS_TIME_FS,
                             .seed = 99,
                             .thermostat = THERMOSTAT_LANGEVIN,
                             .temperature = 500.0,
                             .thermostat_time = 0.02 / UNITS_TIME_PS,
                             .barostat = BAROSTAT_ANISOTROPIC,
                             .barostat_time = 0.2 / UNITS_TIME_PS,
                             .compressibility = 8.0,
                             .shear_amplitude = 0.05,
                             .shear_period = 0.2 / UNITS_TIME_PS,
                             .shear_plane = 2};
}

static void check_ranks(bool rigid)
{
    enum { STEPS = 25 };
    Sample s, together, alone;
    Run r;
    gamma_cell(&s);
    sample_copy(&together, &s);
    sample_copy(&alone, &s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = options(rigid);
    run_start(&r, world, &s, &p, &f, &o);
    run_steps(&r, STEPS);
    run_gather(&r, &together);
    double conserved = dynamics_state(r.dyn)->conserved;
    run_stop(&r);
    Comm *self = comm_split(world, comm_rank(world));
    run_start(&r, self, &s, &p, &f, &o);
    run_steps(&r, STEPS);
    run_gather(&r, &alone);
    assert_near(conserved, dynamics_state(r.dyn)->conserved, 1e-8);
    run_stop(&r);
    comm_free(self);
    double moved = 0.0;
    for (int64_t k = 0; k < s.n; k++)
        for (int c = 0; c < 3; c++) {
            assert_near(together.x[k][c], alone.x[k][c], 1e-9);
            assert_near(together.v[k][c], alone.v[k][c], 1e-9);
            moved = fmax(moved, fabs(alone.x[k][c] - s.x[k][c]));
        }
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(together.cell.h[a][b], alone.cell.h[a][b], 1e-9);
    assert_true(moved > 0.05);
    sample_clear(&s);
    sample_clear(&together);
    sample_clear(&alone);
}

static void flexible_on_any_ranks(void **state)
{
    (void)state;
    check_ranks(false);
}

static void rigid_on_any_ranks(void **state)
{
    (void)state;
    check_ranks(true);
}

/* Forces that no rank count can change (those inside ions, or pairs with sums on a grid): then nothing in the trajectory depends on it, to the last bit. */
static void check_bytes(bool rigid, bool pairs, Thermostat t)
{
    enum { STEPS = 60 };
    Sample s, together, alone;
    Run r;
    DynamicsState ends[2];
    FfParameters p = gas_parameters();
    p.bond_k2 = 10.0;
    p.angle_k = 1.3;
    FfOptions f = {.rigid = rigid,
                   .cutoff = 3.0,
                   .accuracy = 1e-2,
                   .beta = 0.5,
                   .mesh = {8, 8, 8},
                   .order = 5,
                   .skin = 1.0};
    if (pairs) { /* without charges: the mesh is not asked here */
        p = gamma_parameters();
        memset(p.charge, 0, sizeof p.charge);
        f = gamma_force_options(rigid);
        f.reproducible = true;
    }
    DynamicsOptions o = options(rigid);
    o.timestep *= pairs ? 1.0 : rigid ? 2.0 : 3.0;
    o.inner_steps = rigid ? 1 : 4;
    o.thermostat = t;
    o.shear_amplitude = 0.0;
    o.shear_rate = 5.0 * UNITS_TIME_PS;
    gamma_cell(&s);
    sample_copy(&together, &s);
    sample_copy(&alone, &s);
    Comm *self = comm_split(world, comm_rank(world));
    for (int k = 0; k < 2; k++) {
        run_start(&r, k ? self : world, &s, &p, &f, &o);
        run_steps(&r, STEPS);
        run_gather(&r, k ? &alone : &together);
        ends[k] = *dynamics_state(r.dyn);
        run_stop(&r);
    }
    comm_free(self);
    assert_memory_equal(together.x, alone.x, (size_t)s.n * sizeof s.x[0]);
    assert_memory_equal(together.v, alone.v, (size_t)s.n * sizeof s.v[0]);
    assert_memory_equal(&together.cell, &alone.cell, sizeof s.cell);
    assert_true(ends[0].conserved == ends[1].conserved && ends[0].heat == ends[1].heat);
    assert_true(ends[0].shear_work == ends[1].shear_work && ends[0].heat != 0.0);
    assert_true(ends[0].barostat_work == ends[1].barostat_work && ends[0].barostat_work != 0.0);
    sample_clear(&s);
    sample_clear(&together);
    sample_clear(&alone);
}

static void same_bytes_on_any_ranks(void **state)
{
    (void)state;
    for (int rigid = 0; rigid < 2; rigid++) {
        check_bytes(rigid, false, THERMOSTAT_BUSSI);
        check_bytes(rigid, false, THERMOSTAT_LANGEVIN);
        check_bytes(rigid, true, THERMOSTAT_BUSSI);
    }
}

/* Steps whose energy and virial nobody wants leave the same atoms and the same work, and say what they know no longer:
 * the virials around cell changes are there all the same. 25 steps, so that the last one is none of these. */
static void check_request(bool rigid, bool shear)
{
    enum { STEPS = 25 };
    Sample s, end[2];
    DynamicsState left[2];
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = options(rigid);
    o.inner_steps = rigid ? 1 : 4;
    if (!shear)
        o.shear_amplitude = o.shear_rate = 0.0;
    gamma_cell(&s);
    for (int k = 0; k < 2; k++) {
        Run r;
        sample_copy(&end[k], &s);
        run_start(&r, world, &s, &p, &f, &o);
        double first = dynamics_state(r.dyn)->conserved;
        dynamics_want_energy(r.dyn, k == 0);
        dynamics_want_virial(r.dyn, k == 0);
        run_steps(&r, STEPS);
        assert_true(dynamics_state(r.dyn)->energy_stale == (k == 1));
        assert_true((dynamics_state(r.dyn)->conserved == first) == (k == 1));
        assert_true(dynamics_state(r.dyn)->virial_stale == (k == 1 && !shear));
        dynamics_want_energy(r.dyn, true);
        dynamics_want_virial(r.dyn, true);
        run_steps(&r, 1);
        left[k] = *dynamics_state(r.dyn);
        run_gather(&r, &end[k]);
        run_stop(&r);
    }
    assert_memory_equal(end[0].x, end[1].x, (size_t)s.n * sizeof s.x[0]);
    assert_memory_equal(end[0].v, end[1].v, (size_t)s.n * sizeof s.v[0]);
    assert_memory_equal(&end[0].cell, &end[1].cell, sizeof s.cell);
    assert_false(left[1].energy_stale || left[1].virial_stale);
    assert_memory_equal(left[0].pressure, left[1].pressure, sizeof left[0].pressure);
    assert_memory_equal(left[0].force.virial, left[1].force.virial, sizeof left[0].force.virial);
    assert_true(left[0].conserved == left[1].conserved && left[0].heat == left[1].heat);
    assert_true(left[0].barostat_work == left[1].barostat_work && left[0].barostat_work != 0.0);
    assert_true(left[0].shear_work == left[1].shear_work && (left[0].shear_work != 0.0) == shear);
    sample_clear(&end[0]);
    sample_clear(&end[1]);
    sample_clear(&s);
}

static void energy_on_request(void **state)
{
    (void)state;
    for (int rigid = 0; rigid < 2; rigid++)
        for (int shear = 0; shear < 2; shear++)
            check_request(rigid, shear);
}

typedef struct Checkpoint {
    Sample s;
    double (*orient)[4], (*spin)[3];
    double blob[256];
    size_t n;
} Checkpoint;

static void checkpoint_take(Checkpoint *c, Run *r)
{
    assert_ok(dynamics_checkpoint_sync(r->dyn, c->s.x, c->s.v, c->orient, c->spin));
    c->s.cell = *domain_cell(r->domain);
    c->n = dynamics_save(r->dyn, c->blob);
}

static void checkpoint_new(Checkpoint *c, const Sample *s)
{
    sample_copy(&c->s, s);
    c->orient = mem_new((size_t)s->nion, sizeof *c->orient);
    c->spin = mem_new((size_t)s->nion, sizeof *c->spin);
}

static void checkpoint_clear(Checkpoint *c)
{
    sample_clear(&c->s);
    free(c->orient);
    free(c->spin);
}

/* 40 steps on, against new objects made from the same start, with the checkpoint put in */
static void check_restart(bool rigid)
{
    enum { BEFORE = 33, AFTER = 40 };
    Sample s;
    Run r, resumed;
    Checkpoint middle, straight, again;
    gamma_cell(&s);
    checkpoint_new(&middle, &s);
    checkpoint_new(&straight, &s);
    checkpoint_new(&again, &s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = options(rigid);
    run_start(&r, world, &s, &p, &f, &o);
    run_steps(&r, BEFORE);
    checkpoint_take(&middle, &r);
    run_start(&resumed, world, &s, &p, &f, &o);
    assert_ok(domain_set_cell(resumed.domain, (const double(*)[3])middle.s.cell.h));
    assert_ok(dynamics_restore(resumed.dyn, (const double(*)[3])middle.s.x,
                               (const double(*)[3])middle.s.v, (const double(*)[4])middle.orient,
                               (const double(*)[3])middle.spin));
    dynamics_load(resumed.dyn, middle.n, middle.blob);
    run_steps(&r, AFTER);
    run_steps(&resumed, AFTER);
    checkpoint_take(&straight, &r);
    checkpoint_take(&again, &resumed);
    assert_int_equal(dynamics_state(resumed.dyn)->step, BEFORE + AFTER);
    assert_memory_equal(straight.s.x, again.s.x, (size_t)s.n * sizeof s.x[0]);
    assert_memory_equal(straight.s.v, again.s.v, (size_t)s.n * sizeof s.v[0]);
    assert_memory_equal(straight.orient, again.orient, (size_t)s.nion * sizeof again.orient[0]);
    assert_memory_equal(straight.spin, again.spin, (size_t)s.nion * sizeof again.spin[0]);
    assert_memory_equal(straight.s.cell.h, again.s.cell.h, sizeof s.cell.h);
    assert_memory_equal(straight.blob, again.blob, again.n * sizeof again.blob[0]);
    const DynamicsState *one = dynamics_state(r.dyn), *two = dynamics_state(resumed.dyn);
    assert_memory_equal(&one->conserved, &two->conserved, sizeof one->conserved);
    run_stop(&r);
    run_stop(&resumed);
    sample_clear(&s);
    checkpoint_clear(&middle);
    checkpoint_clear(&straight);
    checkpoint_clear(&again);
}

static void flexible_restart(void **state)
{
    (void)state;
    check_restart(false);
}

static void rigid_restart(void **state)
{
    (void)state;
    check_restart(true);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rigid_on_any_ranks),      cmocka_unit_test(flexible_on_any_ranks),
        cmocka_unit_test(same_bytes_on_any_ranks), cmocka_unit_test(energy_on_request),
        cmocka_unit_test(rigid_restart),           cmocka_unit_test(flexible_restart),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
