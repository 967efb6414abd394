/* Frozen ions in a periodic cell: a dimer on the mesh is the dimer of the quadrature; a crystal has its Madelung energy. */
#include "check.h"

#include "base/units.h"
#include "density/frozen_energy.h"

static Comm *world;

typedef struct Solved {
    RadialKs solution;
    FrozenIon ion;
} Solved;

static void solve(Solved *s, const char *name, double watson_radius)
{
    RadialIon ion;
    assert_ok(radial_ks_ion(name, false, &ion));
    ion.watson_charge = watson_radius > 0.0 ? 1.0 : 0.0;
    ion.watson_radius = watson_radius;
    assert_ok(radial_ks_solve(&ion, "lda_x+lda_c_vwn", &s->solution));
    s->ion = frozen_ion_new(&ion, &s->solution);
}

static GordonKimSet lda(void)
{
    GordonKimSet s;
    assert_ok(gordon_kim_set_init(&s, "lda_k_tf", "lda_x", "lda_c_vwn"));
    return s;
}

static void cube(Cell *c, double a)
{
    const double h[3][3] = {{a, 0, 0}, {0, a, 0}, {0, 0, a}};
    assert_ok(cell_init(c, h));
}

static void a_dimer_is_a_dimer(void **state)
{
    (void)state;
    GordonKimSet set = lda();
    Solved ne;
    solve(&ne, "Ne", 0.0);
    double r = 4.5 * UNITS_BOHR;
    const double x[2][3] = {{1.03, 1.01, 1.02}, {1.03 + r * 0.6, 1.01 + r * 0.8, 1.02}};
    const int kind[2] = {0, 0};
    FrozenSample s = {.n = 2, .x = x, .kind = kind, .nkinds = 1, .ion = &ne.ion};
    cube(&s.cell, 11.0);
    GordonKimParts mesh, pair = gordon_kim_energy(&set, &ne.ion, &ne.ion, 4.5, GORDON_KIM_POINTS);
    assert_ok(frozen_energy_mesh(world, &s, &set, &(FrozenMesh){0.1, 0.3, 1e-5}, &mesh));
    assert_near(mesh.coulomb, pair.coulomb, 3e-6);
    assert_near(mesh.kinetic, pair.kinetic, 1e-5);
    assert_near(mesh.exchange, pair.exchange, 3e-6);
    assert_near(mesh.correlation, pair.correlation, 1e-6);
    assert_near(frozen_energy_pairs(&s, &set, 5.0, GORDON_KIM_POINTS).total, pair.total, 1e-7);
    radial_ks_clear(&ne.solution);
    gordon_kim_set_clear(&set);
}

/* Coulomb energies of frozen spheres are sums over pairs, and Madelung's. The rest is a sum over pairs to `many_body`; where
 * three and more densities overlap pairs make too much of it, as (1 + 1 + 1)^p - 3 < 3 (2^p - 2) for p = 5/3 and 4/3. */
static void check_crystal(const FrozenSample *s, double madelung, double tolerance,
                          double many_body)
{
    GordonKimSet set = lda();
    GordonKimParts mesh, pairs = frozen_energy_pairs(s, &set, 9.0, GORDON_KIM_POINTS);
    assert_ok(frozen_energy_mesh(world, s, &set, &(FrozenMesh){0.1, 0.3, 1e-5}, &mesh));
    print_message("Coulomb %.6f, pairs and Madelung %.6f; kinetic %.6f, pairs %.6f; exchange %.6f, "
                  "pairs %.6f; correlation %.6f, pairs %.6f hartree\n",
                  mesh.coulomb, pairs.coulomb + madelung, mesh.kinetic, pairs.kinetic,
                  mesh.exchange, pairs.exchange, mesh.correlation, pairs.correlation);
    assert_near(mesh.coulomb, pairs.coulomb + madelung, tolerance);
    assert_true(mesh.kinetic < pairs.kinetic && mesh.exchange > pairs.exchange);
    assert_near(mesh.kinetic, pairs.kinetic, many_body * pairs.kinetic);
    assert_near(mesh.exchange, pairs.exchange, many_body * fabs(pairs.exchange));
    gordon_kim_set_clear(&set);
}

/* fcc: next neighbours at 3.0 A hardly overlap three at a time */
static void neon_is_a_sum_over_pairs(void **state)
{
    (void)state;
    const double a = 3.0 * sqrt(2.0);
    const double x[4][3] = {{0, 0, 0}, {0, a / 2, a / 2}, {a / 2, 0, a / 2}, {a / 2, a / 2, 0}};
    const int kind[4] = {0};
    Solved ne;
    solve(&ne, "Ne", 0.0);
    FrozenSample s = {.n = 4, .x = x, .kind = kind, .nkinds = 1, .ion = &ne.ion};
    cube(&s.cell, a);
    check_crystal(&s, 0.0, 1e-5, 0.1);
    radial_ks_clear(&ne.solution);
}

static void lithium_hydride_has_its_madelung_energy(void **state)
{
    (void)state;
    const double a = 4.08;
    double x[8][3];
    int kind[8];
    for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 3; k++)
            x[i][k] = 0.5 * a * (i >> k & 1) + 0.017;
        kind[i] = ((i & 1) + (i >> 1 & 1) + (i >> 2 & 1)) % 2;
    }
    Solved li, h;
    solve(&li, "Li+", 0.0);
    solve(&h, "H-", 4.0);
    const FrozenIon ion[2] = {li.ion, h.ion};
    FrozenSample s = {.n = 8, .x = (const double(*)[3])x, .kind = kind, .nkinds = 2, .ion = ion};
    cube(&s.cell, a);
    check_crystal(&s, -4.0 * 1.7475645946 / (0.5 * a / UNITS_BOHR), 3e-5, 0.4);
    radial_ks_clear(&li.solution);
    radial_ks_clear(&h.solution);
}

/* Mg(BH4)2 as fluorite, Mg-B 2.6 A: protons in shells, a Madelung constant of 5.0387849 */
static void fluorite_has_its_madelung_energy(void **state)
{
    (void)state;
    const double r = 2.6, a = 4.0 * r / sqrt(3.0);
    static const double place[12][3] = {{0, 0, 0}, {0, 2, 2}, {2, 0, 2}, {2, 2, 0},
                                        {1, 1, 1}, {1, 1, 3}, {1, 3, 1}, {3, 1, 1},
                                        {3, 3, 3}, {3, 3, 1}, {3, 1, 3}, {1, 3, 3}};
    double x[12][3];
    int kind[12];
    for (int i = 0; i < 12; i++) {
        for (int k = 0; k < 3; k++)
            x[i][k] = 0.25 * a * place[i][k] + 0.03;
        kind[i] = i >= 4;
    }
    Solved mg, b;
    solve(&mg, "Mg2+", 0.0);
    solve(&b, "BH4-", 4.0);
    const FrozenIon ion[2] = {mg.ion, b.ion};
    FrozenSample s = {.n = 12, .x = (const double(*)[3])x, .kind = kind, .nkinds = 2, .ion = ion};
    cube(&s.cell, a);
    check_crystal(&s, -4.0 * 5.0387848881 / (r / UNITS_BOHR), 6e-4, 0.3);
    radial_ks_clear(&mg.solution);
    radial_ks_clear(&b.solution);
}

static void what_cannot_be_done_is_refused(void **state)
{
    (void)state;
    Solved li;
    solve(&li, "Li+", 0.0);
    const double x[1][3] = {{0, 0, 0}};
    const int kind[1] = {0};
    FrozenSample s = {.n = 1, .x = x, .kind = kind, .nkinds = 1, .ion = &li.ion};
    cube(&s.cell, 6.0);
    GordonKimSet set = lda(), gga;
    GordonKimParts e;
    const FrozenMesh mesh = {0.1, 0.3, 1e-5};
    assert_int_equal(frozen_energy_mesh(world, &s, &set, &mesh, &e), ERR_INPUT);
    assert_ok(gordon_kim_set_init(&gga, "gga_k_apbe", "gga_x_pbe", "gga_c_pbe"));
    s.n = 0;
    assert_int_equal(frozen_energy_mesh(world, &s, &gga, &mesh, &e), ERR_INPUT);
    gordon_kim_set_clear(&gga);
    gordon_kim_set_clear(&set);
    radial_ks_clear(&li.solution);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dimer_is_a_dimer),
        cmocka_unit_test(neon_is_a_sum_over_pairs),
        cmocka_unit_test(lithium_hydride_has_its_madelung_energy),
        cmocka_unit_test(fluorite_has_its_madelung_energy),
        cmocka_unit_test(what_cannot_be_done_is_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
