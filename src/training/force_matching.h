/* force_matching.h -- parameters of the force field by least squares on reference energies, forces, stresses and targets.
 *
 * F. Ercolessi, J. B. Adams, Europhys. Lett. 26, 583 (1994), doi 10.1209/0295-5075/26/8/005. The residuals are
 *   (F - F_ref)/s_F, (E - E_ref)/s_E relative to the reference frame, (stress - stress_ref)/s_S, each times the square
 *   root of the frame's weight; (parameter - start)/prior for every free parameter (a Gaussian prior, which keeps what the
 *   frames do not determine where the recipe put it); and one for each target: a difference of energies or a curvature that
 *   is to have a value, or only to be at least or at most that (then the residual is zero on the right side).
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
        prior; /* standard deviation of the prior, in the parameter's fitted form (logarithm: relative); 0: none */
    double centre; /* of the prior, fitted form */
    double value,
        error; /* written: fitted form, and its standard error (from the covariance and the residuals' scatter) */
} FreeParameter;

typedef struct MatchingScales {
    double force;  /* eV/A */
    double energy; /* eV per frame */
    double stress; /* eV/A^3 */
} MatchingScales;

typedef enum TargetKind {
    TARGET_ENERGY,   /* E(a) - E(b) [eV] */
    TARGET_CURVATURE /* -(F(a) - F(b)).u/(2 h) [eV/(u A^2)]: a, b moved by +-h u from one structure */
} TargetKind;

typedef enum TargetSide { TARGET_EQUAL, TARGET_AT_LEAST, TARGET_AT_MOST } TargetSide;

typedef struct Target {
    TargetKind kind;
    TargetSide side;
    size_t a, b; /* frames or probes */
    double value, scale;
    double (*direction)[3]; /* [atoms] u: eigenvector over root mass [u^-1/2]; NULL for energies */
    double step;            /* h [A u^1/2] */
} Target;

/* What the potential of the last frames_compute gives. Local. */
double force_matching_target(const Frames *f, const Target *t);

/* Two probes along the mass-weighted unit vector e [3 atoms] about frame i, moving no atom by more than `largest` A, and
 * the target that stands on them. Free direction. Local, on all ranks alike. */
Target force_matching_curvature(Frames *f, size_t i, const double e[], double largest);

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

/* "A", "eV/A^2", ... of a parameter as it stands in the file, and whether its fitted form is the logarithm. Local. */
const char *force_matching_unit(const char *name, bool *logarithm);

/* Fit in place. `progress` (may be NULL) is called on all ranks after each iteration. ERR_NUMERICAL if the start cannot be
 * computed. Collective. */
Err force_matching_fit(Frames *f, const MatchingScales *scales, size_t ntargets,
                       const Target targets[], size_t n, FreeParameter free[], int max_iterations,
                       void (*progress)(int iteration, double cost), FfParameters *p,
                       MatchingResult *result) MUST_USE;

#endif
