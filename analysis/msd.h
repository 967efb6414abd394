/* msd.h -- mean squared displacement by species and of ion centres, and the diffusion coefficient from its slope.
 *
 * MSD(t) = < |r(s+t) - r(s)|^2 > over atoms and origins; D* = (MSD(t2) - MSD(t1))/(6 (t2 - t1)). Standard errors come
 * from groups of ions, not from the scatter of points along the curve, which are not independent. Sums over ranks
 * are made in fixed-point numbers, so the result does not depend on the rank count.
 * Layout (S classes, T lags): classes [S] text (species, then "BH4" for the centres of mass of the ions);
 *   t [T] ps; msd, msd_error [S][T] A^2; diffusion, diffusion_error [S] A^2/ps; window [2] ps; points [S]
 */
#ifndef ANALYSIS_MSD_H
#define ANALYSIS_MSD_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct MsdOptions {
    LagOptions lags;
    int64_t groups; /* of ions, for standard errors */
    double window_start,
        window_end; /* [ps] for the slope; 0: half of the longest lag, the longest lag */
} MsdOptions;

extern const ObservableKind msd_observable;

#endif
