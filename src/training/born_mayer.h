/* born_mayer.h -- the force field's pair terms A exp(-r/rho) - C6/r^6 by least squares on curves between whole ions.
 *
 * A curve says what two ions give each other averaged over their orientations. The atoms of an ion sit at its centre or,
 * tetrahedral H, at a distance s from it. With F = int r f dr, G = int F dr the mean of f over both spheres is
 *
 *   [G(R + s1 + s2) - G(R + s1 - s2) - G(R - s1 + s2) + G(R - s1 - s2)]/(4 R s1 s2),  R > s1 + s2
 *
 * (and its limits for s -> 0), exact for atoms anywhere on the spheres, not only in tetrahedra. So a curve fixes the sum over
 * its atoms' terms; which atom carries how much of it is the caller's choice.
 */
#ifndef TRAINING_BORN_MAYER_H
#define TRAINING_BORN_MAYER_H

#include "force/forcefield.h"

enum { BORN_MAYER_TERMS = 6 };

/* count pairs of atoms, at s1 and s2 from the centres of their ions [A]. */
typedef struct BornMayerTerm {
    int count;
    double s1, s2;
    FfPair pair;                         /* the start, and the result */
    bool fit_a, fit_rho, fit_c6;         /* the others stay as they are */
    double error_a, error_rho, error_c6; /* written: standard errors, relative for A */
} BornMayerTerm;

typedef struct BornMayerFit {
    double rms, largest; /* eV: residuals, the largest with its sign */
    double at;           /* A: distance of the largest */
    double chi2;         /* sum of (residual/sigma)^2 per degree of freedom */
} BornMayerFit;

/* Mean of one term at the distance R of the ions [A], eV. Local, pure. */
double born_mayer_mean(const FfPair *p, double r, double s1, double s2);

/* Sum of count times the mean. Local, pure. */
double born_mayer_sum(size_t nterms, const BornMayerTerm term[], double r);

/* Fit in place to value [eV] +- sigma [eV] at r [A]; A, rho and C6 vary as logarithms and stay positive. ERR_NUMERICAL if it
 * does not converge. Local. */
Err born_mayer_fit(size_t n, const double r[], const double value[], const double sigma[],
                   size_t nterms, BornMayerTerm term[], BornMayerFit *out) MUST_USE;

#endif
