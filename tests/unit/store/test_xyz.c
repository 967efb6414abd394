/* Extended XYZ: frames, columns, energy and stress; refusals; written frames read again. */
#include "check.h"

#include "store/xyz.h"

#include <stdlib.h>
#include <string.h>

#define LATTICE "Lattice=\"8 0 0 1 9 0 0 0 10\""

static const char GOOD[] =
    "2\n" LATTICE
    " Properties=species:S:1:pos:R:3:mol:I:1:forces:R:3 name=first kind=\"two words\" flag "
    "energy=-3.5 stress=\"1 2 3 4 5 6 7 8 9\" pbc=\"T T T\"\n"
    "Mg 0 0 0 1 0.5 -0.25 1e-3\nB 1 2 3 2 0 0 0\n"
    "1\n" LATTICE " virial='9 8 7 6 5 4 3 2 1'\n11B   0.1   0.2   0.3\n\n";

static Err parse(const char *text, XyzFrame **f, size_t *n)
{
    return xyz_parse("x.xyz", text, strlen(text), f, n);
}

static void good_file_is_understood(void **state)
{
    (void)state;
    XyzFrame *f;
    size_t n;
    assert_ok(parse(GOOD, &f, &n));
    assert_int_equal(n, 2);
    assert_int_equal(f[0].n, 2);
    assert_int_equal(f[1].line, 5);
    assert_string_equal(f[0].symbol[1], "B");
    assert_near(f[0].x[1][2], 3.0, 0.0);
    assert_near(f[0].force[0][1], -0.25, 0.0);
    assert_null(f[0].v);
    assert_null(f[1].force);
    assert_near(f[0].lattice[1][0], 1.0, 0.0);
    assert_true(f[0].has_energy && f[0].has_stress && !f[0].has_virial);
    assert_true(!f[1].has_energy && !f[1].has_stress && f[1].has_virial);
    assert_near(f[0].energy, -3.5, 0.0);
    assert_near(f[0].stress[1][2], 6.0, 0.0);
    assert_near(f[1].virial[0][2], 7.0, 0.0);
    assert_string_equal(xyz_info(&f[0], "kind"), "two words");
    assert_string_equal(xyz_info(&f[0], "flag"), "");
    assert_null(xyz_info(&f[1], "kind"));
    assert_string_equal(f[1].symbol[0], "11B");
    xyz_free(f, n);
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "x.xyz: empty, at least one frame needed"},
        {"two\n", "x.xyz:1: number of atoms: 'two' is not an integer"},
        {"0\n" LATTICE "\n", "x.xyz:1: number of atoms: 0, at least 1 needed"},
        {"1\n", "x.xyz:1: file ends before 1 atoms"},
        {"99999999999\n" LATTICE "\nH 0 0 0\n", "x.xyz:1: file ends before 99999999999 atoms"},
        {"1\nno lattice here\nH 0 0 0\n", "x.xyz:2: Lattice: missing; a line with Lattice=\"ax ay "
                                          "az bx by bz cx cy cz\" [A] must follow the "
                                          "number of atoms"},
        {"1\nLattice=\"1 2 3\"\nH 0 0 0\n", "x.xyz:2: Lattice: has 3 numbers, needs 9"},
        {"1\nLattice=\"1 2 3\nH 0 0 0\n", "x.xyz:2: Lattice: quote is not closed"},
        {"1\n" LATTICE " pbc=\"T T F\"\nH 0 0 0\n",
         "x.xyz:2: pbc: only \"T T T\" (periodic in all directions) is allowed"},
        {"1\n" LATTICE " Properties=species:S:1:mass:R:1\nH 1\n",
         "x.xyz:2: Properties: species:S:1 and pos:R:3 are needed"},
        {"1\n" LATTICE " Properties=species:S:1:pos:R:2\nH 1 1\n",
         "x.xyz:2: Properties: pos must be R:3"},
        {"1\n" LATTICE "\nH 0 nan 0\n", "x.xyz:3: position: 'nan' is not a finite number"},
        {"1\n" LATTICE "\nH 0 0,5 0\n", "x.xyz:3: position: '0,5' is not a number"},
        {"1\n" LATTICE "\nH 0 0\n", "x.xyz:3: atom 1: line has 3 columns, Properties names more"},
        {"1\n" LATTICE "\nH 0 0 0 7\n",
         "x.xyz:3: atom 1: line has more than the 4 columns that Properties names"},
        {"3\n" LATTICE "\nH 0 0 0\nH 0 0 1\n", "x.xyz:4: file ends after 2 of 3 atoms"},
        {"1\n" LATTICE "\nH 0 0 0\nH 0 0 1\n",
         "x.xyz:4: number of atoms: 'H 0 0 1' is not an integer"},
        {"1\n" LATTICE "\nHydrogen 0 0 0\n",
         "x.xyz:3: species: 'Hydrogen' is too long, at most 7 characters"},
        {"1\n" LATTICE " energy=inf\nH 0 0 0\n", "x.xyz:2: energy: 'inf' is not a finite number"},
    };
    XyzFrame *f;
    size_t n;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(parse(cases[i].text, &f, &n), ERR_INPUT);
        assert_string_equal(err_message(), cases[i].message);
        assert_null(f);
    }
}

static void truncated_files_are_safe(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof GOOD - 1; k++) {
        char *cut = malloc(k + 1);
        XyzFrame *f;
        size_t n;
        memcpy(cut, GOOD, k);
        if (xyz_parse("x.xyz", cut, k, &f, &n) == OK)
            xyz_free(f, n);
        free(cut);
    }
}

static void written_frames_read_the_same(void **state)
{
    (void)state;
    XyzFrame out, *in;
    size_t n;
    TextBuffer b = {0};
    xyz_frame_init(&out, 3, true, true);
    for (int i = 0; i < 3; i++) {
        strcpy(out.symbol[i], i == 0 ? "Mg" : i == 1 ? "11B" : "D");
        for (int k = 0; k < 3; k++) {
            out.lattice[i][k] = i == k ? 8.0 + 1.0 / (3.0 + i) : 0.1 * i;
            out.x[i][k] = 1.0 / (1.0 + i + k) - 20.0;
            out.v[i][k] = 0.01 / (2.0 + i + k);
            out.force[i][k] = -1.0 / (5.0 + i + k);
            out.stress[i][k] = 0.001 / (1.0 + i + k);
        }
    }
    out.has_energy = out.has_stress = true;
    out.energy = -3685.8391596429665;
    xyz_set_info(&out, "comment", "a \"quoted\"\nword");
    xyz_format(&out, &b);
    xyz_format(&out, &b);
    assert_ok(xyz_parse("x.xyz", b.text, b.length, &in, &n));
    assert_int_equal(n, 2);
    for (size_t t = 0; t < n; t++)
        for (int i = 0; i < 3; i++) {
            assert_string_equal(in[t].symbol[i], out.symbol[i]);
            for (int k = 0; k < 3; k++) {
                assert_near(in[t].lattice[i][k], out.lattice[i][k], 1e-14);
                assert_near(in[t].x[i][k], out.x[i][k], 1e-10);
                assert_near(in[t].v[i][k], out.v[i][k], 1e-10);
                assert_near(in[t].force[i][k], out.force[i][k], 1e-10);
                assert_near(in[t].stress[i][k], out.stress[i][k], 1e-17);
            }
        }
    assert_near(in[1].energy, out.energy, 1e-11);
    assert_string_equal(xyz_info(&in[1], "comment"), "a 'quoted' word");
    xyz_free(in, n);
    xyz_frame_clear(&out);
    text_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_is_understood),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(truncated_files_are_safe),
        cmocka_unit_test(written_frames_read_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
