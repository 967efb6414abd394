/* The linear Kramers-Kronig test: passes what obeys the relations, with noise or without, and not what drifts. */
#include "check.h"

#include "analysis/circuit.h"
#include "analysis/impedance.h"
#include "analysis/kramers_kronig.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 200 };
static double *frequency;
static size_t n;
static double _Complex z[MOST];

static int set_up(void **state)
{
    (void)state;
    const Analyser a = {.lowest = 0.01, .highest = 1e6, .per_decade = 10};
    frequency = impedance_frequencies(&a, &n);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(frequency);
    return 0;
}

static double _Complex r_cpe(double r, double q, double exponent, double w)
{
    Circuit c;
    assert_ok(circuit_parse("p(R1,Q1)", &c));
    return circuit_impedance(&c, (const double[]){r, q, exponent}, w);
}

static void circuit(const char *text, const double value[])
{
    Circuit c;
    assert_ok(circuit_parse(text, &c));
    for (size_t i = 0; i < n; i++)
        z[i] = circuit_impedance(&c, value, 2.0 * PI * frequency[i]);
}

static KramersKronig test(double noise, double per_decade, double allowed)
{
    KramersKronig k;
    const KramersKronigOptions o = {
        .per_decade = per_decade, .mu = 0.85, .noise = noise, .allowed = allowed};
    assert_ok(kramers_kronig_test(n, frequency, z, &o, &k));
    kramers_kronig_clear(&k);
    return k;
}

/* An R-C whose time constant is one of the test's own: a KK pair to rounding */
static void exact_pair(void **state)
{
    (void)state;
    const double tau = 1.0 / (2.0 * PI * frequency[n - 1]); /* 1/omega of the lowest frequency */
    circuit("R0-p(R1,C1)", (const double[]){10.0, 1e3, tau / 1e3});
    KramersKronig k = test(0.0, 1.0, 1e-14);
    assert_near(k.largest, 0.0, 1e-10); /* percent: 1e-12 */
    assert_near(k.mu, 1.0, 1e-9);
}

/* Real from imaginary part: Z'(w) - Z'(inf) = (2/pi) int (x Z''(x) - w Z''(w))/(w^2 - x^2) dx for an R-CPE pair */
static void kramers_kronig_integral(void **state)
{
    (void)state;
    Circuit c;
    const double v[] = {1e3, 1e-6, 0.8}, w = 2.0 * pow(v[0] * v[1], -1.0 / v[2]), step = 1e-3;
    assert_ok(circuit_parse("p(R1,Q1)", &c));
    double wz = w * cimag(circuit_impedance(&c, v, w)), sum = 0.0;
    /* x = w e^u; trapezia in u, symmetric about the removable pole, half a step off it */
    for (double u = -60.0 + step / 2.0; u < 60.0; u += step) {
        double x = w * exp(u);
        sum += step * x * (x * cimag(circuit_impedance(&c, v, x)) - wz) / (w * w - x * x);
    }
    /* int dx/(w^2 - x^2) is zero, so the subtraction changes nothing but the pole */
    assert_near(2.0 / PI * sum / creal(circuit_impedance(&c, v, w)), 1.0, 1e-6);
}

static void valid_data_pass(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value[10];
    } cases[] = {
        {"p(R1,Q1)", {1.2e12, 8e-12, 0.93}},
        {"p(R1,Q1)", {1e3, 1e-6, 0.7}},
        {"p(R1,C1)", {1.2e10, 7e-12}}, /* sharp: what a hop model gives */
        {"R0-p(R1,Q1)-p(R2,Q2)-Q3", {30, 1e3, 1e-8, 0.95, 5e3, 1e-5, 0.8, 1e-3, 0.6}},
        {"R0-L0-p(C1,R1-W1)", {100, 1e-6, 1e-7, 1e3, 1e3}},
    };
    const Analyser a = {.noise = 0.01};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        circuit(cases[k].text, cases[k].value);
        KramersKronig exact = test(0.0, 0.0, 0.002);
        assert_true(exact.consistent);
        int good = 0;
        double _Complex truth[MOST];
        for (size_t i = 0; i < n; i++)
            truth[i] = z[i];
        for (uint64_t draw = 0; draw < 20; draw++) {
            for (size_t i = 0; i < n; i++)
                z[i] = truth[i];
            impedance_add_noise(&a, 41, 100 * k + draw, n, z);
            KramersKronig noisy = test(a.noise, 0.0, 0.003);
            good += noisy.consistent;
            assert_true(noisy.elements < 60);
            assert_near(noisy.rms, 1.0, 0.4);
        }
        print_message("  %s: %d of 20 noisy spectra are consistent\n", cases[k].text, good);
        assert_true(good >= 19);
    }
}

/* The sweep goes from high to low frequency, three periods at each, while R and with it the time constant grow */
static void drift(double r, double q, double exponent, double total)
{
    double time = 0.0, end = 0.0;
    for (size_t i = 0; i < n; i++)
        end += 3.0 / frequency[i];
    for (size_t i = 0; i < n; i++) {
        time += 3.0 / frequency[i];
        z[i] = r_cpe(r * (1.0 + total * time / end), q, exponent, 2.0 * PI * frequency[i]);
    }
}

static void drifting_data_fail(void **state)
{
    (void)state;
    const Analyser a = {.noise = 0.002};
    /* half the sweep's time goes into the lowest three frequencies: R is 1.3 times larger at the end */
    drift(1e6, 1e-6, 0.95, 0.3);
    KramersKronig k = test(0.0, 3.0, 0.005);
    assert_false(k.consistent);
    impedance_add_noise(&a, 43, 0, n, z);
    k = test(a.noise, 0.0, 0.003);
    assert_false(k.consistent);
    assert_true(k.rms > 0.4);
    /* a jump in the middle of the sweep, at the arc */
    for (size_t i = 0; i < n; i++)
        z[i] = r_cpe(i < n / 2 ? 1e4 : 1.1e4, 1.6e-7, 0.95, 2.0 * PI * frequency[i]);
    impedance_add_noise(&a, 43, 1, n, z);
    assert_false(test(a.noise, 0.0, 0.003).consistent);
    /* the wrong sign of the imaginary part */
    circuit("p(R1,Q1)", (const double[]){1e4, 1.6e-7, 0.8});
    for (size_t i = 0; i < n; i++)
        z[i] = conj(z[i]);
    assert_false(test(0.0, 0.0, 0.01).consistent);
}

static void too_little_is_refused(void **state)
{
    (void)state;
    KramersKronig k;
    const KramersKronigOptions o = {.mu = 0.85};
    const double same[5] = {1, 1, 1, 1, 1};
    assert_int_equal(kramers_kronig_test(4, frequency, z, &o, &k), ERR_INPUT);
    assert_int_equal(kramers_kronig_test(5, same, z, &o, &k), ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_pair),
        cmocka_unit_test(kramers_kronig_integral),
        cmocka_unit_test(valid_data_pass),
        cmocka_unit_test(drifting_data_fail),
        cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
