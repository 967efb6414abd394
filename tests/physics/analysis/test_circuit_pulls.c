/* Circuits fitted to noisy spectra: values and their errors mean what they say, for every parameter of an arc, of two arcs, and of
 * 1.2 Tohm near the analyser's limit. */
#include "check.h"

#include "analysis/circuit_fit.h"
#include "analysis/impedance.h"
#include "base/units.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 200 };
static double frequency[MOST];
static double _Complex z[MOST];

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

typedef struct Pulls {
    int n;
    double sum[CIRCUIT_PARAMETERS], square[CIRCUIT_PARAMETERS], chi2;
} Pulls;

static void add_pulls(Pulls *p, const CircuitFit *f, const double value[])
{
    for (int i = 0; i < f->circuit.nparameters; i++) {
        double d =
            f->circuit.parameter[i].exponent ? f->value[i] - value[i] : log(f->value[i] / value[i]);
        p->sum[i] += d / f->error[i];
        p->square[i] += d * d / (f->error[i] * f->error[i]);
    }
    p->chi2 += f->chi2_reduced;
    p->n++;
}

static void judge_pulls(const Pulls *p, const Circuit *c)
{
    for (int i = 0; i < c->nparameters; i++) {
        double mean = p->sum[i] / p->n, sd = sqrt(p->square[i] / p->n - mean * mean);
        print_message("  %s of %s: pull %.2f, sd %.2f\n", c->parameter[i].name, c->text, mean, sd);
        if (fabs(mean) > 0.2 || fabs(sd - 1.0) > 0.1)
            fail_msg("%s of %s: pull %.3f, sd %.3f", c->parameter[i].name, c->text, mean, sd);
    }
}

/* Draws of 1 % noise; with the noise known and with the noise found. 400: the sd of the pulls is known to 0.035. */
static void pulls(const char *text, const double value[], double limit, uint64_t seed)
{
    enum { DRAWS = 400 };
    const Analyser a = {.noise = 0.01, .limit = limit};
    double _Complex truth[MOST];
    Circuit c;
    CircuitData d = spectrum(text, value, &c);
    for (size_t i = 0; i < d.n; i++)
        truth[i] = z[i];
    for (int known = limit > 0.0; known < 2; known++) {
        Pulls p = {0};
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            CircuitFit f;
            const CircuitFitOptions o = {
                .weights = CIRCUIT_MODULUS, .noise = known ? a.noise : 0.0, .limit = limit};
            for (size_t i = 0; i < d.n; i++)
                z[i] = truth[i];
            impedance_add_noise(&a, seed, draw, d.n, z);
            assert_ok(circuit_fit(&c, &d, &o, &f));
            assert_true(f.determined);
            add_pulls(&p, &f, value);
        }
        judge_pulls(&p, &c);
        if (known)
            assert_near(p.chi2 / DRAWS, 1.0, 0.03);
    }
}

static void pulls_of_an_arc(void **state)
{
    (void)state;
    pulls("p(R1,Q1)", (const double[]){2e6, 3e-9, 0.85}, 0.0, 11);
}

static void pulls_of_two_arcs(void **state)
{
    (void)state;
    pulls("p(R1,Q1)-p(R2,Q2)", (const double[]){3e5, 2e-10, 0.92, 2e6, 3e-7, 0.75}, 0.0, 12);
}

static void pulls_at_the_limit(void **state)
{
    (void)state;
    pulls("p(R1,Q1)", (const double[]){1.2e12, 8e-12, 0.93}, 3e13, 13);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pulls_of_an_arc),
        cmocka_unit_test(pulls_of_two_arcs),
        cmocka_unit_test(pulls_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
