/* Energy, forces and virial of the flexible force field against LAMMPS, cubic and triclinic.
 *
 * The answers are in tests/reference/lammps/CELL-METHOD.extxyz (regenerate.sh there), with the
 * parameters of parameters.yaml there; plain truncation at 7.5 A; Coulomb sums converged on both
 * sides. LAMMPS evaluates erfc with errors of some 1e-7, so it does not agree with itself better
 * than 4e-7 eV/A in a force; with its Ewald sum the energies agree to 1e-9.
 */
#include "check.h"

#include "base/mem.h"
#include "base/vec.h"
#include "force/forcefield.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REFERENCE PW_SOURCE_DIR "/tests/reference/lammps/"

enum { ATOMS = 264 };

static Comm *world;

typedef struct Reference {
    Sample sample;
    double energy, virial[9];
    double f[ATOMS][3]; /* in the order of the file */
} Reference;

static void numbers_after(const char *line, const char *key, int n, double out[])
{
    const char *at = strstr(line, key);
    assert_non_null(at);
    at += strlen(key);
    for (int i = 0; i < n; i++) {
        char *end;
        out[i] = strtod(at, &end);
        assert_true(end != at);
        at = end;
    }
}

static void reference_read(const char *name, Reference *ref)
{
    char path[512], line[1024], symbol[ATOMS][4];
    const char *symbols[ATOMS];
    double h[9], x[ATOMS][3];
    snprintf(path, sizeof path, REFERENCE "%s.extxyz", name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    assert_int_equal(atoi(line), ATOMS);
    assert_non_null(fgets(line, sizeof line, file));
    numbers_after(line, "Lattice=\"", 9, h);
    numbers_after(line, "energy=", 1, &ref->energy);
    numbers_after(line, "virial=\"", 9, ref->virial);
    for (int i = 0; i < ATOMS; i++) {
        double *r = x[i], *f = ref->f[i];
        assert_int_equal(fscanf(file, "%3s %lf %lf %lf %lf %lf %lf", symbol[i], &r[0], &r[1], &r[2],
                                &f[0], &f[1], &f[2]),
                         7);
        symbols[i] = symbol[i];
    }
    fclose(file);
    Cell cell;
    assert_ok(cell_init(
        &cell, (const double[3][3]){{h[0], h[1], h[2]}, {h[3], h[4], h[5]}, {h[6], h[7], h[8]}}));
    assert_ok(sample_from_atoms(&ref->sample, &cell, ATOMS, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(&ref->sample));
}

/* force: eV/A, largest component; energy and virial: relative */
typedef struct Tolerance {
    double force, energy, virial;
} Tolerance;

static const Tolerance to_pppm = {1e-6, 1e-6, 1e-6}, to_ewald = {6e-7, 5e-9, 3e-7};

static void compare(const char *name, const FfOptions *options, Tolerance tolerance)
{
    Reference *ref = MEM_NEW(Reference, 1);
    FfParameters parameters;
    Domain *domain;
    Atoms atoms = {0};
    Forcefield *ff;
    FfResult result;
    char text[256];
    reference_read(name, ref);
    assert_ok(forcefield_read(world, REFERENCE "parameters.yaml", &parameters));
    assert_ok(domain_new(world, &ref->sample, options->cutoff + options->skin, &domain, &atoms));
    assert_ok(forcefield_new(&parameters, options, &ref->sample, domain, &atoms, &ff));
    assert_ok(forcefield_compute(ff, domain, &atoms, &result));
    forcefield_describe(ff, sizeof text, text);

    double largest = 0.0, sum = 0.0;
    for (int32_t i = 0; i < atoms.nlocal; i++) {
        const double *f = ref->f[ref->sample.source[atoms.id[i]]];
        for (int a = 0; a < 3; a++) {
            double d = atoms.f[i][a] - f[a];
            largest = fmax(largest, fabs(d));
            sum += d * d;
        }
    }
    print_message(
        "%s, %s: forces differ by %.1e eV/A rms, %.1e at most; energy %.9f eV, off by %.1e\n", name,
        text, sqrt(sum / ATOMS), largest, result.energy, result.energy - ref->energy);
    assert_true(largest <= tolerance.force);
    assert_near(result.energy, ref->energy, tolerance.energy * fabs(ref->energy));
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            assert_near(result.virial[a][b], ref->virial[3 * a + b],
                        tolerance.virial * fabs(ref->virial[0]));

    forcefield_free(ff);
    atoms_clear(&atoms);
    domain_free(domain);
    sample_clear(&ref->sample);
    free(ref);
}

static void ewald_agrees(void **state)
{
    (void)state;
    const FfOptions options = {
        .cutoff = 7.5, .skin = 0.3, .coulomb = COULOMB_EWALD, .accuracy = 1e-9};
    compare("cubic-pppm", &options, to_pppm);
    compare("triclinic-pppm", &options, to_pppm);
    compare("cubic-ewald", &options, to_ewald);
    compare("triclinic-ewald", &options, to_ewald);
}

static void p3m_agrees(void **state)
{
    (void)state;
    const FfOptions options = {
        .cutoff = 7.5, .skin = 0.3, .coulomb = COULOMB_P3M, .accuracy = 2e-8, .order = 7};
    compare("cubic-pppm", &options, to_pppm);
    compare("triclinic-pppm", &options, to_pppm);
    compare("cubic-ewald", &options, to_ewald);
    compare("triclinic-ewald", &options, to_ewald);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ewald_agrees),
        cmocka_unit_test(p3m_agrees),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
