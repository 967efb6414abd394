/* Units as text: values, dimensions, and what the messages say. */
#include "check.h"

#include "base/units.h"

#include <string.h>

static double parsed(const char *text, const char *unit)
{
    double value = NAN;
    assert_int_equal(units_parse(text, unit, &value), OK);
    return value;
}

static void values_are_converted(void **state)
{
    (void)state;
    assert_near(parsed("0.5 fs", "ps"), 5e-4, 1e-18);
    assert_near(parsed("15.7575 angstrom", "A"), 15.7575, 1e-12);
    assert_near(parsed("15.7575 A", "A"), 15.7575, 1e-12);
    assert_near(parsed("2.38 nm^-1", "1/A"), 0.238, 1e-12);
    assert_near(parsed("1 bar", "eV/A^3"), 1.0 / UNITS_BAR, 1e-16);
    assert_near(parsed("25 degC", "K"), 298.15, 1e-9);
    assert_near(parsed("0.065 meV", "meV"), 0.065, 1e-15);
    assert_near(parsed("3", "1"), 3.0, 0.0);
    assert_near(parsed("0.1 1/GPa", "1/GPa"), 0.1, 0.0); /* the unit itself: to the last bit */
}

static void mistakes_are_named(void **state)
{
    (void)state;
    double value;
    assert_int_equal(units_parse("0.5", "ps", &value), ERR_INPUT);
    assert_non_null(strstr(err_message(), "has no unit"));
    assert_int_equal(units_parse("0.5 K", "ps", &value), ERR_INPUT);
    assert_int_equal(units_parse("10 s", "Hz", &value),
                     ERR_INPUT); /* not 0.1 Hz, as UDUNITS would have it */
    assert_int_equal(units_factor("S", "ohm", &value), ERR_INPUT);
    assert_ok(units_parse("25 degC", "K", &value));
    assert_near(value, 298.15, 1e-9);
    assert_non_null(strstr(err_message(), "wrong dimension"));
    assert_int_equal(units_parse("0.5 bananas", "ps", &value), ERR_INPUT);
    assert_non_null(strstr(err_message(), "not a known unit"));
    assert_int_equal(units_parse("nan ps", "ps", &value), ERR_INPUT);
    assert_int_equal(units_parse("fast", "ps", &value), ERR_INPUT);
}

static void derived_constants_agree(void **state)
{
    (void)state;
    assert_near(UNITS_TIME_S, 1e-10 * sqrt(UNITS_U_KG / UNITS_EV_J), 1e-27);
    assert_near(UNITS_COULOMB, UNITS_E_C * 1e10 / (4.0 * PI * UNITS_EPS0_F_M), 1e-9);
    assert_near(UNITS_HBAR_MEV_PS, UNITS_H_J_S / (2.0 * PI) / UNITS_EV_J * 1e15, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_converted),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(derived_constants_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
