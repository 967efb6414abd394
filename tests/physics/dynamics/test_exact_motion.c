/* Motions with a closed form, through the whole integrator: free tops turn as they must, and BH4 that
 * breathe swing with the frequency that their inner steps have. */
#include "gamma_cell.h"

#include "base/vec.h"
#include "dynamics/rigid.h"

static Comm *world;

static FfOptions cheap_options(bool rigid)
{
    return (FfOptions){.rigid = rigid,
                       .cutoff = 3.0,
                       .accuracy = 1e-2,
                       .beta = 0.5,
                       .mesh = {8, 8, 8},
                       .order = 5,
                       .skin = 2.0};
}

/* Angular momentum about B and energy of rotation of an ion, from its atoms */
static void rotation(const Atoms *a, int32_t ion, double l[3], double *energy)
{
    int32_t b = a->ion_first[ion];
    l[0] = l[1] = l[2] = *energy = 0.0;
    for (int32_t k = b + 1; k < b + 5; k++) {
        double r[3], v[3], m[3];
        vec_sub(a->x[k], a->x[b], r);
        vec_sub(a->v[k], a->v[b], v);
        vec_cross(r, v, m);
        vec_axpy(a->mass[k], m, l);
        *energy += 0.5 * a->mass[k] * vec_dot(v, v);
    }
}

typedef struct Top {
    double l[3], energy, q[4], spin[3];
} Top;

/* 2000 steps of 5 fs: momentum and energy stay, the orientation is exp(omega t) q. Ions are found by
 * their id, as they change places. */
static void free_tops(void **state)
{
    (void)state;
    enum { STEPS = 2000 };
    Sample s;
    Run r;
    gamma_cell(&s);
    FfParameters p = gas_parameters();
    FfOptions f = cheap_options(true);
    DynamicsOptions o = {
        .rigid = true, .timestep = 5.0 / UNITS_TIME_FS, .seed = 4, .temperature = 300.0};
    run_start(&r, world, &s, &p, &f, &o);
    Top *first = MEM_NEW(Top, s.nion);
    for (int32_t i = 0; i < r.atoms.nion; i++) {
        Top *t = &first[r.atoms.ion_id[i]];
        if (r.atoms.ion_kind[i] != ION_BH4)
            continue;
        rotation(&r.atoms, i, t->l, &t->energy);
        memcpy(t->q, r.atoms.orient[i], sizeof t->q);
        memcpy(t->spin, r.atoms.spin[i], sizeof t->spin);
    }
    run_steps(&r, STEPS);
    for (int32_t i = 0; i < r.atoms.nion; i++) {
        Top *t = &first[r.atoms.ion_id[i]];
        double l[3], energy;
        if (r.atoms.ion_kind[i] != ION_BH4)
            continue;
        rotation(&r.atoms, i, l, &energy);
        assert_true(t->energy > 0.0);
        assert_near(energy, t->energy, 1e-12 * t->energy);
        for (int c = 0; c < 3; c++)
            assert_near(l[c], t->l[c], 1e-12 * vec_norm(t->l));
        rigid_turn(t->spin, STEPS * o.timestep, t->q);
        assert_near(fabs(quat_dot(t->q, r.atoms.orient[i])), 1.0, 1e-12);
    }
    free(first);
    run_stop(&r);
    sample_clear(&s);
}

/* Every BH4 a regular tetrahedron with bonds of r0 + stretch: it can only breathe */
static void breathing_sample(Sample *s, double bond)
{
    gamma_cell(s);
    for (int64_t i = 0; i < s->nion; i++) {
        double q[4], x[5][3];
        if (s->ion_kind[i] != ION_BH4)
            continue;
        memcpy(x, s->x[s->ion_first[i]], sizeof x);
        rigid_fit((const double(*)[3])x, q);
        rigid_place(q, bond, x);
        memcpy(s->x[s->ion_first[i]], x, sizeof x);
    }
    for (int64_t k = 0; k < s->n; k++) /* all move, so no velocities are drawn */
        s->v[k][0] = 1e-3;
}

/* Harmonic bond, omega^2 = 2 k2 / m_H. Velocity Verlet with steps h swings at cos(omega' h) =
 * 1 - (omega h)^2 / 2, without any other error; so do n inner steps h = dt/n with nothing outside. */
static void check_breathing(int inner_steps)
{
    enum { STEPS = 400 };
    const double stretch = 0.02;
    Sample s;
    Run r;
    FfParameters p = gas_parameters();
    p.bond_k2 = 10.0;
    p.angle_k = 1.3;
    p.angle_theta0 = acos(-1.0 / 3.0);
    FfOptions f = cheap_options(false);
    DynamicsOptions o = {.timestep = 1.0 / UNITS_TIME_FS, .inner_steps = inner_steps};
    breathing_sample(&s, p.bond_r0 + stretch);
    run_start(&r, world, &s, &p, &f, &o);
    double hydrogen = r.atoms.mass[r.atoms.nlocal - 1], h = o.timestep / fmax(inner_steps, 1.0);
    double omega2 = 2.0 * p.bond_k2 / hydrogen, phase = acos(1.0 - 0.5 * omega2 * h * h) / h;
    double e0 = dynamics_state(r.dyn)->force.energy, bonds = 4.0 * 48.0;
    assert_near(e0, bonds * p.bond_k2 * stretch * stretch, 1e-9);
    for (int n = 1; n <= STEPS; n++) {
        run_steps(&r, 1);
        int32_t b = r.atoms.ion_first[r.atoms.nion - 1];
        double want = p.bond_r0 + stretch * cos(phase * n * o.timestep);
        for (int32_t k = b + 1; k < b + 5; k++) {
            double d[3];
            vec_sub(r.atoms.x[k], r.atoms.x[b], d);
            assert_near(vec_norm(d), want, 1e-11);
        }
        want = bonds * p.bond_k2 * pow(want - p.bond_r0, 2);
        assert_near(dynamics_state(r.dyn)->force.bonded, want, 1e-9);
    }
    run_stop(&r);
    sample_clear(&s);
}

static void breathing(void **state)
{
    (void)state;
    check_breathing(0);
    check_breathing(1);
    check_breathing(4);
    check_breathing(5);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(free_tops),
        cmocka_unit_test(breathing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
