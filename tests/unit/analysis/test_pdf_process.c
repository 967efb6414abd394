/* From I(Q) to G(r) as PDFgetX3 does it: what the polynomial takes and what it leaves, background, counting errors; Compton
 * scattering against closed forms. */
#include "check.h"

#include "analysis/pdf_process.h"
#include "analysis/xray.h"
#include "analysis/xray_compton.h"
#include "base/rng.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

enum { N = 1190 };

static double q[N], f2[N], ff[N], intensity[N];

/* Two distances, 2.4 and 4.8 A, of atoms with a form factor. */
static double true_f(double at)
{
    return at * (0.8 * xray_debye_term(at, 2.4, 0.1) + 1.1 * xray_debye_term(at, 4.8, 0.15));
}

static void fill(void)
{
    for (int k = 0; k < N; k++) {
        q[k] = 0.02 * (k + 1);
        f2[k] = pow(12.0 * exp(-0.004 * q[k] * q[k]) + 1.0, 2);
        ff[k] = 1.3 * f2[k];
        intensity[k] = ff[k] + f2[k] * true_f(q[k]) / q[k];
    }
}

static const PdfProcessOptions window = {.bgscale = 1,
                                         .scale = 1,
                                         .rpoly = 0.9,
                                         .qmin = 0.02,
                                         .qmax = 23.8,
                                         .qmaxinst = 23.8,
                                         .rstep = 0.02,
                                         .rmax = 12};

static void polynomial_is_found(void **state)
{
    (void)state;
    double x[40], y[40], out[40], low[40], high[40];
    for (int k = 0; k < 40; k++) {
        x[k] = 0.3 + 0.5 * k;
        y[k] = 2 * x[k] - 0.3 * x[k] * x[k] + 0.01 * pow(x[k], 3);
    }
    assert_ok(pdf_process_polynomial(40, x, y, 3, out));
    for (int k = 0; k < 40; k++)
        assert_near(out[k], y[k], 1e-9);
    assert_ok(pdf_process_polynomial(40, x, y, 2, low));
    assert_ok(pdf_process_polynomial(40, x, y, 3, high));
    assert_true(fabs(low[20] - high[20]) > 1e-3);
    assert_int_equal(pdf_process_polynomial(2, x, y, 3, out), ERR_NUMERICAL);
}

/* A degree of 2.25 is three quarters of the second and one quarter of the third. */
static void degree_may_be_a_fraction(void **state)
{
    (void)state;
    PdfProcessOptions o = window;
    PdfProcessed p;
    double two[N], three[N];
    fill();
    o.rpoly = 2.25 * PI / o.qmaxinst;
    assert_ok(pdf_process(&o, N, q, intensity, NULL, NULL, f2, ff, NULL, &p));
    assert_near(p.degree, 2.25, 1e-12);
    assert_ok(pdf_process_polynomial(p.n, p.q, p.f_raw, 2, two));
    assert_ok(pdf_process_polynomial(p.n, p.q, p.f_raw, 3, three));
    for (size_t k = 0; k < p.n; k++)
        assert_near(p.polynomial[k], 0.75 * two[k] + 0.25 * three[k], 1e-12);
    pdf_processed_clear(&p);
}

/* Whatever adds a polynomial without constant term to F is taken out to the last digit; so is a background. */
static void smooth_additions_vanish(void **state)
{
    (void)state;
    PdfProcessed clean, spoilt;
    double more[N], background[N];
    fill();
    for (int k = 0; k < N; k++) {
        background[k] = 30.0 + 20.0 * exp(-pow(q[k] - 1.5, 2));
        more[k] =
            intensity[k] + f2[k] * (0.5 + 0.2 * q[k] - 0.004 * q[k] * q[k]) + 0.7 * background[k];
    }
    PdfProcessOptions o = window;
    assert_ok(pdf_process(&o, N, q, intensity, NULL, NULL, f2, ff, NULL, &clean));
    o.bgscale = 0.7;
    assert_ok(pdf_process(&o, N, q, more, background, NULL, f2, ff, NULL, &spoilt));
    for (size_t k = 0; k < clean.nr; k++)
        assert_near(clean.g[k], spoilt.g[k], 1e-9);
    assert_true(isnan(clean.g_error[3]));
    pdf_processed_clear(&clean);
    pdf_processed_clear(&spoilt);
}

/* Beyond rpoly G is that of the same window; below it the polynomial has taken what it can. */
static void artefacts_stay_below_rpoly(void **state)
{
    (void)state;
    PdfProcessed p;
    double *nodes, *weight;
    fill();
    assert_ok(pdf_process(&window, N, q, intensity, NULL, NULL, f2, ff, NULL, &p));
    size_t n = xray_quadrature(window.qmin, window.qmax, 40, &nodes, &weight);
    double *f = malloc(n * sizeof *f), *g = malloc(p.nr * sizeof *g), most = 0, below = 0,
           above = 0;
    for (size_t i = 0; i < n; i++)
        f[i] = true_f(nodes[i]);
    xray_transform(n, nodes, weight, 0, 1, f, p.nr, p.r, g);
    for (size_t k = 0; k < p.nr; k++) {
        double d = fabs(p.g[k] - g[k]);
        most = fmax(most, fabs(g[k]));
        below = p.r[k] < 0.9 ? fmax(below, d) : below;
        above = p.r[k] > 1.5 ? fmax(above, d) : above;
    }
    print_message("of the highest peak: artefact %.4f below 0.9 A, %.4f beyond 1.5 A\n",
                  below / most, above / most);
    assert_true(above < 0.01 * most);
    assert_true(below > above);
    free(nodes);
    free(weight);
    free(f);
    free(g);
    pdf_processed_clear(&p);
}

/* Scatter of G over many counts is what g_error says (the polynomial takes a little of it). */
static void counting_errors(void **state)
{
    (void)state;
    enum { DRAWS = 100 };
    PdfProcessed p;
    double noisy[N], error[N], sum[3] = {0}, squares[3] = {0}, said[3] = {0}, per = 0.05;
    const size_t at[3] = {119, 239, 449};
    fill();
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        for (int k = 0; k < N; k++) {
            double c = (double)rng_poisson(5, RNG_TEST, draw, (uint64_t)k, intensity[k] / per);
            noisy[k] = c * per;
            error[k] = sqrt(fmax(1.0, c)) * per;
        }
        assert_ok(pdf_process(&window, N, q, noisy, NULL, error, f2, ff, NULL, &p));
        for (int k = 0; k < 3; k++) {
            sum[k] += p.g[at[k]];
            squares[k] += p.g[at[k]] * p.g[at[k]];
            said[k] = p.g_error[at[k]];
        }
        pdf_processed_clear(&p);
    }
    for (int k = 0; k < 3; k++) {
        double sd = sqrt((squares[k] - sum[k] * sum[k] / DRAWS) / (DRAWS - 1));
        assert_near(sd / said[k], 1.0, 0.25);
    }
}

static void bad_windows_are_refused(void **state)
{
    (void)state;
    PdfProcessOptions o = window;
    PdfProcessed p;
    fill();
    o.qmax = o.qmaxinst = 30;
    assert_int_equal(pdf_process(&o, N, q, intensity, NULL, NULL, f2, ff, NULL, &p), ERR_INPUT);
    assert_non_null(strstr(err_message(), "do not cover"));
    o = window, o.rpoly = 0.01;
    assert_int_equal(pdf_process(&o, N, q, intensity, NULL, NULL, f2, ff, NULL, &p), ERR_INPUT);
    assert_non_null(strstr(err_message(), "degree 0.1"));
    o = window, o.qmaxinst = 20;
    assert_int_equal(pdf_process(&o, N, q, intensity, NULL, NULL, f2, ff, NULL, &p), ERR_INPUT);
    o = window, o.scale = NAN;
    assert_int_equal(pdf_process(&o, N, q, intensity, intensity, NULL, f2, ff, NULL, &p),
                     ERR_INPUT);
    assert_non_null(strstr(err_message(), "no intensity is left"));
}

/* H has one electron: S = 1 - f^2. All: 0 at Q = 0, Z far out, never falling. */
static void compton_scattering(void **state)
{
    (void)state;
    static const struct {
        const char *element;
        double z;
    } e[] = {{"H", 1}, {"B", 5}, {"Mg", 12}, {"O", 8}, {"Si", 14}};
    double s, before;
    for (double at = 0; at < 60; at += 0.37) {
        double f = species_f0(species_form_factor("H"), at);
        assert_true(xray_compton_s("H", at, &s));
        assert_near(s, 1 - f * f, 4e-3);
    }
    for (size_t k = 0; k < sizeof e / sizeof *e; k++) {
        before = 0;
        assert_true(xray_compton_s(e[k].element, 0, &s));
        assert_near(s, 0, 0);
        for (double at = 0; at < 90; at += 0.1) {
            assert_true(xray_compton_s(e[k].element, at, &s));
            assert_true(s >= before - 1e-12);
            before = s;
        }
        assert_near(s, e[k].z, 0.01 * e[k].z);
    }
    /* where they rise fastest, beside xraylib's SF_Compt */
    assert_true(xray_compton_s("Mg", 4 * PI * 0.07, &s));
    assert_near(s, 1.3721, 5e-3);
    assert_true(xray_compton_s("Si", 4 * PI * 0.07, &s));
    assert_near(s, 1.3724, 5e-3);
    assert_false(xray_compton_s("Xe", 1, &s));
    /* 60 keV at a right angle: 1/(1 + 60/511) */
    double wavelength = 12.398419843 / 60.0, left = 1.0 / (1.0 + 60.0 / 510.99895);
    assert_near(xray_compton_recoil(4 * PI / wavelength * sqrt(0.5), wavelength), left * left,
                1e-6);
    /* the glass has its hump where it should be */
    assert_true(xray_compton_silica(1.52, wavelength) > 1.5 * xray_compton_silica(2.5, wavelength));
    assert_true(xray_compton_silica(1.52, wavelength) > 1.5 * xray_compton_silica(0.7, wavelength));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(polynomial_is_found),     cmocka_unit_test(degree_may_be_a_fraction),
        cmocka_unit_test(smooth_additions_vanish), cmocka_unit_test(artefacts_stay_below_rpoly),
        cmocka_unit_test(counting_errors),         cmocka_unit_test(bad_windows_are_refused),
        cmocka_unit_test(compton_scattering),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
