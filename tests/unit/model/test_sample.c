/* gamma-Mg(BH4)2 from its asymmetric unit: group, distances, shells, ions in whole and cut boxes.
 */
#include "gamma.h"

#include "base/vec.h"

static void gamma_is_ia3d(void **state)
{
    (void)state;
    Sample s;
    int count[3] = {0};
    gamma_atoms(&s);
    assert_int_equal(s.n, 264);
    double(*f)[3] = malloc((size_t)s.n * sizeof *f);
    int kinds[264];
    for (int64_t i = 0; i < s.n; i++) {
        cell_to_fractional(&s.cell, s.x[i], f[i]);
        kinds[i] = s.kind[i];
        count[s.kind[i]]++;
    }
    assert_int_equal(count[0], 24);
    assert_int_equal(count[1], 48);
    assert_int_equal(count[2], 192);
    SymmetryGroup g = symmetry_find(&s.cell, s.n, (const double(*)[3])f, kinds, 1e-3);
    assert_int_equal(g.number, 230);
    assert_string_equal(g.symbol, "Ia-3d");
    f[0][0] += 0.02; /* the finder can tell: one Mg 0.3 A off its site is not Ia-3d */
    g = symmetry_find(&s.cell, s.n, (const double(*)[3])f, kinds, 1e-3);
    assert_int_not_equal(g.number, 230);
    free(f);
    sample_clear(&s);
    SymmetryOperations ops;
    assert_int_equal(symmetry_of_group(231, &ops), ERR_INPUT);
    assert_string_equal(err_message(), "space group number 231, allowed are 1 to 230");
}

static void ions_are_found_and_whole(void **state)
{
    (void)state;
    Sample s;
    int64_t count[ION_KINDS];
    gamma_sample(&s);
    sample_count(&s, count);
    assert_int_equal(count[ION_MG], 24);
    assert_int_equal(count[ION_BH4], 48);
    assert_int_equal(s.ion_first[s.nion], s.n);
    assert_near(sample_density(&s), 0.550, 0.0005);
    assert_near(sample_longest_bond(&s), 1.223, 0.001);
    for (int64_t m = 24; m < s.nion; m++) {
        assert_int_equal(s.ion_first[m + 1] - s.ion_first[m], 5);
        assert_string_equal(s.species[s.kind[s.ion_first[m]]]->symbol, "B");
        for (int64_t i = s.ion_first[m] + 1; i < s.ion_first[m + 1]; i++) {
            double d[3];
            vec_sub(s.x[i], s.x[s.ion_first[m]], d);
            assert_true(fabs(vec_norm(d) - 1.2215) < 0.0025);
        }
    }
    int64_t mg[9], bh4[9];
    sample_coordination(&s, 3.2, mg, bh4);
    assert_int_equal(mg[4], 24);
    assert_int_equal(bh4[2], 48);
    sample_clear(&s);
}

/* Atoms of element `to` at r +- 0.005 A from atom i, by brute force over copies. */
static int shell(const Sample *s, int64_t i, const char *to, double low, double high)
{
    int n = 0;
    for (int64_t j = 0; j < s->n; j++) {
        if (strcmp(s->species[s->kind[j]]->element, to) != 0)
            continue;
        for (int m = 0; m < 27; m++) {
            double d[3];
            vec_sub(s->x[j], s->x[i], d);
            vec_axpy(m % 3 - 1, s->cell.h[0], d);
            vec_axpy(m / 3 % 3 - 1, s->cell.h[1], d);
            vec_axpy(m / 9 - 1, s->cell.h[2], d);
            double r = vec_norm(d);
            n += r > 1e-6 && r > low && r < high;
        }
    }
    return n;
}

static void shells_are_those_of_the_crystal(void **state)
{
    (void)state;
    static const struct {
        double r;
        int n;
    } mg_mg[] = {{4.825, 4}, {7.370, 8},  {7.879, 2},  {8.809, 8},
                 {9.239, 4}, {10.788, 8}, {11.142, 4}, {12.142, 12}};
    Sample s;
    gamma_sample(&s);
    int64_t boron = s.ion_first[24];
    for (size_t k = 0; k < sizeof mg_mg / sizeof mg_mg[0]; k++)
        assert_int_equal(shell(&s, 0, "Mg", mg_mg[k].r - 0.001, mg_mg[k].r + 0.001), mg_mg[k].n);
    assert_int_equal(shell(&s, 0, "Mg", 0.0, 12.2), 50);
    assert_int_equal(shell(&s, 0, "B", 2.407, 2.417), 4);
    assert_int_equal(shell(&s, 0, "B", 5.735, 5.745), 8);
    assert_int_equal(shell(&s, 0, "H", 2.062, 2.064), 4);
    assert_int_equal(shell(&s, 0, "H", 2.064, 2.066), 4);
    assert_int_equal(shell(&s, 0, "H", 2.07, 3.21), 0);
    assert_int_equal(shell(&s, 0, "H", 3.21, 3.23), 8);
    assert_int_equal(shell(&s, boron, "H", 1.2195, 1.2215), 2);
    assert_int_equal(shell(&s, boron, "H", 1.2215, 1.2235), 2);
    assert_int_equal(shell(&s, boron, "B", 3.675, 3.685), 4);
    assert_int_equal(shell(&s, boron, "B", 4.405, 4.415), 2);
    sample_clear(&s);
}

static void supercell_keeps_ions(void **state)
{
    (void)state;
    static const int k[3] = {2, 1, 3};
    Sample s, t;
    int64_t count[ION_KINDS], mg[9], bh4[9];
    gamma_sample(&s);
    sample_supercell(&s, k, &t);
    assert_int_equal(t.n, 6 * 264);
    assert_near(t.cell.volume, 6.0 * s.cell.volume, 1e-9);
    sample_count(&t, count);
    assert_int_equal(count[ION_MG], 144);
    assert_int_equal(count[ION_BH4], 288);
    for (int64_t m = 0; m < t.nion; m++)
        assert_int_equal(t.ion_kind[m], m < 144 ? ION_MG : ION_BH4);
    assert_near(sample_density(&t), sample_density(&s), 1e-12);
    assert_near(sample_longest_bond(&t), sample_longest_bond(&s), 1e-12);
    sample_coordination(&t, 3.2, mg, bh4);
    assert_int_equal(mg[4], 144);
    assert_int_equal(bh4[2], 288);
    sample_clear(&s);
    sample_clear(&t);
}

static void isotopes_replace(void **state)
{
    (void)state;
    Sample s;
    gamma_sample(&s);
    double mass = sample_mass(&s);
    assert_ok(sample_set_isotope(&s, "H", "D"));
    assert_near(sample_mass(&s) - mass, 192 * (2.014102 - 1.00794), 1e-9);
    mass = sample_mass(&s);
    assert_ok(sample_set_isotope(&s, "B", "11"));
    assert_near(sample_mass(&s) - mass, 48 * (11.00931 - 10.811), 1e-9);
    assert_int_equal(s.nspecies, 3);
    assert_int_equal(sample_set_isotope(&s, "B", "D"), ERR_INPUT);
    assert_string_equal(err_message(), "'D' is not an isotope of B");
    assert_int_equal(sample_set_isotope(&s, "B", "12"), ERR_INPUT);
    assert_string_equal(err_message(),
                        "unknown isotope '12' of B, known are H, D, B, 10B, 11B, Mg");
    assert_ok(sample_set_isotope(&s, "H", "natural"));
    assert_string_equal(s.species[s.kind[s.n - 1]]->symbol, "H");
    sample_clear(&s);
}

/* The primitive box (132 atoms, angles 109.47 degrees), moved so that ions are cut by its faces,
 * wrapped. */
static void ions_cut_by_faces_of_a_triclinic_box(void **state)
{
    (void)state;
    const double a = 0.5 * 15.7575;
    const double h[3][3] = {{-a, a, a}, {a, -a, a}, {a, a, -a}};
    Cell primitive;
    Sample full, s;
    assert_ok(cell_init(&primitive, h));
    gamma_atoms(&full);
    const char *symbols[132];
    double x[132][3];
    int64_t n = 0;
    for (int64_t i = 0; i < full.n; i++) {
        double r[3];
        int image[3];
        memcpy(r, full.x[i], sizeof r);
        r[0] += 0.37;
        cell_wrap(&primitive, r, image);
        bool known = false;
        for (int64_t j = 0; j < n && !known; j++) {
            double d[3];
            vec_sub(r, x[j], d);
            cell_min_image(&primitive, d);
            known = vec_norm(d) < 0.01;
        }
        if (!known) {
            assert_true(n < 132);
            symbols[n] = full.species[full.kind[i]]->symbol;
            memcpy(x[n++], r, sizeof r);
        }
    }
    assert_int_equal(n, 132);
    assert_ok(sample_from_atoms(&s, &primitive, n, symbols, (const double(*)[3])x));
    assert_ok(sample_recognise(&s));
    int64_t count[ION_KINDS], mg[9], bh4[9];
    sample_count(&s, count);
    assert_int_equal(count[ION_MG], 12);
    assert_int_equal(count[ION_BH4], 24);
    assert_near(sample_longest_bond(&s), 1.223, 0.001);
    sample_coordination(&s, 3.2, mg, bh4);
    assert_int_equal(mg[4], 12);
    assert_int_equal(bh4[2], 24);
    int moved = 0;
    for (int64_t i = 0; i < s.n; i++) {
        double d[3];
        vec_sub(s.x[i], x[s.source[i]], d);
        moved += vec_norm(d) > 1.0;
        cell_min_image(&primitive, d);
        assert_near(vec_norm(d), 0.0, 1e-12);
    }
    assert_in_range(moved, 4, 96); /* the box did cut ions */
    sample_clear(&s);
    sample_clear(&full);
}

static Err small(int64_t n, const char *const symbols[], const double (*x)[3], bool recognise)
{
    const double lengths[3] = {8, 8, 8}, angles[3] = {90, 90, 90};
    Cell cell;
    Sample s;
    assert_ok(cell_init_lengths(&cell, lengths, angles));
    TRY(sample_from_atoms(&s, &cell, n, symbols, x));
    Err e = recognise ? sample_recognise(&s) : OK;
    sample_clear(&s);
    return e;
}

static void bad_atoms_are_named(void **state)
{
    (void)state;
    const char *fe[] = {"Mg", "Fe"}, *mgb[] = {"Mg", "B"}, *mgh[] = {"Mg", "H"}, *bh[] = {"B", "H"};
    const double far[2][3] = {{0, 0, 0}, {4, 4, 4}}, near[2][3] = {{0.1, 0, 0}, {7.8, 0, 0}},
                 nan[2][3] = {{0, 0, 0}, {4, NAN, 4}}, bond[2][3] = {{0, 0, 0}, {0, 0, 1.2}},
                 tight[2][3] = {{0, 0, 0}, {0, 0, 0.6}};
    assert_int_equal(small(2, fe, far, false), ERR_INPUT);
    assert_string_equal(err_message(),
                        "atom 2: unknown element 'Fe', known are H, D, B, 10B, 11B, Mg");
    assert_int_equal(small(2, mgb, nan, false), ERR_INPUT);
    assert_string_equal(err_message(), "atom 2 (B): coordinate y is not a finite number");
    assert_int_equal(small(2, mgb, near, false), ERR_INPUT);
    assert_string_equal(err_message(),
                        "atoms 1 (Mg) and 2 (B) overlap: 0.300 A apart, at least 0.5 A allowed");
    assert_int_equal(small(0, mgb, far, false), ERR_INPUT);
    assert_string_equal(err_message(), "no atoms");
    assert_int_equal(small(2, mgh, far, true), ERR_INPUT);
    assert_string_equal(err_message(), "atom 2 (H) has no B within 1.6 A");
    assert_int_equal(small(2, bh, bond, true), ERR_INPUT);
    assert_string_equal(err_message(), "atom 1 (B) has 1 H within 1.6 A, BH4 needs 4");
    assert_int_equal(small(2, bh, tight, true), ERR_INPUT);
    assert_string_equal(err_message(),
                        "atom 2 (H) stands 0.600 A from B, atom 1; at least 0.75 A allowed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gamma_is_ia3d),
        cmocka_unit_test(ions_are_found_and_whole),
        cmocka_unit_test(shells_are_those_of_the_crystal),
        cmocka_unit_test(supercell_keeps_ions),
        cmocka_unit_test(isotopes_replace),
        cmocka_unit_test(ions_cut_by_faces_of_a_triclinic_box),
        cmocka_unit_test(bad_atoms_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
