/* Potentials of sites in gamma-Mg(BH4)2 by Ewald's sum: the numbers from which density/form_factor.h takes its spheres. */
#include "gamma.h"

#include "base/mem.h"
#include "base/units.h"
#include "base/vec.h"
#include "force/ewald.h"

#include <string.h>

static Comm *world;

/* V at atom `site` of all others [V], charges of Mg, B, H in e. dE/dq of the reciprocal energy is exact by differences, since
 * the energy is quadratic. */
static double site_potential(const Sample *s, const double charge[3], int64_t site)
{
    const double beta = 0.6;
    double *q = MEM_NEW(double, s->n), energy[2], virial[3][3], v = 0;
    double(*f)[3] = mem_new((size_t)s->n, sizeof *f);
    Ewald *e;
    for (int64_t i = 0; i < s->n; i++)
        q[i] = charge[strcmp(s->species[s->kind[i]]->symbol, "Mg") == 0  ? 0
                      : strcmp(s->species[s->kind[i]]->symbol, "B") == 0 ? 1
                                                                         : 2];
    for (int64_t j = 0; j < s->n; j++) /* the cell is wide: images within 9 A are near ones */
        for (int image = 0; image < 27; image++) {
            double d[3], shift[3] = {image / 9 - 1, image / 3 % 3 - 1, image % 3 - 1}, move[3];
            vec_times_mat(shift, s->cell.h, move);
            vec_sub(s->x[j], s->x[site], d);
            vec_axpy(1.0, move, d);
            double r = vec_norm(d);
            if (r > 1e-6 && r < 9)
                v += UNITS_COULOMB * q[j] * erfc(beta * r) / r;
        }
    v -= UNITS_COULOMB * 2 * beta / sqrt(PI) * q[site];
    assert_ok(ewald_new(world, &s->cell, beta, 6.0, &e));
    for (int k = 0; k < 2; k++) {
        double here = q[site];
        q[site] += k ? 0.5 : -0.5;
        assert_ok(ewald_compute(e, world, &s->cell, (int32_t)s->n, (const double(*)[3])s->x, q, f,
                                &energy[k], virial));
        q[site] = here;
    }
    ewald_free(e);
    free(f);
    free(q);
    return v + energy[1] - energy[0];
}

/* Index of the k-th atom of an element. */
static int64_t nth(const Sample *s, const char *symbol, int k)
{
    for (int64_t i = 0; i < s->n; i++)
        if (strcmp(s->species[s->kind[i]]->symbol, symbol) == 0 && k-- == 0)
            return i;
    fail_msg("no %s", symbol);
    return -1;
}

/* Formal charges at the two kinds of H, 96 atoms each; BH4 as one charge at B. */
static void spheres_of_the_form_factors(void **state)
{
    (void)state;
    Sample s;
    gamma_atoms(&s);
    assert_near(site_potential(&s, (double[]){2, 3, -1}, nth(&s, "H", 0)), 22.11, 0.02);
    assert_near(site_potential(&s, (double[]){2, 3, -1}, nth(&s, "H", 96)), 21.19, 0.02);
    assert_near(site_potential(&s, (double[]){2, -1, 0}, nth(&s, "B", 0)), 10.23, 0.02);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {cmocka_unit_test(spheres_of_the_form_factors)};
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
