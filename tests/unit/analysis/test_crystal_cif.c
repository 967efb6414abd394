/* A refined crystal is written as CIF and read back: occupancies, U_iso and U_ij, also under fewer operations. */
#include "crystals.h"

/* gamma with half the hydrogen, anisotropic Mg (24d: U22 = U33) and B (24c). */
static Crystal disordered(void)
{
    Crystal c = crystals_gamma(NULL);
    for (int k = 0; k < c.nsite; k++) {
        CrystalSite *s = &c.site[k];
        double pattern[CRYSTAL_TENSOR][CRYSTAL_TENSOR];
        int component[CRYSTAL_TENSOR], n = crystal_free_u(&c, k, component, pattern);
        bool is_h = strcmp(s->species->element, "H") == 0;
        s->occupancy = is_h ? 0.5 + 0.125 * k : 1.0;
        s->uiso = 0.01 * (k + 1);
        s->anisotropic = !is_h;
        for (int f = 0; f < n && !is_h; f++)
            for (int i = 0; i < CRYSTAL_TENSOR; i++)
                s->u[i] += (component[f] < 3 ? 0.02 + 0.01 * f : 0.003 + 0.001 * f) * pattern[f][i];
    }
    return c;
}

/* As a refinement leaves it: numbers with standard errors. New string. */
static char *written(const Crystal *c)
{
    char cell[6][32], (*value)[10][32] = calloc((size_t)c->nsite, sizeof *value);
    const char *lines[6];
    static const int order[6] = {0, 1, 2, 5, 4, 3};
    for (int k = 0; k < 6; k++) {
        snprintf(cell[k], sizeof cell[k], "%.6f(7)", crystal_cell_get(c, order[k]));
        lines[k] = cell[k];
    }
    for (int k = 0; k < c->nsite; k++) {
        const CrystalSite *s = &c->site[k];
        for (int i = 0; i < 3; i++)
            snprintf(value[k][i], sizeof value[k][i], "%.8f(3)", s->s[i]);
        snprintf(value[k][3], sizeof value[k][3], "%.4f(12)", s->occupancy);
        for (int i = 0; i < CRYSTAL_TENSOR; i++)
            snprintf(value[k][4 + i], sizeof value[k][4 + i], "%.5f",
                     s->anisotropic ? s->u[i] : s->uiso);
    }
    char *text = crystal_cif(c, "refined", lines, value);
    free(value);
    return text;
}

/* Every atom of `back` stands where one of `c` is, with its occupancy and U. */
static void same_atoms(const Crystal *c, const Crystal *back)
{
    CrystalAtoms a, b;
    crystal_atoms_init(&a, c->natom), crystal_atoms_init(&b, back->natom);
    crystal_place(c, &a), crystal_place(back, &b);
    Cell cell;
    crystal_cell(c, &cell);
    assert_int_equal(back->natom, c->natom);
    for (int i = 0; i < back->natom; i++) {
        int found = -1;
        for (int j = 0; j < c->natom && found < 0; j++) {
            double d[3];
            for (int k = 0; k < 3; k++)
                d[k] = b.x[i][k] - a.x[j][k];
            cell_min_image(&cell, d);
            if (d[0] * d[0] + d[1] * d[1] + d[2] * d[2] < 1e-8)
                found = j;
        }
        assert_true(found >= 0);
        assert_near(b.occupancy[i], a.occupancy[found], 1e-12);
        for (int k = 0; k < CRYSTAL_TENSOR; k++)
            assert_near(b.u[i][k], a.u[found][k], 1e-5);
    }
    crystal_atoms_clear(&a), crystal_atoms_clear(&b);
}

static void written_and_read(void **state)
{
    (void)state;
    Crystal c = disordered(), back;
    char *text = written(&c);
    assert_ok(crystal_from_cif("x.cif", text, strlen(text), NULL, &back));
    assert_int_equal(back.nsite, c.nsite);
    for (int k = 0; k < c.nsite; k++) {
        assert_true(back.site[k].anisotropic == c.site[k].anisotropic);
        assert_true(!back.site[k].anisotropic || crystal_allows_u(&back, k, back.site[k].u));
    }
    same_atoms(&c, &back);
    crystal_clear(&back);
    /* sites that fall apart take their tensors along, turned */
    assert_ok(crystal_from_cif("x.cif", text, strlen(text), "I 41 3 2", &back));
    assert_true(back.nsite > c.nsite);
    same_atoms(&c, &back);
    crystal_clear(&back);
    free(text);
    crystal_clear(&c);
}

static void wrong_tensors(void **state)
{
    (void)state;
    Crystal c = disordered(), back;
    c.site[0].u[1] *= 1.5;
    char *text = written(&c);
    assert_int_equal(crystal_from_cif("x.cif", text, strlen(text), NULL, &back), ERR_INPUT);
    assert_non_null(strstr(err_message(), "x.cif: U_ij of site Mg1 break its symmetry by 0.0"));
    crystal_clear(&back);
    free(text);
    crystal_clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read),
        cmocka_unit_test(wrong_tensors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
