/* transport.h -- from displacements to diffusion, conductivity and the Haven ratio.
 *
 * Einstein:       sigma    = lim d/dt < |M(s+t) - M(s)|^2 > / (6 V kT),  M = sum_i q_i r_i
 * Green-Kubo:     sigma    = (1/(3 V kT)) int_0^inf < J(0).J(t) > dt,    J = dM/dt
 * Nernst-Einstein: sigma_NE = sum_i q_i^2 D_i / (V kT): what independent ions would conduct
 * Haven ratio:    H_R      = D* / D_sigma = sigma_NE / sigma
 * (G. E. Murch, Solid State Ionics 7, 177 (1982), doi 10.1016/0167-2738(82)90050-9.)
 * All functions are Local and pure.
 */
#ifndef ANALYSIS_TRANSPORT_H
#define ANALYSIS_TRANSPORT_H

#include "analysis/blocks.h"

#include <stddef.h>
#include <stdint.h>

/* Mean of (x[k+lag] - x[k])^2, or of x[k+lag] x[k], over origins k = from, from + stride, .. with k + lag < to. */
double transport_square(const double x[], size_t from, size_t to, size_t lag, size_t stride);
double transport_product(const double x[], size_t from, size_t to, size_t lag, size_t stride);

/* Slope of the least-squares line through the points with window[0] <= t <= window[1]; through the last two if
 * there are fewer. n >= 2, t ascending. */
double transport_slope(size_t n, const double t[], const double y[], const double window[2]);

/* sigma [S/cm] = slope/(6 V kT) from the slope of <|dM|^2> [e^2 A^2/ps], V [A^3], T [K]. */
double transport_conductivity(double slope, double volume, double temperature);

/* mean(a)/mean(b) of n independent pairs with its error by linear propagation (covariance included); the ratio is
 * taken of the given means, which may be better ones than those of the pairs. */
Estimate transport_ratio(size_t n, const double a[], const double b[], double mean_a,
                         double mean_b);

/* What can honestly be said of a rate >= 0 that was measured as `e`: below |e| + 2 standard errors (19 times out of 20 or
 * a little less, since the error itself is known to some 30 % only). A slope below zero beyond its error tells that the
 * curve still oscillates by so much; the bound must not be smaller for it. NaN if there is no error. */
double transport_bound(Estimate e);

#endif
