/* Energy, pressure and forces of the flexible model against LAMMPS (29 Sep 2021, Debian package), plain truncation.
 * The reference is made by tests/reference/in.gamma_shaken. LAMMPS' erfc is a formula of Abramowitz and Stegun with
 * an error of 1e-7, which sets the tolerance. */
#include "ffcase.h"

#include "base/units.h"

#include <stdio.h>

static Comm *world;

enum { N = 264 };

static void read_dump(double (*x)[3], double (*f)[3])
{
    FILE *file = fopen(PW_SOURCE_DIR "/tests/reference/gamma_shaken.dump", "r");
    assert_non_null(file);
    char line[256];
    for (int n = 0; n < 9; n++)
        assert_non_null(fgets(line, sizeof line, file));
    for (int i = 0; i < N; i++) {
        int id;
        assert_non_null(fgets(line, sizeof line, file));
        assert_int_equal(sscanf(line, "%d %lf %lf %lf %lf %lf %lf", &id, &x[i][0], &x[i][1],
                                &x[i][2], &f[i][0], &f[i][1], &f[i][2]),
                         7);
        assert_int_equal(id, i + 1);
    }
    fclose(file);
}

static void equals_lammps(void **state)
{
    (void)state;
    double x[N][3], f[N][3], g[N][3], energy, p[6];
    const char *symbols[N];
    read_dump(x, f);
    FILE *file = fopen(PW_SOURCE_DIR "/tests/reference/gamma_shaken.energy", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "energy_eV %lf pressure_bar %lf %lf %lf %lf %lf %lf", &energy,
                            &p[0], &p[1], &p[2], &p[3], &p[4], &p[5]),
                     7);
    fclose(file);
    for (int i = 0; i < N; i++)
        symbols[i] = i < 24 ? "Mg" : (i - 24) % 5 == 0 ? "B" : "H";
    Sample s;
    Cell cell;
    assert_ok(
        cell_init_lengths(&cell, (double[3]){15.7575, 15.7575, 15.7575}, (double[3]){90, 90, 90}));
    assert_ok(sample_from_atoms(&s, &cell, N, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(&s));
    FfOptions o = ffcase_options(COULOMB_EWALD, 7.5, 1e-8);
    o.shift = false;
    FfCase k;
    ffcase_open(&k, world, &s, &o);
    ffcase_forces(&k, g);
    double worst = 0.0;
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 3; c++)
            worst = fmax(worst, fabs(g[i][c] - f[s.source[i]][c]));
    printf("largest difference of a force component: %.2e eV/A, energy %.2e eV\n", worst,
           k.r.energy - energy);
    assert_true(worst < 1e-6);
    assert_near(k.r.energy, energy, 1e-4); /* 4e-7 eV per atom */
    static const int row[6] = {0, 1, 2, 0, 0, 1}, column[6] = {0, 1, 2, 1, 2, 2};
    for (int c = 0; c < 6; c++)
        assert_near(k.r.virial[row[c]][column[c]] / cell.volume * UNITS_BAR, p[c],
                    0.1); /* bar, of 1e4 */
    ffcase_close(&k);
    sample_clear(&s);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equals_lammps)};
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
