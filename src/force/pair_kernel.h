/* pair_kernel.h -- the hot loop of pair.c, in three passes over the neighbours of one atom.
 *
 * gather: those inside the cut-off, side by side; kernel: no branch, no index, so the compiler
 * makes vectors of it; scatter: forces to the atoms, energies summed in list order. For pair.c
 * only.
 */
#ifndef FORCE_PAIR_KERNEL_H
#define FORCE_PAIR_KERNEL_H

#include "force/pair.h"

typedef struct PairWork {
    int32_t *j;
    double *dx, *dy, *dz, *r2;      /* x_i - x_j [A] */
    double *qq, *a, *b, *c, *shift; /* parameters of each pair */
    double *force, *pair, *coulomb; /* force/r [eV/A^2], energies [eV] */
} PairWork;

void pair_work_init(PairWork *w, int32_t n);
void pair_work_clear(PairWork *w);
int32_t pair_gather(const PairTable *t, const Nblist *l, const Atoms *a, int32_t i, PairWork *w);
void pair_kernel(const PairTable *t, int32_t n, PairWork *w);
void pair_scatter(Atoms *a, int32_t i, int32_t n, const PairWork *w, double *pair, double *coulomb);

#endif
