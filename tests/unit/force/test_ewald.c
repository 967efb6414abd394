/* Ewald's sum: Madelung constants, forces and virial as derivatives of the energy, any cell. */
#include "charges.h"

#include "base/units.h"
#include "force/coulomb.h"
#include "force/ewald.h"

static Comm *world;

/* sum of erfc(beta r)/r over all pairs and images within `cutoff`, direct; [eV] */
static double real_space(const Charges *c, double beta, double cutoff)
{
    double sum = 0.0, widths[3];
    int reach[3];
    cell_widths(&c->cell, widths);
    for (int a = 0; a < 3; a++)
        reach[a] = (int)ceil(cutoff / widths[a]) + 1;
    for (int32_t i = 0; i < c->n; i++) {
        for (int32_t j = 0; j < c->n; j++) {
            for (int u = -reach[0]; u <= reach[0]; u++) {
                for (int v = -reach[1]; v <= reach[1]; v++) {
                    for (int w = -reach[2]; w <= reach[2]; w++) {
                        double shift[3], d[3];
                        vec_times_mat((double[3]){u, v, w}, c->cell.h, shift);
                        vec_sub(c->x[i], c->x[j], d);
                        vec_axpy(1.0, shift, d);
                        double r = vec_norm(d);
                        if (r > 1e-6 && r < cutoff)
                            sum += 0.5 * c->q[i] * c->q[j] * erfc(beta * r) / r;
                    }
                }
            }
        }
    }
    return UNITS_COULOMB * sum;
}

/* Madelung constant of one formula unit, energy = -k_e alpha / d */
static double madelung(const Charges *c, double beta, double d)
{
    Ewald *e;
    double energy, virial[3][3];
    assert_ok(ewald_new(world, &c->cell, beta, 16.0 * beta, &e));
    assert_ok(ewald_compute(e, world, &c->cell, c->n, (const double(*)[3])c->x, c->q, c->f, &energy,
                            virial));
    ewald_free(e);
    energy += real_space(c, beta, 7.0 / beta) + coulomb_self_energy(beta, c->n);
    return -energy * d / UNITS_COULOMB;
}

/* Two ions of opposite charge, `d` apart along the diagonal of the given lattice */
static void two_ions(Charges *c, const double h[3][3], const double second[3])
{
    Cell cell;
    assert_ok(cell_init(&cell, h));
    charges_init(c, &cell, 2);
    for (int a = 0; a < 3; a++) {
        c->x[0][a] = 0.3;
        c->x[1][a] = 0.3 + second[a];
    }
    c->q[0] = 1.0;
    c->q[1] = -1.0;
}

/* Constants: D. H. Bailey et al., "Ten problems in experimental mathematics", Am. Math. Mon. 113,
 * 481 (2006), doi 10.1080/00029890.2006.11920330 (NaCl); Y. Sakamoto, J. Chem. Phys. 28, 164
 * (1958), doi 10.1063/1.1744060 (CsCl, per nearest distance). */
static void madelung_constants(void **state)
{
    (void)state;
    Charges c;
    two_ions(&c, (const double[3][3]){{1.0, 1.0, 0.0}, {0.0, 1.0, 1.0}, {1.0, 0.0, 1.0}},
             (const double[3]){1.0, 0.0, 0.0});
    assert_near(madelung(&c, 1.7, 1.0), 1.747564594633182, 1e-10);
    assert_near(madelung(&c, 2.5, 1.0), 1.747564594633182, 1e-10);
    charges_clear(&c);
    two_ions(&c, (const double[3][3]){{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}},
             (const double[3]){0.5, 0.5, 0.5});
    assert_near(madelung(&c, 2.0, sqrt(0.75)), 1.762674773070988, 1e-10);
    charges_clear(&c);
}

static double energy_of(Ewald *e, Charges *c, const Cell *cell)
{
    double energy, virial[3][3];
    memset(c->f, 0, (size_t)c->n * sizeof *c->f);
    assert_ok(
        ewald_compute(e, world, cell, c->n, (const double(*)[3])c->x, c->q, c->f, &energy, virial));
    return energy;
}

static void forces_are_minus_the_gradient(void **state)
{
    (void)state;
    Charges c;
    Ewald *e;
    charges_primitive(&c);
    assert_ok(ewald_new(world, &c.cell, 0.35, 2.5, &e));
    double largest = 0.0, step = 1e-4, force[3][3];
    energy_of(e, &c, &c.cell);
    for (int32_t i = 0; i < c.n; i++)
        largest = fmax(largest, vec_norm(c.f[i]));
    const int32_t some[3] = {0, 50, 131};
    for (int k = 0; k < 3; k++)
        memcpy(force[k], c.f[some[k]], sizeof force[k]);
    for (int k = 0; k < 3; k++) {
        for (int a = 0; a < 3; a++) {
            double *x = &c.x[some[k]][a], x0 = *x;
            *x = x0 + step;
            double up = energy_of(e, &c, &c.cell);
            *x = x0 - step;
            double down = energy_of(e, &c, &c.cell);
            *x = x0;
            assert_near(force[k][a], -(up - down) / (2.0 * step), 1e-7 * largest);
        }
    }
    ewald_free(e);
    charges_clear(&c);
}

static void virial_is_minus_the_strain_derivative(void **state)
{
    (void)state;
    Charges c;
    Ewald *e;
    charges_primitive(&c);
    assert_ok(ewald_new(world, &c.cell, 0.35, 2.5, &e));
    double energy, virial[3][3], step = 1e-5;
    assert_ok(
        ewald_compute(e, world, &c.cell, c.n, (const double(*)[3])c.x, c.q, c.f, &energy, virial));
    for (int a = 0; a < 3; a++) {
        for (int b = 0; b < 3; b++) {
            double value[2];
            for (int sign = 0; sign < 2; sign++) {
                double strain[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}, h[3][3];
                strain[a][b] += sign == 0 ? step : -step;
                mat_mul(c.cell.h, (const double(*)[3])strain, h);
                Charges moved;
                Cell cell;
                assert_ok(cell_init(&cell, (const double(*)[3])h));
                charges_init(&moved, &cell, c.n);
                memcpy(moved.q, c.q, (size_t)c.n * sizeof *c.q);
                for (int32_t i = 0; i < c.n; i++)
                    vec_times_mat(c.x[i], (const double(*)[3])strain, moved.x[i]);
                value[sign] = energy_of(e, &moved, &cell);
                charges_clear(&moved);
            }
            assert_near(virial[a][b], -(value[0] - value[1]) / (2.0 * step),
                        1e-6 * fabs(virial[0][0]));
        }
    }
    ewald_free(e);
    charges_clear(&c);
}

static void bad_parameters_are_refused(void **state)
{
    (void)state;
    Ewald *e;
    Cell cell;
    assert_ok(cell_init_lengths(&cell, (const double[3]){10.0, 10.0, 10.0},
                                (const double[3]){90.0, 90.0, 90.0}));
    assert_int_equal(ewald_new(world, &cell, 0.0, 2.0, &e), ERR_INPUT);
    assert_int_equal(ewald_new(world, &cell, 0.3, -1.0, &e), ERR_INPUT);
    assert_int_equal(ewald_new(world, &cell, 0.3, 1e4, &e), ERR_INPUT);
    assert_null(e);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(madelung_constants),
        cmocka_unit_test(forces_are_minus_the_gradient),
        cmocka_unit_test(virial_is_minus_the_strain_derivative),
        cmocka_unit_test(bad_parameters_are_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
