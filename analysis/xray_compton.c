#include "analysis/xray_compton.h"

#include "base/units.h"
#include "model/species.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum { POINTS = 35 };

/* sin(theta)/lambda [1/A] */
static const double sine[POINTS] = {0,    0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05,
                                    0.07, 0.09,  0.1,  0.125, 0.15, 0.175, 0.2,  0.25, 0.3,
                                    0.4,  0.5,   0.6,  0.7,   0.8,  0.9,   1,    1.25, 1.5,
                                    2,    2.5,   3,    3.5,   4,    5,     6,    7};
static const double s_h[POINTS] = {
    0,     0.0011, 0.00441, 0.00989, 0.0175, 0.0272, 0.0388, 0.0677, 0.103, 0.19,  0.29, 0.343,
    0.471, 0.589,  0.689,   0.769,   0.878,  0.937,  0.983,  0.995,  0.998, 0.999, 1,    1,
    1,     1,      1,       1,       1,      1,      1,      1,      1,     1,     1};
static const double s_b[POINTS] = {0,     0.0039, 0.0157, 0.035, 0.062, 0.0959, 0.137, 0.238, 0.36,
                                   0.651, 0.978,  1.15,   1.55,  1.93,  2.26,   2.53,  2.93,  3.19,
                                   3.5,   3.73,   3.95,   4.15,  4.32,  4.47,   4.59,  4.79,  4.9,
                                   4.97,  4.99,   5,      5,     5,     5,      5,     5};
static const double s_mg[POINTS] = {0,    0.01, 0.04, 0.0891, 0.157, 0.241, 0.339, 0.57, 0.831,
                                    1.37, 1.86, 2.07, 2.49,   2.83,  3.14,  3.44,  4.1,  4.77,
                                    6.06, 7.18, 8.09, 8.78,   9.3,   9.69,  9.98,  10.4, 10.8,
                                    11.2, 11.5, 11.7, 11.9,   11.9,  12,    12,    12};
static const double s_o[POINTS] = {0,     0.003, 0.011, 0.0253, 0.0448, 0.0698, 0.1, 0.176, 0.271,
                                   0.514, 0.812, 0.977, 1.42,   1.89,   2.35,   2.8, 3.61,  4.29,
                                   5.25,  5.83,  6.12,  6.41,   6.6,    6.76,   6.9, 7.22,  7.46,
                                   7.76,  7.9,   7.96,  7.98,   7.99,   8,      8,   8};
static const double s_si[POINTS] = {0,    0.009, 0.035, 0.079, 0.139, 0.215, 0.305, 0.523, 0.782,
                                    1.37, 1.99,  2.29,  2.99,  3.59,  4.09,  4.52,  5.21,  5.81,
                                    6.9,  7.94,  8.86,  9.67,  10.3,  10.9,  11.3,  12,    12.4,
                                    12.9, 13.3,  13.6,  13.7,  13.8,  13.9,  14,    14};

static const struct {
    const char *element;
    const double *s; /* [POINTS] */
} tables[] = {{"H", s_h}, {"B", s_b}, {"Mg", s_mg}, {"O", s_o}, {"Si", s_si}};

/* Slope at point k: the harmonic mean of the slopes beside it, 0 at an extremum and at the ends. */
static double slope(const double y[], int k)
{
    if (k == 0 || k == POINTS - 1)
        return 0.0;
    double h0 = sine[k] - sine[k - 1], h1 = sine[k + 1] - sine[k];
    double d0 = (y[k] - y[k - 1]) / h0, d1 = (y[k + 1] - y[k]) / h1;
    if (d0 * d1 <= 0.0)
        return 0.0;
    double w0 = 2.0 * h1 + h0, w1 = h1 + 2.0 * h0;
    return (w0 + w1) / (w0 / d0 + w1 / d1);
}

static double between(const double y[], double q)
{
    double x = q / (4.0 * PI);
    if (x >= sine[POINTS - 1])
        return y[POINTS - 1];
    int k = 0;
    while (x >= sine[k + 1])
        k++;
    double h = sine[k + 1] - sine[k], t = (x - sine[k]) / h, u = 1.0 - t;
    return y[k] * (1.0 + 2.0 * t) * u * u + y[k + 1] * (1.0 + 2.0 * u) * t * t +
           h * t * u * (slope(y, k) * u - slope(y, k + 1) * t);
}

bool xray_compton_s(const char *element, double q, double *s)
{
    for (size_t k = 0; k < sizeof tables / sizeof *tables; k++)
        if (strcmp(element, tables[k].element) == 0) {
            *s = between(tables[k].s, q);
            return true;
        }
    return false;
}

double xray_compton_recoil(double q, double wavelength)
{
    const double compton = 0.0242631023867; /* [A] h/mc, CODATA 2018 */
    double sine_theta = q * wavelength / (4.0 * PI);
    double left = 1.0 / (1.0 + compton / wavelength * 2.0 * sine_theta * sine_theta);
    return left * left;
}

double xray_compton_silica(double q, double wavelength)
{
    double si = species_f0(species_form_factor("Si"), q);
    double o = species_f0(species_form_factor("O"), q);
    double from = (q - 1.52) / 0.19;
    double elastic = (si * si + 2.0 * o * o) * (1.0 - exp(-(q / 0.9) * (q / 0.9)));
    double inelastic = between(s_si, q) + 2.0 * between(s_o, q);
    return elastic * (1.0 + 2.0 * exp(-0.5 * from * from)) +
           inelastic * xray_compton_recoil(q, wavelength);
}
