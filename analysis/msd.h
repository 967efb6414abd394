/* msd.h -- mean squared displacement by species and of ion centres, and diffusion coefficients.
 *
 * MSD(t) = < |r(s+t) - r(s)|^2 > over atoms and origins, its standard error from groups of ions. D* = MSD/(6t) of the long
 * run is not a slope of that curve, whose points are not independent, but comes from the spectrum of increments
 * (spectral.h), with the larger of two errors: scatter in time and scatter between ions. Where the run does not say it, D* is
 * NaN and the status tells how long a run it would take. Sums over ranks are made in fixed-point numbers, so the
 * result does not depend on the rank count.
 * Layout (S classes, T lags): classes [S] text (species, then "BH4" for the centres of mass of the ions);
 *   t [T] ps; msd, msd_error [S][T] A^2; diffusion, diffusion_error, diffusion_bound [S] A^2/ps; diffusion_windows [S];
 *   diffusion_status [S] text; points [S]
 */
#ifndef ANALYSIS_MSD_H
#define ANALYSIS_MSD_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct MsdOptions {
    LagOptions lags;
    int64_t groups; /* of ions, for standard errors of the curve */
    double
        accuracy; /* largest relative standard error of a diffusion coefficient that is given as a number */
} MsdOptions;

extern const ObservableKind msd_observable;

#endif
