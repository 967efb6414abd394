/* The tables of computed form factors are what the densities give, and join up beyond their end. */
#include "check.h"

#include "analysis/xray_computed.h"
#include "density/form_factor.h"

static void tables_are_computed(void **state)
{
    (void)state;
    static const char *const of[][2] = {{"Mg", "Mg2+"}, {"B", "B"}, {"H", "H_BH4"}};
    double electrons = 0.0;
    for (int k = 0; k < 3; k++) {
        FormFactorTable t;
        double f;
        assert_ok(form_factor_new(of[k][1], NULL, 0.0, &t));
        for (double q = 0.0; q < 29.0; q += 0.0731) {
            assert_true(xray_computed_f(of[k][0], q, &f));
            assert_near(f, form_factor_at(&t, q), 2e-5);
        }
        assert_true(xray_computed_f(of[k][0], 0.0, &f));
        electrons += f * (k == 2 ? 4.0 : k == 1 ? 1.0 : 0.0);
        form_factor_clear(&t);
    }
    assert_near(electrons, 10.0, 1e-5);
}

static void others_are_not_there(void **state)
{
    (void)state;
    double f, g;
    assert_false(xray_computed_f("C", 1.0, &f));
    assert_true(xray_computed_f("Mg", 30.0, &f));
    assert_true(xray_computed_f("Mg", 30.0001, &g));
    assert_near(f, g, 1e-4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(tables_are_computed),
                                       cmocka_unit_test(others_are_not_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
