/* van_hove.h -- how far atoms are from where they were: self part of the van Hove function, and how Gaussian it is.
 *
 * 4 pi r^2 G_s(r,t) is the probability density of the distance r an atom has moved in time t; its integral over r is 1.
 * Plane waves see only its powder transform I(Q,t) (isf.h); jumps stand out here as peaks at jump lengths.
 * Non-Gaussian parameter: alpha2(t) = 3 <r^4>/(5 <r^2>^2) - 1; 0 for free flight, Brownian motion and harmonic vibration,
 * positive while some atoms jump and others do not (A. Rahman, Phys. Rev. 136, A405 (1964), doi 10.1103/PhysRev.136.A405).
 * From the histograms of displacements.h (memory, same bytes for any number of ranks), ten of their bins to one of r.
 * Standard errors: from groups of ions; of alpha2 by the jackknife over groups.
 * Layout (T lags, R bins): t [T] ps; r [R] A, middles; r_step A; G_s, G_s_error [T][R] 1/A: 4 pi r^2 G_s; beyond [T]: share of
 *   pairs beyond r_max, so that r_step sum_r G_s + beyond = 1; msd, msd_error [T] A^2; alpha2, alpha2_error [T] (NaN at t = 0).
 */
#ifndef ANALYSIS_VAN_HOVE_H
#define ANALYSIS_VAN_HOVE_H

#include "analysis/lags.h"
#include "analysis/observable.h"

typedef struct VanHoveOptions {
    char *species;
    LagOptions lags;
    double r_step, r_max; /* [A] */
    int64_t groups;
} VanHoveOptions;

extern const ObservableKind van_hove_observable;

/* <r^2>, <r^4> [A^2, A^4] of counts in bins of this width, over the pairs within the bins. Local, pure. */
void van_hove_moments(size_t bins, const int64_t counts[], double width, double moments[2]);

/* 3 <r^4>/(5 <r^2>^2) - 1; NaN if nothing moved. Local, pure. */
double van_hove_alpha2(const double moments[2]);

#endif
