/* transport.h -- from displacements to diffusion, conductivity and the Haven ratio.
 *
 * Einstein:       sigma    = lim d/dt < |M(s+t) - M(s)|^2 > / (6 V kT),  M = sum_i q_i r_i
 * Green-Kubo:     sigma    = (1/(3 V kT)) int_0^inf < J(0).J(t) > dt,    J = dM/dt
 * Nernst-Einstein: sigma_NE = sum_i q_i^2 D_i / (V kT): what independent ions would conduct
 * Haven ratio:    H_R      = D* / D_sigma = sigma_NE / sigma
 * (G. E. Murch, Solid State Ionics 7, 177 (1982), doi 10.1016/0167-2738(82)90050-9.)
 * All functions are Local, and pure but for transport_tell.
 */
#ifndef ANALYSIS_TRANSPORT_H
#define ANALYSIS_TRANSPORT_H

#include "analysis/blocks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mean of (x[k+lag] - x[k])^2, or of x[k+lag] x[k], over origins k = from, from + stride, .. with k + lag < to. */
double transport_square(const double x[], size_t from, size_t to, size_t lag, size_t stride);
double transport_product(const double x[], size_t from, size_t to, size_t lag, size_t stride);

/* sigma [S/cm] = slope/(6 V kT) from the slope of <|dM|^2> [e^2 A^2/ps], V [A^3], T [K]. */
double transport_conductivity(double slope, double volume, double temperature);

/* What a run says of a rate >= 0. */
typedef struct Transport {
    Estimate value;   /* NaN where the run does not say it */
    double bound;     /* in any case: the true value is below, in 97.5 % of runs */
    double windows;   /* independent parts of the run that the value stands on */
    char status[128]; /* "converged: 412 independent windows", or what is missing */
} Transport;

/* Judge an estimate with its relative standard error: a number if the error is at most `most` and at least 8 independent windows
 * stand behind it, else how much longer the run should be (the relative error of a collective quantity from n windows is
 * sqrt(2/(3n))). plateau: the curve behind it had a long-time limit at all. The bound is that of a chi-squared number with the
 * same relative error. value = 0: nothing moved. No bound knows of hops so rare that the run had none: hops.h counts those. */
Transport transport_judge(double value, double relative, double windows, bool plateau, double most);

/* One line of the log: the number with its error and bound, or why there is none. */
void transport_tell(const char *what, const char *unit, const Transport *t);

#endif
