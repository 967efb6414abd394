/* Joining by id, rounding as an uncertainty, verdicts. */
#include "check.h"

#include "analysis/compare.h"

#include <math.h>
#include <string.h>

static const char csv[] = "id,quantity,sample,T_K,value,uncertainty,unit,kind,where,sentence,note\n"
                          "cond,conductivity,gamma,313,5.3e-14,,S/cm,measured,x,\"a, b\",n\n"
                          "tau,relaxation,beta,310,33.2,5.2,meV,fit,x,s,\n";

static void rows_are_found_by_id(void **state)
{
    (void)state;
    Table *t;
    Measured m;
    assert_ok(table_parse("test.csv", csv, strlen(csv), &t));
    assert_ok(compare_find(t, "cond", &m));
    assert_near(m.value, 5.3e-14, 1e-20);
    assert_true(m.rounding);
    assert_near(m.uncertainty / (0.05e-14 / sqrt(3.0)), 1.0, 1e-12);
    assert_string_equal(m.sentence, "a, b");
    assert_ok(compare_find(t, "tau", &m));
    assert_false(m.rounding);
    assert_near(m.uncertainty, 5.2, 0.0);
    assert_int_equal(compare_find(t, "con", &m), ERR_INPUT);
    assert_non_null(strstr(err_message(), "did you mean 'cond'?"));
    table_close(t);
}

static void rounding_follows_the_last_digit(void **state)
{
    (void)state;
    assert_near(compare_rounding("4.82"), 0.005 / sqrt(3.0), 1e-15);
    assert_near(compare_rounding("373"), 0.5 / sqrt(3.0), 1e-15);
    assert_near(compare_rounding("1.40e2"), 0.5 / sqrt(3.0), 1e-12);
}

static void verdicts(void **state)
{
    (void)state;
    assert_near(compare_difference(COMPARE_EQUAL, 5.0, 3.0, 0.0, 4.0), 1.0, 1e-15);
    assert_near(compare_difference(COMPARE_AT_MOST, -5.0, 3.0, 0.0, 4.0), 0.0, 0.0);
    assert_near(compare_difference(COMPARE_AT_LEAST, -5.0, 3.0, 0.0, 4.0), -1.0, 1e-15);
    assert_string_equal(compare_verdict(-1.9), "agrees");
    assert_string_equal(compare_verdict(2.5), "tension");
    assert_string_equal(compare_verdict(-3.1), "differs");
    assert_string_equal(compare_verdict(NAN), "no measured number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_found_by_id),
        cmocka_unit_test(rounding_follows_the_last_digit),
        cmocka_unit_test(verdicts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
