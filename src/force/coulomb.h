/* coulomb.h -- how exact a split Coulomb sum is, and the parameters that make it as exact as asked.
 *
 * The sum over all pairs and images is split by the screening parameter beta: erfc(beta r)/r up to
 * the cut-off in real space, the rest in reciprocal space (ewald.h, p3m.h), minus the self energy.
 * Errors are rms forces per atom for charges at random places: sqrt(1/natoms sum_i |df_i|^2). Real
 * solids are ordered, and measured errors are mostly a little below.
 */
#ifndef FORCE_COULOMB_H
#define FORCE_COULOMB_H

#include "model/cell.h"

#include <stdint.h>

/* -k_e beta/sqrt(pi) sum q^2 [eV]; sum_q2 in e^2, over all atoms. Local. */
double coulomb_self_energy(double beta, double sum_q2);

/* Error of cutting erfc(beta r)/r at `cutoff` [eV/A]. J. Kolafa, J. W. Perram, Mol. Simul. 9, 351
 * (1992), doi 10.1080/08927029208049126, eq. 18. Local. */
double coulomb_error_real(double beta, double cutoff, int64_t natoms, double sum_q2,
                          const Cell *cell);

/* Error of leaving out waves above kcut in Ewald's sum [eV/A]; ibid. eq. 32, with the integral over
 * k done exactly. Local. */
double coulomb_error_ewald(double beta, double kcut, int64_t natoms, double sum_q2,
                           const Cell *cell);

/* Error of the P3M mesh [eV/A]: pairs, and the force of a charge on itself (p3m_influence.h; for it
 * the charges are taken as at most 2 e, sum q^4 = 4 sum q^2). Local. */
double coulomb_error_p3m(double beta, const int mesh[3], int order, int64_t natoms, double sum_q2,
                         const Cell *cell);

/* The splitting that gives real and reciprocal part of P3M their shares of the error of this mesh, about the one with
 * which it is most exact. Returns the error of both together [eV/A]. Local. */
double coulomb_balance(double cutoff, const int mesh[3], int order, int64_t natoms, double sum_q2,
                       const Cell *cell, double *beta);

/* Parameters for a force error of `accuracy`, real and reciprocal together.
 *   accuracy  [eV/A] rms per atom, > 0
 *   cutoff    [A] of the real-space sum
 *   natoms, sum_q2  of the whole sample
 *   order     of P3M, 4..7; 0: Ewald only, no mesh is sought and mesh is 0
 *   beta, mesh, kcut  written: for both methods alike; mesh sizes are those of fft_good_size
 * ERR_INPUT if that cannot be reached (mesh beyond 4096 points or finer than 0.05 A, or accuracy,
 * cut-off or order out of range). Local, the same on all ranks. */
Err coulomb_pick(double accuracy, double cutoff, int64_t natoms, double sum_q2, const Cell *cell,
                 int order, double *beta, int mesh[3], double *kcut) MUST_USE;

#endif
