/* Circuits: the grammar and its mistakes, closed answers, derivatives. */
#include "check.h"

#include "analysis/circuit.h"
#include "base/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double _Complex at(const char *text, const double value[], double w)
{
    Circuit c;
    assert_ok(circuit_parse(text, &c));
    return circuit_impedance(&c, value, w);
}

#define same(a, b) assert_near(cabs((a) / (b)-1.0), 0.0, 1e-12)

static void closed_answers(void **state)
{
    (void)state;
    for (double w = 1e-3; w < 1e9; w *= 13.0) {
        const double rc[] = {1e3, 1e-6}, rq[] = {1e12, 8e-12, 0.93}, warburg[] = {50.0};
        same(at("R1-C1", rc, w), 1e3 + 1.0 / (I * w * 1e-6));
        same(at("p(R1,C1)", rc, w), 1e3 / (1.0 + I * w * 1e-3));
        /* R-CPE by its admittance 1/R + Q w^n (cos(n pi/2) + i sin(n pi/2)) */
        double y = rq[1] * pow(w, rq[2]), x = rq[2] * PI / 2.0;
        same(at("p(R1,Q1)", rq, w), 1.0 / CMPLX(1e-12 + y * cos(x), y * sin(x)));
        same(at("W1", warburg, w), 50.0 / sqrt(w) * (1.0 - I));
        /* a CPE with n = 1/2 is a Warburg element with A = 1/(Q sqrt 2) */
        const double half[] = {1.0 / (50.0 * sqrt(2.0)), 0.5};
        same(at("Q7", half, w), at("W1", warburg, w));
        /* Randles: R0 + 1/(i w C + 1/(R1 + W)) */
        const double randles[] = {20.0, 1e-5, 300.0, 50.0};
        same(at(" R0 - p( C1 , R1-W1 )", randles, w),
             20.0 + 1.0 / (I * w * 1e-5 + 1.0 / (300.0 + at("W1", warburg, w))));
        /* three branches and a group within a group */
        const double many[] = {10.0, 1e-3, 1e-7, 5.0, 1e-4};
        same(at("p(R1,L1,C1-p(R2,C2))", many, w),
             1.0 / (0.1 + 1.0 / (I * w * 1e-3) +
                    1.0 / (1.0 / (I * w * 1e-7) + 5.0 / (1.0 + 5.0 * I * w * 1e-4))));
        /* finite layers: semi-infinite at high frequency, R and a capacitor of tau/R at low frequency */
        const double layer[] = {40.0, 2.0};
        double _Complex far = 40.0 / csqrt(I * w * 2.0);
        if (w > 1e4) {
            same(at("Ws1", layer, w), far);
            same(at("Wo1", layer, w), far);
        } else if (w < 2e-3) { /* tanh(s)/s = 1 - s^2/3 + 2 s^4/15 - ... */
            double _Complex s2 = I * w * 2.0, low = 1.0 - s2 / 3.0 + 2.0 / 15.0 * s2 * s2;
            assert_near(cabs(at("Ws1", layer, w) / (40.0 * low) - 1.0), 0.0, 1e-8);
            assert_near(cabs(at("Wo1", layer, w) / (40.0 / (I * w * 2.0) + 40.0 / 3.0) - 1.0), 0.0,
                        1e-6);
        }
    }
}

static void derivatives_are_right(void **state)
{
    (void)state;
    Circuit c;
    assert_ok(circuit_parse("R0-L0-p(R1,Q1)-p(C2,R2-Ws2)-p(R3-Wo3,Q4)-W9", &c));
    double v[] = {20, 1e-6, 3e3, 1e-8, 0.8, 1e-6, 200, 70, 0.3, 1e3, 2e2, 0.01, 1e-5, 0.7, 30};
    assert_int_equal(c.nparameters, sizeof v / sizeof *v);
    assert_int_equal(circuit_find(&c, "n4"), 13);
    assert_int_equal(circuit_find(&c, "n2"), -1);
    for (double w = 1e-2; w < 1e8; w *= 17.0) {
        double _Complex dz[CIRCUIT_PARAMETERS], unused[CIRCUIT_PARAMETERS];
        double _Complex z = circuit_derivatives(&c, v, w, dz);
        for (int k = 0; k < c.nparameters; k++) {
            const double h = 2e-6, old = v[k];
            v[k] = c.parameter[k].exponent ? old + h : old * exp(h);
            double _Complex up = circuit_derivatives(&c, v, w, unused);
            v[k] = c.parameter[k].exponent ? old - h : old * exp(-h);
            double _Complex down = circuit_derivatives(&c, v, w, unused);
            v[k] = old;
            assert_near(cabs((up - down) / (2.0 * h) - dz[k]) / cabs(z), 0.0, 1e-7);
        }
    }
}

static void arcs_are_found(void **state)
{
    (void)state;
    Circuit c;
    CircuitArc arc[CIRCUIT_NODES];
    assert_ok(circuit_parse("R0-p(Q1,R1)-p(R2,C2)-p(R3,Q3-W3)-Q5", &c));
    assert_int_equal(circuit_arcs(&c, arc), 2);
    assert_int_equal(arc[0].r, circuit_find(&c, "R1"));
    assert_int_equal(arc[0].n, circuit_find(&c, "n1"));
    assert_int_equal(arc[1].n, -1);
    assert_true(arc[0].top_level && arc[1].top_level);
    assert_ok(circuit_parse("p(C1,R1-p(R2,C2))", &c));
    assert_int_equal(circuit_arcs(&c, arc), 1);
    assert_false(arc[0].top_level);
}

static void mistakes_are_placed(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"",
         "position 1: an element is missing; allowed: R C L Q W Ws Wo with a number, p(..., ...)"},
        {"R1-",
         "position 4: an element is missing; allowed: R C L Q W Ws Wo with a number, p(..., ...)"},
        {"R1-X2",
         "position 4: not an element; allowed: R C L Q W Ws Wo with a number, p(..., ...)"},
        {"R1-C", "position 4: an element needs a number, as R1"},
        {"p(R1,Q1", "position 8: ')' or ',' is missing"},
        {"p R1,Q1)", "position 3: '(' is missing after p"},
        {"p(R1)", "position 5: two branches are needed in p(..., ...)"},
        {"p(R1,)",
         "position 6: not an element; allowed: R C L Q W Ws Wo with a number, p(..., ...)"},
        {"R1 R2", "position 4: '-' or the end is expected"},
        {"p(R1,Q1))", "position 9: '-' or the end is expected"},
        {"R1-p(R1,C1)",
         "position 6: this element stands in the circuit already; take another number"},
        {"Ws1-Wo1", "position 5: this element stands in the circuit already; take another number"},
        {"R12345", "position 1: a number of at most four digits is allowed"},
    };
    Circuit c;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char message[300];
        snprintf(message, sizeof message, "circuit '%s': %s", cases[i][0], cases[i][1]);
        assert_int_equal(circuit_parse(cases[i][0], &c), ERR_INPUT);
        assert_string_equal(err_message(), message);
    }
    char deep[CIRCUIT_TEXT];
    memset(deep, 0, sizeof deep);
    for (int i = 0; i < 40; i++)
        strcat(deep, "p(");
    assert_int_equal(circuit_parse(deep, &c), ERR_INPUT);
    assert_non_null(strstr(err_message(), "nested too deeply"));
    deep[0] = '\0';
    for (int i = 0; i < 30; i++)
        snprintf(deep + strlen(deep), sizeof deep - strlen(deep), "%sR%d", i ? "-" : "", i);
    assert_int_equal(circuit_parse(deep, &c), ERR_INPUT);
    assert_non_null(strstr(err_message(), "too many parameters; 24 are allowed"));
    memset(deep, 'R', sizeof deep - 1);
    assert_int_equal(circuit_parse(deep, &c), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closed_answers),
        cmocka_unit_test(derivatives_are_right),
        cmocka_unit_test(arcs_are_found),
        cmocka_unit_test(mistakes_are_placed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
