/* ewald.h -- the reciprocal sum of point charges by Ewald's method: slow, simple, exact.
 *
 *   E = k_e/(2V) sum_{k != 0} phi(k) |S(k)|^2
 *   phi(k) = 4 pi/k^2 exp(-k^2/4 beta^2),   S(k) = sum_i q_i exp(i k r_i)
 *
 * P. P. Ewald, Ann. Phys. 369, 253 (1921), doi 10.1002/andp.19213690304. The reference that P3M is
 * measured against, and cheaper than it below some hundred atoms. Conducting surroundings; the
 * sample is neutral. Every rank holds all structure factors: cost ~ local atoms x wave vectors,
 * memory ~ wave vectors.
 */
#ifndef FORCE_EWALD_H
#define FORCE_EWALD_H

#include "model/cell.h"
#include "par/comm.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct Ewald Ewald;

/* k = 2 pi n / h. Local. */
void ewald_wave_vector(const Cell *cell, const double n[3], double k[3]);

/* The range of n2 in which the waves (n0, n1, n2) lie inside the sphere |k| <= kcut; false if there are none. One half of
 * k space is meant: of the row (0, 0) only n2 > 0. Local. */
bool ewald_row(const Cell *cell, double kcut, const int n[2], int *low, int *high);

/* Choose the wave vectors: all with |k| <= kcut in this cell. As integers they stay the same when
 * the cell changes later, so that the energy is a smooth function of the cell.
 *   beta  [1/A] width of the screening charges, > 0
 *   kcut  [1/A] > 0
 * ERR_INPUT if beta or kcut is not positive and finite, or more than 2^24 vectors result.
 * Collective. */
Err ewald_new(const Comm *comm, const Cell *cell, double beta, double kcut, Ewald **out) MUST_USE;
void ewald_free(Ewald *e);

/* Reciprocal energy, forces, virial.
 *   cell    may differ from that of ewald_new
 *   x, q    [nlocal] A (need not lie in the box), e: this rank's atoms
 *   f       [nlocal] eV/A: the forces are ADDED
 *   energy  eV, sum over all ranks, without the self energy
 *   virial  eV, sum r_a f_b = -dE/d strain_ab, over all ranks
 * ERR_NUMERICAL (on all ranks) if the energy is not finite. Collective. */
Err ewald_compute(Ewald *e, const Comm *comm, const Cell *cell, int32_t nlocal,
                  const double (*x)[3], const double q[], double (*f)[3], double *energy,
                  double virial[3][3]) MUST_USE;

#endif
