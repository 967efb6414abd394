/* The frozen-density energy of a cell has the same bits on one rank and on all. */
#include "check.h"

#include "density/frozen_energy.h"

static Comm *world;

static void ranks_do_not_matter(void **state)
{
    (void)state;
    RadialIon what;
    RadialKs solution;
    GordonKimSet set;
    assert_ok(radial_ks_ion("Ne", false, &what));
    assert_ok(radial_ks_solve(&what, "lda_x+lda_c_vwn", &solution));
    assert_ok(gordon_kim_set_init(&set, "lda_k_tf", "lda_x", "lda_c_vwn"));
    FrozenIon ion = frozen_ion_new(&what, &solution);
    const double x[3][3] = {{0.1, 0.2, 0.3}, {2.9, 0.4, -0.2}, {1.3, 2.6, 7.0}};
    const int kind[3] = {0};
    const double h[3][3] = {{6.0, 0, 0}, {0.7, 5.8, 0}, {-0.3, 0.4, 6.3}};
    FrozenSample s = {.n = 3, .x = x, .kind = kind, .nkinds = 1, .ion = &ion};
    assert_ok(cell_init(&s.cell, h));
    const FrozenMesh mesh = {0.12, 0.36, 1e-5};
    GordonKimParts all, alone;
    Comm *self = comm_split(world, comm_rank(world));
    assert_ok(frozen_energy_mesh(world, &s, &set, &mesh, &all));
    assert_ok(frozen_energy_mesh(self, &s, &set, &mesh, &alone));
    assert_true(all.kinetic > 1e-3);
    assert_memory_equal(&all, &alone, sizeof all);
    /* a skewed cell, images across its faces: still nearly a sum over pairs */
    GordonKimParts pairs = frozen_energy_pairs(&s, &set, 8.0, 60);
    assert_near(all.coulomb, pairs.coulomb, 2e-5);
    assert_near(all.kinetic, pairs.kinetic, 0.05 * pairs.kinetic);
    comm_free(self);
    gordon_kim_set_clear(&set);
    radial_ks_clear(&solution);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(ranks_do_not_matter)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
