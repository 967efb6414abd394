/* Options that make no sense, isotopes in the rigid model, and what a fresh integrator starts with. */
#include "gamma_cell.h"

#include "base/vec.h"

static Comm *world;

static void refuse(const DynamicsOptions *o, Run *r, const char *word)
{
    Dynamics *dyn = NULL;
    assert_int_equal(dynamics_new(o, r->ff, r->domain, &r->atoms, &dyn), ERR_INPUT);
    assert_null(dyn);
    if (!strstr(err_message(), word))
        fail_msg("\"%s\" does not mention \"%s\"", err_message(), word);
}

static void bad_options_are_refused(void **state)
{
    (void)state;
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    run_start(&r, world, &s, &p, &f, NULL);
    const DynamicsOptions good = {.rigid = true, .timestep = 0.1, .temperature = 300.0};
    DynamicsOptions o = good;
    o.timestep = -1.0;
    refuse(&o, &r, "timestep");
    o = good, o.temperature = (double)NAN;
    refuse(&o, &r, "temperature");
    o = good, o.thermostat = THERMOSTAT_BUSSI;
    refuse(&o, &r, "thermostat time");
    o = good, o.barostat = BAROSTAT_ISOTROPIC;
    refuse(&o, &r, "barostat time");
    o.barostat_time = 1.0;
    refuse(&o, &r, "compressibility");
    o = good, o.shear_amplitude = 0.1;
    refuse(&o, &r, "shear period");
    o = good, o.shear_plane = 3;
    refuse(&o, &r, "shear plane");
    o = good, o.shear_rate = (double)NAN;
    refuse(&o, &r, "shear rate");
    o = good, o.shear_rate = 1.0, o.shear_amplitude = 0.1, o.shear_period = 1.0;
    refuse(&o, &r, "cyclic");
    o = good, o.inner_steps = -1;
    refuse(&o, &r, "inner steps");
    o = good, o.inner_steps = 2;
    refuse(&o, &r, "rigid");
    run_stop(&r);
    sample_clear(&s);
}

/* All D turns more slowly than all H; half and half is no spherical top */
static void isotopes(void **state)
{
    (void)state;
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gamma_parameters();
    FfOptions f = gamma_force_options(true);
    DynamicsOptions o = {.rigid = true, .timestep = 0.1, .temperature = 300.0, .seed = 3};
    double spin[2];
    for (int k = 0; k < 2; k++) {
        run_start(&r, world, &s, &p, &f, &o);
        spin[k] = vec_norm(r.atoms.spin[30]);
        run_stop(&r);
        assert_ok(sample_set_isotope(&s, "H", "D"));
    }
    double ratio = species_find("D")->mass / species_find("H")->mass;
    assert_near(spin[0] / spin[1], sqrt(ratio), 1e-12);
    int32_t h = 0;
    while (h < s.nspecies && strcmp(s.species[h]->symbol, "H") != 0)
        h++;
    if (h == s.nspecies)
        s.species[s.nspecies++] = species_find("H");
    s.kind[s.n - 1] = h;
    run_start(&r, world, &s, &p, &f, NULL);
    refuse(&o, &r, "one isotope");
    run_stop(&r);
    sample_clear(&s);
}

/* Drawn velocities: no net momentum, the temperature asked for within 4 s.e.; H move with their rigid ion */
static void first_velocities(void **state)
{
    (void)state;
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gamma_parameters();
    for (int rigid = 0; rigid < 2; rigid++) {
        FfOptions f = gamma_force_options(rigid);
        DynamicsOptions o = {.rigid = rigid, .timestep = 0.1, .temperature = 300.0, .seed = 3};
        run_start(&r, world, &s, &p, &f, &o);
        double momentum[3] = {0.0, 0.0, 0.0}, kinetic = 0.0;
        for (int32_t k = 0; k < r.atoms.nlocal; k++) {
            vec_axpy(r.atoms.mass[k], r.atoms.v[k], momentum);
            kinetic += 0.5 * r.atoms.mass[k] * vec_dot(r.atoms.v[k], r.atoms.v[k]);
        }
        assert_near(vec_norm(momentum), 0.0, 1e-12);
        assert_near(kinetic, dynamics_state(r.dyn)->kinetic,
                    1e-12 * kinetic); /* sum over atoms = centre + spin */
        double freedom = dynamics_freedom(r.dyn);
        assert_near(freedom, rigid ? 357 : 789, 0.0);
        assert_near(dynamics_state(r.dyn)->temperature, 300.0, 4.0 * 300.0 * sqrt(2.0 / freedom));
        run_stop(&r);
    }
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_options_are_refused),
        cmocka_unit_test(isotopes),
        cmocka_unit_test(first_velocities),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
