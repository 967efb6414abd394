/* local_kernel.h -- the hot loop of local.c: one atom against a row of neighbours of one type. */
#ifndef SAMPLING_LOCAL_KERNEL_H
#define SAMPLING_LOCAL_KERNEL_H

#include "force/pair.h"

typedef struct LocalRow {
    double a, inv_rho, c6, shift, qq; /* of this pair of types */
    double at[3];                     /* the atom */
    int32_t n;                        /* a multiple of 8 */
    const double *x, *y, *z;
} LocalRow;

/* energy [n] eV, multiples of LOCAL_GRID */
void local_kernel_energy(const PairTable *t, const LocalRow *row, double *energy);

/* and force [n] eV/A^2: the force on the atom is sum force (at - x) */
void local_kernel_force(const PairTable *t, const LocalRow *row, double *energy, double *force);

#endif
