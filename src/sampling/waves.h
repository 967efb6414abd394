/* waves.h -- the reciprocal part of Ewald's sum, kept up to date while a few ions move.
 *
 *   E = k_e/(2V) sum_{k != 0} phi(k) |S(k)|^2,   phi(k) = 4 pi/k^2 exp(-k^2/4 beta^2),   S(k) = sum q exp(i k r)
 *
 * (force/ewald.h). When some charges move, S changes by D(k) and E by
 *   dE = sum_{half} g [ 2 Re(S* D) + |D|^2 ],   g = k_e phi/V .
 * Wave vectors (half of them, as integers, chosen once) are spread over the ranks in rows of equal (n0, n1). Each term
 * of dE is rounded to a multiple of WAVES_GRID, so the sum over k, and over ranks, does not depend on its order; S itself
 * is a sum over atoms in one order on one rank. So nothing depends on the rank count.
 */
#ifndef SAMPLING_WAVES_H
#define SAMPLING_WAVES_H

#include "par/comm.h"
#include "sampling/bodies.h"

#define WAVES_GRID 0x1p-42 /* eV; sums below 2048 eV are exact */

typedef struct Waves Waves;

/* All |k| <= kcut in this cell; they stay the same integers when the cell changes. ERR_INPUT if that makes no sense or
 * more than 2^24 result. Local. Free with waves_free. */
Err waves_new(const Comm *c, const Cell *cell, double beta, double kcut, Waves **w) MUST_USE;
void waves_free(Waves *w);

/* Number of wave vectors; of places for them (rows are filled up) on all ranks, and on this one. Local. */
size_t waves_vectors(const Waves *w);
size_t waves_count(const Waves *w);
size_t waves_own(const Waves *w);

/* Another lattice: g follows. Local. */
void waves_set_cell(Waves *w, const Cell *cell);

/* S of all atoms anew. Local (own wave vectors). */
void waves_compute(Waves *w, const Bodies *b);

/* Energy [eV] without the self energy. Collective. */
double waves_energy(const Waves *w);

/* D [2 own] (real parts, then imaginary) = sum q [exp(i k to) - exp(i k from)] of n charges; from, to [n][3] A.
 * Its sum g [2 Re(S* D) + |D|^2] over own wave vectors is returned [eV]. Local. */
double waves_move(Waves *w, const Cell *cell, int n, const double q[], const double (*from)[3],
                  const double (*to)[3], double *d);

/* The same sum for a D at hand. Local. */
double waves_change(const Waves *w, const double *d);

/* S += sign D. Local. */
void waves_add(Waves *w, double sign, const double *d);

/* Own part of S, [2 own], to keep or to put back. Local. */
void waves_get(const Waves *w, double *s);
void waves_put(Waves *w, const double *s);

/* S of all ranks, [2 count]. Collective (get), Local (put). */
void waves_get_all(const Waves *w, double *s);
void waves_put_all(Waves *w, const double *s);

/* Force [eV/A] on a charge at x is ADDED to f; s from waves_get_all. Local. */
void waves_force(Waves *w, const Cell *cell, const double *s, double q, const double x[3],
                 double f[3]);

#endif
