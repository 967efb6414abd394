/* lineshape.h -- Lorentzians and damped oscillators seen through a resolution, exactly.
 *
 * A line whose I(t) is a sum of decaying exponentials needs of the resolution only its response to one pole,
 *
 *     K(zeta) = (1/pi) int_0^inf R(t) exp(i zeta t) dt,      Im zeta > 0, energies in meV, t in hbar/meV,
 *
 * with R(t) = int R(E) exp(-iEt) dE. For a Gaussian of standard deviation s, K = w(z)/(s sqrt(2 pi)), z = zeta/(s sqrt 2), w the
 * Faddeeva function (libcerf). For a measured line R(t) is a table, between its
 * values a cubic that is integrated with the exponential in closed form (after L. N. G. Filon, Proc. R. Soc.
 * Edinburgh 49, 38 (1928)); so no grid of energies takes part and a line may be as narrow or as wide as it likes.
 * R is stretched by a factor f for lines away from E = 0: K_f(zeta) = K(zeta/f)/f.
 *
 *     Lorentzian  L(E) = (1/pi) G/(E^2 + G^2)                       I(t) = exp(-G t)
 *                 R (x) L = Re K(E + iG)
 *     oscillator  D(E) = (1/pi) 2 g E0^2/[(E^2 - E0^2)^2 + 4 g^2 E^2]   I(t) = exp(-g t)[cos Wt + (g/W) sin Wt]
 *                 W = sqrt(E0^2 - g^2), imaginary if overdamped
 *                 R (x) D = Re { [K(a + W) + K(a - W)]/2 - i g [K(a + W) - K(a - W)]/(2 W) },      a = E + ig
 *
 * D is even and of area 1; with chi''(E) = chi0 E 2 g E0^2/[(E^2 - E0^2)^2 + 4 g^2 E^2] and the harmonic detailed balance
 * b(E) = x/(1 - exp(-x)), x = E/kT, S = (n + 1) chi''/pi = kT chi0 b(E) D(E): the area of an oscillator is kT chi0 (B. Fak,
 * B. Dorner, Physica B 234-236, 1107 (1997), doi 10.1016/S0921-4526(97)00121-X; their full width is 2 g). For
 * g >> E0 it is a Lorentzian of half width E0^2/2g. Near critical damping the divided difference is the mean of K' over
 * the segment a - W .. a + W, by Gauss-Legendre, which loses no digits. All functions are Local.
 */
#ifndef ANALYSIS_LINESHAPE_H
#define ANALYSIS_LINESHAPE_H

#include "analysis/resolution.h"

/* The resolution at one place: a Gaussian, or a table of R(t) if n > 0. */
typedef struct Lineshape {
    double sigma;                 /* [meV] of the Gaussian */
    size_t n;                     /* of the table */
    double dt;                    /* its step [hbar/meV] */
    double stretch;               /* f */
    const double _Complex *value; /* [n], as lineshape_table makes it */
} Lineshape;

/* Values of a measured line number iq for Lineshape.value; *dt [hbar/meV]. New array of *n: up to the last that is not 0, then the
 * Gaussian that is 1 at t = 0 and has the last value there, to 1e-7. */
double _Complex *lineshape_table(const Resolution *r, size_t iq, size_t *n, double *dt);

/* K and, unless NULL, dK/dzeta. */
double _Complex lineshape_pole(const Lineshape *l, double _Complex zeta, double _Complex *slope);

/* R(E) itself. */
double lineshape_resolution(const Lineshape *l, double e);

/* R (x) L at e, and its derivative by gamma unless NULL; gamma >= 0 [meV]. */
double lineshape_lorentz(const Lineshape *l, double e, double gamma, double *dgamma);

/* R (x) D at e, and its derivatives by e0 and g unless NULL; e0, g > 0 [meV]. */
double lineshape_oscillator(const Lineshape *l, double e, double e0, double g, double *de0,
                            double *dg);

/* Detailed balance b(E), 1 at E = 0; kelvin <= 0: 1 everywhere. */
double lineshape_balance(double e, double kelvin);

/* Points and weights of Gauss-Legendre for the mean over a bin of width `bin` around its centre: as many as the narrowest feature
 * `scale` [meV] needs for 1e-6 of a peak; offset in meV, weights sum to 1. Returns how many, 1 for bin <= 0. */
enum { LINESHAPE_NODES = 40 };
size_t lineshape_bin(double bin, double scale, double offset[LINESHAPE_NODES],
                     double weight[LINESHAPE_NODES]);

#endif
