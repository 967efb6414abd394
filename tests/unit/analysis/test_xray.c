/* X-ray chain: cut and window against closed forms, Debye terms, weights with true f(Q), G(r) of an
 * ideal gas. */
#include "check.h"

#include "analysis/xray.h"
#include "base/rng.h"
#include "base/units.h"

#include <gsl/gsl_sf_expint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static Comm *world;

static double transform_one(double qmax, bool lorch, double d, double s, double r)
{
    double *q, *w, g;
    size_t n = xray_quadrature(0, qmax, 40.0, &q, &w);
    double *f = malloc(n * sizeof *f);
    for (size_t i = 0; i < n; i++)
        f[i] = q[i] * xray_debye_term(q[i], d, s);
    xray_transform(n, q, w, lorch ? qmax : 0, 1, f, 1, &r, &g);
    free(q);
    free(w);
    free(f);
    return g;
}

static void cut_and_lorch(void **state)
{
    (void)state;
    double qm = 23.8, b = PI / qm;
    for (int k = 0; k < 30; k++) {
        double d = 2.41, r = 0.3 + 0.37 * k, y = r - d, z = r + d;
        double cut = (sin(qm * y) / y - sin(qm * z) / z) / (PI * d);
        assert_near(transform_one(qm, false, d, 0, r), cut, 1e-8);
        double lorch = (gsl_sf_Si(qm * (y + b)) - gsl_sf_Si(qm * (y - b)) -
                        gsl_sf_Si(qm * (z + b)) + gsl_sf_Si(qm * (z - b))) /
                       (2 * PI * b * d);
        assert_near(transform_one(qm, true, d, 0, r), lorch, 1e-8);
    }
}

/* B and four H: sum of Debye terms transforms to the sum of its Gaussians */
static void debye_molecule(void **state)
{
    (void)state;
    double d = 1.22, side = d * sqrt(8.0 / 3.0), s = 0.08, fb = 5, fh = 1;
    for (int k = 0; k < 25; k++) {
        double r = 0.1 + 0.11 * k;
        double got = 2 * (4 * fb * fh * transform_one(110, false, d, s, r) +
                          6 * fh * fh * transform_one(110, false, side, s, r));
        double want =
            2 * (4 * fb * fh * xray_debye_g(r, d, s) + 6 * fh * fh * xray_debye_g(r, side, s));
        assert_near(got, want, 1e-7);
    }
    /* at Q = 0 a molecule scatters with all its electrons */
    double all =
        fb * fb + 4 * fh * fh + 2 * (4 * fb * fh + 6 * fh * fh) * xray_debye_term(1e-6, d, s);
    assert_near(all, (fb + 4 * fh) * (fb + 4 * fh), 1e-7);
}

/* One formula unit Mg B2 H8, so that concentrations are right */
static void formula_unit(Sample *s)
{
    Cell cell;
    double h[3][3] = {{10, 0, 0}, {0, 10, 0}, {0, 0, 10}};
    assert_ok(cell_init(&cell, (const double(*)[3])h));
    sample_init(s, &cell, 11);
    s->nspecies = 3;
    s->species[0] = species_find("Mg");
    s->species[1] = species_find("B");
    s->species[2] = species_find("H");
    for (int i = 0; i < 11; i++) {
        s->kind[i] = i == 0 ? 0 : i < 3 ? 1 : 2;
        s->x[i][0] = 0.9 * i;
    }
}

/* Height of the peak of one pair at Qmax 23.8 */
static double peak_height(const Gr *g, XrayWeights kind, int a, int b, double d, double s)
{
    double *q, *w, best = -1e9;
    size_t n = xray_quadrature(0, 23.8, 40.0, &q, &w);
    double *f = malloc(n * sizeof *f);
    for (size_t i = 0; i < n; i++)
        f[i] = q[i] * xray_pair_weight(g, kind, a, b, q[i]) * xray_debye_term(q[i], d, s);
    for (int k = -80; k <= 80; k++) {
        double r = d + 0.005 * k, v;
        xray_transform(n, q, w, 0, 1, f, 1, &r, &v);
        best = v > best ? v : best;
    }
    free(q);
    free(w);
    free(f);
    return best;
}

/* Ratios of peak heights with true f(Q) to constant Z, from an independent program with neutral
 * form factors */
static void constant_weights_mislead(void **state)
{
    (void)state;
    enum { MG, B, H };
    const struct {
        int a, b;
        double d, s, ratio;
    } c[] = {{MG, H, 2.0, 0.15, 0.60},
             {B, H, 1.2, 0.08, 0.32},
             {H, H, 1.96, 0.12, 0.31},
             {MG, MG, 4.82, 0.12, 1.74},
             {MG, B, 2.4, 0.10, 1.48}};
    Sample s;
    Gr g;
    formula_unit(&s);
    assert_ok(gr_init(&g, world, &s, 4.0, 0.1));
    for (int k = 0; k < 5; k++) {
        double ratio = peak_height(&g, XRAY_NEUTRAL, c[k].a, c[k].b, c[k].d, c[k].s) /
                       peak_height(&g, XRAY_CONSTANT_Z, c[k].a, c[k].b, c[k].d, c[k].s);
        print_message("%s-%s %.3f\n", g.species[c[k].a]->symbol, g.species[c[k].b]->symbol, ratio);
        assert_near(ratio, c[k].ratio, 0.05 * c[k].ratio);
    }
    gr_clear(&g);
    sample_clear(&s);
}

static void weights_sum_to_one(void **state)
{
    (void)state;
    Sample s;
    Gr g;
    formula_unit(&s);
    assert_ok(gr_init(&g, world, &s, 4.0, 0.1));
    for (int w = 0; w < XRAY_WEIGHTS; w++)
        for (double q = 0; q < 24; q += 3) {
            double sum = 0;
            for (int a = 0; a < 3; a++)
                for (int b = a; b < 3; b++)
                    sum += xray_pair_weight(&g, (XrayWeights)w, a, b, q);
            assert_near(sum, 1.0, 1e-12);
        }
    /* at Q = 0: Mg-B 0.27, Mg-H 0.21 for neutral atoms */
    assert_near(xray_pair_weight(&g, XRAY_NEUTRAL, 0, 1, 0), 0.27, 0.005);
    assert_near(xray_pair_weight(&g, XRAY_NEUTRAL, 0, 2, 0), 0.21, 0.005);
    assert_near(xray_f(XRAY_IONIC, species_find("D"), 0), 1.9994, 1e-4);
    gr_clear(&g);
    sample_clear(&s);
}

/* No order: S = 1 and G = 0 within the errors that the blocks give */
static void ideal_gas_has_no_structure(void **state)
{
    (void)state;
    enum { N = 330, FRAMES = 32 };
    Sample s;
    Cell cell;
    Gr g;
    double h[3][3] = {{18, 0, 0}, {0, 18, 0}, {0, 0, 18}};
    assert_ok(cell_init(&cell, (const double(*)[3])h));
    sample_init(&s, &cell, N);
    s.nspecies = 3;
    s.species[0] = species_find("Mg");
    s.species[1] = species_find("B");
    s.species[2] = species_find("H");
    for (int i = 0; i < N; i++)
        s.kind[i] = i % 11 == 0 ? 0 : i % 11 < 3 ? 1 : 2;
    assert_ok(gr_init(&g, world, &s, 8.0, 0.02));
    for (uint64_t frame = 0; frame < FRAMES; frame++) {
        for (uint64_t i = 0; i < N; i++) {
            double u[2], w[2];
            rng_uniform2(9, RNG_TEST, frame, i, 0, u);
            rng_uniform2(9, RNG_TEST, frame, i, 1, w);
            s.x[i][0] = 18 * u[0], s.x[i][1] = 18 * u[1], s.x[i][2] = 18 * w[0];
        }
        gr_add(&g, &s.cell, (const double(*)[3])s.x);
    }
    gr_reduce(&g, world);
    XrayOptions o = {.qmin = 0.5, .qmax = 12, .qdamp = 0.035, .qstep = 0.5, .rstep = 0.25};
    XrayPdf p[XRAY_WEIGHTS];
    assert_ok(xray_pdf(&g, &o, p));
    for (int w = 0; w < XRAY_WEIGHTS; w++) {
        double pull = 0;
        for (size_t k = 0; k < p[w].nr; k++) {
            double t = p[w].g[k] / p[w].g_error[k];
            assert_true(fabs(t) < 7);
            pull += t * t / (double)p[w].nr;
        }
        assert_true(pull > 0.4 && pull < 2.2);
        for (size_t k = 3; k < p[w].nq; k++)
            assert_near(p[w].s[k], 1.0, 6 * p[w].s_error[k]);
        assert_near(xray_t(&p[w], 4), p[w].g[4] + 4 * PI * p[w].r[4] * N / 5832.0, 1e-12);
        assert_near(xray_rdf(&p[w], 4), p[w].r[4] * xray_t(&p[w], 4), 1e-12);
        xray_pdf_clear(&p[w]);
    }
    o.qmax = 0.1;
    assert_int_equal(xray_pdf(&g, &o, p), ERR_INPUT);
    gr_clear(&g);
    sample_clear(&s);
}

/* Pairs that never meet leave the others alone (a peer's total was zero when one partial was). */
static void an_empty_partial_is_no_empty_total(void **state)
{
    (void)state;
    Sample s;
    Gr g;
    formula_unit(&s); /* one Mg: no Mg-Mg within 4 A */
    assert_ok(gr_init(&g, world, &s, 4.0, 0.02));
    double ring[11][3] = {{0}};
    for (int i = 1; i < 11; i++) /* B and H on a line behind the Mg, 1.2 A apart */
        ring[i][0] = 1.2 * i;
    for (int frame = 0; frame < 4; frame++)
        gr_add(&g, &s.cell, (const double(*)[3])ring);
    gr_reduce(&g, world);
    double *v = calloc(g.nbin, sizeof *v), *e = calloc(g.nbin, sizeof *e), none = 0, some = 0;
    gr_partial(&g, 0, 0, 3, v, e);
    for (size_t k = 0; k < g.nbin; k++)
        none += fabs(v[k]);
    assert_near(none, 0, 0);
    XrayOptions o = {.qmin = 0.5, .qmax = 12, .qdamp = 0.035, .qstep = 0.5, .rstep = 0.25};
    XrayPdf p[XRAY_WEIGHTS];
    assert_ok(xray_pdf(&g, &o, p));
    for (int w = 0; w < XRAY_WEIGHTS; w++) {
        for (size_t k = 0; k < p[w].nr; k++) {
            assert_true(isfinite(p[w].g[k]));
            some = fmax(some, fabs(p[w].g[k]));
        }
        assert_true(some > 1);
        xray_pdf_clear(&p[w]);
    }
    free(v), free(e);
    gr_clear(&g);
    sample_clear(&s);
}

/* Neutrons: b of the isotopes, complex for natural B; H scatters with the opposite sign. */
static void neutron_weights(void **state)
{
    (void)state;
    Sample s;
    Gr g;
    formula_unit(&s);
    assert_ok(gr_init(&g, world, &s, 4.0, 0.1));
    double re = (5.375 + 2 * 5.30 - 8 * 3.7409) / 11, im = 2 * -0.2133 / 11, mean, squares, sum = 0;
    xray_means(&g, XRAY_NEUTRON, NULL, 3.0, &mean, &squares);
    assert_near(mean, re * re + im * im, 1e-9);
    assert_near(squares,
                (5.375 * 5.375 + 2 * (5.30 * 5.30 + 0.2133 * 0.2133) + 8 * 3.7409 * 3.7409) / 11,
                1e-9);
    for (int a = 0; a < 3; a++)
        for (int b = a; b < 3; b++)
            sum += xray_weight_of(&g, XRAY_NEUTRON, NULL, a, b, 3.0);
    assert_near(sum, 1, 1e-12);
    assert_near(xray_weight_of(&g, XRAY_NEUTRON, NULL, 1, 1, 3.0),
                4.0 / 121 * (5.30 * 5.30 + 0.2133 * 0.2133) / mean, 1e-12);
    assert_true(xray_weight_of(&g, XRAY_NEUTRON, NULL, 1, 2, 3.0) < 0); /* B-H points down */
    sample_clear(&s);
    gr_clear(&g);
    formula_unit(&s);
    assert_ok(sample_set_isotope(&s, "B", "11B"));
    assert_ok(sample_set_isotope(&s, "H", "D"));
    assert_ok(gr_init(&g, world, &s, 4.0, 0.1));
    double b = (5.375 + 2 * 6.65 + 8 * 6.674) / 11;
    xray_means(&g, XRAY_NEUTRON, NULL, 3.0, &mean, &squares);
    assert_near(mean, b * b, 1e-9);
    gr_clear(&g);
    sample_clear(&s);
}

/* A table of the built-in form factors gives the built-in curves; bad tables are named. */
static void form_factors_of_a_file(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } bad[] = {
        {"Q [1/angstrom],Mg\n0,12\n1,11\n2,9\n",
         "f.csv: 3 rows; a table of form factors needs at least 4"},
        {"Q [1/angstrom],Mg\n0,12\n1,11\n1,9\n2,8\n", "f.csv:4: Q: 1: Q must rise from row to row"},
        {"Q [1/angstrom],Mg\n0,12\n1,nan\n3,9\n4,8\n", NULL},
        {"Q [1/angstrom],Xe\n0,12\n1,11\n3,9\n4,8\n", NULL},
        {"q,Mg\n0,12\n", NULL},
        {"Q,Mg\n0,12\n1,1e9\n3,9\n4,8\n", NULL},
    };
    XrayForms *forms;
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        assert_int_equal(xray_forms_read("f.csv", bad[k].text, strlen(bad[k].text), &forms),
                         ERR_INPUT);
        if (bad[k].message)
            assert_string_equal(err_message(), bad[k].message);
        assert_null(forms);
    }
    char *text = malloc(100000), *at = text;
    at += sprintf(at, "Q [1/angstrom],Mg [e],B [e],H [e]\n");
    for (int k = 0; k <= 300; k++)
        at += sprintf(at, "%.2f,%.9f,%.9f,%.9f\n", 0.1 * k,
                      species_f0(species_form_factor("Mg"), 0.1 * k),
                      species_f0(species_form_factor("B"), 0.1 * k),
                      species_f0(species_form_factor("H"), 0.1 * k));
    assert_ok(xray_forms_read("f.csv", text, (size_t)(at - text), &forms));
    double f[2];
    for (double q = 0; q < 30; q += 0.037) {
        xray_amplitude(XRAY_FILE, forms, species_find("B"), q, f);
        assert_near(f[0], xray_f(XRAY_NEUTRAL, species_find("B"), q), 2e-4);
        xray_amplitude(XRAY_FILE, forms, species_find("D"), q, f); /* D is H to X-rays */
        assert_near(f[0], xray_f(XRAY_NEUTRAL, species_find("H"), q), 2e-4);
    }
    assert_ok(xray_forms_check(forms, species_find("11B"), 23.8));
    assert_int_equal(xray_forms_check(forms, species_find("Mg"), 31), ERR_INPUT);
    xray_forms_free(forms);
    free(text);
}

int main(int argc, char **argv)
{
    world = comm_start(&argc, &argv);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_and_lorch),
        cmocka_unit_test(debye_molecule),
        cmocka_unit_test(constant_weights_mislead),
        cmocka_unit_test(weights_sum_to_one),
        cmocka_unit_test(ideal_gas_has_no_structure),
        cmocka_unit_test(an_empty_partial_is_no_empty_total),
        cmocka_unit_test(neutron_weights),
        cmocka_unit_test(form_factors_of_a_file),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    comm_stop(world);
    return failed;
}
