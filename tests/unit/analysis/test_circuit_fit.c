/* Fits of circuits: exact without noise at any size of R, ladders, the number of arcs, weights. Pulls: tests/physics. */
#include "check.h"

#include "analysis/circuit_fit.h"
#include "analysis/impedance.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 200 };
static double frequency[MOST];
static double _Complex z[MOST], z_error[MOST];

/* Spectrum of a circuit from 1 MHz to 0.01 Hz, without noise. */
static CircuitData spectrum(const char *text, const double value[], Circuit *c)
{
    const Analyser a = {.lowest = 0.01, .highest = 1e6, .per_decade = 10};
    size_t n;
    double *f = impedance_frequencies(&a, &n);
    assert_ok(circuit_parse(text, c));
    for (size_t i = 0; i < n; i++) {
        frequency[i] = f[i];
        z[i] = circuit_impedance(c, value, 2.0 * PI * f[i]);
    }
    free(f);
    return (CircuitData){.n = n, .frequency = frequency, .z = z};
}

/* Nothing is told: values come back whatever their size is, 1 ohm or 1e12 ohm. */
static void exact_at_any_size(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value[10];
        bool is_r[10]; /* scales as a resistance: 1; as its inverse: 0 and not an exponent */
    } cases[] = {
        {"R1", {1e3}, {1}},
        {"p(R1,Q1)", {1e3, 2e-6, 0.8}, {1, 0, 0}},
        {"R0-p(R1,Q1)-p(R2,Q2)-Q3",
         {30, 1e3, 1e-8, 0.95, 5e3, 1e-5, 0.8, 1e-3, 0.6},
         {1, 1, 0, 0, 1}},
        {"p(R1,C1)-p(R2,C2)-C3", {1e3, 1e-8, 4e3, 1e-6, 1e-3}, {1, 0, 1, 0, 0}},
        {"R0-p(C1,R1-W1)", {100, 1e-7, 1e3, 1e3}, {1, 0, 1, 1}},
        {"p(R1-C1,Q2)", {1e3, 1e-5, 1e-7, 0.9}, {1, 0, 0, 0}},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        for (double scale = 1e-3; scale < 2e9; scale *= 1e3) {
            Circuit c;
            CircuitFit f;
            double v[10];
            assert_ok(circuit_parse(cases[k].text, &c));
            for (int i = 0; i < c.nparameters; i++)
                v[i] = cases[k].value[i] * (c.parameter[i].exponent ? 1.0
                                            : cases[k].is_r[i]      ? scale
                                                                    : 1.0 / scale);
            CircuitData d = spectrum(cases[k].text, v, &c);
            const CircuitFitOptions o = {.weights = CIRCUIT_MODULUS};
            assert_ok(circuit_fit(&c, &d, &o, &f));
            for (int i = 0; i < c.nparameters; i++)
                if (fabs(f.value[i] / v[i] - 1.0) > 1e-6)
                    fail_msg("%s x %g: %s is %.8g, wanted %.8g", c.text, scale, c.parameter[i].name,
                             f.value[i], v[i]);
        }
}

/* The number of arcs by BIC, arcs in order, with an electrode or without, at noise of 1 %. */
static void arcs_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int arcs;
        bool resistor, electrode;
        double value[12];
    } cases[] = {
        {"p(R1,Q1)", 1, false, false, {1.2e12, 8e-12, 0.93}},
        {"p(R1,Q1)-p(R2,Q2)", 2, false, false, {3e5, 2e-10, 0.92, 2e6, 3e-7, 0.75}},
        {"p(R1,Q1)-p(R2,Q2)-Q3", 2, false, true, {3e5, 2e-10, 0.92, 2e6, 3e-8, 0.85, 1e-6, 0.8}},
        {"R0-p(R1,Q1)-p(R2,Q2)-Q3",
         2,
         true,
         true,
         {900, 3e5, 2e-10, 0.92, 2e6, 3e-8, 0.85, 1e-6, 0.8}},
        {"p(R1,Q1)-p(R2,Q2)-p(R3,Q3)",
         3,
         false,
         false,
         {2e4, 1e-10, 0.95, 5e4, 2e-8, 0.9, 1e5, 1e-5, 0.9}},
    };
    const Analyser a = {.noise = 0.01};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        Circuit c;
        CircuitFit f;
        double bic[4];
        CircuitData d = spectrum(cases[k].text, cases[k].value, &c);
        impedance_add_noise(&a, 21, k, d.n, z);
        const CircuitFitOptions o = {.weights = CIRCUIT_MODULUS};
        assert_ok(circuit_fit_ladder(&d, &o, 1, 4, cases[k].resistor, cases[k].electrode, &f, bic));
        CircuitArc arc[CIRCUIT_NODES];
        assert_int_equal(circuit_arcs(&f.circuit, arc), cases[k].arcs);
        assert_true(f.determined);
        for (int i = 0; i < c.nparameters; i++) {
            double off = c.parameter[i].exponent ? f.value[i] - cases[k].value[i]
                                                 : log(f.value[i] / cases[k].value[i]);
            assert_near(off / f.error[i], 0.0, 4.5);
        }
        assert_near(f.noise, 0.01, 0.002);
    }
}

/* Every weighting finds the truth; errors of the data are used as they are. */
static void weights(void **state)
{
    (void)state;
    const double value[] = {2e3, 3e-7, 0.85};
    for (int w = CIRCUIT_MODULUS; w <= CIRCUIT_ERRORS; w++) {
        Circuit c;
        CircuitFit f;
        CircuitData d = spectrum("p(R1,Q1)", value, &c);
        for (size_t i = 0; i < d.n; i++) {
            double g[3];
            rng_normal3(31, RNG_NOISE, (uint64_t)w, i, 0, g);
            double modulus = cabs(z[i]);
            z_error[i] = w == CIRCUIT_UNIT ? CMPLX(5.0, 5.0)
                         : w == CIRCUIT_PROPORTIONAL
                             ? CMPLX(0.01 * fmax(creal(z[i]), 1e-3 * modulus),
                                     0.01 * fmax(-cimag(z[i]), 1e-3 * modulus))
                             : CMPLX(0.01 * modulus, 0.01 * modulus);
            z[i] += creal(z_error[i]) * g[0] + I * cimag(z_error[i]) * g[1];
        }
        d.z_error = w == CIRCUIT_ERRORS ? z_error : NULL;
        const CircuitFitOptions o = {.weights = (CircuitWeights)w};
        assert_ok(circuit_fit(&c, &d, &o, &f));
        for (int i = 0; i < 3; i++) {
            double off = i == 2 ? f.value[i] - value[i] : log(f.value[i] / value[i]);
            assert_near(off / f.error[i], 0.0, 4.0);
        }
        if (w == CIRCUIT_ERRORS)
            assert_near(f.chi2_reduced, 1.0, 0.4);
    }
}

/* The warning: true just inside a factor 3 of the lowest frequency, false outside */
static void peak_near_the_end(void **state)
{
    (void)state;
    for (int k = 0; k < 2; k++) {
        const double peak = k == 0 ? 0.029 : 0.031;
        const double value[] = {1e12, 1.0 / (1e12 * pow(2.0 * PI * peak, 0.9)), 0.9};
        Circuit c;
        CircuitFit f;
        CircuitArc arc[CIRCUIT_NODES];
        CircuitArcFit a;
        CircuitData d = spectrum("p(R1,Q1)", value, &c);
        const CircuitFitOptions o = {.weights = CIRCUIT_MODULUS};
        assert_ok(circuit_fit(&c, &d, &o, &f));
        assert_int_equal(circuit_arcs(&c, arc), 1);
        circuit_fit_arc(&f, &arc[0], &d, &a);
        assert_near(a.peak / peak, 1.0, 1e-6);
        assert_int_equal(a.peak_in_window, k == 1);
        assert_near(a.capacitance / pow(value[1] * pow(value[0], 0.1), 1.0 / 0.9), 1.0, 1e-6);
    }
}

/* Where an arc is highest and how high, (R/2) tan(n pi/4); Brug's capacitance of an ideal capacitor is its own */
static void top_of_an_arc(void **state)
{
    (void)state;
    const CircuitData none = {0};
    CircuitFit f = {.value = {2e5, 3e-9, 0.85}}, rc = {.value = {1e3, 1e-6, 1.0}};
    CircuitArc arc[CIRCUIT_NODES];
    CircuitArcFit a;
    assert_ok(circuit_parse("p(R1,Q1)", &f.circuit));
    assert_int_equal(circuit_arcs(&f.circuit, arc), 1);
    circuit_fit_arc(&f, &arc[0], &none, &a);
    double w = 2.0 * PI * a.peak, top = -cimag(circuit_impedance(&f.circuit, f.value, w));
    assert_near(top / (2e5 / 2.0 * tan(0.85 * PI / 4.0)), 1.0, 1e-12);
    assert_true(-cimag(circuit_impedance(&f.circuit, f.value, 1.01 * w)) < top);
    assert_true(-cimag(circuit_impedance(&f.circuit, f.value, 0.99 * w)) < top);
    circuit_fit_arc(&rc, &arc[0], &none, &a);
    assert_near(a.capacitance, 1e-6, 1e-18);
    assert_near(cabs(circuit_impedance(&f.circuit, rc.value, 1e3) / (1e3 / (1.0 + I)) - 1.0), 0.0,
                1e-12);
}

static void too_little_is_refused(void **state)
{
    (void)state;
    Circuit c;
    CircuitFit f;
    const double value[] = {1e3, 1e-6, 0.9};
    CircuitData d = spectrum("p(R1,Q1)", value, &c);
    const CircuitFitOptions o = {.weights = CIRCUIT_MODULUS};
    d.n = 1;
    assert_int_equal(circuit_fit(&c, &d, &o, &f), ERR_INPUT);
    assert_string_equal(err_message(), "fit of p(R1,Q1): 1 frequencies for 3 parameters");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_at_any_size), cmocka_unit_test(arcs_are_counted),
        cmocka_unit_test(weights),           cmocka_unit_test(peak_near_the_end),
        cmocka_unit_test(top_of_an_arc),     cmocka_unit_test(too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
