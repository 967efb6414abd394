/* local.h -- what an ion feels from the ions around it: Born-Mayer, dispersion and real-space Ewald within the cut-off.
 *
 *   E = sum A exp(-r/rho) - C6/r^6 - [value at the cut-off] + q_i q_j [1/r - beta P((beta r)^2)],   r < cut-off
 *
 * the same terms and polynomials as force/pair.h. Atoms of different ions closer than LOCAL_CORE do not occur: there
 * the energy is LOCAL_WALL, so that no trial falls into the poles at r = 0, which no trajectory could reach.
 * Every pair energy is rounded to a multiple of LOCAL_GRID, so a sum of them is exact: it does not depend on the order
 * of neighbours, and differences of such sums add up to the difference of the totals without any drift.
 * All functions are Local.
 */
#ifndef SAMPLING_LOCAL_H
#define SAMPLING_LOCAL_H

#include "force/pair.h"
#include "sampling/bodies.h"

#define LOCAL_GRID   0x1p-40 /* eV: 1e-12 */
#define LOCAL_CORE   0.8     /* A */
#define LOCAL_WALL   512.0   /* eV; also the largest energy of any pair */
#define LOCAL_NEARBY 5.0     /* A: ions in contact */

typedef struct Local {
    PairTable table;
    double qq[FF_TYPES][FF_TYPES]; /* k_e q q [eV A] */
} Local;

/* Neighbouring atoms by type, relative to a point. Rows are padded with atoms far away. */
typedef struct Env {
    int32_t n[FF_TYPES], room;
    double *x[FF_TYPES], *y[FF_TYPES], *z[FF_TYPES]; /* A */
    double *energy, *force;                          /* of one row: eV, eV/A^2 (force/r) */
} Env;

/* ERR_INPUT as pair_init. */
Err local_init(Local *l, const FfParameters *p, double cutoff, double beta, bool shift) MUST_USE;

void env_clear(Env *e);

typedef enum LocalPart { LOCAL_ALL, LOCAL_NEAR, LOCAL_FAR } LocalPart;

/* Atoms of all ions that may come within the cut-off of an atom that is `radius` from `at` (in the box).
 *   skip, skip2  ions left out with all their copies; -1: none
 *   part         those whose centre is nearer than LOCAL_NEARBY to `at`, or the others, or all */
void local_gather(const Local *l, const Bodies *b, const double at[3], double radius, int32_t skip,
                  int32_t skip2, LocalPart part, Env *e);

/* Energy [eV] of n atoms of these types at r (relative to `at`) with the environment. */
double local_energy(const Local *l, Env *e, int n, const int32_t type[], const double (*r)[3]);

/* The same, and their forces, which are ADDED to f [n][3] eV/A in the order of the environment. */
double local_forces(const Local *l, Env *e, int n, const int32_t type[], const double (*r)[3],
                    double (*f)[3]);

#endif
