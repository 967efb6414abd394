/* pair_curve.h -- Gordon-Kim energies of two ions over the distance, by several sets of functionals: their scatter is how much
 * of the curve is the functional's. Atomic units (bohr, hartree).
 */
#ifndef DENSITY_PAIR_CURVE_H
#define DENSITY_PAIR_CURVE_H

#include "density/gordon_kim.h"

typedef struct PairCurve {
    size_t n, nsets;
    double charges;        /* qA qB */
    double *r;             /* [n] bohr */
    GordonKimParts *parts; /* [nsets][n] */
    double *mean,
        *deviation; /* [n] of short_range over the sets; deviation: of one set, 0 for a single one */
} PairCurve;

/* All energies at n distances. With densities of its own for each set: a [nsets], b [nsets]. Local. Free with
 * pair_curve_clear. */
PairCurve pair_curve_compute(size_t nsets, const GordonKimSet set[], const FrozenIon a[],
                             const FrozenIon b[], size_t n, const double r[], int points);
void pair_curve_clear(PairCurve *c);

#endif
