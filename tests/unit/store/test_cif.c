#define _GNU_SOURCE /* mkstemp */
/* CIF: numbers with esd, loops, quotes, text fields, operations; refusals; a written file read
 * again. */
#include "check.h"

#include "store/cif.h"
#include "store/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char GOOD[] =
    "# made by hand\n"
    "data_global\n_journal_name 'Acta Cryst.'\n"
    "data_phase\n"
    "_publ_text\n;free text with _cell_length_a 99\n;\n"
    "_cell_length_a 5.25(12)\r\n_CELL_LENGTH_B\t6\n_cell.length_c 7.5 # a comment\n"
    "_cell_angle_alpha 90\n_cell_angle_beta 101.5(3)\n_cell_angle_gamma 90.\n"
    "_symmetry_space_group_name_H-M 'P 21/c'\n_space_group_IT_number 14\n"
    "loop_\n_symmetry_equiv_pos_as_xyz\n"
    "'x, y, z' \"-x, 1/2+y, 1/2-z\"\n-x,-y,-z\n'+x, -y+.5, z - 1/2'\n"
    "loop_\n_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n"
    "_atom_site_fract_y\n_atom_site_fract_z\n_atom_site_occupancy\n"
    "Mg1 Mg2+ 0.125(2) 0 -0.5 1\nD2 D .25 1.5 2e-1 1.000\n"
    "_refine_ls_R 0.03\n";

static Err parse(const char *text, Cif *cif)
{
    return cif_parse("x.cif", text, strlen(text), cif);
}

static void good_file_is_understood(void **state)
{
    (void)state;
    Cif c;
    assert_ok(parse(GOOD, &c));
    assert_near(c.lengths[0], 5.25, 0.0);
    assert_near(c.lengths[1], 6.0, 0.0);
    assert_near(c.lengths[2], 7.5, 0.0);
    assert_near(c.angles[1], 101.5, 0.0);
    assert_int_equal(c.group, 14);
    assert_string_equal(c.group_name, "P 21/c");
    assert_int_equal(c.nop, 4);
    assert_int_equal(c.rotation[1][0][0], -1);
    assert_int_equal(c.rotation[1][2][2], -1);
    assert_near(c.translation[1][1], 0.5, 0.0);
    assert_near(c.translation[3][1], 0.5, 0.0);
    assert_near(c.translation[3][2], -0.5, 0.0);
    assert_int_equal(c.nsite, 2);
    assert_string_equal(c.site[0].symbol, "Mg");
    assert_string_equal(c.site[1].symbol, "D");
    assert_near(c.site[0].s[0], 0.125, 0.0);
    assert_near(c.site[1].s[2], 0.2, 0.0);
    assert_int_equal(c.site[1].line, 29);
    cif_clear(&c);
}

static void operations_are_parsed(void **state)
{
    (void)state;
    int r[3][3];
    double t[3];
    assert_ok(cif_operation("-y+3/4, x-y, -z+1/4", r, t));
    assert_int_equal(r[0][1], -1);
    assert_int_equal(r[1][0], 1);
    assert_int_equal(r[1][1], -1);
    assert_int_equal(r[2][2], -1);
    assert_near(t[0], 0.75, 0.0);
    assert_near(t[2], 0.25, 0.0);
    const char *bad[] = {"x, y", "x, y, z, x", "x, y, w",   "x, y, 1/0",
                         "",     "x y z",      "x/2, y, z", "0.5x,y,z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(cif_operation(bad[i], r, t), ERR_INPUT);
        assert_non_null(strstr(err_message(), "is not an operation such as"));
    }
}

/* GOOD with one piece replaced. */
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
        {"-0.5 1\n", "-0.5 2.5\n", "x.cif:28: _atom_site_occupancy: 2.5, allowed are 0 to 2"},
        {"_refine_ls_R 0.03\n",
         "loop_\n_atom_site_aniso_label\n_atom_site_aniso_U_11\n_atom_site_aniso_U_22\n"
         "_atom_site_aniso_U_33\n_atom_site_aniso_U_12\n_atom_site_aniso_U_13\n"
         "_atom_site_aniso_U_23\nMg2 1 1 1 0 0 0\n",
         "x.cif:38: _atom_site_aniso_label: there is no site 'Mg2'"},
        {"0.125(2)", "nan", "x.cif:28: _atom_site_fract_x: 'nan' is not a finite number"},
        {"0.125(2)", "?", "x.cif:28: _atom_site_fract_x: '?' is not a number"},
        {"5.25(12)", "5.2S", "x.cif:8: _cell_length_a: '5.2S' is not a number"},
        {"_cell_angle_gamma 90.\n", "", "x.cif: _cell_angle_gamma: missing"},
        {"_cell_angle_gamma 90.", "_cell_angle_gamma", "x.cif:13: _cell_angle_gamma: has no value"},
        {"D2 D .25", "D2 .25",
         "x.cif:29: loop_ of line 21: last row has 5 values, its 6 columns need 6"},
        {"-x,-y,-z", "-x,-y,-q",
         "x.cif:19: symmetry operation: '-x,-y,-q' is not an operation such as '-y+1/2, x, z'"},
        {"number 14", "number 300", "x.cif:15: _space_group_IT_number: 300, allowed are 1 to 230"},
        {"'P 21/c'", "'P 21/c", "x.cif:14: quote ' is not closed"},
        {"_atom_site_fract_y", "_atom_site_Cartn_y",
         "x.cif: no atom sites: a loop_ with _atom_site_type_symbol (or _label) and "
         "_atom_site_fract_x, _y, "
         "_z is needed"},
    };
    Cif c;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = changed(cases[i].old, cases[i].new);
        assert_int_equal(parse(text, &c), ERR_INPUT);
        assert_string_equal(err_message(), cases[i].message);
        free(text);
    }
    assert_int_equal(parse("", &c), ERR_INPUT);
    assert_string_equal(err_message(), "x.cif: _cell_length_a: missing");
}

static void disorder_and_displacements(void **state)
{
    (void)state;
    Cif c;
    char *half = changed("-0.5 1\n", "-0.5 0.5(1)\n");
    assert_ok(parse(half, &c));
    assert_near(c.site[0].occupancy, 0.5, 0.0);
    assert_near(c.site[1].occupancy, 1.0, 0.0);
    assert_int_equal(cif_check_ordered("x.cif", &c), ERR_INPUT);
    assert_string_equal(err_message(),
                        "x.cif:28: _atom_site_occupancy: site Mg1 is occupied by 0.5, only 1 is "
                        "allowed (list a structure without disorder)");
    cif_clear(&c);
    free(half);
    char *b = changed("_atom_site_occupancy\n", "_atom_site_B_iso_or_equiv\n"),
         *tensors = changed("_refine_ls_R 0.03\n",
                            "loop_\n_atom_site_aniso_U_33\n_atom_site_aniso_U_12\n"
                            "_atom_site_aniso_U_13\n_atom_site_aniso_U_23\n"
                            "_atom_site_aniso_label\n_atom_site_aniso_U_11\n"
                            "_atom_site_aniso_U_22\n0.03 -0.004(2) . ? D2 0.01 0.02\n");
    assert_ok(parse(b, &c));
    assert_near(c.site[0].uiso, 1.0 / 78.956835208714863, 1e-15);
    assert_ok(cif_check_ordered("x.cif", &c));
    cif_clear(&c);
    assert_ok(parse(tensors, &c));
    assert_false(c.site[0].anisotropic);
    assert_true(c.site[1].anisotropic);
    const double u[6] = {0.01, 0.02, 0.03, -0.004, 0.0, 0.0};
    for (int k = 0; k < 6; k++)
        assert_near(c.site[1].u[k], u[k], 0.0);
    cif_clear(&c);
    free(b), free(tensors);
}

/* Any beginning of the file is either refused or whole: no crash, no reading past the end. */
static void truncated_files_are_safe(void **state)
{
    (void)state;
    Cif c;
    for (size_t n = 0; n < sizeof GOOD - 1; n++) {
        char *cut = malloc(n + 1);
        memcpy(cut, GOOD, n);
        if (cif_parse("x.cif", cut, n, &c) == OK)
            cif_clear(&c);
        free(cut);
    }
}

static void written_file_reads_the_same(void **state)
{
    (void)state;
    char path[] = "/tmp/test_cif_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    CifSite site[2] = {{.label = "Mg1", .symbol = "Mg", .s = {1.0 / 3.0, 0.0, 0.999999999}},
                       {.label = "11B2", .symbol = "11B", .s = {0.1, 2.0 / 7.0, 0.5}}};
    Cif out = {.lengths = {5.0 / 3.0, 6.0, 7.0},
               .angles = {81.0 + 1e-9, 97.5, 112.25},
               .nsite = 2,
               .site = site};
    assert_ok(cif_write(path, "two\nlines", &out));
    FILE *f = fopen(path, "rb");
    char text[4000];
    size_t n = fread(text, 1, sizeof text, f);
    fclose(f);
    unlink(path);
    Cif in;
    assert_ok(cif_parse(path, text, n, &in));
    assert_int_equal(strncmp(text, "# two\n# lines\n", 14), 0);
    assert_int_equal(in.nsite, 2);
    assert_int_equal(in.nop, 1);
    assert_int_equal(in.group, 1);
    assert_string_equal(in.site[1].symbol, "11B");
    for (int k = 0; k < 3; k++) {
        assert_near(in.lengths[k], out.lengths[k], 1e-11);
        assert_near(in.angles[k], out.angles[k], 1e-9);
        assert_near(in.site[0].s[k], site[0].s[k], 1e-12);
        assert_near(in.site[1].s[k], site[1].s[k], 1e-12);
    }
    cif_clear(&in);
    assert_int_equal(cif_write("/nowhere/x.cif", NULL, &out), ERR_FILE);
    assert_string_equal(
        err_message(),
        "/nowhere/x.cif: cannot be written: No such file or directory; make the folder first");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_file_is_understood),    cmocka_unit_test(operations_are_parsed),
        cmocka_unit_test(mistakes_are_named),         cmocka_unit_test(truncated_files_are_safe),
        cmocka_unit_test(disorder_and_displacements), cmocka_unit_test(written_file_reads_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
