/* The sampler's energy is the force field's, in every part, before and after many moves; its forces too. */
#include "mccase.h"

#include "sampling/inside.h"

static Comm *world;

static void shaken(Sample *s)
{
    gamma_sample(s);
    ffcase_shake(s, 3, 0.05);
}

static void same_parts(const Mc *mc, const FfResult *r)
{
    const McState *m = mc_state(mc);
    double scale = fabs(r->energy);
    assert_near(m->pairs + m->inner, r->pair + r->coulomb_real + r->bonded, 1e-9 * scale);
    assert_near(m->waves, r->coulomb_recip, 1e-9 * scale);
    assert_near(m->self, r->coulomb_self, 1e-9 * scale);
    assert_near(mc_energy(mc), r->energy, 1e-9 * scale);
}

static void energy_of_the_force_field(void **state)
{
    (void)state;
    for (int rigid = 0; rigid < 2; rigid++) {
        Sample s;
        FfResult r;
        Mc *mc;
        FfParameters p = mccase_parameters();
        McOptions o = mccase_options();
        o.rigid = rigid;
        shaken(&s);
        assert_ok(mc_new(world, &s, &p, &o, &mc));
        mccase_reference(world, &s, &s.cell, (const double(*)[3])s.x, &p, &o, &r, NULL);
        same_parts(mc, &r);
        mc_free(mc);
        sample_clear(&s);
    }
}

static void forces_of_the_force_field(void **state)
{
    (void)state;
    Sample s;
    FfResult r;
    Mc *mc;
    FfParameters p = mccase_parameters();
    McOptions o = mccase_options();
    shaken(&s);
    double(*f)[3] = mem_new((size_t)s.n, sizeof *f), (*g)[3] = mem_new((size_t)s.n, sizeof *g);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    mccase_reference(world, &s, &s.cell, (const double(*)[3])s.x, &p, &o, &r, f);
    energy_forces(&mc->model, &mc->bodies, g);
    for (int64_t i = 0; i < s.n; i++)
        for (int c = 0; c < 3; c++)
            assert_near(g[i][c], f[i][c], 1e-10);
    mc_free(mc);
    free(f);
    free(g);
    sample_clear(&s);
}

/* A triclinic cell of two ions per axis at least, so that copies in all directions count */
static void energy_in_a_skewed_cell(void **state)
{
    (void)state;
    Sample s;
    FfResult r;
    Mc *mc;
    FfParameters p = mccase_parameters();
    McOptions o = mccase_options();
    o.cutoff = 6.5;
    shaken(&s);
    double h[3][3] = {{15.7575, 0.0, 0.0}, {3.0, 15.7575, 0.0}, {-2.0, 2.5, 15.7575}};
    Cell skew;
    assert_ok(cell_init(&skew, (const double(*)[3])h));
    for (int64_t k = 0; k < s.nion; k++) {
        double f[3], to[3];
        cell_to_fractional(&s.cell, s.x[s.ion_first[k]], f);
        cell_to_cartesian(&skew, f, to);
        for (int64_t i = s.ion_first[k + 1] - 1; i >= s.ion_first[k]; i--)
            for (int c = 0; c < 3; c++)
                s.x[i][c] += to[c] - s.x[s.ion_first[k]][c];
    }
    s.cell = skew;
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    mccase_reference(world, &s, &s.cell, (const double(*)[3])s.x, &p, &o, &r, NULL);
    same_parts(mc, &r);
    mc_free(mc);
    sample_clear(&s);
}

/* Energies and S(k) kept move by move against those from scratch */
static void no_drift(void **state)
{
    (void)state;
    Sample s;
    FfResult r;
    Mc *mc;
    FfParameters p = mccase_parameters();
    McOptions o = mccase_options();
    o.volume = MC_VOLUME_ANISOTROPIC;
    o.volume_every = 5;
    o.hybrid_every = 7;
    o.hybrid_steps = 4;
    o.cutoff = 7.0;
    o.weight[MOVE_TURN] = o.weight[MOVE_SYMMETRY] = o.weight[MOVE_DISPLACE] = 0.5;
    gamma_sample(&s);
    assert_ok(mc_new(world, &s, &p, &o, &mc));
    for (int k = 0; k < 50; k++)
        assert_ok(mc_sweep(mc));
    McState before = *mc_state(mc);
    for (int m = 0; m < MC_MOVES; m++) {
        bool hop = m == MOVE_HOP || m == MOVE_HOP_FOLLOW;
        assert_true((before.count[m].taken > 0) == !hop);
        assert_true(before.count[m].tried >= before.count[m].taken);
    }
    double *waves = MEM_NEW(double, mc_waves(mc)), *anew = MEM_NEW(double, mc_waves(mc));
    mc_save_waves(mc, waves);
    double kept = mc_energy(mc);
    assert_ok(mc_set(mc, mc_cell(mc), mc_positions(mc)));
    mc_save_waves(mc, anew);
    for (size_t k = 0; k < mc_waves(mc); k++)
        assert_near(waves[k], anew[k], 1e-10);
    assert_near(mc_state(mc)->pairs, before.pairs, 1e-11);
    assert_near(mc_energy(mc), kept, 1e-9);
    /* with the waves of the present cell only to the accuracy of the sum */
    mccase_reference(world, &s, mc_cell(mc), mc_positions(mc), &p, &o, &r, NULL);
    assert_near(mc_energy(mc), r.energy, 1e-3);
    free(waves);
    free(anew);
    mc_free(mc);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_of_the_force_field),
        cmocka_unit_test(forces_of_the_force_field),
        cmocka_unit_test(energy_in_a_skewed_cell),
        cmocka_unit_test(no_drift),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
