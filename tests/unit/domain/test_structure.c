#define _GNU_SOURCE /* mkstemps, mkdtemp */
/* Structure files to samples and back: gamma by CIF, by sites, by XYZ; every format round; what is
 * refused. */
#include "gamma.h"

#include "base/units.h"
#include "base/vec.h"
#include "domain/structure.h"
#include "store/lammps_data.h"

#include <stdio.h>
#include <unistd.h>

static Comm *world;

#define GAMMA_CIF  PW_SOURCE_DIR "/inputs/structures/gamma_MgBH42_dft.cif"
#define GAMMA_132  PW_SOURCE_DIR "/tests/reference/gamma_MgBH42_dft_prim132.extxyz"
#define LAMMPS_132 PW_SOURCE_DIR "/tests/reference/gamma_prim132_lammps.data"
#define DELTA_CIF  PW_SOURCE_DIR "/tests/reference/delta_MgBH42_APPROX.cif"

static int group_of(const Sample *s, double symprec)
{
    double(*f)[3] = malloc((size_t)s->n * sizeof *f);
    int *kinds = malloc((size_t)s->n * sizeof *kinds);
    for (int64_t i = 0; i < s->n; i++) {
        cell_to_fractional(&s->cell, s->x[i], f[i]);
        kinds[i] = s->kind[i];
    }
    int number = symmetry_find(&s->cell, s->n, (const double(*)[3])f, kinds, symprec).number;
    free(f);
    free(kinds);
    return number;
}

static void check_gamma(const Sample *s, int64_t formula_units)
{
    int64_t count[ION_KINDS], mg[9], bh4[9];
    sample_count(s, count);
    assert_int_equal(count[ION_MG], formula_units);
    assert_int_equal(count[ION_BH4], 2 * formula_units);
    assert_int_equal(group_of(s, 1e-3), 230);
    assert_near(sample_density(s), 0.550, 0.0005);
    assert_near(sample_longest_bond(s), 1.223, 0.001);
    sample_coordination(s, 3.2, mg, bh4);
    assert_int_equal(mg[4], formula_units);
    assert_int_equal(bh4[2], 2 * formula_units);
}

static void gamma_by_three_ways(void **state)
{
    (void)state;
    Sample s;
    assert_ok(structure_read(world, GAMMA_CIF, &s));
    check_gamma(&s, 24);
    Cell cell = s.cell;
    sample_clear(&s);
    assert_ok(structure_from_asymmetric(230, &cell, 4, GAMMA_SYMBOL, GAMMA_SITE, &s));
    check_gamma(&s, 24);
    sample_clear(&s);
    assert_ok(structure_read(world, GAMMA_132, &s));
    check_gamma(&s, 12);
    sample_clear(&s);
}

/* What LAMMPS (29 Sep 2021) wrote after reading structure_write's file of the primitive box: box at
 * its tilt limit, elements by mass only, atoms wrapped with images, velocities 0.01 ((3i + k) mod 7
 * - 3) turned. */
static void file_written_by_lammps(void **state)
{
    (void)state;
    Sample s;
    assert_ok(structure_read(world, LAMMPS_132, &s));
    check_gamma(&s, 12);
    for (int64_t i = 0; i < s.n; i++) {
        double square = 0.0;
        for (int64_t k = 0; k < 3; k++) {
            double v = 0.01 * (double)((3 * i + k) % 7 - 3);
            square += v * v;
        }
        assert_near(vec_norm(s.v[i]), sqrt(square), 1e-10);
    }
    sample_clear(&s);
}

/* Without listed operations the group's name, or its number, must do the same. */
static void gamma_by_name_and_number(void **state)
{
    (void)state;
    static const char *const group[] = {"_symmetry_space_group_name_H-M 'I a -3 d'",
                                        "_space_group_name_H-M_alt Ia-3d",
                                        "_space_group_IT_number 230"};
    Sample s;
    char text[1000];
    for (int i = 0; i < 3; i++) {
        int n = snprintf(
            text, sizeof text,
            "data_x\n_cell_length_a 15.7575\n_cell_length_b 15.7575\n_cell_length_c 15.7575\n"
            "_cell_angle_alpha 90\n_cell_angle_beta 90\n_cell_angle_gamma 90\n%s\n"
            "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n"
            "_atom_site_fract_z\nMg1 0.375 0 0.25\nB1 0.125 0.31256 -0.06256\n"
            "H1 0.119346 0.302283 -0.139096\nH2 0.184860 0.268686 -0.039928\n",
            group[i]);
        assert_ok(structure_parse("x.cif", text, (size_t)n, &s));
        check_gamma(&s, 24);
        sample_clear(&s);
    }
    SymmetryOperations ops;
    assert_int_equal(symmetry_of_name("I a 3 x", &ops), ERR_INPUT);
    assert_non_null(strstr(err_message(), "space group 'I a 3 x' is not known"));
    assert_ok(symmetry_of_name("P 1 2_1/n 1", &ops));
    assert_int_equal(ops.n, 4);
    double along_a =
        0.0; /* the glide n has a half step along a, which the c of the first setting lacks */
    for (int i = 0; i < 4; i++)
        along_a += ops.translation[i][0];
    assert_near(along_a, 1.0, 1e-12);
    symmetry_clear(&ops);
}

static void delta_is_tetragonal(void **state)
{
    (void)state;
    Sample s;
    int64_t count[ION_KINDS];
    assert_ok(structure_read(world, DELTA_CIF, &s));
    sample_count(&s, count);
    assert_int_equal(count[ION_MG], 2);
    assert_int_equal(count[ION_BH4], 4);
    assert_int_equal(group_of(&s, 1e-3), 102);
    assert_near(sample_density(&s), 0.987, 0.001);
    sample_clear(&s);
}

/* Same atoms at the same places: species, and distances to the first 20 atoms (orientation may
 * differ). */
static void check_same(const Sample *a, const Sample *b, double tolerance)
{
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->nion, b->nion);
    assert_near(a->cell.volume, b->cell.volume, 100.0 * tolerance);
    for (int64_t i = 0; i < a->n; i++) {
        assert_string_equal(a->species[a->kind[i]]->symbol, b->species[b->kind[i]]->symbol);
        for (int64_t j = 0; j < 20 && j < i; j++) {
            double d[3], e[3];
            vec_sub(a->x[i], a->x[j], d);
            vec_sub(b->x[i], b->x[j], e);
            cell_min_image(&a->cell, d);
            cell_min_image(&b->cell, e);
            assert_near(vec_norm(d), vec_norm(e), tolerance);
        }
    }
}

/* Velocities keep their direction to the atoms: v . (r - r_B) does not depend on the frame. */
static double along_bond(const Sample *s, int64_t i)
{
    int64_t ion = 0;
    while (s->ion_first[ion + 1] <= i)
        ion++;
    double d[3];
    vec_sub(s->x[i], s->x[s->ion_first[ion]], d);
    return vec_dot(s->v[i], d);
}

/* A sample with isotopes, moved atoms and velocities, in the general (not lower triangular)
 * primitive box. */
static void uneven_sample(Sample *s)
{
    assert_ok(structure_read(world, GAMMA_132, s));
    assert_ok(sample_set_isotope(s, "H", "D"));
    assert_ok(sample_set_isotope(s, "B", "11B"));
    for (int64_t i = 0; i < s->n; i++)
        for (int k = 0; k < 3; k++) {
            s->x[i][k] += 0.02 * sin(1.7 * (double)(3 * i + k));
            s->v[i][k] = 0.05 * cos(2.3 * (double)(3 * i + k));
        }
}

static void every_format_comes_back(void **state)
{
    (void)state;
    static const char *const extension[] = {".extxyz", ".xyz", ".cif", ".data", ".lmp", ".h5"};
    char folder[] = "/tmp/test_structure_XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    Sample s, t;
    uneven_sample(&s);
    for (int f = 0; f < 6; f++) {
        snprintf(path, sizeof path, "%s/x%s", folder, extension[f]);
        assert_ok(structure_write(path, &s, NULL, "made by a test\nsecond line"));
        assert_ok(structure_read(world, path, &t));
        check_same(&s, &t, f < 5 ? 1e-9 : 3e-6);
        for (int64_t i = 0; i < s.n && f != 2; i++) {
            assert_near(vec_norm(t.v[i]), vec_norm(s.v[i]), f < 2 ? 2e-9 : f < 5 ? 1e-12 : 1e-7);
            assert_near(along_bond(&t, i), along_bond(&s, i), f < 5 ? 1e-8 : 1e-6);
        }
        if (f < 2)
            assert_near(t.x[77][1], s.x[77][1], 1e-10);
        sample_clear(&t);
        unlink(path);
    }
    rmdir(folder);
    sample_clear(&s);
}

static void lammps_file_has_topology(void **state)
{
    (void)state;
    char path[] = "/tmp/test_structure_XXXXXX.data";
    int fd = mkstemps(path, 5);
    assert_true(fd >= 0);
    close(fd);
    Sample s;
    uneven_sample(&s);
    double charges[132];
    for (int64_t i = 0; i < s.n; i++)
        charges[i] = 0.01 * (double)i;
    assert_ok(structure_write(path, &s, charges, NULL));
    char *bytes;
    size_t n;
    LammpsData d;
    assert_ok(comm_read_file(world, path, &bytes, &n));
    unlink(path);
    assert_ok(lammps_data_parse(path, bytes, n, &d));
    free(bytes);
    assert_int_equal(d.nbond, 4 * 24);
    assert_int_equal(d.nangle, 6 * 24);
    assert_true(fabs(d.h[1][0]) <= 0.5 * d.h[0][0] && fabs(d.h[2][0]) <= 0.5 * d.h[0][0]);
    assert_true(fabs(d.h[2][1]) <= 0.5 * d.h[1][1]); /* LAMMPS refuses more tilt */
    for (int64_t b = 0; b < d.nbond; b++) {
        double r[3];
        vec_sub(d.x[d.bond[b][1]], d.x[d.bond[b][0]], r);
        assert_near(vec_norm(r), 1.22, 0.08);
        assert_int_equal(d.molecule[d.bond[b][0]], d.molecule[d.bond[b][1]]);
        assert_string_equal(d.element[d.type[d.bond[b][0]]], "11B");
    }
    for (int64_t a = 0; a < d.nangle; a++)
        assert_string_equal(d.element[d.type[d.angle[a][1]]], "11B");
    assert_near(d.charge[57], 0.57, 1e-12);
    lammps_data_clear(&d);
    sample_clear(&s);
}

#define LATTICE "Lattice=\"8 0 0 0 8 0 0 0 8\"\n"
#define CELL8                                                                                      \
    "data_x\n_cell_length_a 8\n_cell_length_b 8\n_cell_length_c 8\n_cell_angle_alpha 90\n"         \
    "_cell_angle_beta 90\n_cell_angle_gamma 90\n_space_group_IT_number 1\n"                        \
    "loop_\n_atom_site_label\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n"
#define DATA2                                                                                      \
    "t\n\n2 atoms\n2 atom types\n\n0 8 xlo xhi\n0 8 ylo yhi\n0 8 zlo zhi\n\nMasses\n\n1 24.3\n2 "

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"x.xyz", "2\n" LATTICE "Mg 0 0 0\nFe 4 4 4\n",
         "x.xyz:4: atom 2: unknown element 'Fe', known are H, D, B, 10B, 11B, Mg"},
        {"x.xyz", "2\n" LATTICE "Mg 0 0 0\nMg 0 0 7.9\n",
         "x.xyz: atoms 1 (Mg) and 2 (Mg) overlap: 0.100 A apart, at least 0.5 A allowed"},
        {"x.extxyz", "2\n" LATTICE "Mg 0 0 0\nH 0 0 4\n",
         "x.extxyz: atom 2 (H) has no B within 1.6 A"},
        {"x.extxyz", "2\n" LATTICE "Mg 0 0 0\nB 0 0 4\n",
         "x.extxyz: atom 2 (B) has 0 H within 1.6 A, BH4 needs 4"},
        {"x.xyz", "1\nLattice=\"8 0 0 8 0 0 0 0 8\"\nMg 0 0 0\n",
         "x.xyz: lattice is flat (volume 0 A^3): three independent vectors needed"},
        {"x.cif", CELL8 "Mg1 0 0 0\nXe1 .5 .5 .5\n",
         "x.cif:15: site Xe1: unknown element 'Xe', known are H, D, B, 10B, 11B, Mg"},
        {"x.cif", CELL8 "Mg1 0 0 0\nMg2 .05 0 0\n",
         "x.cif: atoms 1 (Mg) and 2 (Mg) overlap: 0.400 A apart, at least 0.5 A allowed"},
        {"x.data", DATA2 "55.85 # Fe\n\nAtoms\n\n1 1 1 0 0 0 0\n2 1 2 0 4 4 4\n",
         "x.data: atom type 2: mass 55.85 u and comment 'Fe' tell no element, known are H, D, B, "
         "10B, 11B, "
         "Mg"},
        {"x.data", DATA2 "1.008\n\nAtoms\n\n1 1 1 0 0 0 0\n2 1 2 0 4 4 4\n",
         "x.data: atom 2 (H) has no B within 1.6 A"},
        {"x.pdb", "anything",
         "x.pdb: not a structure file by its name, allowed are .cif .xyz .extxyz .data .lmp .h5 "
         ".h5md"},
    };
    Sample s;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(structure_parse(cases[i].name, cases[i].text, strlen(cases[i].text), &s),
                         ERR_INPUT);
        assert_string_equal(err_message(), cases[i].message);
    }
    assert_int_not_equal(structure_read(world, "/nowhere/x.h5", &s), OK);
    assert_non_null(strstr(err_message(), "/nowhere/x.h5"));
    assert_int_not_equal(structure_read(world, "/nowhere/x.cif", &s), OK);
    assert_non_null(strstr(err_message(), "/nowhere/x.cif"));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_by_three_ways),     cmocka_unit_test(gamma_by_name_and_number),
        cmocka_unit_test(file_written_by_lammps),  cmocka_unit_test(delta_is_tetragonal),
        cmocka_unit_test(every_format_comes_back), cmocka_unit_test(lammps_file_has_topology),
        cmocka_unit_test(mistakes_are_named),
    };
    world = comm_start(&argc, &argv);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
