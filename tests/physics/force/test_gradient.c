/* Forces are minus the gradient of the energy, the virial minus its derivative by strain:
 * five-point differences. */
#include "ffcase.h"

#include "par/comm.h"

static Comm *world;

static double worst_force(const double (*f)[3], int64_t n)
{
    double most = 0.0;
    for (int64_t i = 0; i < n; i++)
        for (int k = 0; k < 3; k++)
            most = fmax(most, fabs(f[i][k]));
    return most;
}

/* (E(-2h) - 8 E(-h) + 8 E(h) - E(2h)) / 12h */
static double five_point(const double e[4], double h)
{
    return (e[0] - 8.0 * e[1] + 8.0 * e[2] - e[3]) / (12.0 * h);
}

static const double STEP[4] = {-2.0, -1.0, 1.0, 2.0};

/* Moves the atoms themselves, so that the list and ghosts of the first call serve all: a rebuild
 * inside would be right too, but would hide an error of the list. */
static void check_forces(const FfOptions *o, double tolerance)
{
    Sample s;
    FfCase k;
    gamma_sample(&s);
    ffcase_shake(&s, 7, 0.05);
    ffcase_open(&k, world, &s, o);
    double(*f)[3] = mem_new((size_t)s.n, sizeof *f), h = 1e-3;
    ffcase_forces(&k, f);
    double most = worst_force((const double(*)[3])f, s.n);
    static const int32_t atoms[] = {0, 5, 24, 25, 28, 100, 263};
    for (size_t m = 0; m < sizeof atoms / sizeof *atoms; m++) {
        int32_t i = atoms[m];
        int axis = (int)(m % 3);
        double e[4], x = k.a.x[i][axis];
        for (int q = 0; q < 4; q++) {
            k.a.x[i][axis] = x + STEP[q] * h;
            assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
            e[q] = k.r.energy;
        }
        k.a.x[i][axis] = x;
        assert_near(f[k.a.id[i]][axis] / most, -five_point(e, h) / most, tolerance);
    }
    free(f);
    ffcase_close(&k);
    sample_clear(&s);
}

static void forces_with_ewald(void **state)
{
    (void)state;
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.5, 1e-7);
    check_forces(&o, 1e-7);
    o.rigid = true;
    check_forces(&o, 1e-7);
}

static void forces_with_p3m(void **state)
{
    (void)state;
    FfOptions o = ffcase_options(COULOMB_P3M, 7.5, 1e-4);
    check_forces(&o,
                 1e-5); /* real-space truncation of the Coulomb sum at 1e-4 eV/A is what limits */
}

/* Ions whole, cell and atoms strained alike: -dE/d strain_ab = sum r_a f_b. */
static void check_virial(CoulombMethod method, double accuracy, double tolerance)
{
    Sample s;
    FfCase k;
    gamma_sample(&s);
    ffcase_shake(&s, 11, 0.05);
    FfOptions o = ffcase_options(method, 7.5, accuracy);
    ffcase_open(&k, world, &s, &o);
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x), w[3][3], h0[3][3], step = 2e-4;
    memcpy(x, k.a.x, (size_t)s.n * sizeof *x);
    memcpy(w, k.r.virial, sizeof w);
    memcpy(h0, domain_cell(k.d)->h, sizeof h0);
    for (int p = 0; p < 3; p++) {
        for (int q = 0; q < 3; q++) {
            double e[4];
            for (int m = 0; m < 4; m++) {
                double strain[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}, h[3][3];
                strain[p][q] += STEP[m] * step;
                mat_mul(h0, strain, h);
                assert_ok(domain_set_cell(k.d, h));
                for (int64_t i = 0; i < s.n; i++)
                    vec_times_mat(x[i], strain, k.a.x[i]);
                assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
                e[m] = k.r.energy;
            }
            /* row vectors: x_q grows by strain x_p, so this is -sum x_p f_q */
            assert_near(w[p][q], -five_point(e, step), tolerance);
        }
    }
    free(x);
    ffcase_close(&k);
    sample_clear(&s);
}

static void virial_with_ewald(void **state)
{
    (void)state;
    check_virial(COULOMB_EWALD, 1e-7, 1e-4); /* 1e-6 of the largest element, about 100 eV */
}

static void virial_with_p3m(void **state)
{
    (void)state;
    check_virial(COULOMB_P3M, 1e-6, 1e-3);
}

/* The virial of points: move ions rigidly with the strain of their centres. */
static void virial_of_ions(void **state)
{
    (void)state;
    Sample s;
    FfCase k;
    gamma_sample(&s);
    ffcase_shake(&s, 13, 0.03);
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.5, 1e-7);
    ffcase_open(&k, world, &s, &o);
    double(*x)[3] = mem_new((size_t)s.n, sizeof *x), w[3][3], h0[3][3], step = 2e-4;
    memcpy(x, k.a.x, (size_t)s.n * sizeof *x);
    memcpy(w, k.r.virial_ion, sizeof w);
    memcpy(h0, domain_cell(k.d)->h, sizeof h0);
    for (int p = 0; p < 3; p++) {
        double e[4];
        int q = (p + 1) % 3;
        for (int m = 0; m < 4; m++) {
            double strain[3][3] = {{1.0, 0.0, 0.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}, h[3][3];
            strain[p][q] += STEP[m] * step;
            strain[p][p] += STEP[m] * step;
            mat_mul(h0, strain, h);
            assert_ok(domain_set_cell(k.d, h));
            for (int32_t n = 0; n < k.a.nion; n++) {
                double centre[3] = {0.0}, moved[3], mass = 0.0;
                for (int32_t i = k.a.ion_first[n]; i < k.a.ion_first[n + 1]; i++) {
                    vec_axpy(k.a.mass[i], x[i], centre);
                    mass += k.a.mass[i];
                }
                for (int a = 0; a < 3; a++)
                    centre[a] /= mass;
                vec_times_mat(centre, strain, moved);
                vec_axpy(-1.0, centre, moved);
                for (int32_t i = k.a.ion_first[n]; i < k.a.ion_first[n + 1]; i++)
                    for (int a = 0; a < 3; a++)
                        k.a.x[i][a] = x[i][a] + moved[a];
            }
            assert_ok(forcefield_compute(k.ff, k.d, &k.a, &k.r));
            e[m] = k.r.energy;
        }
        assert_near(w[p][q] + w[p][p], -five_point(e, step), 1e-4);
    }
    free(x);
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forces_with_ewald), cmocka_unit_test(forces_with_p3m),
        cmocka_unit_test(virial_with_ewald), cmocka_unit_test(virial_with_p3m),
        cmocka_unit_test(virial_of_ions),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
