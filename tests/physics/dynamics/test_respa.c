/* Inner steps for bonds and angles: books that balance, time reversal, and the drift of a step four
 * times as long as that of plain velocity Verlet. */
#include "gamma_cell.h"

#include "base/vec.h"

static Comm *world;

static DynamicsOptions options(double fs, int inner_steps)
{
    return (DynamicsOptions){.timestep = fs / UNITS_TIME_FS,
                             .seed = 12,
                             .temperature = 300.0,
                             .inner_steps = inner_steps};
}

/* Energy and virials after some steps are those of the whole force field there */
static void forces_are_complete(void **state)
{
    (void)state;
    Sample s;
    Run r;
    FfResult all;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    DynamicsOptions o = options(1.5, 3);
    gamma_cell(&s);
    run_start(&r, world, &s, &p, &f, &o);
    run_steps(&r, 40);
    const FfResult *ours = &dynamics_state(r.dyn)->force;
    forcefield_invalidate(r.ff);
    assert_ok(forcefield_compute(r.ff, r.domain, &r.atoms, &all));
    assert_true(all.bonded > 1.0);
    assert_near(ours->bonded, all.bonded, 1e-9);
    assert_near(ours->energy, all.energy, 1e-9);
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++) {
            assert_near(ours->virial[a][b], all.virial[a][b], 1e-8);
            assert_near(ours->virial_ion[a][b], all.virial_ion[a][b], 1e-8);
        }
    run_stop(&r);
    sample_clear(&s);
}

/* One inner step is no inner step: the same bytes */
static void one_is_none(void **state)
{
    (void)state;
    Sample s, end[2];
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    gamma_cell(&s);
    for (int k = 0; k < 2; k++) {
        Run r;
        DynamicsOptions o = options(0.5, k);
        sample_copy(&end[k], &s);
        run_start(&r, world, &s, &p, &f, &o);
        run_steps(&r, 30);
        run_gather(&r, &end[k]);
        run_stop(&r);
    }
    assert_memory_equal(end[0].x, end[1].x, (size_t)s.n * sizeof s.x[0]);
    assert_memory_equal(end[0].v, end[1].v, (size_t)s.n * sizeof s.v[0]);
    sample_clear(&end[0]);
    sample_clear(&end[1]);
    sample_clear(&s);
}

static void reversal(void **state)
{
    (void)state;
    enum { STEPS = 60 };
    Sample s, end;
    Run r;
    gamma_cell(&s);
    sample_copy(&end, &s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    DynamicsOptions o = options(1.5, 3);
    run_start(&r, world, &s, &p, &f, &o);
    run_gather(&r, &s);
    run_steps(&r, STEPS);
    for (int32_t k = 0; k < r.atoms.nlocal; k++)
        for (int c = 0; c < 3; c++)
            r.atoms.v[k][c] *= -1.0;
    run_steps(&r, STEPS);
    run_gather(&r, &end);
    for (int64_t k = 0; k < s.n; k++)
        for (int c = 0; c < 3; c++) {
            assert_near(end.x[k][c], s.x[k][c], 1e-9);
            assert_near(end.v[k][c], -s.v[k][c], 1e-9);
        }
    run_stop(&r);
    sample_clear(&s);
    sample_clear(&end);
}

/* Slope of the conserved energy over `ps` by a straight line, and its rms about the line; kT per atom
 * (and ps) */
typedef struct Quality {
    double slope, rms;
} Quality;

static Quality quality(Run *r, double ps)
{
    double n = 0.0, st = 0.0, se = 0.0, stt = 0.0, ste = 0.0, see = 0.0, kt = 0.0;
    double e0 = dynamics_state(r->dyn)->conserved, t0 = dynamics_state(r->dyn)->time, t = 0.0;
    while (t < ps) {
        run_steps(r, 1);
        const DynamicsState *s = dynamics_state(r->dyn);
        double e = s->conserved - e0;
        t = (s->time - t0) * UNITS_TIME_PS;
        n += 1.0, st += t, se += e, stt += t * t, ste += t * e, see += e * e;
        kt += UNITS_KB * s->temperature;
    }
    double unit = kt / n * (double)domain_natoms(r->domain);
    double slope = (n * ste - st * se) / (n * stt - st * st), mean = (se - slope * st) / n;
    double square = see / n - 2.0 * (mean * se + slope * ste) / n + mean * mean +
                    2.0 * mean * slope * st / n + slope * slope * stt / n;
    return (Quality){slope / unit, sqrt(fmax(square, 0.0)) / unit};
}

static void drift(void **state)
{
    (void)state;
    static const struct {
        double fs;
        int inner_steps;
        double rms; /* kT per atom, twice what was seen */
    } way[] = {{0.5, 1, 7e-4}, {1.0, 4, 1e-3}, {2.0, 4, 5e-3}};
    Sample s;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    DynamicsOptions warm = options(0.5, 1);
    gamma_warm(&s, world, &p, &f, &warm, 0.5);
    for (int k = 0; k < 3; k++) {
        Run r;
        DynamicsOptions o = options(way[k].fs, way[k].inner_steps);
        run_start(&r, world, &s, &p, &f, &o);
        Quality q = quality(&r, 1.5);
        print_message("%g fs, %d inner steps: %.2g kT/atom/ps, rms %.2g kT/atom\n", way[k].fs,
                      way[k].inner_steps, q.slope, q.rms);
        assert_near(q.slope, 0.0, 5e-4); /* waves of 1e-3 kT over 1.5 ps leave that much */
        assert_true(q.rms < way[k].rms);
        run_stop(&r);
    }
    sample_clear(&s);
}

/* Baths, barostat and shear at once, even and odd numbers of inner steps */
static void everything(void **state)
{
    (void)state;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    for (int k = 0; k < 2; k++) {
        Sample s;
        Run r;
        DynamicsOptions o = options(1.0, k ? 3 : 4);
        gamma_warm(&s, world, &p, &f, &o, 0.3);
        o.thermostat = k ? THERMOSTAT_LANGEVIN : THERMOSTAT_BUSSI;
        o.thermostat_time = 0.05 / UNITS_TIME_PS;
        o.barostat = k ? BAROSTAT_ANISOTROPIC : BAROSTAT_ISOTROPIC;
        o.barostat_time = 0.2 / UNITS_TIME_PS;
        o.compressibility = 8.0;
        o.shear_amplitude = 0.05;
        o.shear_period = 0.5 / UNITS_TIME_PS;
        run_start(&r, world, &s, &p, &f, &o);
        double e0 = dynamics_state(r.dyn)->conserved, kt = UNITS_KB * o.temperature;
        run_steps(&r, 400);
        const DynamicsState *now = dynamics_state(r.dyn);
        print_message("conserved moved by %g kT per atom; heat %g, barostat %g, shear %g eV\n",
                      (now->conserved - e0) / kt / 264.0, now->heat, now->barostat_work,
                      now->shear_work);
        assert_near(now->conserved, e0, 5e-3 * kt * 264.0);
        assert_true(fabs(now->heat) > 0.1 && fabs(now->barostat_work) > 0.01);
        run_stop(&r);
        sample_clear(&s);
    }
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_are_complete),
        cmocka_unit_test(one_is_none),
        cmocka_unit_test(reversal),
        cmocka_unit_test(drift),
        cmocka_unit_test(everything),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
