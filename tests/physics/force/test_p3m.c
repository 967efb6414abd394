/* P3M against converged Ewald sums: errors as promised, forces and virial exact derivatives,
 * triclinic cells. */
#include "charges.h"

#include "force/coulomb.h"
#include "force/ewald.h"
#include "force/p3m.h"

static Comm *world;

static void by_ewald(Charges *c, double beta, double *energy, double virial[3][3])
{
    Ewald *e;
    memset(c->f, 0, (size_t)c->n * sizeof *c->f);
    assert_ok(ewald_new(world, &c->cell, beta, 11.0 * beta, &e));
    assert_ok(ewald_compute(e, world, &c->cell, c->n, (const double(*)[3])c->x, c->q, c->f, energy,
                            virial));
    ewald_free(e);
}

static double by_p3m(P3m *p, Charges *c, const Cell *cell, double virial[3][3])
{
    double energy;
    memset(c->f, 0, (size_t)c->n * sizeof *c->f);
    assert_ok(p3m_compute(p, cell, c->n, (const double(*)[3])c->x, c->q, c->f, &energy, virial));
    return energy;
}

static double rms_difference(const Charges *c, const double (*f)[3])
{
    double sum = 0.0;
    for (int32_t i = 0; i < c->n; i++)
        for (int a = 0; a < 3; a++)
            sum += (c->f[i][a] - f[i][a]) * (c->f[i][a] - f[i][a]);
    return sqrt(sum / c->n);
}

/* For each accuracy: picked parameters, error of the mesh against Ewald, estimate of that error. */
static void check_accuracy(Charges *c, double cutoff, int order)
{
    static const double accuracy[] = {1e-2, 1e-3, 1.5e-4, 1e-5, 1e-8};
    int count = order == 7 ? 5 : 4; /* lower orders would need huge meshes for the last */
    double(*exact)[3] = mem_new((size_t)c->n, sizeof *exact);
    for (int k = 0; k < count; k++) {
        double beta, kcut, energy, mesh_energy, virial[3][3], mesh_virial[3][3];
        int mesh[3];
        P3m *p;
        assert_ok(
            coulomb_pick(accuracy[k], cutoff, c->n, c->q2, &c->cell, order, &beta, mesh, &kcut));
        by_ewald(c, beta, &energy, virial);
        memcpy(exact, c->f, (size_t)c->n * sizeof *exact);
        assert_ok(p3m_new(world, &c->cell, beta, mesh, &(P3mOptions){.order = order}, &p));
        mesh_energy = by_p3m(p, c, &c->cell, mesh_virial);
        p3m_free(p);
        double error = rms_difference(c, (const double(*)[3])exact);
        double estimate = coulomb_error_p3m(beta, mesh, order, c->n, c->q2, &c->cell);
        print_message(
            "cut-off %4.1f order %d wanted %.1e: beta %.4f mesh %3d estimate %.2e measured %.2e, "
            "energy %.1e virial %.1e eV\n",
            cutoff, order, accuracy[k], beta, mesh[0], estimate, error, mesh_energy - energy,
            mesh_virial[0][0] - virial[0][0]);
        assert_true(error <= accuracy[k]);
        assert_true(error >
                    0.02 * accuracy[k]); /* not wasteful, and the measurement sees something */

        Ewald *e;
        memset(c->f, 0, (size_t)c->n * sizeof *c->f);
        assert_ok(ewald_new(world, &c->cell, beta, kcut, &e));
        assert_ok(ewald_compute(e, world, &c->cell, c->n, (const double(*)[3])c->x, c->q, c->f,
                                &energy, virial));
        ewald_free(e);
        error = rms_difference(c, (const double(*)[3])exact);
        assert_true(error <= accuracy[k]);
    }
    free(exact);
}

static void errors_are_as_picked(void **state)
{
    (void)state;
    Charges c;
    charges_gamma(&c, 1);
    for (int order = P3M_ORDER_MIN; order <= P3M_ORDER_MAX; order++)
        check_accuracy(&c, 7.5, order);
    check_accuracy(&c, 10.0, 5);
    charges_clear(&c);
    charges_primitive(&c);
    check_accuracy(&c, 7.5, 5);
    charges_clear(&c);
}

/* Energy as exact derivatives demand, also on a bad mesh: odd, unequal, coarse. */
static void derivatives_are_exact(void **state)
{
    (void)state;
    static const int meshes[][3] = {{12, 12, 12}, {9, 14, 11}, {15, 10, 12}, {5, 4, 3}};
    Charges c;
    charges_primitive(&c);
    for (int m = 0; m < 4; m++) {
        P3m *p;
        double virial[3][3], ignored[3][3], step = 1e-4, largest = 0.0, force[3];
        assert_ok(p3m_new(world, &c.cell, 0.4, meshes[m], &(P3mOptions){.order = 4 + m}, &p));
        by_p3m(p, &c, &c.cell, virial);
        for (int32_t i = 0; i < c.n; i++)
            largest = fmax(largest, vec_norm(c.f[i]));
        const int32_t atom = 17 * (m + 1);
        memcpy(force, c.f[atom], sizeof force);
        for (int a = 0; a < 3; a++) {
            double *x = &c.x[atom][a], x0 = *x;
            *x = x0 + step;
            double up = by_p3m(p, &c, &c.cell, ignored);
            *x = x0 - step;
            double down = by_p3m(p, &c, &c.cell, ignored);
            *x = x0;
            assert_near(force[a], -(up - down) / (2.0 * step), 1e-7 * largest);
        }
        step = 1e-5;
        for (int a = 0; a < 3; a++) {
            for (int b = 0; b < 3; b++) {
                double value[2];
                for (int sign = 0; sign < 2; sign++) {
                    double strain[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}},
                           h[3][3];
                    strain[a][b] += sign == 0 ? step : -step;
                    mat_mul(c.cell.h, (const double(*)[3])strain, h);
                    Charges moved;
                    Cell cell;
                    assert_ok(cell_init(&cell, (const double(*)[3])h));
                    charges_init(&moved, &cell, c.n);
                    memcpy(moved.q, c.q, (size_t)c.n * sizeof *c.q);
                    for (int32_t i = 0; i < c.n; i++)
                        vec_times_mat(c.x[i], (const double(*)[3])strain, moved.x[i]);
                    value[sign] = by_p3m(p, &moved, &cell, ignored);
                    charges_clear(&moved);
                }
                assert_near(virial[a][b], -(value[0] - value[1]) / (2.0 * step),
                            1e-6 * fabs(virial[0][0]));
            }
        }
        p3m_free(p);
    }
    charges_clear(&c);
}

/* A fine mesh of high order is Ewald's sum itself, energy and virial too. */
static void a_fine_mesh_is_ewald(void **state)
{
    (void)state;
    Charges c;
    P3m *p;
    double energy, virial[3][3], mesh_virial[3][3];
    charges_primitive(&c);
    by_ewald(&c, 0.35, &energy, virial);
    double(*exact)[3] = mem_new((size_t)c.n, sizeof *exact);
    memcpy(exact, c.f, (size_t)c.n * sizeof *exact);
    assert_ok(
        p3m_new(world, &c.cell, 0.35, (const int[3]){72, 72, 72}, &(P3mOptions){.order = 7}, &p));
    double mesh_energy = by_p3m(p, &c, &c.cell, mesh_virial);
    print_message("72^3, order 7: rms %.2e eV/A, energy off by %.2e of %.6f eV\n",
                  rms_difference(&c, (const double(*)[3])exact), mesh_energy - energy, energy);
    assert_true(rms_difference(&c, (const double(*)[3])exact) < 2e-8);
    assert_near(mesh_energy, energy, 1e-8 * fabs(energy));
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(mesh_virial[a][b], virial[a][b], 1e-7 * fabs(virial[0][0]));
    p3m_free(p);
    free(exact);
    charges_clear(&c);
}

static void trouble_is_named(void **state)
{
    (void)state;
    Charges c;
    P3m *p;
    double energy, virial[3][3], beta, kcut;
    int mesh[3];
    charges_primitive(&c);
    assert_int_equal(
        p3m_new(world, &c.cell, 0.35, (const int[3]){8, 8, 8}, &(P3mOptions){.order = 3}, &p),
        ERR_INPUT);
    assert_non_null(strstr(err_message(), "order 3"));
    assert_int_equal(
        p3m_new(world, &c.cell, 0.35, (const int[3]){8, 0, 8}, &(P3mOptions){.order = 5}, &p),
        ERR_INPUT);
    assert_int_equal(
        p3m_new(world, &c.cell, NAN, (const int[3]){8, 8, 8}, &(P3mOptions){.order = 5}, &p),
        ERR_INPUT);
    assert_int_equal(coulomb_pick(0.0, 7.5, c.n, c.q2, &c.cell, 5, &beta, mesh, &kcut), ERR_INPUT);
    assert_int_equal(coulomb_pick(1e-30, 1.0, c.n, c.q2, &c.cell, 5, &beta, mesh, &kcut),
                     ERR_INPUT);
    assert_ok(
        p3m_new(world, &c.cell, 0.35, (const int[3]){8, 8, 8}, &(P3mOptions){.order = 5}, &p));
    c.x[3][1] = NAN;
    assert_int_equal(
        p3m_compute(p, &c.cell, c.n, (const double(*)[3])c.x, c.q, c.f, &energy, virial),
        ERR_NUMERICAL);
    assert_non_null(strstr(err_message(), "1 atoms"));
    p3m_free(p);
    charges_clear(&c);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_are_as_picked),
        cmocka_unit_test(derivatives_are_exact),
        cmocka_unit_test(a_fine_mesh_is_ewald),
        cmocka_unit_test(trouble_is_named),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
