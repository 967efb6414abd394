/* arrhenius.h -- an activation energy from conductivities whose errors may know of each other.
 *
 * Straight line of ln(sigma) or ln(sigma T) against 1/kT by generalised least squares: with C the covariance of ln(sigma),
 * (X^T C^-1 X) b = X^T C^-1 y (A. C. Aitken, Proc. R. Soc. Edinburgh 55, 42 (1936), doi 10.1017/S0370164600014346).
 * An error of thickness or diameter moves all temperatures together: it enters the prefactor and not the energy.
 * For hopping ln(sigma T) is the one with a meaning; the two energies differ by about kT. All functions Local.
 */
#ifndef ANALYSIS_ARRHENIUS_H
#define ANALYSIS_ARRHENIUS_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct Arrhenius {
    double energy, energy_error;             /* eV */
    double ln_prefactor, ln_prefactor_error; /* ln of S/cm or of S K/cm */
    double covariance;                       /* of energy and ln_prefactor [eV] */
    double chi2;                             /* of n - 2 degrees of freedom */
    double
        probability; /* of a larger chi2 if the line is right; NaN: errors were not known, or two points */
    bool times_t; /* ln(sigma T) */
} Arrhenius;

/* covariance of ln sigma [n][n] that fits have left, variance [n] on its diagonal, and `common`, the variance that all
 * share (geometry). variance NULL: errors are not known, all equal, the scatter gives them (NaN for two points).
 * ERR_INPUT for fewer than two temperatures, ERR_NUMERICAL for conductivities that are not positive, equal temperatures. */
Err arrhenius_fit(size_t n, const double temperature[], const double sigma[],
                  const double variance[], double common, bool times_t, Arrhenius *a) MUST_USE;

/* The same with any covariance matrix of ln sigma [n][n]. */
Err arrhenius_fit_covariance(size_t n, const double temperature[], const double sigma[],
                             const double covariance[], bool times_t, Arrhenius *a) MUST_USE;

/* sigma [S/cm] of the line at a temperature [K], and the standard error of its logarithm. */
double arrhenius_sigma(const Arrhenius *a, double temperature, double *error_ln);

/* Variance of ln(L/A) from relative errors of thickness and diameter. */
double arrhenius_geometry(double thickness_error, double diameter_error);

#endif
