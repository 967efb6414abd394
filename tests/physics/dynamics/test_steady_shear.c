/* Steady shear beyond the point where the lattice is reduced: another name for the same crystal. */
#include "gamma_cell.h"

#include "base/vec.h"
#include "dynamics/deform.h"

static Comm *world;

/* Forces in the order of atom ids */
static void gather_forces(const Run *r, double (*f)[3])
{
    memset(f, 0, (size_t)domain_natoms(r->domain) * sizeof *f);
    for (int32_t k = 0; k < r->atoms.nlocal; k++)
        memcpy(f[r->atoms.id[k]], r->atoms.f[k], sizeof *f);
    comm_sum(world, 3 * (size_t)domain_natoms(r->domain), (double *)f);
}

/* The crystal with its box pushed by gamma in all three planes; the energy of both descriptions */
static void check_reduction(const double gamma[3])
{
    Sample s, before, after;
    Run r;
    FfResult one, two;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    f.accuracy = 1e-6;
    gamma_cell(&s);
    for (int64_t k = 0; k < s.n; k++)
        for (int c = 0; c < 3; c++)
            s.x[k][c] += 0.05 * sin(12.9898 * (double)k + 78.233 * c);
    sample_copy(&before, &s);
    sample_copy(&after, &s);
    run_start(&r, world, &s, &p, &f, NULL);
    for (int plane = 0; plane < 3; plane++) {
        double h[3][3], e[3][3], map[3][3];
        deform_shear(domain_cell(r.domain), plane, gamma[plane], h, e);
        assert_ok(deform_cell(r.domain, &r.atoms, false, (const double(*)[3])h, map));
    }
    double(*f1)[3] = mem_new((size_t)s.n, sizeof *f1), (*f2)[3] = mem_new((size_t)s.n, sizeof *f2);
    assert_ok(forcefield_compute(r.ff, r.domain, &r.atoms, &one));
    gather_forces(&r, f1);
    run_gather(&r, &before);
    assert_true(deform_reduce(r.domain, &r.atoms));
    assert_false(deform_reduce(r.domain, &r.atoms));
    forcefield_invalidate(r.ff);
    assert_ok(forcefield_compute(r.ff, r.domain, &r.atoms, &two));
    gather_forces(&r, f2);
    run_gather(&r, &after);
    assert_near(after.cell.volume, before.cell.volume, 1e-9 * before.cell.volume);
    assert_near(two.energy, one.energy, 1e-5);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            assert_near(two.virial_ion[a][b], one.virial_ion[a][b], 5e-4);
            double rows = 0.0; /* new vectors are whole sums of old ones */
            for (int k = 0; k < 3; k++)
                rows += after.cell.h[a][k] * before.cell.inv[k][b];
            assert_near(rows, rint(rows), 1e-12);
        }
    for (int64_t k = 0; k < s.n; k++)
        for (int c = 0; c < 3; c++) {
            assert_near(f2[k][c], f1[k][c], 1e-5);
            assert_near(after.x[k][c], before.x[k][c], 1e-11);
        }
    free(f1);
    free(f2);
    run_stop(&r);
    sample_clear(&s);
    sample_clear(&before);
    sample_clear(&after);
}

static void reduction_changes_nothing(void **state)
{
    (void)state;
    check_reduction((double[3]){0.0, 0.55, 0.0});
    check_reduction((double[3]){0.52, -0.51, 0.53});
}

/* A warm crystal sheared by 1.3: the books balance at every step, lattice changes included; no
 * unwrapped centre jumps; the box stays short */
static void check_flow(bool rigid, int plane, double rate)
{
    enum { STEPS = 650 };
    Sample s, last;
    Run r;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(rigid);
    DynamicsOptions o = {.rigid = rigid,
                         .timestep = (rigid ? 2.0 : 1.0) / UNITS_TIME_FS,
                         .inner_steps = rigid ? 1 : 3,
                         .seed = 5,
                         .thermostat = THERMOSTAT_BUSSI,
                         .temperature = 300.0,
                         .thermostat_time = 0.05 / UNITS_TIME_PS,
                         .shear_rate = rate * UNITS_TIME_PS,
                         .shear_plane = plane};
    gamma_warm(&s, world, &p, &f, &o, 0.3);
    sample_copy(&last, &s);
    run_start(&r, world, &s, &p, &f, &o);
    run_gather(&r, &last);
    double e0 = dynamics_state(r.dyn)->conserved, old = e0, jump = 0.0, leap = 0.0;
    int flips = 0;
    for (int i = 0; i < STEPS; i++) {
        run_steps(&r, 1);
        const DynamicsState *now = dynamics_state(r.dyn);
        jump = fmax(jump, fabs(now->conserved - old));
        old = now->conserved;
        const double(*h)[3] = domain_cell(r.domain)->h;
        static const int along[3] = {1, 2, 2}, pushed[3] = {0, 0, 1};
        double tilt = h[along[plane]][pushed[plane]] / h[pushed[plane]][pushed[plane]];
        flips += fabs(tilt - last.cell.h[along[plane]][pushed[plane]] / s.cell.h[0][0]) > 0.5;
        assert_true(fabs(tilt) < 0.51);
        run_gather(&r, &s);
        for (int64_t k = 0; k < s.n; k++)
            leap = fmax(leap, fabs(s.x[k][pushed[plane]] - last.x[k][pushed[plane]]));
        memcpy(last.x, s.x, (size_t)s.n * sizeof s.x[0]);
        last.cell = s.cell;
    }
    const DynamicsState *end = dynamics_state(r.dyn);
    print_message(
        "%s: %d flips, work %g eV, heat %g, conserved moved by %g, at most %g in a step\n",
        rigid ? "rigid" : "flexible", flips, end->shear_work, end->heat, end->conserved - e0, jump);
    assert_int_equal(flips, 1);
    assert_true(end->shear_work > 5.0);
    assert_near(end->conserved, e0, 0.01 * end->shear_work);
    assert_true(jump < 0.05);
    assert_true(leap < 0.5);
    run_stop(&r);
    sample_clear(&s);
    sample_clear(&last);
}

static void rigid_flow(void **state)
{
    (void)state;
    check_flow(true, 1, 1.0);
}

static void flexible_flow(void **state)
{
    (void)state;
    check_flow(false, 2, -2.0);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reduction_changes_nothing),
        cmocka_unit_test(rigid_flow),
        cmocka_unit_test(flexible_flow),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
