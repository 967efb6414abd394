#include "analysis/models.h"

#include "base/units.h"

#include <cerf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_sf_bessel.h>
#include <math.h>

/* hbar^2/2m [meV A^2] of a particle of mass m [u] */
static double recoil_constant(double mass)
{
    return UNITS_NEUTRON_MEV_K2 * UNITS_NEUTRON_U / mass;
}

double models_j0(double x)
{
    return fabs(x) < 1e-4 ? 1.0 - x * x / 6.0 : sin(x) / x;
}

/* H-H distance of BH4 */
static double tetrahedron_edge(double bond)
{
    return bond * sqrt(8.0 / 3.0);
}

double models_two_sites(double q, double t, double length, double tau)
{
    double a0 = 0.5 * (1.0 + models_j0(q * length));
    return a0 + (1.0 - a0) * exp(-2.0 * t / tau);
}

double models_circle(double q, double t, int n, double radius, double tau)
{
    double sum = 0.0;
    for (int l = 0; l < n; l++) {
        double amplitude = 0.0;
        for (int j = 0; j < n; j++)
            amplitude += models_j0(2.0 * q * radius * sin(PI * j / n)) * cos(2.0 * PI * l * j / n);
        double s = sin(PI * l / n);
        sum += amplitude / n * exp(-2.0 / tau * s * s * t);
    }
    return sum;
}

double models_c2(double q, double t, double bond, double tau)
{
    double a0 = 0.5 * (1.0 + models_j0(q * tetrahedron_edge(bond)));
    return a0 + (1.0 - a0) * exp(-2.0 * t / tau);
}

double models_c3(double q, double t, double bond, double tau)
{
    double a0 = 0.5 * (1.0 + models_j0(q * tetrahedron_edge(bond)));
    return a0 + (1.0 - a0) * exp(-1.5 * t / tau);
}

double models_tetrahedral(double q, double t, double bond, double nu3, double nu2)
{
    double a0 = 0.25 * (1.0 + 3.0 * models_j0(q * tetrahedron_edge(bond)));
    return a0 + (1.0 - a0) * exp(-(8.0 * nu3 + 4.0 * nu2) * t);
}

/* Irreducible representations of the octahedral group on the eight corners. */
double models_cubic(double q, double t, double bond, double nu4, double nu3, double nu2,
                    double nu2p)
{
    double a = models_j0(q * 2.0 * bond / sqrt(3.0));
    double s = models_j0(q * tetrahedron_edge(bond));
    double c = models_j0(q * 2.0 * bond);
    double a1 = (1 + 3 * a + 3 * s + c) / 8, a2 = (1 - 3 * a + 3 * s - c) / 8;
    double t1 = (3 + 3 * a - 3 * s - 3 * c) / 8, t2 = (3 - 3 * a - 3 * s + 3 * c) / 8;
    return a1 + a2 * exp(-(12 * nu4 + 12 * nu2p) * t) +
           t1 * exp(-(4 * nu4 + 8 * nu3 + 4 * nu2 + 8 * nu2p) * t) +
           t2 * exp(-(8 * nu4 + 8 * nu3 + 4 * nu2 + 4 * nu2p) * t);
}

double models_uniaxial_eisf(double q, double radius)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(64);
    double sum = 0.0;
    for (size_t i = 0; i < 64; i++) {
        double mu, w;
        gsl_integration_glfixed_point(-1.0, 1.0, i, &mu, &w, table);
        double j = gsl_sf_bessel_J0(q * radius * sqrt(1.0 - mu * mu));
        sum += 0.5 * w * j * j;
    }
    gsl_integration_glfixed_table_free(table);
    return sum;
}

double models_sears(double q, double t, double radius, double diffusion)
{
    double x = q * radius, sum = 0.0;
    int lmax = 20 + (int)(2.0 * x);
    for (int l = 0; l <= lmax; l++) {
        double j = gsl_sf_bessel_jl(l, x);
        sum += (2 * l + 1) * j * j * exp(-l * (l + 1) * diffusion * t);
    }
    return sum;
}

double models_sphere_eisf(double q, double radius)
{
    double x = q * radius;
    double f = x < 1e-2 ? 1.0 - x * x / 10.0 * (1.0 - x * x / 28.0) : 3.0 * gsl_sf_bessel_j1(x) / x;
    return f * f;
}

double models_fick_rate(double q, double diffusion)
{
    return diffusion * q * q;
}

double models_chudley_elliott_rate(double q, double length, double tau)
{
    return (1.0 - models_j0(q * length)) / tau;
}

double models_hall_ross_rate(double q, double length, double tau)
{
    return -expm1(-0.5 * q * q * length * length) / tau;
}

double models_singwi_sjolander_rate(double q, double diffusion, double tau)
{
    double dq2 = diffusion * q * q;
    return dq2 / (1.0 + dq2 * tau);
}

double models_cubic_lattice(double q, double t, double a, double tau)
{
    enum { POLAR = 64, AZIMUTH = 96 };
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(POLAR);
    double sum = 0.0;
    for (size_t i = 0; i < POLAR; i++) {
        double mu, w;
        gsl_integration_glfixed_point(-1.0, 1.0, i, &mu, &w, table);
        double s = sqrt(1.0 - mu * mu);
        for (int k = 0; k < AZIMUTH; k++) {
            double phi = 2.0 * PI * (k + 0.5) / AZIMUTH;
            double mean =
                (cos(q * a * s * cos(phi)) + cos(q * a * s * sin(phi)) + cos(q * a * mu)) / 3.0;
            sum += 0.5 * w / AZIMUTH * exp(-(1.0 - mean) * t / tau);
        }
    }
    gsl_integration_glfixed_table_free(table);
    return sum;
}

double models_walk_msd(double t, double gamma, double a)
{
    return gamma * a * a * t;
}

double models_persistent_diffusion(double a, double tau, double epsilon)
{
    return 0.5 * a * a / tau * (1.0 + epsilon) / (1.0 - epsilon);
}

double models_ideal_gas(double q, double t, double kt_over_m)
{
    return exp(-0.5 * q * q * kt_over_m * t * t);
}

double complex models_ideal_gas_quantum(double q, double t, double kelvin, double mass)
{
    double recoil = recoil_constant(mass) * q * q; /* hbar^2 Q^2/2m, meV */
    double s = t / UNITS_HBAR_MEV_PS;
    return cexp(-recoil * (UNITS_KB_MEV * kelvin * s * s - I * s));
}

double models_ideal_gas_s(double q, double energy, double kelvin, double mass)
{
    double recoil = recoil_constant(mass) * q * q;
    return models_gauss(energy - recoil, sqrt(2.0 * recoil * UNITS_KB_MEV * kelvin));
}

double models_oscillator(double q, double t, double u2, double w0)
{
    return exp(-q * q * u2 * (1.0 - cos(w0 * t)));
}

double models_oscillator_line(int n, double z)
{
    return gsl_sf_bessel_In_scaled(n, z);
}

double models_quantum_line(int n, double e, double b)
{
    double z = e / sinh(0.5 * b);
    return exp(-e / tanh(0.5 * b) + 0.5 * n * b + z) * gsl_sf_bessel_In_scaled(n, z);
}

double models_overdamped(double q, double t, double u2, double g)
{
    return exp(q * q * u2 * expm1(-g * t));
}

double models_lorentz(double energy, double gamma)
{
    return gamma / PI / (energy * energy + gamma * gamma);
}

double models_gauss(double energy, double s)
{
    double x = energy / s;
    return exp(-0.5 * x * x) / (s * sqrt(2.0 * PI));
}

double models_voigt(double energy, double s, double gamma)
{
    return voigt(energy, s, gamma);
}

double models_sampled_exponential(double w, double g, double dt)
{
    return dt / (2.0 * PI) * sinh(g * dt) / (cosh(g * dt) - cos(w * dt));
}

double models_dho_chi(double energy, double e0, double g, double chi0)
{
    double d = energy * energy - e0 * e0;
    return chi0 * energy * 2.0 * g * e0 * e0 / (d * d + 4.0 * g * g * energy * energy);
}

double models_dho(double energy, double kelvin, double e0, double g, double chi0)
{
    /* chi''/(1 - exp(-x)) = (chi''/E) kT x/(1 - exp(-x)), which is finite at E = 0 */
    double kt = UNITS_KB_MEV * kelvin, d = energy * energy - e0 * e0;
    double slope = chi0 * 2.0 * g * e0 * e0 / (d * d + 4.0 * g * g * energy * energy);
    return slope * kt * models_balance(BALANCE_HARMONIC, energy / kt) / PI;
}

double models_bose_plus_one(double energy, double kelvin)
{
    return -1.0 / expm1(-energy / (UNITS_KB_MEV * kelvin));
}

double models_balance(Balance kind, double x)
{
    switch (kind) {
    case BALANCE_HARMONIC:
        return fabs(x) < 1e-6 ? 1.0 + 0.5 * x : -x / expm1(-x);
    case BALANCE_SCHOFIELD:
        return exp(0.5 * x);
    case BALANCE_STANDARD:
        return 2.0 / (1.0 + exp(-x));
    case BALANCE_NONE:
        break;
    }
    return 1.0;
}

/* int_0^1 x^(2+m) j0(kx) dx for m = 0, 1, 3: series in k^2 */
static void spherical_moments_series(double k, double out[3])
{
    double term = 1.0;
    out[0] = out[1] = out[2] = 0.0;
    for (int n = 0; n < 20; n++) {
        out[0] += term / (2 * n + 3);
        out[1] += term / (2 * n + 4);
        out[2] += term / (2 * n + 6);
        term *= -k * k / ((2 * n + 2) * (2 * n + 3));
    }
}

static void spherical_moments(double k, double out[3])
{
    double s = sin(k), c = cos(k), k2 = k * k;
    out[0] = (s - k * c) / (k2 * k);
    out[1] = (2.0 * k * s + (2.0 - k2) * c - 2.0) / (k2 * k2);
    out[2] = (-k2 * k2 * c + 4.0 * ((3.0 * k2 - 6.0) * c + (k2 * k - 6.0 * k) * s + 6.0)) /
             (k2 * k2 * k2);
}

double models_percus_yevick(double q, double eta, double sigma)
{
    double k = q * sigma, rest = pow(1.0 - eta, 4), j[3];
    double alpha = (1.0 + 2.0 * eta) * (1.0 + 2.0 * eta) / rest;
    double beta = -6.0 * eta * (1.0 + 0.5 * eta) * (1.0 + 0.5 * eta) / rest;
    if (k < 2.0)
        spherical_moments_series(k, j);
    else
        spherical_moments(k, j);
    return 1.0 / (1.0 + 24.0 * eta * (alpha * j[0] + beta * j[1] + 0.5 * eta * alpha * j[2]));
}

double models_time_average_bias(double rate, double length)
{
    double x = rate * length;
    return x < 1e-4 ? 1.0 - x / 3.0 : 2.0 / x * (1.0 + expm1(-x) / x);
}

double models_sample_average_bias(size_t n, double rho)
{
    double m = (double)n, sum = m;
    double power = rho;
    for (size_t k = 1; k < n; k++) {
        sum += 2.0 * (m - (double)k) * power;
        power *= rho;
    }
    return sum / (m * m);
}
