/* The pellet, its pores and contacts with closed answers, recovery of 1.2 Tohm, pulls of the fit. */
#include "check.h"

#include "analysis/circuit_fit.h"
#include "analysis/impedance.h"
#include "base/rng.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

static const Pellet gamma_pellet = {.thickness = 0.121, .diameter = 1.55, .eps_r = 5.0};

static void geometry_of_the_paper(void **state)
{
    (void)state;
    const Pellet milled = {.thickness = 0.134, .diameter = 1.25, .eps_r = 5.0};
    assert_near(impedance_cell_constant(&gamma_pellet), 0.0641, 5e-5);
    assert_near(impedance_cell_constant(&milled), 0.1092, 5e-5);
    /* at 313 K: R = 1.2e12 ohm, corner 0.019 Hz with eps_r 5 */
    double r = impedance_cell_constant(&gamma_pellet) / 5.3e-14;
    assert_near(r / 1.2e12, 1.0, 0.01);
    assert_near(1.0 / (2.0 * PI * r * impedance_capacitance(&gamma_pellet)), 0.019, 5e-4);
}

static void pellet_of_constant_sigma_is_an_rc(void **state)
{
    (void)state;
    double _Complex z = impedance_pellet(&gamma_pellet, 10.0, 1e-12);
    double r = impedance_cell_constant(&gamma_pellet) / 1e-12,
           cap = impedance_capacitance(&gamma_pellet);
    assert_near(cabs(z - r / (1.0 + I * 10.0 * r * cap)) / cabs(z), 0.0, 1e-12);
}

/* 200 draws of 1 % noise on the gamma pellet at 1.2 Tohm: unbiased, errors honest */
static void teraohm_pulls(void **state)
{
    (void)state;
    enum { DRAWS = 200 };
    const Analyser a = {.lowest = 0.01, .highest = 1e6, .per_decade = 10, .noise = 0.01};
    const double truth[] = {1.2e12, 8e-12, 0.93};
    Circuit c;
    CircuitArc arc[CIRCUIT_NODES];
    assert_ok(circuit_parse("p(R1,Q1)", &c));
    assert_int_equal(circuit_arcs(&c, arc), 1);
    size_t n;
    double *f = impedance_frequencies(&a, &n), sum = 0.0, sum2 = 0.0;
    assert_int_equal(n, 81);
    double _Complex *z = malloc(n * sizeof *z);
    const CircuitData d = {.n = n, .frequency = f, .z = z};
    const CircuitFitOptions o = {.weights = CIRCUIT_MODULUS, .noise = a.noise};
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        CircuitFit fit;
        CircuitArcFit seen;
        for (size_t i = 0; i < n; i++)
            z[i] = circuit_impedance(&c, truth, 2.0 * PI * f[i]);
        impedance_add_noise(&a, 3, draw, n, z);
        assert_ok(circuit_fit(&c, &d, &o, &fit));
        circuit_fit_arc(&fit, &arc[0], &d, &seen);
        double pull = log(seen.r / truth[0]) / seen.error_ln_r;
        sum += pull;
        sum2 += pull * pull;
        assert_true(seen.error_ln_r < 0.02);
        assert_false(seen.peak_in_window); /* 0.017 Hz: within a factor 3 of 0.01 Hz */
    }
    double mean = sum / DRAWS, sd = sqrt(sum2 / DRAWS - mean * mean);
    assert_near(mean, 0.0, 0.2);
    assert_near(sd, 1.0, 0.1);
    free(z);
    free(f);
}

/* Limits and symmetries of the effective media, and the equation that Bruggeman's answer must solve */
static void porous_pellets(void **state)
{
    (void)state;
    const double eps0 = UNITS_EPS0_F_M / 100.0;
    for (int mixing = PELLET_DENSE; mixing <= PELLET_BRUGGEMAN; mixing++)
        for (double p = 0.0; p < 0.66; p += 0.13) {
            Pellet pellet = gamma_pellet;
            pellet.mixing = (PelletMixing)mixing;
            pellet.porosity = p;
            double l = impedance_cell_constant(&pellet), sigma = 1e-9;
            assert_near(creal(impedance_pellet(&pellet, 1e-6, sigma)) *
                            impedance_porous_factor(&pellet) * sigma / l,
                        1.0, 1e-6);
            for (double w = 1e-3; w < 1e9; w *= 7.0) {
                double _Complex x = l / impedance_pellet(&pellet, w, sigma), pore = I * w * eps0;
                double _Complex k = sigma + 5.0 * pore;
                assert_true(creal(x) >= 0.0 && cimag(x) > 0.0);
                if (p == 0.0)
                    assert_near(cabs(x / k - 1.0), 0.0, 1e-12);
                double _Complex b =
                    (1.0 - p) * (k - x) / (k + 2.0 * x) + p * (pore - x) / (pore + 2.0 * x);
                double _Complex mg = (x - k) / (x + 2.0 * k) - p * (pore - k) / (pore + 2.0 * k);
                if (mixing == PELLET_BRUGGEMAN)
                    assert_near(cabs(b), 0.0, 1e-12);
                if (mixing == PELLET_MAXWELL_GARNETT)
                    assert_near(cabs(mg), 0.0, 1e-12);
            }
        }
    /* few pores: both models agree to first order, 1 - 3p/2 */
    Pellet few = gamma_pellet;
    few.porosity = 1e-4;
    few.mixing = PELLET_MAXWELL_GARNETT;
    assert_near(impedance_porous_factor(&few), 1.0 - 1.5e-4, 1e-7);
}

/* Each contact on its own, and the whole cell as the circuit that it is */
static void contacts_are_a_circuit(void **state)
{
    (void)state;
    const Contacts c = {.electrode_q = 3e-6,
                        .electrode_n = 0.8,
                        .lead_resistance = 12.0,
                        .lead_inductance = 2e-6,
                        .stray_capacitance = 4e-12};
    Circuit whole;
    assert_ok(circuit_parse("R0-L0-p(C0,p(R1,C1)-Q1)", &whole));
    const double r = impedance_cell_constant(&gamma_pellet) / 1e-7;
    const double value[] = {12.0, 2e-6, 4e-12, r, impedance_capacitance(&gamma_pellet), 3e-6, 0.8};
    assert_int_equal(whole.nparameters, 7);
    for (double w = 1e-2; w < 1e8; w *= 11.0) {
        double _Complex z = impedance_cell(&c, w, impedance_pellet(&gamma_pellet, w, 1e-7));
        assert_near(cabs(z / circuit_impedance(&whole, value, w) - 1.0), 0.0, 1e-12);
    }
    const Contacts none = {0};
    assert_true(impedance_cell(&none, 3.0, 5.0 - 2.0 * I) == 5.0 - 2.0 * I);
}

/* Noise is as large as stated, grows at the analyser's limit, and is the same for the same key */
static void noise_of_the_analyser(void **state)
{
    (void)state;
    enum { N = 20000 };
    const Analyser a = {.noise = 0.01, .limit = 1e13};
    double _Complex *z = malloc(N * sizeof *z), *again = malloc(N * sizeof *z);
    const double modulus[2] = {1e6, 1e12};
    const double expected[2] = {0.01, hypot(0.01, 0.1)};
    for (int k = 0; k < 2; k++) {
        double re = 0.0, im = 0.0, both = 0.0;
        for (int i = 0; i < N; i++)
            z[i] = again[i] = modulus[k] * cexp(-0.7 * I);
        const double _Complex truth = z[0];
        impedance_add_noise(&a, 5, 1, N, z);
        impedance_add_noise(&a, 5, 1, N, again);
        for (int i = 0; i < N; i++) {
            double _Complex d = (z[i] - truth) / modulus[k];
            assert_true(z[i] == again[i]);
            re += creal(d) * creal(d) / N;
            im += cimag(d) * cimag(d) / N;
            both += creal(d) * cimag(d) / N;
        }
        assert_near(sqrt(re) / expected[k], 1.0, 0.025); /* 5 standard errors */
        assert_near(sqrt(im) / expected[k], 1.0, 0.025);
        assert_near(both / (expected[k] * expected[k]), 0.0, 0.036);
        assert_near(impedance_noise(&a, modulus[k]), expected[k], 1e-12);
    }
    free(z);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(geometry_of_the_paper),
        cmocka_unit_test(pellet_of_constant_sigma_is_an_rc),
        cmocka_unit_test(teraohm_pulls),
        cmocka_unit_test(porous_pellets),
        cmocka_unit_test(contacts_are_a_circuit),
        cmocka_unit_test(noise_of_the_analyser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
