/* Species: X-ray form factors against tabulated values, neutron data per formula unit, isotopes. */
#include "check.h"

#include "model/species.h"

#include <string.h>

static void form_factors_match_the_table(void **state)
{
    (void)state;
    static const double q[7] = {0.0, 1.0, 2.0, 5.0, 10.0, 20.0, 23.8};
    static const struct {
        const char *name;
        double f[7];
    } rows[] = {
        {"Mg2+", {9.9999, 9.7840, 9.1790, 6.2364, 2.7438, 1.3308, 1.1711}},
        {"B", {4.9987, 4.3594, 3.1889, 1.6840, 1.1508, 0.4021, 0.2682}},
        {"H", {1.0000, 0.8735, 0.6103, 0.1320, 0.0153, 0.0009, 0.0002}},
    };
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 7; k++)
            assert_near(species_f0(species_form_factor(rows[i].name), q[k]), rows[i].f[k], 5.1e-5);
    assert_near(species_f0(species_form_factor("Mg"), 0.0), 11.9986, 5.1e-5);
    assert_near(species_f0(species_form_factor("H1-"), 0.0), 1.9994, 5.1e-5);
    assert_null(species_form_factor("Fe"));
}

/* 645.6 b incoherent, 24.8 b coherent; absorption at 5 A 4273 b, 7.6 b with 11B. */
static void formula_unit_scatters_as_known(void **state)
{
    (void)state;
    const Species *mg = species_find("Mg"), *b = species_find("B"), *h = species_find("H"),
                  *b11 = species_find("11B");
    assert_near(mg->sigma_inc + 2 * b->sigma_inc + 8 * h->sigma_inc, 645.6, 0.06);
    assert_near(mg->sigma_coh + 2 * b->sigma_coh + 8 * h->sigma_coh, 24.8, 0.06);
    double scale = 5.0 / 1.798;
    assert_near(scale * (mg->sigma_abs + 2 * b->sigma_abs + 8 * h->sigma_abs), 4273.0, 1.0);
    assert_near(scale * (mg->sigma_abs + 2 * b11->sigma_abs + 8 * h->sigma_abs), 7.6, 0.06);
    assert_near(mg->mass + 2 * b->mass + 8 * h->mass, 53.99, 0.005);
}

/* sigma_coh = 4 pi |b|^2 (100 fm^2 = 1 barn) within the digits of the table (10B: -0.2(4) and
 * 0.144(6)), and Im b = -sigma_abs/(2 lambda). */
static void cross_sections_follow_from_lengths(void **state)
{
    (void)state;
    const char *symbols[] = {"H", "D", "B", "11B", "Mg", "10B"};
    for (int i = 0; i < 6; i++) {
        const Species *s = species_find(symbols[i]);
        double b2 = s->b_coh * s->b_coh + s->b_coh_im * s->b_coh_im;
        assert_near(4.0 * 3.14159265358979 * b2 / 100.0 / s->sigma_coh, 1.0, i < 5 ? 0.003 : 0.04);
        if (s->b_coh_im != 0.0)
            assert_near(s->b_coh_im, -s->sigma_abs / (2.0 * 1.798) * 1e-3,
                        1e-3 * fabs(s->b_coh_im));
    }
}

static void isotopes_are_found(void **state)
{
    (void)state;
    assert_ptr_equal(species_isotope("H", "2"), species_find("D"));
    assert_ptr_equal(species_isotope("B", "11"), species_find("11B"));
    assert_ptr_equal(species_isotope("B", "natural"), species_find("B"));
    assert_null(species_isotope("B", "12"));
    assert_null(species_find("mg"));
    assert_string_equal(species_find("D")->element, "H");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_factors_match_the_table),
        cmocka_unit_test(formula_unit_scatters_as_known),
        cmocka_unit_test(cross_sections_follow_from_lengths),
        cmocka_unit_test(isotopes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
