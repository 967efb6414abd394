/* Lorentzian and oscillator in a resolution against quadrature, on either side of critical damping; measured lines against
 * the Gaussian that they are; derivatives; areas; limits. */
#include "check.h"

#include "analysis/lineshape.h"
#include "base/mem.h"
#include "base/units.h"

#include <complex.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <stdlib.h>

static const double SIGMA = 0.0276;

static double oscillator(double e, double e0, double g)
{
    double d = e * e - e0 * e0;
    return 2 * g * e0 * e0 / (PI * (d * d + 4 * g * g * e * e));
}

typedef struct Args {
    double e, sigma, e0, g;
} Args;

static double integrand(double t, void *args)
{
    const Args *a = args;
    return exp(-0.5 * t * t) / sqrt(2 * PI) * oscillator(a->e - a->sigma * t, a->e0, a->g);
}

/* The convolution by adaptive quadrature, cut where the oscillator is sharp. */
static double convolution(Args a)
{
    double points[5] = {-12}, want, error;
    size_t n = 1;
    const double sharp[] = {(a.e - a.e0) / a.sigma, a.e / a.sigma, (a.e + a.e0) / a.sigma};
    for (int k = 0; k < 3; k++)
        if (sharp[k] > points[n - 1] + 1e-9 && sharp[k] < 12)
            points[n++] = sharp[k];
    points[n++] = 12;
    gsl_integration_workspace *w = gsl_integration_workspace_alloc(4000);
    gsl_function f = {integrand, &a};
    gsl_integration_qagp(&f, points, n, 0, 1e-13, 4000, w, &want, &error);
    gsl_integration_workspace_free(w);
    return want;
}

static void oscillator_is_the_convolution(void **state)
{
    (void)state;
    gsl_set_error_handler_off();
    /* sharp, broad, just under, at and just over critical damping, overdamped, far over */
    const double e0[] = {3.0, 4.2, 5.4, 2.0, 2.0, 2.0, 2.0, 2.0, 1.0, 0.5, 0.02};
    const double g[] = {0.02, 0.5, 1.3, 1.9, 1.99999, 2.0, 2.00001, 2.1, 3.0, 20.0, 0.02};
    const double energies[] = {0, 0.03, -0.5, 1.0, 1.98, -3.0, 4.3, 9.0}, sigmas[] = {SIGMA, 0.13};
    double worst = 0;
    for (int k = 0; k < 11; k++)
        for (int s = 0; s < 2; s++) {
            Lineshape l = {.sigma = sigmas[s]};
            double peak = 0;
            for (int i = 0; i < 8; i++)
                peak = fmax(peak, convolution((Args){energies[i], sigmas[s], e0[k], g[k]}));
            for (int i = 0; i < 8; i++) {
                double want = convolution((Args){energies[i], sigmas[s], e0[k], g[k]});
                double got = lineshape_oscillator(&l, energies[i], e0[k], g[k], NULL, NULL);
                worst = fmax(worst, fabs(got - want) / peak);
                assert_near(got, want, 1e-10 * peak);
            }
        }
    print_message("oscillator against quadrature: worst %.1e of the peak\n", worst);
}

/* Central differences, on both sides of the switch near critical damping. */
static void derivatives_are_slopes(void **state)
{
    (void)state;
    const double e0[] = {3.0, 4.2, 2.0, 2.0, 2.0, 2.0, 1.0, 0.3};
    const double g[] = {0.05, 0.7, 1.5, 1.99, 2.0, 2.01, 3.0, 4.0};
    Lineshape l = {.sigma = 0.1};
    for (int k = 0; k < 8; k++)
        for (double e = -4.5; e < 6; e += 0.31) {
            double de, dg, h = 1e-5 * e0[k], j = 1e-5 * g[k];
            double v = lineshape_oscillator(&l, e, e0[k], g[k], &de, &dg);
            double by_e = (lineshape_oscillator(&l, e, e0[k] + h, g[k], NULL, NULL) -
                           lineshape_oscillator(&l, e, e0[k] - h, g[k], NULL, NULL)) /
                          (2 * h);
            double by_g = (lineshape_oscillator(&l, e, e0[k], g[k] + j, NULL, NULL) -
                           lineshape_oscillator(&l, e, e0[k], g[k] - j, NULL, NULL)) /
                          (2 * j);
            assert_near(de, by_e, 1e-6 * (fabs(by_e) + v / e0[k] + 1e-3));
            assert_near(dg, by_g, 1e-6 * (fabs(by_g) + v / g[k] + 1e-3));
        }
}

/* Far overdamped it is the Lorentzian of half width E0^2/2g; undamped it is two lines of the resolution's width. */
static void limits(void **state)
{
    (void)state;
    Lineshape l = {.sigma = SIGMA};
    for (double e = -0.5; e < 0.6; e += 0.1) {
        double want = lineshape_lorentz(&l, e, 0.2, NULL);
        assert_near(lineshape_oscillator(&l, e, sqrt(2 * 0.2 * 1e5), 1e5, NULL, NULL), want,
                    1e-5 * want);
    }
    assert_near(lineshape_oscillator(&l, 3.0, 3.0, 1e-9, NULL, NULL),
                0.5 * lineshape_resolution(&l, 0.0), 1e-6);
    double kt = UNITS_KB_MEV * 310; /* detailed balance and chi'' of the same line */
    for (double e = 0.5; e < 6; e += 0.7) {
        double s = kt * 1.7 * lineshape_balance(e, 310) * oscillator(e, 4.2, 0.5);
        double chi = 1.7 * e * 2 * 0.5 * 4.2 * 4.2 / (pow(e * e - 4.2 * 4.2, 2) + 4 * 0.25 * e * e);
        assert_near(s, chi / PI / -expm1(-e / kt), 1e-12);
    }
}

/* A Gaussian and a lopsided pair of Gaussians given as tables of R(t), against the closed form. */
static Resolution table_of(double sigma, double shift, double share, double dt)
{
    Resolution r;
    assert_ok(resolution_gaussian(&r, 2.3548200450309493 * sigma));
    r.nlines = 1;
    r.nt = (size_t)(6 * UNITS_HBAR_MEV_PS / sigma / dt);
    r.dt = dt;
    r.line_q = MEM_NEW(double, 1);
    r.line = MEM_NEW(double _Complex, r.nt);
    for (size_t k = 0; k < r.nt; k++) {
        double t = (double)k * dt / UNITS_HBAR_MEV_PS;
        r.line[k] = exp(-0.5 * sigma * sigma * t * t) * (1 - share + share * cexp(-I * shift * t));
    }
    return r;
}

static void tables_are_the_gaussian_they_hold(void **state)
{
    (void)state;
    const double steps[] = {0.25, 1.0}, shift = 0.05, share = 0.3;
    for (int s = 0; s < 2; s++) {
        Resolution r = table_of(SIGMA, shift, share, steps[s]);
        Lineshape table = {.sigma = SIGMA, .stretch = 1.0}, gauss = {.sigma = SIGMA};
        double _Complex *value = lineshape_table(&r, 0, &table.n, &table.dt);
        table.value = value;
        double worst = 0, peak = lineshape_resolution(&gauss, 0);
        for (double e = -3; e < 3; e += 0.0173) {
            const double g[] = {0.0, 0.005, 0.2, 5.0};
            for (int k = 0; k < 4; k++) {
                double slope, there, height = lineshape_lorentz(&gauss, 0, g[k], NULL);
                double got = lineshape_lorentz(&table, e, g[k], &slope);
                double want = (1 - share) * lineshape_lorentz(&gauss, e, g[k], NULL) +
                              share * lineshape_lorentz(&gauss, e - shift, g[k], NULL);
                double h = 1e-5;
                there = lineshape_lorentz(&table, e, g[k] + h, NULL);
                worst = fmax(worst, fabs(got - want) / height);
                assert_near(slope, (there - got) / h, 1e-3 * peak / SIGMA);
            }
            double got = lineshape_oscillator(&table, e, 2.2, 0.1, NULL, NULL);
            double want = (1 - share) * lineshape_oscillator(&gauss, e, 2.2, 0.1, NULL, NULL) +
                          share * lineshape_oscillator(&gauss, e - shift, 2.2, 0.1, NULL, NULL);
            worst = fmax(worst, fabs(got - want) /
                                    lineshape_oscillator(&gauss, 2.2, 2.2, 0.1, NULL, NULL));
        }
        print_message("table of step %g ps: worst %.1e of the peak\n", steps[s], worst);
        assert_true(worst < 1e-6);
        table.stretch = 2.0; /* twice as wide */
        Lineshape wide = {.sigma = 2 * SIGMA};
        double want = (1 - share) * lineshape_lorentz(&wide, 0.1, 0.02, NULL) +
                      share * lineshape_lorentz(&wide, 0.1 - 2 * shift, 0.02, NULL);
        assert_near(lineshape_lorentz(&table, 0.1, 0.02, NULL), want, 1e-6 * peak);
        free(value);
        resolution_clear(&r);
    }
}

/* A measured line whose transform is cut, at 1e-3 by its floor or at 0.03 because its bins are coarse, must not ring. */
static void a_cut_table_does_not_ring(void **state)
{
    (void)state;
    const double cuts[] = {1e-3, 0.03};
    for (int c = 0; c < 2; c++) {
        Resolution r = table_of(SIGMA, 0, 0, 0.5);
        for (size_t k = 0; k < r.nt; k++)
            if (cabs(r.line[k]) < cuts[c])
                r.line[k] = 0;
        Lineshape table = {.sigma = SIGMA, .stretch = 1.0}, gauss = {.sigma = SIGMA};
        double _Complex *value = lineshape_table(&r, 0, &table.n, &table.dt);
        table.value = value;
        double worst = 0, peak = lineshape_resolution(&gauss, 0);
        for (double e = 0; e < 3; e += 0.0173)
            worst = fmax(worst,
                         fabs(lineshape_resolution(&table, e) - lineshape_resolution(&gauss, e)) /
                             peak);
        print_message("cut at %g: worst %.1e of the peak\n", cuts[c], worst);
        assert_true(worst < 1e-6);
        free(value);
        resolution_clear(&r);
    }
}

/* A line of half width 0.005 meV averaged over bins of 0.02 meV, and one in a fine resolution: exact to 1e-6 of the peak.
 * Convolving tables on that grid errs by 61 %. */
static void narrow_lines_on_coarse_bins(void **state)
{
    (void)state;
    const double sigma[] = {SIGMA, 0.004}, gamma = 0.005, bin = 0.02;
    for (int s = 0; s < 2; s++) {
        Lineshape l = {.sigma = sigma[s]};
        double x[LINESHAPE_NODES], w[LINESHAPE_NODES], peak = lineshape_lorentz(&l, 0, gamma, NULL);
        size_t n = lineshape_bin(bin, sigma[s], x, w);
        for (double e = -0.1; e < 0.1; e += 0.0173) {
            double got = 0, want = 0;
            for (size_t k = 0; k < n; k++)
                got += w[k] * lineshape_lorentz(&l, e + x[k], gamma, NULL);
            for (int k = 0; k < 20000; k++)
                want +=
                    lineshape_lorentz(&l, e + bin * ((k + 0.5) / 20000 - 0.5), gamma, NULL) / 20000;
            assert_near(got, want, 1e-6 * peak);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(oscillator_is_the_convolution),
        cmocka_unit_test(derivatives_are_slopes),
        cmocka_unit_test(limits),
        cmocka_unit_test(tables_are_the_gaussian_they_hold),
        cmocka_unit_test(a_cut_table_does_not_ring),
        cmocka_unit_test(narrow_lines_on_coarse_bins),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
