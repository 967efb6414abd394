/* force_matching.h -- parameters of the force field by least squares on reference energies, forces and stresses.
 *
 * F. Ercolessi, J. B. Adams, Europhys. Lett. 26, 583 (1994), doi 10.1209/0295-5075/26/8/005. The residuals are
 *   (F - F_ref) / s_F, (E - E_ref)/ s_E relative to the reference frame, (stress - stress_ref) V / s_W, each times the
 *   square root of the frame's weight, and (parameter - start) / prior for every free parameter (a Gaussian prior, which
 *   keeps what the frames do not determine where the recipe put it).
 * GSL's trust-region least squares with derivatives by forward differences of the engine itself.
 * A and k enter as logarithms, so they stay positive; charges keep the formula unit neutral: q_B = -q_Mg/2 - 4 q_H.
 */
#ifndef TRAINING_FORCE_MATCHING_H
#define TRAINING_FORCE_MATCHING_H

#include "training/frames.h"

typedef struct FreeParameter {
    char name
        [32]; /* "charge.Mg", "charge.H", "Mg-H.A", "Mg-H.rho", "Mg-H.C6", "bond.r0", "bond.k2", "bond.k3", "bond.k4",
                      "angle.theta0", "angle.K", "urey_bradley.r0", "urey_bradley.k" */
    double
        prior; /* standard deviation of the prior, in the parameter's fitted form (logarithm: relative) */
    double value,
        error; /* written: fitted form, and its standard error (from the covariance and the residuals' scatter) */
} FreeParameter;

typedef struct MatchingScales {
    double force;  /* eV/A */
    double energy; /* eV per frame */
    double virial; /* eV */
} MatchingScales;

typedef struct MatchingResult {
    double cost_start, cost; /* sum of squares / 2 */
    int iterations;
    bool converged;
    size_t residuals;
} MatchingResult;

/* Is this the name of a parameter? Local. */
bool force_matching_knows(const char *name);

/* Get or set by name, in the fitted form. Local. */
double force_matching_get(const FfParameters *p, const char *name);
void force_matching_set(FfParameters *p, const char *name, double value);

/* Fit in place. `progress` (may be NULL) is called on all ranks after each iteration. ERR_NUMERICAL if the start cannot be
 * computed. Collective. */
Err force_matching_fit(Frames *f, const MatchingScales *scales, size_t n, FreeParameter free[],
                       int max_iterations, void (*progress)(int iteration, double cost),
                       FfParameters *p, MatchingResult *result) MUST_USE;

#endif
