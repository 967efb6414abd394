/* Closed formulas against independent computations: generator matrices of the jumps, and
 * quadrature. */
#include "check.h"

#include "analysis/models.h"
#include "base/units.h"

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_bessel.h>
#include <gsl/gsl_sf_legendre.h>
#include <stdbool.h>
#include <string.h>

enum { MAX_SITES = 8, NQ = 12, NT = 9 };

static const double bond = 1.2;

typedef struct Jumps {
    int n;
    double site[MAX_SITES][3];
    double k[MAX_SITES][MAX_SITES]; /* symmetric generator */
} Jumps;

static void jumps_add(Jumps *j, int from, int to, double rate)
{
    j->k[to][from] += rate;
    j->k[from][from] -= rate;
}

/* (1/n) sum_ab [exp(K t)]_ab j0(Q |r_a - r_b|) by the eigenvectors of K */
static double jumps_intermediate(const Jumps *j, double q, double t)
{
    size_t n = (size_t)j->n;
    gsl_matrix *k = gsl_matrix_alloc(n, n), *v = gsl_matrix_alloc(n, n);
    gsl_vector *w = gsl_vector_alloc(n);
    gsl_eigen_symmv_workspace *space = gsl_eigen_symmv_alloc(n);
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            gsl_matrix_set(k, a, b, j->k[a][b]);
    gsl_eigen_symmv(k, w, v, space);
    double sum = 0.0;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++) {
            double p = 0.0, d2 = 0.0;
            for (size_t m = 0; m < n; m++)
                p += gsl_matrix_get(v, a, m) * gsl_matrix_get(v, b, m) *
                     exp(gsl_vector_get(w, m) * t);
            for (int i = 0; i < 3; i++)
                d2 += pow(j->site[a][i] - j->site[b][i], 2);
            double x = q * sqrt(d2);
            sum += p * (x > 0.0 ? sin(x) / x : 1.0);
        }
    gsl_eigen_symmv_free(space);
    gsl_vector_free(w);
    gsl_matrix_free(v);
    gsl_matrix_free(k);
    return sum / j->n;
}

static double q_of(int i)
{
    return 0.1 + 5.9 * i / (NQ - 1);
}

#define COMPARE(jumps, formula)                                                                    \
    for (int iq = 0; iq < NQ; iq++)                                                                \
        for (int it = 0; it < NT; it++) {                                                          \
            double q = q_of(iq), t = it;                                                           \
            assert_near(formula, jumps_intermediate(&jumps, q, t), 1e-12);                         \
        }

static void tetrahedron(Jumps *j)
{
    static const double s[4][3] = {{1, 1, 1}, {1, -1, -1}, {-1, 1, -1}, {-1, -1, 1}};
    memset(j, 0, sizeof *j);
    j->n = 4;
    for (int a = 0; a < 4; a++)
        for (int i = 0; i < 3; i++)
            j->site[a][i] = bond / sqrt(3.0) * s[a][i];
}

static void sites_on_a_line_and_a_circle(void **state)
{
    (void)state;
    double tau = 3.0, length = 1.7, r = 1.1;
    Jumps two = {.n = 2, .site = {{0, 0, 0}, {length, 0, 0}}};
    jumps_add(&two, 0, 1, 1.0 / tau);
    jumps_add(&two, 1, 0, 1.0 / tau);
    COMPARE(two, models_two_sites(q, t, length, tau));
    for (int n = 3; n <= 6; n++) {
        Jumps c = {.n = n};
        for (int a = 0; a < n; a++) {
            c.site[a][0] = r * cos(2 * PI * a / n);
            c.site[a][1] = r * sin(2 * PI * a / n);
            jumps_add(&c, a, (a + 1) % n, 0.5 / tau);
            jumps_add(&c, a, (a + n - 1) % n, 0.5 / tau);
        }
        COMPARE(c, models_circle(q, t, n, r, tau));
    }
}

static void bh4_about_one_axis_and_all(void **state)
{
    (void)state;
    static const int c2[3][4] = {{1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}};
    double tau = 3.0, nu3 = 0.11, nu2 = 0.05;
    Jumps j;
    tetrahedron(&j);
    for (int a = 0; a < 4; a++)
        jumps_add(&j, a, c2[0][a], 1.0 / tau);
    COMPARE(j, models_c2(q, t, bond, tau));
    tetrahedron(&j);
    for (int a = 1; a < 4; a++) {
        jumps_add(&j, a, 1 + a % 3, 0.5 / tau);
        jumps_add(&j, a, 1 + (a + 1) % 3, 0.5 / tau);
    }
    COMPARE(j, models_c3(q, t, bond, tau));
    tetrahedron(&j);
    for (int axis = 0; axis < 4; axis++)
        for (int turn = 1; turn <= 2; turn++) {
            int other[3], n = 0;
            for (int a = 0; a < 4; a++)
                if (a != axis)
                    other[n++] = a;
            for (int a = 0; a < 3; a++)
                jumps_add(&j, other[a], other[(a + turn) % 3], nu3);
        }
    for (int k = 0; k < 3; k++)
        for (int a = 0; a < 4; a++)
            jumps_add(&j, a, c2[k][a], nu2);
    COMPARE(j, models_tetrahedral(q, t, bond, nu3, nu2));
}

/* All 24 proper rotations as signed permutations, sorted into classes by trace and by their axis.
 */
static void cubic_tumbling(void **state)
{
    (void)state;
    static const int permutation[6][3] = {{0, 1, 2}, {1, 2, 0}, {2, 0, 1},
                                          {0, 2, 1}, {2, 1, 0}, {1, 0, 2}};
    double nu4 = 0.05, nu3 = 0.03, nu2 = 0.02, nu2p = 0.04;
    Jumps j = {.n = 8};
    for (int a = 0; a < 8; a++)
        for (int i = 0; i < 3; i++)
            j.site[a][i] = ((a >> i) & 1 ? 1 : -1) * bond / sqrt(3.0);
    int found = 0;
    for (int p = 0; p < 6; p++)
        for (int bits = 0; bits < 8; bits++) {
            int sign[3], trace = 0, fixed = 0, parity = p < 3 ? 1 : -1;
            for (int i = 0; i < 3; i++) {
                sign[i] = (bits >> i) & 1 ? 1 : -1;
                parity *= sign[i];
                if (permutation[p][i] == i) {
                    trace += sign[i];
                    fixed++;
                }
            }
            if (parity < 0 || trace == 3)
                continue;
            found++;
            double rate = trace == 1 ? nu4 : trace == 0 ? nu3 : fixed == 3 ? nu2 : nu2p;
            for (int a = 0; a < 8; a++) {
                int to = 0;
                for (int i = 0; i < 3; i++)
                    if (sign[i] * ((a >> permutation[p][i]) & 1 ? 1 : -1) > 0)
                        to |= 1 << i;
                jumps_add(&j, a, to, rate);
            }
        }
    assert_int_equal(found, 23);
    COMPARE(j, models_cubic(q, t, bond, nu4, nu3, nu2, nu2p));
}

static void c2_and_c3_differ_only_in_width(void **state)
{
    (void)state;
    assert_near(models_c2(1.5, 1e6, bond, 3.0), models_c3(1.5, 1e6, bond, 3.0), 1e-15);
    assert_true(fabs(models_c2(1.5, 2.0, bond, 3.0) - models_c3(1.5, 2.0, bond, 3.0)) > 1e-2);
}

/* Integral over [a,b] by Gauss-Legendre with many points. */
static double integral(double (*f)(double x, const double p[]), const double p[], double a,
                       double b)
{
    size_t n = 512; /* GSL has these nodes to 27 digits; others only to 1e-10 */
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(n);
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double x, w;
        gsl_integration_glfixed_point(a, b, i, &x, &w, table);
        sum += w * f(x, p);
    }
    gsl_integration_glfixed_table_free(table);
    return sum;
}

static double rotational_propagator(double x, const double p[]) /* p: q R, D t */
{
    double sum = 0.0;
    for (int l = 0; l < 120; l++)
        sum += 0.5 * (2 * l + 1) * exp(-l * (l + 1) * p[1]) * gsl_sf_legendre_Pl(l, x);
    return sum * models_j0(p[0] * sqrt(2.0 - 2.0 * x));
}

static double chord(double phi, const double p[])
{
    return models_j0(2.0 * p[0] * sin(0.5 * phi)) / (2.0 * PI);
}

static double ball(double u, const double p[])
{
    return 3.0 * u * u * models_j0(p[0] * u);
}

static void continuous_rotations_and_confinement(void **state)
{
    (void)state;
    for (int i = 0; i < NQ; i++) {
        double q = q_of(i), r = 1.2, d = 0.08;
        assert_near(models_sears(q, 0.0, r, d), 1.0, 1e-12);
        assert_near(models_sears(q, 2.0, r, d),
                    integral(rotational_propagator, (double[]){q * r, 2 * d}, -1, 1), 1e-10);
        assert_near(models_uniaxial_eisf(q, 1.131),
                    integral(chord, (double[]){q * 1.131}, 0, 2 * PI), 1e-10);
        double f = integral(ball, (double[]){q * 1.5}, 0, 1);
        assert_near(models_sphere_eisf(q, 1.5), f * f, 1e-10);
    }
    assert_near(models_sphere_eisf(0.0066, 1.5), models_sphere_eisf(0.0067, 1.5), 1e-6);
    assert_near(models_sphere_eisf(0.0, 1.5), 1.0, 1e-15);
}

static void translational_rates(void **state)
{
    (void)state;
    double q = 0.8, l = 2.5, tau = 1.3, d = 0.4;
    assert_near(models_fick_rate(q, d), 0.256, 1e-12);
    /* all of them are Fick at small Q, with D = l^2/(6 tau), l0^2/(2 tau), D */
    double e = 1e-3;
    assert_near(models_chudley_elliott_rate(e, l, tau) / models_fick_rate(e, l * l / 6 / tau), 1.0,
                1e-6);
    assert_near(models_hall_ross_rate(e, l, tau) / models_fick_rate(e, l * l / 2 / tau), 1.0, 1e-5);
    assert_near(models_singwi_sjolander_rate(e, d, tau) / models_fick_rate(e, d), 1.0, 1e-6);
    assert_near(models_chudley_elliott_rate(q, l, tau), (1 - sin(2.0) / 2.0) / tau, 1e-12);
    assert_near(models_hall_ross_rate(q, l, tau), (1 - exp(-2.0)) / tau, 1e-12);
    assert_near(models_singwi_sjolander_rate(q, d, tau), 0.256 / (1 + 0.256 * tau), 1e-12);
    /* powder of the lattice law: 0.39630, against 0.39570 from the averaged rate */
    assert_near(models_cubic_lattice(0.8, 1.7, 2.5, 1.0), 0.396302, 1e-6);
    assert_near(exp(-models_chudley_elliott_rate(0.8, 2.5, 1.0) * 1.7), 0.39570, 1e-5);
    /* persistent walk: D = (a^2/2 tau)(1 + 2 sum e^k) */
    double sum = 1.0;
    for (int k = 1; k < 200; k++)
        sum += 2.0 * pow(0.7, k);
    assert_near(models_persistent_diffusion(3.0, 2.0, 0.7), 9.0 / 4.0 * sum,
                1e-12 * 9.0 / 4.0 * sum + 1e-12);
    assert_near(models_walk_msd(30.0, 1.0, 2.0), 120.0, 1e-12);
}

static void oscillators(void **state)
{
    (void)state;
    enum { N = 256 };
    double u2 = 0.03, q = 3.9, w0 = 2.0, z = q * q * u2;
    for (int n = 0; n < 6; n++) {
        double c = 0.0;
        for (int k = 0; k < N; k++)
            c += models_oscillator(q, k * 2 * PI / w0 / N, u2, w0) * cos(2 * PI * n * k / N) / N;
        assert_near(models_oscillator_line(n, z), c, 1e-12);
    }
    double sum = 0.0, moment = 0.0, b = 0.9, e = 0.7;
    for (int n = -60; n <= 60; n++) {
        sum += models_quantum_line(n, e, b);
        moment += n * models_quantum_line(n, e, b);
        if (n > 0 && n < 20)
            assert_near(models_quantum_line(-n, e, b) / models_quantum_line(n, e, b), exp(-n * b),
                        1e-12);
    }
    assert_near(sum, 1.0, 1e-12);
    assert_near(moment, e, 1e-12);
    assert_near(models_overdamped(q, 1e9, u2, 0.8), exp(-z), 1e-12);
    assert_near(models_overdamped(q, 0.5, u2, 0.8), exp(-z * (1 - exp(-0.4))), 1e-12);
    assert_near(models_ideal_gas(1.3, 0.35, 4.0), exp(-0.5 * 1.69 * 4.0 * 0.1225), 1e-12);
}

static double gas_transform(double energy, const double p[])
{
    return models_ideal_gas_s(p[0], energy, 310.0, 1.008) *
           cos((energy - p[1]) * p[2] / UNITS_HBAR_MEV_PS);
}

static void quantum_gas_balances(void **state)
{
    (void)state;
    double q = 1.3, kt = UNITS_KB_MEV * 310.0;
    double recoil = UNITS_NEUTRON_MEV_K2 * UNITS_NEUTRON_U / 1.008 * q * q;
    for (double e = 1.0; e < 20.0; e += 3.0) {
        double ratio =
            models_ideal_gas_s(q, -e, 310.0, 1.008) / models_ideal_gas_s(q, e, 310.0, 1.008);
        assert_near(ratio * exp(e / kt), 1.0, 1e-12);
    }
    /* S(E) is the transform of I(t) = exp(i recoil t/hbar) |I| */
    double t = 0.05;
    double complex i = models_ideal_gas_quantum(q, t, 310.0, 1.008);
    assert_near(cabs(i),
                integral(gas_transform, (double[]){q, recoil, t}, recoil - 160.0, recoil + 160.0),
                1e-10);
    assert_near(carg(i), recoil * t / UNITS_HBAR_MEV_PS, 1e-12);
    /* classical limit of the modulus, kT/m in A^2/ps^2 */
    double v2 = kt * 2.0 * recoil / (q * q) / (UNITS_HBAR_MEV_PS * UNITS_HBAR_MEV_PS);
    assert_near(cabs(i), models_ideal_gas(q, t, v2), 1e-12);
}

static double gauss_lorentz(double y, const double p[]) /* p: E, s, gamma */
{
    return models_gauss(y, p[1]) * models_lorentz(p[0] - y, p[2]);
}

static void voigt_is_the_convolution(void **state)
{
    (void)state;
    double s = 0.065 / 2.354820045;
    for (int i = 0; i < 3; i++) {
        double gamma = (double[]){0.02, 0.2, 1.5}[i], sum = 0.0;
        for (int k = -48; k < 48; k++)
            sum += integral(gauss_lorentz, (double[]){0.11, s, gamma}, 0.25 * k * s,
                            0.25 * (k + 1) * s);
        assert_near(models_voigt(0.11, s, gamma), sum, 1e-10);
    }
    assert_near(models_voigt(0.01, s, 0.0), models_gauss(0.01, s), 1e-10);
    assert_near(models_voigt(0.01, 0.0, 0.2), models_lorentz(0.01, 0.2), 1e-10);
}

static double susceptibility(double u, const double p[]) /* E = e0 tan(u): int_0^inf chi''/E dE */
{
    double e = p[0] * tan(u);
    return models_dho_chi(e, p[0], p[1], 1.0) / e * p[0] / (cos(u) * cos(u));
}

static void dho_and_detailed_balance(void **state)
{
    (void)state;
    double kelvin = 310.0, kt = UNITS_KB_MEV * kelvin, e0 = 4.2, g = 1.1;
    for (int k = 0; k < 2; k++) /* underdamped, overdamped */
        assert_near(2.0 / PI *
                        integral(susceptibility, (double[]){e0, k == 0 ? g : 2.0 * e0}, 1e-12,
                                 0.5 * PI - 1e-12),
                    1.0, 1e-10);
    for (double e = 0.05; e < 20.0; e += 1.7) {
        double s = models_dho(e, kelvin, e0, g, 1.3), back = models_dho(-e, kelvin, e0, g, 1.3);
        assert_near(back / s * exp(e / kt), 1.0, 1e-12);
        assert_near(models_bose_plus_one(e, kelvin) * models_dho_chi(e, e0, g, 1.3) / PI, s, 1e-12);
        for (int kind = BALANCE_HARMONIC; kind <= BALANCE_STANDARD; kind++) {
            double x = e / kt;
            assert_near(models_balance((Balance)kind, -x) / models_balance((Balance)kind, x) *
                            exp(x),
                        1.0, 1e-12);
        }
        assert_near(models_bose_plus_one(-e, kelvin), -1.0 / (exp(e / kt) - 1.0), 1e-10);
    }
    assert_near(models_balance(BALANCE_HARMONIC, 0.0), 1.0, 1e-15);
    assert_near(models_balance(BALANCE_HARMONIC, 1e-5), 1.0 + 5e-6, 1e-10);
    /* 2 % at 1 meV, 21 % at 10 meV */
    assert_near(models_balance(BALANCE_HARMONIC, 10.0 / kt) - 1.0, 0.20, 0.02);
}

static void sampled_exponential(void **state)
{
    (void)state;
    double g = 0.31, dt = 0.1;
    for (int k = 0; k < 8; k++) {
        double w = PI / dt * k / 7.0, sum = 0.0;
        for (int i = -4096; i <= 4096; i++)
            sum += exp(-g * fabs(i * dt)) * cos(w * i * dt) * dt / (2 * PI);
        assert_near(models_sampled_exponential(w, g, dt), sum, 1e-12);
    }
}

static double direct_correlation(double x, const double p[]) /* -x^2 c(x sigma) j0(kx); p: eta, k */
{
    double rest = pow(1.0 - p[0], 4), b = 1.0 + 0.5 * p[0];
    double alpha = (1.0 + 2.0 * p[0]) * (1.0 + 2.0 * p[0]) / rest;
    return x * x * (alpha - 6.0 * p[0] * b * b / rest * x + 0.5 * p[0] * alpha * x * x * x) *
           models_j0(p[1] * x);
}

static void percus_yevick(void **state)
{
    (void)state;
    double sigma = 3.0;
    for (double eta = 0.05; eta < 0.5; eta += 0.1) {
        assert_near(models_percus_yevick(0.0, eta, sigma),
                    pow(1.0 - eta, 4) / pow(1.0 + 2.0 * eta, 2), 1e-14);
        for (double k = 1e-6; k < 40.0; k *= 1.3) {
            double c = integral(direct_correlation, (double[]){eta, k}, 0.0, 1.0);
            assert_near(models_percus_yevick(k / sigma, eta, sigma), 1.0 / (1.0 + 24.0 * eta * c),
                        1e-10);
        }
        /* series and closed form meet */
        double e = 1e-9;
        assert_near(models_percus_yevick((2.0 - e) / sigma, eta, sigma),
                    models_percus_yevick((2.0 + e) / sigma, eta, sigma), 1e-8);
    }
    /* the main peak at eta = 0.45 is where it is known to be, near Q sigma = 7 */
    assert_true(models_percus_yevick(6.9 / sigma, 0.45, sigma) > 2.0);
}

static void average_bias(void **state)
{
    (void)state;
    double rho = 0.8, sum = 0.0;
    for (int i = 0; i < 30; i++)
        for (int k = 0; k < 30; k++)
            sum += pow(rho, abs(i - k)) / 900.0;
    assert_near(models_sample_average_bias(30, rho), sum, 1e-12);
    /* many samples: the continuous formula */
    assert_near(models_sample_average_bias(20000, exp(-0.4 * 60.0 / 20000)),
                models_time_average_bias(0.4, 60.0), 1e-6);
    assert_near(models_time_average_bias(1e-6, 1.0), 1.0, 1e-6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sites_on_a_line_and_a_circle),
        cmocka_unit_test(bh4_about_one_axis_and_all),
        cmocka_unit_test(cubic_tumbling),
        cmocka_unit_test(c2_and_c3_differ_only_in_width),
        cmocka_unit_test(continuous_rotations_and_confinement),
        cmocka_unit_test(translational_rates),
        cmocka_unit_test(oscillators),
        cmocka_unit_test(quantum_gas_balances),
        cmocka_unit_test(voigt_is_the_convolution),
        cmocka_unit_test(dho_and_detailed_balance),
        cmocka_unit_test(sampled_exponential),
        cmocka_unit_test(percus_yevick),
        cmocka_unit_test(average_bias),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
