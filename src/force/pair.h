/* pair.h -- all pair forces in one loop: Born-Mayer repulsion, dispersion, and the real-space part
 * of Ewald's sum.
 *
 *   E = sum A exp(-r/rho) - C6/r^6 - [value at the cut-off]  +  sum q_i q_j erfc(beta r)/r,   r <
 * cut-off
 *
 * The Coulomb term is written 1/r - beta P(z), z = (beta r)^2, P(z) = erf(sqrt z)/sqrt z; P and -2
 * dP/dz are smooth, so each is one polynomial over the whole range, made at set-up by Chebyshev
 * interpolation and checked there to 1e-12 (idea: S. Pall, B. Hess, Comput. Phys. Commun. 184, 2641
 * (2013), doi 10.1016/j.cpc.2013.06.003).
 */
#ifndef FORCE_PAIR_H
#define FORCE_PAIR_H

#include "force/forcefield.h"
#include "force/nblist.h"

enum { PAIR_DEGREE_MAX = 40, PAIR_DEGREE_FLOAT = 24 };

typedef struct PairTable {
    double cutoff, beta; /* A, 1/A */
    double a[FF_TYPES][FF_TYPES], inv_rho[FF_TYPES][FF_TYPES], c6[FF_TYPES][FF_TYPES];
    double at_cutoff[FF_TYPES][FF_TYPES]; /* eV, subtracted; 0 without shift */
    int degree;                           /* of both polynomials in t = z scale - 1, -1 <= t <= 1 */
    double scale;
    double p[PAIR_DEGREE_MAX + 1], q[PAIR_DEGREE_MAX + 1];
    /* the same for single precision, to 1e-7 */
    int degree_float;
    double p_float[PAIR_DEGREE_FLOAT + 1], q_float[PAIR_DEGREE_FLOAT + 1];
    double qq[FF_TYPES][FF_TYPES]; /* eV A, k_e q_i q_j: only for kernels that know no atoms */
} PairTable;

/* ERR_INPUT if beta x cut-off is too large (above about 6) for the polynomials. Local. */
Err pair_init(PairTable *t, const FfPair pair[FF_TYPES][FF_TYPES], double cutoff, double beta,
              bool shift) MUST_USE;

/* New Born-Mayer parameters, same cut-off and beta. Local. */
void pair_set(PairTable *t, const FfPair pair[FF_TYPES][FF_TYPES], bool shift);

/* Products of charges [e] by type. Local. */
void pair_set_charges(PairTable *t, const double charge[FF_TYPES]);

/* Energies [eV] of the listed pairs are added to *pair and *coulomb, forces to a->f (ghosts too).
 * Local. */
void pair_compute(const PairTable *t, const Nblist *l, Atoms *a, double *pair, double *coulomb);

/* Atoms inside one ion have no Coulomb interaction, but the reciprocal sum holds it: add
 * -q_i q_j erf(beta r)/r for the pairs of each owned ion. Local. */
void pair_excluded(const PairTable *t, Atoms *a, double *coulomb);

#endif
