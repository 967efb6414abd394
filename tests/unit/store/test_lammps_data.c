/* LAMMPS data: atoms in any order, images, tilt, velocities, topology, units; refusals. */
#include "check.h"

#include "store/lammps_data.h"

#include <stdlib.h>
#include <string.h>

static const char GOOD[] =
    "LAMMPS data file via write_data, version 23 Jun 2022, timestep = 10, units = real\n\n"
    "3 atoms\n2 atom types\n1 bonds\n1 bond types\n1 angles\n1 angle types\n\n"
    "-1 9 xlo xhi\n0 12.5 ylo yhi\n0 8 zlo zhi\n1.5 -2 0.25 xy xz yz\n\n"
    "Masses\n\n1 24.305 # Mg\n2 1.00794\n\n"
    "Bond Coeffs # harmonic\n\n1 10 1.2\n\n"
    "Atoms # full\n\n30 1 2 -0.5 1 2 3 0 1 -1\n10 1 1 2.0 4 5 6 0 0 0\n20 2 2 -0.5 7 8 7.5 0 0 "
    "0\n\n"
    "Velocities\n\n10 0.001 0 0\n20 0 0 0\n30 0 0 -0.002\n\n"
    "Bonds\n\n1 1 10 30\n\nAngles\n\n1 1 20 10 30\n";

static Err parse(const char *text, LammpsData *d)
{
    return lammps_data_parse("x.data", text, strlen(text), d);
}

static void good_file_is_understood(void **state)
{
    (void)state;
    LammpsData d;
    assert_ok(parse(GOOD, &d));
    assert_int_equal(d.n, 3);
    assert_near(d.origin[0], -1.0, 0.0);
    assert_near(d.h[0][0], 10.0, 0.0);
    assert_near(d.h[1][0], 1.5, 0.0);
    assert_near(d.h[2][0], -2.0, 0.0);
    assert_near(d.h[2][1], 0.25, 0.0);
    assert_string_equal(d.element[0], "Mg");
    assert_string_equal(d.element[1], "");
    assert_int_equal(d.id[0], 10);
    assert_int_equal(d.type[0], 0);
    assert_int_equal(d.molecule[1], 2);
    assert_near(d.charge[0], 2.0, 0.0);
    assert_near(d.x[2][0], 1.0 + 1.5 + 2.0, 1e-14); /* + b - c */
    assert_near(d.x[2][1], 2.0 + 12.5 - 0.25, 1e-14);
    assert_near(d.x[2][2], 3.0 - 8.0, 1e-14);
    assert_near(d.v[0][0], 1.0, 1e-15);
    assert_near(d.v[2][2], -2.0, 1e-15);
    assert_int_equal(d.nbond, 1);
    assert_int_equal(d.bond[0][1], 2);
    assert_int_equal(d.angle[0][0], 1);
    assert_int_equal(d.angle[0][1], 0);
    lammps_data_clear(&d);
}

static char *changed(const char *old, const char *new)
{
    const char *at = strstr(GOOD, old);
    assert_non_null(at);
    char *text = malloc(sizeof GOOD + strlen(new));
    memcpy(text, GOOD, (size_t)(at - GOOD));
    strcpy(text + (at - GOOD), new);
    strcat(text, at + strlen(old));
    return text;
}

static void mistakes_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *old, *new, *message;
    } cases[] = {
        {"units = real", "units = lj", "x.data:1: units: 'lj', allowed are metal and real"},
        {"3 atoms\n", "", "x.data:14: header: 'N atoms' with N > 0 is missing"},
        {"3 atoms\n", "4 atoms\n", "x.data:30: Atoms: 3 entries, the header says 4"},
        {"3 atoms\n", "2 atoms\n", "x.data:28: Atoms: more entries than the 2 of the header"},
        {"3 atoms\n", "3000000000 atoms\n",
         "x.data:3: count: 3000000000, the file cannot hold as many"},
        {"0 8 zlo zhi\n", "", "x.data:14: header: 'zlo zhi' is missing"},
        {"0 8 zlo", "8 8 zlo", "x.data:12: zlo zhi: 8 is not below 8"},
        {"4 5 6", "4 nan 6", "x.data:27: Atoms: position: 'nan' is not a finite number"},
        {"10 1 1 2.0 4 5 6 0 0 0", "10 1 2.0 4 5 6",
         "x.data:27: Atoms: type: '2.0' is not an integer"},
        {"10 1 1 2.0 4 5 6 0 0 0", "10 1 1 2.0 4 5",
         "x.data:27: Atoms: position: missing, the line is too short"},
        {"10 1 1", "10 1 3", "x.data:27: Atoms: type 3, allowed are 1 to 2"},
        {"20 2 2", "10 2 2", "x.data:30: Atoms: id 10 comes twice"},
        {"Atoms # full", "Atoms # charge",
         "x.data:24: Atoms: style 'charge', only full is allowed"},
        {"1 1 10 30", "1 1 10 31", "x.data:38: Bonds: there is no atom with id 31"},
        {"20 0 0 0\n", "", "x.data:35: Velocities: 2 entries, the header says 3"},
        {"1 bonds\n", "2 bonds\n", "x.data:40: Bonds: 1 entries, the header says 2"},
    };
    LammpsData d;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = changed(cases[i].old, cases[i].new);
        assert_int_equal(parse(text, &d), ERR_INPUT);
        assert_string_equal(err_message(), cases[i].message);
        free(text);
    }
    assert_int_equal(parse("", &d), ERR_INPUT);
    assert_string_equal(err_message(),
                        "x.data: empty, a LAMMPS data file begins with a title line");
    char *text = changed("Atoms # full", "Dihedrals");
    assert_int_equal(parse(text, &d), ERR_INPUT);
    assert_string_equal(err_message(), "x.data:30: Velocities: must come after Atoms");
    free(text);
}

static void truncated_files_are_safe(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof GOOD - 1; k++) {
        char *cut = malloc(k + 1);
        LammpsData d;
        memcpy(cut, GOOD, k);
        if (lammps_data_parse("x.data", cut, k, &d) == OK)
            lammps_data_clear(&d);
        free(cut);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_is_understood),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(truncated_files_are_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
