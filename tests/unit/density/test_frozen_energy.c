/* Frozen ions in a periodic cell: a dimer on the mesh is the dimer of the quadrature; a crystal has its Madelung energy. */
#include "check.h"

#include "base/units.h"
#include "density/frozen_energy.h"

#include <stdio.h>

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

static void show(const char *what, const GordonKimParts *e)
{
    print_message("%-12s Coulomb %.6f kinetic %.6f exchange %.6f correlation %.6f total %.6f\n",
                  what, e->coulomb, e->kinetic, e->exchange, e->correlation, e->total);
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
    assert_ok(frozen_energy_mesh(world, &s, &set, &(FrozenMesh){0.11, 0.35, 1e-5}, &mesh));
    show("mesh", &mesh);
    show("quadrature", &pair);
    radial_ks_clear(&ne.solution);
    gordon_kim_set_clear(&set);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dimer_is_a_dimer),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
