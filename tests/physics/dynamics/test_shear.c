/* Cyclic shear and relaxation: work equals the change of energy, an elastic cycle gives back what
 * it took. */
#include "gamma_cell.h"

static Comm *world;

/* Zero force, zero stress, lower energy, and the cubic crystal is still cubic */
static void relaxation(void **state)
{
    (void)state;
    Sample s;
    Run r;
    FfResult before, after;
    int steps;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(false);
    gamma_cell(&s);
    run_start(&r, world, &s, &p, &f, NULL);
    assert_ok(forcefield_compute(r.ff, r.domain, &r.atoms, &before));
    assert_ok(dynamics_relax(r.ff, r.domain, &r.atoms, true, 2e-4, 3000, &after, &steps));
    print_message("relaxed in %d steps from %g to %g eV, a = %g A\n", steps, before.energy,
                  after.energy, domain_cell(r.domain)->h[0][0]);
    assert_true(steps < 3000);
    assert_true(after.energy < before.energy);
    for (int32_t k = 0; k < r.atoms.nlocal; k++)
        for (int c = 0; c < 3; c++)
            assert_near(r.atoms.f[k][c], 0.0, 2e-4);
    for (int k = 0; k < 3; k++) {
        assert_near(after.virial_ion[k][k], 0.0, 2e-4 * sqrt(264.0));
        assert_near(domain_cell(r.domain)->h[k][k], domain_cell(r.domain)->h[0][0], 1e-3);
    }
    run_stop(&r);
    sample_clear(&s);
}

/* The rigid crystal cooled to rest by friction */
static void cold(Sample *s, const FfParameters *p, const FfOptions *f)
{
    Run r;
    DynamicsOptions o = {.rigid = true,
                         .timestep = 2.0 / UNITS_TIME_FS,
                         .thermostat = THERMOSTAT_LANGEVIN,
                         .thermostat_time = 0.1 / UNITS_TIME_PS};
    DynamicsOptions warm = o;
    warm.temperature = 100.0;
    gamma_warm(s, world, p, f, &warm, 0.2);
    run_start(&r, world, s, p, f, &o);
    run_steps(&r, 1500);
    run_gather(&r, s);
    memset(s->v, 0, (size_t)s->n * sizeof s->v[0]);
    run_stop(&r);
}

static void elastic_cycle(void **state)
{
    (void)state;
    enum { STEPS = 2000 };
    Sample s;
    Run r;
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    f.accuracy = 1e-5; /* in a cold crystal whole shells of pairs cross the cut-off at once */
    cold(&s, &p, &f);
    DynamicsOptions o = {
        .rigid = true, .timestep = 2.0 / UNITS_TIME_FS, .shear_amplitude = 0.01, .shear_plane = 1};
    o.shear_period = STEPS * o.timestep;
    run_start(&r, world, &s, &p, &f, &o);
    assert_near(dynamics_state(r.dyn)->kinetic, 0.0, 0.0);
    double e0 = dynamics_state(r.dyn)->conserved, u0 = dynamics_state(r.dyn)->force.energy;
    double peak = 0.0, worst = 0.0, most = 0.0;
    for (int i = 0; i < STEPS; i++) {
        run_steps(&r, 1);
        const DynamicsState *now = dynamics_state(r.dyn);
        peak = fmax(peak, now->shear_work);
        worst = fmax(worst, fabs(now->conserved - e0));
        most = fmax(most, domain_cell(r.domain)->h[2][0] / domain_cell(r.domain)->h[2][2]);
    }
    const DynamicsState *end = dynamics_state(r.dyn);
    print_message(
        "peak work %g eV (modulus %g GPa), left after the cycle %g, energy %g, largest error %g\n",
        peak, 2.0 * peak / (s.cell.volume * pow(o.shear_amplitude, 2)) * UNITS_GPA, end->shear_work,
        end->force.energy + end->kinetic - u0, worst);
    assert_near(most, 0.01, 1e-6);
    assert_true(peak > 1e-3);
    assert_near(worst, 0.0, 0.03 * peak);          /* work = change of energy, all the way */
    assert_near(end->shear_work, 0.0, 0.1 * peak); /* elastic: given back, but for waves it left */
    assert_near(domain_cell(r.domain)->h[2][0], s.cell.h[2][0], 1e-12); /* the box is back */
    run_stop(&r);
    sample_clear(&s);
}

/* A large strain under pressure and thermostat: the box stays sound and the books balance */
static void shear_under_pressure(void **state)
{
    (void)state;
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    DynamicsOptions o = {.rigid = true,
                         .timestep = 2.0 / UNITS_TIME_FS,
                         .seed = 5,
                         .thermostat = THERMOSTAT_BUSSI,
                         .temperature = 300.0,
                         .thermostat_time = 0.05 / UNITS_TIME_PS,
                         .barostat = BAROSTAT_ANISOTROPIC,
                         .pressure = 1.0 / UNITS_GPA,
                         .barostat_time = 0.5 / UNITS_TIME_PS,
                         .compressibility = 8.0,
                         .shear_amplitude = 0.4,
                         .shear_period = 1.0 / UNITS_TIME_PS};
    run_start(&r, world, &s, &p, &f, &o);
    double e0 = dynamics_state(r.dyn)->conserved, most = 0.0;
    for (int i = 0; i < 500; i++) {
        run_steps(&r, 1);
        const double(*h)[3] = domain_cell(r.domain)->h;
        most = fmax(most, h[1][0] / h[1][1]);
    }
    const DynamicsState *end = dynamics_state(r.dyn);
    print_message("work %g eV, heat %g, barostat %g, conserved moved by %g eV\n", end->shear_work,
                  end->heat, end->barostat_work, end->conserved - e0);
    assert_near(most, 0.4, 1e-4);
    assert_near(end->conserved, e0, 0.02 * fabs(end->shear_work));
    run_gather(&r, &s);
    assert_near(sample_longest_bond(&s), 1.22, 1e-12);
    assert_near(s.cell.h[1][0], 0.0, 1e-10);
    run_stop(&r);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relaxation),
        cmocka_unit_test(elastic_cycle),
        cmocka_unit_test(shear_under_pressure),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
